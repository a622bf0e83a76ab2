#include "chipchain/chip/nvdla_roofline.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace chipchain {

namespace {

constexpr double kKib = 1024;
constexpr int64_t kChannelGroup = 16;
constexpr int64_t kKernelGroup = 128;
constexpr double kLeastKernels = 32;  // whose weights must be in the buffer at least
constexpr double kWinogradSpeed = 2.25;
constexpr double kWinogradWeights = 16.0 / 9.0;

int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Bytes of a layer in KiB.
struct LayerSize {
    double input = 0;
    double weights = 0;
    double output = 0;
    double least_input = 0;    // rows for one step
    double least_weights = 0;  // of 32 kernels
};

LayerSize size_of(const NvdlaLayer& layer) {
    const int64_t s = layer.stride;
    const auto channels = static_cast<double>(round_up(layer.channels * s * s, kChannelGroup));
    const auto side = static_cast<double>(layer.output_size);
    const auto taps = static_cast<double>(divide_up(layer.kernel, s) * divide_up(layer.kernel, s));
    const auto stored = static_cast<double>(layer.stored_size);
    LayerSize out;
    out.input = channels * side * side / kKib;
    out.least_input = channels * std::min(static_cast<double>(layer.kernel + 1), side) * side / kKib;
    out.weights = channels * taps * static_cast<double>(layer.kernels) / kKib;
    out.least_weights = channels * taps * kLeastKernels / kKib;
    if (layer.kernel == 3) out.weights *= kWinogradWeights;
    out.output = stored * stored * static_cast<double>(round_up(layer.kernels, kChannelGroup)) / kKib;
    return out;
}

double traffic_of(const NvdlaLayer& layer, const NvdlaConfig& config) {
    const LayerSize size = size_of(layer);
    double kib = size.input + size.weights + size.output;
    if (layer.elementwise) kib += size.output;
    const bool weights_stay = size.weights + size.least_input <= config.buffer_kib;
    const bool input_stays = size.input + size.least_weights <= config.buffer_kib;
    if (!layer.fully_connected && !weights_stay && !input_stays) kib += size.input;
    return kib;
}

// "res3" of "res3a_branch2b"; the whole name otherwise.
std::string group_of(const NvdlaLayer& layer) {
    return layer.name.starts_with("res") ? layer.name.substr(0, 4) : layer.name;
}

struct GroupBounds {
    double useful = 0;  // cycles
    int64_t quantised = 0;
    int64_t os = 0;
};

std::map<std::string, GroupBounds> groups_of(const std::vector<NvdlaLayer>& layers, int64_t rows, int64_t columns) {
    std::map<std::string, GroupBounds> groups;
    for (const NvdlaLayer& layer : layers) {
        const MatrixProduct p = product_of(layer);
        GroupBounds& group = groups[group_of(layer)];
        group.useful += static_cast<double>(multiplications(layer)) / static_cast<double>(rows * columns);
        group.quantised += share_folds(p, 1, rows, columns, Dataflow::output_stationary).streaming;
        group.os += fold_cycles(p, rows, columns, Dataflow::output_stationary);
    }
    return groups;
}

}  // namespace

std::vector<NvdlaLayer> nvdla_resnet50(bool as_published) {
    struct Stage {
        int blocks;
        int64_t inner, outer, size;
    };
    constexpr Stage kStages[] = {{3, 64, 256, 56}, {4, 128, 512, 28}, {6, 256, 1024, 14}, {3, 512, 2048, 7}};
    std::vector<NvdlaLayer> out;
    out.push_back({"conv1", 3, 112, 64, 7, 2, 56, false, false});
    int64_t channels = 64;
    int number = 2;
    for (const Stage& stage : kStages) {
        for (int b = 0; b < stage.blocks; ++b) {
            const std::string name = fmt::format("res{}{}_branch", number, static_cast<char>('a' + b));
            const int64_t stride = b == 0 && number > 2 ? 2 : 1;
            const int64_t size = stage.size;
            const int64_t in = as_published && number == 2 && b == 0 ? 256 : channels;
            if (b == 0) out.push_back({name + "1", channels, size, stage.outer, 1, stride, size, false, false});
            out.push_back({name + "2a", in, size, stage.inner, 1, stride, size, false, false});
            out.push_back({name + "2b", stage.inner, size, stage.inner, 3, 1, size, false, false});
            out.push_back({name + "2c", stage.inner, size, stage.outer, 1, 1, size, false, true});
            channels = stage.outer;
        }
        ++number;
    }
    // the average over 7 x 7 is taken on the way to DRAM
    out.back().stored_size = 1;
    out.push_back({"fc1000", channels, 1, 1000, 1, 1, 1, true, false});
    return out;
}

NvdlaLayerTime time_layer(const NvdlaLayer& layer, const NvdlaConfig& config) {
    const int64_t s = layer.stride;
    const int64_t batch = layer.fully_connected ? config.batch : 1;
    const auto pixels = static_cast<double>(layer.output_size * layer.output_size);
    const auto channels = static_cast<double>(round_up(layer.channels * s * s, kChannelGroup));
    const double kernels =
        static_cast<double>(round_up(layer.kernels * batch, kKernelGroup)) / static_cast<double>(batch);
    const double taps = static_cast<double>(layer.kernel * layer.kernel) / static_cast<double>(s * s);
    NvdlaLayerTime out;
    out.mac_cycles = channels * pixels * kernels * taps / static_cast<double>(config.multipliers);
    if (layer.kernel == 3) out.mac_cycles /= kWinogradSpeed;
    if (config.dram_gb_per_s > 0) {
        // a KiB per microsecond is the sheet's 10^-3 GB/s; sizes are multiples of 1/1024: no rounding spoils the
        // ceiling
        out.dram_cycles = std::ceil(traffic_of(layer, config) * 1000 * config.clock_ghz / config.dram_gb_per_s - 1e-6);
    }
    out.cycles = std::max(out.mac_cycles, out.dram_cycles);
    return out;
}

double nvdla_cycles(const std::vector<NvdlaLayer>& layers, const NvdlaConfig& config) {
    double sum = 0;
    for (const NvdlaLayer& layer : layers) sum += time_layer(layer, config).cycles;
    return sum;
}

double nvdla_frames_per_second(const std::vector<NvdlaLayer>& layers, const NvdlaConfig& config) {
    return config.clock_ghz * 1e9 / nvdla_cycles(layers, config);
}

int64_t multiplications(const NvdlaLayer& layer) {
    const MatrixProduct p = product_of(layer);
    return p.m * p.n * p.k;
}

MatrixProduct product_of(const NvdlaLayer& layer) {
    return {layer.output_size * layer.output_size, layer.kernels, layer.channels * layer.kernel * layer.kernel, 1};
}

ArrayBounds array_bounds(const std::vector<NvdlaLayer>& layers, int64_t rows, int64_t columns) {
    ArrayBounds out;
    double useful = 0;
    for (const NvdlaLayer& layer : layers) {
        const MatrixProduct p = product_of(layer);
        const int64_t streaming = share_folds(p, 1, rows, columns, Dataflow::output_stationary).streaming;
        out.quantised_cycles += streaming;
        out.overlapped_cycles += streaming + rows + columns - 2;
        out.os_cycles += fold_cycles(p, rows, columns, Dataflow::output_stationary);
        out.ws_cycles += fold_cycles(p, rows, columns, Dataflow::weight_stationary);
        useful += static_cast<double>(multiplications(layer)) / static_cast<double>(rows * columns);
    }
    out.quantised_utilisation = useful / static_cast<double>(out.quantised_cycles);
    out.overlapped_utilisation = useful / static_cast<double>(out.overlapped_cycles);
    out.os_utilisation = useful / static_cast<double>(out.os_cycles);
    out.ws_utilisation = useful / static_cast<double>(out.ws_cycles);
    return out;
}

std::string explain_bounds(const std::vector<NvdlaLayer>& layers, int64_t rows, int64_t columns, double clock_ghz) {
    const ArrayBounds b = array_bounds(layers, rows, columns);
    std::string out = fmt::format("At batch 1 on one {} x {} array at {} GHz:\n", rows, columns, clock_ghz);
    const auto line = [&out, clock_ghz](int64_t cycles, double utilisation, const char* what) {
        const double frames = clock_ghz * 1e9 / static_cast<double>(cycles);
        out +=
            fmt::format("  {:>9} cycles  {:6.0f} frames/s  {:4.1f} %  {}\n", cycles, frames, 100 * utilisation, what);
    };
    line(b.quantised_cycles, b.quantised_utilisation, "folds alone: outputs leave and operands enter at no cost");
    line(b.overlapped_cycles, b.overlapped_utilisation, "the same, each layer fills and drains once");
    line(b.os_cycles, b.os_utilisation, "output stationary, every fold fills and drains");
    line(b.ws_cycles, b.ws_utilisation, "weight stationary, every fold loads its weights first");
    out +=
        "A machine with a second set of accumulators fills the next fold while it drains this one: it lies between "
        "the\n"
        "second and the third line, the nearer to the second the deeper the folds. The first line stays below 100 %\n"
        "because edges of the product do not fill the array: rows are pixels, columns are kernels.\n"
        "By stage, share of multipliers at work in folds alone, and with filling and draining:\n";
    for (const auto& [name, group] : groups_of(layers, rows, columns)) {
        out += fmt::format(
            "  {:7} {:5.1f} %  {:5.1f} %\n",
            name,
            100 * group.useful / static_cast<double>(group.quantised),
            100 * group.useful / static_cast<double>(group.os));
    }
    // a layer whose every edge is a multiple of the array, as deep as a wide Inception layer
    constexpr int64_t kDepth = int64_t{3} * 3 * 192;
    const int64_t overhead = rows + columns - 2;
    out += fmt::format(
        "Where pixels and kernels are multiples of the array the edges vanish, and a depth K costs K + {} cycles a "
        "fold:\n"
        "3 x 3 x 192 gives {:.1f} %. Networks of wide, deep layers on large images, as the Inception class on camera\n"
        "frames, come above 80 % this way; ResNet-50 at 224 x 224 with its 1 x 1 layers of 64 channels cannot.\n",
        overhead,
        100 * static_cast<double>(kDepth) / static_cast<double>(kDepth + overhead));
    return out;
}

}  // namespace chipchain
