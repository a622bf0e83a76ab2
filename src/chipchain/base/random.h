// Keyed random numbers. A draw is not "the next number of a stream": it is a pure function of
//   (seed, replication, purpose, entity, index)
// computed with Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11), so
// adding a tool or changing a rule shifts no other draw and every comparison has common random numbers.
//
// Key    = seed (64 bit).
// Counter = {index, entity, purpose << 24 | high bits of index, replication}.
#pragma once

#include <cstdint>

#include <Random123/philox.h>

namespace chipchain {

enum class Purpose : uint8_t {
    lot_step,   // entity: lot number, index: visit. Words: sampling, transport, process time, rework
    lot_extra,  // same address: more words for distributions that need them
    lot_fate,   // same address: scrap, rank key random
    release,    // entity: release line, index: number of the release
    tool_down,  // entity: tool, index: 2 * failure + (0 time to failure, 1 repair time), per down source
    tool_pm,    // entity: tool, index: number of the maintenance, per pm source
    area_down,  // entity: area, index as tool_down
    generate,   // model generator
    test,
    defects,       // entity: wafer, panel or die, index: as yield/sampling.h packs it
    die_shift,     // entity: panel, index: die (yield/die_shift.h)
    flow_count,    // entity: lot of a stage, index: stage, step and draw (chain/draws.h)
    flow_place,    // same address: which places of the lot a count falls on
    flow_trace,    // entity: wafer, index: stage; whether its dies are followed
    chain_lead,    // entity: name_key() of an activity or arc, index: lot (chain/chain_draws.h)
    chain_yield,   // same entity, index: lot << 24 | draw
    chain_demand,  // entity: programme, index: week
    chain_outage,  // entity: disruption, index: year
    chain_factor,  // entity: uncertainty
    chip_bin,      // entity: die, index: what is drawn of it (chip/bins.cc)
    chip_frame,    // entity: stream of frames, index: frame (chip/frame_loop.cc)
};

struct RandomWords {
    uint32_t word[4];
};

struct RandomSource {
    uint64_t seed = 0;
    uint32_t replication = 0;

    [[nodiscard]] RandomWords draw(Purpose purpose, uint32_t entity, uint64_t index) const {
        r123::Philox4x32::ctr_type counter = {
            {static_cast<uint32_t>(index),
             entity,
             static_cast<uint32_t>(purpose) << 24 | (static_cast<uint32_t>(index >> 32) & 0xffffffU),
             replication}};
        r123::Philox4x32::key_type key = {{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}};
        r123::Philox4x32 generator;
        const auto out = generator(counter, key);
        return {{out[0], out[1], out[2], out[3]}};
    }
};

// A 64-bit word from two 32-bit words.
constexpr uint64_t wide(uint32_t high, uint32_t low) { return static_cast<uint64_t>(high) << 32 | low; }

// Uniform in (0, 1): the 52 high bits plus a half, so that neither end is ever returned (with 53 the sum could round
// up).
constexpr double unit_open(uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1.0p-52; }

}  // namespace chipchain
