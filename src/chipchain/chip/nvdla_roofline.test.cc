#include "chipchain/chip/nvdla_roofline.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

NvdlaConfig with_bandwidth(double gb_per_s) {
    NvdlaConfig config;
    config.dram_gb_per_s = gb_per_s;
    return config;
}

// does the sheet's total come out to the cycle, at its default of 10 GB/s?
TEST(NvdlaRoofline, total) {
    EXPECT_EQ(nvdla_cycles(nvdla_resnet50(), {}), 7'113'691);
    EXPECT_NEAR(nvdla_frames_per_second(nvdla_resnet50(), {}), 140.57, 0.005);
}

// and the frame rates at other bandwidths: the primer prints 269 for 20 GB/s?
TEST(NvdlaRoofline, bandwidths) {
    EXPECT_NEAR(nvdla_frames_per_second(nvdla_resnet50(), with_bandwidth(20)), 268.80, 0.005);
    EXPECT_NEAR(nvdla_frames_per_second(nvdla_resnet50(), with_bandwidth(15)), 206.4, 0.05);
    EXPECT_NEAR(nvdla_frames_per_second(nvdla_resnet50(), with_bandwidth(0)), 607.0, 0.05);
}

// do the published layers agree, and the sum of multiplications?
TEST(NvdlaRoofline, layers) {
    struct Check {
        const char* name;
        double mac, dram;  // dram 0: not published
    };
    constexpr Check kChecks[] = {
        {"conv1", 153'664, 0},
        {"res2a_branch1", 25'088, 99'600},
        {"res3a_branch1", 50'176, 247'200},
        {"fc1000", 1'000, 200'299}};
    const std::vector<NvdlaLayer> layers = nvdla_resnet50();
    EXPECT_EQ(layers.size(), 54U);
    size_t found = 0;
    int64_t sum = 0;
    for (const NvdlaLayer& layer : layers) {
        sum += multiplications(layer);
        for (const Check& check : kChecks) {
            if (layer.name != check.name) continue;
            ++found;
            EXPECT_EQ(time_layer(layer, {}).mac_cycles, check.mac) << layer.name;
            if (check.dram > 0) {
                EXPECT_EQ(time_layer(layer, {}).dram_cycles, check.dram) << layer.name;
            }
        }
    }
    EXPECT_EQ(found, std::size(kChecks));
    EXPECT_NEAR(static_cast<double>(sum), 3.8965e9, 0.00005e9);
}

// what is it of the true ResNet-50, whose second layer has 64 channels?
TEST(NvdlaRoofline, true_network) {
    int64_t sum = 0;
    for (const NvdlaLayer& layer : nvdla_resnet50(false)) sum += multiplications(layer);
    EXPECT_EQ(sum, 3'857'973'248);
    EXPECT_EQ(nvdla_cycles(nvdla_resnet50(), {}) - nvdla_cycles(nvdla_resnet50(false), {}), 60'000);
}

// is HW3's array where the published bounds are, and does the text say so?
TEST(NvdlaRoofline, hw3_bounds) {
    const ArrayBounds b = array_bounds(nvdla_resnet50(), 96, 96);
    EXPECT_EQ(b.quantised_cycles, 718'841);
    EXPECT_NEAR(2e9 / static_cast<double>(b.quantised_cycles), 2782, 0.5);
    EXPECT_NEAR(b.quantised_utilisation, 0.588, 0.0005);
    EXPECT_EQ(b.overlapped_cycles, 718'841 + 54 * 190);
    EXPECT_TRUE(b.quantised_cycles < b.overlapped_cycles && b.overlapped_cycles < b.os_cycles);
    EXPECT_NEAR(2e9 / static_cast<double>(b.os_cycles), 1951, 0.5);
    EXPECT_NEAR(b.os_utilisation, 0.41, 0.005);
    EXPECT_NEAR(2e9 / static_cast<double>(b.ws_cycles), 1347, 1);  // 1347.53
    const std::string text = explain_bounds(nvdla_resnet50(), 96, 96, 2.0);
    for (const char* part :
         {"718841 cycles    2782 frames/s  58.8 %", "2743 frames/s", "1951 frames/s", "1348 frames/s", "res5"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

}  // namespace
}  // namespace chipchain
