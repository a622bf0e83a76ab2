// Tables of a chain study, one function each; used by chain_tables*.cc only.
#pragma once

#include <string>
#include <vector>

#include "chipchain/report/chain_tables.h"

namespace chipchain {

// ISO date of a time of the scenario; empty for kNever.
[[nodiscard]] std::string chain_date(const ChainModel& model, Time t);

[[nodiscard]] ResultTable chain_run_table(
    const ChainModel& model,
    const ChainStudy& study,
    const ChainStudyOptions& options,
    const std::string& command);
[[nodiscard]] ResultTable summary_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable cost_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable risk_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable tornado_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable late_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable loop_table(const ChainStudy& study);
[[nodiscard]] ResultTable pooling_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable line_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable gap_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable money_table(const ChainStudy& study);
[[nodiscard]] ResultTable flow_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable balance_table(const ChainModel& model, const ChainStudy& study);
[[nodiscard]] ResultTable assumption_table(const ChainModel& model);

}  // namespace chipchain
