#include "chipchain/chip/energy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/nvdla_roofline.h"

namespace chipchain {
namespace {

size_t at(EnergyEvent event) { return static_cast<size_t>(event); }

ChipModel load(const std::string& name) {
    const Result<ChipModel> model = load_chip(name);
    EXPECT_TRUE(model) << name;
    return *model;
}

// does the scaling of processes give the published factors beside 45 nm at 0.9 V?
TEST(Energy, node_scaling) {
    EXPECT_NEAR(node_scale(16, 0.8).value, 0.142, 0.0005);
    EXPECT_NEAR(node_scale(14, 0.8).value, 0.114, 0.0005);
    EXPECT_NEAR(node_scale(10, 0.75).value, 0.083, 0.0005);
    EXPECT_NEAR(node_scale(7, 0.7).value, 0.057, 0.0005);
    EXPECT_EQ(node_scale(45, 0.9).value, 1);
    // chip facts 4.3: the polynomial at 7 nm, and the int8 MAC of 0.30 pJ
    EXPECT_NEAR(node_scale(7, 0.5).value / node_scale(7, 0.7).value, 0.489, 0.0005);
    EXPECT_NEAR(node_scale(7, 0.9).value / node_scale(7, 0.7).value, 1.81, 0.005);
    EXPECT_NEAR(0.30 * node_scale(16, 0.8).value, 0.043, 0.0005);
    // below 7 nm by the claims, one after the other
    EXPECT_NEAR(node_scale(5, 0).value / node_scale(7, 0).value, 0.70, 1e-12);
    EXPECT_NEAR(node_scale(3, 0).value / node_scale(5, 0).value, 0.66, 1e-12);
}

// does energy fall with every smaller node, and does the band hold the value?
TEST(Energy, node_scaling_falls) {
    double before = 2;
    for (double nm = 45; nm >= 2; nm -= 0.25) {
        const Banded b = node_scale(nm, 0);
        EXPECT_LT(b.value, before) << nm;
        EXPECT_TRUE(b.low < b.value && b.value < b.high) << nm;
        before = b.value;
    }
}

// are the reads of each dataflow those of the folds: 6 x 5 x 7 on 2 x 3?
TEST(Energy, counts_of_a_product) {
    ChipShape shape;
    shape.rows = 2;
    shape.columns = 3;
    const MatrixProduct p{6, 5, 7, 2};
    struct Expected {
        Dataflow dataflow;
        double sram, updates;
    };
    const Expected expected[] = {
        {Dataflow::output_stationary, 6 * 7 * 2 + 5 * 7 * 3 + 30, 30},
        {Dataflow::weight_stationary, 6 * 7 * 2 + 5 * 7 + 30, 30 * 4},
        {Dataflow::input_stationary, 6 * 7 + 5 * 7 * 2 + 30, 30 * 4}};
    for (const Expected& e : expected) {
        shape.dataflow = e.dataflow;
        const EnergyCounts c = count_product(p, shape);
        EXPECT_EQ(c[at(EnergyEvent::mac)], 2 * 210);
        EXPECT_EQ(c[at(EnergyEvent::sram_byte)], 2 * e.sram);
        EXPECT_EQ(c[at(EnergyEvent::accumulator)], 2 * e.updates);
        EXPECT_EQ(c[at(EnergyEvent::vector_element)], 60);
    }
}

// how far is the one fitted factor from each published chip, and is HW3's limit kept?
TEST(Energy, calibration) {
    const Calibration& c = calibrate();
    ASSERT_EQ(c.anchors.size(), 3U);
    EXPECT_TRUE(c.overhead.low < c.overhead.value && c.overhead.value < c.overhead.high);
    // four fifths of a chip's energy are no arithmetic (chip facts 4.1): here with its SRAM and accumulators
    EXPECT_GT(c.overhead.value, 3);
    EXPECT_LT(c.overhead.value, 7);
    EXPECT_NEAR(c.anchors[0].residual_percent, 5.3, 0.1);   // NVDLA
    EXPECT_NEAR(c.anchors[1].residual_percent, -5.0, 0.1);  // NVIDIA, 5 nm
    EXPECT_EQ(c.anchors[2].residual_percent, 0);            // HW3: below its limit
    EXPECT_LT(c.anchors[2].predicted_pj, 0.98);
    EXPECT_GT(c.anchors[2].predicted_pj, 0.2);
}

// do stated figures stand before scaled ones, and does the report add up with its band?
TEST(Energy, report) {
    ChipModel chip = load("hw3");
    EnergyTable table = energy_table(chip);
    EXPECT_EQ(table.entries[at(EnergyEvent::dram_bit)].pj.value, 6);
    EXPECT_NEAR(table.entries[at(EnergyEvent::mac)].pj.value, 0.034, 0.0005);
    chip.figures[static_cast<size_t>(ChipFigure::energy_mac_pj)] = {true, 0.5, 0.4, 0.6, Mark::published, "x", ""};
    table = energy_table(chip);
    EXPECT_EQ(table.entries[at(EnergyEvent::mac)].pj.value, 0.5);
    const EnergyReport r = energy_of({1e9, 1e8, 1e7, 1e7, 1e6, 8e6}, table);
    double sum = 0;
    for (const EnergyRow& row : r.rows) {
        EXPECT_LE(row.joules.low, row.joules.value);
        EXPECT_LE(row.joules.value, row.joules.high);
        sum += row.joules.value;
    }
    EXPECT_NEAR(r.joules.value, sum, 1e-15);
    EXPECT_NEAR(r.joules.value - r.on_chip_joules.value, 8e6 * 6e-12, 1e-15);
    EXPECT_NEAR(r.rows[at(EnergyEvent::mac)].joules.value, 1e9 * 0.5e-12 * table.overhead.pj.value, 1e-12);
}

// are constants counted once for DRAM, and bytes of a program's events instead when they are given?
TEST(Energy, network_events) {
    IntegerNetwork n;
    n.tensors = {
        {"x", {1, 16}, {}, false, {}},
        {"w", {16, 8}, {}, true, {}},
        {"y", {1, 8}, {}, false, {}},
        {"z", {1, 8}, {}, false, {}}};
    n.nodes.resize(2);
    n.nodes[0].op = IntegerOp::matmul;
    n.nodes[0].inputs = {0, 1};
    n.nodes[0].output = 2;
    n.nodes[1].op = IntegerOp::lookup;
    n.nodes[1].inputs = {2};
    n.nodes[1].output = 3;
    n.inputs = {0};
    n.outputs = {3};
    ChipShape shape;
    shape.rows = 16;
    shape.columns = 8;
    const EnergyCounts c = count_events(n, shape);
    EXPECT_EQ(c[at(EnergyEvent::mac)], 128);
    EXPECT_EQ(c[at(EnergyEvent::dram_bit)], 8 * (16 + 128 + 8));
    EXPECT_EQ(c[at(EnergyEvent::vector_element)], 8 + 8);
    NetworkTiming timing;
    timing.dram_bytes = 1000;
    EXPECT_EQ(count_events(n, shape, &timing)[at(EnergyEvent::dram_bit)], 8000);
}

}  // namespace
}  // namespace chipchain
