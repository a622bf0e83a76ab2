// The table of a conformance run: every network on every version.
#pragma once

#include <span>

#include "chipchain/chip/conform.h"
#include "chipchain/report/table.h"

namespace chipchain {

// Schema chip_conform.
[[nodiscard]] std::span<const TableSchema> chip_conform_schemas();
[[nodiscard]] ResultTable chip_conform_table(const ConformReport& report);

}  // namespace chipchain
