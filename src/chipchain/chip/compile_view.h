// Pass 'legalise': conv and matmul as one form, a matrix product whose A operand is addressed through windows.
//
// A product of one dimension of rows (matmul, 1x1 conv) becomes a tensor of width 1, so that tiles may cut it anywhere.
// Groups may be joined: g neighbouring groups are one product with block-diagonal weights, g times as deep and wide;
// what lies off the diagonal holds the weights' zero point and adds nothing. A depthwise convolution alone uses one
// column of an array; joined it uses as many as there are, and pays the fill of the array once.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/chip/compile_residency.h"

namespace chipchain {

struct MatrixView {
    uint32_t node = 0;
    TensorId a = kNoTensor;
    TensorId b = kNoTensor;
    TensorId out = kNoTensor;
    // A: [images][in_h][in_w][in_c]; output: [images][out_h][out_w][out_c]; in_c and out_c of all groups
    int64_t images = 1, in_h = 1, in_w = 1, in_c = 1;
    int64_t out_h = 1, out_w = 1, out_c = 1;
    Window window;
    int64_t groups = 1;
    int64_t group_c = 1;         // input channels of a group
    int64_t group_n = 1;         // output channels of a group
    int64_t b_image_stride = 0;  // bytes from the B of one image to the next; 0: one B for all
    // operands that stay in SRAM, where they lie; nullptr: in DRAM
    const Kept* a_kept = nullptr;
    const Kept* b_kept = nullptr;
    const Kept* out_kept = nullptr;
    // operands that lie in the shared memory, not in DRAM
    bool a_shared = false, b_shared = false, out_shared = false;
    bool b_buffered = false;  // constants that the shared memory buffers: they cross the DRAM once
    int64_t room = 0;         // bytes of SRAM for tiles

    [[nodiscard]] int64_t cells() const { return int64_t{window.kernel[0]} * window.kernel[1]; }
    [[nodiscard]] int64_t depth() const { return cells() * group_c; }
    [[nodiscard]] int64_t rows() const { return images * out_h; }  // lines of out_w cells
    // Whether the product has anything to compute.
    [[nodiscard]] bool empty() const { return images * out_h * out_w * out_c == 0; }
};

// `out`: the tensor that is written, which is not the node's own when a lookup is fused. REQUIRES the node is conv or
// matmul; `residency` outlives the view.
[[nodiscard]] MatrixView
matrix_view(const IntegerNetwork& network, uint32_t node, TensorId out, const Residency& residency);

}  // namespace chipchain
