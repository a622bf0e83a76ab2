// Any bytes as a tile program, sealed with a right hash, and as its text. No crash; what is accepted comes back the
// same from text and bytes, and checker and simulator survive it.
#include "chipchain/base/check.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/network/tensor.h"

namespace chipchain {
namespace {

void carry_out(const Program& program) {
    CHECK(encode(*assemble(disassemble(program))) == encode(program));
    const std::vector<std::string> faults = check_program(program);
    // larger ones only cost time and memory
    if (program.dram_bytes > 1U << 16 || program.shape.sram_bytes > 1U << 14) return;
    std::vector<std::vector<uint8_t>> inputs;
    for (const TensorId id : program.inputs)
        if (id < program.tensor_bytes.size() && program.tensor_bytes[id] <= program.dram_bytes)
            inputs.emplace_back(program.tensor_bytes[id]);
    const ProgramRun run = simulate_program(program, {}, inputs, 1);
    CHECK(!faults.empty() || run.faults.empty());
}

}  // namespace
}  // namespace chipchain

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace chipchain;
    if (const Result<Program> program = assemble({reinterpret_cast<const char*>(data), size})) carry_out(*program);
    std::vector<uint8_t> bytes(data, data + size);
    const std::string hash = sha256_hex({reinterpret_cast<const std::byte*>(data), size});
    for (size_t i = 0; i < hash.size(); i += 2)
        bytes.push_back(static_cast<uint8_t>(std::stoi(hash.substr(i, 2), nullptr, 16)));
    if (const Result<Program> program = decode(bytes)) carry_out(*program);
    return 0;
}
