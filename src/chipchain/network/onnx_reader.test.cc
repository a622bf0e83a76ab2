#include "chipchain/network/onnx_reader.h"

#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "chipchain/network/evaluate.h"
#include "chipchain/network/onnx_writer.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

ValueId add_value(Network& network, const std::string& name, DataType type, Shape shape) {
    network.values.push_back(
        {.name = name, .typed = true, .type = type, .rank_known = true, .shape = std::move(shape)});
    return static_cast<ValueId>(network.values.size() - 1);
}

ValueId add_constant(Network& network, const std::string& name, Tensor tensor) {
    const ValueId id = add_value(network, name, tensor.type, tensor.shape);
    network.values[id].constant = std::move(tensor);
    return id;
}

// A convolution and a Relu: attributes of several kinds, an omitted name, constants of several types.
Network small_network() {
    Network network;
    network.name = "small";
    network.opset = 13;
    const ValueId x = add_value(network, "x", DataType::f32, {1, 2, 4, -1});
    Tensor w(DataType::f32, {3, 2, 3, 3});
    for (size_t i = 0; i < w.as<float>().size(); ++i) {
        w.as<float>()[i] = static_cast<float>(i) * 0.25F - 3;
    }
    const ValueId weights = add_constant(network, "w", w);
    const ValueId y = add_value(network, "", DataType::f32, {1, 3, 4, -1});
    const ValueId z = add_value(network, "z", DataType::f32, {1, 3, 4, -1});
    network.nodes.push_back(
        {.name = "conv",
         .op = "Conv",
         .inputs = {x, weights},
         .outputs = {y},
         .attributes = {integers_attribute_of("pads", {1, 1, 1, 1}), {.name = "group", .integer = 1}}});
    network.nodes.push_back({.name = "act", .op = "Clip", .inputs = {y}, .outputs = {z}});
    network.inputs = {x};
    network.outputs = {z};
    return network;
}

std::string first_id(const Result<Network>& network) { return network ? "read" : network.error()[0].id; }

Result<Network> parse(const std::vector<std::byte>& bytes, const OnnxLimits& limits = {}) {
    return parse_onnx(bytes, "test", limits);
}

// Replaces the only occurrence of `from`, of equal length. A test that finds none is wrong.
std::vector<std::byte> edited(std::vector<std::byte> bytes, const std::string& from, const std::string& to) {
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    std::memcpy(bytes.data() + at, to.data(), to.size());
    return bytes;
}

// Does a network survive being written and read, to the value of its outputs, and are its bytes stable?
TEST(OnnxRoundTrip, KeepsTheNetwork) {
    const Network network = small_network();
    const std::vector<std::byte> bytes = onnx_bytes(network);
    EXPECT_EQ(sha256_hex(bytes), sha256_hex(onnx_bytes(network)));
    const Result<Network> again = parse(bytes);
    ASSERT_TRUE(again) << again.error()[0].message;
    EXPECT_EQ(again->name, "small");
    EXPECT_EQ(again->opset, 13);
    ASSERT_EQ(again->nodes.size(), 2U);
    EXPECT_EQ(again->nodes[0].op, "Conv");
    EXPECT_EQ(integers_attribute(again->nodes[0], "pads"), (std::vector<int64_t>{1, 1, 1, 1}));
    EXPECT_EQ(again->values[again->inputs[0]].shape, (Shape{1, 2, 4, -1}));
    Tensor x(DataType::f32, {1, 2, 4, 5});
    for (size_t i = 0; i < x.as<float>().size(); ++i) {
        x.as<float>()[i] = static_cast<float>(i % 7) - 3;
    }
    const auto before = evaluate(network, {x}), after = evaluate(*again, {x});
    ASSERT_TRUE(before && after);
    EXPECT_EQ(tensor_hash((*before)[0]), tensor_hash((*after)[0]));
    EXPECT_EQ((*before)[0].shape, (Shape{1, 3, 4, 5}));
}

// Does a constant of every type come back with its bytes, the 4-bit ones of odd number included?
TEST(OnnxRoundTrip, KeepsConstantsOfEveryType) {
    for (int i = 0; i < static_cast<int>(DataType::text); ++i) {
        const auto type = static_cast<DataType>(i);
        Network network;
        network.opset = 21;
        Tensor tensor(type, {3, 1});
        for (size_t b = 0; b < tensor.bytes.size(); ++b) {
            tensor.bytes[b] = type == DataType::boolean ? std::byte{1} : static_cast<std::byte>(b + 1);
        }
        if (type == DataType::s4) {
            tensor.as<int8_t>()[1] = -8;
        }
        network.outputs = {add_constant(network, "c", tensor)};
        const Result<Network> again = parse(onnx_bytes(network));
        ASSERT_TRUE(again) << info(type).name << again.error()[0].message;
        EXPECT_EQ(again->values[again->outputs[0]].constant, tensor) << info(type).name;
    }
}

// Is every cut of a model refused or, where it ends at a field, a smaller model, and never a crash?
TEST(OnnxHostile, EveryCutEndsWithADiagnostic) {
    const std::vector<std::byte> bytes = onnx_bytes(small_network());
    size_t refused = 0;
    for (size_t size = 0; size < bytes.size(); ++size) {
        const Result<Network> network = parse({bytes.begin(), bytes.begin() + static_cast<int64_t>(size)});
        if (!network) {
            ++refused;
            EXPECT_TRUE(network.error()[0].id.starts_with("onnx-"));
            EXPECT_FALSE(network.error()[0].message.empty());
        }
    }
    EXPECT_EQ(refused, bytes.size());
}

// Does every change of one byte end with a network or a diagnostic?
TEST(OnnxHostile, EveryFlippedByteEndsOrdered) {
    const std::vector<std::byte> bytes = onnx_bytes(small_network());
    size_t refused = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        for (const std::byte mask : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
            std::vector<std::byte> changed = bytes;
            changed[i] ^= mask;
            const Result<Network> network = parse(changed);
            refused += network ? 0 : 1;
            if (network) {
                (void)infer_and_fold(*network, {{1, 2, 4, 4}}, {.tensor_elements = 1 << 16, .operations = 1 << 20});
            }
        }
    }
    EXPECT_GT(refused, bytes.size());
}

// A varint of protobuf.
std::string varint(uint64_t value) {
    std::string text;
    for (; value >= 128; value >>= 7) {
        text += static_cast<char>((value & 127) | 128);
    }
    return text + static_cast<char>(value);
}
std::string field(uint32_t number, const std::string& bytes) {
    return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string number(uint32_t field_number, uint64_t value) { return varint(field_number << 3) + varint(value); }
// A model (ir_version 8, opset 13) around the bytes of a graph.
std::vector<std::byte> model(const std::string& graph) {
    const std::string text = number(1, 8) + field(8, number(2, 13)) + field(7, graph);
    std::vector<std::byte> bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    return bytes;
}
// An initialiser: dims, type and whatever follows.
std::string initialiser(const std::vector<uint64_t>& dims, uint64_t type, const std::string& rest) {
    std::string tensor;
    for (const uint64_t dim : dims) {
        tensor += number(1, dim);
    }
    return field(5, tensor + number(2, type) + field(8, "w") + rest);
}
std::string node(const std::string& op, const std::vector<std::string>& in, const std::vector<std::string>& out) {
    std::string text;
    for (const std::string& name : in) {
        text += field(1, name);
    }
    for (const std::string& name : out) {
        text += field(2, name);
    }
    return field(1, text + field(3, "n_" + op) + field(4, op));
}
std::string port(uint32_t kind, const std::string& name, uint64_t type = 1) {
    return field(kind, field(1, name) + field(2, field(1, number(1, type) + field(2, ""))));
}

// Is every lie of a tensor about itself named, before anything of its size is allocated?
TEST(OnnxHostile, TensorsThatLieAreNamed) {
    const std::string four(4, '\1');
    const auto id = [](const std::string& graph) { return first_id(parse(model(graph))); };
    EXPECT_EQ(id(initialiser({1}, 1, field(9, four))), "read");
    EXPECT_EQ(id(initialiser({2}, 1, field(9, four))), "onnx-tensor");
    EXPECT_EQ(id(initialiser({1}, 1, "")), "onnx-tensor");
    EXPECT_EQ(id(initialiser({~uint64_t{0}}, 1, field(9, four))), "onnx-tensor");       // -1
    EXPECT_EQ(id(initialiser({uint64_t{1} << 29}, 1, field(9, four))), "onnx-tensor");  // 2 GB claimed
    EXPECT_EQ(id(initialiser({uint64_t{1} << 40}, 1, field(9, four))), "onnx-too-large");
    EXPECT_EQ(id(initialiser({uint64_t{1} << 62, 4, 4}, 1, field(9, four))), "onnx-too-large");  // product wraps to 0
    EXPECT_EQ(id(initialiser({0, uint64_t{1} << 62}, 1, "")), "onnx-too-large");
    EXPECT_EQ(id(initialiser(std::vector<uint64_t>(17, 1), 1, field(9, four))), "onnx-tensor");
    EXPECT_EQ(id(initialiser({1}, 14, field(9, four))), "onnx-type");  // complex64
    EXPECT_EQ(id(initialiser({1}, 0, field(9, four))), "onnx-type");
    EXPECT_EQ(id(initialiser({1}, 8, field(9, four))), "onnx-tensor");         // texts as raw bytes
    EXPECT_EQ(id(initialiser({1}, 2, field(5, varint(300)))), "onnx-tensor");  // 300 as u8
    EXPECT_EQ(id(initialiser({1}, 2, field(5, varint(255)))), "read");
    EXPECT_EQ(id(initialiser({1}, 1, field(9, four)) + initialiser({1}, 1, field(9, four))), "onnx-graph");  // twice
}

// Are graphs that cannot run named?
TEST(OnnxHostile, GraphsThatCannotRunAreNamed) {
    const auto id = [](const std::string& graph) { return first_id(parse(model(graph))); };
    EXPECT_EQ(id(port(11, "x") + node("Relu", {"x"}, {"y"}) + port(12, "y")), "read");
    EXPECT_EQ(id(port(11, "x") + node("Relu", {"q"}, {"y"}) + port(12, "y")), "onnx-graph");
    EXPECT_EQ(id(port(11, "x") + port(12, "y")), "onnx-graph");
    EXPECT_EQ(id(port(11, "x") + node("Relu", {"x"}, {"y"}) + node("Relu", {"x"}, {"y"})), "onnx-graph");
    EXPECT_EQ(id(port(11, "x") + node("Relu", {"x"}, {"x"})), "onnx-graph");
    EXPECT_EQ(id(node("Relu", {"b"}, {"a"}) + node("Relu", {"a"}, {"b"})), "onnx-graph");  // a cycle
    EXPECT_EQ(id(port(11, "x", 15)), "onnx-type");                                         // complex128
    // out of order is put in order
    const Result<Network> sorted =
        parse(model(port(11, "x") + node("Neg", {"a"}, {"b"}) + node("Relu", {"x"}, {"a"}) + port(12, "b")));
    ASSERT_TRUE(sorted);
    EXPECT_EQ(sorted->nodes[0].op, "Relu");
}

// Are depth, counts and sizes bounded?
TEST(OnnxHostile, DepthAndCountsAreBounded) {
    std::string graph;
    for (int depth = 0; depth < 500; ++depth) {
        graph = field(1, field(5, field(6, graph)));  // a node with an attribute with a graph
    }
    EXPECT_EQ(first_id(parse(model(graph))), "onnx-unreadable");
    std::string many;
    for (int i = 0; i < 1000; ++i) {
        many += node("Relu", {"x"}, {fmt::format("y{}", i)});
    }
    EXPECT_EQ(first_id(parse(model(port(11, "x") + many))), "read");
    EXPECT_EQ(first_id(parse(model(port(11, "x") + many), {.nodes = 999})), "onnx-too-large");
    EXPECT_EQ(first_id(parse(model(many), {.file_bytes = 100})), "onnx-too-large");
    EXPECT_EQ(first_id(parse({})), "onnx-unreadable");
    // a length that claims 2 GB where a few bytes are left
    std::vector<std::byte> bytes = model("");
    for (const char c : varint(7 << 3 | 2) + varint(uint64_t{2} << 30) + "abc") {
        bytes.push_back(static_cast<std::byte>(c));
    }
    EXPECT_EQ(first_id(parse(bytes)), "onnx-unreadable");
}

// Do subgraphs and unknown operators end as onnx-unsupported that names the node and what to do?
TEST(OnnxHostile, ControlFlowIsNamed) {
    const std::string branch = field(5, field(1, "then_branch") + number(20, 5) + field(6, field(2, "inner")));
    const std::string text = field(1, field(1, "x") + field(2, "y") + field(3, "choice") + field(4, "If") + branch);
    const Result<Network> network = parse(model(port(11, "x", 9) + text + port(12, "y")));
    ASSERT_TRUE(network) << network.error()[0].message;
    const Diagnostics found = unsupported_nodes(*network);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].id, "onnx-unsupported");
    EXPECT_NE(found[0].message.find("If 'choice'"), std::string::npos) << found[0].message;
    EXPECT_NE(found[0].help.find("condition"), std::string::npos);
    const auto outputs = evaluate(*network, {Tensor(DataType::boolean, {})});
    ASSERT_FALSE(outputs);
    EXPECT_EQ(outputs.error()[0].id, "onnx-unsupported");
}

class OnnxFiles : public testing::Test {
 protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / fmt::format("chipchain_onnx_{}", ::getpid());
        fs::create_directories(folder_ / "inside");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const fs::path& name, const std::vector<std::byte>& bytes) const {
        std::ofstream(folder_ / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    // A model whose weights (two floats) lie at `location`, as bytes offset, length.
    Result<Network> with_external(const std::string& location, const std::string& offset, const std::string& length)
        const {
        const auto entry = [](const std::string& key, const std::string& value) {
            return field(13, field(1, key) + field(2, value));
        };
        const std::string graph = initialiser(
            {2},
            1,
            entry("location", location) + entry("offset", offset) + entry("length", length) + number(14, 1));
        write("inside/m.onnx", model(graph));
        return read_onnx(folder_ / "inside" / "m.onnx");
    }

    fs::path folder_;
};

// Are external weights read from the model's folder, and from nowhere else?
TEST_F(OnnxFiles, ExternalDataStaysInTheFolder) {
    std::vector<std::byte> data(12);
    const float values[2] = {1.5F, -2};
    std::memcpy(data.data() + 4, values, 8);
    write("inside/w.bin", data);
    write("outside.bin", data);
    const Result<Network> good = with_external("w.bin", "4", "8");
    ASSERT_TRUE(good) << good.error()[0].message;
    EXPECT_EQ(good->values[0].constant->as<float>()[1], -2);
    const std::string bad = "onnx-external-data";
    EXPECT_EQ(first_id(with_external("../outside.bin", "4", "8")), bad);
    EXPECT_EQ(first_id(with_external((folder_ / "outside.bin").string(), "4", "8")), bad);
    EXPECT_EQ(first_id(with_external("missing.bin", "4", "8")), bad);
    EXPECT_EQ(first_id(with_external("", "4", "8")), bad);
    EXPECT_EQ(first_id(with_external(".", "4", "8")), bad);
    EXPECT_EQ(first_id(with_external("w.bin", "8", "8")), bad);
    EXPECT_EQ(first_id(with_external("w.bin", "4", "4")), bad);
    EXPECT_EQ(first_id(with_external("w.bin", "-4", "8")), bad);
    EXPECT_EQ(first_id(with_external("w.bin", "99999999999999999999", "8")), bad);
    fs::create_symlink(folder_ / "outside.bin", folder_ / "inside" / "link.bin");
    EXPECT_EQ(first_id(with_external("link.bin", "4", "8")), bad);
}

// Is a network written whole or not at all, and a file that is none named?
TEST_F(OnnxFiles, WritesWholeAndReadsWhatIsThere) {
    ASSERT_TRUE(write_onnx(small_network(), folder_ / "n.onnx"));
    EXPECT_TRUE(read_onnx(folder_ / "n.onnx"));
    const auto failed = write_onnx(small_network(), folder_ / "nowhere" / "n.onnx");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error()[0].id, "onnx-not-written");
    EXPECT_EQ(first_id(read_onnx(folder_ / "none.onnx")), "onnx-unreadable");
    EXPECT_EQ(first_id(read_onnx(folder_)), "onnx-unreadable");
    EXPECT_FALSE(read_onnx_tensor(folder_ / "n.onnx"));
}

// Does editing a written model reach the diagnostics of operators?
TEST(OnnxHostile, EditedOperatorsAreNamed) {
    const std::vector<std::byte> bytes = onnx_bytes(small_network());
    const Result<Network> misspelt = parse(edited(bytes, "Clip", "Clap"));
    ASSERT_TRUE(misspelt);
    const auto folded = infer_and_fold(*misspelt, {{1, 2, 4, 4}});
    ASSERT_FALSE(folded);
    EXPECT_EQ(folded.error()[0].id, "onnx-unsupported");
    EXPECT_NE(folded.error()[0].help.find("'Clip'"), std::string::npos) << folded.error()[0].help;
    const Result<Network> attribute = parse(edited(bytes, "group", "groop"));
    ASSERT_TRUE(attribute);
    const auto wrong = infer_and_fold(*attribute, {{1, 2, 4, 4}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error()[0].id, "onnx-operator");
    EXPECT_NE(wrong.error()[0].message.find("Conv 'conv'"), std::string::npos) << wrong.error()[0].message;
}

}  // namespace
}  // namespace chipchain
