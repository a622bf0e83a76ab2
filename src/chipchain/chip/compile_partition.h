// Pass 'divide': which core computes what of a node. A matrix product is cut into lines of output cells times columns
// (or groups); its sums are never cut between cores. Of all grids of cores the one whose largest share has the least
// estimated cycles is taken.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "chipchain/chip/compile_tiling.h"

namespace chipchain {

// Which tile of B: first group, first column, first kernel row, first channel.
using TileKey = std::array<int64_t, 4>;
[[nodiscard]] inline TileKey tile_key(const ChannelTile& channels, const DepthTile& depth) {
    return {channels.groups.begin, channels.n.begin, depth.kernel_h.begin, depth.c.begin};
}

struct MatrixPlan {
    MatrixView view;
    MatrixTiles tiles;
    std::vector<MatrixShare> shares;  // none empty
    bool found = false;
    std::map<TileKey, uint64_t> packed;  // addresses in DRAM of tiles of B, when it lies there tile by tile; else empty
    int64_t least_bytes = 0;
};

[[nodiscard]] MatrixPlan plan_matrix(const CompileContext& context, const MatrixView& view);

// Parts of [0, count) for at most all cores, in order; cores rotate with the schedule seed. No part is shorter than
// `least` unless there is only one.
struct CorePart {
    uint32_t core = 0;
    Span64 range;
};
[[nodiscard]] std::vector<CorePart>
divide_among_cores(const CompileContext& context, uint32_t node, int64_t count, int64_t least);

}  // namespace chipchain
