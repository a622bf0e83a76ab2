// Figures of a user's that a formula of this folder would refuse: all of them at once, as diagnostics. Readers and
// verbs call this before they call the formulas, whose CHECKs are for our own mistakes only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "chipchain/base/diagnostic.h"
#include "chipchain/yield/boards.h"
#include "chipchain/yield/cost.h"

namespace chipchain {

enum class FigureKind : uint8_t {
    yield,           // above 0, at most 1
    coverage,        // 0..1
    share,           // 0..1
    length_mm,       // 0 or more
    size_mm,         // above 0
    area_cm2,        // above 0
    defect_density,  // 1/cm2, 0 or more
    alpha,           // clustering: above 0; inf is none
    count,           // a whole number of 1 or more
    whole,           // a whole number of 0 or more
    ratio,           // above 0
    time_s,          // 0 or more
    money_usd,       // 0 or more
    dpmo,            // 0..1,000,000
};

// A figure and the name by which the user wrote it.
struct Figure {
    std::string_view name;
    double value = 0;
    FigureKind kind = FigureKind::share;
    Span span;
};

// One diagnostic for each figure outside its range; ids: not-a-number, yield-above-one, yield-not-positive,
// share-outside-range, negative-length, size-not-positive, area-not-positive, negative-density, alpha-not-positive,
// invalid-count, ratio-not-positive, negative-time, negative-cost, invalid-dpmo.
[[nodiscard]] Diagnostics check_figures(std::span<const Figure> figures);

// What cost_chain() requires of its stages; messages name the stage.
[[nodiscard]] Diagnostics check_cost_chain(std::span<const CostStage> stages, const Span& span = {});

// What fit_holden() requires: at least three lots, complexities above 0, yields in (0, 1], weights above 0, and two
// different complexities with a yield below 1 (too-few-lots, fit-impossible).
[[nodiscard]] Diagnostics check_board_lots(std::span<const BoardLot> lots, const Span& span = {});

}  // namespace chipchain
