// Windows that slide over one to three spatial dimensions: convolutions and pools. Sums run over channels, then the
// kernel's positions, in ascending order; padding adds nothing.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

constexpr int64_t kMostSize = int64_t{1} << 30;  // of spatial dimensions, kernels, strides: no product of two overflows

// Values of a list attribute, or `other` for each dimension.
bool read_sizes(NodeView& node, std::string_view name, size_t dims, int64_t least, int64_t other, int64_t* to) {
    const std::vector<int64_t> values = node.integers(name);
    if (!node.require(
            values.empty() || values.size() == dims,
            fmt::format("its {} has {} entries for {} spatial dimensions", name, values.size(), dims))) {
        return false;
    }
    for (size_t d = 0; d < dims; ++d) {
        const int64_t value = values.empty() ? other : values[d];
        if (!node.require(value >= least && value < kMostSize, fmt::format("its {} holds {}", name, value))) {
            return false;
        }
        to[3 - dims + d] = value;
    }
    return true;
}

bool read_pads(NodeView& node, size_t dims, SpatialWindow& window) {
    const std::vector<int64_t> pads = node.integers("pads");
    if (!node.require(
            pads.empty() || pads.size() == 2 * dims,
            fmt::format("its pads has {} entries for {} spatial dimensions", pads.size(), dims))) {
        return false;
    }
    for (size_t i = 0; i < pads.size(); ++i) {
        if (!node.require(pads[i] >= 0 && pads[i] < kMostSize, fmt::format("its pads holds {}", pads[i]))) {
            return false;
        }
        (i < dims ? window.begin[3 - dims + i] : window.end[3 - dims + i - dims]) = pads[i];
    }
    return true;
}

// Padding that makes the output ceil(in / stride) long.
void pad_same(SpatialWindow& window, size_t d, bool upper) {
    const int64_t reach = window.dilation[d] * (window.kernel[d] - 1) + 1;
    const int64_t out = (window.in[d] + window.stride[d] - 1) / window.stride[d];
    const int64_t total = std::max<int64_t>(0, (out - 1) * window.stride[d] + reach - window.in[d]);
    window.begin[d] = upper ? total / 2 : total - total / 2;
    window.end[d] = total - window.begin[d];
}

}  // namespace

SpatialWindow window_of(NodeView& node, size_t x, const Shape& kernel) {
    return window_of(node, node.shape(x), kernel);
}

SpatialWindow window_of(NodeView& node, const Shape& x, const Shape& kernel) {
    SpatialWindow window;
    if (!node.require(
            x.size() >= 3 && x.size() <= 5,
            fmt::format("it works on 1 to 3 spatial dimensions; its input is {}", shape_text(x)))) {
        return window;
    }
    const size_t dims = x.size() - 2;
    window.dims = dims;
    const std::vector<int64_t> stated = node.integers("kernel_shape");
    node.require(kernel.empty() || stated.empty() || stated == kernel, "its kernel_shape differs from its weights");
    node.require(!kernel.empty() || !stated.empty(), "its kernel_shape is missing");
    node.require(
        kernel.empty() || kernel.size() == dims,
        "its weights have another number of dimensions than its input");
    if (node.failed() || !read_sizes(node, "kernel_shape", dims, 1, 1, window.kernel) ||
        !read_sizes(node, "strides", dims, 1, 1, window.stride) ||
        !read_sizes(node, "dilations", dims, 1, 1, window.dilation) || !read_pads(node, dims, window)) {
        return window;
    }
    const std::string automatic = node.text("auto_pad", "NOTSET");
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    node.require(same || automatic == "NOTSET" || automatic == "VALID", "its auto_pad is not known");
    // ONNX Runtime refuses both of a convolution and leaves the pads of a pool unread
    node.require(kernel.empty() || automatic == "NOTSET" || !node.has_attribute("pads"), "it has pads and auto_pad");
    const bool ceil = node.integer("ceil_mode", 0) != 0;
    for (size_t d = 3 - dims; d < 3 && !node.failed(); ++d) {
        window.in[d] = x[2 + d - (3 - dims)];
        node.require(window.in[d] < kMostSize, "a spatial dimension is too long");
        if (!kernel.empty()) {
            window.kernel[d] = kernel[d - (3 - dims)];
        }
        if (!node.require(
                window.kernel[d] >= 1 && window.kernel[d] < kMostSize,
                fmt::format("its kernel is {} long", window.kernel[d]))) {
            break;
        }
        if (automatic == "VALID") {
            window.begin[d] = window.end[d] = 0;
        } else if (same) {
            pad_same(window, d, automatic == "SAME_UPPER");
        }
        const int64_t reach = window.dilation[d] * (window.kernel[d] - 1) + 1;
        const int64_t room = window.in[d] + window.begin[d] + window.end[d] - reach;
        if (!node.require(room >= 0, "its kernel is larger than its padded input")) {
            break;
        }
        window.out[d] = (ceil ? room + window.stride[d] - 1 : room) / window.stride[d] + 1;
        // a window that would start in the padding behind is left out
        if (ceil && (window.out[d] - 1) * window.stride[d] >= window.in[d] + window.begin[d]) {
            --window.out[d];
        }
    }
    return window;
}

Shape window_shape(const SpatialWindow& window, int64_t n, int64_t channels) {
    Shape shape = {n, channels};
    for (size_t d = 3 - window.dims; d < 3; ++d) {
        shape.push_back(window.out[d]);
    }
    return shape;
}

namespace {

int64_t volume(const int64_t* sizes) { return sizes[0] * sizes[1] * sizes[2]; }

// The same where the sizes were not checked yet: outputs of `shape` times the kernel's positions, times `depth`.
double window_operations(const SpatialWindow& window, const Shape& shape, int64_t depth) {
    double count = static_cast<double>(depth);
    for (size_t d = 0; d < 3; ++d) {
        count *= static_cast<double>(window.kernel[d]);
    }
    for (const int64_t dim : shape) {
        count *= static_cast<double>(dim);
    }
    return count;
}

// The outputs [from, to) along dimension d whose input cell at kernel position k lies inside.
struct Reach {
    int64_t from, to;
};
Reach reach_of(const SpatialWindow& w, size_t d, int64_t k) {
    const int64_t shift = k * w.dilation[d] - w.begin[d];  // of the input cell against out * stride
    const int64_t from = shift >= 0 ? 0 : (-shift + w.stride[d] - 1) / w.stride[d];
    const int64_t last = w.in[d] - 1 - shift;
    const int64_t to = last < 0 ? 0 : std::min(w.out[d], last / w.stride[d] + 1);
    return {std::min(from, to), to};
}

// Adds one weight times the input's plane to the sums of the output's plane, wherever the cell lies inside.
template <class Sum, class X>
void add_plane(const SpatialWindow& w, const int64_t* k, const X* x, Sum weight, Sum* sums) {
    const Reach r0 = reach_of(w, 0, k[0]), r1 = reach_of(w, 1, k[1]), r2 = reach_of(w, 2, k[2]);
    const int64_t step = w.stride[2];
    for (int64_t o0 = r0.from; o0 < r0.to; ++o0) {
        const int64_t i0 = o0 * w.stride[0] + k[0] * w.dilation[0] - w.begin[0];
        for (int64_t o1 = r1.from; o1 < r1.to; ++o1) {
            const int64_t i1 = o1 * w.stride[1] + k[1] * w.dilation[1] - w.begin[1];
            const X* from = x + (i0 * w.in[1] + i1) * w.in[2] + k[2] * w.dilation[2] - w.begin[2];
            Sum* to = sums + (o0 * w.out[1] + o1) * w.out[2];
            for (int64_t o2 = r2.from; o2 < r2.to; ++o2) {
                to[o2] += weight * static_cast<Sum>(from[o2 * step]);
            }
        }
    }
}

// Calls function(k) for every position of the kernel, in row-major order.
template <class Function>
void for_each_position(const SpatialWindow& w, Function&& function) {
    int64_t k[3];
    for (k[0] = 0; k[0] < w.kernel[0]; ++k[0]) {
        for (k[1] = 0; k[1] < w.kernel[1]; ++k[1]) {
            for (k[2] = 0; k[2] < w.kernel[2]; ++k[2]) {
                function(static_cast<const int64_t*>(k));
            }
        }
    }
}

// Sums of one convolution. x [n][c][in], w [k][c/groups][kernel] in the summing type; finish(n, k, plane) takes them.
template <class Sum, class Finish>
void convolve(
    const std::vector<Sum>& x,
    const std::vector<Sum>& weights,
    int64_t batch,
    int64_t channels,
    int64_t filters,
    int64_t groups,
    const SpatialWindow& w,
    Finish&& finish) {
    const int64_t in_size = volume(w.in), out_size = volume(w.out), kernel_size = volume(w.kernel);
    const int64_t depth = channels / groups, per_group = filters / groups;
    std::vector<Sum> plane(static_cast<size_t>(out_size));
    for (int64_t n = 0; n < batch; ++n) {
        for (int64_t f = 0; f < filters; ++f) {
            std::fill(plane.begin(), plane.end(), Sum{0});
            for (int64_t c = 0; c < depth; ++c) {
                const Sum* from = x.data() + (n * channels + f / per_group * depth + c) * in_size;
                const Sum* weight = weights.data() + (f * depth + c) * kernel_size;
                for_each_position(w, [&](const int64_t* k) { add_plane(w, k, from, *weight++, plane.data()); });
            }
            finish(n, f, plane);
        }
    }
}

// All elements as `Sum`, less the zero point of their channel (zeros.size() == 1: one for all).
template <class Sum>
std::vector<Sum> centred(const Tensor& tensor, const std::vector<int32_t>& zeros, int64_t per_channel) {
    std::vector<Sum> values;
    values.reserve(static_cast<size_t>(tensor.count()));
    visit_type(tensor.type, [&]<class T>(TypeTag<T>) {
        int64_t i = 0;
        for (const T& value : tensor.as<T>()) {
            const int32_t zero = zeros.size() == 1 ? zeros[0] : zeros[static_cast<size_t>(i / per_channel)];
            if constexpr (std::is_integral_v<T> && std::is_integral_v<Sum>) {
                values.push_back(static_cast<Sum>(static_cast<int32_t>(value) - zero));
            } else {
                values.push_back(static_cast<Sum>(static_cast<Compute<T>>(value)));
            }
            ++i;
        }
    });
    return values;
}

// ---- convolution ----

}  // namespace

void infer_convolution(NodeView& node, size_t x, size_t w, DataType type) {
    const int64_t rank = node.rank(x);
    if (!node.require(
            rank >= 3 && node.rank(w) == rank,
            "its weights have another number of dimensions than its input")) {
        return;
    }
    const Shape& weights = node.shape(w);
    const SpatialWindow window = window_of(node, x, Shape(weights.begin() + 2, weights.end()));
    const int64_t groups = node.integer("group", 1);
    const int64_t channels = node.shape(x)[1];
    node.require(
        groups >= 1 && groups <= weights[0] && channels % groups == 0 && weights[0] % groups == 0 &&
            weights[1] == channels / groups,
        fmt::format("{} groups, {} channels and weights {} do not fit", groups, channels, shape_text(weights)));
    if (node.failed()) {
        return;
    }
    const Shape shape = window_shape(window, node.shape(x)[0], weights[0]);
    if (node.require_operations(window_operations(window, shape, weights[1]))) {
        node.output(type, shape);
    }
}

namespace {

void infer_conv(NodeView& node) {
    node.require_same_type(0, 1);
    node.require_same_type(0, 2);
    if (node.require(
            !node.has(2) || node.rank(1) < 1 || node.count(2) == node.shape(1)[0],
            "its bias has another length than its weights")) {
        infer_convolution(node, 0, 1, node.type(0));
    }
}

Shape kernel_of(NodeView& node, size_t w) { return Shape(node.shape(w).begin() + 2, node.shape(w).end()); }

void compute_conv(NodeView& node, std::span<Tensor> outputs) {
    const SpatialWindow window = window_of(node, 0, kernel_of(node, 1));
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using Sum = Compute<T>;
        const int64_t size = volume(window.out), filters = node.shape(1)[0];
        T* y = outputs[0].as<T>().data();
        convolve<Sum>(
            centred<Sum>(node.in(0), {0}, 1),
            centred<Sum>(node.in(1), {0}, 1),
            node.shape(0)[0],
            node.shape(0)[1],
            filters,
            node.integer("group", 1),
            window,
            [&](int64_t n, int64_t f, const std::vector<Sum>& plane) {
                const Sum bias = node.has(2) ? static_cast<Sum>(node.elements<T>(2)[static_cast<size_t>(f)]) : Sum{0};
                for (int64_t i = 0; i < size; ++i) {
                    const Sum sum = plane[static_cast<size_t>(i)];
                    y[(n * filters + f) * size + i] = T(node.has(2) ? sum + bias : sum);
                }
            });
    });
}

}  // namespace

std::vector<int32_t> integer_convolution(
    const Tensor& x,
    const Tensor& w,
    const SpatialWindow& window,
    int64_t groups,
    int32_t zero_x,
    const std::vector<int32_t>& zero_w) {
    const int64_t filters = w.shape[0], size = volume(window.out);
    std::vector<int32_t> sums(static_cast<size_t>(x.shape[0] * filters * size));
    convolve<uint32_t>(
        centred<uint32_t>(x, {zero_x}, 1),
        centred<uint32_t>(w, zero_w, product(w.shape, 1, w.shape.size())),
        x.shape[0],
        x.shape[1],
        filters,
        groups,
        window,
        [&](int64_t n, int64_t f, const std::vector<uint32_t>& plane) {
            for (int64_t i = 0; i < size; ++i) {
                sums[static_cast<size_t>((n * filters + f) * size + i)] =
                    static_cast<int32_t>(plane[static_cast<size_t>(i)]);
            }
        });
    return sums;
}

namespace {

void infer_conv_integer(NodeView& node) {
    if (!node.require_type(1, kBytes) || !node.require_same_type(0, 2) || !node.require_same_type(1, 3)) {
        return;
    }
    node.require(!node.has(2) || node.count(2) == 1, "its first zero point is no scalar");
    node.require(
        !node.has(3) || node.count(3) == 1 || (node.rank(1) > 0 && node.count(3) == node.shape(1)[0]),
        "its second zero point is neither one nor one per filter");
    if (!node.failed()) {
        infer_convolution(node, 0, 1, DataType::s32);
    }
}

void compute_conv_integer(NodeView& node, std::span<Tensor> outputs) {
    const SpatialWindow window = window_of(node, 0, kernel_of(node, 1));
    const std::vector<int32_t> sums = integer_convolution(
        node.in(0),
        node.in(1),
        window,
        node.integer("group", 1),
        zeros_of(node, 2)[0],
        zeros_of(node, 3));
    std::copy(sums.begin(), sums.end(), outputs[0].as<int32_t>().begin());
}

// ---- transposed convolution: the gradient of a convolution from out to in ----

// The window of the convolution whose gradient this is: its `in` is our output, its `out` our input.
SpatialWindow transposed_window(NodeView& node) {
    SpatialWindow window;
    const size_t dims = static_cast<size_t>(node.rank(0)) - 2;
    window.dims = dims;
    const Shape kernel = kernel_of(node, 1);
    const std::vector<int64_t> stated = node.integers("kernel_shape");
    node.require(stated.empty() || stated == kernel, "its kernel_shape differs from its weights");
    int64_t extra[3] = {0, 0, 0};
    int64_t wanted[3] = {0, 0, 0};
    if (node.failed() || !read_sizes(node, "strides", dims, 1, 1, window.stride) ||
        !read_sizes(node, "dilations", dims, 1, 1, window.dilation) || !read_pads(node, dims, window) ||
        !read_sizes(node, "output_padding", dims, 0, 0, extra)) {
        return window;
    }
    // some exporters state the whole shape
    std::vector<int64_t> shape = node.integers("output_shape");
    if (shape.size() == dims + 2) {
        shape.erase(shape.begin(), shape.begin() + 2);
    }
    node.require(shape.empty() || shape.size() == dims, "its output_shape has another number of dimensions");
    const std::string automatic = node.text("auto_pad", "NOTSET");
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    node.require(same || automatic == "NOTSET" || automatic == "VALID", "its auto_pad is not known");
    node.require(automatic == "NOTSET" || !node.has_attribute("pads"), "it has pads and auto_pad");
    for (size_t d = 3 - dims; d < 3 && !node.failed(); ++d) {
        const size_t i = d - (3 - dims);
        window.kernel[d] = kernel[i];
        window.out[d] = node.shape(0)[2 + i];
        if (!node.require(kernel[i] >= 1 && window.out[d] >= 1, "its weights or its input are empty") ||
            !node.require(kernel[i] < kMostSize && window.out[d] < kMostSize, "a spatial dimension is too long")) {
            break;
        }
        if (!node.require(
                shape.empty() || (shape[i] >= 1 && shape[i] < kMostSize),
                "its output_shape holds a length that no output has")) {
            break;
        }
        const int64_t full =
            window.stride[d] * (window.out[d] - 1) + extra[d] + (window.kernel[d] - 1) * window.dilation[d] + 1;
        wanted[d] = !shape.empty() ? shape[i] : same ? window.out[d] * window.stride[d] : 0;
        if (!shape.empty() || same) {
            const int64_t total = std::max<int64_t>(0, full - wanted[d]);
            window.begin[d] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
            window.end[d] = total - window.begin[d];
            window.in[d] = wanted[d];
        } else {
            window.in[d] = full - window.begin[d] - window.end[d];
        }
        node.require(window.in[d] >= 1 && window.in[d] < kMostSize, "its output would be empty or too long");
    }
    return window;
}

void infer_conv_transpose(NodeView& node) {
    node.require_same_type(0, 1);
    node.require_same_type(0, 2);
    const int64_t rank = node.rank(0);
    if (!node.require(
            rank >= 3 && rank <= 5 && node.rank(1) == rank,
            "it works on 1 to 3 spatial dimensions, equal in input and weights")) {
        return;
    }
    const int64_t groups = node.integer("group", 1);
    const Shape& weights = node.shape(1);
    node.require(
        groups >= 1 && weights[0] == node.shape(0)[1] && weights[0] % groups == 0 && weights[1] < kMostSize &&
            groups < kMostSize,
        "groups, channels and weights do not fit");
    const SpatialWindow window = transposed_window(node);
    if (node.failed()) {
        return;
    }
    const int64_t filters = weights[1] * groups;
    node.require(!node.has(2) || node.count(2) == filters, "its bias has another length than its weights");
    Shape shape = {node.shape(0)[0], filters};
    for (size_t d = 3 - window.dims; d < 3; ++d) {
        shape.push_back(window.in[d]);
    }
    if (node.require_operations(window_operations(window, node.shape(0), weights[1]))) {
        node.output(node.type(0), shape);
    }
}

// Adds weight times x's plane into the cells of `sums` that the window reaches.
template <class Sum>
void scatter_plane(const SpatialWindow& w, const int64_t* k, const Sum* x, Sum weight, Sum* sums) {
    const Reach r0 = reach_of(w, 0, k[0]), r1 = reach_of(w, 1, k[1]), r2 = reach_of(w, 2, k[2]);
    for (int64_t o0 = r0.from; o0 < r0.to; ++o0) {
        const int64_t i0 = o0 * w.stride[0] + k[0] * w.dilation[0] - w.begin[0];
        for (int64_t o1 = r1.from; o1 < r1.to; ++o1) {
            const int64_t i1 = o1 * w.stride[1] + k[1] * w.dilation[1] - w.begin[1];
            const Sum* from = x + (o0 * w.out[1] + o1) * w.out[2];
            Sum* to = sums + (i0 * w.in[1] + i1) * w.in[2] + k[2] * w.dilation[2] - w.begin[2];
            for (int64_t o2 = r2.from; o2 < r2.to; ++o2) {
                to[o2 * w.stride[2]] += weight * from[o2];
            }
        }
    }
}

void compute_conv_transpose(NodeView& node, std::span<Tensor> outputs) {
    const SpatialWindow w = transposed_window(node);
    const int64_t groups = node.integer("group", 1);
    const int64_t channels = node.shape(0)[1], depth = channels / groups, per_group = node.shape(1)[1];
    const int64_t small = volume(w.out), large = volume(w.in), kernel_size = volume(w.kernel);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        using Sum = Compute<T>;
        const std::vector<Sum> x = centred<Sum>(node.in(0), {0}, 1), weights = centred<Sum>(node.in(1), {0}, 1);
        std::vector<Sum> plane(static_cast<size_t>(large));
        T* y = outputs[0].as<T>().data();
        for (int64_t n = 0; n < node.shape(0)[0]; ++n) {
            for (int64_t f = 0; f < per_group * groups; ++f) {
                const Sum bias = node.has(2) ? static_cast<Sum>(node.elements<T>(2)[static_cast<size_t>(f)]) : Sum{0};
                std::fill(plane.begin(), plane.end(), Sum{0});
                for (int64_t c = f / per_group * depth; c < (f / per_group + 1) * depth; ++c) {
                    const Sum* weight = weights.data() + (c * per_group + f % per_group) * kernel_size;
                    for_each_position(w, [&](const int64_t* k) {
                        scatter_plane(w, k, x.data() + (n * channels + c) * small, *weight++, plane.data());
                    });
                }
                for (int64_t i = 0; i < large; ++i) {
                    y[(n * per_group * groups + f) * large + i] =
                        T(static_cast<Sum>(plane[static_cast<size_t>(i)] + bias));
                }
            }
        }
    });
}

// ---- pools ----

}  // namespace

bool require_pool_operations(NodeView& node, const SpatialWindow& window, const Shape& shape) {
    return node.require_operations(window_operations(window, shape, 1));
}

namespace {

void infer_pool(NodeView& node) {
    const SpatialWindow window = window_of(node, 0, {});
    if (node.failed()) {
        return;
    }
    const Shape shape = window_shape(window, node.shape(0)[0], node.shape(0)[1]);
    node.require(
        node.integer("storage_order", 0) == 0 || node.integer("storage_order", 0) == 1,
        "its storage_order is neither 0 nor 1");
    if (require_pool_operations(node, window, shape)) {
        node.output(node.type(0), shape);
        if (node.op() == "MaxPool") {
            node.output(DataType::s64, shape);
        }
    }
}

// Calls function(position of the cell in the plane) for every cell of the window at output `o` that lies inside.
template <class Function>
void for_each_cell(const SpatialWindow& w, const int64_t* o, Function&& function) {
    for_each_position(w, [&](const int64_t* k) {
        int64_t at = 0;
        for (size_t d = 0; d < 3; ++d) {
            const int64_t i = o[d] * w.stride[d] + k[d] * w.dilation[d] - w.begin[d];
            if (i < 0 || i >= w.in[d]) {
                return;
            }
            at = at * w.in[d] + i;
        }
        function(at);
    });
}

// Calls function(plane, o, index) for every output of every plane: n and channel as one number.
template <class Function>
void for_each_output(const SpatialWindow& w, int64_t planes, Function&& function) {
    int64_t index = 0;
    for (int64_t plane = 0; plane < planes; ++plane) {
        int64_t o[3];
        for (o[0] = 0; o[0] < w.out[0]; ++o[0]) {
            for (o[1] = 0; o[1] < w.out[1]; ++o[1]) {
                for (o[2] = 0; o[2] < w.out[2]; ++o[2]) {
                    function(plane, static_cast<const int64_t*>(o), index++);
                }
            }
        }
    }
}

// A cell's number in column-major order of the plane (storage_order = 1).
int64_t column_major(const SpatialWindow& w, int64_t at) {
    const int64_t i2 = at % w.in[2], i1 = at / w.in[2] % w.in[1], i0 = at / w.in[2] / w.in[1];
    return (i2 * w.in[1] + i1) * w.in[0] + i0;
}

void compute_max_pool(NodeView& node, std::span<Tensor> outputs) {
    const SpatialWindow w = window_of(node, 0, {});
    const bool columns = node.integer("storage_order", 0) == 1;
    const int64_t size = volume(w.in);
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        T* y = outputs[0].as<T>().data();
        int64_t* indices = outputs[1].as<int64_t>().data();
        for_each_output(w, node.shape(0)[0] * node.shape(0)[1], [&](int64_t plane, const int64_t* o, int64_t index) {
            int64_t best = -1;
            for_each_cell(w, o, [&](int64_t at) {
                const auto value = static_cast<Compute<T>>(x[plane * size + at]);
                if (best < 0 || value > static_cast<Compute<T>>(x[plane * size + best])) {
                    best = at;
                }
            });
            if (best < 0) {
                return node.fail("a window lies in the padding alone");
            }
            y[index] = x[plane * size + best];
            indices[index] = plane * size + (columns ? column_major(w, best) : best);
        });
    });
}

// The cells of the window at o inside the padded input: what an average divides by when padding counts.
int64_t padded_cells(const SpatialWindow& w, const int64_t* o) {
    int64_t cells = 1;
    for (size_t d = 0; d < 3; ++d) {
        const int64_t first = o[d] * w.stride[d];
        const int64_t room = w.in[d] + w.begin[d] + w.end[d] - first;
        cells *= std::clamp<int64_t>((room + w.dilation[d] - 1) / w.dilation[d], 0, w.kernel[d]);
    }
    return cells;
}

void compute_average_pool(NodeView& node, std::span<Tensor> outputs) {
    const SpatialWindow w = window_of(node, 0, {});
    const bool padding_counts = node.integer("count_include_pad", 0) != 0;
    const int64_t size = volume(w.in);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        T* y = outputs[0].as<T>().data();
        for_each_output(w, node.shape(0)[0] * node.shape(0)[1], [&](int64_t plane, const int64_t* o, int64_t index) {
            Compute<T> sum = 0;
            int64_t cells = 0;
            for_each_cell(w, o, [&](int64_t at) {
                sum += static_cast<Compute<T>>(x[plane * size + at]);
                ++cells;
            });
            const int64_t divisor = padding_counts ? padded_cells(w, o) : cells;
            y[index] = T(static_cast<Compute<T>>(sum / static_cast<Compute<T>>(divisor)));
        });
    });
}

}  // namespace

WindowSums integer_pool(const Tensor& x, const SpatialWindow& window, int32_t zero_x, bool padding_counts) {
    WindowSums result;
    const int64_t size = volume(window.in);
    for_each_output(window, x.shape[0] * x.shape[1], [&](int64_t plane, const int64_t* o, int64_t /*index*/) {
        uint32_t sum = 0;
        int64_t cells = 0;
        for_each_cell(window, o, [&](int64_t at) {
            sum += static_cast<uint32_t>(static_cast<int32_t>(integer_at(x, plane * size + at)) - zero_x);
            ++cells;
        });
        result.sums.push_back(static_cast<int32_t>(sum));
        result.cells.push_back(padding_counts ? volume(window.kernel) : cells);
    });
    return result;
}

namespace {

void compute_lp_pool(NodeView& node, std::span<Tensor> outputs) {
    const SpatialWindow w = window_of(node, 0, {});
    const auto p = static_cast<double>(node.integer("p", 2));
    const int64_t size = volume(w.in);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* x = node.elements<T>(0).data();
        T* y = outputs[0].as<T>().data();
        for_each_output(w, node.shape(0)[0] * node.shape(0)[1], [&](int64_t plane, const int64_t* o, int64_t index) {
            double sum = 0;
            for_each_cell(w, o, [&](int64_t at) {
                sum += std::pow(std::fabs(static_cast<double>(static_cast<Compute<T>>(x[plane * size + at]))), p);
            });
            y[index] = T(static_cast<Compute<T>>(std::pow(sum, 1 / p)));
        });
    });
}

// ---- global pools: over all dimensions behind the second ----

void infer_global(NodeView& node) {
    if (node.require(node.rank(0) >= 2, "its input has fewer than 2 dimensions")) {
        Shape shape = node.shape(0);
        std::fill(shape.begin() + 2, shape.end(), 1);
        node.require(product(node.shape(0), 2, node.shape(0).size()) > 0, "its spatial dimensions are empty");
        node.output(node.type(0), shape);
    }
}

// Folds each plane with reduce(elements).
template <class Reduce>
void compute_global(NodeView& node, std::span<Tensor> outputs, const Reduce& reduce) {
    const auto size = static_cast<size_t>(product(node.shape(0), 2, node.shape(0).size()));
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) {
        const std::span<T> y = outputs[0].as<T>();
        for (size_t i = 0; i < y.size(); ++i) {
            y[i] = T(reduce(node.elements<T>(0).subspan(i * size, size)));
        }
    });
}

void compute_global_average(NodeView& node, std::span<Tensor> outputs) {
    compute_global(node, outputs, []<class T>(std::span<const T> x) {
        Compute<T> sum = 0;
        for (const T& value : x) {
            sum += static_cast<Compute<T>>(value);
        }
        return static_cast<Compute<T>>(sum / static_cast<Compute<T>>(x.size()));
    });
}

void compute_global_max(NodeView& node, std::span<Tensor> outputs) {
    compute_global(node, outputs, []<class T>(std::span<const T> x) {
        auto best = static_cast<Compute<T>>(x[0]);
        for (const T& value : x) {
            best = std::max(best, static_cast<Compute<T>>(value));
        }
        return best;
    });
}

void compute_global_lp(NodeView& node, std::span<Tensor> outputs) {
    const auto p = static_cast<double>(node.integer("p", 2));
    compute_global(node, outputs, [p]<class T>(std::span<const T> x) {
        double sum = 0;
        for (const T& value : x) {
            sum += std::pow(std::fabs(static_cast<double>(static_cast<Compute<T>>(value))), p);
        }
        return static_cast<Compute<T>>(std::pow(sum, 1 / p));
    });
}

constexpr std::string_view kConv = "auto_pad dilations group kernel_shape pads strides";
constexpr TypeSet kPoolTypes = kFloats | kBytes;

constexpr OperatorInfo kRows[] = {
    {"", "Conv", "1 to 3 spatial dimensions, groups, dilations", kConv, 2, 3, 1, kFloats, infer_conv, compute_conv},
    {"",
     "ConvInteger",
     "1 to 3 spatial dimensions; sums wrap at 32 bits",
     kConv,
     2,
     4,
     1,
     kBytes,
     infer_conv_integer,
     compute_conv_integer},
    {"",
     "ConvTranspose",
     "1 to 3 spatial dimensions, groups, dilations",
     "auto_pad dilations group kernel_shape output_padding output_shape pads strides",
     2,
     3,
     1,
     kFloats,
     infer_conv_transpose,
     compute_conv_transpose},
    {"",
     "MaxPool",
     "1 to 3 spatial dimensions, indices, dilations, ceil_mode",
     "auto_pad kernel_shape pads strides dilations ceil_mode storage_order",
     1,
     1,
     2,
     kPoolTypes,
     infer_pool,
     compute_max_pool},
    {"",
     "AveragePool",
     "1 to 3 spatial dimensions, dilations, ceil_mode",
     "auto_pad kernel_shape pads strides dilations ceil_mode count_include_pad",
     1,
     1,
     1,
     kFloats,
     infer_pool,
     compute_average_pool},
    {"",
     "LpPool",
     "1 to 3 spatial dimensions",
     "auto_pad kernel_shape pads strides dilations ceil_mode p",
     1,
     1,
     1,
     kFloats,
     infer_pool,
     compute_lp_pool},
    {"", "GlobalAveragePool", "", "", 1, 1, 1, kFloats, infer_global, compute_global_average},
    {"", "GlobalMaxPool", "", "", 1, 1, 1, kFloats, infer_global, compute_global_max},
    {"", "GlobalLpPool", "", "p", 1, 1, 1, kFloats, infer_global, compute_global_lp},
};

}  // namespace

std::span<const OperatorInfo> window_operators() { return kRows; }

}  // namespace chipchain
