// Resize and Upsample: nearest, linear and cubic, one dimension after the other.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

enum class Sampling : uint8_t { nearest, linear, cubic };

enum class Coordinates : uint8_t {
    half_pixel,
    half_pixel_symmetric,
    pytorch_half_pixel,
    align_corners,
    asymmetric,
    tf_half_pixel_for_nn,
    tf_crop_and_resize,
};

enum class Nearest : uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };

// One dimension's change of length.
struct Axis {
    int64_t in = 1;
    int64_t out = 1;
    double scale = 1;
    double length = 1;                    // `out` before it was cut to a whole number
    double crop_start = 0, crop_end = 1;  // of tf_crop_and_resize
};

struct Plan {
    Sampling sampling = Sampling::nearest;
    Coordinates coordinates = Coordinates::half_pixel;
    Nearest nearest = Nearest::round_prefer_floor;
    bool exclude_outside = false;
    double cubic = -0.75;
    double extrapolation = 0;
    std::vector<Axis> axes;  // one per dimension
};

template <class Enum, size_t N>
std::optional<Enum> named(const std::array<std::pair<std::string_view, Enum>, N>& names, std::string_view name) {
    for (const auto& [text, value] : names) {
        if (text == name) {
            return value;
        }
    }
    return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, Sampling>, 4> kSamplings = {{
    {"nearest", Sampling::nearest},
    {"linear", Sampling::linear},
    {"bilinear", Sampling::linear},
    {"cubic", Sampling::cubic},
}};
constexpr std::array<std::pair<std::string_view, Coordinates>, 7> kCoordinates = {{
    {"half_pixel", Coordinates::half_pixel},
    {"half_pixel_symmetric", Coordinates::half_pixel_symmetric},
    {"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
    {"align_corners", Coordinates::align_corners},
    {"asymmetric", Coordinates::asymmetric},
    {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn},
    {"tf_crop_and_resize", Coordinates::tf_crop_and_resize},
}};
constexpr std::array<std::pair<std::string_view, Nearest>, 4> kNearest = {{
    {"round_prefer_floor", Nearest::round_prefer_floor},
    {"round_prefer_ceil", Nearest::round_prefer_ceil},
    {"floor", Nearest::floor},
    {"ceil", Nearest::ceil},
}};

// Reads how to sample. Before operator set 11 coordinates were x / scale and nearest took the floor.
bool read_modes(NodeView& node, Plan& plan) {
    const bool old = node.op() == "Upsample" || node.opset() < 11;
    const auto sampling = named(kSamplings, node.text("mode", "nearest"));
    const auto coordinates =
        named(kCoordinates, node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel"));
    const auto nearest = named(kNearest, node.text("nearest_mode", old ? "floor" : "round_prefer_floor"));
    node.require(sampling && coordinates && nearest, "its mode, coordinates or nearest_mode are not known");
    node.require(node.integer("antialias", 0) == 0, "it smooths (antialias)");
    node.require(node.text("keep_aspect_ratio_policy", "stretch") == "stretch", "it keeps the aspect ratio");
    if (node.failed()) {
        return false;
    }
    plan.sampling = *sampling;
    plan.coordinates = *coordinates;
    plan.nearest = *nearest;
    plan.exclude_outside = node.integer("exclude_outside", 0) != 0;
    plan.cubic = static_cast<double>(node.number("cubic_coeff_a", -0.75F));
    plan.extrapolation = static_cast<double>(node.number("extrapolation_value", 0));
    return !node.failed();
}

// The numbers of a constant float input; nullopt and a failure when it is computed.
std::optional<std::vector<double>> numbers_of(NodeView& node, size_t i) {
    if (!node.require_type(i, kFloats)) {
        return std::nullopt;
    }
    if (node.value(i) == nullptr) {
        node.unknown("its scales are computed, so that its shape is known only when it runs");
        return std::nullopt;
    }
    std::vector<double> values;
    for (int64_t k = 0; k < node.count(i); ++k) {
        values.push_back(number_at(*node.value(i), k));
    }
    return values;
}

std::optional<std::vector<double>> scales_of(NodeView& node, size_t i) {
    if (node.has(i) && node.count(i) > 0) {
        return numbers_of(node, i);
    }
    std::vector<double> values;
    for (const float scale : node.numbers("scales")) {
        values.push_back(static_cast<double>(scale));
    }
    return values;
}

// Fills the length and scale of each dimension that the node names.
bool read_lengths(NodeView& node, Plan& plan, const std::vector<int64_t>& axes) {
    const bool modern = node.op() == "Resize" && node.opset() >= 11;
    const bool sized = modern && node.has(3) && node.count(3) > 0;
    std::vector<int64_t> sizes;
    std::vector<double> scales;
    if (sized) {
        sizes = node.integers_of_input(3, "sizes").value_or(sizes);
    } else {
        scales = scales_of(node, modern ? 2 : 1).value_or(scales);
    }
    if (node.failed() || !node.require(
                             (sized ? sizes.size() : scales.size()) == axes.size(),
                             "its scales or sizes do not fit its dimensions")) {
        return false;
    }
    for (size_t i = 0; i < axes.size(); ++i) {
        Axis& axis = plan.axes[static_cast<size_t>(axes[i])];
        if (sized) {
            axis.out = sizes[i];
            axis.length = static_cast<double>(axis.out);
            axis.scale = axis.length / static_cast<double>(axis.in);
        } else {
            axis.scale = scales[i];
            axis.length = static_cast<double>(axis.in) * axis.scale;
            axis.out = saturate_cast<int64_t>(std::floor(axis.length));
            node.require(axis.scale > 0 && std::isfinite(axis.scale), "a scale is not above 0");
        }
        node.require(axis.out >= 0 && axis.out < (int64_t{1} << 40), "a scale or size is wrong");
        node.require(axis.in > 0 || axis.out == 0, "it has nothing to enlarge");
    }
    return !node.failed();
}

std::optional<Plan> plan_of(NodeView& node) {
    Plan plan;
    for (const int64_t dim : node.shape(0)) {
        plan.axes.push_back({.in = dim, .out = dim, .length = static_cast<double>(dim)});
    }
    std::vector<int64_t> axes = node.integers("axes");
    if (axes.empty()) {
        for (int64_t d = 0; d < node.rank(0); ++d) {
            axes.push_back(d);
        }
    }
    axes = node.axes(axes, node.rank(0));
    if (node.failed() || !read_modes(node, plan) || !read_lengths(node, plan, axes)) {
        return std::nullopt;
    }
    if (plan.coordinates == Coordinates::tf_crop_and_resize) {
        const auto region = node.has(1) ? numbers_of(node, 1) : std::optional(std::vector<double>{});
        if (!region || !node.require(region->size() == 2 * axes.size(), "its roi does not fit its dimensions")) {
            return std::nullopt;
        }
        for (size_t i = 0; i < axes.size(); ++i) {
            Axis& axis = plan.axes[static_cast<size_t>(axes[i])];
            axis.crop_start = (*region)[i];
            axis.crop_end = (*region)[i + axes.size()];
        }
    }
    return plan;
}

void infer_resize(NodeView& node) {
    const std::optional<Plan> plan = plan_of(node);
    if (!plan) {
        return;
    }
    Shape shape;
    for (const Axis& axis : plan->axes) {
        shape.push_back(axis.out);
    }
    node.require(
        plan->sampling == Sampling::nearest || (type_bit(node.type(0)) & kFloats) != 0,
        "linear and cubic need floats");
    node.output(node.type(0), shape);
}

// Where output x lies in the input's coordinates.
double source_of(const Plan& plan, const Axis& axis, int64_t x) {
    const auto at = static_cast<double>(x), in = static_cast<double>(axis.in);
    // as the reference of operator set 11 takes it
    const double out = axis.length;
    switch (plan.coordinates) {
        case Coordinates::half_pixel:
            return (at + 0.5) / axis.scale - 0.5;
        case Coordinates::half_pixel_symmetric: {
            const double centre = in / 2;
            const double offset = centre * (1 - static_cast<double>(axis.out) / out);
            return offset + (at + 0.5) / axis.scale - 0.5;
        }
        case Coordinates::pytorch_half_pixel:
            return axis.out > 1 ? (at + 0.5) / axis.scale - 0.5 : 0;
        case Coordinates::align_corners:
            return out == 1 ? 0 : at * (in - 1) / (out - 1);
        case Coordinates::asymmetric:
            return at / axis.scale;
        case Coordinates::tf_half_pixel_for_nn:
            return (at + 0.5) / axis.scale;
        case Coordinates::tf_crop_and_resize:
            return axis.out > 1 ? axis.crop_start * (in - 1) + at * (axis.crop_end - axis.crop_start) * (in - 1) /
                                                                   static_cast<double>(axis.out - 1)
                                : 0.5 * (axis.crop_start + axis.crop_end) * (in - 1);
    }
    return 0;
}

int64_t nearest_of(Nearest rule, double x) {
    switch (rule) {
        case Nearest::round_prefer_floor:
            return saturate_cast<int64_t>(std::ceil(x - 0.5));
        case Nearest::round_prefer_ceil:
            return saturate_cast<int64_t>(std::floor(x + 0.5));
        case Nearest::floor:
            return saturate_cast<int64_t>(std::floor(x));
        case Nearest::ceil:
            return saturate_cast<int64_t>(std::ceil(x));
    }
    return 0;
}

// What one output takes: cells of the input with weights.
struct Taps {
    std::array<int64_t, 4> cells{};
    std::array<double, 4> weights{};
    size_t count = 0;
    bool outside = false;  // tf_crop_and_resize: the extrapolation value instead
};

// Cubic convolution's weights at distance s from the second of four cells (Keys 1981, with coefficient a).
std::array<double, 4> cubic_weights(double s, double a) {
    const double t = s + 1, u = 1 - s, v = 2 - s;
    return {
        ((a * t - 5 * a) * t + 8 * a) * t - 4 * a,
        ((a + 2) * s - (a + 3)) * s * s + 1,
        ((a + 2) * u - (a + 3)) * u * u + 1,
        ((a * v - 5 * a) * v + 8 * a) * v - 4 * a};
}

Taps taps_of(const Plan& plan, const Axis& axis, int64_t x) {
    // hostile scales may give anything: far outside is as good as the edge
    double at = source_of(plan, axis, x);
    at = std::isnan(at) ? 0 : std::clamp(at, -0x1p50, 0x1p50);
    Taps taps;
    taps.outside =
        plan.coordinates == Coordinates::tf_crop_and_resize && (at < 0 || at > static_cast<double>(axis.in - 1));
    if (plan.sampling == Sampling::nearest) {
        taps.cells[0] = nearest_of(plan.nearest, at);
        taps.weights[0] = 1;
        taps.count = 1;
    } else {
        const double base = std::floor(at), part = at - base;
        const auto first = static_cast<int64_t>(base);
        if (plan.sampling == Sampling::linear) {
            taps = {.cells = {first, first + 1}, .weights = {1 - part, part}, .count = 2, .outside = taps.outside};
        } else {
            taps = {
                .cells = {first - 1, first, first + 1, first + 2},
                .weights = cubic_weights(part, plan.cubic),
                .count = 4,
                .outside = taps.outside};
        }
    }
    double sum = 0;
    for (size_t t = 0; t < taps.count; ++t) {
        const bool inside = taps.cells[t] >= 0 && taps.cells[t] < axis.in;
        taps.weights[t] = plan.exclude_outside && !inside ? 0 : taps.weights[t];
        taps.cells[t] = std::clamp<int64_t>(taps.cells[t], 0, axis.in - 1);
        sum += taps.weights[t];
    }
    for (size_t t = 0; plan.exclude_outside && sum != 0 && t < taps.count; ++t) {
        taps.weights[t] /= sum;
    }
    return taps;
}

// Resamples dimension d of `from`; elements of type double.
std::vector<double> resample(const std::vector<double>& from, const Shape& shape, size_t d, const Plan& plan) {
    const Line line = line_of(shape, static_cast<int64_t>(d));
    const Axis& axis = plan.axes[d];
    std::vector<double> to(static_cast<size_t>(line.outer * axis.out * line.inner), 0.0);
    for (int64_t x = 0; x < axis.out; ++x) {
        const Taps tap = taps_of(plan, axis, x);
        for (int64_t o = 0; o < line.outer; ++o) {
            for (size_t t = 0; t < tap.count; ++t) {
                const double* source = from.data() + (o * axis.in + tap.cells[t]) * line.inner;
                double* target = to.data() + (o * axis.out + x) * line.inner;
                for (int64_t i = 0; i < line.inner; ++i) {
                    target[i] += tap.weights[t] * source[i];
                }
            }
        }
    }
    return to;
}

template <class T>
void compute_smooth(NodeView& node, const Plan& plan, Tensor& output) {
    std::vector<double> values;
    for (const T& value : node.elements<T>(0)) {
        values.push_back(static_cast<double>(static_cast<Compute<T>>(value)));
    }
    Shape shape = node.shape(0);
    // what shrinks goes first, so that no step holds more than the input or the output
    for (const bool enlarging : {false, true}) {
        for (size_t d = 0; d < shape.size(); ++d) {
            const Axis& axis = plan.axes[d];
            const bool changes = axis.scale != 1 || axis.crop_start != 0 || axis.crop_end != 1;
            if (changes && (axis.out > axis.in) == enlarging) {
                values = resample(values, shape, d, plan);
                shape[d] = axis.out;
            }
        }
    }
    for (size_t i = 0; i < values.size(); ++i) {
        output.as<T>()[i] = T(static_cast<Compute<T>>(values[i]));
    }
}

// Calls function(o, index) for every element of `shape`, in order.
template <class Function>
void for_each_place(const Shape& shape, const Function& function) {
    std::vector<int64_t> index(shape.size(), 0);
    const int64_t total = element_count(shape);
    for (int64_t o = 0; o < total; ++o) {
        function(o, static_cast<const std::vector<int64_t>&>(index));
        for (size_t d = index.size(); d-- > 0 && ++index[d] == shape[d];) {
            index[d] = 0;
        }
    }
}

void compute_nearest(NodeView& node, const Plan& plan, Tensor& output) {
    const Strides strides = strides_of(node.shape(0));
    std::vector<std::vector<int64_t>> offsets(strides.size());
    for (size_t d = 0; d < offsets.size(); ++d) {
        for (int64_t x = 0; x < plan.axes[d].out; ++x) {
            offsets[d].push_back(taps_of(plan, plan.axes[d], x).cells[0] * strides[d]);
        }
    }
    for_each_place(output.shape, [&](int64_t o, const std::vector<int64_t>& index) {
        int64_t at = 0;
        for (size_t d = 0; d < index.size(); ++d) {
            at += offsets[d][static_cast<size_t>(index[d])];
        }
        copy_elements(node.in(0), at, output, o, 1);
    });
}

// Writes the extrapolation value wherever one of the coordinates lies outside.
void extrapolate(const Plan& plan, Tensor& output) {
    std::vector<std::vector<bool>> outside(plan.axes.size());
    for (size_t d = 0; d < outside.size(); ++d) {
        for (int64_t x = 0; x < plan.axes[d].out; ++x) {
            outside[d].push_back(taps_of(plan, plan.axes[d], x).outside);
        }
    }
    visit_type(output.type, [&]<class T>(TypeTag<T>) {
        const T value = T(saturate_cast<Compute<T>>(plan.extrapolation));
        for_each_place(output.shape, [&](int64_t o, const std::vector<int64_t>& index) {
            bool any = false;
            for (size_t d = 0; d < index.size(); ++d) {
                any = any || outside[d][static_cast<size_t>(index[d])];
            }
            T& y = output.as<T>()[static_cast<size_t>(o)];
            y = any ? value : y;
        });
    });
}

void compute_resize(NodeView& node, std::span<Tensor> outputs) {
    const Plan plan = *plan_of(node);
    if (plan.sampling == Sampling::nearest) {
        compute_nearest(node, plan, outputs[0]);
    } else {
        visit_float(node.type(0), [&]<class T>(TypeTag<T>) { compute_smooth<T>(node, plan, outputs[0]); });
    }
    if (plan.coordinates == Coordinates::tf_crop_and_resize) {
        extrapolate(plan, outputs[0]);
    }
}

constexpr OperatorInfo kRows[] = {
    {"",
     "Resize",
     "nearest, linear, cubic; constant scales or sizes; no antialias, aspect ratio not kept",
     "mode coordinate_transformation_mode nearest_mode cubic_coeff_a exclude_outside extrapolation_value antialias "
     "axes "
     "keep_aspect_ratio_policy",
     1,
     4,
     1,
     kAll,
     infer_resize,
     compute_resize},
    {"", "Upsample", "nearest and linear; constant scales", "mode scales", 1, 2, 1, kAll, infer_resize, compute_resize},
};

}  // namespace

std::span<const OperatorInfo> resize_operators() { return kRows; }

}  // namespace chipchain
