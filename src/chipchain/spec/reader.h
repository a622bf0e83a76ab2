// Reads a model: a folder with model.toml, scenario.toml or chip.toml, or one .toml file, and the CSV files it names in
// [files].
#pragma once

#include <span>
#include <string>

#include "chipchain/spec/spec.h"

namespace chipchain {

// Reads the model at `path`: a folder that contains model.toml, scenario.toml or chip.toml, or a .toml file. CSV files
// must lie inside the folder of the .toml file. Returns the spec (every required field given, every value in its range,
// references NOT resolved) or all diagnostics of all files. When it fails and `sources` is not null, *sources receives
// the texts for render().
[[nodiscard]] Result<Spec> read_model(const std::string& path, SourceMap* sources = nullptr);

struct ModelFile {
    std::string name;  // "model.toml", "steps.csv"
    std::string contents;
};

// The same from memory (embedded models, tests). The first file whose name ends in .toml is the model file.
[[nodiscard]] Result<Spec> read_model_text(std::span<const ModelFile> files, SourceMap* sources = nullptr);

}  // namespace chipchain
