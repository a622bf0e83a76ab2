// NVDLA's published performance sheet as code: per layer the larger of the cycles of its multipliers and of its DRAM.
//
// Sources: nvdla.org primer (table of configurations), nvdla/hw perf/NVDLA_OpenSource_Performance.xlsx; chip facts 3.2.
// The sheet's cells were not at hand: what follows was derived until every published cycle number came out exactly
// (7,113,691 cycles of ResNet-50, the layer checks, 268.80 frames/s at 20 GB/s, 607.0 without a limit, 3.8965 G
// multiplications). Inferred, not stated by the primer:
//  1. sizes are in KiB while bandwidth is in 10^6 KiB per second: 10 GB/s are 10.24e9 bytes per second;
//  2. a stride s folds s*s pixels into channels, of which 16 are a group: C' = ceil16(C s s), and weights take
//     C' * ceil(kernel / s)^2 * K bytes;
//  3. kernels count in groups of 128, of a fully connected layer with its batch of 16: ceil128(16 K) / 16; its weights
//     are not shared by the batch in DRAM;
//  4. 3x3 layers run as Winograd: multipliers need 1 / 2.25 of the cycles, weights take 16 / 9 of the bytes;
//  5. the input is read twice when neither all weights with rows for one step (kernel + 1) fit the buffer, nor all of
//     the input with the weights of 32 kernels;
//  6. a layer with an elementwise sum reads as many bytes as it writes besides; pooled outputs are written alone;
//  7. res2a_branch2a has 256 input channels in the sheet's sum, where ResNet-50 has 64.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chip/timing.h"

namespace chipchain {

struct NvdlaLayer {
    std::string name;
    int64_t channels = 0;     // of the input
    int64_t output_size = 0;  // height and width of the convolution's output; the input's are `stride` times that
    int64_t kernels = 0;
    int64_t kernel = 1;  // height and width
    int64_t stride = 1;
    int64_t stored_size = 0;  // height and width written to DRAM, after pooling
    bool fully_connected = false;
    bool elementwise = false;  // a shortcut is added to the output
};

struct NvdlaConfig {
    int64_t multipliers = 2048;
    double clock_ghz = 1;
    double dram_gb_per_s = 10;  // the sheet's default; 0: no limit
    double buffer_kib = 512;
    int64_t batch = 16;  // of fully connected layers
};

struct NvdlaLayerTime {
    double mac_cycles = 0;
    double dram_cycles = 0;  // rounded up
    double cycles = 0;       // the larger
};

// The 53 convolutions and the fully connected layer of ResNet-50 at 224 x 224. as_published: with inference 7.
[[nodiscard]] std::vector<NvdlaLayer> nvdla_resnet50(bool as_published = true);
[[nodiscard]] NvdlaLayerTime time_layer(const NvdlaLayer& layer, const NvdlaConfig& config);
// Cycles of all layers of one frame, one after the other.
[[nodiscard]] double nvdla_cycles(const std::vector<NvdlaLayer>& layers, const NvdlaConfig& config);
[[nodiscard]] double nvdla_frames_per_second(const std::vector<NvdlaLayer>& layers, const NvdlaConfig& config);
[[nodiscard]] int64_t multiplications(const NvdlaLayer& layer);

// The matrix product of a layer, for the closed forms of timing.h.
[[nodiscard]] MatrixProduct product_of(const NvdlaLayer& layer);

// How a systolic array of `rows` x `columns` carries out the layers at batch 1, between its bounds.
struct ArrayBounds {
    int64_t quantised_cycles = 0;  // output stationary, folds alone: no filling, no draining
    int64_t overlapped_cycles =
        0;                  // filling and draining once per layer: a second set of accumulators hides the others
    int64_t os_cycles = 0;  // SCALE-Sim's closed forms
    int64_t ws_cycles = 0;
    double quantised_utilisation = 0;
    double overlapped_utilisation = 0;
    double os_utilisation = 0;
    double ws_utilisation = 0;
};
[[nodiscard]] ArrayBounds array_bounds(const std::vector<NvdlaLayer>& layers, int64_t rows, int64_t columns);
// Says in plain text what lies between the bounds, layer group by layer group, and why wide networks do better.
[[nodiscard]] std::string
explain_bounds(const std::vector<NvdlaLayer>& layers, int64_t rows, int64_t columns, double clock_ghz);

}  // namespace chipchain
