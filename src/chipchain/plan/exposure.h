// What an outage of a node costs and how long the chain lives without it; no probability of the outage is needed.
//
// D. Simchi-Levi, W. Schmidt, Y. Wei et al., "Identifying Risks and Mitigating Disruptions in the Automotive Supply
// Chain", Interfaces 45(5), 2015, 375-390, doi 10.1287/inte.2015.0804. A node is out for its time to recover (TTR), the
// others work at full capacity, stock is used up:
//   impact  minimise the sum over products j of loss_j l_j
//           subject to  sum of y_ij over nodes i of a part + l_j >= d_j t - s_j   for every part of j,  t = TTR
//                       sum over j of use_ij y_ij <= c_i t + s_i                  for every node i, c = 0 where out
//   time to survive (TTS)  maximise t of the same rows with l = 0; infinite when the others can do without the node.
// A node is safe when TTS >= TTR. A product may need several parts (die and package and board), each from any of its
// nodes; the paper's networks have one row for each such need. Static: lead times are not seen, the planner sees them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chipchain/plan/solver.h"

namespace chipchain {

struct ExposureNode {
    std::string name;
    double capacity = 0;   // units per week
    double stock = 0;      // units that are there also without the node
    double ttr_weeks = 0;  // time to recover
    double capacity_left =
        0;  // share of the capacity during the outage, 0..1: the mean of a recovery curve over the TTR
};

struct ExposureProduct {
    std::string name;
    double demand = 0;    // units per week
    double stock = 0;     // finished units
    double loss_usd = 0;  // per unit not delivered
};

// `node` makes `part` of `product` and takes `use` units of its capacity for one unit of the product.
struct ExposureArc {
    uint32_t product = 0;
    uint32_t node = 0;
    uint32_t part = 0;  // counts from 0 within the product
    double use = 1;
};

struct ExposureNetwork {
    std::vector<ExposureNode> nodes;
    std::vector<ExposureProduct> products;  // a product without an arc is delivered from stock only
    std::vector<ExposureArc> arcs;
};

struct Exposure {
    SolveStatus status = SolveStatus::optimal;  // anything else: the figures below mean nothing
    uint32_t node = 0;                          // of rank_exposures()
    double impact_usd = 0;
    std::vector<double> lost;    // [product] units not delivered within the outage
    double tts_weeks = 0;        // may be infinite
    double sustained_share = 0;  // of all demands, for as long as the outage lasts and without any stock
    bool safe = false;           // tts_weeks >= the outage
};

// All functions REQUIRE figures >= 0, use > 0, capacity_left in [0, 1].

// Returns what an outage of all `nodes_out` together for `weeks` does (a region, a supplier with several sites). No
// node: what the chain cannot deliver anyhow.
[[nodiscard]] Exposure
exposure_of(const ExposureNetwork& network, std::span<const uint32_t> nodes_out, double weeks, Solver& solver);

// Returns the exposure of every node for its own TTR: greatest impact first, then shortest time to survive, then node.
[[nodiscard]] std::vector<Exposure> rank_exposures(const ExposureNetwork& network, Solver& solver);

}  // namespace chipchain
