// The solver of linear and mixed-integer programs behind one small interface, so that the planner knows neither HiGHS
// (the solver where it can be had) nor COIN-OR CLP and CBC (always compiled in: the fallback, and the referee in
// tests).
//
// Invariants:
// 1. A solver has its own copy of the program, program(), which follows every change: a solution is checked against it
//    (check_solution.h).
// 2. One object belongs to one thread; it uses no other thread and no random number that changes from run to run, so
// the
//    same calls give the same bits.
// 3. It prints nothing. What goes wrong inside is SolveStatus::failed, never an exception.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/plan/linear_program.h"

namespace chipchain {

enum class SolverKind : uint8_t {
    automatic,
    highs,
    clp
};  // automatic: HiGHS if compiled in, else CLP; Planner turns to CLP when HiGHS fails

enum class SolveMethod : uint8_t {
    automatic,       // interior point without a basis, dual simplex with one
    interior_point,  // with crossover, so that a basis exists afterwards; CLP takes dual simplex
    simplex,
};

enum class SolveStatus : uint8_t {
    optimal,     // for integers: within the gap asked for
    infeasible,  // no x satisfies all bounds
    unbounded,   // the objective falls without end
    limit,       // time is up; primal holds the best point known, or nothing
    failed,      // the solver gave up
};
std::string_view to_string(SolveStatus status);

enum class BasisStatus : uint8_t { lower, basic, upper, free };  // free: nonbasic at zero, without a bound

// A basis: as many basic columns and rows together as there are rows. Empty when there is none.
struct Basis {
    std::vector<BasisStatus> columns;
    std::vector<BasisStatus> rows;
    [[nodiscard]] bool empty() const { return columns.empty() && rows.empty(); }
    bool operator==(const Basis&) const = default;
};

struct SolveOptions {
    SolveMethod method = SolveMethod::automatic;
    bool warm = true;                     // start from the last basis, if there is one
    bool relax = false;                   // integer columns may be fractional
    double mip_gap = 1e-4;                // relative: |objective - best_bound| / |objective|
    double time_limit_s = kInfinity;      // of this call; results then depend on the machine's speed
    int32_t node_limit = INT32_MAX;       // of branch and bound
    std::span<const double> mip_start{};  // empty, or a figure per column: a feasible point to begin with
};

// What solve() found. Arrays are per column or per row of the program, or empty where there is no such thing: all of
// them unless there is a point; duals and basis of an integer program.
struct LpSolution {
    SolveStatus status = SolveStatus::failed;
    double objective = 0;                // of `primal`, with the offset
    std::vector<double> primal;          // x
    std::vector<double> row_activities;  // A x
    std::vector<double> row_duals;       // d objective / d active bound of the row
    std::vector<double> reduced_costs;   // d objective / d active bound of the column: cost - A' row_duals
    Basis basis;
    int64_t iterations = 0;  // of simplex, interior point and crossover together
    int64_t nodes = 0;       // of branch and bound
    double best_bound = 0;   // no integer point is better; an LP's is its objective
    double mip_gap = 0;      // relative, reached
    std::string solver;      // name and version
};

class Solver {
 public:
    virtual ~Solver() = default;
    Solver() = default;
    Solver(const Solver&) = delete;
    Solver& operator=(const Solver&) = delete;

    // Name and version: "HiGHS 1.15.1".
    [[nodiscard]] virtual std::string name() const = 0;

    // Takes a program instead of the one before; the basis is gone. Finishes it if it is not.
    void load(LinearProgram program);
    [[nodiscard]] const LinearProgram& program() const { return program_; }

    // Changes that keep the basis. Same requirements as in LinearProgram.
    void set_cost(ColumnIndex column, double cost);
    void set_column_bounds(ColumnIndex column, double lower, double upper);
    void set_row_bounds(RowIndex row, double lower, double upper);

    // Solves program(). REQUIRES load() before. Empty programs are solved too.
    LpSolution solve(const SolveOptions& options = {});

    // The basis of the last solve or set_basis(), empty if there is none.
    [[nodiscard]] const Basis& basis() const { return basis_; }
    // The basis that the next warm solve starts from; an empty one makes it cold. REQUIRES one status per column and
    // row.
    void set_basis(Basis basis);

 private:
    virtual void pass_program() = 0;
    virtual void pass_cost(int32_t column) = 0;
    virtual void pass_column_bounds(int32_t column) = 0;
    virtual void pass_row_bounds(int32_t row) = 0;
    // `basis` is empty for a cold start. May call a program unbounded that is infeasible as well. Leaves best_bound and
    // mip_gap of LPs to the caller.
    virtual LpSolution solve_program(const SolveOptions& options, const Basis& basis) = 0;

    bool has_point(const SolveOptions& options);

    LinearProgram program_;
    Basis basis_;
};

// Whether HiGHS is compiled in.
bool has_highs();

// A solver; REQUIRES has_highs() for SolverKind::highs.
std::unique_ptr<Solver> make_solver(SolverKind kind = SolverKind::automatic);

// Prices of an integer program: fixes its integer columns at the rounded values of `solution`, solves the LP that is
// left (duals and basis are its own), and restores the bounds. REQUIRES solution.primal is not empty.
LpSolution solve_with_integers_fixed(Solver& solver, const LpSolution& solution, const SolveOptions& options = {});

}  // namespace chipchain
