#include "chipchain/plan/planner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace chipchain {

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return seconds.count();
}

// A class of priorities keeps the service it reached within this share, so that rounding cannot make later steps
// infeasible; assumption.
constexpr double kServiceSlack = 1e-8;

// A module used for less than this share of one is not rounded up in the start of branch and bound; assumption.
constexpr double kLeastModule = 0.05;

}  // namespace

Planner::Planner(const ChainModel& model, PlannerOptions options)
    : model_(model), options_(std::move(options)), solver_(make_solver(options_.solver)) {}

void Planner::keep_decisions(const ChainPlan& plan) {
    kept_plan_ = plan;
    kept_ = &kept_plan_;
}

PlanningResult Planner::plan(const ChainFuture& future) {
    PlanningResult result;
    auto begin = std::chrono::steady_clock::now();
    LinearProgram program;
    const bool again = !layout_.starts.empty();
    layout_ = write_plan(program, model_, options_.model, future);
    program.finish();
    result.rows = program.rows();
    result.columns = program.columns();
    result.entries = program.entries();
    if (kept_ != nullptr) {
        for (size_t m = 0; m < layout_.modules.size(); ++m) {
            for (size_t t = 0; t < layout_.modules[m].size(); ++t) {
                const double count = std::round(kept_->modules[m][t]);
                if (layout_.modules[m][t].valid()) program.set_column_bounds(layout_.modules[m][t], count, count);
            }
        }
        for (size_t q = 0; q < layout_.qualify.size(); ++q) {
            for (size_t t = 0; t < layout_.qualify[q].size(); ++t) {
                const bool begun = kept_->qualify[q][t] > 0.5;
                if (layout_.qualify[q][t].valid()) {
                    program.set_column_bounds(layout_.qualify[q][t], begun ? 1 : 0, begun ? 1 : 0);
                }
            }
        }
    }
    result.build_s = seconds_since(begin);

    begin = std::chrono::steady_clock::now();
    load(program, again);
    const auto solve = [&] { return options_.by_priority ? solve_by_priority(result) : solve_once(result); };
    LpSolution solution = solve();
    if (solution.status == SolveStatus::failed && options_.solver == SolverKind::automatic) {
        // a plan always exists; where one solver breaks down the other goes on, for this and all further futures
        solver_ = make_solver(SolverKind::clp);
        solver_->load(scaled(program, scaling_));
        solution = solve();
    }
    unscale(solution, scaling_);
    result.relaxed /= scaling_.cost;
    result.status = solution.status;
    result.solve_s = seconds_since(begin);
    if (!solution.primal.empty()) {
        result.plan = read_plan(model_, options_.model, future, layout_, solution);
        for (const RowIndex row : layout_.service) result.service.push_back(solution.row_activities[row.value]);
    }
    return result;
}

// Hands the program to the solver. Another future often has other bounds and costs only: then the solver keeps what it
// has, its basis with the weights of its edges, which cost more to find again than to go on from. From a basis that was
// given the result must not depend on the calls before, so nothing is kept.
void Planner::load(const LinearProgram& program, bool again) {
    const auto fits = [&program](size_t columns, size_t rows) {
        return columns == static_cast<size_t>(program.columns()) && rows == static_cast<size_t>(program.rows());
    };
    const Basis given = std::exchange(start_, {});
    if (!given.empty() || !again || !fits(scaling_.column.size(), scaling_.row.size())) {
        scaling_ = scaling_of(program, column_units({&layout_}, program.columns()));
        solver_->load(scaled(program, scaling_));
        if (fits(given.columns.size(), given.rows.size())) solver_->set_basis(given);
        return;
    }
    const LinearProgram next = scaled(program, scaling_);
    const LinearProgram& now = solver_->program();
    const bool same = std::ranges::equal(next.starts(), now.starts()) &&
                      std::ranges::equal(next.row_indices(), now.row_indices()) &&
                      std::ranges::equal(next.values(), now.values()) &&
                      std::ranges::equal(next.integer(), now.integer()) && next.offset() == now.offset();
    if (!same) {
        Basis basis = solver_->basis();
        solver_->load(next);
        if (!basis.empty()) solver_->set_basis(std::move(basis));
        return;
    }
    for (uint32_t j = 0; j < static_cast<uint32_t>(next.columns()); ++j) {
        const double lower = next.column_lower()[j];
        const double upper = next.column_upper()[j];
        if (next.cost()[j] != now.cost()[j]) solver_->set_cost(ColumnIndex(j), next.cost()[j]);
        if (lower != now.column_lower()[j] || upper != now.column_upper()[j]) {
            solver_->set_column_bounds(ColumnIndex(j), lower, upper);
        }
    }
    for (uint32_t i = 0; i < static_cast<uint32_t>(next.rows()); ++i) {
        const double lower = next.row_lower()[i];
        const double upper = next.row_upper()[i];
        if (lower != now.row_lower()[i] || upper != now.row_upper()[i]) {
            solver_->set_row_bounds(RowIndex(i), lower, upper);
        }
    }
}

// One program, with integers if it has some.
LpSolution Planner::solve_once(PlanningResult& result) {
    const bool integers = solver_->program().has_integers() && options_.integers && kept_ == nullptr;
    return integers ? solve_integers(result) : solve_relaxed(result);
}

LpSolution Planner::solve_relaxed(PlanningResult& result) {
    SolveOptions options;
    options.relax = true;
    options.method = options_.method;
    LpSolution solution = solver_->solve(options);
    CheckOptions check;
    check.integers_fixed = true;
    result.check = check_solution(solver_->program(), solution, check);
    // modules may be fractional here
    if (!options_.integers && result.check.fault.starts_with("integrality")) result.check.fault.clear();
    result.relaxed = solution.objective;
    return solution;
}

LpSolution Planner::solve_integers(PlanningResult& result) {
    SolveOptions options;
    options.relax = true;
    options.method = options_.method;
    const LpSolution relaxed = solver_->solve(options);
    result.relaxed = relaxed.objective;
    if (relaxed.status != SolveStatus::optimal) return relaxed;
    LpSolution best = rounded(relaxed);
    double bound = relaxed.objective;
    const auto gap = [&] { return std::abs(best.objective - bound) / std::max(1e-9, std::abs(best.objective)); };
    SolveStatus status = best.status;
    // branch and bound is not asked when rounding is within the gap already
    if (best.primal.empty() || gap() > options_.mip_gap) {
        near_relaxed(relaxed);
        options.relax = false;
        options.mip_gap = options_.mip_gap;
        options.node_limit = options_.mip_nodes;
        options.mip_start = best.primal;
        const LpSolution found = solver_->solve(options);
        widen();
        status = found.status;
        const bool better = best.primal.empty() || found.objective < best.objective;
        if (!found.primal.empty() && better) best = solve_with_integers_fixed(*solver_, found);
    }
    if (best.primal.empty()) return best;
    result.mip_gap = gap();
    CheckOptions check;
    check.integers_fixed = true;
    result.check = check_solution(solver_->program(), best, check);
    best.status = status == SolveStatus::limit && result.mip_gap > options_.mip_gap ? status : SolveStatus::optimal;
    return best;
}

// Branch and bound looks only at whole numbers next to the relaxed ones (relaxation enforced neighbourhood search,
// Berthold, Mathematical Programming Computation 6(1), 2014): a small part of the tree that nearly always holds a plan
// within a few tenths of a per cent. The bound stays that of the relaxed program.
void Planner::near_relaxed(const LpSolution& relaxed) {
    const LinearProgram& program = solver_->program();
    narrowed_.clear();
    for (int32_t j = 0; j < program.columns(); ++j) {
        const auto at = static_cast<size_t>(j);
        if (program.integer()[at] == 0) continue;
        const double lower = program.column_lower()[at];
        const double upper = program.column_upper()[at];
        narrowed_.push_back({j, lower, upper});
        const double x = relaxed.primal[at];
        const double near = std::round(x);
        const bool whole = std::abs(x - near) < 1e-6;
        solver_->set_column_bounds(
            ColumnIndex(j),
            std::max(lower, whole ? near : std::floor(x)),
            std::min(upper, whole ? near : std::ceil(x)));
    }
}

void Planner::widen() {
    for (const Narrowed& n : narrowed_) solver_->set_column_bounds(ColumnIndex(n.column), n.lower, n.upper);
}

// The relaxed point with whole modules and the rest solved again: a plan to begin branch and bound with. To the nearest
// number first; up may break a budget or a limit; down is always possible.
LpSolution Planner::rounded(const LpSolution& relaxed) {
    const LinearProgram& program = solver_->program();
    for (const double least : {0.5, kLeastModule, 1.0}) {
        LpSolution point = relaxed;
        for (int32_t j = 0; j < program.columns(); ++j) {
            const auto at = static_cast<size_t>(j);
            if (program.integer()[at] == 0) continue;
            const double whole = std::floor(relaxed.primal[at] + 1e-6);
            const double next = relaxed.primal[at] - whole > least ? whole + 1 : whole;
            point.primal[at] = std::min(next, std::floor(program.column_upper()[at] + 1e-6));
        }
        LpSolution solved = solve_with_integers_fixed(*solver_, point);
        if (solved.status == SolveStatus::optimal) return solved;
    }
    return {};
}

// M8: service class by class, then cost.
LpSolution Planner::solve_by_priority(PlanningResult& result) {
    // modules and qualifications are decided by cost: service reached with parts of modules could not be kept
    if (solver_->program().has_integers() && options_.integers && kept_ == nullptr) {
        const LpSolution decided = solve_integers(result);
        if (decided.primal.empty()) return decided;
        for (int32_t j = 0; j < solver_->program().columns(); ++j) {
            const auto at = static_cast<size_t>(j);
            if (solver_->program().integer()[at] == 0) continue;
            const double whole = std::round(decided.primal[at]);
            solver_->set_column_bounds(ColumnIndex(j), whole, whole);
        }
    }
    const std::vector<double> cost(solver_->program().cost().begin(), solver_->program().cost().end());
    const auto count = static_cast<uint32_t>(cost.size());
    SolveOptions options;
    options.relax = true;
    options.method = options_.method;
    for (uint32_t j = 0; j < count; ++j) solver_->set_cost(ColumnIndex(j), 0);
    for (size_t c = 0; c < layout_.classes.size(); ++c) {
        const uint32_t row = layout_.service[c].value;
        // the service row holds weeks waited: its own entries are the objective of this step
        std::vector<ColumnIndex> mine;
        for (size_t p = 0; p < model_.programmes.size(); ++p) {
            if (model_.programmes[p].priority != layout_.classes[c]) continue;
            for (const Columns* columns : {&layout_.open[p], &layout_.lost[p]}) {
                for (const ColumnIndex column : *columns) {
                    if (column.valid()) mine.push_back(column);
                }
            }
        }
        for (const ColumnIndex column : mine) solver_->set_cost(column, entry_of(solver_->program(), row, column));
        const LpSolution step = solver_->solve(options);
        for (const ColumnIndex column : mine) solver_->set_cost(column, 0);
        if (step.status != SolveStatus::optimal) return step;
        const double reached = step.row_activities[row];
        solver_->set_row_bounds(layout_.service[c], -kInfinity, reached + kServiceSlack * (1 + std::abs(reached)));
    }
    for (uint32_t j = 0; j < count; ++j) solver_->set_cost(ColumnIndex(j), cost[j]);
    return solve_relaxed(result);
}

double entry_of(const LinearProgram& program, uint32_t row, ColumnIndex column) {
    const auto first = static_cast<size_t>(program.starts()[column.value]);
    const auto last = static_cast<size_t>(program.starts()[column.value + 1]);
    for (size_t k = first; k < last; ++k) {
        if (static_cast<uint32_t>(program.row_indices()[k]) == row) return program.values()[k];
    }
    return 0;
}

}  // namespace chipchain
