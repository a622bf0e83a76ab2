// The table of camera frames on a chip that several networks share.
#pragma once

#include <span>

#include "chipchain/chip/frame_loop.h"
#include "chipchain/report/table.h"

namespace chipchain {

// Schemas chip_frames, and chip_identity, which is added last.
[[nodiscard]] std::span<const TableSchema> chip_frame_schemas();
[[nodiscard]] ResultTable chip_frame_table(const FrameReport& report, const std::vector<FrameStream>& streams);

}  // namespace chipchain
