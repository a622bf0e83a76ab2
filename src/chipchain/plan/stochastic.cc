#include "chipchain/plan/stochastic.h"

#include <algorithm>
#include <memory>

namespace chipchain {

namespace {

class ExtensiveForm {
 public:
    ExtensiveForm(const ChainModel& model, const std::vector<WeighedFuture>& futures, const StochasticOptions& options)
        : model_(model), futures_(futures), options_(options) {}

    StochasticResult solve() {
        write();
        std::unique_ptr<Solver> solver = make_solver(options_.planner.solver);
        program_.finish();
        std::vector<const PlanLayout*> layouts;
        for (const PlanLayout& layout : layouts_) layouts.push_back(&layout);
        const Scaling scaling = scaling_of(program_, column_units(layouts, program_.columns()));
        solver->load(scaled(program_, scaling));
        SolveOptions how;
        how.relax = !options_.planner.integers;
        how.mip_gap = options_.planner.mip_gap;
        how.node_limit = options_.planner.mip_nodes;
        LpSolution solution = solver->solve(how);
        StochasticResult result;
        result.status = solution.status;
        if (solution.primal.empty()) return result;
        const bool integers = solver->program().has_integers() && !how.relax;
        if (integers) solution = solve_with_integers_fixed(*solver, solution);
        CheckOptions check;
        check.integers_fixed = true;
        result.check = check_solution(solver->program(), solution, check);
        if (!integers && result.check.fault.starts_with("integrality")) result.check.fault.clear();
        unscale(solution, scaling);
        result.objective = solution.objective;
        read(solution, result);
        return result;
    }

 private:
    void write() {
        costs_.resize(futures_.size());
        layouts_.resize(futures_.size());
        FirstStage first;
        first.shared_starts = options_.shared_starts;
        for (size_t f = 0; f < futures_.size(); ++f) {
            if (f > 0) first.layout = layouts_.data();
            const FirstStage* stage = f > 0 ? &first : nullptr;
            layouts_[f] = write_plan(
                program_,
                model_,
                options_.planner.model,
                futures_[f].future,
                futures_[f].probability,
                stage,
                &costs_[f]);
        }
        find_first_stage();
        ColumnIndex eta;
        if (options_.lambda > 0) eta = program_.add_column(options_.lambda, 0, kInfinity);
        for (size_t f = 0; f < futures_.size(); ++f) {
            const double weight = futures_[f].probability;
            RowIndex excess;
            if (options_.lambda > 0) {
                excess = program_.add_row(0, kInfinity);
                (void)program_.add_column(options_.lambda * weight / (1 - options_.alpha), 0, kInfinity);
                program_.add_entry(excess, 1);
                program_.add_entry(excess, eta, 1);
            }
            for (const CostEntry& entry : costs_[f]) {
                if (first_[entry.column.value] != 0) {
                    program_.set_cost(entry.column, entry.cost);
                    continue;
                }
                program_.set_cost(entry.column, (1 - options_.lambda) * weight * entry.cost);
                if (options_.lambda > 0) program_.add_entry(excess, entry.column, -entry.cost);
            }
        }
    }

    void find_first_stage() {
        first_.assign(static_cast<size_t>(program_.columns()) + 1 + futures_.size(), 0);
        const PlanLayout& layout = layouts_.front();
        const auto mark = [&](ColumnIndex column) {
            if (column.valid()) first_[column.value] = 1;
        };
        for (const Columns2* group : {&layout.modules, &layout.qualify}) {
            for (const Columns& columns : *group) std::for_each(columns.begin(), columns.end(), mark);
        }
        std::for_each(layout.reserved.begin(), layout.reserved.end(), mark);
        for (const Columns& columns : layout.starts) {
            for (size_t t = 0; t < std::min(columns.size(), options_.shared_starts); ++t) mark(columns[t]);
        }
    }

    void read(const LpSolution& solution, StochasticResult& result) const {
        for (const CostEntry& entry : costs_.front()) {
            if (first_[entry.column.value] != 0) result.first_stage += entry.cost * solution.primal[entry.column.value];
        }
        for (size_t f = 0; f < futures_.size(); ++f) {
            double cost = 0;
            for (const CostEntry& entry : costs_[f]) {
                if (first_[entry.column.value] == 0) cost += entry.cost * solution.primal[entry.column.value];
            }
            result.recourse.push_back(cost);
            result.expected += futures_[f].probability * cost;
            result.plans.push_back(
                read_plan(model_, options_.planner.model, futures_[f].future, layouts_[f], solution));
        }
        read_tail(result);
    }

    // CVaR of the recourse costs by its definition: the least over eta of a convex function with corners at the costs.
    void read_tail(StochasticResult& result) const {
        std::vector<double> etas = result.recourse;
        etas.push_back(0);
        result.cvar = kInfinity;
        for (const double eta : etas) {
            if (eta < 0) continue;
            double cvar = eta;
            for (size_t f = 0; f < futures_.size(); ++f) {
                cvar += futures_[f].probability * std::max(0.0, result.recourse[f] - eta) / (1 - options_.alpha);
            }
            if (cvar < result.cvar) {
                result.cvar = cvar;
                result.value_at_risk = eta;
            }
        }
    }

    const ChainModel& model_;
    const std::vector<WeighedFuture>& futures_;
    const StochasticOptions& options_;
    LinearProgram program_;
    std::vector<PlanLayout> layouts_;
    std::vector<std::vector<CostEntry>> costs_;
    std::vector<uint8_t> first_;  // [column] decided before the future is known
};

}  // namespace

StochasticResult
plan_stochastic(const ChainModel& model, const std::vector<WeighedFuture>& futures, const StochasticOptions& options) {
    return ExtensiveForm(model, futures, options).solve();
}

}  // namespace chipchain
