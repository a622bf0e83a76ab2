#include "chipchain/plan/fair_share.h"

#include <algorithm>
#include <optional>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

void check_claims(std::span<const ShareClaim> claims) {
    for (const ShareClaim& claim : claims) {
        CHECK(claim.demand >= 0 && claim.weight > 0 && claim.floor >= 0 && claim.floor <= 1);
    }
}

double fill_at(const ShareClaim& claim, double floor_scale, double level) {
    return std::min(1.0, std::max(claim.floor * floor_scale, claim.weight * level));
}

// what follows from the units of each claim
void finish_shares(std::span<const ShareClaim> claims, Shares& shares) {
    for (size_t k = 0; k < claims.size(); ++k) {
        shares.fill.push_back(claims[k].demand > 0 ? shares.units[k] / claims[k].demand : 1);
        shares.least_fill = std::min(shares.least_fill, shares.fill.back());
        shares.value += claims[k].weight * shares.units[k];
    }
}

// the level at which the claims together take the supply, which covers the floors but not all demands
double water_level(double supply, std::span<const ShareClaim> claims) {
    // the slope of the total changes where a claim rises above its floor and where it is full
    std::vector<double> levels;
    for (const ShareClaim& claim : claims) {
        levels.push_back(claim.floor / claim.weight);
        levels.push_back(1 / claim.weight);
    }
    std::sort(levels.begin(), levels.end());
    double below = 0;
    double taken_below = 0;
    for (const double level : levels) {
        double taken = 0;
        for (const ShareClaim& claim : claims) taken += claim.demand * fill_at(claim, 1, level);
        if (taken >= supply) {
            return taken == taken_below ? level
                                        : below + (level - below) * ((supply - taken_below) / (taken - taken_below));
        }
        below = level;
        taken_below = taken;
    }
    return below;
}

}  // namespace

Shares fair_share(double supply, std::span<const ShareClaim> claims) {
    check_claims(claims);
    CHECK(supply >= 0);
    double demand = 0;
    double floors = 0;
    for (const ShareClaim& claim : claims) {
        demand += claim.demand;
        floors += claim.demand * claim.floor;
    }
    Shares shares;
    if (floors > supply) shares.floor_scale = supply / floors;
    const double level = floors > supply ? 0 : water_level(supply, claims);
    for (const ShareClaim& claim : claims) {
        const double fill = demand <= supply ? 1 : fill_at(claim, shares.floor_scale, level);
        shares.units.push_back(claim.demand * fill);
    }
    finish_shares(claims, shares);
    return shares;
}

// ---------------------------------------------------------------------------------------------------------------------

namespace {

// The linear program of a case: one column per arc and one for the level; rows of the supplies, of the claims
// (least units <= sum <= demand) and of the level (sum - weight * demand * level >= 0).
class ShareProgram {
 public:
    ShareProgram(const ShareCase& c, Solver& solver);

    // The claim gets at least `units`; a little less, so that what one program found is feasible in the next.
    void at_least(size_t claim, double units) {
        const double demand = case_.claims[claim].demand;
        solver_.set_row_bounds(claim_rows_[claim], std::min(units * kAlmost, demand), demand);
    }
    // The claim rises with the level, or no longer.
    void with_level(size_t claim, bool on) {
        solver_.set_row_bounds(level_rows_[claim], on ? 0 : -kInfinity, kInfinity);
    }
    void level_at_least(double level) { solver_.set_column_bounds(level_, level * kAlmost, kInfinity); }

    // The greatest level; REQUIRES a claim that rises with it. Nothing when the solver failed, see status().
    std::optional<double> highest_level();
    // The units of each claim when the sum of values[claim] * units is greatest.
    std::optional<std::vector<double>> most_of(std::span<const double> values);

    [[nodiscard]] SolveStatus status() const { return status_; }

 private:
    static constexpr double kAlmost = 1 - 1e-9;

    const ShareCase& case_;
    Solver& solver_;
    std::vector<ShareArc> arcs_;
    std::vector<RowIndex> claim_rows_, level_rows_;  // [claim]
    std::vector<ColumnIndex> columns_;               // [arc]
    ColumnIndex level_;
    SolveStatus status_ = SolveStatus::optimal;
};

ShareProgram::ShareProgram(const ShareCase& c, Solver& solver) : case_(c), solver_(solver), arcs_(c.arcs) {
    if (arcs_.empty()) {
        for (uint32_t k = 0; k < c.claims.size(); ++k) {
            for (uint32_t s = 0; s < c.supplies.size(); ++s) arcs_.push_back({k, s});
        }
    }
    LinearProgram program;
    std::vector<RowIndex> supply_rows;
    for (const double supply : c.supplies) {
        CHECK(supply >= 0);
        supply_rows.push_back(program.add_row(-kInfinity, supply));
    }
    for (const ShareClaim& claim : c.claims) claim_rows_.push_back(program.add_row(0, claim.demand));
    for (size_t k = 0; k < c.claims.size(); ++k) level_rows_.push_back(program.add_row(-kInfinity, kInfinity));
    for (const ShareArc& arc : arcs_) {
        CHECK(arc.claim < c.claims.size() && arc.supply < c.supplies.size());
        columns_.push_back(program.add_column(0, 0, kInfinity));
        program.add_entry(supply_rows[arc.supply], 1);
        program.add_entry(claim_rows_[arc.claim], 1);
        program.add_entry(level_rows_[arc.claim], 1);
    }
    level_ = program.add_column(0, 0, kInfinity);
    for (size_t k = 0; k < c.claims.size(); ++k) {
        const double rise = c.claims[k].weight * c.claims[k].demand;
        if (rise > 0) program.add_entry(level_rows_[k], -rise);
    }
    solver_.load(std::move(program));
}

std::optional<double> ShareProgram::highest_level() {
    for (const ColumnIndex column : columns_) solver_.set_cost(column, 0);
    solver_.set_cost(level_, -1);
    const LpSolution solution = solver_.solve();
    solver_.set_cost(level_, 0);
    status_ = solution.status;
    if (status_ != SolveStatus::optimal) return std::nullopt;
    return solution.primal[level_.value];
}

std::optional<std::vector<double>> ShareProgram::most_of(std::span<const double> values) {
    for (size_t a = 0; a < arcs_.size(); ++a) solver_.set_cost(columns_[a], -values[arcs_[a].claim]);
    const LpSolution solution = solver_.solve();
    status_ = solution.status;
    if (status_ != SolveStatus::optimal) return std::nullopt;
    std::vector<double> units(case_.claims.size());
    for (size_t a = 0; a < arcs_.size(); ++a) units[arcs_[a].claim] += solution.primal[a];
    return units;
}

// What the floors must be multiplied by so that the supplies cover them together, at most 1. Nothing on failure.
std::optional<double> floor_scale(const ShareCase& c, Solver& solver, SolveStatus& status) {
    ShareCase floors = c;
    double sum = 0;
    for (ShareClaim& claim : floors.claims) {
        claim = {claim.demand * claim.floor, 1, 0};
        sum += claim.demand;
    }
    if (sum == 0) return 1;
    ShareProgram program(floors, solver);
    for (size_t k = 0; k < floors.claims.size(); ++k) program.with_level(k, floors.claims[k].demand > 0);
    const std::optional<double> scale = program.highest_level();
    status = program.status();
    if (!scale) return std::nullopt;
    return *scale > 1 - 1e-9 ? 1 : *scale;
}

// The claims of `rising` that cannot get more than `level` gives them, at least one; `reached` are these units.
std::optional<std::vector<size_t>> blocked_claims(
    ShareProgram& program,
    std::span<const ShareClaim> claims,
    std::span<const size_t> rising,
    double level) {
    constexpr double kMargin = 1e-7;  // relative: what a solver may be off by
    std::vector<size_t> blocked;
    size_t nearest = rising.front();
    double least_room = kInfinity;
    for (const size_t k : rising) {
        const double reached = claims[k].weight * level * claims[k].demand;
        double most = claims[k].demand;
        if (reached < claims[k].demand * (1 - kMargin)) {
            std::vector<double> values(claims.size());
            values[k] = 1;
            const std::optional<std::vector<double>> units = program.most_of(values);
            if (!units) return std::nullopt;
            most = (*units)[k];
        }
        const double room = (most - reached) / claims[k].demand;
        if (room <= kMargin) blocked.push_back(k);
        if (room < least_room) {
            least_room = room;
            nearest = k;
        }
    }
    // rounding may hide the claim that stopped the level
    if (blocked.empty()) blocked.push_back(nearest);
    return blocked;
}

// The program with its floors set, and what is known of the shares so far. Nothing when the solver failed.
std::optional<ShareProgram> program_with_floors(const ShareCase& c, Solver& solver, Shares& shares) {
    check_claims(c.claims);
    shares.units.assign(c.claims.size(), 0);
    const std::optional<double> scale = floor_scale(c, solver, shares.status);
    if (!scale) return std::nullopt;
    shares.floor_scale = *scale;
    std::optional<ShareProgram> program(std::in_place, c, solver);
    for (size_t k = 0; k < c.claims.size(); ++k) program->at_least(k, c.claims[k].demand * c.claims[k].floor * *scale);
    return program;
}

}  // namespace

Shares fair_share(const ShareCase& c, Solver& solver) {
    Shares shares;
    std::optional<ShareProgram> program = program_with_floors(c, solver, shares);
    if (!program) return shares;
    std::vector<size_t> rising;
    for (size_t k = 0; k < c.claims.size(); ++k) {
        if (c.claims[k].demand == 0) continue;
        rising.push_back(k);
        program->with_level(k, true);
    }
    while (!rising.empty()) {
        const std::optional<double> level = program->highest_level();
        shares.status = program->status();
        if (!level) return shares;
        program->level_at_least(*level);
        const std::optional<std::vector<size_t>> blocked = blocked_claims(*program, c.claims, rising, *level);
        shares.status = program->status();
        if (!blocked) return shares;
        for (const size_t k : *blocked) {
            const ShareClaim& claim = c.claims[k];
            shares.units[k] = claim.demand * fill_at(claim, shares.floor_scale, *level);
            program->at_least(k, shares.units[k]);
            program->with_level(k, false);
            rising.erase(std::find(rising.begin(), rising.end(), k));
        }
    }
    finish_shares(c.claims, shares);
    return shares;
}

Shares weighted_share(const ShareCase& c, Solver& solver) {
    Shares shares;
    std::optional<ShareProgram> program = program_with_floors(c, solver, shares);
    if (!program) return shares;
    std::vector<double> values;
    for (const ShareClaim& claim : c.claims) values.push_back(claim.weight);
    std::optional<std::vector<double>> units = program->most_of(values);
    shares.status = program->status();
    if (!units) return shares;
    shares.units = std::move(*units);
    finish_shares(c.claims, shares);
    return shares;
}

}  // namespace chipchain
