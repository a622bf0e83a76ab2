// Ten seeded bugs (chip facts 5.7): each is put into an executor or a program, and the suite must notice it. A suite
// that has not caught these is unproven. The same bugs are shown to plain random data, which misses half of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/chip/conform.h"

namespace chipchain {

enum class Mutation : uint8_t {
    // in the values: an executor as plain as the golden one, with one mistake
    half_away,               // ties away from zero
    zero_before_round,       // the zero point is added before rounding
    reciprocal,              // a product with 1 / scale instead of the quotient
    saturating_accumulator,  // sums stop at the ends of 32 bits
    int16_spill,             // partial sums are kept in 16 bits every 16 terms
    fused,                   // a multiply-add with one rounding
    // in the program
    dropped_token,  // a wait is left out
    stale_sram,     // a load into a place that was used before is left out
    pad_value,      // padding is filled with another byte
    channel_scale,  // the scales of two neighbouring channels change places
};

struct MutationInfo {
    Mutation mutation;
    std::string_view name;
    std::string_view help;
    bool in_program = false;
};
[[nodiscard]] std::span<const MutationInfo> mutations();
[[nodiscard]] const MutationInfo& info(Mutation mutation);

// Values of a network by an executor with that mistake, which is not one of a program.
[[nodiscard]] TensorBytes
run_mutated(Mutation mutation, const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs);

// The program with that mistake at its `place`-th possible place; nothing when there are no more places.
[[nodiscard]] std::optional<Program> mutated_program(Mutation mutation, const Program& program, size_t place);

struct MutationResult {
    Mutation mutation = Mutation::half_away;
    bool caught = false;           // by the aimed cases
    bool caught_by_plain = false;  // by plain random data
    uint64_t differing = 0;        // bytes that differ in the aimed cases; of a program: places that were caught
    uint64_t places = 0;           // of a program: mutants tried
    std::string how;               // the first thing that was noticed
};

struct MutationReport {
    std::vector<MutationResult> results;
    [[nodiscard]] size_t caught() const;
    [[nodiscard]] size_t caught_by_plain() const;
    // caught / all, in percent
    [[nodiscard]] double score() const;
};

// Runs all ten. Of a program bug every place (about `most_places` per program, evenly spread) is a mutant, and the bug
// is caught when all of them are, by the checker or by a difference. Plain data are judged by differences alone, and
// one mutant is enough.
[[nodiscard]] MutationReport run_mutations(uint64_t seed = 1, size_t most_places = 12);
[[nodiscard]] std::string mutation_text(const MutationReport& report);

}  // namespace chipchain
