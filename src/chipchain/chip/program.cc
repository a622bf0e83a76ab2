#include "chipchain/chip/program.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

#include "chipchain/base/check.h"
#include "chipchain/chip/program_fields.h"

namespace chipchain {

namespace {

constexpr std::array<OpcodeInfo, kOpcodes> kOpcodeTable{{
    {Opcode::load, "load", "DMA: a box of bytes goes from DRAM to SRAM, or a box of SRAM is filled"},
    {Opcode::store, "store", "DMA: a box of bytes goes from SRAM to DRAM"},
    {Opcode::preload, "preload", "matrix: the stationary operand enters the array (ws: B, is: A; os has none)"},
    {Opcode::mma, "mma", "matrix: accumulators become or gain A x B"},
    {Opcode::rq, "rq", "vector: accumulators are requantised into SRAM, with a table of 256 behind it if wanted"},
    {Opcode::ew, "ew", "vector: two tensors in SRAM are added or multiplied element by element"},
    {Opcode::pool, "pool", "vector: largest or average value over a window"},
    {Opcode::lut8, "lut8", "vector: each byte goes through a table of 256"},
    {Opcode::reduce, "reduce", "vector: softmax or layer normalisation of rows"},
    {Opcode::copy, "copy", "vector: a box of bytes moves within SRAM, or is filled"},
    {Opcode::sync, "sync", "any queue: signal, or wait for a count of signals of a queue"},
    {Opcode::halt, "halt", "any queue: the end of its stream"},
}};

constexpr std::array<char, 8> kMagic{'C', 'C', 'T', 'I', 'L', 'E', '\r', '\n'};
constexpr size_t kHashBytes = 32;

class Writer {
 public:
    std::vector<uint8_t> bytes;

    template <class T>
    void operator()(std::string_view, std::string_view, const T& value) {
        put(value);
    }
    void put(bool value) { bytes.push_back(value ? 1 : 0); }
    void put(float value) { put(std::bit_cast<uint32_t>(value)); }
    void put(double value) { put(std::bit_cast<uint64_t>(value)); }
    void put(const std::string& text) {
        put(text.size());
        bytes.insert(bytes.end(), text.begin(), text.end());
    }
    template <class T>
    requires(std::is_enum_v<T> || std::is_integral_v<T>) void put(T value) {
        auto rest = static_cast<uint64_t>(value);
        for (size_t i = 0; i < sizeof(T); ++i, rest >>= 8) bytes.push_back(static_cast<uint8_t>(rest));
    }
    template <class T, size_t N>
    void put(const std::array<T, N>& values) {
        for (const T& value : values) put(value);
    }
    template <class T, size_t N>
    void put(const T (&values)[N]) {
        for (const T& value : values) put(value);
    }
    template <class T>
    void put(const std::vector<T>& values) {
        put(uint64_t{values.size()});
        if constexpr (std::is_same_v<T, uint8_t>) {
            bytes.insert(bytes.end(), values.begin(), values.end());
        } else {
            for (const T& value : values) put(value);
        }
    }
};

// Reads fields as Writer wrote them. After a fault every read leaves its value alone.
class Reader {
 public:
    Reader(const uint8_t* bytes, size_t size) : at_(bytes), left_(size) {}

    [[nodiscard]] bool good() const { return fault_.empty(); }
    [[nodiscard]] const std::string& fault() const { return fault_; }
    [[nodiscard]] size_t left() const { return left_; }
    void fail(std::string_view what) {
        if (fault_.empty()) fault_ = what;
        left_ = 0;
    }

    template <class T>
    void operator()(std::string_view, std::string_view, T& value) {
        get(value);
    }
    void get(bool& value) {
        uint8_t byte = 0;
        get(byte);
        if (byte > 1) fail("a flag is neither 0 nor 1");
        value = byte != 0;
    }
    void get(float& value) {
        uint32_t bits = 0;
        get(bits);
        value = std::bit_cast<float>(bits);
    }
    void get(double& value) {
        uint64_t bits = 0;
        get(bits);
        value = std::bit_cast<double>(bits);
    }
    void get(std::string& text) {
        const size_t size = count(1);
        text.assign(reinterpret_cast<const char*>(at_), size);
        skip(size);
    }
    template <class T>
    requires(std::is_enum_v<T> || std::is_integral_v<T>) void get(T& value) {
        if (left_ < sizeof(T)) return fail("it is cut short");
        uint64_t bits = 0;
        for (size_t i = 0; i < sizeof(T); ++i) bits |= uint64_t{at_[i]} << 8 * i;
        skip(sizeof(T));
        if constexpr (std::is_enum_v<T>) {
            if (bits >= names_of(T{}).size()) return fail("a choice is unknown");
        }
        value = static_cast<T>(bits);
    }
    template <class T, size_t N>
    void get(std::array<T, N>& values) {
        for (T& value : values) get(value);
    }
    template <class T, size_t N>
    void get(T (&values)[N]) {
        for (T& value : values) get(value);
    }
    template <class T>
    void get(std::vector<T>& values) {
        const size_t n = count(sizeof(T));
        values.resize(n);
        if constexpr (std::is_same_v<T, uint8_t>) {
            if (n > 0) std::memcpy(values.data(), at_, n);
            skip(n);
        } else {
            for (T& value : values) get(value);
        }
    }
    // How many items follow, each of at least so many bytes: never more than there can be.
    size_t count(size_t item_bytes) {
        uint64_t n = 0;
        get(n);
        if (n <= left_ / item_bytes) return n;
        fail("it claims to hold more than it does");
        return 0;
    }

 private:
    void skip(size_t n) {
        at_ += n;
        left_ -= n;
    }
    const uint8_t* at_;
    size_t left_;
    std::string fault_;
};

// Bytes of a record of fixed size, as Writer writes its defaults.
template <class R>
size_t least_bytes() {
    Writer writer;
    const R record{};
    visit_fields(record, writer);
    return writer.bytes.size();
}

template <class R>
void write_records(Writer& writer, const std::vector<R>& records) {
    writer.put(uint64_t{records.size()});
    for (const R& record : records) visit_fields(record, writer);
}
template <class R>
void read_records(Reader& reader, std::vector<R>& records) {
    const size_t n = reader.count(least_bytes<R>());
    for (size_t i = 0; i < n && reader.good(); ++i) visit_fields(records.emplace_back(), reader);
}

void write_instruction(Writer& writer, const Instruction& instruction) {
    writer.put(static_cast<uint8_t>(instruction.opcode()));
    writer.put(instruction.node);
    std::visit([&](const auto& body) { visit_fields(body, writer); }, instruction.body);
}
void read_instruction(Reader& reader, Instruction& instruction) {
    uint8_t opcode = 0;
    reader.get(opcode);
    reader.get(instruction.node);
    if (opcode >= kOpcodes) return reader.fail("an instruction is unknown");
    instruction.body = default_body(static_cast<Opcode>(opcode));
    std::visit([&](auto& body) { visit_fields(body, reader); }, instruction.body);
}

std::vector<uint8_t> hash_of(const uint8_t* bytes, size_t size) {
    const std::string hex = sha256_hex({reinterpret_cast<const std::byte*>(bytes), size});
    std::vector<uint8_t> hash;
    const auto digit = [](char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        hash.push_back(static_cast<uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
    CHECK(hash.size() == kHashBytes);
    return hash;
}

void read_streams(Reader& reader, std::vector<Stream>& streams) {
    const size_t n = reader.count(least_bytes<StreamRecord>() + 8);
    for (size_t i = 0; i < n && reader.good(); ++i) {
        StreamRecord record;
        visit_fields(record, reader);
        Stream& stream = streams.emplace_back(Stream{record.core, record.queue, {}});
        const size_t count = reader.count(5);  // opcode and node
        // halts of 5 bytes could ask for 20 times what the file has; grow as they come
        for (size_t k = 0; k < count && reader.good(); ++k)
            read_instruction(reader, stream.instructions.emplace_back());
        stream.instructions.shrink_to_fit();
    }
}

void read_program(Reader& reader, Program& program) {
    HeaderRecord header;
    visit_fields(header, reader);
    if (header.network_hash.find_first_not_of("0123456789abcdef") != std::string::npos)
        return reader.fail("the hash of its network is no hexadecimal number");
    program.network_hash = std::move(header.network_hash);
    program.dram_bytes = header.dram_bytes;
    program.shared_address = header.shared_address;
    visit_fields(program.shape, reader);
    reader.get(program.tensor_address);
    reader.get(program.tensor_bytes);
    reader.get(program.inputs);
    reader.get(program.outputs);
    reader.get(program.constants);
    read_records(reader, program.requants);
    read_records(reader, program.vector_operations);
    read_streams(reader, program.streams);
    if (reader.good() && reader.left() != 0) reader.fail("bytes follow its end");
}

template <size_t I = 0>
InstructionBody body_at(size_t index) {
    if constexpr (I < kOpcodes) {
        if (index == I) return std::variant_alternative_t<I, InstructionBody>{};
        return body_at<I + 1>(index);
    }
    return Halt{};
}

}  // namespace

const OpcodeInfo& info(Opcode opcode) { return kOpcodeTable[static_cast<size_t>(opcode)]; }

std::string_view queue_name(QueueKind queue) { return kQueueNames[static_cast<size_t>(queue)]; }

InstructionBody default_body(Opcode opcode) { return body_at(static_cast<size_t>(opcode)); }

std::vector<uint8_t> encode(const Program& program) {
    Writer writer;
    size_t instructions = 0;
    for (const Stream& stream : program.streams) instructions += stream.instructions.size();
    writer.bytes.reserve(program.constants.size() + 24 * program.requants.size() + 100 * instructions + 4096);
    writer.put(kMagic);
    writer.put(kProgramVersion);
    const HeaderRecord header{program.network_hash, program.dram_bytes, program.shared_address};
    visit_fields(header, writer);
    visit_fields(program.shape, writer);
    writer.put(program.tensor_address);
    writer.put(program.tensor_bytes);
    writer.put(program.inputs);
    writer.put(program.outputs);
    writer.put(program.constants);
    write_records(writer, program.requants);
    write_records(writer, program.vector_operations);
    writer.put(uint64_t{program.streams.size()});
    for (const Stream& stream : program.streams) {
        const StreamRecord record{stream.core, stream.queue};
        visit_fields(record, writer);
        writer.put(uint64_t{stream.instructions.size()});
        for (const Instruction& instruction : stream.instructions) write_instruction(writer, instruction);
    }
    const std::vector<uint8_t> hash = hash_of(writer.bytes.data(), writer.bytes.size());
    writer.bytes.insert(writer.bytes.end(), hash.begin(), hash.end());
    return std::move(writer.bytes);
}

Result<Program> decode(const std::vector<uint8_t>& bytes) {
    const auto refuse = [](std::string_view why) {
        Diagnostic d;
        d.id = "program-unreadable";
        d.message = fmt::format("these bytes are no tile program: {}", why);
        d.help = "compile the network again";
        return tl::make_unexpected(Diagnostics{d});
    };
    if (bytes.size() < kMagic.size() + sizeof(kProgramVersion) + kHashBytes) return refuse("they are too few");
    if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return refuse("they start otherwise");
    const size_t size = bytes.size() - kHashBytes;
    Reader reader(bytes.data() + kMagic.size(), size - kMagic.size());
    uint32_t version = 0;
    reader.get(version);
    if (version != kProgramVersion)
        return refuse(fmt::format("their version is {}, known is {}", version, kProgramVersion));
    const std::vector<uint8_t> hash = hash_of(bytes.data(), size);
    if (std::memcmp(hash.data(), bytes.data() + size, kHashBytes) != 0) return refuse("their SHA-256 does not fit");
    Program program;
    read_program(reader, program);
    if (!reader.good()) return refuse(reader.fault());
    return program;
}

std::string program_hash(const Program& program) {
    const std::vector<uint8_t> bytes = encode(program);
    return sha256_hex({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
}

}  // namespace chipchain
