// Chains made by a program, of the sizes at which plans are timed (planning facts 3.3): products that pass wafer fabs,
// packagers and board plants, each step at two or three of the sites, for four regions that ask for them.
#pragma once

#include <span>
#include <string_view>

#include "chipchain/model/chain_model.h"

namespace chipchain {

struct BenchChainSize {
    std::string_view name;
    uint32_t products = 10;
    uint32_t fabs = 3;
    uint32_t packagers = 2;
    uint32_t boards = 2;
    uint32_t choices = 2;  // sites that can make a step of a product
    uint32_t weeks = 52;   // buckets of a week
    uint32_t months = 0;   // buckets of a month after them
};

// s, m44 and m.
[[nodiscard]] std::span<const BenchChainSize> bench_chain_sizes();

// The same chain on any machine; its capacity is short of the demand in some weeks.
[[nodiscard]] ChainModel bench_chain(const BenchChainSize& size);

}  // namespace chipchain
