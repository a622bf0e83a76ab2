// Scenarios by name: the folders of library/scenarios, embedded into the program, and folders or files of the user.
// A folder of a scenario has scenario.toml, CSV files and variants/NAME.toml: overlays on it.
#pragma once

#include <string>
#include <vector>

#include "chipchain/spec/spec.h"

namespace chipchain {

struct EmbeddedScenarioInfo {
    std::string name;
    std::string note;
    std::vector<std::string> variants;
};

[[nodiscard]] std::vector<EmbeddedScenarioInfo> embedded_scenarios();
[[nodiscard]] bool is_embedded_scenario(std::string_view name);

// Reads a scenario and applies overlays in their order. `name`: a folder or file of the user, or the name of an
// embedded scenario; a file that is an overlay is applied on its base. An overlay: a file, or the name of a variant of
// the scenario. The base that an overlay names: a folder relative to its file, or an embedded scenario; it is not
// looked at when the overlay is applied on a scenario that the caller names.
// When it fails and `sources` is not null, *sources receives the texts for render(). Ids: unknown-scenario,
// unknown-variant, not-overlay, overlay-base, and those of reader.h and overlay.h.
[[nodiscard]] Result<Spec>
read_scenario(const std::string& name, const std::vector<std::string>& overlays = {}, SourceMap* sources = nullptr);

}  // namespace chipchain
