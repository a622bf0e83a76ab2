// A sealed conformance pack: programs, inputs, and bytes and hash of every tensor, for a bring-up team that has silicon
// and no compiler. docs/pack.md describes it for them. A folder:
//   manifest.json                       entries, coverage, SHA-256 and size of every other file, and the seal
//   programs/<n>.bin                    encode() of a program
//   inputs/<n>.bin                      bytes of the inputs, one tensor after the other
//   golden/<n>.bin                      for the same n: bytes of every tensor that a node writes, one after the other
// The seal is the SHA-256 of the manifest without it, so that nothing can be changed, added or left out unseen.
#pragma once

#include <filesystem>
#include <functional>

#include "chipchain/base/diagnostic.h"
#include "chipchain/chip/conform.h"

namespace chipchain {

struct PackReport {
    std::string seal;
    uint64_t programs = 0;
    uint64_t runs = 0;                  // programs x inputs
    uint64_t tensors = 0;               // hashes written or compared
    uint64_t refused = 0;               // versions that cannot take a network: not in the pack
    uint64_t absent = 0;                // of verify_results: runs without a file
    std::vector<std::string> failures;  // of verify_pack: the first tensor of a run that differs, by name
};

// compile_schedule(), or what stands in for it.
using ScheduleCompiler = std::function<Result<Program>(const IntegerNetwork&, const ChipShape&, uint64_t seed)>;

// Compiles and writes the pack, whole or not at all: a folder of that name appears when everything stands in it. Every
// run is simulated and compared with the golden interpreter before it is written. Errors: pack-not-written (the folder
// exists already, no room), pack-not-equal (a run differs: nothing to seal). `compile`: another compiler, for tests of
// what happens when it has a mistake.
[[nodiscard]] Result<PackReport> write_pack(
    const std::filesystem::path& folder,
    const std::vector<ConformCase>& cases,
    const std::vector<ChipVersion>& versions,
    const ConformOptions& options = {},
    const ScheduleCompiler& compile = compile_schedule);

// Checks seal and files, carries out every program on its inputs by the instruction-set simulator, in the order of
// `seed`, and compares every tensor in DRAM. No compiler takes part. Errors: pack-unreadable, pack-changed.
[[nodiscard]] Result<PackReport> verify_pack(const std::filesystem::path& folder, uint64_t seed = 1);

// Compares what silicon left in its DRAM with a pack: `results` holds, for program programs/<p>.bin and its run r,
// <p>.<r>.bin, the DRAM from address 0 on, as far as the last tensor to compare. Tensors beyond the end of a file are
// not compared, outputs must be there. failures: of each run the first tensor that differs, with its first wrong byte.
// Errors: those of verify_pack; pack-results (no folder, no file for any run, a file that is not of the pack's).
[[nodiscard]] Result<PackReport> verify_results(
    const std::filesystem::path& folder,
    const std::filesystem::path& results);

}  // namespace chipchain
