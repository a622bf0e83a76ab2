// Learning curves and die yield -> Model::learning_curves, Model::step_learning, Model::die_yields.
#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"
#include "chipchain/model/learning.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

LearningCurve curve_of(const LearningSpec& row) {
    LearningCurve curve;
    curve.by = row.by;
    curve.start = row.start;
    curve.final = row.final;
    curve.from = row.from;
    curve.tau = row.tau;
    curve.first_pieces = static_cast<uint64_t>(row.first_pieces);
    curve.exponent = deterministic_log(row.doubling_factor) / deterministic_log(2);
    return curve;
}

// The step that a row of scope `step` names, or kNoIndex after reporting it.
uint32_t learning_step(Compiler& c, const LearningSpec& row, const std::string& whose) {
    const uint32_t route = c.routes.find(row.target);
    if (route == kNoIndex) {
        c.error(
            "unknown-route",
            fmt::format("{} holds for a step of route '{}', which has no steps", whose, row.target),
            span_of("learning", row, "target"),
            one_of(c.routes.size(), "route"),
            near_help(row.target, c.routes));
        return kNoIndex;
    }
    const Route& steps = c.model.routes[route];
    if (row.step >= 1 && row.step <= steps.step_count) return steps.first_step + static_cast<uint32_t>(row.step - 1);
    c.error(
        "unknown-step",
        fmt::format("{} holds for step {}, which route '{}' does not have", whose, row.step, row.target),
        span_of("learning", row, "step"),
        fmt::format("expected a step from 1 to {}", steps.step_count));
    return kNoIndex;
}

// [tool group] does the row hold for its steps? All false after reporting an unknown target.
std::vector<bool> learning_groups(Compiler& c, const LearningSpec& row, const std::string& whose) {
    std::vector<bool> hit(c.model.tool_groups.size(), row.scope == LearningScope::line);
    if (row.scope == LearningScope::line || row.scope == LearningScope::step) return hit;
    uint32_t area = kNoIndex;
    const Scope scope = row.scope == LearningScope::area ? Scope::area : Scope::tool_group;
    for (const uint32_t g : scope_targets(c, scope, row.target, whose, span_of("learning", row, "target"), area)) {
        hit[g] = true;
    }
    return hit;
}

void add_to_steps(
    Compiler& c,
    const LearningSpec& row,
    const std::vector<bool>& groups,
    uint32_t step,
    uint32_t curve) {
    Model& m = c.model;
    m.step_learning.resize(m.steps.size());
    for (uint32_t id = 0; id < m.steps.size(); ++id) {
        const bool known = m.steps[id].tool_group != kNoIndex;
        if (id != step && (!known || !groups[m.steps[id].tool_group])) continue;
        StepLearning& learning = m.step_learning[id];
        switch (row.quantity) {
            case LearningQuantity::scrap:
                learning.scrap.push_back(curve);
                break;
            case LearningQuantity::rework:
                learning.rework.push_back(curve);
                break;
            case LearningQuantity::process_time:
                learning.process_time.push_back(curve);
                break;
            case LearningQuantity::qualification:
                break;
        }
    }
}

void warn_of_growth(Compiler& c, const std::string& what, double from, double to, Span span) {
    if (to <= from) return;
    c.warning(
        "learning-upwards",
        fmt::format("{} grows with experience, from {} to {}", what, from, to),
        span,
        "expected a final value at or below the one at the start",
        "exchange the two values if it should fall");
}

void check_qualification(Compiler& c, const LearningSpec& row, const std::string& whose) {
    if (row.by == LearningBy::time && row.scope != LearningScope::step) return;
    c.error(
        "learning-qualification",
        fmt::format(
            "{} shortens qualification {}",
            whose,
            row.by == LearningBy::time ? "of a step" : "by pieces shipped"),
        span_of("learning", row, row.by == LearningBy::time ? "scope" : "by"),
        "expected scope line, area or tool_group, and by = \"time\"");
}

// A lot that is reworked for certain, again and again, never leaves.
void check_rework(Compiler& c) {
    const Model& m = c.model;
    if (m.switches.rework_repeat == ReworkRepeat::no) return;
    for (size_t id = 0; id < m.step_learning.size(); ++id) {
        double most = 1;
        for (const uint32_t curve : m.step_learning[id].rework) {
            most *= std::max(m.learning_curves[curve].start, m.learning_curves[curve].final);
        }
        const uint64_t threshold = m.steps[id].rework_threshold;
        if (most <= 1 || learned_threshold(threshold, most) < uint64_t{1} << 32) continue;
        const StepSpec& row = c.spec.steps[c.step_rows[id]];
        c.error(
            "rework-endless",
            fmt::format(
                "step {} of route '{}' reworks every lot, again and again: {} % times a learning factor of {}",
                row.step,
                row.route,
                row.rework_percent,
                most),
            span_of("step", row, "rework_percent"),
            "expected less than 100 % with the factor");
    }
}

}  // namespace

void compile_learning(Compiler& c) {
    if (c.spec.learnings.empty()) return;
    c.model.monthly = true;
    for (const LearningSpec& row : c.spec.learnings) {
        const std::string whose = fmt::format("learning curve '{}'", row.name);
        const auto curve = static_cast<uint32_t>(c.model.learning_curves.size());
        c.model.learning_curves.push_back(curve_of(row));
        warn_of_growth(c, "the factor of " + whose, row.start, row.final, span_of("learning", row, "final_factor"));
        if (row.by == LearningBy::time && row.tau <= 0) {
            c.error(
                "out-of-range",
                fmt::format("{} has no time constant", whose),
                span_of("learning", row, "tau_d"),
                "expected more than 0");
        }
        const uint32_t step = row.scope == LearningScope::step ? learning_step(c, row, whose) : kNoIndex;
        const std::vector<bool> groups = learning_groups(c, row, whose);
        if (row.quantity != LearningQuantity::qualification) {
            add_to_steps(c, row, groups, step, curve);
            continue;
        }
        check_qualification(c, row, whose);
        c.qualification_curves.resize(groups.size());
        for (size_t g = 0; g < groups.size(); ++g) {
            if (groups[g]) c.qualification_curves[g].push_back(curve);
        }
    }
    check_rework(c);
}

void compile_die_yields(Compiler& c) {
    for (const ProductSpec& row : c.spec.products) {
        const uint32_t product = c.products.find(row.name);
        if (row.gross_dies == 0 || product == kNoIndex) continue;
        c.model.monthly = true;
        c.model.die_yields.resize(c.products.size());
        DieYield& yield = c.model.die_yields[product];
        yield.gross_dies = static_cast<uint64_t>(row.gross_dies);
        yield.die_area_cm2 = row.die_area_mm2 / 100;
        yield.d0_start = row.d0_start;
        yield.d0_final = row.d0_final;
        yield.tau = row.tau;
        yield.alpha = row.alpha;
        const std::string what = fmt::format("the defect density of product '{}'", row.name);
        if (row.tau > 0)
            warn_of_growth(c, what, row.d0_start, row.d0_final, span_of("product", row, "d0_final_per_cm2"));
    }
}

}  // namespace chipchain
