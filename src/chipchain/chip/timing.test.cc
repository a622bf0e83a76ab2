#include "chipchain/chip/timing.h"

#include <gtest/gtest.h>

#include <sstream>

#include "chipchain/base/random.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

constexpr Dataflow kFlows[] = {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary};

struct TablePoint {
    int64_t rows, columns, m, n, k;
    int64_t cycles[3];  // os, ws, is
};

// chip facts 3.1
constexpr TablePoint kTable[] = {
    {4, 4, 4, 4, 4, {9, 13, 13}},
    {4, 4, 8, 4, 8, {27, 35, 55}},
    {4, 4, 16, 16, 16, {351, 415, 415}},
    {4, 4, 64, 64, 64, {17'919, 18'943, 18'943}},
    {4, 4, 100, 50, 75, {26'324, 27'169, 28'499}},
    {4, 4, 256, 128, 256, {536'575, 544'767, 565'247}},
    {8, 8, 100, 50, 75, {8'098, 8'539, 9'359}},
    {16, 8, 100, 50, 75, {4'752, 4'829, 5'719}},
    {16, 8, 1, 256, 768, {25'279, 59'903, 14'111}},
    {32, 32, 256, 256, 768, {53'119, 67'199, 67'199}},
    {32, 32, 784, 128, 256, {31'799, 28'095, 44'399}},
    {96, 96, 96, 96, 96, {285, 381, 381}},
    {96, 96, 256, 256, 768, {8'621, 13'007, 13'007}},
    {96, 96, 784, 128, 256, {8'027, 6'419, 11'177}},
    {96, 96, 1, 256, 768, {2'873, 6'887, 4'335}},
    {128, 128, 256, 256, 768, {4'087, 7'655, 7'655}},
    {128, 128, 784, 128, 256, {3'569, 2'331, 7'139}},
    {128, 128, 1, 256, 768, {2'043, 4'595, 3'827}},
    // convolutions: 8x8x4 by 3x3 to 16, 30x30x64 by 3x3 to 96, 29x29x32 by 3x3 to 64 with stride 2
    {32, 32, 36, 16, 36, {195, 259, 439}},
    {4, 4, 36, 16, 36, {1'511, 1'655, 2'105}},
    {32, 32, 784, 96, 576, {47'849, 47'411, 85'499}},
    {32, 32, 196, 64, 288, {4'899, 5'219, 9'953}},
    // SCALE-Sim's own golden files: total minus stall
    {32, 32, 256, 128, 256, {10'175, 11'199, 14'207}}};

// does every published point come out to the cycle?
TEST(Timing, table_of_folds) {
    for (const TablePoint& t : kTable) {
        for (size_t d = 0; d < 3; ++d) {
            EXPECT_EQ(fold_cycles({t.m, t.n, t.k, 1}, t.rows, t.columns, kFlows[d]), t.cycles[d])
                << t.rows << "x" << t.columns << " " << t.m << "," << t.n << "," << t.k << " flow " << d;
        }
    }
}

// and every point that tools/compare_scalesim has computed with SCALE-Sim itself?
TEST(Timing, points_of_scalesim) {
    std::istringstream in(testing::read_text(testing::project_folder() / "src/chipchain/chip/testdata/scalesim.csv"));
    std::string line;
    std::getline(in, line);
    size_t points = 0;
    while (std::getline(in, line)) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream cells(line);
        std::string kind;
        std::string flow;
        int64_t rows = 0, columns = 0, cycles = 0;
        int64_t s[6] = {};
        cells >> kind >> rows >> columns >> flow;
        for (int64_t& x : s) cells >> x;
        cells >> cycles;
        ASSERT_TRUE(cells) << line;
        MatrixProduct p{s[0], s[1], s[2], 1};
        if (kind == "conv") {
            p = {((s[0] - s[2]) / s[5] + 1) * ((s[1] - s[2]) / s[5] + 1), s[4], s[2] * s[2] * s[3], 1};
        }
        const Dataflow dataflow = flow == "os" ? kFlows[0] : flow == "ws" ? kFlows[1] : kFlows[2];
        EXPECT_EQ(fold_cycles(p, rows, columns, dataflow), cycles) << line;
        ++points;
    }
    EXPECT_GE(points, 146U);
}

// do the switches give the true count of cycles and the form of the papers, 2R + C + K - 2?
TEST(Timing, switches) {
    FoldOptions true_count;
    true_count.off_by_one = false;
    EXPECT_EQ(fold_cycles({4, 4, 4, 1}, 4, 4, Dataflow::output_stationary, true_count), 10);
    FoldOptions paper = true_count;
    paper.drain = FoldOptions::Drain::counted;
    EXPECT_EQ(fold_cycles({100, 50, 75, 1}, 16, 8, Dataflow::output_stationary, paper), 7 * 7 * (2 * 16 + 8 + 75 - 2));
    for (const Dataflow d : {Dataflow::weight_stationary, Dataflow::input_stationary}) {
        EXPECT_EQ(fold_cycles({100, 50, 75, 1}, 16, 8, d, paper), fold_cycles({100, 50, 75, 1}, 16, 8, d, true_count));
    }
    EXPECT_EQ(fold_cycles({4, 4, 4, 3}, 4, 4, Dataflow::output_stationary), 27);
}

// is one array of a shared product the closed form, and are more arrays never slower and never beyond their number?
TEST(Timing, shared_folds) {
    const RandomSource source{5, 0};
    FoldOptions options;
    options.off_by_one = false;
    for (uint64_t i = 0; i < 2000; ++i) {
        const RandomWords w = source.draw(Purpose::test, 0, i);
        const MatrixProduct p{
            1 + w.word[0] % 200,
            1 + w.word[0] / 256 % 200,
            1 + w.word[1] % 300,
            1 + w.word[1] / 512 % 3};
        const int64_t rows = 1 + w.word[2] % 40, columns = 1 + w.word[2] / 64 % 40;
        const Dataflow d = kFlows[w.word[3] % 3];
        const int64_t one = fold_cycles(p, rows, columns, d, options);
        int64_t before = one;
        for (int64_t arrays = 1; arrays < 20; ++arrays) {
            const FoldParts parts = share_folds(p, arrays, rows, columns, d);
            EXPECT_EQ(parts.cycles, parts.streaming + parts.fill_drain);
            if (arrays == 1) {
                EXPECT_EQ(parts.cycles, one);
            }
            EXPECT_LE(parts.cycles, before);
            EXPECT_GE(parts.cycles * arrays, one);
            EXPECT_GE(parts.streaming * arrays * rows * columns, p.m * p.n * p.k * p.repeats);
            before = parts.cycles;
        }
    }
}

// are joined groups never slower than groups apart, never faster than all multipliers at work, and by hand: 16 groups
// of 9 x 1 on 16 x 16 are one fold of depth 144 per 16 rows instead of 16 folds of depth 9?
TEST(Timing, joined_groups) {
    const FoldParts joined = share_groups({36, 1, 9, 16}, 1, 16, 16, Dataflow::output_stationary);
    EXPECT_EQ(joined.cycles, 3 * (144 + 30));
    EXPECT_EQ(joined.fill_drain, 3 * 30);
    const RandomSource source{6, 0};
    for (uint64_t i = 0; i < 500; ++i) {
        const RandomWords w = source.draw(Purpose::test, 0, i);
        const MatrixProduct p{1 + w.word[0] % 60, 1 + w.word[0] / 64 % 4, 1 + w.word[1] % 20, 1 + w.word[1] / 32 % 40};
        const int64_t rows = 1 + w.word[2] % 20, columns = 1 + w.word[2] / 32 % 20, arrays = 1 + w.word[3] / 4 % 5;
        const Dataflow d = kFlows[w.word[3] % 3];
        const FoldParts groups = share_groups(p, arrays, rows, columns, d);
        EXPECT_LE(groups.cycles, share_folds(p, arrays, rows, columns, d).cycles);
        EXPECT_EQ(groups.cycles, groups.streaming + groups.fill_drain);
        EXPECT_GE(groups.streaming * arrays * rows * columns, p.m * p.n * p.k * p.repeats);
    }
}

// Networks of shapes alone, for timing.
class Builder {
 public:
    TensorId tensor(Shape shape, bool constant = false) {
        network.tensors.push_back({"", std::move(shape), {}, constant, {}});
        return static_cast<TensorId>(network.tensors.size() - 1);
    }
    TensorId input(Shape shape) {
        network.inputs.push_back(tensor(std::move(shape)));
        return network.inputs.back();
    }
    TensorId add(IntegerOp op, std::vector<TensorId> inputs, Shape out) {
        IntegerNode node;
        node.op = op;
        node.inputs = std::move(inputs);
        node.output = tensor(std::move(out));
        network.nodes.push_back(node);
        return node.output;
    }
    TensorId conv(TensorId x, int32_t kernel, int64_t kernels, int32_t groups = 1, int32_t stride = 1) {
        const Shape in = network.tensors[x].shape;
        const TensorId w = tensor({groups, kernel, kernel, in[3] / groups, kernels / groups}, true);
        const int64_t h = (in[1] - kernel) / stride + 1, wide = (in[2] - kernel) / stride + 1;
        const TensorId y = add(IntegerOp::conv, {x, w}, {in[0], h, wide, kernels});
        IntegerNode& node = network.nodes.back();
        node.groups = groups;
        for (int d = 0; d < 2; ++d) {
            node.window.kernel[d] = kernel;
            node.window.stride[d] = stride;
        }
        return y;
    }
    IntegerNetwork network;
};

ChipShape small_shape() {
    ChipShape shape;
    shape.rows = 8;
    shape.columns = 8;
    shape.vector_lanes = 8;
    return shape;
}

// are the products of grouped convolutions and batched matrix products what an array sees?
TEST(Timing, products) {
    Builder b;
    const TensorId x = b.input({2, 10, 12, 8});
    const TensorId y = b.conv(x, 3, 16, 4);
    EXPECT_EQ(b.network.tensors[y].shape, (Shape{2, 8, 10, 16}));
    const auto conv = products_of(b.network, b.network.nodes[0]);
    ASSERT_EQ(conv.size(), 1U);
    EXPECT_EQ(conv[0].m, 2 * 8 * 10);
    EXPECT_EQ(conv[0].n, 4);
    EXPECT_EQ(conv[0].k, 9 * 2);
    EXPECT_EQ(conv[0].repeats, 4);
    const TensorId a = b.input({3, 5, 7, 11});
    const TensorId each = b.input({3, 5, 11, 13});
    const TensorId all = b.tensor({11, 13}, true);
    b.add(IntegerOp::matmul, {a, each}, {3, 5, 7, 13});
    b.add(IntegerOp::matmul, {a, all}, {3, 5, 7, 13});
    const auto batched = products_of(b.network, b.network.nodes[1]);
    EXPECT_EQ(batched[0].m, 7);
    EXPECT_EQ(batched[0].repeats, 15);
    const auto flat = products_of(b.network, b.network.nodes[2]);
    EXPECT_EQ(flat[0].m, 105);
    EXPECT_EQ(flat[0].repeats, 1);
    EXPECT_TRUE(products_of(b.network, IntegerNode{}).empty());
}

// does a network of one product take what the closed form says, and all its bytes when DRAM is slow?
TEST(Timing, one_product) {
    Builder b;
    const TensorId y = b.conv(b.input({1, 10, 10, 8}), 3, 16);
    b.network.outputs = {y};
    ChipShape shape = small_shape();
    FoldOptions options;
    options.off_by_one = false;
    const double closed = static_cast<double>(fold_cycles({64, 16, 72, 1}, 8, 8, shape.dataflow, options));
    const NetworkTiming fast = time_folds(b.network, shape);
    EXPECT_EQ(fast.cycles, closed);
    EXPECT_EQ(fast.nodes[0].useful, 64.0 * 16 * 72 / 64);
    EXPECT_EQ(fast.nodes[0].bandwidth, 0);
    EXPECT_EQ(fast.dram_bytes, 800U + 1152U + 1024U);
    shape.dram_bytes_per_second = 1e8;  // a tenth of a byte per cycle
    const NetworkTiming slow = time_folds(b.network, shape);
    EXPECT_EQ(slow.cycles, 29'760);
    EXPECT_EQ(slow.nodes[0].bandwidth, 29'760 - closed);
    EXPECT_EQ(time_roofline(b.network, shape).cycles, 29'760);
    EXPECT_NEAR(slow.seconds, 29.76e-6, 1e-12);
}

// are bytes counted once: a constant that two nodes use, and only the pixels under a strided kernel?
TEST(Timing, compulsory_bytes) {
    Builder b;
    const TensorId x = b.input({1, 9, 9, 4});
    b.conv(x, 1, 4, 1, 4);  // reads 3 x 3 pixels
    const TensorId w = b.network.nodes[0].inputs[1];
    const TensorId y = b.add(IntegerOp::matmul, {b.input({5, 16}), w}, {5, 4});
    b.network.outputs = {y};
    EXPECT_EQ(compulsory_bytes(b.network), (std::vector<int64_t>{3 * 3 * 4 + 16, 80 + 20}));
}

TensorId add_random(Builder& b, TensorId x, const RandomWords& w) {
    const Shape shape = b.network.tensors[x].shape;
    switch (w.word[0] % 5) {
        case 0:
            return b.conv(x, 1, 1 + w.word[1] % 50);
        case 1:
            return shape[1] < 3 || shape[2] < 3 ? x : b.conv(x, 3, 1 + w.word[1] % 50);
        case 2:
            return b.conv(x, 1, shape[3], static_cast<int32_t>(shape[3]));  // depthwise
        case 3:
            return b.add(IntegerOp::add, {x, x}, shape);
        default:
            return b.add(IntegerOp::softmax, {x}, shape);
    }
}

// roofline <= folds on any network and chip, and do the shares of every node sum to its cycles, to the bit?
TEST(Timing, bounds_and_shares) {
    const RandomSource source{11, 0};
    for (uint32_t round = 0; round < 300; ++round) {
        Builder b;
        RandomWords w = source.draw(Purpose::test, round, 0);
        TensorId x = b.input({1, 4 + w.word[0] % 20, 4 + w.word[1] % 20, 1 + w.word[2] % 30});
        for (uint64_t n = 1; n < 12; ++n) x = add_random(b, x, source.draw(Purpose::test, round, n));
        b.network.outputs = {x};
        w = source.draw(Purpose::test, round, 99);
        ChipShape shape;
        shape.arrays = 1 + w.word[0] % 9;
        shape.rows = 1 + w.word[0] / 16 % 40;
        shape.columns = 1 + w.word[1] % 40;
        shape.dataflow = kFlows[w.word[1] / 64 % 3];
        shape.vector_lanes = 1 + w.word[2] % 40;
        shape.clock_ghz = 0.7;
        const double bandwidths[] = {0, 1e8, 1e9, 3e10};
        shape.dram_bytes_per_second = bandwidths[w.word[3] % 4];
        const NetworkTiming roofline = time_roofline(b.network, shape);
        const NetworkTiming folds = time_folds(b.network, shape);
        ASSERT_LE(roofline.cycles, folds.cycles) << round;
        for (const NetworkTiming* timing : {&roofline, &folds}) {
            double sum = 0;
            for (const NodeTiming& node : timing->nodes) {
                ASSERT_EQ(sum_of_shares(node), node.cycles) << round << " node " << node.node;
                ASSERT_GE(std::min({node.useful, node.fold_waste, node.fill_drain, node.bandwidth, node.vector}), 0);
                sum += node.cycles;
            }
            ASSERT_EQ(sum, timing->cycles);
            ASSERT_LE(timing->utilisation, 1 + 1e-5);
        }
    }
}

}  // namespace
}  // namespace chipchain
