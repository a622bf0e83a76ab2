#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

// The rows of a route in order of their step numbers, without gap or repetition. False after reporting a mistake.
bool sort_route(Compiler& c, const std::string& route, std::vector<uint32_t>& rows) {
    const auto number = [&](uint32_t row) { return c.spec.steps[row].step; };
    std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) { return number(a) < number(b); });
    for (size_t i = 0; i < rows.size(); ++i) {
        const StepSpec& row = c.spec.steps[rows[i]];
        const auto expected = static_cast<int64_t>(i) + 1;
        if (row.step == expected) continue;
        const Span span = span_of("step", row, "step");
        if (i > 0 && row.step == number(rows[i - 1])) {
            c.error("duplicate-name", fmt::format("route '{}' has step {} twice", route, row.step), span);
        } else {
            c.error(
                "step-gap",
                fmt::format("route '{}' has step {} but no step {}", route, row.step, expected),
                span,
                fmt::format("expected step {}", expected));
        }
        return false;
    }
    return true;
}

// Thresholds are compared with 32 random bits: 100 % becomes 2^32, which every draw is below.
uint64_t threshold(double percent) { return static_cast<uint64_t>(std::llround(percent / 100 * 0x1p32)); }

Step plain_step(Compiler& c, const StepSpec& row, uint32_t route) {
    Step step;
    step.route = route;
    step.number = static_cast<uint32_t>(row.step);
    step.process = compile_duration(row.process, c.spec.switches.uniform_spread);
    step.per = row.per;
    step.setup = row.setup.empty() ? 0 : c.setups.find(row.setup);
    step.setup_time = row.setup.empty() ? -1 : row.setup_time;
    if (row.per == ProcessUnit::batch) {
        step.batch_min = static_cast<uint32_t>(row.batch_min);
        step.batch_max = static_cast<uint32_t>(row.batch_max);
    }
    step.sample_threshold = threshold(row.sample_percent);
    step.scrap_threshold = threshold(row.scrap_percent);
    step.tool_group = c.groups.find(row.tool_group);
    if (step.tool_group == kNoIndex) {
        c.error(
            "unknown-tool-group",
            fmt::format(
                "step {} of route '{}' uses tool group '{}', which is not declared",
                row.step,
                row.route,
                row.tool_group),
            span_of("step", row, "tool_group"),
            one_of(c.groups.size(), "tool group"),
            near_help(row.tool_group, c.groups));
    }
    return step;
}

// Cascade intervals: only on a cascading tool, one of them, and of the unit that the process time has.
void set_cascade(Compiler& c, const StepSpec& row, Step& step) {
    const bool by_lot = row.lot_interval >= 0;
    const bool by_piece = row.piece_interval >= 0;
    if (!by_lot && !by_piece) return;
    const Span span = span_of("step", row, by_lot ? "lot_interval_min" : "piece_interval_min");
    const std::string who = fmt::format("step {} of route '{}'", row.step, row.route);
    if (by_lot && by_piece) {
        c.error(
            "cascade-conflict",
            who + " states an interval per lot and one per piece",
            span,
            "expected one of the two");
    } else if (by_lot ? row.per != ProcessUnit::lot : row.per != ProcessUnit::piece) {
        c.error(
            "cascade-conflict",
            fmt::format(
                "{} states an interval per {} but its process time is per {}",
                who,
                by_lot ? "lot" : "piece",
                row.per == ProcessUnit::lot     ? "lot"
                : row.per == ProcessUnit::piece ? "piece"
                                                : "batch"),
            span,
            {},
            "use lot_interval_min with per = \"lot\" and piece_interval_min with per = \"piece\"");
    } else if (step.tool_group != kNoIndex && !c.model.tool_groups[step.tool_group].cascade) {
        c.warning(
            "cascade-conflict",
            fmt::format(
                "{} states an interval, but tool group '{}' does not cascade; the interval has no effect",
                who,
                row.tool_group),
            span,
            {},
            "give the tool group lots_inside = 2, or remove the interval");
    } else if ((by_lot ? row.lot_interval : row.piece_interval) == 0) {
        c.warning(
            "cascade-conflict",
            who + " states an interval of 0, which has no effect",
            span,
            "expected more than 0");
    } else {
        step.cascade = true;
        step.lot_interval = std::max<Time>(row.lot_interval, 0);
        step.piece_interval = std::max<Time>(row.piece_interval, 0);
    }
}

void check_batch(Compiler& c, const StepSpec& row) {
    if (row.per != ProcessUnit::batch || (row.batch_min >= 1 && row.batch_min <= row.batch_max)) return;
    c.error(
        "batch-limits",
        fmt::format(
            "step {} of route '{}' has batches of {} to {} pieces",
            row.step,
            row.route,
            row.batch_min,
            row.batch_max),
        span_of("step", row, row.batch_min < 1 ? "batch_min_pieces" : "batch_max_pieces"),
        "expected 1 <= batch_min_pieces <= batch_max_pieces");
}

void add_route(Compiler& c, uint32_t id, const std::vector<uint32_t>& rows) {
    Route route;
    route.first_step = static_cast<uint32_t>(c.model.steps.size());
    route.step_count = static_cast<uint32_t>(rows.size());
    for (const uint32_t index : rows) {
        const StepSpec& row = c.spec.steps[index];
        Step step = plain_step(c, row, id);
        set_cascade(c, row, step);
        check_batch(c, row);
        step.last = index == rows.back();
        c.model.steps.push_back(step);
        c.model.step_names.push_back(row.name);
        c.step_rows.push_back(index);
    }
    c.model.routes.push_back(route);
}

}  // namespace

void compile_routes(Compiler& c) {
    std::vector<std::vector<uint32_t>> rows_of;
    for (size_t i = 0; i < c.spec.steps.size(); ++i) {
        const uint32_t route = c.routes.add(c.spec.steps[i].route);
        rows_of.resize(c.routes.size());
        rows_of[route].push_back(static_cast<uint32_t>(i));
    }
    c.model.steps.reserve(c.spec.steps.size());
    for (size_t r = 0; r < rows_of.size(); ++r) {
        // a route with a gap stays empty: its steps cannot be referred to
        if (!sort_route(c, c.routes.names()[r], rows_of[r])) rows_of[r].clear();
        add_route(c, static_cast<uint32_t>(r), rows_of[r]);
    }
    c.model.route_names = c.routes.names();
    c.product_counts.assign(c.routes.size(), 0);
    c.route_pieces.assign(c.routes.size(), 0);
    c.route_most_pieces.assign(c.routes.size(), 0);
}

void compile_products(Compiler& c) {
    for (const ProductSpec& row : c.spec.products) {
        if (c.products.find(row.name) != kNoIndex) {
            c.error(
                "duplicate-name",
                fmt::format("product '{}' is declared twice", row.name),
                span_of("product", row, "name"));
            continue;
        }
        c.products.add(row.name);
        const uint32_t route = c.routes.find(row.route);
        c.product_routes.push_back(route);
        if (route != kNoIndex) {
            ++c.product_counts[route];
        } else if (row.route.empty()) {
            c.error("product-without-route", fmt::format("product '{}' has no route", row.name), row.span);
        } else {
            c.error(
                "unknown-route",
                fmt::format("product '{}' follows route '{}', which has no steps", row.name, row.route),
                span_of("product", row, "route"),
                one_of(c.routes.size(), "route"),
                near_help(row.route, c.routes));
        }
    }
    c.model.product_names = c.products.names();
}

}  // namespace chipchain
