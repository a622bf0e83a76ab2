// Conformance: the same networks on the same inputs give the same bytes on every physical version of a chip, in every
// legal schedule, by every executor (chip facts 5.7). The golden interpreter is the reference; compared with it, tensor
// by tensor, are the two paths of the fast executor and the instruction-set simulator on the compiled program of each
// version and schedule.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "chipchain/chip/aimed_cases.h"
#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/program.h"
#include "chipchain/network/golden.h"

namespace chipchain {

struct ChipVersion {
    std::string name;
    ChipShape shape;
};
// Twelve and more shapes: 1x1 to 256x256, three dataflows, 64 KB to 64 MB, 1 to 60 arrays. Assumptions: made for tests.
[[nodiscard]] std::vector<ChipVersion> standard_versions();

// A case of a network on `runs` drawn inputs.
[[nodiscard]] ConformCase drawn_case(std::string name, IntegerNetwork network, size_t runs, uint64_t seed);

// What the runs touched. Requantisations are examined on golden values: of conv, matmul and average_pool; `sums` of add
// and multiply.
struct Coverage {
    std::array<uint64_t, 10> operations{};     // nodes carried out, by IntegerOp
    std::array<uint64_t, kOpcodes> opcodes{};  // instructions carried out, by Opcode
    std::array<uint64_t, 3> modes{};           // requantisations examined, by RequantMode
    uint64_t ties_to_lower = 0;                // exact ties whose even neighbour is the lower
    uint64_t ties_to_upper = 0;
    uint64_t odd_zero_ties = 0;  // ties with an odd zero point
    uint64_t negative_ties = 0;  // ties below zero
    uint64_t clamped_low = 0;
    uint64_t clamped_high = 0;
    uint64_t beyond_2_24 = 0;  // sums that binary32 need not hold: |sum| > 2^24
    uint64_t near_2_31 = 0;    // |sum| >= 2^30
    uint64_t sum_ties = 0;     // ties of add and multiply
    uint64_t sums = 0;         // outputs of add and multiply examined
    void add(const Coverage& other);
    bool operator==(const Coverage&) const = default;
};

struct ConformOptions {
    std::vector<uint64_t> schedule_seeds{0, 1, 2};
    unsigned threads = 1;
    bool golden = true;  // false: the fast executor is the reference (for networks of billions of products)
    int64_t examined_per_node = 4'096;  // outputs of a node whose requantisation is looked at, spread evenly
};

// One version of one case.
struct ConformRow {
    uint32_t network = 0;  // index of the case
    uint32_t version = 0;
    uint32_t programs = 0;      // schedules compiled
    uint32_t combinations = 0;  // programs x inputs simulated
    uint32_t equal = 0;         // of these, equal to the reference in every tensor
    std::string refused;        // why the version cannot take the network (chip-too-small, chip-range); else empty
    bool operator==(const ConformRow&) const = default;
};

struct ConformReport {
    std::vector<std::string> networks;
    std::vector<std::string> network_hashes;
    std::vector<std::string> output_hashes;  // of each network: SHA-256 over the trace of its first input
    std::vector<std::string> versions;
    std::vector<ConformRow> rows;       // network x version
    std::vector<std::string> failures;  // first diverging tensor, fault or poisoned read, with all names
    uint64_t tensors_compared = 0;
    uint64_t bytes_compared = 0;
    uint64_t instructions = 0;
    Coverage coverage;
    // nothing failed, and every network was compared on at least one version
    [[nodiscard]] bool holds() const;
    bool operator==(const ConformReport&) const = default;
};

// The program of schedule `seed`, as conform() and packs have it. Errors: those of compile_network().
[[nodiscard]] Result<Program> compile_schedule(const IntegerNetwork& network, const ChipShape& shape, uint64_t seed);

// The same report for any number of threads.
[[nodiscard]] ConformReport conform(
    const std::vector<ConformCase>& cases,
    const std::vector<ChipVersion>& versions,
    const ConformOptions& options = {});
[[nodiscard]] std::string conform_text(const ConformReport& report);

// Looks at the requantisations of one run.
[[nodiscard]] Coverage examine(const IntegerNetwork& network, const TensorBytes& values, int64_t examined_per_node);

// Compares one program with the reference on one input; returns what differs, or nothing. Reads of poison and faults of
// the checker count as differences.
[[nodiscard]] std::string check_run(
    const Program& program,
    const IntegerNetwork& network,
    const std::vector<std::vector<uint8_t>>& inputs,
    const TensorBytes& expected,
    uint64_t seed,
    ConformReport* counts = nullptr);

}  // namespace chipchain
