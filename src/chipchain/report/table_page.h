// Any result table for the terminal: keys to the left, numbers with three significant digits or more, units in the
// heads.
#pragma once

#include <cstddef>
#include <string>

#include "chipchain/report/table.h"

namespace chipchain {

// The table in at most `width` columns; beyond `most` rows the rest is counted. Later columns are left out first where
// the window is narrow. A table without rows gives "".
[[nodiscard]] std::string table_page(const ResultTable& table, size_t width, size_t most = SIZE_MAX);

}  // namespace chipchain
