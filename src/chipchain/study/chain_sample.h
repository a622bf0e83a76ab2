// One simulated future of a chain, reduced to what is compared over futures: running totals of deliveries, stocks,
// milestones, money, lead times. Small enough to be kept for every replication and to be written down, so that a study
// that was stopped goes on where it was.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/chain/chain_run.h"

namespace chipchain {

struct ChainSample {
    uint32_t replication = 0;
    uint64_t fingerprint = 0;
    std::vector<Counts> delivered;            // [programme][bucket] running totals
    std::vector<Counts> due;                  // likewise
    std::vector<Counts> stock;                // [node][bucket] at its end
    std::vector<Time> milestones;             // [milestone] kNever: not reached
    std::array<double, kChainMoney> money{};  // US$
    std::vector<double> factors;              // [uncertainty]
    std::vector<double> lead_d;               // [activity] mean lead time; 0: nothing came out
    std::vector<int64_t> starts;              // [activity]
    std::vector<int64_t> outputs;             // [activity] good pieces of the main output
    int64_t outages = 0;
    bool operator==(const ChainSample&) const = default;

    [[nodiscard]] double cost() const;  // US$, all kinds but the value
    // US$, value of what is delivered less all costs; not discounted
    [[nodiscard]] double net() const { return money[static_cast<size_t>(ChainMoney::value)] - cost(); }
};

[[nodiscard]] ChainSample sample_of(const ChainResult& result);

// One line of JSON, and back. Id: broken-sample.
[[nodiscard]] std::string sample_text(const ChainSample& sample);
[[nodiscard]] Result<ChainSample> read_sample(std::string_view text);

}  // namespace chipchain
