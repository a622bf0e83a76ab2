#include "chipchain/plan/highs_solver.h"

#ifdef CHIPCHAIN_HAS_HIGHS

#include <array>
#include <cstddef>
#include <utility>

#include <interfaces/highs_c_api.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr HighsInt kMinimise = 1;
constexpr HighsInt kFeasiblePoint = 2;  // HiGHS's kSolutionStatusFeasible
constexpr HighsInt kDualSimplex = 1;

// HiGHS's numbers of BasisStatus, in its order.
constexpr std::array<HighsInt, 4> kHighsBasis = {
    kHighsBasisStatusLower,
    kHighsBasisStatusBasic,
    kHighsBasisStatusUpper,
    kHighsBasisStatusZero};

HighsInt highs_status(BasisStatus status) { return kHighsBasis[static_cast<size_t>(status)]; }

BasisStatus basis_status(HighsInt status) {
    for (size_t index = 0; index < kHighsBasis.size(); ++index) {
        if (kHighsBasis[index] == status) {
            return static_cast<BasisStatus>(index);
        }
    }
    return BasisStatus::lower;  // kHighsBasisStatusNonbasic: only before the first solve
}

class HighsSolver final : public Solver {
 public:
    HighsSolver() : highs_(Highs_create()) {
        Highs_setBoolOptionValue(highs_, "output_flag", 0);
        Highs_setIntOptionValue(highs_, "threads", 1);
        Highs_setStringOptionValue(highs_, "parallel", "off");
        Highs_setIntOptionValue(highs_, "random_seed", 0);
        Highs_setIntOptionValue(highs_, "simplex_strategy", kDualSimplex);
    }
    ~HighsSolver() override { Highs_destroy(highs_); }

    [[nodiscard]] std::string name() const override { return std::string("HiGHS ") + Highs_version(); }

 private:
    void pass_program() override {
        const LinearProgram& lp = program();
        std::vector<HighsInt> integrality(lp.integer().begin(), lp.integer().end());
        static_assert(sizeof(HighsInt) == sizeof(int32_t), "chipchain needs HiGHS with 32-bit indices");
        const HighsInt status = Highs_passModel(
            highs_,
            lp.columns(),
            lp.rows(),
            lp.entries(),
            0,
            kHighsMatrixFormatColwise,
            0,
            kMinimise,
            lp.offset(),
            lp.cost().data(),
            lp.column_lower().data(),
            lp.column_upper().data(),
            lp.row_lower().data(),
            lp.row_upper().data(),
            lp.starts().data(),
            lp.row_indices().data(),
            lp.values().data(),
            nullptr,
            nullptr,
            nullptr,
            lp.has_integers() ? integrality.data() : nullptr);
        loaded_ = status != kHighsStatusError;
        held_ = {};
    }

    void pass_cost(int32_t column) override {
        Highs_changeColCost(highs_, column, program().cost()[static_cast<size_t>(column)]);
    }

    void pass_column_bounds(int32_t column) override {
        const auto at = static_cast<size_t>(column);
        Highs_changeColBounds(highs_, column, program().column_lower()[at], program().column_upper()[at]);
    }

    void pass_row_bounds(int32_t row) override {
        const auto at = static_cast<size_t>(row);
        Highs_changeRowBounds(highs_, row, program().row_lower()[at], program().row_upper()[at]);
    }

    LpSolution solve_program(const SolveOptions& options, const Basis& basis) override {
        if (!loaded_) {
            return {};
        }
        const bool mixed = program().has_integers() && !options.relax;
        Highs_setBoolOptionValue(highs_, "solve_relaxation", options.relax ? 1 : 0);
        Highs_setDoubleOptionValue(highs_, "mip_rel_gap", options.mip_gap);
        Highs_setDoubleOptionValue(highs_, "time_limit", options.time_limit_s);
        Highs_setIntOptionValue(highs_, "mip_max_nodes", options.node_limit);
        Highs_zeroAllClocks(highs_);  // the limit is of this call
        iterations_ = 0;
        const HighsInt status = mixed ? solve_mixed(options) : solve_linear(options, basis);
        return read_solution(status, mixed);
    }

    // One way to solve a linear program.
    struct Attempt {
        const char* method;
        bool from_basis;  // else from nothing
        const char* presolve;
        bool may_refuse;  // its verdict that there is no solution is taken
    };

    // The quick ways first. IPX judges by tolerances, presolve of HiGHS 1.15.1 calls some unbounded programs
    // infeasible, and a simplex that starts from a basis may break down on it: simplex from nothing without presolve
    // has the last word. A program that is still open goes once more to IPX, which fails for other reasons.
    HighsInt solve_linear(const SolveOptions& options, const Basis& basis) {
        static constexpr std::array<Attempt, 4> kAttempts = {{
            {"ipx", false, "choose", false},
            {"simplex", true, "choose", false},
            {"simplex", false, "off", true},
            {"ipx", false, "off", false},
        }};
        const bool interior = options.method == SolveMethod::interior_point ||
                              (options.method == SolveMethod::automatic && basis.empty());
        HighsInt status = kHighsModelStatusNotset;
        HighsInt verdict = kHighsModelStatusNotset;  // of the attempt that may refuse
        for (size_t at = interior ? 0 : 1; at < kAttempts.size(); ++at) {
            const Attempt& attempt = kAttempts[at];
            start_from(attempt.from_basis && !interior ? basis : Basis{});
            Highs_setStringOptionValue(highs_, "presolve", attempt.presolve);
            status = run(attempt.method);
            const bool refused =
                solve_status(status) == SolveStatus::infeasible || status == kHighsModelStatusUnboundedOrInfeasible;
            if (attempt.may_refuse && refused) verdict = status;
            if (is_settled(status) || verdict != kHighsModelStatusNotset) break;
        }
        Highs_setStringOptionValue(highs_, "presolve", "choose");
        return verdict != kHighsModelStatusNotset ? verdict : status;
    }
    static bool is_settled(HighsInt status) {
        const SolveStatus s = solve_status(status);
        return s == SolveStatus::optimal || s == SolveStatus::limit || status == kHighsModelStatusUnbounded;
    }

    HighsInt solve_mixed(const SolveOptions& options) {
        start_from({});
        if (!options.mip_start.empty()) {
            Highs_setSolution(highs_, options.mip_start.data(), nullptr, nullptr, nullptr);
        }
        return run("choose");
    }

    // Makes HiGHS hold this basis, or none.
    void start_from(const Basis& basis) {
        if (basis.empty()) {
            Highs_clearSolver(highs_);
        } else if (basis != held_) {
            std::vector<HighsInt> columns(basis.columns.size());
            std::vector<HighsInt> rows(basis.rows.size());
            for (size_t at = 0; at < columns.size(); ++at) {
                columns[at] = highs_status(basis.columns[at]);
            }
            for (size_t at = 0; at < rows.size(); ++at) {
                rows[at] = highs_status(basis.rows[at]);
            }
            Highs_setBasis(highs_, columns.data(), rows.data());
        }
        held_ = basis;
    }

    HighsInt run(const char* method) {
        Highs_setStringOptionValue(highs_, "solver", method);
        Highs_run(highs_);
        held_ = {};
        for (const char* count : {"simplex_iteration_count", "ipm_iteration_count", "crossover_iteration_count"}) {
            HighsInt done = 0;
            Highs_getIntInfoValue(highs_, count, &done);
            iterations_ += done > 0 ? done : 0;
        }
        return Highs_getModelStatus(highs_);
    }

    LpSolution read_solution(HighsInt status, bool mixed) {
        LpSolution solution;
        solution.status = solve_status(status);
        solution.iterations = iterations_;
        HighsInt point = 0;
        Highs_getIntInfoValue(highs_, "primal_solution_status", &point);
        if (solution.status != SolveStatus::optimal &&
            !(solution.status == SolveStatus::limit && point == kFeasiblePoint)) {
            return solution;
        }
        const LinearProgram& lp = program();
        solution.primal.resize(lp.cost().size());
        solution.row_activities.resize(static_cast<size_t>(lp.rows()));
        solution.row_duals.resize(solution.row_activities.size());
        solution.reduced_costs.resize(solution.primal.size());
        Highs_getSolution(
            highs_,
            solution.primal.data(),
            solution.reduced_costs.data(),
            solution.row_activities.data(),
            solution.row_duals.data());
        Highs_getDoubleInfoValue(highs_, "objective_function_value", &solution.objective);
        if (mixed) {
            solution.row_duals.clear();
            solution.reduced_costs.clear();
            Highs_getDoubleInfoValue(highs_, "mip_dual_bound", &solution.best_bound);
            Highs_getDoubleInfoValue(highs_, "mip_gap", &solution.mip_gap);
            Highs_getInt64InfoValue(highs_, "mip_node_count", &solution.nodes);
        } else if (solution.status == SolveStatus::optimal) {
            read_basis(solution);
        }
        return solution;
    }

    void read_basis(LpSolution& solution) {
        HighsInt valid = 0;
        Highs_getIntInfoValue(highs_, "basis_validity", &valid);
        if (valid == 0) {
            return;
        }
        std::vector<HighsInt> columns(solution.primal.size());
        std::vector<HighsInt> rows(solution.row_activities.size());
        Highs_getBasis(highs_, columns.data(), rows.data());
        for (const HighsInt status : columns) {
            solution.basis.columns.push_back(basis_status(status));
        }
        for (const HighsInt status : rows) {
            solution.basis.rows.push_back(basis_status(status));
        }
        held_ = solution.basis;
    }

    static SolveStatus solve_status(HighsInt status) {
        if (status == kHighsModelStatusOptimal || status == kHighsModelStatusModelEmpty) {
            return SolveStatus::optimal;
        }
        if (status == kHighsModelStatusInfeasible) {
            return SolveStatus::infeasible;
        }
        if (status == kHighsModelStatusUnbounded || status == kHighsModelStatusUnboundedOrInfeasible) {
            return SolveStatus::unbounded;
        }
        const bool stopped = status == kHighsModelStatusTimeLimit || status == kHighsModelStatusIterationLimit ||
                             status == kHighsModelStatusSolutionLimit;
        return stopped ? SolveStatus::limit : SolveStatus::failed;
    }

    void* highs_;
    Basis held_;  // the basis inside HiGHS, as far as known
    int64_t iterations_ = 0;
    bool loaded_ = false;
};

}  // namespace

std::unique_ptr<Solver> make_highs_solver() { return std::make_unique<HighsSolver>(); }

}  // namespace chipchain

#else

namespace chipchain {

std::unique_ptr<Solver> make_highs_solver() { return nullptr; }

}  // namespace chipchain

#endif
