// Instructions of a matrix product on one core: tiles of A and B into SRAM, products into accumulators, requantisation,
// the tile's bytes to DRAM. The order of adding is that of a machine that does one thing at a time; buffers that take
// turns let the queues overlap.
#include "chipchain/base/check.h"
#include "chipchain/chip/compile_emit.h"

namespace chipchain {

namespace {

// Output cells of a tile.
struct Cells {
    int64_t image = 0;
    Span64 h;
    Span64 w;
    [[nodiscard]] int64_t count() const { return h.count() * w.count(); }
};
using Channels = ChannelTile;
using Depth = DepthTile;

// Part of a tile whose sums lie in accumulators at the same time: rows of the tile, columns of the tile.
struct Result {
    Span64 rows;
    Span64 columns;
    uint32_t accumulator = 0;
};

// Cells of a tile along one axis of the input: which of them lie inside the tensor.
struct Inside {
    int64_t first = 0;  // input place of the tile's cell 0
    int64_t step = 1;
    int64_t cells = 1;
    Span64 valid;  // cells
};

Inside inside(const Window& window, size_t axis, Span64 outputs, Span64 taps, int64_t size) {
    const TileAxis tile = tile_axis(window, axis, outputs.count(), taps.count());
    Inside r;
    r.first = outputs.begin * window.stride[axis] - window.pad_begin[axis] + taps.begin * window.dilation[axis];
    r.step = tile.step;
    r.cells = tile.cells;
    r.valid.begin = r.first < 0 ? divide_up(-r.first, r.step) : 0;
    r.valid.end = r.first >= size ? 0 : std::min(r.cells, (size - 1 - r.first) / r.step + 1);
    return r;
}

class MatrixEmitter {
 public:
    MatrixEmitter(
        Emitter& emitter,
        const MatrixPlan& plan,
        const MatrixShare& share,
        uint32_t requants,
        const FusedLookup& lookup)
        : emitter_(emitter),
          plan_(plan),
          view_(plan.view),
          tiles_(plan.tiles),
          share_(share),
          node_(emitter.context().network.nodes[plan.view.node]),
          a_quant_(emitter.context().tensor(plan.view.a).quant),
          b_quant_(emitter.context().tensor(plan.view.b).quant),
          requants_(requants),
          lookup_(lookup) {
        uint32_t base = emitter.place_frame(share.core, tiles_.frame_bytes(), view_.room);
        const auto ring = [&base](int64_t bytes, int64_t copies) {
            const BufferRing r(base, bytes, copies);
            base += static_cast<uint32_t>(bytes * copies);
            return r;
        };
        b_buffers_ = ring(tiles_.b_bytes, tiles_.b_copies);
        a_buffers_ = ring(tiles_.a_bytes, tiles_.a_copies);
        out_buffers_ = ring(tiles_.out_bytes, tiles_.out_copies);
    }

    void run() {
        list_tiles();
        if (tiles_.columns_outer) {
            for (const Channels& channels : channels_) {
                for (const Cells& cells : cells_) tile(cells, channels);
            }
        } else {
            for (const Cells& cells : cells_) {
                for (const Channels& channels : channels_) tile(cells, channels);
            }
        }
    }

 private:
    Emitter& emitter_;
    const MatrixPlan& plan_;
    const MatrixView& view_;
    const MatrixTiles& tiles_;
    const MatrixShare& share_;
    const IntegerNode& node_;
    const QuantisedType& a_quant_;
    const QuantisedType& b_quant_;
    uint32_t requants_;
    FusedLookup lookup_;
    BufferRing a_buffers_;
    BufferRing b_buffers_;
    BufferRing out_buffers_;
    std::vector<Cells> cells_;
    std::vector<Channels> channels_;
    std::vector<Depth> depths_;
    int64_t next_slot_ = 0;

    [[nodiscard]] int64_t deep(const Channels& ch, const Depth& d) const { return ch.groups.count() * d.c.count(); }
    [[nodiscard]] int64_t taps(const Depth& d) const { return d.kernel_h.count() * view_.window.kernel[1]; }
    [[nodiscard]] int64_t depth_of(const Channels& ch, const Depth& d) const { return taps(d) * deep(ch, d); }

    void list_tiles() {
        for (int64_t line = share_.lines.begin; line < share_.lines.end;) {
            const int64_t image = line / view_.out_h;
            const int64_t end = std::min({share_.lines.end, (image + 1) * view_.out_h, line + tiles_.out_h});
            const Span64 h{line - image * view_.out_h, end - image * view_.out_h};
            for (int64_t w = 0; w < view_.out_w; w += tiles_.out_w) {
                cells_.push_back({image, h, {w, std::min(view_.out_w, w + tiles_.out_w)}});
            }
            line = end;
        }
        channels_ = channel_tiles(view_, tiles_, share_);
        depths_ = depth_tiles(view_, tiles_);
        const uint64_t order = emitter_.context().pick(view_.node, Choice::tile_order, 8);
        if ((order & 1) != 0 && view_.b_image_stride == 0) std::reverse(cells_.begin(), cells_.end());
        if ((order & 2) != 0) std::reverse(channels_.begin(), channels_.end());
        if ((order & 4) != 0) std::reverse(depths_.begin(), depths_.end());
    }

    void tile(const Cells& cells, const Channels& ch) {
        bool hit = false;
        const uint32_t out = view_.out_kept != nullptr ? 0 : out_buffers_.take(0, hit);
        if (depths_.size() == 1) {
            const uint32_t b = b_tile(cells, ch, depths_[0]);
            const uint32_t a = a_tile(cells, ch, depths_[0]);
            for (const Result& result : results(cells, ch)) {
                multiply(cells, ch, depths_[0], result, a, b, true);
                requantise(cells, ch, result, out);
            }
        } else {
            // the sum is cut: all of the tile stays in accumulators until its last part is added
            Result whole{{0, cells.count()}, {0, ch.n.count()}, slot()};
            for (size_t i = 0; i < depths_.size(); ++i) {
                const uint32_t b = b_tile(cells, ch, depths_[i]);
                const uint32_t a = a_tile(cells, ch, depths_[i]);
                multiply(cells, ch, depths_[i], whole, a, b, i == 0);
            }
            requantise(cells, ch, whole, out);
        }
        if (view_.out_kept != nullptr) return;
        const int64_t n = ch.n.count();
        const int64_t first = ch.groups.begin * view_.group_n + ch.n.begin;
        const int64_t at =
            ((cells.image * view_.out_h + cells.h.begin) * view_.out_w + cells.w.begin) * view_.out_c + first;
        emitter_.store(
            share_.core,
            view_.node,
            out,
            view_.out,
            at,
            {{cells.h.count(), cells.w.count() * n, view_.out_w * view_.out_c},
             {cells.w.count(), n, view_.out_c},
             {n, 1, 1}});
    }

    uint32_t slot() {
        const int64_t at = next_slot_;
        next_slot_ = (next_slot_ + 1) % tiles_.slots;
        return static_cast<uint32_t>(at * tiles_.slot_rows);
    }

    // Cuts a tile into parts that fit one slot of the accumulators.
    std::vector<Result> results(const Cells& cells, const Channels& ch) {
        const auto columns = static_cast<int64_t>(emitter_.shape().columns);
        const int64_t blocks = divide_up(ch.n.count(), columns);
        int64_t rows = std::min(cells.count(), tiles_.slot_rows);
        int64_t wide = 1;  // blocks of columns of a part
        if (emitter_.shape().dataflow == Dataflow::input_stationary) {
            rows = std::min(rows, columns);
            wide = std::min(blocks, tiles_.slot_rows / rows);
        } else if (rows < cells.count() && rows > emitter_.shape().rows) {
            rows -= rows % emitter_.shape().rows;  // whole folds
        }
        std::vector<Result> list;
        for (int64_t block = 0; block < blocks; block += wide) {
            const Span64 n{block * columns, std::min(ch.n.count(), (block + wide) * columns)};
            for (int64_t m = 0; m < cells.count(); m += rows) {
                list.push_back({{m, std::min(cells.count(), m + rows)}, n, slot()});
            }
        }
        return list;
    }

    OperandA operand_a(const Cells& cells, const Channels& ch, const Depth& d, uint32_t base) const {
        const Window& w = view_.window;
        TileAxis h_axis = tile_axis(w, 0, cells.h.count(), d.kernel_h.count());
        TileAxis w_axis = tile_axis(w, 1, cells.w.count(), w.kernel[1]);
        int64_t cell = deep(ch, d);
        int64_t line = w_axis.cells * cell;
        if (view_.a_kept != nullptr) {
            // the tensor itself: nothing is left out between windows
            h_axis.stride = w.stride[0];
            w_axis.stride = w.stride[1];
            cell = view_.in_c;
            line = line_bytes(view_.a_kept, view_.in_w * view_.in_c);
        }
        OperandA a;
        a.base = base;
        a.rows = {static_cast<uint32_t>(cells.h.count()), static_cast<uint32_t>(cells.w.count())};
        a.row_stride = {static_cast<int32_t>(h_axis.stride * line), static_cast<int32_t>(w_axis.stride * cell)};
        a.depth = {
            static_cast<uint32_t>(d.kernel_h.count()),
            static_cast<uint32_t>(w.kernel[1]),
            static_cast<uint32_t>(deep(ch, d))};
        a.depth_stride = {static_cast<int32_t>(w.dilation[0] * line), static_cast<int32_t>(w.dilation[1] * cell), 1};
        a.zero = static_cast<int16_t>(a_quant_.zero);
        a.is_signed = a_quant_.type == DataType::s8;
        return a;
    }

    static int64_t line_bytes(const Kept* kept, int64_t dense) { return kept->bordered ? kept->line_bytes() : dense; }
    // Address of a cell of a kept tensor that the view sees as [images][h][w][c].
    static uint32_t
    cell_at(const Kept* kept, int64_t image, int64_t h, int64_t w, int64_t in_h, int64_t in_w, int64_t c) {
        return static_cast<uint32_t>(
            kept->bordered ? kept->cell_address(image, h, w) : kept->base + ((image * in_h + h) * in_w + w) * c);
    }
    [[nodiscard]] int64_t b_stride(const Channels& ch) const {
        return view_.b_kept != nullptr ? view_.group_n : ch.n.count();
    }

    // One product of the array: rows and k of A, columns of the tile of B.
    Mma product(OperandA a, Span64 rows, Span64 k, uint32_t b, int64_t tile_columns, Span64 columns) const {
        Mma mma;
        a.row_first = static_cast<uint32_t>(rows.begin);
        a.row_count = static_cast<uint32_t>(rows.count());
        a.depth_first = static_cast<uint32_t>(k.begin);
        a.depth_count = static_cast<uint32_t>(k.count());
        mma.a = a;
        mma.b.base = b + static_cast<uint32_t>(k.begin * tile_columns + columns.begin);
        mma.b.depth = static_cast<uint32_t>(k.count());
        mma.b.columns = static_cast<uint32_t>(columns.count());
        mma.b.depth_stride = static_cast<int32_t>(tile_columns);
        mma.b.zero = static_cast<int16_t>(b_quant_.zero);
        mma.b.is_signed = b_quant_.type == DataType::s8;
        return mma;
    }

    void emit(const Mma& mma, bool reads_a, bool reads_b) {
        const Touch touches[] = {
            {Place::accumulators, true, mma.accumulator, uint64_t{mma.accumulator} + mma.a.row_count},
            reads_a ? a_touch(mma.a) : b_touch(mma.b),
            b_touch(mma.b)};
        emitter_.matrix(share_.core, view_.node, mma, std::span(touches).first(reads_a && reads_b ? 3 : 2));
    }

    static Touch b_touch(const OperandB& b) {
        return sram(false, b.base, (int64_t{b.depth} - 1) * b.depth_stride + b.columns);
    }

    // All of the operand's tile, whatever part of it takes part.
    static Touch a_touch(const OperandA& a) {
        int64_t bytes = 1;
        for (size_t i = 0; i < 2; ++i) bytes += (int64_t{a.rows[i]} - 1) * a.row_stride[i];
        for (size_t i = 0; i < 3; ++i) bytes += (int64_t{a.depth[i]} - 1) * a.depth_stride[i];
        return sram(false, a.base, bytes);
    }

    void preload(const Mma& mma, bool of_a) {
        const Touch touches[] = {of_a ? a_touch(mma.a) : b_touch(mma.b)};
        emitter_.matrix(share_.core, view_.node, Preload{mma.a, mma.b}, touches);
    }

    // Block j of a result's columns lies in accumulator rows j * rows onwards.
    void multiply(
        const Cells& cells,
        const Channels& ch,
        const Depth& d,
        const Result& result,
        uint32_t a_base,
        uint32_t b,
        bool first) {
        const OperandA a = operand_a(cells, ch, d, a_base);
        const ChipShape& shape = emitter_.shape();
        const int64_t depth = depth_of(ch, d);
        const int64_t n = b_stride(ch);
        const int64_t blocks = divide_up(result.columns.count(), shape.columns);
        const auto block_at = [&](int64_t block) {
            return result.accumulator + static_cast<uint32_t>(block * result.rows.count());
        };
        const auto k_folds = shape.dataflow == Dataflow::output_stationary ? 1 : divide_up(depth, shape.rows);
        const auto k_fold = [&](int64_t i) {
            return shape.dataflow == Dataflow::output_stationary ? Span64{0, depth} : piece({0, depth}, shape.rows, i);
        };
        if (shape.dataflow != Dataflow::input_stationary) {
            const bool stationary = shape.dataflow == Dataflow::weight_stationary;
            for (int64_t block = 0; block < blocks; ++block) {
                for (int64_t k = 0; k < k_folds; ++k) {
                    Mma mma = product(a, result.rows, k_fold(k), b, n, piece(result.columns, shape.columns, block));
                    mma.accumulator = block_at(block);
                    mma.accumulate = !first || k > 0;
                    if (stationary) preload(mma, false);
                    emit(mma, true, !stationary);
                }
            }
            return;
        }
        for (int64_t m = 0; m < divide_up(result.rows.count(), shape.columns); ++m) {
            const Span64 rows = piece(result.rows, shape.columns, m);
            for (int64_t k = 0; k < k_folds; ++k) {
                for (int64_t block = 0; block < blocks; ++block) {
                    Mma mma = product(a, rows, k_fold(k), b, n, piece(result.columns, shape.columns, block));
                    mma.accumulator = block_at(block) + static_cast<uint32_t>(rows.begin - result.rows.begin);
                    mma.accumulate = !first || k > 0;
                    if (block == 0) preload(mma, true);
                    emit(mma, false, true);
                }
            }
        }
    }

    // Where the result goes: the tile's buffer, or the kept tensor.
    void place(const Cells& cells, const Channels& ch, const Result& result, uint32_t out, Rq& rq) const {
        const int64_t n = ch.n.count();
        if (view_.out_kept == nullptr) {
            rq.target = out + static_cast<uint32_t>(result.rows.begin * n);
            rq.rows = {1, static_cast<uint32_t>(result.rows.count())};
            rq.row_stride = {0, static_cast<int32_t>(n)};
            return;
        }
        rq.target =
            cell_at(view_.out_kept, cells.image, cells.h.begin, cells.w.begin, view_.out_h, view_.out_w, view_.out_c) +
            static_cast<uint32_t>(ch.groups.begin * view_.group_n + ch.n.begin);
        rq.rows = {static_cast<uint32_t>(cells.h.count()), static_cast<uint32_t>(cells.w.count())};
        rq.row_stride = {
            static_cast<int32_t>(line_bytes(view_.out_kept, view_.out_w * view_.out_c)),
            static_cast<int32_t>(view_.out_c)};
        rq.row_first = static_cast<uint32_t>(result.rows.begin);
        rq.row_count = static_cast<uint32_t>(result.rows.count());
    }

    // Bytes from the first to the last that an rq writes.
    static Touch out_touch(const Rq& rq) {
        const auto first = int64_t{rq.row_first} / rq.rows[1];
        const int64_t count = rq.row_count == 0 ? int64_t{rq.rows[0]} * rq.rows[1] : rq.row_count;
        const int64_t last = (rq.row_first + count - 1) / rq.rows[1];
        return sram(
            true,
            static_cast<uint64_t>(rq.target + first * rq.row_stride[0]),
            (last - first) * rq.row_stride[0] + (int64_t{rq.rows[1]} - 1) * rq.row_stride[1] + rq.columns);
    }

    void requantise(const Cells& cells, const Channels& ch, const Result& result, uint32_t out) {
        const auto columns = static_cast<int64_t>(emitter_.shape().columns);
        const int64_t rows = result.rows.count();
        for (int64_t block = 0; block < divide_up(result.columns.count(), columns); ++block) {
            const Span64 part_n = piece(result.columns, columns, block);
            Rq rq;
            rq.accumulator = result.accumulator + static_cast<uint32_t>(block * rows);
            place(cells, ch, result, out, rq);
            rq.target += static_cast<uint32_t>(part_n.begin);
            rq.columns = static_cast<uint32_t>(part_n.count());
            rq.parameters =
                requants_ + static_cast<uint32_t>(ch.groups.begin * view_.group_n + ch.n.begin + part_n.begin);
            rq.operation = lookup_.operation;
            rq.lookup = lookup_.present;
            rq.clamp = node_.clamp;
            const Touch touches[] = {
                {Place::accumulators, false, rq.accumulator, uint64_t{rq.accumulator} + static_cast<uint64_t>(rows)},
                out_touch(rq)};
            emitter_.vector(share_.core, view_.node, rq, touches);
        }
    }

    // The buffer with A of these cells, loaded unless it is there; what lies outside the tensor holds its zero point.
    uint32_t a_tile(const Cells& cells, const Channels& ch, const Depth& d) {
        if (view_.a_kept != nullptr) {
            const Window& window = view_.window;
            const int64_t h =
                cells.h.begin * window.stride[0] - window.pad_begin[0] + d.kernel_h.begin * window.dilation[0];
            const int64_t w = cells.w.begin * window.stride[1] - window.pad_begin[1];
            return cell_at(view_.a_kept, cells.image, h, w, view_.in_h, view_.in_w, view_.in_c) +
                   static_cast<uint32_t>(ch.groups.begin * view_.group_c + d.c.begin);
        }
        const bool by_group = view_.groups > 1;
        const uint64_t key =
            1 +
            static_cast<uint64_t>(
                ((((cells.image * view_.out_h + cells.h.begin) * view_.out_w + cells.w.begin) * view_.window.kernel[0] +
                  d.kernel_h.begin) *
                     view_.group_c +
                 d.c.begin) *
                    (by_group ? view_.groups : 1) +
                (by_group ? ch.groups.begin : 0));
        bool hit = false;
        const uint32_t base = a_buffers_.take(key, hit);
        if (hit) return base;
        const Inside h = inside(view_.window, 0, cells.h, d.kernel_h, view_.in_h);
        const Inside w = inside(view_.window, 1, cells.w, {0, view_.window.kernel[1]}, view_.in_w);
        const int64_t cell = deep(ch, d);
        const int64_t line = w.cells * cell;
        const auto zero = static_cast<uint8_t>(a_quant_.zero);
        const auto pad = [&](int64_t at, const std::vector<Level>& levels) {
            emitter_.fill(share_.core, view_.node, base + static_cast<uint32_t>(at), levels, zero);
        };
        if (h.valid.count() <= 0 || w.valid.count() <= 0) {
            pad(0, {{h.cells * line, 1, 1}});
            return base;
        }
        if (h.valid.begin > 0) pad(0, {{h.valid.begin * line, 1, 1}});
        if (h.valid.end < h.cells) pad(h.valid.end * line, {{(h.cells - h.valid.end) * line, 1, 1}});
        const auto side = [&](Span64 across) {
            if (across.count() == 0) return;
            pad(h.valid.begin * line + across.begin * cell,
                {{h.valid.count(), line, line}, {across.count() * cell, 1, 1}});
        };
        side({0, w.valid.begin});
        side({w.valid.end, w.cells});
        const int64_t in_line = view_.in_w * view_.in_c;
        const int64_t at = (cells.image * view_.in_h + h.first + h.valid.begin * h.step) * in_line +
                           (w.first + w.valid.begin * w.step) * view_.in_c + ch.groups.begin * view_.group_c +
                           d.c.begin;
        emitter_.load(
            share_.core,
            view_.node,
            view_.a,
            at,
            base + static_cast<uint32_t>(h.valid.begin * line + w.valid.begin * cell),
            {{h.valid.count(), h.step * in_line, line}, {w.valid.count(), w.step * view_.in_c, cell}, {cell, 1, 1}});
        return base;
    }

    // The buffer with B of these channels; of joined groups the block diagonal, zero points beside it.
    uint32_t b_tile(const Cells& cells, const Channels& ch, const Depth& d) {
        const int64_t image = view_.b_image_stride == 0 ? 0 : cells.image;
        if (view_.b_kept != nullptr) {
            return static_cast<uint32_t>(
                view_.b_kept->base + image * view_.b_image_stride + d.c.begin * view_.group_n + ch.n.begin);
        }
        const uint64_t key =
            1 + static_cast<uint64_t>(
                    (((image * view_.groups + ch.groups.begin) * view_.group_n * tiles_.joined + ch.n.begin) *
                         view_.window.kernel[0] +
                     d.kernel_h.begin) *
                        view_.group_c +
                    d.c.begin);
        bool hit = false;
        const uint32_t base = b_buffers_.take(key, hit);
        if (hit) return base;
        if (ch.groups.count() > 1) {
            const int64_t bytes = depth_of(ch, d) * ch.n.count();
            const auto zero = static_cast<uint8_t>(b_quant_.zero);
            emitter_.fill(share_.core, view_.node, base, {{bytes, 1, 1}}, zero, emitter_.queue_of(view_.b));
        }
        const TileOfB tile_b = tile_of_b(view_, ch, d);
        if (plan_.packed.empty()) {
            const int64_t at = image * view_.b_image_stride + tile_b.offset;
            emitter_.load(share_.core, view_.node, view_.b, at, base, tile_b.levels);
        } else {
            const uint64_t address = plan_.packed.at(tile_key(ch, d));
            emitter_.load_constant(share_.core, view_.node, address, base, dense(tile_b.levels, true));
        }
        return base;
    }
};

// Requantisation of every output channel of a node, in order.
uint32_t add_requants(Program& program, const IntegerNode& node, int64_t channels) {
    const auto first = static_cast<uint32_t>(program.requants.size());
    for (size_t n = 0; n < static_cast<size_t>(channels); ++n) {
        program.requants.push_back(
            {node.bias.empty() ? 0 : node.bias[n], node.rescale.size() == 1 ? node.rescale[0] : node.rescale[n]});
    }
    return first;
}

}  // namespace

void emit_matrix(Emitter& emitter, const MatrixPlan& plan, const FusedLookup& lookup) {
    const IntegerNode& node = emitter.context().network.nodes[plan.view.node];
    const uint32_t requants = add_requants(emitter.program(), node, plan.view.out_c);
    for (const MatrixShare& share : plan.shares) MatrixEmitter(emitter, plan, share, requants, lookup).run();
}

}  // namespace chipchain
