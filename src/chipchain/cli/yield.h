// chipchain yield die|panel|board|map: counts, yields, costs and maps of substrates.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/cli/yield_request.h"
#include "chipchain/report/yield_study.h"

namespace CLI {
class App;
}

namespace chipchain {

struct YieldChoices {
    std::string what;                          // die, panel, board, map
    std::map<std::string, std::string> given;  // options of yield_options(), as written
    std::vector<std::string> arguments;        // the command line, for diagnostics
    std::string map_file;                      // of `map`
    bool compare_formats = false;
    bool no_map = false;  // on the terminal
    std::string svg;      // files; empty: not written
    std::string png;
    std::string g85;
    std::string e142;
    std::string json;
    std::string id = "SUBSTRATE-1";
    std::string lot = "LOT-1";
    std::string product = "PRODUCT";
};

void add_yield(CLI::App& app, YieldChoices& choices);
int yield_verb(const YieldChoices& choices);

// What the verb prints of a request, as text; `width` columns.
[[nodiscard]] std::string yield_page(const YieldRequest& request, const YieldAnswer& answer, size_t width);
// The same as JSON: {"parameters": [...], "figures": [...], "yields": [...]}.
[[nodiscard]] std::string yield_json(const YieldRequest& request, const YieldAnswer& answer);
// The request answered. Nothing fits: die-larger-than-wafer, package-larger-than-panel or board-larger-than-panel.
[[nodiscard]] Result<YieldAnswer> answer_request(const YieldRequest& request, const YieldChoices& choices);
// Packages of the request on every format, and the best size within a tenth of it.
[[nodiscard]] std::string formats_page(const YieldRequest& request, size_t width);

}  // namespace chipchain
