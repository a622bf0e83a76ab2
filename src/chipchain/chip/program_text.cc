// The assembler: a program as text, one record or instruction per line, `word key=value key=value`. A key that is left
// out has the default that docs/instructions.md states.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "chipchain/chip/program_fields.h"

namespace chipchain {

namespace {

constexpr size_t kConstantsPerLine = 64;
constexpr size_t kMostDiagnostics = 50;

// Words of the records that are no instructions.
enum class Word : uint8_t { program, shape, tensor, input, output, constants, requant, operation, stream };
constexpr std::array<std::string_view, 9>
    kWords{"program", "shape", "tensor", "input", "output", "constants", "requant", "operation", "stream"};
constexpr std::array<std::string_view, 9> kWordHelp{
    "the network it was made for; stands once",
    "the chip it was made for; stands once",
    "place of a tensor of the network in DRAM; one line per tensor, in their order",
    "a tensor that the host writes to DRAM before the start",
    "a tensor that must be in DRAM at the end",
    "bytes of the DRAM from address 0 on; lines follow each other",
    "a row of the table that `parameters` of rq counts in",
    "a row of the table that `operation` counts in",
    "the instructions that follow belong to this queue; core by core in the order load, fetch, store, matrix, vector",
};

// "a, b, c"; not fmt::join, whose formatter g++ 12 warns of.
template <class Names>
std::string joined(const Names& names) {
    std::string to;
    for (const auto& name : names) {
        if (!to.empty()) to += ", ";
        to += name;
    }
    return to;
}

struct ConstantsRecord {
    std::vector<uint8_t> bytes;
};
template <class V, Of<ConstantsRecord> R>
void visit_fields(R& r, V&& visit) {
    visit("bytes", "hexadecimal", r.bytes);
}

// ---- values as text

class ValueWriter {
 public:
    static void put(std::string& to, bool value) { to += value ? "true" : "false"; }
    static void put(std::string& to, const std::string& value) { to += value; }
    static void put(std::string& to, float value) { put_real(to, value, std::bit_cast<uint32_t>(value)); }
    static void put(std::string& to, double value) { put_real(to, value, std::bit_cast<uint64_t>(value)); }
    template <class T>
    requires std::is_integral_v<T>
    static void put(std::string& to, T value) {
        char text[24];
        const auto end = std::to_chars(std::begin(text), std::end(text), value);
        to.append(text, end.ptr);
    }
    template <class T>
    requires std::is_enum_v<T>
    static void put(std::string& to, T value) {
        const auto names = names_of(value);
        const auto i = static_cast<size_t>(value);
        if (i < names.size()) {
            to += names[i];
        } else {
            put(to, i);  // no program without faults has it
        }
    }
    static void put(std::string& to, const std::vector<uint8_t>& bytes) {
        static constexpr std::string_view kDigits = "0123456789abcdef";
        for (const uint8_t byte : bytes) {
            to += kDigits[byte >> 4];
            to += kDigits[byte & 15];
        }
    }
    template <class T, size_t N>
    static void put(std::string& to, const std::array<T, N>& values) {
        put_list(to, values.data(), N);
    }
    template <class T, size_t N>
    static void put(std::string& to, const T (&values)[N]) {
        put_list(to, values, N);
    }
    template <class T>
    static void put(std::string& to, const std::vector<T>& values) {
        put_list(to, values.data(), values.size());
    }

 private:
    template <class T, class Bits>
    static void put_real(std::string& to, T value, Bits bits) {
        // the shortest decimal that reads back as the same bits; what is no number as its bits
        if (std::isfinite(value)) {
            fmt::format_to(std::back_inserter(to), "{}", value);
        } else {
            fmt::format_to(std::back_inserter(to), "{:#x}", bits);
        }
    }
    template <class T>
    static void put_list(std::string& to, const T* values, size_t count) {
        for (size_t i = 0; i < count; ++i) {
            if (i > 0) to += ',';
            put(to, values[i]);
        }
    }
};

// Reads a value; returns what was expected, or "" when it was read.
class ValueReader {
 public:
    static std::string get(std::string_view text, bool& value) {
        value = text == "true";
        return value || text == "false" ? "" : "true or false";
    }
    static std::string get(std::string_view text, std::string& value) {
        value = text;
        return text.find_first_not_of("0123456789abcdef") == std::string_view::npos ? "" : "hexadecimal digits";
    }
    static std::string get(std::string_view text, float& value) { return get_real<uint32_t>(text, value); }
    static std::string get(std::string_view text, double& value) { return get_real<uint64_t>(text, value); }
    template <class T>
    requires std::is_integral_v<T>
    static std::string get(std::string_view text, T& value) {
        const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
        if (end.ec == std::errc() && end.ptr == text.data() + text.size()) return "";
        return fmt::format(
            "a whole number from {} to {}",
            std::numeric_limits<T>::min(),
            std::numeric_limits<T>::max());
    }
    template <class T>
    requires std::is_enum_v<T>
    static std::string get(std::string_view text, T& value) {
        const auto names = names_of(value);
        for (size_t i = 0; i < names.size(); ++i) {
            if (names[i] != text) continue;
            value = static_cast<T>(i);
            return "";
        }
        return fmt::format("one of {}", joined(names));
    }
    static std::string get(std::string_view text, std::vector<uint8_t>& bytes) {
        const auto digit = [](char c) {
            return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        };
        bytes.clear();
        if (text.size() % 2 != 0) return "two hexadecimal digits per byte";
        for (size_t i = 0; i < text.size(); i += 2) {
            const int high = digit(text[i]);
            const int low = digit(text[i + 1]);
            if (high < 0 || low < 0) return "two hexadecimal digits per byte";
            bytes.push_back(static_cast<uint8_t>(high << 4 | low));
        }
        return "";
    }
    template <class T, size_t N>
    static std::string get(std::string_view text, std::array<T, N>& values) {
        return get_list(text, values.data(), N);
    }
    template <class T, size_t N>
    static std::string get(std::string_view text, T (&values)[N]) {
        return get_list(text, values, N);
    }
    template <class T>
    static std::string get(std::string_view text, std::vector<T>& values) {
        values.clear();
        if (text.empty()) return "";
        values.resize(1 + static_cast<size_t>(std::count(text.begin(), text.end(), ',')));
        return get_list(text, values.data(), values.size());
    }

 private:
    template <class Bits, class T>
    static std::string get_real(std::string_view text, T& value) {
        if (text.starts_with("0x")) {
            Bits bits = 0;
            const auto end = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
            value = std::bit_cast<T>(bits);
            return end.ec == std::errc() && end.ptr == text.data() + text.size() ? "" : "bits in hexadecimal";
        }
        const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
        return end.ec == std::errc() && end.ptr == text.data() + text.size() ? "" : "a number";
    }
    template <class T>
    static std::string get_list(std::string_view text, T* values, size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const size_t comma = std::min(text.find(','), text.size());
            const bool last = i + 1 == count;
            const std::string fault = get(text.substr(0, comma), values[i]);
            if (!fault.empty()) return count == 1 ? fault : fmt::format("{} of {}, each", count, fault);
            if (last != (comma == text.size())) return fmt::format("{} values with commas between", count);
            text.remove_prefix(last ? comma : comma + 1);
        }
        return "";
    }
};

// ---- writing

struct FieldTexts {
    std::vector<std::string>& texts;
    template <class T>
    void operator()(std::string_view, std::string_view, const T& value) {
        ValueWriter::put(texts.emplace_back(), value);
    }
};

struct LineWriter {
    std::string& to;
    const std::vector<std::string>& defaults;
    size_t field = 0;
    std::string text = {};
    template <class T>
    void operator()(std::string_view name, std::string_view, const T& value) {
        text.clear();
        ValueWriter::put(text, value);
        if (text != defaults[field++]) fmt::format_to(std::back_inserter(to), " {}={}", name, text);
    }
};

// Appends the fields that are not at their defaults.
template <class R>
void write_fields(std::string& to, const R& record) {
    static const std::vector<std::string> kDefaults = [] {
        std::vector<std::string> texts;
        const R made{};
        visit_fields(made, FieldTexts{texts});
        return texts;
    }();
    visit_fields(record, LineWriter{to, kDefaults});
}
template <class R>
void write_line(std::string& to, Word word, const R& record) {
    to += kWords[static_cast<size_t>(word)];
    write_fields(to, record);
    to += '\n';
}

// ---- reading

// Sets the field of one name.
struct FieldSetter {
    std::string_view name;
    std::string_view text;
    bool found = false;
    std::string expected = {};
    template <class T>
    void operator()(std::string_view field, std::string_view, T& value) {
        if (found || field != name) return;
        found = true;
        expected = ValueReader::get(text, value);
    }
};
struct FieldNames {
    std::vector<std::string>& names;
    template <class T>
    void operator()(std::string_view field, std::string_view, T&) {
        names.emplace_back(field);
    }
};

struct Token {
    std::string_view text;
    uint32_t column = 0;  // from 1
};

class Assembler {
 public:
    Result<Program> run(std::string_view text) {
        for (size_t at = 0; at < text.size() && faults_.size() < kMostDiagnostics;) {
            const size_t end = std::min(text.find('\n', at), text.size());
            ++line_;
            split(text.substr(at, end - at));
            if (!tokens_.empty()) read_line();
            at = end + 1;
        }
        if (faults_.empty()) return std::move(program_);
        return tl::make_unexpected(std::move(faults_));
    }

 private:
    void split(std::string_view line) {
        tokens_.clear();
        line = line.substr(0, line.find('#'));
        for (size_t at = 0; at < line.size();) {
            if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
                ++at;
                continue;
            }
            const size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
            tokens_.push_back({line.substr(at, end - at), static_cast<uint32_t>(at + 1)});
            at = end;
        }
    }

    void fault(const Token& at, std::string message, std::string expected, std::string help = "") {
        Diagnostic d;
        d.id = "program-syntax";
        d.message = std::move(message);
        d.span = {0, line_, at.column, static_cast<uint32_t>(at.text.size())};
        d.expected = std::move(expected);
        d.help = std::move(help);
        faults_.push_back(std::move(d));
    }
    static std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
        const std::string nearest = nearest_name(word, names);
        return nearest.empty() ? "" : fmt::format("did you mean '{}'?", nearest);
    }

    // Reads the keys of the line into a record; `node`: of an instruction.
    template <class R>
    void read_fields(R& record, uint32_t* node) {
        for (size_t i = 1; i < tokens_.size(); ++i) {
            const Token& token = tokens_[i];
            const size_t equal = token.text.find('=');
            if (equal == std::string_view::npos) {
                fault(token, fmt::format("'{}' has no value", token.text), "key=value");
                continue;
            }
            FieldSetter setter{token.text.substr(0, equal), token.text.substr(equal + 1)};
            if (node != nullptr) setter("node", "", *node);
            visit_fields(record, setter);
            if (!setter.found) {
                std::vector<std::string> names;
                if (node != nullptr) names.emplace_back("node");
                visit_fields(record, FieldNames{names});
                fault(
                    token,
                    fmt::format("'{}' has no key '{}'", tokens_[0].text, setter.name),
                    fmt::format("one of {}", joined(names)),
                    did_you_mean(setter.name, names));
            } else if (!setter.expected.empty()) {
                const Token value{setter.text, token.column + static_cast<uint32_t>(equal) + 1};
                fault(value, fmt::format("'{}' cannot be {}", setter.text, setter.name), setter.expected);
            }
        }
    }

    void read_line() {
        const std::string_view word = tokens_[0].text;
        for (size_t i = 0; i < kWords.size(); ++i)
            if (kWords[i] == word) return read_record(static_cast<Word>(i));
        for (size_t i = 0; i < kOpcodes; ++i) {
            const auto opcode = static_cast<Opcode>(i);
            if (info(opcode).name != word) continue;
            if (program_.streams.empty())
                return fault(
                    tokens_[0],
                    fmt::format("'{}' stands before the first stream", word),
                    "stream core= queue=");
            Instruction& made = program_.streams.back().instructions.emplace_back();
            made.body = default_body(opcode);
            std::visit([&](auto& body) { read_fields(body, &made.node); }, made.body);
            return;
        }
        std::vector<std::string> names(kWords.begin(), kWords.end());
        for (size_t i = 0; i < kOpcodes; ++i) names.emplace_back(info(static_cast<Opcode>(i)).name);
        fault(
            tokens_[0],
            fmt::format("'{}' is no instruction", word),
            fmt::format("one of {}", joined(names)),
            did_you_mean(word, names));
    }

    void read_record(Word word) {
        switch (word) {
            case Word::program: {
                HeaderRecord record;
                read_fields(record, nullptr);
                program_.network_hash = std::move(record.network_hash);
                program_.dram_bytes = record.dram_bytes;
                program_.shared_address = record.shared_address;
                return;
            }
            case Word::shape:
                program_.shape = {};
                return read_fields(program_.shape, nullptr);
            case Word::tensor: {
                TensorRecord record;
                read_fields(record, nullptr);
                program_.tensor_address.push_back(record.address);
                program_.tensor_bytes.push_back(record.bytes);
                return;
            }
            case Word::input:
            case Word::output: {
                PortRecord record;
                read_fields(record, nullptr);
                (word == Word::input ? program_.inputs : program_.outputs).push_back(record.tensor);
                return;
            }
            case Word::constants: {
                ConstantsRecord record;
                read_fields(record, nullptr);
                program_.constants.insert(program_.constants.end(), record.bytes.begin(), record.bytes.end());
                return;
            }
            case Word::requant:
                return read_fields(program_.requants.emplace_back(), nullptr);
            case Word::operation:
                return read_fields(program_.vector_operations.emplace_back(), nullptr);
            case Word::stream: {
                StreamRecord record;
                read_fields(record, nullptr);
                program_.streams.push_back({record.core, record.queue, {}});
                return;
            }
        }
    }

    Program program_;
    uint32_t line_ = 0;
    std::vector<Token> tokens_;
    Diagnostics faults_;
};

// ---- docs/instructions.md

// How the bytes of a program hold a field.
template <class T>
struct FieldType {
    static std::string name() {
        if constexpr (std::is_same_v<T, bool>) return "u8, 0 or 1";
        if constexpr (std::is_same_v<T, float>) return "binary32";
        if constexpr (std::is_same_v<T, double>) return "binary64";
        if constexpr (std::is_same_v<T, std::string>) return "text";
        const char sign = std::is_signed_v<T> ? 'i' : 'u';
        return fmt::format("{}{}", sign, 8 * sizeof(T));
    }
};
template <class T, size_t N>
struct FieldType<std::array<T, N>> {
    static std::string name() { return fmt::format("{} x {}", N, FieldType<T>::name()); }
};
template <class T, size_t N>
struct FieldType<T[N]> : FieldType<std::array<T, N>> {};
template <class T>
struct FieldType<std::vector<T>> {
    static std::string name() { return "list of " + FieldType<T>::name(); }
};

// "0 load, 1 fetch": choices with the numbers that bytes hold.
std::string numbered(std::span<const std::string_view> names) {
    std::string out;
    for (size_t i = 0; i < names.size(); ++i) out += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, names[i]);
    return out;
}

struct PageRows {
    std::string& to;
    template <class T>
    void operator()(std::string_view name, std::string_view help, const T& value) {
        std::string made;
        if constexpr (std::is_same_v<T, uint64_t>) {
            made = value == kNotInDram ? "" : fmt::format("{}", value);
        } else {
            ValueWriter::put(made, value);
        }
        if (!made.empty()) made = "`" + made + "`";
        std::string meaning(help);
        if constexpr (std::is_enum_v<T>) meaning += ": " + numbered(names_of(value));
        const std::string type = FieldType<std::remove_cvref_t<T>>::name();
        fmt::format_to(std::back_inserter(to), "| `{}` | {} | {} | {} |\n", name, type, meaning, made);
    }
};

template <class R>
void page_section(std::string& to, std::string_view name, std::string_view help, const R& record) {
    fmt::format_to(std::back_inserter(to), "\n### {}\n\n{}\n", name, help);
    std::string rows;
    visit_fields(record, PageRows{rows});
    if (!rows.empty()) to += "\n| key | bytes | meaning | default |\n| --- | --- | --- | --- |\n" + rows;
}

constexpr std::string_view kPageStart = R"(# Tile instructions

This page is made from the field table of the program; a test keeps it fresh (`CHIPCHAIN_UPDATE=1` makes it again). Do not edit it.

A tile program is what a compiled network is for one shape of chip: a stream of instructions per queue of each core. A core has five
queues, `load` and `fetch` (DRAM to SRAM; constants are fetched, since they wait for nothing that the program computes), `store` (SRAM to
DRAM), `matrix` and `vector`; each carries out its stream in order, all at the same time.
An instruction starts when the one before it in its queue is complete and takes effect at any moment until it is complete itself, byte by
byte in any order. Queues meet only by `sync`: a signal adds one to the counter of its queue after all that precedes it; a wait lets its
queue stand until the counter of a queue, of any core, has reached a number. Counters start at 0.

Values are those of [the numerics contract](numerics.md); no key names a rounding or a width that is not in it.

As text a program is one record or instruction per line: a word, then `key=value` in any order. A key that is left out has its default.
`#` starts a comment. Lists have commas and no blanks. Bytes are two hexadecimal digits each, numbers decimal; a binary32 or binary64
that is no number is written as its bits, `0x7fc00000`. `assemble(disassemble(p))` gives the same program to the bit.

As bytes a program is, all numbers little-endian and without gaps, a list or text always after its length as u64: the magic `CCTILE\r\n`;
the version, u32; `program`; `shape`; the addresses of all tensors (list of u64), their sizes (list of u64); the inputs, the outputs (lists
of u32: numbers of tensors); the constants (list of u8), which are the first bytes of the DRAM; the list of `requant`; the list of
`operation`; the list of streams, each `stream` and a list of instructions; the SHA-256 of all that precedes it, 32 bytes. An instruction
is its number (u8), `node` (u32) and its keys in the order of its table. A choice is one byte, its number. The hash of a program is the
SHA-256 of these bytes. What a pack for silicon holds besides programs is in [pack.md](pack.md).

A program without faults keeps these rules; `check_program` tells each one that is broken:

- addresses lie in their memory; the bytes that one box writes, and the bytes of B, are distinct: sorted by size, each stride steps over
  what lies below it. Sources may repeat (stride 0);
- within one instruction source and target are disjoint; `ew`, `lut8` and `reduce` may also work exactly in place;
- `load` stands in `load` and `fetch`, `store` in `store`, `preload` and `mma` in `matrix`, the rest in `vector`, `sync` and `halt` anywhere;
  a stream ends with its only `halt`;
- weight-stationary: depth at most the rows of the array; input-stationary: depth at most the rows, rows of A at most the columns. An `mma`
  names the stationary operand that was preloaded last. B has at most as many columns as the array;
- two accesses to the same byte or accumulator from different queues, one of them a write, are ordered by signals and waits; what a wait
  waits for comes; nothing is read that was never written, and outputs are written;
- nothing writes among the constants; tensors share no bytes.
)";

}  // namespace

std::string disassemble(const Program& program) {
    std::string to;
    write_line(to, Word::program, HeaderRecord{program.network_hash, program.dram_bytes, program.shared_address});
    write_line(to, Word::shape, program.shape);
    for (size_t t = 0; t < program.tensor_address.size() && t < program.tensor_bytes.size(); ++t)
        write_line(to, Word::tensor, TensorRecord{program.tensor_address[t], program.tensor_bytes[t]});
    for (const TensorId id : program.inputs) write_line(to, Word::input, PortRecord{id});
    for (const TensorId id : program.outputs) write_line(to, Word::output, PortRecord{id});
    for (size_t at = 0; at < program.constants.size(); at += kConstantsPerLine) {
        const auto first = program.constants.begin() + static_cast<ptrdiff_t>(at);
        const auto n = static_cast<ptrdiff_t>(std::min(kConstantsPerLine, program.constants.size() - at));
        write_line(to, Word::constants, ConstantsRecord{{first, first + n}});
    }
    for (const Requant& requant : program.requants) write_line(to, Word::requant, requant);
    for (const VectorOperation& operation : program.vector_operations) write_line(to, Word::operation, operation);
    for (const Stream& stream : program.streams) {
        write_line(to, Word::stream, StreamRecord{stream.core, stream.queue});
        for (const Instruction& instruction : stream.instructions) {
            to += info(instruction.opcode()).name;
            if (instruction.node != 0) fmt::format_to(std::back_inserter(to), " node={}", instruction.node);
            std::visit([&](const auto& body) { write_fields(to, body); }, instruction.body);
            to += '\n';
        }
    }
    return to;
}

Result<Program> assemble(const std::string& text) { return Assembler().run(text); }

std::string instructions_page() {
    std::string to(kPageStart);
    to += fmt::format("\nThis is version {}.\n", kProgramVersion);
    const auto section = [&](Word word, const auto& record) {
        page_section(to, kWords[static_cast<size_t>(word)], kWordHelp[static_cast<size_t>(word)], record);
    };
    to += "\n## Records\n";
    section(Word::program, HeaderRecord{});
    section(Word::shape, ChipShape{});
    section(Word::tensor, TensorRecord{});
    section(Word::input, PortRecord{});
    section(Word::output, PortRecord{});
    section(Word::constants, ConstantsRecord{});
    section(Word::requant, Requant{});
    section(Word::operation, VectorOperation{});
    section(Word::stream, StreamRecord{});
    to +=
        "\n## Instructions\n\nEach may state `node`, the node of the network that it works for (default `0`), for "
        "reports.\n";
    for (size_t i = 0; i < kOpcodes; ++i) {
        const auto opcode = static_cast<Opcode>(i);
        const InstructionBody body = default_body(opcode);
        const std::string help = fmt::format("{}; number {}", info(opcode).help, i);
        std::visit([&](const auto& b) { page_section(to, info(opcode).name, help, b); }, body);
    }
    return to;
}

}  // namespace chipchain
