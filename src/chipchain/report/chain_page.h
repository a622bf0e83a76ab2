// The page that `chipchain run SCENARIO` and `chipchain plan SCENARIO` print, from the tables of a study.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/report/table.h"

namespace chipchain {

struct ChainPageOptions {
    size_t width = 100;    // of the terminal
    bool quarters = true;  // supply by quarter; false: by year
    bool all = false;      // every row of long tables
};

// Milestones, supply against demand, bottlenecks, costs, outside orders, risks, tornado, in this order; parts without
// rows are left out. Ends with a line break.
[[nodiscard]] std::string chain_page(const std::vector<ResultTable>& tables, const ChainPageOptions& options);

// What an outage of each site does, alone.
[[nodiscard]] std::string risk_page(const std::vector<ResultTable>& tables, size_t width);

// Why the deliveries of a programme (all: "") in a quarter (all: "") are late, with the way upstream and the fixes.
[[nodiscard]] std::string late_page(
    const std::vector<ResultTable>& tables,
    const std::string& programme,
    const std::string& quarter,
    size_t width);

// What differs between two studies: figures, milestones, supply by programme and year, modules, bottlenecks, reasons.
[[nodiscard]] std::string
compare_page(const std::vector<ResultTable>& first, const std::vector<ResultTable>& second, size_t width);

}  // namespace chipchain
