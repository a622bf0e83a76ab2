// Matrix products: MatMul, Gemm, MatMulInteger, Einsum. Sums run over k in ascending order.
#include <algorithm>
#include <map>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

std::optional<MatrixProduct> matrix_product(const Shape& a, const Shape& b) {
    if (a.empty() || b.empty()) {
        return std::nullopt;
    }
    // a vector is a row at the left and a column at the right; its dimension of 1 goes again
    Shape left = a, right = b;
    if (a.size() == 1) {
        left.insert(left.begin(), 1);
    }
    if (b.size() == 1) {
        right.push_back(1);
    }
    MatrixProduct result;
    result.m = left[left.size() - 2];
    result.k = left.back();
    result.n = right.back();
    const Shape left_batch(left.begin(), left.end() - 2);
    const Shape right_batch(right.begin(), right.end() - 2);
    const std::optional<Shape> batch = broadcast_shapes(left_batch, right_batch);
    if (!batch || right[right.size() - 2] != result.k) {
        return std::nullopt;
    }
    result.batch = *batch;
    result.a_batch = broadcast_strides(left_batch, *batch);
    result.b_batch = broadcast_strides(right_batch, *batch);
    for (size_t d = 0; d < batch->size(); ++d) {
        result.a_batch[d] *= result.m * result.k;
        result.b_batch[d] *= result.k * result.n;
    }
    result.shape = *batch;
    if (a.size() > 1) {
        result.shape.push_back(result.m);
    }
    if (b.size() > 1) {
        result.shape.push_back(result.n);
    }
    return result;
}

namespace {

double operations_of(const MatrixProduct& p) {
    double count = static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
    for (const int64_t dim : p.batch) {
        count *= static_cast<double>(dim);
    }
    return count;
}

// y = a b of one pair of matrices: rows of b are added up, so that the inner loop runs along memory.
template <class T, class Sum>
void multiply_matrices(const T* a, const T* b, T* y, int64_t m, int64_t n, int64_t k) {
    std::vector<Sum> row(static_cast<size_t>(n));
    for (int64_t i = 0; i < m; ++i) {
        std::fill(row.begin(), row.end(), Sum{0});
        for (int64_t l = 0; l < k; ++l) {
            const auto factor = static_cast<Sum>(static_cast<Compute<T>>(a[i * k + l]));
            const T* from = b + l * n;
            for (int64_t j = 0; j < n; ++j) {
                row[static_cast<size_t>(j)] += factor * static_cast<Sum>(static_cast<Compute<T>>(from[j]));
            }
        }
        for (int64_t j = 0; j < n; ++j) {
            y[i * n + j] = T(static_cast<Compute<T>>(row[static_cast<size_t>(j)]));
        }
    }
}

// What sums are held in: integers mod 2^64, floats in their computing type.
template <class T>
using SumOf = std::conditional_t<std::is_integral_v<T>, uint64_t, Compute<T>>;

void infer_matmul(NodeView& node) {
    node.require_same_type(0, 1);
    const std::optional<MatrixProduct> product = matrix_product(node.shape(0), node.shape(1));
    if (node.require(
            product.has_value(),
            fmt::format("shapes {} and {} have no product", shape_text(node.shape(0)), shape_text(node.shape(1)))) &&
        node.require_operations(operations_of(*product))) {
        node.output(node.type(0), product->shape);
    }
}

void compute_matmul(NodeView& node, std::span<Tensor> outputs) {
    const MatrixProduct p = *matrix_product(node.shape(0), node.shape(1));
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        const T* a = node.elements<T>(0).data();
        const T* b = node.elements<T>(1).data();
        T* y = outputs[0].as<T>().data();
        for_each_index<2>(p.batch, {p.a_batch, p.b_batch}, [&](int64_t o, const std::array<int64_t, 2>& at) {
            multiply_matrices<T, SumOf<T>>(a + at[0], b + at[1], y + o * p.m * p.n, p.m, p.n, p.k);
        });
    });
}

// ---- integer products ----

template <class A, class B>
void integer_products(
    const Tensor& a,
    const Tensor& b,
    const MatrixProduct& p,
    const std::vector<int32_t>& zero_a,
    const std::vector<int32_t>& zero_b,
    std::vector<int32_t>& sums) {
    const A* left = a.as<A>().data();
    const B* right = b.as<B>().data();
    std::vector<uint32_t> row(static_cast<size_t>(p.n));
    const auto zero_of = [](const std::vector<int32_t>& zeros, int64_t i) {
        return zeros.size() == 1 ? zeros[0] : zeros[static_cast<size_t>(i)];
    };
    for_each_index<2>(p.batch, {p.a_batch, p.b_batch}, [&](int64_t o, const std::array<int64_t, 2>& at) {
        for (int64_t i = 0; i < p.m; ++i) {
            std::fill(row.begin(), row.end(), 0U);
            for (int64_t l = 0; l < p.k; ++l) {
                const int32_t factor = left[at[0] + i * p.k + l] - zero_of(zero_a, i);
                const B* from = right + at[1] + l * p.n;
                for (int64_t j = 0; j < p.n; ++j) {
                    row[static_cast<size_t>(j)] += static_cast<uint32_t>(factor * (from[j] - zero_of(zero_b, j)));
                }
            }
            for (int64_t j = 0; j < p.n; ++j) {
                sums[static_cast<size_t>((o * p.m + i) * p.n + j)] = static_cast<int32_t>(row[static_cast<size_t>(j)]);
            }
        }
    });
}

}  // namespace

std::vector<int32_t> integer_product(
    const Tensor& a,
    const Tensor& b,
    const MatrixProduct& product,
    const std::vector<int32_t>& zero_a,
    const std::vector<int32_t>& zero_b) {
    std::vector<int32_t> sums(static_cast<size_t>(element_count(product.shape)));
    const bool a_signed = a.type == DataType::s8, b_signed = b.type == DataType::s8;
    if (a_signed && b_signed) {
        integer_products<int8_t, int8_t>(a, b, product, zero_a, zero_b, sums);
    } else if (a_signed) {
        integer_products<int8_t, uint8_t>(a, b, product, zero_a, zero_b, sums);
    } else if (b_signed) {
        integer_products<uint8_t, int8_t>(a, b, product, zero_a, zero_b, sums);
    } else {
        integer_products<uint8_t, uint8_t>(a, b, product, zero_a, zero_b, sums);
    }
    return sums;
}

namespace {

void infer_matmul_integer(NodeView& node) {
    if (!node.require_type(1, kBytes) || !node.require_same_type(0, 2) || !node.require_same_type(1, 3)) {
        return;
    }
    const std::optional<MatrixProduct> product = matrix_product(node.shape(0), node.shape(1));
    if (!node.require(
            product.has_value(),
            fmt::format("shapes {} and {} have no product", shape_text(node.shape(0)), shape_text(node.shape(1))))) {
        return;
    }
    node.require(
        !node.has(2) || node.count(2) == 1 || node.count(2) == product->m,
        "its first zero point is neither one nor one per row");
    node.require(
        !node.has(3) || node.count(3) == 1 || node.count(3) == product->n,
        "its second zero point is neither one nor one per column");
    if (node.require_operations(operations_of(*product))) {
        node.output(DataType::s32, product->shape);
    }
}

void compute_matmul_integer(NodeView& node, std::span<Tensor> outputs) {
    const MatrixProduct p = *matrix_product(node.shape(0), node.shape(1));
    const std::vector<int32_t> sums = integer_product(node.in(0), node.in(1), p, zeros_of(node, 2), zeros_of(node, 3));
    std::copy(sums.begin(), sums.end(), outputs[0].as<int32_t>().begin());
}

// ---- Gemm ----

struct GemmShape {
    int64_t m, n, k;
    bool a_transposed, b_transposed;
};

GemmShape gemm_shape(NodeView& node) {
    const bool ta = node.integer("transA", 0) != 0, tb = node.integer("transB", 0) != 0;
    const Shape& a = node.shape(0);
    const Shape& b = node.shape(1);
    return {a[ta ? 1 : 0], b[tb ? 0 : 1], a[ta ? 0 : 1], ta, tb};
}

void infer_gemm(NodeView& node) {
    node.require_same_type(0, 1);
    node.require_same_type(0, 2);
    if (!node.require(node.rank(0) == 2 && node.rank(1) == 2, "its first two inputs are no matrices")) {
        return;
    }
    const GemmShape g = gemm_shape(node);
    node.require(node.shape(1)[g.b_transposed ? 1 : 0] == g.k, "its matrices do not fit each other");
    if (node.has(2) && !node.failed()) {
        const std::optional<Shape> both = broadcast_shapes(node.shape(2), {g.m, g.n});
        node.require(both && *both == Shape{g.m, g.n}, "its third input does not broadcast to the product");
    }
    if (node.require_operations(static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k))) {
        node.output(node.type(0), {g.m, g.n});
    }
}

void compute_gemm(NodeView& node, std::span<Tensor> outputs) {
    const GemmShape g = gemm_shape(node);
    const float alpha = node.number("alpha", 1), beta = node.number("beta", 1);
    const Tensor a = oriented(node.in(0), g.a_transposed), b = oriented(node.in(1), g.b_transposed);
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        T* y = outputs[0].as<T>().data();
        multiply_matrices<T, SumOf<T>>(a.as<T>().data(), b.as<T>().data(), y, g.m, g.n, g.k);
        const Shape& shape = outputs[0].shape;
        const Strides strides = node.has(2) ? broadcast_strides(node.shape(2), shape) : Strides{0, 0};
        const T* c = node.has(2) ? node.elements<T>(2).data() : nullptr;
        for_each_index<1>(shape, {strides}, [&](int64_t o, const std::array<int64_t, 1>& at) {
            auto value = static_cast<Compute<T>>(y[o]);
            value = alpha == 1 ? value : product_of<T>(saturate_cast<Compute<T>>(alpha), value);
            if (c != nullptr) {
                const auto bias = static_cast<Compute<T>>(c[at[0]]);
                value = sum_of<T>(value, beta == 1 ? bias : product_of<T>(saturate_cast<Compute<T>>(beta), bias));
            }
            y[o] = T(value);
        });
    });
}

// ---- Einsum ----

// An equation taken apart: every label's size, and the labels of each input and of the output.
struct Einsum {
    std::vector<std::string> inputs;  // one letter per dimension; an ellipsis became digits
    std::string output;
    std::map<char, int64_t> sizes;
};

// The labels of one term with its ellipsis written out as control characters, the last of them '\x10'.
std::optional<std::string> labels_of(std::string_view term, int64_t rank, int64_t ellipsis_rank) {
    std::string labels;
    for (size_t i = 0; i < term.size(); ++i) {
        if ((term[i] >= 'a' && term[i] <= 'z') || (term[i] >= 'A' && term[i] <= 'Z')) {
            labels += term[i];
        } else if (term.substr(i, 3) == "...") {
            const int64_t named = static_cast<int64_t>(term.size()) - 3;
            const int64_t held = rank < 0 ? ellipsis_rank : rank - named;
            for (int64_t d = held; d > 0; --d) {
                labels += static_cast<char>(0x10 - (d - 1));
            }
            i += 2;
        } else {
            return std::nullopt;
        }
    }
    return rank < 0 || static_cast<int64_t>(labels.size()) == rank ? std::optional(labels) : std::nullopt;
}

std::vector<std::string> split_terms(const std::string& text) {
    std::vector<std::string> terms(1);
    for (const char c : text) {
        if (c == ',') {
            terms.emplace_back();
        } else {
            terms.back() += c;
        }
    }
    return terms;
}

std::optional<Einsum> parse_einsum(NodeView& node) {
    std::string equation = node.text("equation", "");
    std::erase(equation, ' ');
    if (equation.size() > 200) {
        return std::nullopt;
    }
    const size_t arrow = equation.find("->");
    const std::vector<std::string> terms = split_terms(equation.substr(0, arrow));
    if (terms.size() != node.input_count()) {
        return std::nullopt;
    }
    Einsum result;
    std::map<char, int> seen;
    int64_t ellipsis_rank = 0;
    for (size_t i = 0; i < terms.size(); ++i) {
        const std::optional<std::string> labels = labels_of(terms[i], node.rank(i), 0);
        if (!labels || !node.has(i)) {
            return std::nullopt;
        }
        if (terms[i].find("...") != std::string::npos) {
            ellipsis_rank = std::max(ellipsis_rank, node.rank(i) - static_cast<int64_t>(terms[i].size()) + 3);
        }
        for (size_t d = 0; d < labels->size(); ++d) {
            int64_t& size = result.sizes.try_emplace((*labels)[d], 1).first->second;
            const int64_t dim = node.shape(i)[d];
            if (size != dim && size != 1 && dim != 1) {
                return std::nullopt;
            }
            size = size == 1 ? dim : size;
            ++seen[(*labels)[d]];
        }
        result.inputs.push_back(*labels);
    }
    if (arrow != std::string::npos) {
        const auto labels = labels_of(std::string_view(equation).substr(arrow + 2), -1, ellipsis_rank);
        if (!labels) {
            return std::nullopt;
        }
        result.output = *labels;
    } else {
        // without an arrow: the ellipsis, then the letters that stand once, in order
        for (const auto& [label, count] : seen) {
            if (label <= '\x10' || count == 1) {
                result.output += label;
            }
        }
    }
    for (size_t i = 0; i < result.output.size(); ++i) {
        const bool again = result.output.find(result.output[i], i + 1) != std::string::npos;
        if (again || !result.sizes.contains(result.output[i])) {
            return std::nullopt;
        }
    }
    return result;
}

void infer_einsum(NodeView& node) {
    for (size_t i = 1; i < node.input_count(); ++i) {
        node.require(node.has(i), "one of its inputs is missing");
        node.require_same_type(0, i);
    }
    if (node.failed()) {
        return;
    }
    const std::optional<Einsum> einsum = parse_einsum(node);
    if (!node.require(einsum.has_value(), "its equation is wrong or does not fit its inputs")) {
        return;
    }
    double operations = 1;
    for (const auto& [label, size] : einsum->sizes) {
        operations *= static_cast<double>(size);
    }
    Shape shape, summed;
    for (const auto& [label, size] : einsum->sizes) {
        if (einsum->output.find(label) == std::string::npos) {
            summed.push_back(size);
        }
    }
    for (const char label : einsum->output) {
        shape.push_back(einsum->sizes.at(label));
    }
    if (element_count(summed, node.limits().operations) < 0) {
        return node.too_large("it sums over more than can be counted");
    }
    if (node.require_operations(operations)) {
        node.output(node.type(0), shape);
    }
}

void compute_einsum(NodeView& node, std::span<Tensor> outputs) {
    const Einsum einsum = *parse_einsum(node);
    // all labels as one index: those of the output first
    std::string labels = einsum.output;
    for (const auto& [label, size] : einsum.sizes) {
        if (labels.find(label) == std::string::npos) {
            labels += label;
        }
    }
    Shape summed;
    Shape shape;
    for (size_t d = 0; d < labels.size(); ++d) {
        (d < einsum.output.size() ? shape : summed).push_back(einsum.sizes.at(labels[d]));
    }
    std::vector<Strides> strides;
    for (size_t i = 0; i < einsum.inputs.size(); ++i) {
        const Strides own = strides_of(node.shape(i));
        Strides all(labels.size(), 0);
        for (size_t d = 0; d < own.size(); ++d) {
            all[labels.find(einsum.inputs[i][d])] += node.shape(i)[d] == 1 ? 0 : own[d];
        }
        strides.push_back(all);
    }
    const size_t kept = shape.size();
    visit_type(node.type(0), [&]<class T>(TypeTag<T>) {
        std::vector<int64_t> index(labels.size(), 0);
        const auto offset = [&](size_t i) {
            int64_t at = 0;
            for (size_t d = 0; d < index.size(); ++d) {
                at += index[d] * strides[i][d];
            }
            return static_cast<size_t>(at);
        };
        const auto advance = [&](const Shape& dims, size_t first) {
            for (size_t d = dims.size(); d-- > 0;) {
                if (++index[first + d] < dims[d]) {
                    return;
                }
                index[first + d] = 0;
            }
        };
        const int64_t terms = element_count(summed, node.limits().operations);  // infer() refused -1
        for (T& y : outputs[0].as<T>()) {
            SumOf<T> sum{0};
            for (int64_t t = 0; t < terms; ++t) {
                SumOf<T> factor{1};
                for (size_t i = 0; i < strides.size(); ++i) {
                    factor *= static_cast<SumOf<T>>(static_cast<Compute<T>>(node.elements<T>(i)[offset(i)]));
                }
                sum += factor;
                advance(summed, kept);
            }
            y = T(static_cast<Compute<T>>(sum));
            advance(shape, 0);
        }
    });
}

constexpr OperatorInfo kRows[] = {
    {"", "MatMul", "integers wrap", "", 2, 2, 1, kNumbers, infer_matmul, compute_matmul},
    {"", "Gemm", "", "alpha beta transA transB broadcast", 2, 3, 1, kNumbers, infer_gemm, compute_gemm},
    {"",
     "MatMulInteger",
     "sums wrap at 32 bits; zero points per tensor, row or column",
     "",
     2,
     4,
     1,
     kBytes,
     infer_matmul_integer,
     compute_matmul_integer},
    {"",
     "Einsum",
     "letters, ellipsis and repeated letters",
     "equation",
     1,
     255,
     1,
     kNumbers,
     infer_einsum,
     compute_einsum},
};

}  // namespace

std::span<const OperatorInfo> matrix_operators() { return kRows; }

}  // namespace chipchain
