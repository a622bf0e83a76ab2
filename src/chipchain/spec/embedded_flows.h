// The flow files of library/flows, embedded into the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chipchain/spec/spec.h"

namespace chipchain {

struct EmbeddedFlowInfo {
    std::string name;
    std::string note;
};

[[nodiscard]] std::vector<EmbeddedFlowInfo> embedded_flows();
// Id: unknown-flow with the nearest name.
[[nodiscard]] Result<Spec> embedded_flow(std::string_view name);

}  // namespace chipchain
