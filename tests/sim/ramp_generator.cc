#include "tests/sim/ramp_generator.h"

#include <algorithm>

#include <fmt/format.h>

namespace chipchain::testing {

namespace {

struct RampGenerator {
    Dice& dice;
    Spec& spec;

    Time minutes(int64_t low, int64_t high) { return dice.between(low, high) * kMinute; }

    template <class RowType>
    void set_target(RowType& row) {
        row.scope = dice.choice(CalendarScope::line);
        const ToolGroupSpec& group = dice.one_of(spec.tool_groups);
        row.target = row.scope == CalendarScope::tool_group ? group.name : group.area;
        if (row.scope == CalendarScope::line) row.target.clear();
    }

    bool is_dedicated(const std::string& group) const {
        return std::any_of(spec.steps.begin(), spec.steps.end(), [&](const StepSpec& step) {
            return step.tool_group == group && step.dedicate_step > 0;
        });
    }

    void add_installs() {
        for (const ToolGroupSpec& group : spec.tool_groups) {
            int64_t left = group.tools;
            while (left > 0 && dice.percent(45)) {
                ToolInstallSpec& row = spec.tool_installs.emplace_back();
                row.tool_group = group.name;
                row.tools = dice.between(1, left);
                left -= row.tools;
                row.date = minutes(-60, 500);
                if (dice.percent(60)) row.qualification = minutes(0, 200);
                if (dice.percent(25) && !is_dedicated(group.name))
                    row.moved_out = row.date + row.qualification + minutes(0, 400);
            }
        }
    }

    void add_shifts() {
        constexpr const char* kDays[] = {"mon-sun", "fri-tue", "mon wed fri", "tue, thu-sun"};
        for (int64_t i = dice.between(1, 3); i > 0; --i) {
            ShiftSpec& row = spec.shifts.emplace_back();
            row.name = fmt::format("shift{}", spec.shifts.size());
            set_target(row);
            row.days = kDays[dice.between(0, 3)];
            row.begin = dice.between(0, 24) * kHour;
            row.length = minutes(20, 24 * 60);
            if (dice.percent(50)) row.staffed_percent = static_cast<double>(dice.between(10, 100));
        }
    }

    void add_shutdowns() {
        for (int64_t i = dice.between(1, 3); i > 0; --i) {
            ShutdownSpec& row = spec.shutdowns.emplace_back();
            row.name = fmt::format("shutdown{}", spec.shutdowns.size());
            set_target(row);
            row.from = minutes(-20, 600);
            row.until = row.from + minutes(1, 200);
        }
    }

    void add_rates(ReleaseSpec& release) {
        release.policy = ReleasePolicy::ramp;
        const auto lot = static_cast<double>(release.pieces * release.lots_per_release);
        Time date = minutes(0, 100);
        for (int64_t i = dice.between(1, 4); i > 0; --i) {
            RampSpec& row = spec.ramps.emplace_back();
            row.release = release.name;
            row.date = date;
            // the first rate is above 0, so that the line starts
            const bool idle = row.date > 200 * kMinute && dice.percent(20);
            row.pieces_per_month = idle ? 0 : lot * 30 * 24 * 60 / static_cast<double>(dice.between(8, 50));
            date += dice.percent(10) ? 0 : minutes(201, 400);
        }
    }

    void add_learning() {
        bool rework = false;
        for (int64_t i = dice.between(1, 4); i > 0; --i) {
            LearningSpec row;
            row.name = fmt::format("curve{}", spec.learnings.size());
            row.scope = dice.choice(LearningScope::step);
            row.quantity = dice.choice(LearningQuantity::qualification);
            if (row.quantity == LearningQuantity::qualification && row.scope == LearningScope::step) continue;
            if (row.quantity == LearningQuantity::rework && rework) continue;
            rework = rework || row.quantity == LearningQuantity::rework;
            const StepSpec& step = dice.one_of(spec.steps);
            const ToolGroupSpec& group = dice.one_of(spec.tool_groups);
            if (row.scope == LearningScope::step) row.target = step.route;
            if (row.scope == LearningScope::step) row.step = step.step;
            if (row.scope == LearningScope::area) row.target = group.area;
            if (row.scope == LearningScope::tool_group) row.target = group.name;
            row.by =
                row.quantity == LearningQuantity::qualification ? LearningBy::time : dice.choice(LearningBy::pieces);
            row.start = static_cast<double>(dice.between(5, 20)) / 10;
            row.final = static_cast<double>(dice.between(1, 15)) / 10;
            row.from = minutes(0, 300);
            row.tau = minutes(10, 500);
            row.first_pieces = dice.between(1, 20);
            row.doubling_factor = static_cast<double>(dice.between(5, 10)) / 10;
            spec.learnings.push_back(row);
        }
    }
};

}  // namespace

void add_ramp(Dice& dice, Spec& spec) {
    RampGenerator g{dice, spec};
    spec.line.start = dice.between(-3, 20'000) * kDay + dice.between(0, 23) * kHour;
    if (dice.percent(60)) g.add_installs();
    if (dice.percent(50)) g.add_shifts();
    if (dice.percent(40)) g.add_shutdowns();
    for (ReleaseSpec& row : spec.releases) {
        row.engineering = dice.percent(25);
        const bool timed = row.policy == ReleasePolicy::constant || row.policy == ReleasePolicy::poisson;
        if (timed && dice.percent(50)) g.add_rates(row);
    }
    if (dice.percent(60)) g.add_learning();
}

namespace {

constexpr const char* kCalendarScopes[] = {"tool_group", "area", "line"};
constexpr const char* kLearningScopes[] = {"line", "area", "tool_group", "step"};
constexpr const char* kQuantities[] = {"scrap", "rework", "process_time", "qualification"};

}  // namespace

void add_ramp_features(const Spec& spec, std::set<std::string>& out) {
    for (const ToolInstallSpec& row : spec.tool_installs) {
        out.insert("tool install");
        if (row.qualification > 0) out.insert("qualification");
        if (row.moved_out != kNever) out.insert("moved out");
    }
    for (const ShiftSpec& row : spec.shifts) {
        out.insert(fmt::format("shift of a {}", kCalendarScopes[static_cast<size_t>(row.scope)]));
        if (row.staffed_percent < 100) out.insert("small crew");
    }
    for (const ShutdownSpec& row : spec.shutdowns) {
        out.insert(fmt::format("shutdown of a {}", kCalendarScopes[static_cast<size_t>(row.scope)]));
    }
    for (const LearningSpec& row : spec.learnings) {
        out.insert(fmt::format("learning of a {}", kLearningScopes[static_cast<size_t>(row.scope)]));
        out.insert(fmt::format("learning {}", kQuantities[static_cast<size_t>(row.quantity)]));
        out.insert(row.by == LearningBy::time ? "learning by time" : "learning by pieces");
    }
    for (const ReleaseSpec& row : spec.releases) {
        if (row.engineering) out.insert("engineering lots");
    }
}

std::set<std::string> all_ramp_features() {
    std::set<std::string> out = {
        "tool install",
        "qualification",
        "moved out",
        "small crew",
        "learning by time",
        "learning by pieces",
        "engineering lots"};
    for (const char* scope : kCalendarScopes) {
        out.insert(fmt::format("shift of a {}", scope));
        out.insert(fmt::format("shutdown of a {}", scope));
    }
    for (const char* scope : kLearningScopes) out.insert(fmt::format("learning of a {}", scope));
    for (const char* quantity : kQuantities) out.insert(fmt::format("learning {}", quantity));
    return out;
}

}  // namespace chipchain::testing
