#include "chipchain/cli/chip_load.h"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "chipchain/base/random.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/cli/load.h"
#include "chipchain/network/onnx_reader.h"
#include "chipchain/network/operators.h"
#include "chipchain/network/reference_networks.h"

namespace chipchain {

namespace {

Diagnostics mistake(std::string id, std::string message, std::string help) {
    return {{Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)}};
}

std::optional<RequantMode> requant_mode(const std::string& text) {
    constexpr std::pair<std::string_view, RequantMode> kModes[] = {
        {"f32-rne", RequantMode::f32_rne},
        {"i32-single", RequantMode::i32_single},
        {"i32-double", RequantMode::i32_double}};
    for (const auto& [name, mode] : kModes) {
        if (name == text) return mode;
    }
    return {};
}

// "1x3x224x224"
Result<std::vector<Shape>> read_shapes(const std::vector<std::string>& texts) {
    std::vector<Shape> shapes;
    for (const std::string& text : texts) {
        Shape shape;
        const char* at = text.data();
        const char* const end = at + text.size();
        while (at < end) {
            int64_t dimension = 0;
            const auto [next, error] = std::from_chars(at, end, dimension);
            const bool last = next == end;
            if (error != std::errc{} || dimension < 1 || (!last && (*next != 'x' || next + 1 == end))) {
                return tl::unexpected(mistake(
                    "onnx-shape",
                    fmt::format("'{}' is no shape", text),
                    "write the dimensions of an input with x between: --shape 1x3x224x224"));
            }
            shape.push_back(dimension);
            at = last ? end : next + 1;
        }
        shapes.push_back(shape);
    }
    return shapes;
}

Result<Network> read_network(const std::string& name) {
    std::error_code error;
    const bool path = name.find('/') != std::string::npos || name.ends_with(".onnx");
    if (path || std::filesystem::exists(name, error)) return read_onnx(name);
    std::vector<std::string> names;
    for (const ReferenceNetworkInfo& reference : reference_networks()) {
        names.emplace_back(reference.name);
        if (reference.name == name) return reference_network(name);
    }
    const std::string nearest = nearest_name(name, names);
    return tl::unexpected(mistake(
        "unknown-network",
        fmt::format("there is neither a file nor a reference network '{}'", name),
        nearest.empty() ? "chipchain chip list names the reference networks"
                        : fmt::format("did you mean '{}'?", nearest)));
}

// `infer`: infer_and_fold() for float networks, infer_for_chip() before lowering.
using Infer = Result<Network> (*)(Network network, const std::vector<Shape>& shapes);

Result<Network> import_network(const NetworkOptions& options, Infer infer) {
    Result<Network> network = read_network(options.name);
    if (!network) return network;
    if (const Diagnostics unsupported = unsupported_nodes(*network); !unsupported.empty())
        return tl::unexpected(unsupported);
    const Result<std::vector<Shape>> shapes = read_shapes(options.shapes);
    if (!shapes) return tl::unexpected(shapes.error());
    return infer(std::move(*network), *shapes);
}

template <class T>
std::optional<T> print_or(Result<T> result) {
    if (result) return std::move(*result);
    print_diagnostics(result.error(), {});
    return {};
}

}  // namespace

std::string network_options_text(const ChipChoices& choices) {
    std::string text = "--requant " + choices.requant;
    for (const std::string& shape : choices.shapes) text += " --shape " + shape;
    return text;
}

std::optional<Network> load_float(const NetworkOptions& options) {
    return print_or(import_network(options, [](Network network, const std::vector<Shape>& shapes) {
        return infer_and_fold(std::move(network), shapes);
    }));
}

std::optional<LoadedNetwork> load_network(const NetworkOptions& options) { return print_or(lowered_network(options)); }

Result<LoadedNetwork> lowered_network(const NetworkOptions& options) {
    Result<Network> imported = import_network(options, infer_for_chip);
    if (!imported) return tl::unexpected(std::move(imported.error()));
    LowerOptions lowering;
    lowering.mode = requant_mode(options.requant).value_or(RequantMode::f32_rne);
    Result<Lowered> lowered = lower(*imported, lowering);
    if (!lowered) return tl::unexpected(std::move(lowered.error()));
    if (lowered->network.name.empty()) lowered->network.name = std::filesystem::path(options.name).stem().string();
    return LoadedNetwork{std::move(*imported), std::move(*lowered)};
}

std::optional<std::vector<ChipModel>> load_chips(const std::vector<std::string>& names) {
    std::vector<ChipModel> chips;
    for (const std::string& name : names) {
        SourceMap sources;
        Result<ChipModel> chip = load_chip(name, &sources);
        if (chip) {
            chips.push_back(std::move(*chip));
        } else {
            print_diagnostics(chip.error(), sources);
        }
    }
    if (chips.size() < names.size()) return {};
    return chips;
}

void fill_unit(Tensor& tensor, uint64_t seed, uint32_t number, uint32_t input) {
    const RandomSource random{seed, number};
    const std::span<float> values = tensor.as<float>();
    for (size_t k = 0; k < values.size(); ++k) {
        const RandomWords words = random.draw(Purpose::generate, input, k / 4);
        values[k] = static_cast<float>(words.word[k % 4] >> 8) * 0x1.0p-24F;
    }
}

void note_unknown_die(const ChipModel& chip) {
    if (figure_of(chip, ChipFigure::die_mm2).known) return;
    fmt::print(
        stderr,
        "note: {} states no die_mm2: its bins have no defects, its leakage is that of SRAM alone, and its wires count "
        "1 mm\n",
        chip.name);
}

}  // namespace chipchain
