#include "chipchain/plan/check_solution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/core.h>

namespace chipchain {

namespace {

void raise(double& worst, double error) {
    if (!(error <= worst)) {
        worst = std::isnan(error) ? kInfinity : error;
    }
}

double beyond(double value, double lower, double upper) { return std::max({lower - value, value - upper, 0.0}); }

// A bound's share in the scale of its row: none if it does not exist.
double size_of(double bound) { return std::isfinite(bound) ? std::abs(bound) : 0; }

// What rows and columns are made of, in one pass over the matrix.
struct Sums {
    std::vector<double> activity;      // A x
    std::vector<double> row_scale;     // max |a_ij x_j|
    std::vector<double> reduced_cost;  // c - A' y
    std::vector<double> column_scale;  // max(|c_j|, |a_ij y_i|)
};

Sums sums_of(const LinearProgram& lp, const LpSolution& solution, bool duals) {
    Sums sums;
    sums.activity.assign(static_cast<size_t>(lp.rows()), 0);
    sums.row_scale = sums.activity;
    sums.reduced_cost.assign(lp.cost().begin(), lp.cost().end());
    sums.column_scale.resize(lp.cost().size());
    for (size_t column = 0; column < lp.cost().size(); ++column) {
        sums.column_scale[column] = std::abs(lp.cost()[column]);
        for (auto at = static_cast<size_t>(lp.starts()[column]); at < static_cast<size_t>(lp.starts()[column + 1]);
             ++at) {
            const auto row = static_cast<size_t>(lp.row_indices()[at]);
            const double term = lp.values()[at] * solution.primal[column];
            sums.activity[row] += term;
            sums.row_scale[row] = std::max(sums.row_scale[row], std::abs(term));
            if (duals) {
                const double price = lp.values()[at] * solution.row_duals[row];
                sums.reduced_cost[column] -= price;
                sums.column_scale[column] = std::max(sums.column_scale[column], std::abs(price));
            }
        }
    }
    return sums;
}

void check_primal(const LinearProgram& lp, const LpSolution& solution, const Sums& sums, SolutionCheck& check) {
    for (size_t column = 0; column < solution.primal.size(); ++column) {
        const double x = solution.primal[column];
        raise(check.primal, beyond(x, lp.column_lower()[column], lp.column_upper()[column]) / (1 + std::abs(x)));
        if (lp.integer()[column] != 0) {
            raise(check.integrality, std::abs(x - std::round(x)));
        }
    }
    for (size_t row = 0; row < sums.activity.size(); ++row) {
        const double lower = lp.row_lower()[row];
        const double upper = lp.row_upper()[row];
        const double scale = 1 + std::max({sums.row_scale[row], size_of(lower), size_of(upper)});
        raise(check.primal, beyond(sums.activity[row], lower, upper) / scale);
        raise(check.activity, std::abs(sums.activity[row] - solution.row_activities[row]) / scale);
    }
}

// A row or column with its price (d objective / d bound), and what it adds to the dual objective.
double check_price(
    double price,
    double scale,
    double value,
    double lower,
    double upper,
    double objective_scale,
    SolutionCheck& check) {
    if (std::abs(price) <= kDualTolerance * (1 + scale)) {
        return price * value;
    }
    const double bound = price > 0 ? lower : upper;
    if (!std::isfinite(bound)) {
        raise(check.dual, std::abs(price) / (1 + scale));
        return price * value;
    }
    raise(check.complementarity, std::abs(price * (value - bound)) / objective_scale);
    return price * bound;
}

void check_dual(
    const LinearProgram& lp,
    const LpSolution& solution,
    const Sums& sums,
    double objective,
    bool integers_fixed,
    SolutionCheck& check) {
    const double scale = 1 + std::abs(objective);
    double dual_objective = lp.offset();
    for (size_t column = 0; column < solution.primal.size(); ++column) {
        const double reduced_cost = sums.reduced_cost[column];
        raise(
            check.stationarity,
            std::abs(reduced_cost - solution.reduced_costs[column]) / (1 + sums.column_scale[column]));
        if (integers_fixed && lp.integer()[column] != 0) {
            dual_objective += reduced_cost * solution.primal[column];
            continue;
        }
        dual_objective += check_price(
            reduced_cost,
            sums.column_scale[column],
            solution.primal[column],
            lp.column_lower()[column],
            lp.column_upper()[column],
            scale,
            check);
    }
    for (size_t row = 0; row < sums.activity.size(); ++row) {
        dual_objective += check_price(
            solution.row_duals[row],
            0,
            sums.activity[row],
            lp.row_lower()[row],
            lp.row_upper()[row],
            scale,
            check);
    }
    raise(check.gap, std::abs(objective - dual_objective) / scale);
}

void conclude(SolutionCheck& check, double tolerance) {
    struct Error {
        const char* name;
        double error;
        double allowed;
    };
    const Error errors[] = {
        {"primal", check.primal, tolerance},
        {"activity", check.activity, tolerance},
        // solvers take a column for whole within 1e-6: that figure itself passes
        {"integrality", check.integrality, 1.001 * tolerance},
        {"objective", check.objective, tolerance},
        {"stationarity", check.stationarity, tolerance},
        {"dual", check.dual, tolerance},
        {"complementarity", check.complementarity, tolerance},
        {"gap", check.gap, tolerance},
    };
    for (const Error& error : errors) {
        if (error.error > error.allowed) {
            check.fault = fmt::format("{} error {:.3g}", error.name, error.error);
            return;
        }
    }
}

}  // namespace

SolutionCheck check_solution(const LinearProgram& program, const LpSolution& solution, const CheckOptions& options) {
    SolutionCheck check;
    const bool solved = solution.status == SolveStatus::optimal;
    const bool point = solution.primal.size() == program.cost().size() &&
                       solution.row_activities.size() == static_cast<size_t>(program.rows());
    if (!point || !(solved || solution.status == SolveStatus::limit)) {
        check.fault = to_string(solution.status);
        return check;
    }
    const bool duals = solution.row_duals.size() == solution.row_activities.size() &&
                       solution.reduced_costs.size() == solution.primal.size();
    const Sums sums = sums_of(program, solution, duals);
    double objective = program.offset();
    for (size_t column = 0; column < solution.primal.size(); ++column) {
        objective += program.cost()[column] * solution.primal[column];
    }
    const double scale = 1 + std::abs(objective);
    raise(check.objective, std::abs(objective - solution.objective) / scale);
    check_primal(program, solution, sums, check);
    if (solved && duals) {
        // a relaxation, or what is left when integers are fixed
        check.integrality = options.integers_fixed ? check.integrality : 0;
        check_dual(program, solution, sums, objective, options.integers_fixed, check);
    } else if (solved) {
        const double allowed = options.mip_gap * std::abs(objective);
        raise(check.gap, std::max(0.0, std::abs(objective - solution.best_bound) - allowed) / scale);
    }
    conclude(check, options.tolerance);
    return check;
}

}  // namespace chipchain
