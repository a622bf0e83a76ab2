// A network on a chip, for the terminal.
#pragma once

#include <string>
#include <vector>

#include "chipchain/report/table.h"

namespace chipchain {

// The page of chip_run_tables() in at most `width` columns: latency at three fidelities, where the time goes, energy,
// the slowest nodes (all of them with `all`), and the hashes of the last outputs.
[[nodiscard]] std::string chip_run_page(const std::vector<ResultTable>& tables, size_t width, bool all);

}  // namespace chipchain
