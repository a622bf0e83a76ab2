#include "chipchain/chip/compile_tiling.h"

#include <limits>

namespace chipchain {

namespace {

// of an instruction to be fetched and started, in cycles; assumption, only weighs tilings against each other
constexpr double kInstructionCycles = 16;
// what remains of the shorter of compute and transfer beside the longer; assumption
constexpr double kOverlapLoss = 0.05;
// bytes per cycle of the DRAM when the chip does not say; assumption
constexpr double kDefaultBytesPerCycle = 64;
// nodes whose tiles should fit the SRAM at the same time; assumption
constexpr int64_t kFramesAtOnce = 4;
// a seeded schedule may be so many times slower than the best
constexpr double kSeedSlack = 12;

double bytes_per_cycle(const ChipShape& shape, double bytes_per_second, uint32_t cores_used) {
    const bool known = bytes_per_second > 0 && shape.clock_ghz > 0;
    const double all = known ? bytes_per_second / (shape.clock_ghz * 1e9) : kDefaultBytesPerCycle;
    return all / std::max(cores_used, 1U);
}

// Bytes that a core moves, by the memory that they lie in; both work at the same time.
struct Moved {
    double dram = 0;
    double shared = 0;
    void add(bool in_shared, double bytes) { (in_shared ? shared : dram) += bytes; }
    void add_b(const MatrixView& view, const MatrixShare& share, double bytes) {
        if (!view.b_buffered) return add(view.b_shared, bytes);
        shared += bytes;
        dram += bytes / static_cast<double>(share.sharers);
    }
};

double transfer_cycles(const ChipShape& shape, const Moved& moved, uint32_t cores_used) {
    const double dram = moved.dram / bytes_per_cycle(shape, shape.dram_bytes_per_second, cores_used);
    if (moved.shared == 0) return dram;
    return std::max(dram, moved.shared / bytes_per_cycle(shape, shape.shared_bytes_per_second, cores_used));
}

// `count`, then halves of it down to 1, from the array's size on as multiples of it.
std::vector<int64_t> halves(int64_t count, int64_t multiple) {
    std::vector<int64_t> sizes;
    for (int64_t size = count; size >= 1; size = divide_up(size, 2)) {
        const int64_t whole = size > multiple ? std::min(count, round_up(size, multiple)) : size;
        if (sizes.empty() || whole < sizes.back()) sizes.push_back(whole);
        if (size > multiple && divide_up(size, 2) < multiple && multiple < sizes.back()) sizes.push_back(multiple);
        if (size == 1) break;
    }
    return sizes;
}

struct DepthCut {
    int64_t channels;
    int64_t kernel_h;
};

class TileFinder {
 public:
    TileFinder(const CompileContext& context, const MatrixView& view, const MatrixShare& share, uint32_t cores_used)
        : context_(context),
          shape_(context.shape),
          view_(view),
          share_(share),
          cores_used_(cores_used),
          alignment_(buffer_alignment(context.shape)),
          lines_(std::min(share.lines.count(), view.out_h)) {}

    TileSearch find() {
        search(std::numeric_limits<double>::max());
        if (result_.found && context_.options.schedule_seed != 0) {
            seeded_ = true;
            const double best = best_;
            best_ = std::numeric_limits<double>::max();
            search(best * kSeedSlack + 1000);
        }
        if (!result_.found) result_.least_bytes = least_bytes();
        return result_;
    }

 private:
    const CompileContext& context_;
    const ChipShape& shape_;
    const MatrixView& view_;
    const MatrixShare& share_;
    uint32_t cores_used_;
    int64_t alignment_;
    int64_t lines_;  // most lines of a tile
    TileSearch result_;
    double best_ = std::numeric_limits<double>::max();
    bool seeded_ = false;
    double limit_ = 0;

    [[nodiscard]] int64_t block_columns(int64_t joined) const {
        return joined > 1 ? joined * view_.group_n : share_.columns.count();
    }

    std::vector<int64_t> joined_candidates() const {
        const int64_t groups = share_.groups.count();
        std::vector<int64_t> list{1};
        if (groups == 1) return list;
        const int64_t most = std::min(groups, std::max<int64_t>(1, 2 * shape_.columns / view_.group_n));
        for (int64_t j = 2; j <= most; j *= 2) list.push_back(j);
        const int64_t exact = shape_.columns / view_.group_n;
        const int64_t deep = shape_.rows / view_.depth();
        for (int64_t j : {exact, deep, most}) {
            if (j > 1 && j <= most) list.push_back(j);
        }
        return list;
    }

    void search(double limit) {
        limit_ = limit;
        for (int64_t joined : joined_candidates()) {
            const int64_t columns = block_columns(joined);
            const auto column_list = joined > 1 ? std::vector<int64_t>{columns} : halves(columns, shape_.columns);
            const auto channel_list =
                joined > 1 ? std::vector<int64_t>{view_.group_c} : halves(view_.group_c, shape_.rows);
            for (int64_t c : column_list) {
                for (int64_t channels : channel_list) {
                    for (int64_t kernel_h : {int64_t{view_.window.kernel[0]}, int64_t{1}}) {
                        if (joined > 1 && kernel_h != view_.window.kernel[0]) continue;
                        widths(joined, c, {channels, kernel_h});
                        if (view_.window.kernel[0] == 1) break;
                    }
                }
            }
        }
    }

    // The widest lines of which one fits, and as many lines as fit.
    void widths(int64_t joined, int64_t columns, DepthCut cut) {
        for (int64_t out_w = view_.out_w;; out_w = divide_up(out_w, 2)) {
            MatrixTiles tiles;
            tiles.joined = joined;
            tiles.columns = columns;
            tiles.channels = cut.channels;
            tiles.kernel_h = cut.kernel_h;
            tiles.out_w = out_w;
            const int64_t most = most_lines(tiles);
            if (most > 0) {
                heights(tiles, most);
                return;
            }
            if (out_w == 1) return;
        }
    }

    void heights(MatrixTiles tiles, int64_t most) {
        for (int64_t part_of : {1, 2, 3, 4, 8}) {
            const int64_t wanted = divide_up(most, part_of);
            // equal tiles, so that the last is not a sliver, or whole folds of the array
            const int64_t equal = divide_up(lines_, divide_up(lines_, wanted));
            const int64_t folds = wanted * tiles.out_w / shape_.rows * shape_.rows / tiles.out_w;
            for (int64_t out_h : {equal, folds}) {
                tiles.out_h = out_h;
                if (out_h == 0 || (out_h == folds && folds == equal && part_of > 1) || !fit(tiles)) continue;
                for (bool outer : {true, false}) {
                    tiles.columns_outer = outer;
                    judge(tiles);
                }
            }
            if (wanted == 1) return;
        }
    }

    // The most lines for which the tile fits, 0 when one does not. Sizes grow with lines, so halving finds it.
    int64_t most_lines(MatrixTiles tiles) const {
        tiles.out_h = lines_;
        if (fit(tiles)) return lines_;
        int64_t low = 0;
        int64_t high = lines_;
        while (high - low > 1) {
            tiles.out_h = low + (high - low) / 2;
            (fit(tiles) ? low : high) = tiles.out_h;
        }
        return low;
    }

    [[nodiscard]] int64_t depth_tiles(const MatrixTiles& t) const {
        return divide_up(view_.group_c, t.channels) * divide_up(view_.window.kernel[0], t.kernel_h);
    }
    [[nodiscard]] int64_t column_tiles(const MatrixTiles& t) const {
        return divide_up(block_columns(t.joined), t.columns);
    }
    [[nodiscard]] int64_t blocks(const MatrixTiles& t) const { return divide_up(share_.groups.count(), t.joined); }
    [[nodiscard]] int64_t line_tiles(const MatrixTiles& t) const {
        const int64_t images = divide_up(share_.lines.count(), view_.out_h);
        return images * divide_up(lines_, t.out_h) * divide_up(view_.out_w, t.out_w);
    }

    // Sets buffers and accumulators; returns whether they fit.
    bool fit(MatrixTiles& t) const {
        const Window& w = view_.window;
        const int64_t a_cells =
            tile_axis(w, 0, t.out_h, t.kernel_h).cells * tile_axis(w, 1, t.out_w, w.kernel[1]).cells;
        const int64_t deep = t.joined * t.channels;
        t.a_bytes = round_up(a_cells * deep, alignment_);
        t.b_bytes = round_up(t.kernel_h * w.kernel[1] * deep * t.columns, alignment_);
        t.out_bytes = round_up(t.out_h * t.out_w * t.columns, alignment_);
        if (view_.a_kept != nullptr) t.a_bytes = 0;
        if (view_.b_kept != nullptr) t.b_bytes = 0;
        if (view_.out_kept != nullptr) t.out_bytes = 0;
        const int64_t a_tiles = line_tiles(t) * depth_tiles(t) * blocks(t);
        const int64_t b_tiles =
            column_tiles(t) * depth_tiles(t) * blocks(t) * (view_.b_image_stride == 0 ? 1 : view_.images);
        const int64_t out_tiles = line_tiles(t) * column_tiles(t) * blocks(t);
        const bool seeded = context_.options.schedule_seed != 0;
        const int64_t buffers = context_.options.double_buffer ? 2 : 1;
        const auto picked = [&](Choice choice, uint64_t count) {
            return 1 + static_cast<int64_t>(context_.pick(view_.node, choice, count));
        };
        const int64_t most = seeded ? picked(Choice::copies, 3) : buffers;
        t.a_copies = std::min(most, a_tiles);
        t.b_copies = std::min(most, b_tiles);
        // all tiles of constants at once, where they leave room for those of other nodes: loads run ahead of products
        t.all_of_b = !seeded && context_.options.double_buffer && view_.b_kept == nullptr &&
                     b_tiles * t.b_bytes <= view_.room / kFramesAtOnce;
        if (t.all_of_b) t.b_copies = b_tiles;
        t.out_copies = std::min(most, out_tiles);
        t.slots = std::min<int64_t>(seeded ? picked(Choice::accumulators, 4) : buffers, shape_.accumulator_rows);
        if (t.slots == 0) return false;
        t.slot_rows = shape_.accumulator_rows / t.slots;
        const int64_t result_rows = t.out_h * t.out_w * divide_up(t.columns, shape_.columns);
        if (depth_tiles(t) > 1 && result_rows > t.slot_rows) return false;
        return t.frame_bytes() <= view_.room;
    }

    // Cycles of m x n x k on the array, and mma and preload instructions.
    void product(const MatrixTiles& t, double& cycles, double& instructions) const {
        const int64_t m = t.out_h * t.out_w;
        const int64_t k = t.kernel_h * view_.window.kernel[1] * t.joined * t.channels;
        const int64_t rows = shape_.rows;
        const int64_t columns = shape_.columns;
        const int64_t n_folds = divide_up(t.columns, columns);
        const int64_t k_folds = divide_up(k, rows);
        const auto fill = static_cast<double>(rows + columns - 2);
        const auto m_parts = static_cast<double>(divide_up(m, t.slot_rows));
        switch (shape_.dataflow) {
            case Dataflow::output_stationary:
                cycles = static_cast<double>(divide_up(m, rows) * n_folds) * (static_cast<double>(k) + fill);
                instructions = m_parts * static_cast<double>(n_folds);
                return;
            case Dataflow::weight_stationary: {
                const double preloads = m_parts * static_cast<double>(n_folds * k_folds);
                cycles = preloads * (fill + static_cast<double>(rows)) + static_cast<double>(m * n_folds * k_folds);
                instructions = 2 * preloads;
                return;
            }
            case Dataflow::input_stationary: {
                const int64_t m_fold = std::min({m, columns, t.slot_rows});
                const int64_t n_parts = divide_up(n_folds, std::max<int64_t>(1, t.slot_rows / m_fold));
                const auto preloads = static_cast<double>(divide_up(m, m_fold) * k_folds * n_parts);
                cycles = preloads * (fill + static_cast<double>(rows)) +
                         static_cast<double>(divide_up(m, m_fold) * k_folds * t.columns);
                instructions = preloads + static_cast<double>(divide_up(m, m_fold) * k_folds * n_folds);
                return;
            }
        }
    }

    void estimate(MatrixTiles& t) const {
        const auto line_count = static_cast<double>(line_tiles(t));
        const auto column_count = static_cast<double>(column_tiles(t));
        const auto depth_count = static_cast<double>(depth_tiles(t));
        const auto block_count = static_cast<double>(blocks(t));
        double cycles = 0;
        double instructions = 0;
        product(t, cycles, instructions);
        const double tiles = line_count * column_count * block_count;
        const double compute = cycles * tiles * depth_count;
        const double a_all = static_cast<double>(t.a_bytes) * line_count * depth_count;
        const double b_all = static_cast<double>(t.b_bytes) * column_count * depth_count *
                             (view_.b_image_stride == 0 ? 1.0 : static_cast<double>(view_.images));
        const bool cut = depth_count > 1;
        const bool one_a = line_count == 1 && !cut;
        const bool one_b = (column_count == 1 && !cut) || t.all_of_b;
        const double a_times = !one_a && (cut || t.columns_outer) ? column_count : 1;
        const double per_image =
            view_.b_image_stride == 0 ? line_count : line_count / static_cast<double>(view_.images);
        const double b_times = !one_b && (cut || !t.columns_outer) ? std::max(1.0, per_image) : 1;
        // what is kept in SRAM has buffers of no bytes
        Moved moved;
        moved.add(view_.a_shared, a_all * a_times * block_count);
        moved.add_b(view_, share_, b_all * b_times * block_count);
        moved.add(view_.out_shared, static_cast<double>(t.out_bytes) * tiles);
        const double transfer = transfer_cycles(shape_, moved, cores_used_);
        Moved last;
        last.add(view_.out_shared, static_cast<double>(t.out_bytes));
        // the first tile is loaded before anything is computed, the last stored after
        const double stages = tiles * depth_count;
        // loads and stores of a tile, products, one requantisation per product without a cut sum
        t.instructions = tiles * (1 + depth_count * (2 + instructions) + instructions);
        t.cycles = std::max(compute, transfer) + (kOverlapLoss + 1 / stages) * std::min(compute, transfer) +
                   transfer_cycles(shape_, last, cores_used_) + kInstructionCycles * t.instructions;
    }

    void judge(MatrixTiles t) {
        estimate(t);
        if (t.cycles > limit_) return;
        double value = t.cycles;
        if (seeded_) {
            // any tiling within the limit, drawn by its own fields
            const auto key = static_cast<uint64_t>(
                ((t.out_h * 131 + t.out_w) * 137 + t.columns) * 139 + t.channels * 11 + t.kernel_h * 5 + t.joined * 3 +
                (t.columns_outer ? 1 : 0));
            value = static_cast<double>(
                (context_.pick(view_.node, Choice::tiling, 1U << 20) ^ key * 0x9e3779b97f4a7c15U) >> 20);
        }
        if (result_.found && value >= best_) return;
        best_ = value;
        result_.found = true;
        result_.tiles = t;
    }

    [[nodiscard]] int64_t least_bytes() const {
        MatrixTiles t;
        fit(t);
        return t.a_bytes * t.a_copies + t.b_bytes * t.b_copies + t.out_bytes * t.out_copies;
    }
};

}  // namespace

std::vector<ChannelTile> channel_tiles(const MatrixView& view, const MatrixTiles& tiles, const MatrixShare& share) {
    std::vector<ChannelTile> list;
    for (int64_t g = share.groups.begin; g < share.groups.end; g += tiles.joined) {
        const Span64 groups{g, std::min(share.groups.end, g + tiles.joined)};
        const Span64 columns = tiles.joined > 1 ? Span64{0, groups.count() * view.group_n} : share.columns;
        for (int64_t n = columns.begin; n < columns.end; n += tiles.columns) {
            list.push_back({groups, {n, std::min(columns.end, n + tiles.columns)}});
        }
    }
    return list;
}

std::vector<DepthTile> depth_tiles(const MatrixView& view, const MatrixTiles& tiles) {
    std::vector<DepthTile> list;
    const int64_t kernel = view.window.kernel[0];
    for (int64_t kh = 0; kh < kernel; kh += tiles.kernel_h) {
        for (int64_t c = 0; c < view.group_c; c += tiles.channels) {
            list.push_back(
                {{kh, std::min(kernel, kh + tiles.kernel_h)}, {c, std::min(view.group_c, c + tiles.channels)}});
        }
    }
    return list;
}

std::vector<Level> dense(std::vector<Level> levels, bool source) {
    int64_t stride = 1;
    for (size_t d = levels.size(); d-- > 0;) {
        (source ? levels[d].source : levels[d].target) = stride;
        stride *= levels[d].count;
    }
    return levels;
}

TileOfB tile_of_b(const MatrixView& view, const ChannelTile& ch, const DepthTile& d) {
    const int64_t gc = view.group_c;
    const int64_t gn = view.group_n;
    const int64_t n = ch.n.count();
    const int64_t group = ch.groups.begin * view.cells() * gc * gn;
    const int64_t joined = ch.groups.count();
    if (joined > 1) {
        return {
            group,
            {{view.cells(), gc * gn, joined * gc * n},
             {joined, view.cells() * gc * gn, gc * n + gn},
             {gc, gn, n},
             {gn, 1, 1}}};
    }
    const int64_t wide = view.window.kernel[1];
    return {
        group + (d.kernel_h.begin * wide * gc + d.c.begin) * gn + ch.n.begin,
        {{d.kernel_h.count() * wide, gc * gn, d.c.count() * n}, {d.c.count(), gn, n}, {n, 1, 1}}};
}

TileAxis tile_axis(const Window& window, size_t axis, int64_t outputs, int64_t taps) {
    const int64_t stride = window.stride[axis];
    if (taps == 1) return {stride, 1, outputs};
    return {1, stride, (outputs - 1) * stride + (taps - 1) * window.dilation[axis] + 1};
}

int64_t buffer_alignment(const ChipShape& shape) { return shape.sram_bytes >= (uint64_t{32} << 10) ? 64 : 1; }

double
least_cycles(const CompileContext& context, const MatrixView& view, const MatrixShare& share, uint32_t cores_used) {
    const ChipShape& shape = context.shape;
    const auto cells = static_cast<double>(share.lines.count() * view.out_w);
    const auto columns = static_cast<double>(share.columns.count() * share.groups.count());
    const auto multipliers = static_cast<double>(shape.rows) * shape.columns;
    const double compute = cells * columns * static_cast<double>(view.depth()) / multipliers;
    Moved moved;
    if (view.b_kept == nullptr) moved.add_b(view, share, columns * static_cast<double>(view.depth()));
    if (view.out_kept == nullptr) moved.add(view.out_shared, cells * columns);
    return std::max(compute, transfer_cycles(shape, moved, cores_used));
}

TileSearch
tile_matrix(const CompileContext& context, const MatrixView& view, const MatrixShare& share, uint32_t cores_used) {
    return TileFinder(context, view, share, cores_used).find();
}

}  // namespace chipchain
