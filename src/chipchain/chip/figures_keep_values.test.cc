// The promise of chip_figures.h, carried out: over the range of every figure, compiled programs give the golden bytes.
#include <gtest/gtest.h>

#include <cmath>

#include "chipchain/chip/bins.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/chip/test_networks.h"

namespace chipchain {
namespace {

// a convolution, a depthwise one, a sum, and a product: all that fills arrays and the vector unit
IntegerNetwork small_network(NetworkBuilder& b) {
    const TensorId x = b.input({1, 7, 6, 5});
    ConvShape wide;
    wide.channels = 9;
    wide.kernel[0] = wide.kernel[1] = 3;
    wide.pad_begin[0] = wide.pad_begin[1] = wide.pad_end[0] = wide.pad_end[1] = 1;
    const TensorId y = b.conv(x, wide);
    ConvShape depthwise = wide;
    depthwise.groups = 9;
    const TensorId z = b.conv(y, depthwise);
    ConvShape flat;
    flat.channels = 9;
    return b.build({b.conv(b.conv(z, flat), flat)});
}

struct Outcome {
    bool refused = false;  // the chip is too small: no values at all
    std::vector<std::vector<uint8_t>> outputs;
};

Outcome run_on(const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs, const ChipShape& shape) {
    Outcome out;
    const Result<Program> program = compile_network(network, shape);
    if (!program) {
        EXPECT_EQ(program.error()[0].id, "chip-too-small");
        out.refused = true;
        return out;
    }
    const ProgramRun run = simulate_program(*program, network, inputs, 7);
    EXPECT_TRUE(run.faults.empty());
    EXPECT_EQ(run.poisoned_reads, 0U);
    for (const TensorId id : network.outputs) out.outputs.push_back(run.tensors[id]);
    return out;
}

// values over the range of a figure: its ends, and steps between them in equal ratios
std::vector<double> values_over(const FigureInfo& figure) {
    constexpr int kSteps = 5;
    std::vector<double> out;
    const double low = figure.low > 0 ? figure.low : figure.high / 1000;
    for (int i = 0; i <= kSteps; ++i) {
        const double value = low * std::pow(figure.high / low, static_cast<double>(i) / kSteps);
        out.push_back(figure.whole ? std::floor(value + 0.5) : std::min(value, figure.high));
    }
    out.front() = figure.low;
    return out;
}

ChipModel base_chip() {
    const Result<ChipModel> chip = load_chip("odd-13x7");
    EXPECT_TRUE(chip);
    return *chip;
}

// does any value of any figure change a byte?
TEST(FullChipFigures, keep_values) {
    NetworkBuilder b(3);
    const IntegerNetwork network = small_network(b);
    const auto inputs = b.draw_inputs(network);
    const TensorBytes golden = run_golden(network, inputs);
    size_t runs = 0;
    size_t refused = 0;
    for (const FigureInfo& figure : figure_table()) {
        for (const double value : values_over(figure)) {
            ChipModel chip = base_chip();
            chip.figures[static_cast<size_t>(figure.figure)] =
                {true, value, value, value, Mark::assumption, "", "test"};
            for (const Dataflow dataflow :
                 {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary}) {
                ChipShape shape = shape_of(chip, dataflow);
                // a program for 4,096 arrays has 16,384 streams; 64 show the same
                shape.arrays = std::min(shape.arrays, 64U);
                const Outcome run = run_on(network, inputs, shape);
                ++runs;
                refused += run.refused ? 1 : 0;
                for (size_t i = 0; i < run.outputs.size(); ++i)
                    ASSERT_EQ(run.outputs[i], golden[network.outputs[i]]) << figure.name << " = " << value;
                if (figure.figure > ChipFigure::dram_latency_ns) break;  // no other figure is in the shape
            }
        }
    }
    EXPECT_GT(runs, 250U);
    EXPECT_LT(refused, 40U);
}

}  // namespace
}  // namespace chipchain
