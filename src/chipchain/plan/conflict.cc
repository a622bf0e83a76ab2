#include "chipchain/plan/conflict.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

struct Slack {
    size_t group;
    ColumnIndex column;
    double cost;  // per unit: relative to the bound it breaks
};

// The program without costs, its grouped rows elastic.
class ElasticProgram {
 public:
    ElasticProgram(const LinearProgram& program, std::span<const RowGroup> groups, SolverKind kind, double tolerance)
        : groups_(groups), solver_(make_solver(kind)), tolerance_(tolerance), enforced_(groups.size(), true) {
        LinearProgram elastic = program;
        elastic.set_offset(0);
        for (int32_t column = 0; column < program.columns(); ++column) {
            elastic.set_cost(ColumnIndex(column), 0);
        }
        std::vector<bool> seen(static_cast<size_t>(program.rows()), false);
        for (size_t group = 0; group < groups.size(); ++group) {
            for (const RowIndex row : groups[group].rows) {
                CHECK(row.value < seen.size() && !seen[row.value]);
                seen[row.value] = true;
                add_slack(elastic, group, row, program.row_lower()[row.value], 1);
                add_slack(elastic, group, row, program.row_upper()[row.value], -1);
            }
        }
        solver_->load(std::move(elastic));
    }

    void enforce(size_t group, bool enforced) {
        enforced_[group] = enforced;
        for (const Slack& slack : slacks_) {
            if (slack.group == group) {
                solver_->set_cost(slack.column, enforced ? slack.cost : 0);
            }
        }
    }

    SolveStatus solve() {
        solution_ = solver_->solve({.method = SolveMethod::simplex, .relax = true});
        return solution_.status;
    }

    // What was enforced contradicts itself; after solve().
    [[nodiscard]] bool contradicts() const { return solution_.objective > tolerance_; }

    // A row of the group has a price: without it the contradiction might end.
    [[nodiscard]] bool matters(size_t group) const {
        const auto priced = [&](RowIndex row) { return std::abs(solution_.row_duals[row.value]) > kDualZero; };
        return enforced_[group] && std::any_of(groups_[group].rows.begin(), groups_[group].rows.end(), priced);
    }

    [[nodiscard]] std::vector<double> broken() const {
        std::vector<double> sums(groups_.size(), 0);
        for (const Slack& slack : slacks_) {
            sums[slack.group] += solution_.primal[slack.column.value];
        }
        return sums;
    }

 private:
    static constexpr double kDualZero = 1e-9;  // assumption: two digits below the solvers' dual tolerance

    void add_slack(LinearProgram& elastic, size_t group, RowIndex row, double bound, double sign) {
        if (!std::isfinite(bound)) {
            return;
        }
        const double cost = 1 / (1 + std::abs(bound));
        slacks_.push_back({group, elastic.add_column(cost, 0, kInfinity), cost});
        elastic.add_entry(row, sign);
    }

    std::span<const RowGroup> groups_;
    std::unique_ptr<Solver> solver_;
    double tolerance_;
    std::vector<bool> enforced_;
    std::vector<Slack> slacks_;
    LpSolution solution_;
};

}  // namespace

Conflict
find_conflict(const LinearProgram& program, std::span<const RowGroup> groups, SolverKind kind, double tolerance) {
    Conflict conflict;
    ElasticProgram elastic(program, groups, kind, tolerance);
    const auto solve = [&] {
        conflict.status = elastic.solve();
        ++conflict.solves;
        return conflict.status == SolveStatus::optimal;
    };
    if (!solve()) {
        if (conflict.status == SolveStatus::infeasible) {
            conflict.status = SolveStatus::optimal;
            conflict.infeasible = conflict.hard = true;
        }
        return conflict;
    }
    conflict.broken = elastic.broken();
    conflict.infeasible = elastic.contradicts();
    if (!conflict.infeasible) {
        return conflict;
    }

    // the prices prove the contradiction: what has none is not part of the proof
    std::vector<bool> open(groups.size(), true);
    const auto drop_priceless = [&](size_t first) {
        for (size_t group = first; group < groups.size(); ++group) {
            if (open[group] && !elastic.matters(group)) {
                open[group] = false;
                elastic.enforce(group, false);
            }
        }
    };
    drop_priceless(0);
    for (size_t group = 0; group < groups.size(); ++group) {
        if (!open[group]) {
            continue;
        }
        elastic.enforce(group, false);
        if (!solve()) {
            conflict.groups.clear();
            return conflict;
        }
        if (elastic.contradicts()) {
            drop_priceless(group + 1);
        } else {
            elastic.enforce(group, true);
            conflict.groups.push_back(group);
        }
    }
    return conflict;
}

}  // namespace chipchain
