// chipchain new: a complete model folder from a process of the library and a few parameters.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/report/text_table.h"
#include "chipchain/spec/generate_line.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/writer.h"
#include "chipchain/yield/grid.h"

namespace chipchain {

namespace {

struct Kind {
    std::string_view name;
    std::string_view process;  // of the library
};
constexpr Kind kKinds[] = {
    {"fab", "logic14"},
    {"panel-line", "foplp-"},  // and the flow
    {"board-line", "hdi-board"},
    {"test-floor", "test-floor"},
};

// "700x500" as two lengths in mm, both above 0.
bool read_size(const std::string& text, double& x, double& y) {
    int end = 0;
    return std::sscanf(text.c_str(), "%lfx%lf%n", &x, &y, &end) == 2 && static_cast<size_t>(end) == text.size() &&
           x > 0 && y > 0 && x < 1e5 && y < 1e5;
}

// Packages of a panel: 10 mm edge, street 0.1 mm up to 10 mm and 0.2 mm above (assumption, as in the vectors of the
// packing calculator). 0 after a mistake, which is printed.
double packages_per_panel(const NewChoices& c) {
    double width = 0;
    double height = 0;
    double x = 0;
    double y = 0;
    if (!read_size(c.panel, width, height) || !read_size(c.package, x, y)) {
        print_diagnostics(
            {{Severity::error,
              "invalid-size",
              fmt::format("--panel {} --package {}: both sizes must be positive", c.panel, c.package),
              {UINT32_MAX, 0, 0, 0},
              "",
              "write millimetres as 700x700"}},
            {});
        return 0;
    }
    const double street = std::max(x, y) <= 10 ? 0.1 : 0.2;
    const Placement best =
        place(usable_region(PanelShape{width, height, 10, {}}), device_cell(x, y, street), Centring::best);
    if (best.devices == 0) {
        print_diagnostics(
            {{Severity::error,
              "package-too-large",
              fmt::format("a package of {} mm does not fit on a panel of {} mm with 10 mm edge", c.package, c.panel),
              {UINT32_MAX, 0, 0, 0},
              "",
              "take a larger panel or a smaller package"}},
            {});
    }
    return static_cast<double>(best.devices);
}

Result<Spec> read_process(const std::string& name, SourceMap& sources) {
    std::error_code error;
    if (std::filesystem::exists(name, error)) return read_model(name, &sources);
    return embedded_process(name);
}

}  // namespace

int new_verb(const NewChoices& c) {
    const auto* kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&c](const Kind& k) { return k.name == c.kind; });
    CHECK(kind != std::end(kKinds));
    std::string name = c.process.empty() ? std::string(kind->process) : c.process;
    double units = c.units;
    if (c.kind == "panel-line") {
        if (c.process.empty()) name += c.flow;
        if (units <= 0) units = packages_per_panel(c);
        if (units <= 0) return kExitMistake;
    }
    SourceMap sources;
    const Result<Spec> process = read_process(name, sources);
    if (!process) {
        print_diagnostics(process.error(), sources);
        return kExitMistake;
    }
    LineParameters parameters;
    parameters.pieces_per_month = c.starts;
    parameters.products = c.products;
    parameters.units_per_piece = units;
    parameters.seed = c.seed;
    parameters.repeats = {{"rdl", c.rdl}, {"laminations", c.laminations}, {"sides", c.sides}};
    parameters.name = std::filesystem::path(c.out).filename().string();
    const Result<Spec> line = generate_line(*process, parameters);
    if (!line) {
        print_diagnostics(line.error(), process->sources);
        return kExitMistake;
    }
    if (const Result<void> written = write_model(*line, c.out, c.overwrite); !written) {
        print_diagnostics(written.error(), {});
        return kExitMistake;
    }
    int64_t tools = 0;
    double capex = 0;
    double floor = 0;
    for (const ToolGroupSpec& g : line->tool_groups) {
        tools += g.tools;
        capex += static_cast<double>(g.tools) * g.capex_musd;
        floor += static_cast<double>(g.tools) * g.floor_m2;
    }
    fmt::print(
        "{}: {} tools in {} groups, {} routes of {} steps, {} lots in the line\n"
        "tools cost {} million US$ and stand on {} m2 (sources and assumptions: column source of tool_groups.csv)\n"
        "simulate it: chipchain run {}\n",
        c.out,
        grouped(tools),
        line->tool_groups.size(),
        line->products.size(),
        line->steps.size() / line->products.size(),
        grouped(static_cast<int64_t>(line->wip_lots.size())),
        grouped(static_cast<int64_t>(capex)),
        grouped(static_cast<int64_t>(floor)),
        c.out);
    return kExitGood;
}

}  // namespace chipchain
