// Ranges of values and weights.
#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/network/evaluate.h"
#include "chipchain/network/quantise_internal.h"

namespace chipchain {
namespace {

// Magnitudes counted by the upper 16 bits of their binary32 pattern, which are in the order of magnitude: a percentile
// to within 2^-7 of itself, the same whatever the order of the runs.
class Magnitudes {
 public:
    void count(float x) {
        const uint32_t bits = std::bit_cast<uint32_t>(x) & 0x7fffffffU;
        if (counts_.empty()) counts_.resize(size_t{1} << 15);
        ++counts_[bits >> 16];
        ++total_;
    }

    // the smallest bound that `percentile` per cent of the magnitudes do not exceed
    [[nodiscard]] float percentile(double percentile) const {
        const double wanted = static_cast<double>(total_) * percentile / 100;
        uint64_t below = 0;
        for (size_t i = 0; i < counts_.size(); ++i) {
            below += counts_[i];
            if (static_cast<double>(below) >= wanted)
                return std::bit_cast<float>(static_cast<uint32_t>(i) << 16 | 0xffffU);
        }
        return INFINITY;
    }

 private:
    std::vector<uint64_t> counts_;
    uint64_t total_ = 0;
};

class Recorder {
 public:
    Recorder(const Network& network, const QuantiseOptions& options)
        : network_(network), options_(options), ranges_(network.values.size()), magnitudes_(network.values.size()) {}

    void record(ValueId id, const Tensor& tensor) {
        if (tensor.type != DataType::f32) return;
        ValueRange& range = ranges_[id];
        for (const float x : tensor.as<float>()) {
            if (!std::isfinite(x)) {
                refuse(id, x);
                return;
            }
            range.low = range.seen ? std::min(range.low, x) : x;
            range.high = range.seen ? std::max(range.high, x) : x;
            range.seen = true;
            if (options_.rule == RangeRule::percentile && !network_.values[id].constant) magnitudes_[id].count(x);
        }
    }

    Result<std::vector<ValueRange>> finish() {
        if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
        if (options_.rule == RangeRule::percentile) {
            for (size_t id = 0; id < ranges_.size(); ++id) {
                ValueRange& range = ranges_[id];
                if (!range.seen || network_.values[id].constant) continue;
                const float bound = magnitudes_[id].percentile(options_.percentile);
                range.low = std::max(range.low, -bound);
                range.high = std::min(range.high, bound);
            }
        }
        return std::move(ranges_);
    }

 private:
    void refuse(ValueId id, float x) {
        if (!diagnostics_.empty()) return;
        Diagnostic diagnostic;
        diagnostic.id = "quantise-range";
        diagnostic.message = fmt::format("value '{}' is {} on a calibration input", network_.values[id].name, x);
        diagnostic.help = "Check the calibration inputs: they must be what the network was trained on";
        diagnostics_.push_back(std::move(diagnostic));
    }

    const Network& network_;
    const QuantiseOptions& options_;
    std::vector<ValueRange> ranges_;
    std::vector<Magnitudes> magnitudes_;
    Diagnostics diagnostics_;
};

float largest_magnitude(std::span<const float> weights, size_t first, size_t count, size_t step) {
    float largest = 0;
    for (size_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(weights[first + i * step]));
    return largest;
}

// the scale of weights up to `largest`, so large that bias / (scale_x scale) fits 31 bits
float weight_scale(float largest, float bias, float scale_x) {
    const auto per_bit = static_cast<float>(std::fabs(double{bias}) / (double{scale_x} * 0x1p30));
    if (largest > 0) return std::max({largest / 127.0F, per_bit, 0x1p-126F});
    return bias != 0 ? std::max(per_bit * 1024, 0x1p-126F) : 1.0F;
}

}  // namespace

double round_even(double x) {
    constexpr double kOnes = 0x1.8p52;
    return (x + kOnes) - kOnes;
}

QuantisedType quantised_range(const ValueRange& range) {
    const float low = std::min(range.low, 0.0F);
    const float high = std::max(range.high, 0.0F);
    QuantisedType q;
    if (!(high > low)) return q;
    q.scale = std::max(static_cast<float>((double{high} - double{low}) / 255), 0x1p-126F);
    q.zero = static_cast<int32_t>(std::clamp(round_even(-double{low} / double{q.scale}), 0.0, 255.0));
    return q;
}

Result<std::vector<ValueRange>>
calibrate(const Network& network, const std::vector<std::vector<Tensor>>& calibration, const QuantiseOptions& options) {
    if (calibration.empty()) {
        Diagnostic diagnostic;
        diagnostic.id = "onnx-input";
        diagnostic.message = fmt::format("network '{}' is quantised without calibration inputs", network.name);
        diagnostic.help = "Give at least one run with one tensor per input";
        return tl::unexpected(Diagnostics{std::move(diagnostic)});
    }
    Recorder recorder(network, options);
    for (ValueId id = 0; id < network.values.size(); ++id) {
        if (network.values[id].constant) recorder.record(id, *network.values[id].constant);
    }
    EvaluateOptions evaluation;
    evaluation.observe = [&](ValueId id, const Tensor& tensor) { recorder.record(id, tensor); };
    for (const std::vector<Tensor>& run : calibration) {
        auto outputs = evaluate(network, run, evaluation);
        if (!outputs) return tl::unexpected(std::move(outputs.error()));
        for (size_t i = 0; i < network.inputs.size(); ++i) recorder.record(network.inputs[i], run[i]);
    }
    return recorder.finish();
}

QuantisedWeights quantise_weights(
    const Tensor& weights,
    bool channels_last,
    bool per_channel,
    std::span<const float> bias,
    float scale_x) {
    const auto values = weights.as<float>();
    const auto channels = static_cast<size_t>(channels_last ? weights.shape.back() : weights.shape.front());
    const size_t rest = channels == 0 ? 0 : values.size() / channels;
    const size_t step = channels_last ? channels : 1;
    const auto first = [&](size_t c) { return channels_last ? c : c * rest; };
    QuantisedWeights result;
    for (size_t c = 0; c < channels; ++c) {
        const float largest = largest_magnitude(values, first(c), rest, step);
        result.scales.push_back(weight_scale(largest, bias.empty() ? 0 : bias[c], scale_x));
    }
    float widest = 1;
    if (!per_channel) {
        // a channel without weights has no say where others have some
        const float all = weight_scale(largest_magnitude(values, 0, values.size(), 1), 0, scale_x);
        widest = all;
        for (size_t c = 0; c < channels && !bias.empty(); ++c) {
            widest = std::max(widest, static_cast<float>(std::fabs(double{bias[c]}) / (double{scale_x} * 0x1p30)));
        }
        result.scales.assign(channels, widest);
    }
    result.bytes = Tensor(DataType::s8, weights.shape);
    for (size_t c = 0; c < channels; ++c) {
        const Clamp clamp{0, -127, 127};
        for (size_t i = 0; i < rest; ++i) {
            const size_t at = first(c) + i * step;
            result.bytes.bytes[at] = static_cast<std::byte>(quantise(values[at], result.scales[c], clamp));
        }
        if (bias.empty()) continue;
        const double unit = double{scale_x} * double{result.scales[c]};
        const double steps = round_even(std::clamp(double{bias[c]} / unit, -0x1p31, 0x1p31 - 1));
        result.bias.push_back(static_cast<int32_t>(steps));
    }
    if (!per_channel) result.scales = {widest};
    return result;
}

}  // namespace chipchain
