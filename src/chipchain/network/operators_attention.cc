// Operators of transformers: rotary embedding and scaled dot-product attention.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// A tensor of heads: [batch][heads][steps][size] of rank 4, or [batch][steps][heads * size] of rank 3.
struct Heads {
    int64_t batch = 0, heads = 0, steps = 0, size = 0;
    bool steps_first = false;  // rank 3
    [[nodiscard]] int64_t offset(int64_t b, int64_t h, int64_t s) const {
        return (steps_first ? (b * steps + s) * heads + h : (b * heads + h) * steps + s) * size;
    }
    [[nodiscard]] Shape shape() const {
        return steps_first ? Shape{batch, steps, heads * size} : Shape{batch, heads, steps, size};
    }
};

// Input i as heads; `count` names the attribute that numbers them where the rank is 3.
std::optional<Heads> heads_of(NodeView& node, size_t i, std::string_view count) {
    const Shape& shape = node.shape(i);
    if (!node.require(shape.size() == 3 || shape.size() == 4, fmt::format("its input {} is not of rank 3 or 4", i))) {
        return std::nullopt;
    }
    const int64_t stated = node.integer(count, 0);
    if (shape.size() == 4) {
        node.require(
            stated == 0 || stated == shape[1],
            fmt::format("its {} differs from the heads of its input {}", count, i));
        return Heads{.batch = shape[0], .heads = shape[1], .steps = shape[2], .size = shape[3]};
    }
    if (!node.require(
            stated >= 1 && shape[2] % stated == 0,
            fmt::format("its {} is missing or does not divide its input {}", count, i))) {
        return std::nullopt;
    }
    return Heads{.batch = shape[0], .heads = stated, .steps = shape[1], .size = shape[2] / stated, .steps_first = true};
}

// ---- rotary embedding ----

// How many elements of a head are rotated.
int64_t rotated_size(NodeView& node, const Heads& x) {
    const int64_t stated = node.integer("rotary_embedding_dim", 0);
    return stated == 0 ? x.size : stated;
}

void infer_rotary(NodeView& node) {
    const std::optional<Heads> x = heads_of(node, 0, "num_heads");
    if (!x || !node.require_same_type(0, 1) || !node.require_same_type(0, 2) || !node.require_type(3, kS64)) {
        return;
    }
    const int64_t size = rotated_size(node, *x);
    if (!node.require(size >= 0 && size <= x->size && size % 2 == 0, "it rotates an odd number of elements")) {
        return;
    }
    const Shape& cosines = node.shape(1);
    node.require(cosines == node.shape(2), "its cosines and sines differ in shape");
    if (node.has(3)) {
        node.require(node.shape(3) == Shape{x->batch, x->steps}, "its positions are not one per step");
        node.require(cosines.size() == 2 && cosines[1] == size / 2, "its cosines do not fit its heads");
    } else {
        node.require(cosines == Shape{x->batch, x->steps, size / 2}, "its cosines do not fit its steps and heads");
    }
    infer_same(node);
}

template <class T>
void rotate(NodeView& node, const Heads& x, Tensor& output) {
    using C = Compute<T>;
    const int64_t half = rotated_size(node, x) / 2;
    // where the two elements of a pair stand
    const bool interleaved = node.integer("interleaved", 0) != 0;
    const int64_t step = interleaved ? 2 : 1, other = interleaved ? 1 : half;
    const int64_t rows = node.shape(1)[0];
    for (int64_t b = 0; b < x.batch; ++b) {
        for (int64_t s = 0; s < x.steps; ++s) {
            int64_t row = b * x.steps + s;
            if (node.has(3)) {
                row = integer_at(node.in(3), row);
                if (!node.require(row >= 0 && row < rows, fmt::format("the position {} has no cosines", row))) {
                    return;
                }
            }
            const T* cosines = node.elements<T>(1).data() + row * half;
            const T* sines = node.elements<T>(2).data() + row * half;
            for (int64_t h = 0; h < x.heads; ++h) {
                const T* from = node.elements<T>(0).data() + x.offset(b, h, s);
                T* to = output.as<T>().data() + x.offset(b, h, s);
                for (int64_t i = 0; i < half; ++i) {
                    const auto cosine = static_cast<C>(cosines[i]), sine = static_cast<C>(sines[i]);
                    const auto first = static_cast<C>(from[i * step]), second = static_cast<C>(from[i * step + other]);
                    to[i * step] = T(static_cast<C>(cosine * first - sine * second));
                    to[i * step + other] = T(static_cast<C>(sine * first + cosine * second));
                }
                std::copy(from + 2 * half, from + x.size, to + 2 * half);
            }
        }
    }
}

void compute_rotary(NodeView& node, std::span<Tensor> outputs) {
    const Heads x = *heads_of(node, 0, "num_heads");
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) { rotate<T>(node, x, outputs[0]); });
}

// ---- attention ----

struct AttentionHeads {
    Heads q, k, v, y;
    Shape scores;  // batch, heads of q, steps of q, steps of k
};

std::optional<AttentionHeads> attention_of(NodeView& node) {
    const auto q = heads_of(node, 0, "q_num_heads"), k = heads_of(node, 1, "kv_num_heads");
    const auto v = heads_of(node, 2, "kv_num_heads");
    if (node.failed() || !node.require(
                             node.rank(0) == node.rank(1) && node.rank(0) == node.rank(2),
                             "its inputs differ in their number of dimensions")) {
        return std::nullopt;
    }
    node.require(q->batch == k->batch && k->batch == v->batch, "its inputs differ in their batch");
    node.require(q->size == k->size, "its queries and keys differ in the size of a head");
    node.require(k->steps == v->steps && k->heads == v->heads, "its keys and values differ in steps or heads");
    node.require(k->heads >= 1 && q->heads % k->heads == 0, "the heads of its keys do not divide those of its queries");
    AttentionHeads a{.q = *q, .k = *k, .v = *v, .y = *q, .scores = {q->batch, q->heads, q->steps, k->steps}};
    a.y.size = v->size;
    return node.failed() ? std::nullopt : std::optional(a);
}

void infer_attention(NodeView& node) {
    node.require_same_type(0, 1);
    node.require_same_type(0, 2);
    node.require(!node.has(4) && !node.has(5), "it reads past keys or values");
    const DataType sums = node.type(0) == DataType::f64 ? DataType::f64 : DataType::f32;
    node.require(
        node.integer("softmax_precision", info(sums).onnx) == info(sums).onnx,
        fmt::format("its softmax_precision is not {}", info(sums).name));
    node.require(node.number("softcap", 0) >= 0, "its softcap is below 0");
    const std::optional<AttentionHeads> a = attention_of(node);
    if (!a) {
        return;
    }
    if (node.has(3)) {
        node.require(
            node.type(3) == DataType::boolean || node.type(3) == node.type(0),
            "its mask is neither of booleans nor of its own type");
        node.require(
            broadcast_shapes(node.shape(3), a->scores) == a->scores,
            fmt::format("its mask does not broadcast to {}", shape_text(a->scores)));
    }
    double operations = static_cast<double>(a->q.size + a->v.size);
    for (const int64_t dim : a->scores) {
        operations *= static_cast<double>(dim);
    }
    if (node.require_operations(operations)) {
        node.output(node.type(0), a->y.shape());
    }
}

// Adds the mask of one query to its scores; those behind `visible` are masked.
template <class T>
void add_mask(NodeView& node, int64_t at, int64_t stride, int64_t visible, std::vector<Compute<T>>& scores) {
    using C = Compute<T>;
    constexpr C kMasked = -std::numeric_limits<C>::infinity();
    for (size_t j = 0; j < scores.size(); ++j) {
        const auto place = static_cast<size_t>(at + static_cast<int64_t>(j) * stride);
        if (node.has(3) && node.type(3) == DataType::boolean) {
            scores[j] = node.elements<uint8_t>(3)[place] != 0 ? scores[j] : kMasked;
        } else if (node.has(3)) {
            scores[j] += static_cast<C>(node.elements<T>(3)[place]);
        }
        scores[j] = static_cast<int64_t>(j) < visible ? scores[j] : kMasked;
    }
}

// Makes weights of scores; of a row that is masked altogether, zeros (ONNX).
template <class C>
void softmax(std::vector<C>& scores) {
    C largest = -std::numeric_limits<C>::infinity();
    for (const C score : scores) {
        largest = std::max(largest, score);
    }
    if (largest == -std::numeric_limits<C>::infinity()) {
        std::fill(scores.begin(), scores.end(), C{0});
        return;
    }
    C sum = 0;
    for (C& score : scores) {
        score = std::exp(score - largest);
        sum += score;
    }
    for (C& score : scores) {
        score /= sum;
    }
}

template <class T>
void attend(NodeView& node, const AttentionHeads& a, Tensor& output) {
    using C = Compute<T>;
    const C scale = node.has_attribute("scale") ? C(node.number("scale", 1)) : C(1) / std::sqrt(C(a.q.size));
    const C root = std::sqrt(scale), cap = C(node.number("softcap", 0));
    const bool causal = node.integer("is_causal", 0) != 0;
    const Strides mask = node.has(3) ? broadcast_strides(node.shape(3), a.scores) : Strides(4, 0);
    const T* q = node.elements<T>(0).data();
    const T* k = node.elements<T>(1).data();
    const T* v = node.elements<T>(2).data();
    std::vector<C> scores(static_cast<size_t>(a.k.steps)), sums(static_cast<size_t>(a.v.size));
    const Shape queries(a.scores.begin(), a.scores.end() - 1);
    for_each_index<1>(
        queries,
        {Strides(mask.begin(), mask.end() - 1)},
        [&](int64_t o, const std::array<int64_t, 1>& at) {
            const int64_t i = o % a.q.steps, h = o / a.q.steps % a.q.heads, b = o / a.q.steps / a.q.heads;
            const int64_t group = h / (a.q.heads / a.k.heads);
            const T* query = q + a.q.offset(b, h, i);
            for (size_t j = 0; j < scores.size(); ++j) {
                const T* key = k + a.k.offset(b, group, static_cast<int64_t>(j));
                C sum = 0;
                for (int64_t d = 0; d < a.q.size; ++d) {
                    sum += (static_cast<C>(query[d]) * root) * (static_cast<C>(key[d]) * root);
                }
                scores[j] = cap > 0 ? cap * std::tanh(sum / cap) : sum;
            }
            add_mask<T>(node, at[0], mask.back(), causal ? i + 1 : a.k.steps, scores);
            softmax(scores);
            std::fill(sums.begin(), sums.end(), C{0});
            for (size_t j = 0; j < scores.size(); ++j) {
                const T* value = v + a.v.offset(b, group, static_cast<int64_t>(j));
                for (size_t d = 0; d < sums.size(); ++d) {
                    sums[d] += scores[j] * static_cast<C>(value[d]);
                }
            }
            T* y = output.as<T>().data() + a.y.offset(b, h, i);
            std::transform(sums.begin(), sums.end(), y, [](C sum) { return T(sum); });
        });
}

void compute_attention(NodeView& node, std::span<Tensor> outputs) {
    const AttentionHeads a = *attention_of(node);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) { attend<T>(node, a, outputs[0]); });
}

constexpr OperatorInfo kRows[] = {
    {"",
     "RotaryEmbedding",
     "whole or partial, interleaved or in halves, with or without positions",
     "interleaved num_heads rotary_embedding_dim",
     3,
     4,
     1,
     kFloats,
     infer_rotary,
     compute_rotary},
    {"",
     "Attention",
     "masks of booleans or its own type, is_causal, scale, softcap, grouped heads; no past or present, one output",
     "is_causal kv_num_heads q_num_heads qk_matmul_output_mode scale softcap softmax_precision",
     3,
     6,
     1,
     kFloats,
     infer_attention,
     compute_attention},
};

}  // namespace

std::span<const OperatorInfo> attention_operators() { return kRows; }

}  // namespace chipchain
