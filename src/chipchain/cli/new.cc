// chipchain new: a complete model folder from a process of the library and a few parameters.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/base/time.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/model/compile.h"
#include "chipchain/report/text_table.h"
#include "chipchain/spec/generate_line.h"
#include "chipchain/spec/generate_ramp.h"
#include "chipchain/spec/process.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/smt2020_writer.h"
#include "chipchain/spec/writer.h"
#include "chipchain/yield/geometry_checks.h"
#include "chipchain/yield/packing.h"

namespace chipchain {

namespace {

constexpr double kMostStartsOfFactory = 100'000;  // a giga fab, fab facts 5.6
constexpr size_t kRowsShown = 10;
constexpr double kGreatestParameter = 1e9;  // as in the schema

struct Kind {
    std::string_view name;
    std::string_view process;  // of the library; of panel lines the flow follows
};
constexpr Kind kKinds[] = {
    {"fab", "logic14"},
    {"panel-line", "foplp-"},
    {"board-line", "hdi-board"},
    {"test-floor", "test-floor"},
};

using Values = std::map<std::string, double>;

// Mistakes of the command line; they carry no place in a file.
class Complaints {
 public:
    void add(std::string id, std::string message, std::string help) {
        all_.push_back(
            {Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, {}, std::move(help)});
    }
    void add(const Diagnostics& more) { all_.insert(all_.end(), more.begin(), more.end()); }
    // True after printing, when there is something to print.
    [[nodiscard]] bool print(const SourceMap& sources) const {
        if (!all_.empty()) print_diagnostics(all_, sources);
        return !all_.empty();
    }

 private:
    Diagnostics all_;
};

bool read_number(std::string_view text, double& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

// "700x500" as two positive lengths in mm.
struct Size {
    double x = 0;
    double y = 0;
};
Size read_size(const std::string& option, const std::string& text, Complaints& complaints) {
    constexpr double kLongestSide = 1e5;
    const size_t x = text.find('x');
    Size size;
    const bool good = x != std::string::npos && read_number(std::string_view(text).substr(0, x), size.x) &&
                      read_number(std::string_view(text).substr(x + 1), size.y) && size.x > 0 && size.y > 0 &&
                      size.x < kLongestSide && size.y < kLongestSide;
    if (good) return size;
    complaints.add(
        "invalid-size",
        fmt::format("{} {}: expected two positive lengths in mm", option, text),
        "write millimetres as 700x700");
    return {};
}

// Packages of a panel and the way of the saw through them.
void count_packages(const NewChoices& c, Values& values, Complaints& complaints) {
    const Size panel_size = read_size("--panel", c.panel, complaints);
    const Size size = read_size("--package", c.package, complaints);
    if (panel_size.x <= 0 || size.x <= 0) return;
    const PanelShape panel{panel_size.x, panel_size.y, c.edge_mm, {}};
    const PackageShape package{size.x, size.y, c.street_mm.value_or(assumed_street_mm(size.x, size.y))};
    Diagnostics mistakes = check_panel(panel);
    if (mistakes.empty()) mistakes = check_package(package, panel, Rotation::none);
    if (!mistakes.empty()) {
        complaints.add(mistakes);
        return;
    }
    PackingRules rules;
    rules.rotation = Rotation::none;
    const double street = package.street_mm;
    // a small constant keeps 680.2 / 50.2 from being one column less
    const auto along = [street](double length, double edge, double side) {
        return std::floor((length - 2 * edge + street) / (side + street) + 1e-9);
    };
    const double columns = along(panel.width_mm, panel.edge_mm, package.width_mm);
    const double rows = along(panel.height_mm, panel.edge_mm, package.height_mm);
    values.emplace("packages", static_cast<double>(pack_panel(panel, package, rules).packages));
    values.emplace("saw_m", ((columns + 1) * panel.height_mm + (rows + 1) * panel.width_mm) / 1000);
}

Values read_values(const NewChoices& c, Complaints& complaints) {
    Values values;
    for (const std::string& text : c.parameters) {
        const size_t equal = text.find('=');
        double value = 0;
        if (equal == std::string::npos || equal == 0 || !read_number(std::string_view(text).substr(equal + 1), value) ||
            !std::isfinite(value) || value < 0 || value > kGreatestParameter) {
            complaints.add(
                "invalid-parameter",
                fmt::format("--parameter {}: expected a name and a number from 0 to 1e9", text),
                "write it as mold_min=8");
            continue;
        }
        values[text.substr(0, equal)] = value;
    }
    if (c.rdl) values.emplace("rdl", *c.rdl);
    if (c.laminations) values.emplace("laminations", *c.laminations);
    if (c.sides) values.emplace("sides", *c.sides);
    return values;
}

// "2026-07-01..2028-07-01" into begin and end; nothing for an empty text.
std::optional<RampParameters> read_ramp(const std::string& text, Complaints& complaints) {
    if (text.empty()) return {};
    RampParameters ramp;
    const size_t dots = text.find("..");
    const bool good = dots != std::string::npos && parse_iso_date(text.substr(0, dots), ramp.begin) &&
                      parse_iso_date(text.substr(dots + 2), ramp.end);
    if (!good) {
        complaints.add(
            "invalid-date",
            fmt::format("--ramp {}: expected two dates", text),
            "write it as 2026-07-01..2028-07-01");
    } else if (ramp.end <= ramp.begin) {
        complaints.add(
            "ramp-backwards",
            fmt::format("--ramp {}: the full rate comes before the first tool", text),
            "write the earlier date first");
    }
    return ramp;
}

// A file, a folder with process.toml, or a process of the library.
Result<Spec> read_process(const std::string& name, SourceMap& sources) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path inside = fs::path(name) / "process.toml";
    if (fs::exists(inside, error)) return read_model(inside.string(), &sources);
    if (fs::exists(name, error)) return read_model(name, &sources);
    return embedded_process(name);
}

std::optional<Process> make_process(const NewChoices& c, std::optional<RampParameters>& ramp) {
    const auto* kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&c](const Kind& k) { return k.name == c.kind; });
    CHECK(kind != std::end(kKinds));
    std::string name = c.process.empty() ? std::string(kind->process) : c.process;
    Complaints complaints;
    Values values = read_values(c, complaints);
    ramp = read_ramp(c.ramp, complaints);
    if (c.kind == "panel-line") {
        if (c.process.empty()) name += c.flow;
        count_packages(c, values, complaints);
    }
    SourceMap sources;
    const Result<Spec> read = read_process(name, sources);
    if (!read) complaints.add(read.error());
    if (complaints.print(sources)) return {};
    Result<Process> process = resolve_process(*read, values);
    if (process) return std::move(*process);
    print_diagnostics(process.error(), read->sources);
    return {};
}

void print_loads(const Process& process, double starts) {
    const std::string piece = process.head().piece;
    TextTable table(
        {{"class of tools", true},
         {"min/" + piece},
         {"visits", false, 1},
         {"one tool makes " + piece + "s/h"},
         {"tools needed"},
         {"rests on", true, 2}});
    const std::vector<ClassLoad> loads = class_loads(process, starts);
    for (size_t i = 0; i < loads.size() && i < kRowsShown; ++i) {
        const ClassLoad& load = loads[i];
        table.add(
            {load.name,
             short_number(load.minutes_per_piece),
             short_number(load.visits),
             short_number(load.pieces_per_h),
             short_number(load.tools),
             load.source});
    }
    fmt::print("\nWork of a {}, the heaviest classes of tools first\n{}", piece, table.render(window_width()));
}

// What the figures of the command line make may be beyond what a model can hold.
bool can_run(const Spec& line) {
    Diagnostics warnings;
    const Result<Model> model = compile(line, warnings);
    if (!model) print_diagnostics(model.error(), {});
    return model.has_value();
}

// False after printing why not.
bool write_line(const NewChoices& c, const Spec& line) {
    Diagnostics messages;
    const Result<void> written = c.format == "smt2020" ? write_smt2020(line, c.out, {c.lossy, c.overwrite}, messages)
                                                       : write_model(line, c.out, c.overwrite);
    if (!written) messages.insert(messages.end(), written.error().begin(), written.error().end());
    if (!messages.empty()) print_diagnostics(messages, {});
    return written.has_value();
}

void print_line(const NewChoices& c, const Spec& line) {
    int64_t tools = 0;
    double capex = 0;
    double floor = 0;
    for (const ToolGroupSpec& g : line.tool_groups) {
        tools += g.tools;
        capex += static_cast<double>(g.tools) * g.capex_musd;
        floor += static_cast<double>(g.tools) * g.floor_m2;
    }
    fmt::print(
        "{}: {} tools in {} groups, {} routes of {} steps, {} lots in the line\n"
        "tools cost {} million US$ and stand on {} m2\n",
        c.out,
        grouped(tools),
        line.tool_groups.size(),
        line.products.size(),
        line.steps.size() / line.products.size(),
        grouped(static_cast<int64_t>(line.wip_lots.size())),
        grouped(static_cast<int64_t>(capex)),
        grouped(static_cast<int64_t>(floor)));
}

void print_assumptions(const Process& process) {
    size_t tools = 0;
    for (const ProcessToolSpec& t : process.rows.process_tools) tools += t.mark == Mark::assumption ? 1 : 0;
    std::string assumed;
    for (const ProcessParameterSpec& p : process.rows.process_parameters) {
        if (p.mark == Mark::assumption)
            assumed += fmt::format("{}{} {:g}", assumed.empty() ? "" : ", ", p.name, p.value);
    }
    fmt::print(
        "\n{} of {} classes of tools rest on assumptions (key source of the tool groups)\n",
        tools,
        process.rows.process_tools.size());
    if (!assumed.empty()) fmt::print("assumed figures, to be set with --parameter: {}\n", assumed);
}

}  // namespace

int new_verb(const NewChoices& c) {
    std::optional<RampParameters> ramp;
    const std::optional<Process> process = make_process(c, ramp);
    if (!process) return kExitMistake;
    LineParameters p;
    p.pieces_per_month = c.starts > 0 ? c.starts : process->head().pieces_per_month;
    if (p.pieces_per_month <= 0) {
        Complaints complaints;
        complaints.add("no-starts", "the process names no starts, and --starts is not given", "say --starts 1000");
        return complaints.print({}) ? kExitMistake : kExitGood;
    }
    p.products = c.products;
    p.factories = c.factories;
    if (p.factories == 0) {
        const double most = process->head().piece == "wafer" ? kMostStartsOfFactory : HUGE_VAL;
        p.factories = static_cast<uint32_t>(std::max(1.0, std::ceil(p.pieces_per_month / most)));
    }
    p.transfer_percent = c.transfer_percent;
    p.tools_each = c.tools_each;
    p.seed = c.seed;
    p.name = folder_name(c.out);
    Spec line = generate_line(*process, p);
    if (ramp) {
        if (process->head().piece != "wafer") ramp->gross_dies = 0;
        line = ramped_line(std::move(line), *ramp);
    }
    if (!can_run(line)) return kExitMistake;
    if (!write_line(c, line)) return kExitMistake;
    fmt::print("{} {}s a month\n", grouped(std::llround(p.pieces_per_month)), process->head().piece);
    print_line(c, line);
    print_loads(*process, p.pieces_per_month);
    print_assumptions(*process);
    fmt::print("\nsimulate it: chipchain run {}\n", c.out);
    return kExitGood;
}

}  // namespace chipchain
