// A line under simulation: cycle time, X-factor and shipped rate with intervals over replications, and what each tool
// group shows of waiting, setups and batches.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "chipchain/model/load.h"
#include "chipchain/stats/interval.h"
#include "chipchain/study/replicate.h"

namespace chipchain {

struct SimulationPlan {
    uint32_t replications = 5;
    uint64_t seed = 1;
    uint32_t threads = 0;
    double days = 0;               // of a replication; 0: by moves and cycle time
    double warmup_d = 0;           // 0: 1.5 cycle times, at least 60 days
    double moves = 15e6;           // lot-steps of a replication that `days` aims at; long cycle times may need more
    Progress* progress = nullptr;  // stop is obeyed
};

// What the replications of one line say.
struct Measured {
    MeanInterval x_factor;
    MeanInterval cycle_time_d;
    MeanInterval shipped_share;  // shipped / expected from the starts
    double horizon_d = 0;
    double warmup_d = 0;
    double mser_d = 0;  // greatest end of the warm-up of the WIP by MSER-5; -1: no steady state in some replication
    struct Group {
        double utilisation = 0;
        double availability = 0;
        double wait_h = 0;  // per visit
        double stay_h = 0;
        double visits_per_h = 0;
        std::optional<double> setup_share;
        std::optional<double> batch_lots;
    };
    std::vector<Group> groups;
    uint64_t broken_identities = 0;
    uint32_t replications = 0;  // finished; fewer when stopped
};

// Horizon and warm-up in days for a line with so many moves a day and such a cycle time.
struct Window {
    double days = 0;
    double warmup_d = 0;
};
[[nodiscard]] Window window_of(const SimulationPlan& plan, double moves_per_d, double cycle_time_d);

// Simulates; `cycle_time_d` is the expected one, for the window. An interrupted plan gives fewer replications.
[[nodiscard]] Measured
measure(const Model& model, const LineLoad& line, const SimulationPlan& plan, double cycle_time_d, double confidence);

}  // namespace chipchain
