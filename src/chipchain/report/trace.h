// A timeline as Chrome trace JSON: one track per tool (states, with the lot in them) and one per lot (transport, queue,
// process). Opens in Perfetto and in chrome://tracing.
#pragma once

#include <string>

#include "chipchain/model/model.h"
#include "chipchain/sim/record.h"

namespace chipchain {

// The whole file. Time 0 of the file is the line's start.
[[nodiscard]] std::string trace_text(const Model& model, const Recorder& record);

// "productive", "standby_no_wip", ...
[[nodiscard]] std::string_view tool_state_name(ToolState state);

}  // namespace chipchain
