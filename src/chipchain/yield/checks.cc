#include "chipchain/yield/checks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/core.h>

namespace chipchain {

namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// The range of a kind, what to say, and the ids below and above it.
struct FigureRow {
    FigureKind kind;
    double least;
    bool open;  // the least value itself is refused
    double most;
    bool whole;
    std::string_view unit;  // with a blank before it
    std::string_view below;
    std::string_view above;
    std::string_view expected;
};

constexpr FigureRow kRows[] = {
    {FigureKind::yield, 0, true, 1, false, "", "yield-not-positive", "yield-above-one", "above 0, at most 1"},
    {FigureKind::coverage, 0, false, 1, false, "", "share-outside-range", "share-outside-range", "0 to 1"},
    {FigureKind::share, 0, false, 1, false, "", "share-outside-range", "share-outside-range", "0 to 1"},
    {FigureKind::length_mm, 0, false, kNoLimit, false, " mm", "negative-length", "not-a-number", "0 mm or more"},
    {FigureKind::size_mm, 0, true, kNoLimit, false, " mm", "size-not-positive", "not-a-number", "more than 0 mm"},
    {FigureKind::area_cm2, 0, true, kNoLimit, false, " cm2", "area-not-positive", "not-a-number", "more than 0 cm2"},
    {FigureKind::defect_density,
     0,
     false,
     kNoLimit,
     false,
     " /cm2",
     "negative-density",
     "not-a-number",
     "0 /cm2 or more"},
    {FigureKind::alpha, 0, true, kNoLimit, false, "", "alpha-not-positive", "", "above 0; inf: no clustering"},
    {FigureKind::count, 1, false, 1e9, true, "", "invalid-count", "invalid-count", "a whole number from 1 to 1e9"},
    {FigureKind::whole, 0, false, 1e9, true, "", "invalid-count", "invalid-count", "a whole number from 0 to 1e9"},
    {FigureKind::ratio, 0, true, kNoLimit, false, "", "ratio-not-positive", "not-a-number", "above 0"},
    {FigureKind::time_s, 0, false, kNoLimit, false, " s", "negative-time", "not-a-number", "0 s or more"},
    {FigureKind::money_usd, 0, false, kNoLimit, false, " USD", "negative-cost", "not-a-number", "0 USD or more"},
    {FigureKind::dpmo, 0, false, 1e6, false, " dpmo", "invalid-dpmo", "invalid-dpmo", "0 to 1,000,000 dpmo"},
};

const FigureRow& row_of(FigureKind kind) { return kRows[static_cast<size_t>(kind)]; }

// The id of what is wrong, or "".
std::string_view fault_of(const FigureRow& row, double value) {
    if (std::isnan(value)) return "not-a-number";
    if (value < row.least || (row.open && value == row.least)) return row.below;
    if (value > row.most) return row.above;
    if (std::isinf(value)) return row.kind == FigureKind::alpha ? "" : "not-a-number";
    if (row.whole && value != std::floor(value)) return row.below;
    return "";
}

// A figure of 0..1 that looks like a percentage.
std::string help_of(const FigureRow& row, double value) {
    if (row.most == 1 && value >= 2 && value <= 100) return fmt::format("write {:g} for {:g} %", value / 100, value);
    return fmt::format("expected {}", row.expected);
}

}  // namespace

Diagnostics check_figures(std::span<const Figure> figures) {
    Diagnostics diagnostics;
    for (const Figure& figure : figures) {
        const FigureRow& row = row_of(figure.kind);
        const std::string_view id = fault_of(row, figure.value);
        if (id.empty()) continue;
        diagnostics.push_back(
            {Severity::error,
             std::string(id),
             fmt::format("{} is {:g}{}", figure.name, figure.value, row.unit),
             figure.span,
             fmt::format("expected {}", row.expected),
             help_of(row, figure.value)});
    }
    return diagnostics;
}

Diagnostics check_cost_chain(std::span<const CostStage> stages, const Span& span) {
    struct Column {
        std::string_view name;
        double CostStage::*value;
        FigureKind kind;
    };
    constexpr Column kColumns[] = {
        {"inputs_per_unit", &CostStage::inputs_per_unit, FigureKind::ratio},
        {"cost_per_unit_usd", &CostStage::cost_per_unit_usd, FigureKind::money_usd},
        {"cost_per_piece_usd", &CostStage::cost_per_piece_usd, FigureKind::money_usd},
        {"units_per_piece", &CostStage::units_per_piece, FigureKind::ratio},
        {"yield", &CostStage::yield, FigureKind::yield},
        {"coverage", &CostStage::coverage, FigureKind::coverage},
    };
    Diagnostics diagnostics;
    for (const CostStage& stage : stages) {
        for (const Column& column : kColumns) {
            const std::string name = fmt::format("{} of stage '{}'", column.name, stage.name);
            const Figure figure = {name, stage.*column.value, column.kind, span};
            for (Diagnostic& d : check_figures({&figure, 1})) diagnostics.push_back(std::move(d));
        }
    }
    return diagnostics;
}

Diagnostics check_board_lots(std::span<const BoardLot> lots, const Span& span) {
    Diagnostics diagnostics;
    const auto add = [&](std::string_view id, std::string message, std::string help) {
        diagnostics.push_back({Severity::error, std::string(id), std::move(message), span, "", std::move(help)});
    };
    for (size_t i = 0; i < lots.size(); ++i) {
        const std::string names[] = {
            fmt::format("complexity of lot {}", i + 1),
            fmt::format("yield of lot {}", i + 1),
            fmt::format("boards of lot {}", i + 1)};
        const Figure figures[] = {
            {names[0], lots[i].complexity, FigureKind::ratio, span},
            {names[1], lots[i].first_pass_yield, FigureKind::yield, span},
            {names[2], lots[i].boards, FigureKind::ratio, span}};
        for (Diagnostic& d : check_figures(figures)) diagnostics.push_back(std::move(d));
    }
    if (lots.size() < 3) {
        add("too-few-lots",
            fmt::format("{} lots are too few to fit two constants", lots.size()),
            "give at least three lots");
        return diagnostics;
    }
    double least = kNoLimit;
    double most = 0;
    for (const BoardLot& lot : lots) {
        if (!(lot.first_pass_yield < 1)) continue;
        least = std::min(least, lot.complexity);
        most = std::max(most, lot.complexity);
    }
    if (!(most > least)) {
        add("fit-impossible",
            "all lots with losses have the same complexity",
            "add lots of another complexity with a yield below 1");
    }
    return diagnostics;
}

}  // namespace chipchain
