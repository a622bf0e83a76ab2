#include "chipchain/chip/energy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/nvdla_roofline.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/reference_networks.h"

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
    // no claim reaches below 2 nm, and the source of such a chip says so
    EXPECT_EQ(node_scale(1, 0).value, node_scale(kLeastNode, 0).value);
    ChipModel small = load("hw3");
    small.figures[static_cast<size_t>(ChipFigure::process_nm)].value = 1.4;
    EXPECT_NE(energy_table(small).entries[0].source.find("of 2 nm: no claim reaches 1.4 nm"), std::string::npos);
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
    EXPECT_NEAR(c.overhead.value, 4.45, 0.005);
    EXPECT_NEAR(c.anchors[0].residual_percent, 6.7, 0.05);   // NVDLA
    EXPECT_NEAR(c.anchors[1].residual_percent, -6.4, 0.05);  // NVIDIA, 5 nm
    EXPECT_EQ(c.anchors[2].residual_percent, 0);             // HW3: below its limit
    EXPECT_LT(c.anchors[2].predicted_pj, 0.98);
    EXPECT_GT(c.anchors[2].predicted_pj, 0.2);
}

// are wires beside the factor, in what is fitted as in what is predicted? NVDLA's sheet moves 71 MB for a ResNet-50
// over half the side of 3.3 mm2, 0.91 mm, at 0.5 pJ: 32 uJ, 3 % of the 1.08 mJ that were published
TEST(Energy, wires_have_no_overhead) {
    const EnergyAnchor& nvdla = calibrate().anchors[0];
    double bytes = 0;
    double multiplied = 0;
    for (const NvdlaLayer& layer : nvdla_resnet50(false)) {
        bytes += time_layer(layer, {}).dram_cycles * 10.24;  // 10.24 GB/s at 1 GHz
        multiplied += static_cast<double>(multiplications(layer));
    }
    EXPECT_NEAR(bytes, 71e6, 0.5e6);
    EXPECT_NEAR(nvdla.wires_pj, 0.5 * std::sqrt(3.3) / 2 * bytes / multiplied, 1e-12);
    EXPECT_GT(nvdla.wires_pj, 0.01 * nvdla.measured_pj);
    EXPECT_LT(nvdla.wires_pj, 0.04 * nvdla.measured_pj);
    EXPECT_NEAR(nvdla.predicted_pj, nvdla.events_pj * calibrate().overhead.value + nvdla.wires_pj, 1e-15);
    EXPECT_EQ(calibrate().anchors[1].wires_pj, 0);
    const ChipModel hw3 = load("hw3");
    const EnergyTable table = energy_table(hw3);
    const EnergyReport r = energy_of({1e9, 0, 0, 0, 1e6, 8e6}, table);
    const Figure& wire = figure_of(hw3, ChipFigure::energy_noc_pj_per_byte_mm);
    EXPECT_NEAR(r.rows[at(EnergyEvent::noc_byte)].joules.value, 1e6 * wire.value * std::sqrt(260) / 2 * 1e-12, 1e-15);
    EXPECT_NEAR(r.rows[at(EnergyEvent::noc_byte)].joules.high, 1e6 * wire.high * std::sqrt(260) / 2 * 1e-12, 1e-15);
    EXPECT_NEAR(r.rows[at(EnergyEvent::dram_bit)].joules.value, 8e6 * 6e-12, 1e-15);
    EXPECT_NEAR(
        r.rows[at(EnergyEvent::mac)].joules.value,
        1e9 * table.entries[0].pj.value * table.overhead.pj.value * 1e-12,
        1e-15);
    // every entry says where it is from: an assumption by its reason
    for (const EnergyEntry& entry : table.entries) EXPECT_FALSE(entry.source.empty());
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

Program small_program(Dataflow dataflow) {
    Program p;
    p.shape.rows = 2;
    p.shape.columns = 2;
    p.shape.sram_banks = 1;  // words of 16 bytes
    p.shape.dataflow = dataflow;
    Mma m;
    m.a.rows = {1, 3};
    m.a.row_stride = {0, 4};
    m.a.depth = {1, 1, 4};
    m.a.depth_stride = {0, 0, 1};
    m.b.depth = 4;
    m.b.columns = 2;
    m.b.depth_stride = 2;
    Rq rq;
    rq.rows = {1, 3};
    rq.columns = 2;
    Load load;
    load.box.count = {1, 1, 1, 8};
    load.box.source_stride = load.box.target_stride = {0, 0, 0, 1};
    Copy copy;
    copy.box = load.box;
    p.streams.resize(3);
    p.streams[0].instructions = {{0, load}, {0, Halt{}}};
    p.streams[1].instructions = {{0, m}, {0, Halt{}}};
    p.streams[2].instructions = {{0, rq}, {0, copy}, {0, Halt{}}};
    return p;
}

// are the events of a program those of its instructions? 3 x 4 times 4 x 2 on 2 x 2, counted by hand
TEST(Energy, counts_of_a_program) {
    NetworkTiming timing;
    timing.dram_bytes = 8;
    timing.shared_bytes = 4;
    const EnergyCounts os = count_events(small_program(Dataflow::output_stationary), timing);
    EXPECT_EQ(os[at(EnergyEvent::mac)], 24);
    // os: A 3 rows of 4 bytes, a word each; B 4 rows of 2 bytes for each of two folds; rq 3 words; load 1; copy 2; and
    // the shared memory's own 4 bytes
    EXPECT_EQ(os[at(EnergyEvent::sram_byte)], 16 * (3 + 2 * 4 + 3 + 1 + 2) + 4);
    EXPECT_EQ(os[at(EnergyEvent::accumulator)], 6);
    EXPECT_EQ(os[at(EnergyEvent::vector_element)], 6);
    EXPECT_EQ(os[at(EnergyEvent::noc_byte)], 12);
    EXPECT_EQ(os[at(EnergyEvent::dram_bit)], 64);
    // ws: B is in the array, A streams
    const EnergyCounts ws = count_events(small_program(Dataflow::weight_stationary), timing);
    EXPECT_EQ(ws[at(EnergyEvent::sram_byte)], 16 * (3 + 3 + 1 + 2) + 4);
    EXPECT_EQ(ws[at(EnergyEvent::accumulator)], 6);
    // an mma that goes on with the sums in the array moves none of them
    Program p = small_program(Dataflow::output_stationary);
    Mma one = std::get<Mma>(p.streams[1].instructions[0].body);
    one.a.rows = {1, 2};
    Mma more = one;
    more.accumulate = true;
    p.streams[1].instructions = {{0, one}, {0, more}, {0, Halt{}}};
    EXPECT_EQ(count_events(p, timing)[at(EnergyEvent::accumulator)], 4);
    EXPECT_EQ(count_events(p, timing)[at(EnergyEvent::mac)], 2 * 2 * 4 * 2);
}

// does a chip that joins the groups of a convolution pay for the zeros it multiplies, and one that joins none not?
TEST(Energy, joined_groups_count) {
    struct Case {
        const char* network;
        const char* chip;
        bool joins;
    };
    for (const auto& [name, chip, joins] : {Case{"tiny", "odd-1x1", false}, Case{"mobilenet", "hw3", true}}) {
        const Result<Lowered> lowered = lower(*infer_for_chip(*reference_network(name)));
        ASSERT_TRUE(lowered.has_value()) << name;
        const IntegerNetwork& network = lowered->network;
        const Result<Program> program = compile_network(network, load(chip).shape);
        ASSERT_TRUE(program.has_value()) << name;
        int64_t multiplied = 0;
        for (const IntegerNode& node : network.nodes) multiplied += multiply_count(network, node);
        const double counted = count_events(*program, time_events(*program, network))[at(EnergyEvent::mac)];
        if (joins) {
            EXPECT_GT(counted, 1.2 * static_cast<double>(multiplied));
        } else {
            EXPECT_EQ(counted, static_cast<double>(multiplied));
        }
    }
}

}  // namespace
}  // namespace chipchain
