// Recurrent cells with their default activations: RNN, GRU, LSTM; one or two directions, both layouts.
#include <algorithm>

#include "chipchain/network/operator_rows.h"

namespace chipchain {

namespace {

// Inputs: x, w, r, bias, lengths, initial_h, then of LSTM initial_c and peepholes.
struct Recurrence {
    int64_t gates = 1;  // RNN 1; GRU 3: update, reset, hidden; LSTM 4: input, output, forget, cell
    int64_t steps = 0, batch = 0, inputs = 0, hidden = 0, directions = 1;
    bool batch_first = false;  // layout = 1
    bool backward = false;     // the first direction runs from the end
    bool reset_last = false;   // GRU: linear_before_reset
};

bool require_shape(NodeView& node, size_t i, const Shape& shape) {
    return node.require(
        !node.has(i) || node.shape(i) == shape,
        fmt::format("its input {} is not of shape {}", i, shape_text(shape)));
}

// The activations must be the defaults, stated or not.
void require_activations(NodeView& node, const Recurrence& r) {
    const std::vector<std::string> stated = node.texts("activations");
    const std::vector<std::string> defaults = r.gates == 4   ? std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}
                                              : r.gates == 3 ? std::vector<std::string>{"Sigmoid", "Tanh"}
                                                             : std::vector<std::string>{"Tanh"};
    for (size_t i = 0; i < stated.size(); ++i) {
        node.require(stated[i] == defaults[i % defaults.size()], "its activations are not the defaults");
    }
    node.require(node.integer("input_forget", 0) == 0, "it ties its gates");
}

std::optional<Recurrence> recurrence_of(NodeView& node) {
    Recurrence r;
    r.gates = node.op() == "LSTM" ? 4 : node.op() == "GRU" ? 3 : 1;
    const std::string direction = node.text("direction", "forward");
    node.require(
        direction == "forward" || direction == "reverse" || direction == "bidirectional",
        "its direction is not known");
    node.require(node.integer("layout", 0) == 0 || node.integer("layout", 0) == 1, "its layout is neither 0 nor 1");
    if (!node.require(node.rank(0) == 3 && node.rank(2) == 3, "its inputs have not 3 dimensions")) {
        return std::nullopt;
    }
    r.directions = direction == "bidirectional" ? 2 : 1;
    r.backward = direction == "reverse";
    r.batch_first = node.integer("layout", 0) == 1;
    r.reset_last = node.integer("linear_before_reset", 0) != 0;
    r.steps = node.shape(0)[r.batch_first ? 1 : 0];
    r.batch = node.shape(0)[r.batch_first ? 0 : 1];
    r.inputs = node.shape(0)[2];
    r.hidden = node.shape(2)[2];
    require_activations(node, r);
    node.require(node.integer("hidden_size", r.hidden) == r.hidden, "its hidden_size differs from its weights");
    require_shape(node, 1, {r.directions, r.gates * r.hidden, r.inputs});
    require_shape(node, 2, {r.directions, r.gates * r.hidden, r.hidden});
    require_shape(node, 3, {r.directions, 2 * r.gates * r.hidden});
    require_shape(node, 4, {r.batch});
    node.require_type(4, type_bit(DataType::s32));
    const Shape state = r.batch_first ? Shape{r.batch, r.directions, r.hidden} : Shape{r.directions, r.batch, r.hidden};
    require_shape(node, 5, state);
    require_shape(node, 6, state);
    require_shape(node, 7, {r.directions, 3 * r.hidden});
    for (const size_t i : {1, 2, 3, 5, 6, 7}) {
        node.require_same_type(0, i);
    }
    return node.failed() ? std::nullopt : std::optional(r);
}

void infer_recurrent(NodeView& node) {
    const std::optional<Recurrence> r = recurrence_of(node);
    if (!r) {
        return;
    }
    const auto count = [](int64_t value) { return static_cast<double>(value); };
    if (!node.require_operations(
            count(r->directions) * count(r->steps) * count(r->batch) * count(r->gates) * count(r->hidden) *
            (count(r->inputs) + count(r->hidden)))) {
        return;
    }
    const Shape state =
        r->batch_first ? Shape{r->batch, r->directions, r->hidden} : Shape{r->directions, r->batch, r->hidden};
    node.output(
        node.type(0),
        r->batch_first ? Shape{r->batch, r->steps, r->directions, r->hidden}
                       : Shape{r->steps, r->directions, r->batch, r->hidden});
    node.output(node.type(0), state);
    if (r->gates == 4) {
        node.output(node.type(0), state);
    }
}

// One direction of one sequence: its weights, and the state that runs along.
template <class T>
class Cell {
 public:
    using C = Compute<T>;

    Cell(NodeView& node, const Recurrence& r, int64_t direction, int64_t at)
        : r_(r),
          w_(node.elements<T>(1).data() + direction * r.gates * r.hidden * r.inputs),
          r_weights_(node.elements<T>(2).data() + direction * r.gates * r.hidden * r.hidden),
          h(size_of(r.hidden), C{0}),
          c(size_of(r.hidden), C{0}),
          from_input_(size_of(r.gates * r.hidden)),
          from_state_(from_input_.size()) {
        bias_ = node.has(3) ? node.elements<T>(3).data() + direction * 2 * r.gates * r.hidden : nullptr;
        peepholes_ = node.has(7) ? node.elements<T>(7).data() + direction * 3 * r.hidden : nullptr;
        for (int64_t i = 0; i < r.hidden; ++i) {
            h[size_of(i)] = node.has(5) ? static_cast<C>(node.elements<T>(5)[size_of(at + i)]) : C{0};
            c[size_of(i)] = node.has(6) ? static_cast<C>(node.elements<T>(6)[size_of(at + i)]) : C{0};
        }
    }

    void step(const T* x) {
        for (int64_t g = 0; g < r_.gates * r_.hidden; ++g) {
            C sum = 0;
            for (int64_t i = 0; i < r_.inputs; ++i) {
                sum += static_cast<C>(x[i]) * static_cast<C>(w_[g * r_.inputs + i]);
            }
            from_input_[size_of(g)] = sum + (bias_ != nullptr ? static_cast<C>(bias_[g]) : C{0});
            from_state_[size_of(g)] = row(g, h);
        }
        switch (r_.gates) {
            case 4:
                return step_lstm();
            case 3:
                return step_gru();
            default:
                for (int64_t i = 0; i < r_.hidden; ++i) {
                    h[size_of(i)] = std::tanh(gate(0, i));
                }
        }
    }

 private:
    static size_t size_of(int64_t i) { return static_cast<size_t>(i); }
    static C sigmoid(C x) { return C(1) / (C(1) + std::exp(-x)); }

    // Row g of the recurrent weights times a state, plus its bias.
    C row(int64_t g, const std::vector<C>& state) const {
        C sum = 0;
        for (int64_t i = 0; i < r_.hidden; ++i) {
            sum += state[size_of(i)] * static_cast<C>(r_weights_[g * r_.hidden + i]);
        }
        return sum + (bias_ != nullptr ? static_cast<C>(bias_[r_.gates * r_.hidden + g]) : C{0});
    }
    C gate(int64_t g, int64_t i) const {
        return from_input_[size_of(g * r_.hidden + i)] + from_state_[size_of(g * r_.hidden + i)];
    }
    C peephole(int64_t g, int64_t i, C cell) const {
        return peepholes_ != nullptr ? static_cast<C>(peepholes_[g * r_.hidden + i]) * cell : C{0};
    }

    void step_lstm() {
        for (int64_t i = 0; i < r_.hidden; ++i) {
            C& cell = c[size_of(i)];
            const C input = sigmoid(gate(0, i) + peephole(0, i, cell));
            const C forget = sigmoid(gate(2, i) + peephole(2, i, cell));
            cell = forget * cell + input * std::tanh(gate(3, i));
            h[size_of(i)] = sigmoid(gate(1, i) + peephole(1, i, cell)) * std::tanh(cell);
        }
    }

    void step_gru() {
        // the reset gates hide the state before all hidden gates read it
        std::vector<C> hidden(h.size());
        for (int64_t i = 0; i < r_.hidden; ++i) {
            hidden[size_of(i)] = sigmoid(gate(1, i)) * h[size_of(i)];
        }
        std::vector<C> next(h.size());
        for (int64_t i = 0; i < r_.hidden; ++i) {
            const int64_t g = 2 * r_.hidden + i;
            const C state = r_.reset_last ? sigmoid(gate(1, i)) * from_state_[size_of(g)] : row(g, hidden);
            const C update = sigmoid(gate(0, i));
            next[size_of(i)] = (C(1) - update) * std::tanh(from_input_[size_of(g)] + state) + update * h[size_of(i)];
        }
        h = next;
    }

    const Recurrence& r_;
    const T* w_;
    const T* r_weights_;
    const T* bias_ = nullptr;
    const T* peepholes_ = nullptr;

 public:
    std::vector<C> h;  // state
    std::vector<C> c;  // of LSTM: the cell

 private:
    std::vector<C> from_input_;
    std::vector<C> from_state_;
};

template <class T>
void run_sequences(NodeView& node, const Recurrence& r, std::span<Tensor> outputs) {
    const auto put = [](Tensor& tensor, int64_t at, const std::vector<Compute<T>>& values) {
        for (size_t i = 0; i < values.size(); ++i) {
            tensor.as<T>()[static_cast<size_t>(at) + i] = T(values[i]);
        }
    };
    for (int64_t d = 0; d < r.directions; ++d) {
        for (int64_t b = 0; b < r.batch; ++b) {
            const int64_t length = node.has(4) ? node.elements<int32_t>(4)[static_cast<size_t>(b)] : r.steps;
            if (!node.require(length >= 0 && length <= r.steps, "a sequence is longer than its input")) {
                return;
            }
            const int64_t state = (r.batch_first ? b * r.directions + d : d * r.batch + b) * r.hidden;
            Cell<T> cell(node, r, d, state);
            for (int64_t k = 0; k < length; ++k) {
                const int64_t t = r.backward || d == 1 ? length - 1 - k : k;
                cell.step(node.elements<T>(0).data() + (r.batch_first ? b * r.steps + t : t * r.batch + b) * r.inputs);
                const int64_t to =
                    r.batch_first ? (b * r.steps + t) * r.directions + d : (t * r.directions + d) * r.batch + b;
                put(outputs[0], to * r.hidden, cell.h);
            }
            put(outputs[1], state, cell.h);
            if (r.gates == 4) {
                put(outputs[2], state, cell.c);
            }
        }
    }
}

void compute_recurrent(NodeView& node, std::span<Tensor> outputs) {
    const Recurrence r = *recurrence_of(node);
    visit_float(node.type(0), [&]<class T>(TypeTag<T>) { run_sequences<T>(node, r, outputs); });
}

constexpr std::string_view kHelp = "default activations; no clip";

constexpr OperatorInfo kRows[] = {
    {"",
     "RNN",
     kHelp,
     "activations direction hidden_size layout",
     3,
     6,
     2,
     kFloats,
     infer_recurrent,
     compute_recurrent},
    {"",
     "GRU",
     kHelp,
     "activations direction hidden_size layout linear_before_reset",
     3,
     6,
     2,
     kFloats,
     infer_recurrent,
     compute_recurrent},
    {"",
     "LSTM",
     kHelp,
     "activations direction hidden_size layout input_forget",
     3,
     8,
     3,
     kFloats,
     infer_recurrent,
     compute_recurrent},
};

}  // namespace

std::span<const OperatorInfo> recurrent_operators() { return kRows; }

}  // namespace chipchain
