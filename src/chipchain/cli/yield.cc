// chipchain yield: from the command line to a request, from the answer to pages and files.
#include "chipchain/cli/yield.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/files.h"
#include "chipchain/report/map_e142.h"
#include "chipchain/report/map_g85.h"
#include "chipchain/report/map_png.h"
#include "chipchain/report/map_svg.h"
#include "chipchain/report/map_text.h"
#include "chipchain/report/text_table.h"
#include "chipchain/yield/panel_formats.h"

namespace chipchain {

namespace {

constexpr uint32_t kPngWidth = 1200;
constexpr size_t kMapLines = 36;

struct VerbRow {
    YieldVerb verb;
    const char* name;
    const char* device;  // the option that is needed
    const char* cost;
    const char* too_large;  // id of the diagnostic
    const char* help;
};
constexpr VerbRow kVerbs[] = {
    {YieldVerb::die,
     "die",
     "die",
     "wafer-cost",
     "die-larger-than-wafer",
     "dies of a wafer: counts, shots, yield, cost, map"},
    {YieldVerb::panel,
     "panel",
     "package",
     "panel-cost",
     "package-larger-than-panel",
     "packages of a panel: counts, fields, yield, cost, map"},
    {YieldVerb::board,
     "board",
     "board",
     "panel-cost",
     "board-larger-than-panel",
     "boards of a production panel: counts, yield, cost, map"},
};

YieldQuestion yield_question(const YieldRequest& r) {
    YieldQuestion q;
    q.alpha = r.number("alpha");
    q.line_yield = r.number("line-yield");
    q.substrate_cost_usd = r.number(kVerbs[static_cast<size_t>(r.verb)].cost);
    if (r.verb == YieldVerb::board) {
        q.fixed_yield = r.number("board-yield");
        q.fixed_name = "boards";
        return q;
    }
    q.d0_per_cm2 = r.at("d0").list;
    q.model = static_cast<YieldModel>(static_cast<uint8_t>(r.number("model")));
    q.critical_layers = r.number("critical-layers");
    if (r.verb == YieldVerb::panel) {
        const double layers = r.number("rdl");
        q.fixed_yield = 1;
        for (uint32_t i = 0; i < static_cast<uint32_t>(layers); ++i) q.fixed_yield *= r.number("rdl-yield");
        q.fixed_name = fmt::format("{} layer{} of {}", layers, layers == 1 ? "" : "s", r.number("rdl-yield"));
    }
    return q;
}

YieldAnswer answer_die(const YieldRequest& r) {
    DieQuestion q;
    q.die_x_mm = r.at("die").x;
    q.die_y_mm = r.at("die").y;
    q.street_mm = r.number("street");
    q.wafer = {r.number("wafer"), r.number("edge"), r.number("notch"), r.number("flat")};
    q.centring = static_cast<Centring>(static_cast<uint8_t>(r.number("centring")));
    const bool half = r.flag("half-field");
    if (r.at("field").set || half || r.flag("partial-shots") || r.number("products") > 1) {
        q.field_x_mm = r.at("field").set ? r.at("field").x : kField_x_mm;
        q.field_y_mm = (r.at("field").set ? r.at("field").y : kField_y_mm) / (half ? 2 : 1);
    }
    q.partial_shots = r.flag("partial-shots");
    q.products = static_cast<uint32_t>(r.number("products"));
    q.yield = yield_question(r);
    return answer(q);
}

YieldAnswer answer_panel(const YieldRequest& r) {
    PanelQuestion q;
    q.panel = {r.at("panel").x, r.at("panel").y, r.number("edge"), {}};
    const std::vector<double>& zones = r.at("zones").list;
    for (size_t i = 0; i + 3 < zones.size(); i += 4)
        q.panel.zones.push_back({zones[i], zones[i + 1], zones[i + 2], zones[i + 3]});
    q.package = {r.at("package").x, r.at("package").y, r.number("street")};
    q.rotation = static_cast<Rotation>(static_cast<uint8_t>(r.number("rotate")));
    q.field = {r.at("field").x, r.at("field").y, false, true};
    q.yield = yield_question(r);
    return answer(q);
}

YieldAnswer answer_board(const YieldRequest& r) {
    BoardQuestion q;
    q.panel_x_mm = r.at("panel").x;
    q.panel_y_mm = r.at("panel").y;
    q.board_x_mm = r.at("board").x;
    q.board_y_mm = r.at("board").y;
    q.border_mm = r.number("border");
    q.gap_mm = r.number("gap");
    q.rotation = static_cast<Rotation>(static_cast<uint8_t>(r.number("rotate")));
    q.coupon_x_mm = r.at("coupon").x;
    q.coupon_y_mm = r.at("coupon").y;
    q.coupons = static_cast<uint32_t>(r.number("coupons"));
    q.yield = yield_question(r);
    return answer(q);
}

// Draws defects with the density of the chosen model, or with the one that gives the fixed yield. Id: out-of-range,
// where clusters are so strong that no density which can be drawn gives that yield.
Result<void> sample(const YieldRequest& r, const YieldChoices& choices, YieldAnswer& out) {
    const double area_cm2 = out.map.device_x_mm * out.map.device_y_mm / 100;
    const double alpha = r.number("alpha");
    const bool densities = r.verb != YieldVerb::board && !r.at("d0").list.empty();
    DefectModel model;
    model.d0_per_cm2 =
        densities ? r.at("d0").list.front()
                  : defect_density(YieldModel::negative_binomial, out.rows.front().device_yield, area_cm2, alpha);
    constexpr double kMostDefects_per_cm2 = 1e6;  // one per 10 um square: assumption
    if (!(model.d0_per_cm2 <= kMostDefects_per_cm2)) {
        return tl::unexpected(Diagnostics{
            {Severity::error,
             "out-of-range",
             fmt::format(
                 "a yield of {:g} with alpha {:g} needs {:g} defects per cm2, more than can be drawn",
                 out.rows.front().device_yield,
                 alpha,
                 model.d0_per_cm2),
             argument_span("alpha", choices.arguments),
             fmt::format("expected at most {:g} per cm2", kMostDefects_per_cm2),
             "take a larger --alpha or a higher yield"}});
    }
    constexpr double DefectModel::*kLevels[] = {
        &DefectModel::alpha_substrate,
        &DefectModel::alpha_zone,
        &DefectModel::alpha_device};
    model.*kLevels[static_cast<size_t>(r.number("cluster"))] = alpha;
    const auto count = static_cast<uint32_t>(r.number("sample"));
    SampledMaps drawn = sample_maps(out.map, model, static_cast<uint64_t>(r.number("seed")), count);
    out.map = std::move(drawn.first);
    out.overlay.defects = std::move(drawn.defects);
    out.figures.push_back({"density of the defects drawn", model.d0_per_cm2, "1/cm2"});
    out.figures.push_back({"drawn: mean of good devices", drawn.mean_good, fmt::format("of {} substrates", count)});
    out.figures.push_back({"drawn: fewest", static_cast<double>(drawn.least_good), ""});
    out.figures.push_back({"drawn: most", static_cast<double>(drawn.most_good), ""});
    return {};
}

bool write_file(const std::string& path, const std::string& content) {
    if (path.empty()) return true;
    if (const Result<void> written = write_whole_file(path, content); !written) {
        print_diagnostics(written.error(), {});
        return false;
    }
    fmt::print(stderr, "written: {}\n", path);
    return true;
}

// Map files need one grid; says so when there is none.
bool check_grid(const YieldChoices& c, const SubstrateMap& map) {
    if (map.rows > 0 || (c.g85.empty() && c.e142.empty())) return true;
    print_diagnostics(
        {{Severity::error,
          "not-on-a-grid",
          "the devices stand on no common grid, which map files need",
          {UINT32_MAX, 0, 0, 0},
          "",
          "take --rotate both, or write --svg and --png only"}},
        {});
    return false;
}

bool write_files(const YieldChoices& c, const SubstrateMap& map, const MapOverlay& overlay) {
    if (!check_grid(c, map)) return false;
    bool good = true;
    if (!c.svg.empty() || !c.png.empty()) {
        const MapPicture picture = map_picture(map, overlay);
        if (!c.svg.empty()) good = write_file(c.svg, map_svg(picture)) && good;
        if (!c.png.empty()) good = write_file(c.png, png_bytes(draw(picture, kPngWidth))) && good;
    }
    if (!c.g85.empty()) good = write_file(c.g85, g85_text(map)) && good;
    if (!c.e142.empty()) good = write_file(c.e142, e142_text(map)) && good;
    return good;
}

void print_map(const YieldChoices& c, const SubstrateMap& map) {
    if (!c.no_map) fmt::print("\n{}", map_text(map, {window_width(), kMapLines, stdout_has_color()}));
}

int map_verb(const YieldChoices& c) {
    SourceMap sources;
    const Result<SubstrateMap> map = read_map_file(c.map_file, sources);
    if (!map) {
        print_diagnostics(map.error(), sources);
        return kExitMistake;
    }
    constexpr const char* kKinds[] = {"wafer", "panel", "board panel"};
    fmt::print(
        "{} '{}' of lot '{}', product '{}'\n{} x {} mm, devices of {} x {} mm in {} rows and {} columns\n{} devices, "
        "{} good\n",
        kKinds[static_cast<size_t>(map->kind)],
        map->substrate_id,
        map->lot_id,
        map->product,
        map->width_mm,
        map->height_mm,
        map->device_x_mm,
        map->device_y_mm,
        map->rows,
        map->columns,
        grouped(static_cast<int64_t>(map->devices())),
        grouped(static_cast<int64_t>(map->good())));
    print_map(c, *map);
    return write_files(c, *map, {}) ? kExitGood : kExitFailed;
}

void add_outputs(CLI::App* verb, YieldChoices& c) {
    verb->add_option("--svg", c.svg, "draw the map to scale into this file (SVG)");
    verb->add_option("--png", c.png, "draw the map into this file (PNG)");
    verb->add_option("--g85", c.g85, "write the map as SEMI G85");
    verb->add_option("--e142", c.e142, "write the map as SEMI E142");
    verb->add_flag("--no-map", c.no_map, "draw no map in the terminal");
}

}  // namespace

Result<YieldAnswer> answer_request(const YieldRequest& request, const YieldChoices& choices) {
    YieldAnswer out;
    switch (request.verb) {
        case YieldVerb::die:
            out = answer_die(request);
            break;
        case YieldVerb::panel:
            out = answer_panel(request);
            break;
        case YieldVerb::board:
            out = answer_board(request);
            break;
    }
    const VerbRow& row = kVerbs[static_cast<size_t>(request.verb)];
    if (out.devices == 0) {
        return tl::unexpected(Diagnostics{
            {Severity::error,
             row.too_large,
             fmt::format("no {} fits with these edges, zones and shots", row.device),
             argument_span(row.device, choices.arguments),
             "expected a smaller size",
             "allow --partial-shots, or take a smaller edge or keep-out"}});
    }
    if (request.at("sample").set && out.map.rows > 0) {
        if (const Result<void> drawn = sample(request, choices, out); !drawn) return tl::unexpected(drawn.error());
    }
    out.map.substrate_id = choices.id;
    out.map.lot_id = choices.lot;
    out.map.product = choices.product;
    for (const YieldOption& option : yield_options()) {
        if ((option.verbs & verb_bit(request.verb)) == 0 || !request.at(option.name).given) continue;
        out.overlay.parameters.emplace_back(std::string(option.name), request.at(option.name).text);
    }
    return out;
}

int yield_verb(const YieldChoices& c) {
    if (c.what == "map") return map_verb(c);
    YieldVerb verb = YieldVerb::die;
    for (const VerbRow& row : kVerbs) {
        if (c.what == row.name) verb = row.verb;
    }
    SourceMap sources;
    const Result<YieldRequest> request = parse_yield_request(verb, c.given, c.arguments, sources);
    if (!request) {
        print_diagnostics(request.error(), sources);
        return kExitMistake;
    }
    const Result<YieldAnswer> answer = answer_request(*request, c);
    if (!answer) {
        print_diagnostics(answer.error(), sources);
        return kExitMistake;
    }
    std::fputs(yield_page(*request, *answer, window_width()).c_str(), stdout);
    if (c.compare_formats) std::fputs(("\n" + formats_page(*request, window_width())).c_str(), stdout);
    print_map(c, answer->map);
    bool good = write_files(c, answer->map, answer->overlay);
    good = write_file(c.json, yield_json(*request, *answer)) && good;
    return good ? kExitGood : kExitFailed;
}

void add_yield(CLI::App& app, YieldChoices& c) {
    CLI::App* verb = app.add_subcommand("yield", "dies, packages and boards of a substrate: counts, yield, cost, maps");
    verb->require_subcommand(1);
    for (const VerbRow& row : kVerbs) {
        CLI::App* sub = verb->add_subcommand(row.name, row.help);
        sub->callback([&c, &row] { c.what = row.name; });
        for (const YieldOption& option : yield_options()) {
            if ((option.verbs & verb_bit(row.verb)) == 0) continue;
            const std::string name(option.name);
            std::string help(option.help);
            if (!option.standard.empty()) help += fmt::format(" (default {})", option.standard);
            if (option.form == OptionForm::flag) {
                sub->add_flag_function(
                    "--" + name,
                    [&c, name](int64_t) { c.given[name] = "1"; },
                    help);
            } else {
                sub->add_option_function<std::string>(
                    "--" + name,
                    [&c, name](const std::string& text) { c.given[name] = text; },
                    help);
            }
        }
        if (row.verb == YieldVerb::panel)
            sub->add_flag("--compare-formats", c.compare_formats, "the same package on every panel format in use");
        sub->add_option("--json", c.json, "write parameters, figures and yields into this file");
        sub->add_option("--id", c.id, "name of the substrate in map files")->capture_default_str();
        sub->add_option("--lot", c.lot, "name of the lot in map files")->capture_default_str();
        sub->add_option("--product", c.product, "name of the product in map files")->capture_default_str();
        add_outputs(sub, c);
    }
    CLI::App* map = verb->add_subcommand("map", "read a map file (SEMI G85 or E142), count and draw it");
    map->callback([&c] { c.what = "map"; });
    map->add_option("file", c.map_file, "the map file")->required();
    add_outputs(map, c);
}

}  // namespace chipchain
