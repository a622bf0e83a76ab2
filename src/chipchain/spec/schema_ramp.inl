// Field tables of a ramp: installs, shifts, shutdowns, rates, learning. A chapter of schema.cc.
#pragma once

namespace chipchain {

namespace {

constexpr V kCalendarScope[] = {"tool_group", "area", "line"};
constexpr V kLearningScope[] = {"line", "area", "tool_group", "step"};
constexpr V kQuantity[] = {"scrap", "rework", "process_time", "qualification"};
constexpr V kLearningBy[] = {"time", "pieces"};

using Ti = ToolInstallSpec;
constexpr FieldInfo kToolInstall[] = {
    name<&Ti::tool_group>("tool_group", "tool group whose tools arrive; its `tools` is the final number")
        .need()
        .to("tool_group"),
    integer<&Ti::tools>("tools", 1, 1'000'000, "number of tools that arrive"),
    date<&Ti::date>("date", "date of arrival; before it the tools are nonscheduled").need(),
    duration<&Ti::qualification>("qualification_d", "they are in state engineering so long, and available after it"),
    date<&Ti::moved_out>("moved_out", "date from which they are gone; absent: they stay"),
};

using Sh = ShiftSpec;
constexpr FieldInfo kShift[] = {
    name<&Sh::name>("name", "name of the shift").need(),
    choice<&Sh::scope>("scope", kCalendarScope, "what it serves: a tool group, an area, the whole line"),
    name<&Sh::target>("target", "tool group or area").to("tool_group or area").need_when("scope=tool_group|area"),
    text<&Sh::days>("days", "days on which it begins, as in \"mon-fri\" or \"mon wed sun\""),
    duration<&Sh::begin>("start_h", "hour of the day at which it begins").range(0, 24),
    duration<&Sh::length>("length_h", "its length; it may go beyond midnight").range(0, 24),
    percent<&Sh::staffed_percent>(
        "staffed_percent",
        "share of the tools that it serves, rounded up to whole tools; shifts at the same time add up"),
};

using Sd = ShutdownSpec;
constexpr FieldInfo kShutdown[] = {
    name<&Sd::name>("name", "name of the shutdown"),
    choice<&Sd::scope>("scope", kCalendarScope, "what stands: a tool group, an area, the whole line"),
    name<&Sd::target>("target", "tool group or area").to("tool_group or area").need_when("scope=tool_group|area"),
    date<&Sd::from>("from", "first instant of the shutdown").need(),
    date<&Sd::until>("until", "end of the shutdown").need(),
};

using Rp = RampSpec;
constexpr FieldInfo kRamp[] = {
    name<&Rp::release>("release", "release line with policy \"ramp\"").need().to("release"),
    date<&Rp::date>("date", "date of the rate; linear between dates, constant behind the last, 0 before the first")
        .need(),
    number<&Rp::pieces_per_month>("pieces_per_month", 0, 1e8, "pieces released in 30 days").need(),
};

using Le = LearningSpec;
constexpr FieldInfo kLearning[] = {
    name<&Le::name>("name", "name of the learning curve").need(),
    choice<&Le::scope>("scope", kLearningScope, "steps it holds for: all, those of an area or tool group, or one"),
    name<&Le::target>("target", "area, tool group, or route of the step")
        .to("area, tool_group or route")
        .need_when("scope=area|tool_group|step"),
    integer<&Le::step>("step", 0, kMostSteps, "number of the step; scope step").need_when("scope=step"),
    choice<&Le::quantity>("quantity", kQuantity, "figure that is multiplied by the factor"),
    choice<&Le::by>("by", kLearningBy, "experience counted in time, or in pieces shipped"),
    number<&Le::start>("start_factor", 0, 100, "factor at first; 1: the figure of the file"),
    number<&Le::final>("final_factor", 0, 100, "time: factor in the end; pieces: the factor stays at or above it"),
    date<&Le::from>("from", "time: date of the first experience; absent: the line's start"),
    duration<&Le::tau>("tau_d", "time: constant of final + (start - final) exp(-time / tau)").need_when("by=time"),
    integer<&Le::first_pieces>("first_pieces", 1, 1e12, "pieces: shipped pieces up to which the factor is the first"),
    number<&Le::doubling_factor>(
        "doubling_factor",
        0.01,
        1,
        "pieces: what the factor is multiplied by whenever the pieces shipped have doubled (Wright's law)")
        .need_when("by=pieces"),
};

}  // namespace

}  // namespace chipchain
