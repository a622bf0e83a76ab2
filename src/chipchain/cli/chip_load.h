// From what the user names (reference network or ONNX file, chip of the library or chip file) to what can be run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/cli/chip.h"
#include "chipchain/network/lower.h"

namespace chipchain {

struct NetworkOptions {
    std::string name;                 // reference network, or an ONNX file
    std::vector<std::string> shapes;  // of the inputs, in order, as 1x3x224x224; empty: as declared
    std::string requant = "f32-rne";
};

struct LoadedNetwork {
    Network imported;  // shapes known, constants folded
    Lowered lowered;
};

// The network lowered for chips, or why it cannot be.
[[nodiscard]] Result<LoadedNetwork> lowered_network(const NetworkOptions& options);
// Options of the network as they would be typed: "--requant f32-rne --shape 1x3x224x224".
[[nodiscard]] std::string network_options_text(const ChipChoices& choices);

// Diagnostics are printed; nothing when there are errors.
[[nodiscard]] std::optional<Network> load_float(const NetworkOptions& options);  // constants folded
[[nodiscard]] std::optional<LoadedNetwork> load_network(const NetworkOptions& options);
// All of them, or nothing: the mistakes of every chip are printed.
[[nodiscard]] std::optional<std::vector<ChipModel>> load_chips(const std::vector<std::string>& names);

// Fills a tensor of floats with values in [0, 1) that are multiples of 2^-24, keyed by (seed, number, input, element).
void fill_unit(Tensor& tensor, uint64_t seed, uint32_t number, uint32_t input);

// Says on stderr what bins, power and energy leave out or assume when a chip states no area of its die.
void note_unknown_die(const ChipModel& chip);

}  // namespace chipchain
