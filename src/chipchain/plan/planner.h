// Plans a chain: writes its program, solves it, checks the solution and reads the plan back.
//
// Integers (modules, qualifications) are solved in three steps: the relaxed program, its modules rounded up as a start,
// branch and bound; prices are those of the program with its integers fixed. By priority (M8 of the planning facts) the
// programmes of priority 1 get the best service that the chain can give, then those of priority 2 with that service
// kept, and so on; costs decide among what is left.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chipchain/plan/check_solution.h"
#include "chipchain/plan/plan_program.h"
#include "chipchain/plan/scaling.h"

namespace chipchain {

struct PlannerOptions {
    PlanModelOptions model;
    SolverKind solver = SolverKind::automatic;
    SolveMethod method = SolveMethod::automatic;
    bool integers = true;    // false: modules may be fractional
    double mip_gap = 2e-3;   // relative; a rounded plan within it is taken as it is
    int32_t mip_nodes = 40;  // of branch and bound; the best plan known then counts
    bool by_priority = false;
};

struct PlanningResult {
    ChainPlan plan;
    SolveStatus status = SolveStatus::failed;
    SolutionCheck check;  // of the last program solved
    double relaxed = 0;   // objective with fractional modules: no plan costs less
    double mip_gap = 0;
    std::vector<double> service;  // [class] weeks waited per piece due, unmet ones at kUnmetWeeks
    int32_t rows = 0;
    int32_t columns = 0;
    int32_t entries = 0;
    double build_s = 0;  // writing the program
    double solve_s = 0;
};

class Planner {
 public:
    Planner(const ChainModel& model, PlannerOptions options);

    // Plans for one future. A second call starts from the basis of the first, which fits because futures differ in
    // figures only. The status is `optimal` or, when the nodes of branch and bound are used up, `limit`.
    [[nodiscard]] PlanningResult plan(const ChainFuture& future = {});

    [[nodiscard]] const PlanLayout& layout() const { return layout_; }
    [[nodiscard]] Solver& solver() { return *solver_; }
    [[nodiscard]] const PlannerOptions& options() const { return options_; }
    // The next call starts from this basis, if it fits, instead of that of the last call.
    void start_from(Basis basis) { start_ = std::move(basis); }
    // Modules and qualifications of this plan are kept in later calls (what-ifs that decide nothing anew).
    void keep_decisions(const ChainPlan& plan);

 private:
    void load(const LinearProgram& program, bool again);
    LpSolution solve_once(PlanningResult& result);
    LpSolution solve_relaxed(PlanningResult& result);
    LpSolution solve_integers(PlanningResult& result);
    LpSolution solve_by_priority(PlanningResult& result);
    LpSolution rounded(const LpSolution& relaxed);
    void near_relaxed(const LpSolution& relaxed);
    void widen();

    const ChainModel& model_;
    PlannerOptions options_;
    std::unique_ptr<Solver> solver_;
    PlanLayout layout_;
    Scaling scaling_;
    Basis start_;
    struct Narrowed {
        int32_t column;
        double lower, upper;
    };
    std::vector<Narrowed> narrowed_;  // integer columns with their bounds, while they are near the relaxed ones
    const ChainPlan* kept_ = nullptr;
    ChainPlan kept_plan_;
};

// The coefficient of a column in a row; 0 when it has none.
[[nodiscard]] double entry_of(const LinearProgram& program, uint32_t row, ColumnIndex column);

}  // namespace chipchain
