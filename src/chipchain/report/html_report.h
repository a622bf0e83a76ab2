// The results of a chain as JSON, and as one offline HTML file that holds the same JSON. The page (web/, TypeScript) is
// built at set-up and embedded into the program. Columns once, rows as arrays:
//   {"format": "chipchain-chain-1", "meta": {...}, "tables": {"milestones": {"help", "columns": [{"name", "kind",
//   "unit",
//    "help"}], "rows": [[...], ...]}, ...}}
// docs/report.md says what the page shows of which table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/report/table.h"

namespace chipchain {

// The extent of a wafer or panel whose places are in the table `maps`.
struct ReportMap {
    std::string name;
    std::string kind;  // wafer, panel
    double width_mm = 0;
    double height_mm = 0;
};

// What the head of the page says, and what makes its figures again.
struct ReportMeta {
    std::string title;
    std::string scenario;
    std::string note;
    std::string start;  // ISO dates of the horizon
    std::string end;
    std::string model_hash;
    uint64_t seed = 0;
    int64_t replications = 0;
    double service_percent = 0;  // the chosen service level; 0 is none
    std::string version;
    std::string fingerprint;
    std::string command;
    std::vector<std::string> bucket_dates;  // ISO dates at which the buckets of the plan begin
    std::vector<ReportMap> maps;
};

// What is told where a report was asked for and report_page() is empty.
inline constexpr std::string_view kNoReportPage = "report page not built: npm was not available";

// The page without data; empty when web/dist/report.html was not there when the program was built.
[[nodiscard]] std::string_view report_page();

// The JSON, on one line. '<' is written as \u003c, so that no text can end the script element that
// holds them; bytes that are not UTF-8 become U+FFFD; numbers that are not finite become null.
[[nodiscard]] std::string chain_json(const std::vector<ResultTable>& tables, const ReportMeta& meta);

// The whole document: `page` with the data in its element <script type="application/json" id="data">, which it must
// have once. The same tables and meta give the same bytes.
[[nodiscard]] std::string
html_report(std::string_view page, const std::vector<ResultTable>& tables, const ReportMeta& meta);

}  // namespace chipchain
