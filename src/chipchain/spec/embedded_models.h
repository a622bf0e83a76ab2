// Models that need no files: the generated reference fab and the lines of library/lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

struct EmbeddedModelInfo {
    std::string name;
    std::string help;
};

[[nodiscard]] std::vector<EmbeddedModelInfo> embedded_models();

// Ids: unknown-model with the nearest name.
[[nodiscard]] Result<Spec> embedded_model(std::string_view name);

}  // namespace chipchain
