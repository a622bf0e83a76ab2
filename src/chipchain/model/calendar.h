// When tools are scheduled for production: installs, shifts and shutdowns as one question and one answer. Pure
// functions of the constant model (docs/semantics.md 13), so that a run keeps no more than the state of each tool.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/time.h"
#include "chipchain/model/model.h"

namespace chipchain {

enum class Schedule : uint8_t {
    open,          // lots may start
    nonscheduled,  // not installed yet, moved out, outside its shifts, without crew, in a shutdown
    engineering,   // installed, in qualification
};

// Fills [number of the tool in the group] with the schedule at `now`. REQUIRES Model::calendars is not empty.
void group_schedule(const Model& model, uint32_t group, Time now, std::vector<Schedule>& out);

// The first time after `now` at which the schedule of some tool of the group may be another one; kNever when none
// comes.
[[nodiscard]] Time next_calendar_change(const Model& model, uint32_t group, Time now);

// The first time after `now` at which the tool is open; kNever when it never is again. `scratch` is overwritten.
[[nodiscard]] Time next_opening(const Model& model, uint32_t tool, Time now, std::vector<Schedule>& scratch);

// Since when the tool is qualified; 0 for tools that are there from the start.
[[nodiscard]] Time qualified_since(const Model& model, uint32_t tool);

// Tools of all groups that stand in the line at `now`, and those of them that are qualified.
struct ToolCounts {
    uint32_t installed = 0;
    uint32_t qualified = 0;
};
[[nodiscard]] ToolCounts count_tools(const Model& model, Time now);

// Share of the week in which a tool of the group is staffed, on average; 1 without shifts. At most 1.
[[nodiscard]] double staffed_share(const GroupCalendar& calendar);

// The beginnings of calendar months after the start and before `horizon`, in ticks after the start.
[[nodiscard]] std::vector<Time> month_starts(Time start, Time horizon);

}  // namespace chipchain
