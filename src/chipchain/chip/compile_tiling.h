// Pass 'tile': how a core cuts its share of a matrix product into tiles that fit its SRAM and accumulators.
//
// A tile is out_h x out_w output cells of one image times `columns` output channels. Its sum may be cut in turn (K
// tiles: `channels` input channels of `kernel_h` kernel rows); all K tiles of a tile add into the same accumulators
// before anything is requantised. Buffers of A, B and the output have one or two copies: the second is filled while the
// first is in use. Of all tilings of a grid that fit the one with the least estimated cycles is taken: products as the
// closed forms of the dataflow (chip facts 3.1), DRAM traffic at the core's part of the bandwidth, whichever is more.
#pragma once

#include "chipchain/chip/compile_view.h"

namespace chipchain {

// What one core does of a product: lines of output cells (images x out_h, flat), groups, and columns within a group
// (all of them when there are several groups).
struct MatrixShare {
    uint32_t core = 0;
    Span64 lines;
    Span64 groups;
    Span64 columns;
    int64_t sharers = 1;  // cores that load the same part of B
    bool operator==(const MatrixShare&) const = default;
};

struct MatrixTiles {
    int64_t joined = 1;                               // groups that are one product
    int64_t out_h = 1;                                // lines of a tile
    int64_t out_w = 1;                                // cells of a line
    int64_t columns = 1;                              // output channels of a tile (joined groups together)
    int64_t channels = 1;                             // input channels of a group in a K tile
    int64_t kernel_h = 1;                             // kernel rows in a K tile
    bool columns_outer = true;                        // loop order: a tile of B meets all tiles of A before the next
    int64_t a_bytes = 0, b_bytes = 0, out_bytes = 0;  // of one buffer
    int64_t a_copies = 1, b_copies = 1, out_copies = 1;
    int64_t slots = 1;  // parts of the accumulator memory that results take in turn
    int64_t slot_rows = 1;
    bool all_of_b = false;  // every tile of B has a buffer
    double cycles = 0;      // estimated
    double instructions = 0;

    [[nodiscard]] int64_t frame_bytes() const {
        return a_bytes * a_copies + b_bytes * b_copies + out_bytes * out_copies;
    }
};

// Output channels of a tile: `n` within the joined groups.
struct ChannelTile {
    Span64 groups;
    Span64 n;
};
// Part of the sum of a tile.
struct DepthTile {
    Span64 kernel_h;
    Span64 c;
};
[[nodiscard]] std::vector<ChannelTile>
channel_tiles(const MatrixView& view, const MatrixTiles& tiles, const MatrixShare& share);
[[nodiscard]] std::vector<DepthTile> depth_tiles(const MatrixView& view, const MatrixTiles& tiles);

// One level of a box, outermost first in a list.
struct Level {
    int64_t count = 1;
    int64_t source = 0;  // strides
    int64_t target = 0;
};
// The levels with source (or target) strides of bytes that lie densely.
[[nodiscard]] std::vector<Level> dense(std::vector<Level> levels, bool source);

// Where a tile of B lies in its tensor, and where its bytes go in SRAM; of joined groups only the diagonal.
struct TileOfB {
    int64_t offset = 0;
    std::vector<Level> levels;
};
[[nodiscard]] TileOfB tile_of_b(const MatrixView& view, const ChannelTile& channels, const DepthTile& depth);

// Input cells along an axis (0: h, 1: w) that a tile of `outputs` places needs for `taps` kernel cells. One tap needs
// only the cells it meets, so strides leave the others out.
struct TileAxis {
    int64_t step = 1;    // input cells from one cell of the tile to the next
    int64_t stride = 1;  // cells of the tile from one output place to the next
    int64_t cells = 1;
};
[[nodiscard]] TileAxis tile_axis(const Window& window, size_t axis, int64_t outputs, int64_t taps);

// Buffers begin at multiples of this many bytes.
[[nodiscard]] int64_t buffer_alignment(const ChipShape& shape);

// No tiling of the share takes fewer cycles: all products at once, every byte moved once.
[[nodiscard]] double
least_cycles(const CompileContext& context, const MatrixView& view, const MatrixShare& share, uint32_t cores_used);

struct TileSearch {
    bool found = false;
    MatrixTiles tiles;
    int64_t least_bytes = 0;  // SRAM that the smallest tile needs
};
// cores_used: cores that work on the node at the same time and divide the DRAM among them.
[[nodiscard]] TileSearch
tile_matrix(const CompileContext& context, const MatrixView& view, const MatrixShare& share, uint32_t cores_used);

}  // namespace chipchain
