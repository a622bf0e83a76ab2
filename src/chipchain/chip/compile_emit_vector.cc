// Instructions of nodes that the vector unit carries out: chunks of tensors through SRAM.
#include "chipchain/base/check.h"
#include "chipchain/chip/compile_emit.h"

namespace chipchain {

namespace {

// a chunk is not cut below this many bytes to overlap its transfers; assumption
constexpr int64_t kLeastChunk = 2048;
// a core gets no fewer bytes of a vector node than this; assumption
constexpr int64_t kLeastShare = 1024;
// channels of a pool that are worth a core of their own; assumption
constexpr int64_t kLeastPoolChannels = 16;

struct Chunking {
    int64_t units = 0;  // of a chunk; 0: not even one fits
    int64_t copies = 1;
};

// Operands of a vector node on one core: where they are kept, or buffers that take turns. Operand 0.. are read, the
// last is written.
class Operands {
 public:
    Operands(Emitter& emitter, uint32_t node, std::vector<TensorId> ids) : emitter_(emitter), node_(node) {
        for (TensorId id : ids) operands_.push_back({id, emitter.kept(id), {}});
    }

    // Bytes that the operands take in buffers for each byte of a chunk.
    [[nodiscard]] int64_t buffered() const {
        return std::count_if(operands_.begin(), operands_.end(), [](const Operand& o) { return o.kept == nullptr; });
    }
    // Bytes of a line if an operand is bordered, so that chunks must be lines; else 0.
    [[nodiscard]] int64_t line() const {
        for (const Operand& o : operands_) {
            if (o.kept != nullptr && o.kept->bordered) return o.kept->cells * o.kept->channels;
        }
        return 0;
    }
    // Makes the buffers: `bytes` each, but `fixed` bytes and one copy of operand 1 when it is read once (fixed > 0).
    void place(uint32_t core, int64_t bytes, int64_t copies, int64_t fixed = 0) {
        core_ = core;
        const int64_t alignment = buffer_alignment(emitter_.shape());
        const int64_t room = emitter_.room(node_);
        const auto size_of = [&](size_t i, bool align) {
            const int64_t size = i == 1 && fixed > 0 ? fixed : bytes;
            return operands_[i].kept != nullptr ? 0 : align ? round_up(size, alignment) : size;
        };
        const auto copies_of = [&](size_t i) { return i == 1 && fixed > 0 ? 1 : copies; };
        const auto total = [&](bool align) {
            int64_t sum = 0;
            for (size_t i = 0; i < operands_.size(); ++i) sum += size_of(i, align) * copies_of(i);
            return sum;
        };
        const bool align = total(true) <= room;
        uint32_t base = emitter_.place_frame(core, total(align), room);
        for (size_t i = 0; i < operands_.size(); ++i) {
            operands_[i].ring = BufferRing(base, size_of(i, align), copies_of(i));
            base += static_cast<uint32_t>(size_of(i, align) * copies_of(i));
        }
    }
    // Address of elements [at, at + bytes) of operand i, loaded if need be.
    uint32_t read(size_t i, int64_t at, int64_t bytes) {
        Operand& o = operands_[i];
        if (o.kept != nullptr) return static_cast<uint32_t>(o.kept->address(at));
        const uint32_t buffer = take(o);
        emitter_.load(core_, node_, o.id, at, buffer, {{bytes, 1, 1}});
        return buffer;
    }
    // Where elements from `at` on of the last operand are to be written.
    uint32_t target(int64_t at) {
        Operand& o = operands_.back();
        return o.kept != nullptr ? static_cast<uint32_t>(o.kept->address(at)) : take(o);
    }
    void written(uint32_t address, int64_t at, int64_t bytes) {
        const Operand& o = operands_.back();
        if (o.kept == nullptr) emitter_.store(core_, node_, address, o.id, at, {{bytes, 1, 1}});
    }

 private:
    struct Operand {
        TensorId id = kNoTensor;
        const Kept* kept = nullptr;
        BufferRing ring;
    };
    Emitter& emitter_;
    uint32_t node_;
    uint32_t core_ = 0;
    std::vector<Operand> operands_;

    static uint32_t take(Operand& o) {
        bool hit = false;
        return o.ring.take(0, hit);
    }
};

// Units of `unit_bytes` per chunk (all buffers together) beside `fixed` bytes, for a range of `count` units. `line`: a
// chunk must be so many units; 0: any number.
Chunking
chunking(const Emitter& emitter, uint32_t node, int64_t count, int64_t unit_bytes, int64_t fixed, int64_t line) {
    const CompileContext& context = emitter.context();
    Chunking c;
    const int64_t room = emitter.room(node) - fixed;
    const auto fitting = [&](int64_t copies) -> int64_t {
        if (room < 0) return 0;
        const int64_t units = unit_bytes == 0 ? count : std::min(count, room / (unit_bytes * copies));
        return line == 0 ? units : units >= line ? line : 0;
    };
    c.copies = context.options.double_buffer && context.pick(node, Choice::copies, 3) != 1 ? 2 : 1;
    c.units = fitting(c.copies);
    if (c.units == 0) {
        c.copies = 1;
        c.units = fitting(1);
    }
    if (c.units == 0 || line > 0) return c;
    // several chunks overlap, one cannot
    const int64_t least = std::max<int64_t>(1, kLeastChunk / std::max<int64_t>(1, unit_bytes));
    if (c.copies > 1) c.units = std::min(c.units, std::max(least, divide_up(count, 4)));
    if (context.options.schedule_seed != 0) {
        const int64_t lowest = std::min(c.units, divide_up(count, 64));
        c.units = lowest +
                  static_cast<int64_t>(context.pick(node, Choice::rows, static_cast<uint64_t>(c.units - lowest + 1)));
    }
    c.units = divide_up(count, divide_up(count, c.units));
    if (c.units == count) c.copies = 1;
    return c;
}

template <class Emit>
void for_chunks(Span64 range, int64_t size, bool backwards, Emit emit) {
    const int64_t count = divide_up(range.count(), size);
    for (int64_t i = 0; i < count; ++i) emit(piece(range, size, backwards ? count - 1 - i : i));
}

bool backwards(const Emitter& emitter, uint32_t node) {
    return emitter.context().pick(node, Choice::tile_order, 2) == 1;
}

void emit_ew(Emitter& emitter, uint32_t core, uint32_t node, const Ew& ew) {
    const Touch touches[] = {
        sram(false, ew.source, ew.elements),
        sram(false, ew.source2, ew.repeat == 0 ? ew.elements : ew.repeat),
        sram(true, ew.target, ew.elements)};
    emitter.vector(core, node, ew, touches);
}

// b as long as a, or so long that it cannot stay in SRAM: both are cut, chunks end where b ends.
std::vector<TooSmall> elementwise_flat(Emitter& emitter, uint32_t index, uint32_t operation) {
    const IntegerNode& node = emitter.context().network.nodes[index];
    const auto count = static_cast<int64_t>(emitter.tensor_bytes(node.output));
    const auto repeat = static_cast<int64_t>(emitter.tensor_bytes(node.inputs[1]));
    for (const CorePart& p : divide_among_cores(emitter.context(), index, count, kLeastShare)) {
        Operands operands(emitter, index, {node.inputs[0], node.inputs[1], node.output});
        const Chunking c =
            chunking(emitter, index, std::min(p.range.count(), repeat), operands.buffered(), 0, operands.line());
        if (c.units == 0) return {{index, 3}};
        operands.place(p.core, c.units, c.copies);
        for (int64_t at = p.range.begin; at < p.range.end;) {
            const int64_t end = std::min({p.range.end, at + c.units, (at / repeat + 1) * repeat});
            const int64_t n = end - at;
            const uint32_t a = operands.read(0, at, n);
            const uint32_t b = operands.read(1, at % repeat, n);
            const uint32_t y = operands.target(at);
            emit_ew(emitter, p.core, index, {operation, a, b, y, static_cast<uint32_t>(n), 0});
            operands.written(y, at, n);
            at = end;
        }
    }
    return {};
}

// b stays in SRAM and is repeated over whole rows of a.
std::vector<TooSmall> elementwise_rows(Emitter& emitter, uint32_t index, uint32_t operation) {
    const IntegerNode& node = emitter.context().network.nodes[index];
    const auto count = static_cast<int64_t>(emitter.tensor_bytes(node.output));
    const auto repeat = static_cast<int64_t>(emitter.tensor_bytes(node.inputs[1]));
    const int64_t least = divide_up(kLeastShare, repeat);
    for (const CorePart& p : divide_among_cores(emitter.context(), index, count / repeat, least)) {
        Operands operands(emitter, index, {node.inputs[0], node.inputs[1], node.output});
        const int64_t fixed = round_up(repeat, buffer_alignment(emitter.shape()));
        const Chunking c = chunking(emitter, index, p.range.count(), 2 * repeat, fixed, 0);
        if (c.units == 0) return {{index, 3 * repeat}};
        operands.place(p.core, c.units * repeat, c.copies, repeat);
        const uint32_t b = operands.read(1, 0, repeat);
        for_chunks(p.range, c.units, backwards(emitter, index), [&](Span64 chunk) {
            const int64_t at = chunk.begin * repeat;
            const int64_t n = chunk.count() * repeat;
            const uint32_t a = operands.read(0, at, n);
            const uint32_t y = operands.target(at);
            emit_ew(
                emitter,
                p.core,
                index,
                {operation, a, b, y, static_cast<uint32_t>(n), static_cast<uint32_t>(repeat)});
            operands.written(y, at, n);
        });
    }
    return {};
}

// Nodes of one operand whose rows of `length` bytes are independent.
template <class Body>
std::vector<TooSmall> unary(Emitter& emitter, uint32_t index, int64_t length, Body body) {
    const IntegerNode& node = emitter.context().network.nodes[index];
    const auto count = static_cast<int64_t>(emitter.tensor_bytes(node.output)) / length;
    const int64_t least = divide_up(kLeastShare, length);
    for (const CorePart& p : divide_among_cores(emitter.context(), index, count, least)) {
        Operands operands(emitter, index, {node.inputs[0], node.output});
        const Chunking c =
            chunking(emitter, index, p.range.count(), operands.buffered() * length, 0, operands.line() / length);
        if (c.units == 0) return {{index, 2 * length}};
        operands.place(p.core, c.units * length, c.copies);
        for_chunks(p.range, c.units, backwards(emitter, index), [&](Span64 chunk) {
            const int64_t at = chunk.begin * length;
            const int64_t n = chunk.count() * length;
            const uint32_t x = operands.read(0, at, n);
            const uint32_t y = operands.target(at);
            const Touch touches[] = {sram(false, x, n), sram(true, y, n)};
            emitter.vector(p.core, index, body(x, y, chunk.count()), touches);
            operands.written(y, at, n);
        });
    }
    return {};
}

// Pools --------------------------------------------------------------------------------------------------------------

struct PoolTiles {
    int64_t lines = 0;  // output lines of a tile; 0: not even one of one channel fits
    int64_t channels = 1;
    int64_t copies = 1;
    int64_t in_bytes = 0;
    int64_t out_bytes = 0;
};

struct PoolShare {
    uint32_t core = 0;
    Span64 lines;  // images x output height, flat
    Span64 channels;
};

class PoolEmitter {
 public:
    PoolEmitter(Emitter& emitter, uint32_t node)
        : emitter_(emitter),
          index_(node),
          node_(emitter.context().network.nodes[node]),
          x_(emitter.context().tensor(node_.inputs[0]).shape),
          y_(emitter.context().tensor(node_.output).shape) {}

    std::vector<TooSmall> run() {
        const uint32_t operation = add_operation(emitter_, index_);
        for (const PoolShare& share : shares()) {
            const PoolTiles tiles = find_tiles(share);
            if (tiles.lines == 0) return {{index_, in_lines(1) * x_[2] + y_[2]}};
            emit(share, tiles, operation);
        }
        return {};
    }

 private:
    Emitter& emitter_;
    uint32_t index_;
    const IntegerNode& node_;
    const Shape& x_;
    const Shape& y_;

    [[nodiscard]] const Kept* in_kept() const { return emitter_.kept(node_.inputs[0]); }
    [[nodiscard]] const Kept* out_kept() const { return emitter_.kept(node_.output); }
    [[nodiscard]] int64_t in_lines(int64_t out_lines) const {
        const Window& w = node_.window;
        return std::min(x_[1], (out_lines - 1) * w.stride[0] + int64_t{w.kernel[0] - 1} * w.dilation[0] + 1);
    }

    // By lines or by channels, whichever gives work to more cores.
    std::vector<PoolShare> shares() {
        const int64_t lines = y_[0] * y_[1];
        const bool by_lines = lines >= std::min<int64_t>(emitter_.shape().arrays, y_[3] / kLeastPoolChannels);
        std::vector<PoolShare> list;
        for (const CorePart& p : divide_among_cores(
                 emitter_.context(),
                 index_,
                 by_lines ? lines : y_[3],
                 by_lines ? 1 : kLeastPoolChannels)) {
            list.push_back({p.core, by_lines ? p.range : Span64{0, lines}, by_lines ? Span64{0, y_[3]} : p.range});
        }
        return list;
    }

    bool fit(PoolTiles& t) const {
        // what is kept is used where it lies, with all its channels
        const bool kept = in_kept() != nullptr || out_kept() != nullptr;
        t.in_bytes = in_kept() != nullptr ? 0 : in_lines(t.lines) * x_[2] * t.channels;
        t.out_bytes = out_kept() != nullptr ? 0 : t.lines * y_[2] * t.channels;
        if (kept && t.channels != y_[3]) return false;
        return (t.in_bytes + t.out_bytes) * t.copies <= emitter_.room(index_);
    }

    PoolTiles find_tiles(const PoolShare& share) const {
        const CompileContext& context = emitter_.context();
        const int64_t most_lines = std::min(share.lines.count(), y_[1]);
        const int64_t halvings = static_cast<int64_t>(context.pick(index_, Choice::channels, 3));
        PoolTiles t;
        for (int64_t copies : {context.options.double_buffer ? 2 : 1, 1}) {
            t.copies = copies;
            const bool kept = in_kept() != nullptr || out_kept() != nullptr;
            t.channels = std::max<int64_t>(1, share.channels.count() >> (kept ? 0 : halvings));
            for (;; t.channels = divide_up(t.channels, 2)) {
                for (t.lines = most_lines; t.lines > 0; t.lines /= 2) {
                    if (fit(t)) return spread(t, most_lines);
                }
                if (t.channels == 1) break;
            }
        }
        return t;
    }

    // Several tiles overlap their transfers, one cannot.
    PoolTiles spread(PoolTiles t, int64_t most_lines) const {
        if (t.copies > 1) t.lines = std::min(t.lines, divide_up(most_lines, 2));
        const CompileContext& context = emitter_.context();
        t.lines -= static_cast<int64_t>(context.pick(index_, Choice::rows, static_cast<uint64_t>(t.lines)));
        fit(t);
        return t;
    }

    void emit(const PoolShare& share, const PoolTiles& tiles, uint32_t operation) {
        const uint32_t base =
            emitter_.place_frame(share.core, (tiles.in_bytes + tiles.out_bytes) * tiles.copies, emitter_.room(index_));
        BufferRing in(base, tiles.in_bytes, tiles.copies);
        BufferRing out(base + static_cast<uint32_t>(tiles.in_bytes * tiles.copies), tiles.out_bytes, tiles.copies);
        for (int64_t line = share.lines.begin; line < share.lines.end;) {
            const int64_t image = line / y_[1];
            const int64_t end = std::min({share.lines.end, (image + 1) * y_[1], line + tiles.lines});
            for_chunks(share.channels, tiles.channels, backwards(emitter_, index_), [&](Span64 channels) {
                bool hit = false;
                const uint32_t x = in.take(0, hit);
                const uint32_t y = out.take(0, hit);
                tile(share.core, operation, image, {line - image * y_[1], end - image * y_[1]}, channels, x, y);
            });
            line = end;
        }
    }

    void tile(uint32_t core, uint32_t operation, int64_t image, Span64 lines, Span64 channels, uint32_t x, uint32_t y) {
        const Window& w = node_.window;
        const int64_t first = lines.begin * w.stride[0] - w.pad_begin[0];
        const int64_t last = (lines.end - 1) * w.stride[0] - w.pad_begin[0] + int64_t{w.kernel[0] - 1} * w.dilation[0];
        const Span64 in{std::max<int64_t>(0, first), std::min(x_[1], last + 1)};
        const int64_t c = channels.count();
        const int64_t from = (image * x_[1] + in.begin) * x_[2] * x_[3] + channels.begin;
        const int64_t to = (image * y_[1] + lines.begin) * y_[2] * y_[3] + channels.begin;
        if (in_kept() != nullptr) {
            x = static_cast<uint32_t>(in_kept()->address(from));
        } else {
            emitter_.load(core, index_, node_.inputs[0], from, x, {{in.count() * x_[2], x_[3], c}, {c, 1, 1}});
        }
        if (out_kept() != nullptr) y = static_cast<uint32_t>(out_kept()->address(to));
        Pool pool;
        pool.operation = operation;
        pool.source = x;
        pool.target = y;
        pool.channels = static_cast<int32_t>(c);
        pool.in_h0 = static_cast<int32_t>(in.begin);
        pool.in_h = static_cast<int32_t>(in.count());
        pool.in_w = static_cast<int32_t>(x_[2]);
        pool.out_h0 = static_cast<int32_t>(lines.begin);
        pool.out_h = static_cast<int32_t>(lines.count());
        pool.out_w = static_cast<int32_t>(y_[2]);
        const int64_t out_bytes = lines.count() * y_[2] * c;
        const Touch touches[] = {sram(false, x, in.count() * x_[2] * c), sram(true, y, out_bytes)};
        emitter_.vector(core, index_, pool, touches);
        if (out_kept() != nullptr) return;
        emitter_.store(core, index_, y, node_.output, to, {{lines.count() * y_[2], c, y_[3]}, {c, 1, 1}});
    }
};

}  // namespace

uint32_t add_operation(Emitter& emitter, uint32_t index) {
    const CompileContext& context = emitter.context();
    const IntegerNode& node = context.network.nodes[index];
    VectorOperation o;
    o.op = node.op;
    o.x = context.tensor(node.inputs[0]).quant;
    if (node.inputs.size() > 1) o.x2 = context.tensor(node.inputs[1]).quant;
    o.y = context.tensor(node.output).quant;
    o.clamp = node.op == IntegerOp::average_pool ? node.clamp : clamp_of(o.y);
    if (node.op == IntegerOp::add || node.op == IntegerOp::multiply) o.elementwise = node.elementwise;
    if (node.op == IntegerOp::max_pool || node.op == IntegerOp::average_pool) {
        o.window = node.window;
        o.in_h_total = static_cast<int32_t>(context.tensor(node.inputs[0]).shape[1]);
        o.count_padding = node.count_padding;
    }
    if (node.op == IntegerOp::lookup) o.table.assign(node.table.begin(), node.table.end());
    if (node.op == IntegerOp::softmax) o.exponentials.assign(node.exponentials.begin(), node.exponentials.end());
    if (node.op == IntegerOp::layer_norm) o.norm = node.norm;
    emitter.program().vector_operations.push_back(std::move(o));
    return static_cast<uint32_t>(emitter.program().vector_operations.size() - 1);
}

std::vector<TooSmall> emit_elementwise(Emitter& emitter, uint32_t index) {
    const IntegerNode& node = emitter.context().network.nodes[index];
    const uint32_t operation = add_operation(emitter, index);
    const auto count = static_cast<int64_t>(emitter.tensor_bytes(node.output));
    const auto repeat = static_cast<int64_t>(emitter.tensor_bytes(node.inputs[1]));
    const int64_t room = emitter.room(index);
    const bool enough_rows = count / repeat >= emitter.shape().arrays || repeat <= kLeastShare;
    if (repeat < count && 4 * repeat + buffer_alignment(emitter.shape()) <= room && enough_rows) {
        return elementwise_rows(emitter, index, operation);
    }
    return elementwise_flat(emitter, index, operation);
}

std::vector<TooSmall> emit_lookup(Emitter& emitter, uint32_t index) {
    const uint32_t operation = add_operation(emitter, index);
    return unary(emitter, index, 1, [&](uint32_t x, uint32_t y, int64_t n) -> InstructionBody {
        return Lut8{operation, x, y, static_cast<uint32_t>(n)};
    });
}

std::vector<TooSmall> emit_rows(Emitter& emitter, uint32_t index) {
    const IntegerNode& node = emitter.context().network.nodes[index];
    const uint32_t operation = add_operation(emitter, index);
    const int64_t length = emitter.context().tensor(node.output).shape.back();
    return unary(emitter, index, length, [&](uint32_t x, uint32_t y, int64_t rows) -> InstructionBody {
        return Reduce{operation, x, y, static_cast<uint32_t>(rows), static_cast<uint32_t>(length)};
    });
}

std::vector<TooSmall> emit_pool(Emitter& emitter, uint32_t index) { return PoolEmitter(emitter, index).run(); }

}  // namespace chipchain
