// The JSON Schema of model.toml (draft 2020-12) for editors: `chipchain schema > chipchain.schema.json`.
#pragma once

#include <string>

namespace chipchain {

// Pretty-printed with two blanks, ending with a line break; made from the field tables.
[[nodiscard]] std::string json_schema();

}  // namespace chipchain
