// Chips and fleets by name: the files of library/chips and library/fleets, embedded into the program, and files or
// folders of the user.
#pragma once

#include <string>
#include <vector>

#include "chipchain/spec/spec.h"

namespace chipchain {

struct EmbeddedChipInfo {
    std::string name;
    std::string title;
    std::string note;
};

// In order of name.
[[nodiscard]] std::vector<EmbeddedChipInfo> embedded_chips();

// Reads the chip that `name` stands for: a folder with chip.toml or a .toml file of the user, or an embedded chip.
// When it fails and `sources` is not null, *sources receives the texts for render(). Ids: unknown-chip with the nearest
// name, not-chip, and those of reader.h.
[[nodiscard]] Result<Spec> read_chip(const std::string& name, SourceMap* sources = nullptr);

// The same for fleets, library/fleets. Ids: unknown-fleet, not-fleet, and those of reader.h.
[[nodiscard]] std::vector<EmbeddedChipInfo> embedded_fleets();
[[nodiscard]] Result<Spec> read_fleet(const std::string& name, SourceMap* sources = nullptr);

}  // namespace chipchain
