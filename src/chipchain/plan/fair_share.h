// How a supply that is short is shared out among those who claim it: in proportion, by weight, and never below a floor.
//
// Fill is what a claim gets, as a share of its demand. A fair allocation raises the least (fill / weight) as far as it
// goes, then the second least, and so on: max-min fairness. With one supply that is water filling: every claim stands
// at min(1, max(floor, weight * level)). With several supplies of which each claim may use some (two versions of a
// chip, programmes qualified for one or both) it is the lexicographically optimal flow of N. Megiddo, "Optimal Flows in
// Networks with Multiple Sources and Sinks", Mathematical Programming 7, 1974, 97-107, found here by linear programs:
// raise the level, find the claims that cannot rise further, fix them, repeat.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chipchain/plan/solver.h"

namespace chipchain {

struct ShareClaim {
    double demand = 0;  // units
    double weight = 1;  // above 0; of a fair share, or the value of a unit
    double floor = 0;   // fill that must not be undercut, 0..1
};

// `claim` may draw on `supply`.
struct ShareArc {
    uint32_t claim = 0;
    uint32_t supply = 0;
};

struct ShareCase {
    std::vector<double> supplies;  // units
    std::vector<ShareClaim> claims;
    std::vector<ShareArc> arcs;  // empty: every claim may draw on every supply
};

struct Shares {
    SolveStatus status = SolveStatus::optimal;
    std::vector<double> units;  // [claim]
    std::vector<double> fill;   // [claim] units / demand; 1 without demand
    double least_fill = 1;
    double floor_scale = 1;  // below 1: the supply does not cover the floors, which were all multiplied by this
    double value = 0;        // sum of weight * units
};

// REQUIRE of the functions below: demands and supplies >= 0, weights > 0, floors in [0, 1].

// Returns the fair allocation of one supply by water filling, O(claims log claims).
[[nodiscard]] Shares fair_share(double supply, std::span<const ShareClaim> claims);

// Returns the fair allocation of several supplies. Solves up to claims^2 / 2 linear programs; figures are right to
// 1e-8.
[[nodiscard]] Shares fair_share(const ShareCase& c, Solver& solver);

// Returns the allocation of greatest value with floors kept: priority by weight.
[[nodiscard]] Shares weighted_share(const ShareCase& c, Solver& solver);

}  // namespace chipchain
