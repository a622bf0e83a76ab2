// Yield of printed circuit boards and of their assembly: Holden's first-pass yield with a fit from lots, the layer and
// area form, and the defects-per-million-opportunities (DPMO) yield of assembly; the time of a reflow oven.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/yield/models.h"

namespace chipchain {

// Holden: first-pass yield = 1 / exp[(log10(CI / A))^B] for CI > A and 1 below it, where CI is a complexity index of
// the shop's own choice (the one with the best r2) and A, B are fitted from its lots at electrical test without repair.
// H. Holden, "Calculating your PCB complexity & first pass yields". No values of A and B are published, so none are
// here.
struct HoldenConstants {
    double a = 1;  // complexity up to which every board is good
    double b = 1;
};
[[nodiscard]] double holden_yield(double complexity, const HoldenConstants& constants);

// One lot at electrical test.
struct BoardLot {
    double complexity = 0;
    double first_pass_yield = 1;
    double boards = 1;  // weight of the lot
};

struct HoldenFit {
    HoldenConstants constants;
    double r2 = 0;        // of the yields, weighted: 1 - residual / total sum of squares; may be negative
    double residual = 0;  // weighted root mean square of yield - fit
    size_t lots = 0;
};
// The constants with the least weighted sum of squares of yield - holden_yield. The diagnostics of check_board_lots()
// when the lots do not determine them. Deterministic: the least of a grid of (A, B), then damped Gauss-Newton steps.
[[nodiscard]] Result<HoldenFit> fit_holden(std::span<const BoardLot> lots);

// Layer and area form (backend facts 2.3, inferred): prod_layers exp(-D_l A) * lamination^cycles * drill * plating.
// With clustering the layers of a board share their gamma number: (1 + sum D_l A / alpha)^-alpha.
struct BoardProcess {
    std::vector<double> layer_defects_per_cm2;  // [layer]
    double alpha = kNoClustering;
    double lamination_yield = 1;  // of one press cycle
    uint32_t lamination_cycles = 1;
    double drill_dpmo = 0;  // per hole
    uint32_t holes = 0;
    double plating_yield = 1;
};
[[nodiscard]] double board_yield(const BoardProcess& process, double area_cm2);

// One kind of opportunity of an assembly: components, placements, terminations, assembly (IPC-9261A).
struct Opportunities {
    std::string name;
    double count = 0;  // per board
    double dpmo = 0;   // defects per million of them
};
// exp(-sum dpmo_k count_k / 1e6): no defect anywhere when they are independent and rare.
[[nodiscard]] double assembly_yield(std::span<const Opportunities> kinds);
// 1 - sum dpmo_k count_k / 1e6, as trade articles have it; never below 0.
[[nodiscard]] double assembly_yield_linear(std::span<const Opportunities> kinds);
// Defects per million opportunities from counts; of several kinds together (the DPMO index of IPC-7912A: all defects
// over all opportunities); and the DPMO at which a board of so many opportunities has that yield (exponential form).
// REQUIRES opportunities > 0; yield in (0, 1].
[[nodiscard]] double dpmo_of(double defects, double opportunities);
[[nodiscard]] double dpmo_index(std::span<const Opportunities> kinds);
[[nodiscard]] double dpmo_for_yield(double yield, double opportunities);

// A reflow oven: seconds a board is inside, and seconds from board to board at that pitch (board length plus gap) on
// the conveyor. REQUIRES speed > 0.
[[nodiscard]] double reflow_dwell_s(double oven_mm, double speed_mm_per_min);
[[nodiscard]] double reflow_takt_s(double pitch_mm, double speed_mm_per_min);

}  // namespace chipchain
