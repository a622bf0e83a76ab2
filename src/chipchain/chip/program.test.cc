#include "chipchain/chip/program.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "chipchain/chip/program_fields.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/chip/test_program.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

using testing::ProgramCase;

uint32_t next(uint32_t& state) { return (state = state * 1664525U + 1013904223U) >> 8; }

// Gives every field some value that the type can have.
struct Scramble {
    uint32_t& state;
    template <class T>
    void operator()(std::string_view, std::string_view, T& value) const {
        set(value);
    }
    void set(bool& value) const { value = next(state) % 2 != 0; }
    void set(std::string& value) const { value = fmt::format("{:x}", next(state)); }
    void set(float& value) const {
        static constexpr float kOdd[] = {-0.0F, 1e-45F, std::numeric_limits<float>::quiet_NaN(), 3.4e38F, 0.1F};
        value = next(state) % 2 == 0 ? kOdd[next(state) % 5] : static_cast<float>(next(state)) / 7;
    }
    void set(double& value) const { value = next(state) % 4 == 0 ? -0.0 : next(state) / 3.0; }
    template <class T>
    requires std::is_integral_v<T>
    void set(T& value) const {
        value = static_cast<T>(uint64_t{next(state)} << 40 ^ uint64_t{next(state)} << 20 ^ next(state));
    }
    template <class T>
    requires std::is_enum_v<T>
    void set(T& value) const { value = static_cast<T>(next(state) % names_of(value).size()); }
    template <class T, size_t N>
    void set(std::array<T, N>& values) const {
        for (T& value : values) set(value);
    }
    template <class T, size_t N>
    void set(T (&values)[N]) const {
        for (T& value : values) set(value);
    }
    template <class T>
    void set(std::vector<T>& values) const {
        values.resize(next(state) % 5);
        for (T& value : values) set(value);
    }
};

Program scrambled(uint32_t& state) {
    Program p;
    const Scramble scramble{state};
    scramble.set(p.network_hash);
    scramble.set(p.dram_bytes);
    visit_fields(p.shape, scramble);
    scramble.set(p.tensor_address);
    p.tensor_bytes = p.tensor_address;
    scramble.set(p.inputs);
    scramble.set(p.outputs);
    for (int i = 0; i < 150; ++i) p.constants.push_back(static_cast<uint8_t>(next(state)));
    for (int i = 0; i < 4; ++i) visit_fields(p.requants.emplace_back(), scramble);
    for (int i = 0; i < 4; ++i) visit_fields(p.vector_operations.emplace_back(), scramble);
    for (int s = 0; s < 3; ++s) {
        Stream& stream = p.streams.emplace_back();
        scramble.set(stream.core);
        scramble.set(stream.queue);
        for (int i = 0; i < 40; ++i) {
            Instruction& made = stream.instructions.emplace_back();
            scramble.set(made.node);
            made.body = default_body(static_cast<Opcode>(next(state) % kOpcodes));
            std::visit([&](auto& body) { visit_fields(body, scramble); }, made.body);
        }
    }
    return p;
}

// do programs with any values in their fields come back the same, from bytes and from text?
TEST(Program, round_trips) {
    uint32_t state = 1;
    for (int round = 0; round < 20; ++round) {
        const Program program = scrambled(state);
        const std::vector<uint8_t> bytes = encode(program);
        const Result<Program> decoded = decode(bytes);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().front().message;
        EXPECT_EQ(encode(*decoded), bytes);
        EXPECT_EQ(decoded->streams.front().instructions.size(), 40U);
        const std::string text = disassemble(program);
        const Result<Program> assembled = assemble(text);
        ASSERT_TRUE(assembled.has_value()) << assembled.error().front().message;
        EXPECT_EQ(encode(*assembled), bytes);
        EXPECT_EQ(disassemble(*assembled), text);
        EXPECT_EQ(program_hash(*assembled), program_hash(program));
    }
}

// does every field change the hash?
TEST(Program, hash_sees_everything) {
    std::set<std::string> hashes;
    const Program program = testing::vector_case().program();
    hashes.insert(program_hash(program));
    Program other = program;
    other.constants[1] ^= 1;
    hashes.insert(program_hash(other));
    other.requants.emplace_back();
    hashes.insert(program_hash(other));
    std::get<Pool>(other.streams[static_cast<size_t>(QueueKind::vector)].instructions[1].body).in_h0 = 1;
    hashes.insert(program_hash(other));
    other.streams[0].instructions[0].node = 9;
    hashes.insert(program_hash(other));
    EXPECT_EQ(hashes.size(), 5U);
    EXPECT_EQ(program_hash(program).size(), 64U);
}

// are bytes of another kind, cut short or changed refused, with a reason?
TEST(Program, refuses_other_bytes) {
    const std::vector<uint8_t> bytes = encode(testing::conv_case(Dataflow::weight_stationary).program());
    for (size_t size = 0; size < bytes.size(); size += size < 80 ? 1 : 97)
        EXPECT_FALSE(decode({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)}).has_value());
    for (size_t at = 0; at < bytes.size(); at += 13) {
        std::vector<uint8_t> other = bytes;
        other[at] ^= 0x10;
        const Result<Program> refused = decode(other);
        ASSERT_FALSE(refused.has_value()) << at;
        EXPECT_EQ(refused.error().front().id, "program-unreadable");
    }
}

// The bytes with a fresh hash at their end, as an attacker would write them.
std::vector<uint8_t> sealed(std::vector<uint8_t> bytes) {
    bytes.resize(bytes.size() - 32);
    const std::string hex = sha256_hex({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
    for (size_t i = 0; i < 64; i += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

void carry_out(const ProgramCase& c, const Program& program) {
    const std::vector<std::string> found = check_program(program);
    // larger ones only cost time and memory
    if (program.dram_bytes > 1U << 16 || program.shape.sram_bytes > 1U << 14) return;
    std::vector<std::vector<uint8_t>> inputs = c.inputs(1);
    if (program.inputs.size() != inputs.size()) return;
    const ProgramRun run = simulate_program(program, c.network, inputs, 1);
    if (found.empty() && run.faults.empty()) {
        EXPECT_EQ(run.poisoned_reads, 0U);
    }
}

// do bytes with a right hash but wrong content never crash decoder, checker, simulator and assembler?
TEST(Program, survives_hostile_bytes) {
    uint32_t state = 77;
    size_t decoded = 0;
    for (const ProgramCase& c : testing::all_cases()) {
        const std::vector<uint8_t> bytes = encode(c.program());
        for (int round = 0; round < 200; ++round) {
            std::vector<uint8_t> other = bytes;
            for (uint32_t n = 1 + next(state) % 3; n > 0; --n) {
                const size_t at = 12 + next(state) % (other.size() - 44);
                other[at] = next(state) % 2 == 0 ? static_cast<uint8_t>(next(state)) : uint8_t{0xff};
            }
            if (round % 10 == 0) other.resize(other.size() - next(state) % 40);
            const Result<Program> program = decode(sealed(other));
            if (!program) continue;
            ++decoded;
            carry_out(c, *program);
            const Result<Program> again = assemble(disassemble(*program));
            ASSERT_TRUE(again.has_value()) << again.error().front().message;
            EXPECT_EQ(encode(*again), encode(*program));
        }
    }
    EXPECT_GT(decoded, 600U);
}

// does damaged text never crash the assembler, nor what it lets through checker and simulator?
TEST(Program, survives_hostile_text) {
    uint32_t state = 5;
    size_t accepted = 0;
    for (const ProgramCase& c : testing::all_cases()) {
        for (int round = 0; round < 150; ++round) {
            std::string text = c.text;
            for (uint32_t n = 1 + next(state) % 2; n > 0; --n) {
                const size_t at = next(state) % text.size();
                static constexpr std::string_view kBytes = "0179-=,# \nax";
                text[at] = kBytes[next(state) % kBytes.size()];
            }
            const Result<Program> program = assemble(text);
            if (!program) continue;
            ++accepted;
            carry_out(c, *program);
        }
    }
    EXPECT_GT(accepted, 50U);
}

// does each mistake in a line have its place, and what was expected there?
TEST(Program, syntax_errors) {
    struct Case {
        std::string text, message, expected, help;
        uint32_t line, column;
    };
    const Case cases[] = {
        {"stream\nlaod\n", "'laod' is no instruction", "one of program, shape", "did you mean 'load'?", 2, 1},
        {"stream\n  mma r0\n", "'r0' has no value", "key=value", "", 2, 7},
        {"stream\nmma a_bas=1\n", "'mma' has no key 'a_bas'", "one of node, a_base", "did you mean 'a_base'?", 2, 5},
        {"stream\nmma a_base=-1\n", "'-1' cannot be a_base", "a whole number from 0 to 4294967295", "", 2, 12},
        {"stream\nmma a_rows=1\n", "'1' cannot be a_rows", "2 values with commas between", "", 2, 12},
        {"stream\nmma a_rows=1,x\n", "'1,x' cannot be a_rows", "2 of a whole number", "", 2, 12},
        {"stream queue=dma\n", "'dma' cannot be queue", "one of load, fetch, store, matrix, vector", "", 1, 14},
        {"requant scale=1.5x\n", "'1.5x' cannot be scale", "a number", "", 1, 15},
        {"constants bytes=abc\n", "'abc' cannot be bytes", "two hexadecimal digits per byte", "", 1, 17},
        {"program network=xyz\n", "'xyz' cannot be network", "hexadecimal digits", "", 1, 17},
        {"halt\n", "'halt' stands before the first stream", "stream core= queue=", "", 1, 1},
        {"stream\nsync wait=1\n", "'1' cannot be wait", "true or false", "", 2, 11}};
    for (const Case& c : cases) {
        const Result<Program> program = assemble(c.text);
        ASSERT_FALSE(program.has_value()) << c.text;
        ASSERT_EQ(program.error().size(), 1U);
        const Diagnostic& d = program.error().front();
        EXPECT_EQ(d.id, "program-syntax");
        EXPECT_EQ(d.message, c.message);
        EXPECT_TRUE(d.expected.starts_with(c.expected)) << d.expected;
        EXPECT_EQ(d.help, c.help);
        EXPECT_EQ(d.span.line, c.line);
        EXPECT_EQ(d.span.column, c.column);
    }
    EXPECT_EQ(assemble("stream\nx\ny\nz\n").error().size(), 3U);
}

// are the names of enumerations those of the tables elsewhere, and is an instruction as small as it says?
TEST(Program, names) {
    for (size_t i = 0; i < kIntegerOpNames.size(); ++i)
        EXPECT_EQ(kIntegerOpNames[i], info(static_cast<IntegerOp>(i)).name);
    for (size_t i = 0; i < kTypeNames.size(); ++i) EXPECT_EQ(kTypeNames[i], info(static_cast<DataType>(i)).name);
    for (size_t i = 0; i < kOpcodes; ++i) {
        const auto opcode = static_cast<Opcode>(i);
        EXPECT_EQ(info(opcode).opcode, opcode);
        EXPECT_EQ((Instruction{0, default_body(opcode)}.opcode()), opcode);
    }
}

// is docs/instructions.md what the tables of the program say?
TEST(Program, page_is_fresh) {
    const auto path = std::filesystem::path(CHIPCHAIN_SOURCE_DIR) / "docs" / "instructions.md";
    if (testing::updating()) testing::write_text(path, instructions_page());
    EXPECT_EQ(testing::read_text(path), instructions_page()) << "make it again with CHIPCHAIN_UPDATE=1";
}

}  // namespace
}  // namespace chipchain
