#include "chipchain/chip/compile_view.h"

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

MatrixView conv_view(const IntegerNetwork& network, const IntegerNode& node) {
    const Shape& x = network.tensors[node.inputs[0]].shape;
    const Shape& w = network.tensors[node.inputs[1]].shape;
    const Shape& y = network.tensors[node.output].shape;
    MatrixView v;
    v.images = x[0];
    v.in_h = x[1];
    v.in_w = x[2];
    v.in_c = x[3];
    v.out_h = y[1];
    v.out_w = y[2];
    v.out_c = y[3];
    v.window = node.window;
    v.groups = node.groups;
    v.group_c = w[3];
    v.group_n = w[4];
    return v;
}

MatrixView matmul_view(const IntegerNetwork& network, const IntegerNode& node) {
    const Shape& a = network.tensors[node.inputs[0]].shape;
    const Shape& b = network.tensors[node.inputs[1]].shape;
    MatrixView v;
    const int64_t columns = b.back();
    v.in_h = v.out_h = a[a.size() - 2];
    v.in_c = v.group_c = a.back();
    v.out_c = v.group_n = columns;
    for (size_t d = 0; d + 2 < a.size(); ++d) v.images *= a[d];
    if (b.size() > 2) v.b_image_stride = v.in_c * columns;
    return v;
}

}  // namespace

MatrixView matrix_view(const IntegerNetwork& network, uint32_t index, TensorId out, const Residency& residency) {
    const IntegerNode& node = network.nodes[index];
    CHECK(node.op == IntegerOp::conv || node.op == IntegerOp::matmul);
    MatrixView v = node.op == IntegerOp::conv ? conv_view(network, node) : matmul_view(network, node);
    v.node = index;
    v.a = node.inputs[0];
    v.b = node.inputs[1];
    v.out = out;
    const auto kept = [&](TensorId id) { return residency.tensors[id].kept ? &residency.tensors[id] : nullptr; };
    v.a_kept = kept(v.a);
    v.b_kept = kept(v.b);
    v.out_kept = kept(v.out);
    v.room = residency.room[index];
    // a border breaks the line of cells
    const bool bordered =
        (v.a_kept != nullptr && v.a_kept->bordered) || (v.out_kept != nullptr && v.out_kept->bordered);
    const bool pointwise = v.cells() == 1 && v.in_h == v.out_h && v.in_w == v.out_w && v.window.stride[0] == 1 &&
                           v.window.stride[1] == 1 && v.window.pad_begin[0] == 0 && v.window.pad_begin[1] == 0;
    if (pointwise && !bordered && (v.b_image_stride == 0 || v.images == 1)) {
        v.in_h = v.out_h = v.images * v.in_h * v.in_w;
        v.in_w = v.out_w = v.images = 1;
        v.b_image_stride = 0;
    }
    return v;
}

}  // namespace chipchain
