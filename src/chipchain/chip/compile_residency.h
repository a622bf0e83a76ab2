// Pass 'keep': which tensors stay in SRAM between the node that writes them and those that read them; the rest is
// spilled, that is stored to DRAM and loaded again. On chips of one core (with several, neighbours need each other's
// lines). Kept tensors fill SRAM from its top, at most half of it; the buffers of tiles use what lies below the lowest.
//
// A kept tensor lies densely, or, when a convolution that reads it pads, with a border of padding around every image,
// so that windows are read where the tensor lies.
#pragma once

#include <vector>

#include "chipchain/chip/compile_context.h"

namespace chipchain {

// A tensor in SRAM as [images][lines][cells][channels] with its border.
struct Kept {
    bool kept = false;
    uint32_t first_node = 0;  // that writes it
    uint32_t last_node = 0;   // that reads it
    int64_t base = 0;
    int64_t bytes = 0;
    bool bordered = false;
    int64_t images = 1, lines = 1, cells = 1, channels = 1;
    int64_t top = 0, bottom = 0, left = 0, right = 0;  // border

    [[nodiscard]] int64_t line_bytes() const { return (left + cells + right) * channels; }
    [[nodiscard]] int64_t image_bytes() const { return (top + lines + bottom) * line_bytes(); }
    // Address of a cell; lines and cells may lie in the border.
    [[nodiscard]] int64_t cell_address(int64_t image, int64_t line, int64_t cell) const {
        return base + image * image_bytes() + (line + top) * line_bytes() + (cell + left) * channels;
    }
    // Address of element `at` of the tensor. Elements of one line follow each other; of all lines without a border.
    [[nodiscard]] int64_t address(int64_t at) const;
};

struct Residency {
    std::vector<Kept> tensors;  // by TensorId
    std::vector<int64_t> room;  // by node: bytes from address 0 on that tile buffers may use
};

// fused: by node, the lookup that it carries out, or UINT32_MAX. keep_any false: all is spilled.
[[nodiscard]] Residency
decide_residency(const CompileContext& context, const std::vector<uint32_t>& fused, bool keep_any);

}  // namespace chipchain
