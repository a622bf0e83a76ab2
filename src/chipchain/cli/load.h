// From what the user names (an embedded model, a model folder or file, an SMT2020 folder) to a compiled model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/model.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

struct ModelOptions {
    std::string model = "reference-fab";
    std::vector<std::string> set;  // "switch=value"
    std::string rule;              // rank expression that replaces the line's rule
};

struct Loaded {
    Spec spec;
    Model model;
    size_t warnings = 0;
};

// Reads the spec and applies `set` and `rule`. Prints all diagnostics to stderr; nothing when there are errors.
[[nodiscard]] std::optional<Spec> load_spec(const ModelOptions& options);

// The same, compiled. Warnings are printed, unless `quiet`.
[[nodiscard]] std::optional<Loaded> load_model(const ModelOptions& options, bool quiet = false);

struct LoadedChain {
    Spec spec;
    ChainModel model;
    size_t warnings = 0;
};

// True for the name of an embedded scenario, and for files and folders that hold a scenario or an overlay.
[[nodiscard]] bool is_scenario(const std::string& name);

// A scenario with overlays (spec/embedded_scenarios.h), compiled. Diagnostics are printed; `quiet`: errors only.
[[nodiscard]] std::optional<LoadedChain>
load_chain(const std::string& name, const std::vector<std::string>& overlays, bool quiet = false);

// Days on the command line as ticks; -1 stays -1.
[[nodiscard]] Time ticks_or_model(double days);

// True when statistics are left: prints the mistake when the warm-up does not end before the horizon.
[[nodiscard]] bool check_window(const Model& model, double days, double warmup);

// The last part of a folder's path: "fab" of "out/fab" and of "out/fab/".
[[nodiscard]] std::string folder_name(const std::string& path);

void print_diagnostics(const Diagnostics& diagnostics, const SourceMap& sources);

// "--message-format json": diagnostics as one JSON object per line.
void print_messages_as_json(bool json);

}  // namespace chipchain
