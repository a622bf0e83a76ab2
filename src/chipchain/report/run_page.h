// What `chipchain run` prints: tables that fit the window, from the tables of the replications.
#pragma once

#include <string>
#include <vector>

#include "chipchain/report/table.h"

namespace chipchain {

struct PageOptions {
    size_t width = 100;
    size_t most_groups = 12;  // rows of the bottleneck table; 0: all tool groups
};

// `replications` holds result_tables() of each, in order. REQUIRES at least one.
[[nodiscard]] std::string run_page(
    const std::vector<std::vector<ResultTable>>& replications,
    const PageOptions& options);

// The n-th table of each replication, for summarise().
[[nodiscard]] std::vector<const ResultTable*> same_table(
    const std::vector<std::vector<ResultTable>>& replications,
    std::string_view name);

// "51.34 ± 0.21", or without the interval when one replication says nothing about it, or "-" without a value.
[[nodiscard]] std::string with_interval(double mean, double half_width, int64_t count);

}  // namespace chipchain
