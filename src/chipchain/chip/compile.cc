#include "chipchain/chip/compile.h"

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/compile_emit.h"
#include "chipchain/chip/compile_shared.h"

namespace chipchain {

namespace {

constexpr uint32_t kNoNode = UINT32_MAX;
// of a program: about 8 GB while it is made
constexpr double kMostInstructions = 4e7;

constexpr std::string_view kPasses[] =
    {"range", "fuse", "keep", "place", "legalise", "tile", "divide", "allocate", "emit", "schedule"};

class Compiler {
 public:
    Compiler(const IntegerNetwork& network, const ChipShape& shape, const CompileOptions& options)
        : context_{network, shape, options}, network_(network), options_(options) {}

    Result<Program> compile() {
        prove();
        if (!diagnostics_.empty()) return tl::unexpected(diagnostics_);
        fuse();
        for (const bool keep_any : {true, false}) {
            diagnostics_.clear();
            keep(keep_any);
            place();
            plan();
            if (diagnostics_.empty()) lay_out();
            if (diagnostics_.empty()) emit();
            // where tensors kept in SRAM leave too little for a tile, all of them are spilled
            if (diagnostics_.empty()) break;
        }
        if (!diagnostics_.empty()) return tl::unexpected(diagnostics_);
        return std::move(program_);
    }

 private:
    CompileContext context_;
    const IntegerNetwork& network_;
    const CompileOptions& options_;
    Diagnostics diagnostics_;
    Program program_;
    std::vector<uint32_t> fused_;  // by node: the lookup that its requantisation carries out
    std::vector<bool> carried_;    // by node: done by an earlier node
    Residency residency_;
    std::vector<bool> shared_;       // by tensor: in the shared memory
    std::vector<MatrixPlan> plans_;  // by node; of conv and matmul
    std::vector<size_t> counts_;     // instructions by node

    [[nodiscard]] bool is_matrix(uint32_t node) const {
        return network_.nodes[node].op == IntegerOp::conv || network_.nodes[node].op == IntegerOp::matmul;
    }
    [[nodiscard]] int64_t output_bytes(uint32_t node) const {
        return element_count(network_.tensors[network_.nodes[node].output].shape);
    }
    [[nodiscard]] std::string node_text(uint32_t node) const {
        return fmt::format("node '{}' ({})", network_.nodes[node].name, info(network_.nodes[node].op).name);
    }
    // Calls the observer with a line per node, made by `line` (empty: none).
    template <class Line>
    void dump(std::string_view pass, Line line) const {
        if (!options_.dump) return;
        std::string text;
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            const std::string one = line(i);
            if (!one.empty()) text += fmt::format("{} {}: {}\n", i, node_text(i), one);
        }
        options_.dump(pass, text);
    }

    // Pass 'range': no partial sum of any order can leave 32 bits.
    void prove() {
        const RangeProof proof = prove_ranges(network_);
        for (const RangeProof::Row& row : proof.rows) {
            if (row.fits) continue;
            Diagnostic d;
            d.id = "chip-range";
            d.message = fmt::format(
                "{} can reach a partial sum of {}, an accumulator holds {}",
                node_text(row.node),
                row.bound,
                INT32_MAX);
            d.help = "quantise with smaller weights or split the sum over its channels";
            diagnostics_.push_back(std::move(d));
        }
        std::vector<const RangeProof::Row*> rows(network_.nodes.size());
        for (const RangeProof::Row& row : proof.rows) rows[row.node] = &row;
        dump("range", [&](uint32_t i) {
            return rows[i] == nullptr ? "" : fmt::format("partial sums up to {}", rows[i]->bound);
        });
    }

    // Pass 'fuse': a lookup that alone reads a product's output becomes part of its requantisation.
    void fuse() {
        std::vector<uint32_t> readers(network_.tensors.size());
        std::vector<uint32_t> writer(network_.tensors.size(), kNoNode);
        for (TensorId id : network_.outputs) ++readers[id];
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            for (TensorId id : network_.nodes[i].inputs) ++readers[id];
            writer[network_.nodes[i].output] = i;
        }
        fused_.assign(network_.nodes.size(), kNoNode);
        carried_.assign(network_.nodes.size(), false);
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            if (network_.nodes[i].op != IntegerOp::lookup) continue;
            const TensorId x = network_.nodes[i].inputs[0];
            const uint32_t producer = writer[x];
            if (producer == kNoNode || readers[x] != 1 || !is_matrix(producer)) continue;
            if (context_.pick(i, Choice::fusion, 2) == 1) continue;
            fused_[producer] = i;
            carried_[i] = true;
        }
        dump("fuse", [&](uint32_t i) {
            return fused_[i] == kNoNode ? "" : fmt::format("carries out {}", node_text(fused_[i]));
        });
    }

    // Pass 'keep'.
    void keep(bool keep_any) {
        residency_ = decide_residency(context_, fused_, keep_any);
        if (!options_.dump) return;
        std::string text;
        for (TensorId id = 0; id < network_.tensors.size(); ++id) {
            const Kept& k = residency_.tensors[id];
            if (!k.kept) continue;
            text += fmt::format(
                "{} '{}': {} bytes at {} from node {} to {}{}\n",
                id,
                network_.tensors[id].name,
                k.bytes,
                k.base,
                k.first_node,
                k.last_node,
                k.bordered ? ", bordered" : "");
        }
        options_.dump("keep", text);
    }

    // Pass 'place'.
    void place() {
        shared_ = decide_shared(context_, fused_, residency_);
        if (!options_.dump) return;
        std::string text;
        for (TensorId id = 0; id < network_.tensors.size(); ++id) {
            if (!shared_[id]) continue;
            const IntegerTensor& tensor = network_.tensors[id];
            text += fmt::format("{} '{}': {} bytes\n", id, tensor.name, element_count(tensor.shape));
        }
        options_.dump("place", text.empty() ? "nothing lies in a shared memory\n" : text);
    }

    // Passes 'legalise', 'tile' and 'divide': products.
    void plan() {
        plans_.assign(network_.nodes.size(), {});
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            if (!is_matrix(i)) continue;
            const uint32_t last = fused_[i] == kNoNode ? i : fused_[i];
            MatrixView view = matrix_view(network_, i, network_.nodes[last].output, residency_);
            view.a_shared = shared_[view.a];
            view.b_shared = shared_[view.b];
            view.out_shared = shared_[view.out];
            const IntegerTensor& b = network_.tensors[view.b];
            view.b_buffered = b.constant && b.bytes.size() <= context_.shape.shared_bytes;
            plans_[i].view = view;
            if (view.empty()) continue;
            plans_[i] = plan_matrix(context_, view);
            if (!plans_[i].found) too_small({i, plans_[i].least_bytes});
        }
        if (diagnostics_.empty()) check_size();
        dump("legalise", [&](uint32_t i) {
            const MatrixView& v = plans_[i].view;
            return !is_matrix(i) ? ""
                                 : fmt::format(
                                       "images {} in {}x{}x{} out {}x{}x{} groups {} depth {}",
                                       v.images,
                                       v.in_h,
                                       v.in_w,
                                       v.in_c,
                                       v.out_h,
                                       v.out_w,
                                       v.out_c,
                                       v.groups,
                                       v.depth());
        });
        dump("tile", [&](uint32_t i) { return plans_[i].found ? tiles_text(plans_[i].tiles) : std::string(); });
        dump("divide", [&](uint32_t i) {
            std::string text;
            for (const MatrixShare& s : plans_[i].shares) {
                text += fmt::format(
                    " core {} lines [{}, {}) groups [{}, {}) columns [{}, {});",
                    s.core,
                    s.lines.begin,
                    s.lines.end,
                    s.groups.begin,
                    s.groups.end,
                    s.columns.begin,
                    s.columns.end);
            }
            return text;
        });
    }

    static std::string tiles_text(const MatrixTiles& t) {
        return fmt::format(
            "{}x{} cells x {} columns, sum of {} channels x {} kernel rows, {} groups joined, {} outer; A {} x {}, B "
            "{} x "
            "{}, out {} x {} bytes, accumulators {} x {} rows; about {:.0f} cycles",
            t.out_h,
            t.out_w,
            t.columns,
            t.channels,
            t.kernel_h,
            t.joined,
            t.columns_outer ? "columns" : "cells",
            t.a_copies,
            t.a_bytes,
            t.b_copies,
            t.b_bytes,
            t.out_copies,
            t.out_bytes,
            t.slots,
            t.slot_rows,
            t.cycles);
    }

    // A program that would not fit the memory of this machine is not begun.
    void check_size() {
        double instructions = 0;
        uint32_t largest = 0;
        double most = 0;
        for (uint32_t i = 0; i < plans_.size(); ++i) {
            const double own = plans_[i].tiles.instructions * static_cast<double>(plans_[i].shares.size());
            instructions += own;
            if (own <= most) continue;
            most = own;
            largest = i;
        }
        if (instructions <= kMostInstructions) return;
        Diagnostic d;
        d.id = "chip-program-too-large";
        d.message = fmt::format(
            "about {:.2g} instructions, of at most {:.2g}; {} alone has {:.2g}",
            instructions,
            kMostInstructions,
            node_text(largest),
            most);
        d.help = "use a chip with larger arrays, more accumulators or more SRAM, or a smaller network";
        diagnostics_.push_back(std::move(d));
    }

    void too_small(const TooSmall& what) {
        Diagnostic d;
        d.id = "chip-too-small";
        d.message = fmt::format(
            "{} needs {} bytes of SRAM for its smallest tile, a core has {}",
            node_text(what.node),
            what.bytes,
            context_.shape.sram_bytes);
        if (context_.shape.accumulator_rows == 0) {
            d.message = fmt::format("{} needs a row of accumulators, a core has none", node_text(what.node));
        }
        d.help = "use a chip with more SRAM per core, or a network with smaller rows";
        diagnostics_.push_back(std::move(d));
    }

    // Pass 'allocate' of DRAM: constants that are read, then inputs and what nodes write, each in a place of its own.
    void lay_out() {
        program_ = {};
        program_.network_hash = network_hash(network_);
        program_.shape = context_.shape;
        program_.inputs = network_.inputs;
        program_.outputs = network_.outputs;
        const size_t count = network_.tensors.size();
        program_.tensor_address.assign(count, kNotInDram);
        std::vector<bool> used(count);
        for (TensorId id : network_.inputs) used[id] = true;
        for (TensorId id : network_.outputs) used[id] = true;
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            if (!carried_[i]) {
                for (TensorId id : network_.nodes[i].inputs) used[id] = true;
            }
            used[network_.nodes[i].output] = used[network_.nodes[i].output] || fused_[i] == kNoNode;
        }
        for (TensorId id = 0; id < count; ++id) used[id] = used[id] && !residency_.tensors[id].kept;
        uint64_t next = pack(used, 0);
        for (const IntegerTensor& t : network_.tensors) {
            program_.tensor_bytes.push_back(static_cast<uint64_t>(element_count(t.shape)));
        }
        // what lies in the shared memory comes last
        const auto place_all = [&](bool constants, bool shared) {
            for (TensorId id = 0; id < count; ++id) {
                if (!used[id] || network_.tensors[id].constant != constants || shared_[id] != shared) continue;
                program_.tensor_address[id] = next;
                next = dram_aligned(next + program_.tensor_bytes[id]);
            }
        };
        place_all(true, false);
        program_.constants.resize(next);
        place_all(false, false);
        if (std::find(shared_.begin(), shared_.end(), true) != shared_.end()) program_.shared_address = next;
        place_all(false, true);
        program_.dram_bytes = next;
        copy_constants(used);
        if (!options_.dump) return;
        std::string text;
        for (TensorId id = 0; id < count; ++id) {
            if (!used[id]) continue;
            text += fmt::format(
                "{} '{}': {} bytes at {}\n",
                id,
                network_.tensors[id].name,
                program_.tensor_bytes[id],
                program_.tensor_address[id]);
        }
        options_.dump("allocate", text);
    }

    void copy_constants(const std::vector<bool>& used) {
        const size_t count = network_.tensors.size();
        for (TensorId id = 0; id < count; ++id) {
            const IntegerTensor& t = network_.tensors[id];
            if (!used[id] || !t.constant) continue;
            std::copy(
                t.bytes.begin(),
                t.bytes.end(),
                program_.constants.begin() + static_cast<ptrdiff_t>(program_.tensor_address[id]));
        }
        for (const MatrixPlan& plan : plans_) {
            if (!plan.packed.empty()) copy_tiles(plan);
        }
    }

    // The bytes of every tile of B, in the order in which they are loaded.
    void copy_tiles(const MatrixPlan& plan) {
        const std::vector<uint8_t>& bytes = network_.tensors[plan.view.b].bytes;
        for_tiles_of_b(plan, [&](const ChannelTile& channels, const DepthTile& depth) {
            const TileOfB tile = tile_of_b(plan.view, channels, depth);
            auto to = program_.constants.begin() + static_cast<ptrdiff_t>(plan.packed.at(tile_key(channels, depth)));
            const auto copy = [&](const auto& self, size_t level, int64_t at) -> void {
                if (level + 1 == tile.levels.size()) {
                    to = std::copy_n(bytes.begin() + at, tile.levels[level].count, to);
                    return;
                }
                for (int64_t i = 0; i < tile.levels[level].count; ++i) {
                    self(self, level + 1, at + i * tile.levels[level].source);
                }
            };
            copy(copy, 0, tile.offset);
        });
    }

    // Calls visit(channels, depth) for every tile of B; those that several cores load, several times.
    template <class Visit>
    static void for_tiles_of_b(const MatrixPlan& plan, Visit visit) {
        for (const MatrixShare& share : plan.shares) {
            for (const ChannelTile& channels : channel_tiles(plan.view, plan.tiles, share)) {
                for (const DepthTile& depth : depth_tiles(plan.view, plan.tiles)) visit(channels, depth);
            }
        }
    }

    // Weights that one product alone reads lie in DRAM tile by tile, so that each load is one run of bytes. Returns the
    // end.
    uint64_t pack(std::vector<bool>& used, uint64_t next) {
        std::vector<uint32_t> readers(network_.tensors.size());
        for (TensorId id : network_.outputs) ++readers[id];
        for (const IntegerNode& node : network_.nodes) {
            for (TensorId id : node.inputs) ++readers[id];
        }
        for (MatrixPlan& plan : plans_) {
            if (!plan.found) continue;
            const TensorId b = plan.view.b;
            if (!network_.tensors[b].constant || readers[b] != 1 || plan.view.b_image_stride != 0) continue;
            if (context_.pick(plan.view.node, Choice::packing, 3) == 1) continue;
            used[b] = false;
            for_tiles_of_b(plan, [&](const ChannelTile& channels, const DepthTile& depth) {
                if (!plan.packed.emplace(tile_key(channels, depth), next).second) return;
                uint64_t bytes = 1;
                for (const Level& level : tile_of_b(plan.view, channels, depth).levels) {
                    bytes *= static_cast<uint64_t>(level.count);
                }
                next = dram_aligned(next + bytes);
            });
        }
        return next;
    }

    // Passes 'emit' and 'schedule'.
    void emit() {
        Schedule schedule(context_.shape, network_.tensors.size());
        Emitter emitter(context_, residency_, program_, schedule);
        counts_.clear();
        for (uint32_t i = 0; i < network_.nodes.size(); ++i) {
            const size_t before = schedule.instructions();
            const TensorId out = network_.nodes[fused_[i] == kNoNode ? i : fused_[i]].output;
            if (!carried_[i] && output_bytes(i) > 0) {
                if (residency_.tensors[out].kept) emitter.fill_border(i, out);
                for (const TooSmall& what : emit_node(emitter, i)) too_small(what);
            }
            schedule.close(out);
            counts_.push_back(schedule.instructions() - before);
        }
        dump("emit", [&](uint32_t i) { return fmt::format("{} instructions", counts_[i]); });
        if (!diagnostics_.empty()) return;
        const size_t instructions = schedule.instructions();
        const size_t waits = schedule.waits();
        program_.streams = schedule.finish();
        if (!options_.dump) return;
        size_t total = 0;
        for (const Stream& s : program_.streams) total += s.instructions.size();
        options_.dump(
            "schedule",
            fmt::format(
                "{} streams, {} instructions, {} waits, {} in all\n",
                program_.streams.size(),
                instructions,
                waits,
                total));
    }

    std::vector<TooSmall> emit_node(Emitter& emitter, uint32_t i) {
        switch (network_.nodes[i].op) {
            case IntegerOp::conv:
            case IntegerOp::matmul: {
                FusedLookup lookup;
                if (fused_[i] != kNoNode) lookup = {true, add_operation(emitter, fused_[i])};
                emit_matrix(emitter, plans_[i], lookup);
                return {};
            }
            case IntegerOp::add:
            case IntegerOp::multiply:
                return emit_elementwise(emitter, i);
            case IntegerOp::max_pool:
            case IntegerOp::average_pool:
                return emit_pool(emitter, i);
            case IntegerOp::lookup:
                return emit_lookup(emitter, i);
            case IntegerOp::softmax:
            case IntegerOp::layer_norm:
                return emit_rows(emitter, i);
            case IntegerOp::move:
                return emit_move(emitter, i);
        }
        CHECK(false);
        return {};
    }
};

}  // namespace

std::span<const std::string_view> compile_passes() { return kPasses; }

Result<Program> compile_for(const IntegerNetwork& network, const ChipModel& chip, const CompileOptions& options) {
    Result<Program> program = compile_network(network, chip.shape, options);
    const Figure& capacity = figure_of(chip, ChipFigure::dram_capacity_gb);
    if (!program || !capacity.known) return program;
    const uint64_t bytes = std::min(program->dram_bytes, program->shared_address);
    if (static_cast<double>(bytes) <= capacity.value * 1e9) return program;
    Diagnostic d;
    d.id = "chip-dram-small";
    d.message = fmt::format(
        "'{}' needs {} bytes of DRAM on '{}', which has {} GB",
        network.name,
        bytes,
        chip.name,
        capacity.value);
    d.help = "raise dram_capacity_gb, or use a smaller network";
    return tl::unexpected(Diagnostics{std::move(d)});
}

Result<Program> compile_network(const IntegerNetwork& network, const ChipShape& shape, const CompileOptions& options) {
    CHECK(shape.arrays > 0 && shape.rows > 0 && shape.columns > 0);
    return Compiler(network, shape, options).compile();
}

}  // namespace chipchain
