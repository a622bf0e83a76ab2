// Writes a model as files: model.toml for structure, CSV files for long tables (tool_groups.csv, route_<route>.csv,
// downs.csv, pms.csv, wip.csv, ...). Keys at their default are left out. Reading the files back gives the same model,
// to the tick.
#pragma once

#include <string>
#include <vector>

#include "chipchain/spec/reader.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

// The files of the model, model.toml first. REQUIRES: every value is inside the range of its key.
[[nodiscard]] std::vector<ModelFile> model_files(const Spec& spec);

// Writes them into `folder`, which appears complete or not at all. A folder that exists and is not empty is refused
// (folder-not-empty) unless `overwrite` is set and it holds a model.toml: then model.toml and the CSV files in it are
// replaced as a whole and all other files stay. Other ids: file-not-writable.
[[nodiscard]] Result<void> write_model(const Spec& spec, const std::string& folder, bool overwrite = false);

// A text as one cell of CSV. A blank cell means "absent", so that an empty text is written as "".
[[nodiscard]] std::string csv_cell(const std::string& text);

}  // namespace chipchain
