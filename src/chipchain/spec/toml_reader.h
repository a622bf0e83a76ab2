// TOML files of a model. toml++ is included by toml_reader.cc alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/spec/rows.h"

namespace chipchain {

// A CSV file named in [files].
struct FileRequest {
    const TableInfo* table = nullptr;
    std::string name;
    Span span;
};

// Reads source file `file` (model.toml): [line], [switches], the arrays of tables, and the file names of [files], which
// are returned in their order. Reports toml-syntax, duplicate-key, unknown-table, unknown-profile, unknown-switch and
// what rows.h reports. After a syntax error the names of [files] are still found, so that the CSV files can be checked
// too.
std::vector<FileRequest> read_toml(Reading& reading, uint32_t file);

}  // namespace chipchain
