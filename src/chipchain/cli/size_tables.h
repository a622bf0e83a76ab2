// What chipchain size and chipchain curve found, as tables (JSON) and as a page.
#pragma once

#include <string>
#include <vector>

#include "chipchain/report/table.h"
#include "chipchain/study/rates.h"
#include "chipchain/study/size.h"

namespace chipchain {

struct SizeFindings {
    const Spec* before = nullptr;  // the model as read
    SizeResult result;
    std::vector<RateStep> curve;
    double knee_starts = 0;  // pieces in 30 days
    std::vector<MoreTool> more;
    uint64_t seed = 1;
};

// size, size_group, size_cost, size_curve.
[[nodiscard]] std::vector<ResultTable> size_tables(const SizeFindings& findings);
// size_curve alone.
[[nodiscard]] ResultTable curve_table(const std::vector<RateStep>& curve, double now);

// `most_groups` of the bottleneck table; 0: all.
[[nodiscard]] std::string size_page(const SizeFindings& findings, size_t width, size_t most_groups);
[[nodiscard]] std::string rates_text(const std::vector<RateStep>& rates, double now, size_t width);
[[nodiscard]] std::string curve_page(const std::vector<RateStep>& curve, double now, double knee_starts, size_t width);

}  // namespace chipchain
