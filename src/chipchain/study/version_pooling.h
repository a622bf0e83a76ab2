// What identical software on two versions of a chip is worth in stock: safety stock held for each version alone against
// one stock for all (stats/pooling.h), for every family of chips that a plan takes from more than one version.
#pragma once

#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"
#include "chipchain/stats/pooling.h"

namespace chipchain {

struct PooledFamily {
    std::string family;
    std::vector<std::string> versions;
    Pooling pooling;  // per week
};

// Demand per week and its spread are those of the programmes that a chip reaches through bills of material, shared
// among the versions as the plan makes them; the parts are independent (assumption: whoever waits for a version is
// drawn at random). Lead times are the planned ones of the activity that makes the version.
[[nodiscard]] std::vector<PooledFamily> pooled_families(const ChainModel& model, const ChainPlan& plan, double service);

}  // namespace chipchain
