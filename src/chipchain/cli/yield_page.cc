// The page and the JSON of chipchain yield.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "chipchain/cli/yield.h"
#include "chipchain/report/text_table.h"
#include "chipchain/yield/panel_formats.h"

namespace chipchain {

namespace {

struct Row {
    std::string name;
    std::string value;
    std::string unit;
    std::string source;
};

std::string value_text(const YieldOption& option, const YieldValue& value) {
    switch (option.form) {
        case OptionForm::size:
            return fmt::format("{} x {}", value.x, value.y);
        case OptionForm::flag:
            return value.x != 0 ? "yes" : "no";
        case OptionForm::choice:
        case OptionForm::numbers:
        case OptionForm::rects:
            return value.text;
        case OptionForm::length:
        case OptionForm::number:
        case OptionForm::share:
        case OptionForm::count:
            break;
    }
    return fmt::format("{}", value.x);
}

bool has_effect(std::string_view name, const YieldRequest& request) {
    const bool samples = request.at("sample").set;
    const bool densities = request.verb != YieldVerb::board && request.at("d0").set;
    if (name == "cluster" || name == "seed") return samples;
    if (name == "model" || name == "critical-layers") return densities;
    return name != "alpha" || densities || samples;
}

// Every parameter that had an effect, with where it is from.
std::vector<Row> parameter_rows(const YieldRequest& request) {
    std::vector<Row> out;
    for (const YieldOption& option : yield_options()) {
        if ((option.verbs & verb_bit(request.verb)) == 0) continue;
        const YieldValue& value = request.at(option.name);
        if (!value.set || !has_effect(option.name, request)) continue;
        const std::string source = value.given             ? "given"
                                   : option.source.empty() ? "default"
                                                           : std::string(option.source);
        out.push_back({std::string(option.name), value_text(option, value), std::string(option.unit), source});
    }
    return out;
}

// Whole devices, as people count them; of few devices a tenth matters.
std::string rounded(double good) {
    constexpr double kFew = 20;
    return good < kFew ? fmt::format("{:.1f}", good) : grouped(static_cast<int64_t>(std::floor(good + 0.5)));
}

std::string yields_table(const YieldAnswer& answer, const YieldRequest& request, size_t width) {
    const YieldValue* d0 = request.verb == YieldVerb::board ? nullptr : &request.at("d0");
    const std::vector<double> densities = d0 == nullptr ? std::vector<double>() : d0->list;
    const bool costs = !answer.rows.empty() && answer.rows.front().cost_per_good_usd > 0;
    std::string out;
    std::vector<TextColumn> columns = {{"yield", true, 0}};
    uint32_t importance = 0;
    for (const double d : densities.empty() ? std::vector<double>{0} : densities) {
        const std::string at = densities.empty() ? std::string() : fmt::format(" D0 {}", d);
        columns.push_back({"Y" + at, false, importance});
        columns.push_back({"good", false, importance});
        if (costs) columns.push_back({"USD/good", false, importance});
        ++importance;
    }
    TextTable table(columns);
    for (size_t i = 0; i < answer.rows.size();) {
        const YieldRow& first = answer.rows[i];
        std::vector<std::string> cells = {(first.chosen ? "* " : "  ") + first.model};
        for (; i < answer.rows.size() && answer.rows[i].model == first.model; ++i) {
            const YieldRow& row = answer.rows[i];
            cells.push_back(fmt::format("{:.3f}", row.device_yield));
            cells.push_back(rounded(row.good));
            if (costs) cells.push_back(fmt::format("{:.2f}", row.cost_per_good_usd));
        }
        // a fixed yield has no densities: the same cells stand once
        cells.resize(columns.size());
        table.add(std::move(cells));
    }
    out += table.render(width);
    return out;
}

}  // namespace

std::string yield_page(const YieldRequest& request, const YieldAnswer& answer, size_t width) {
    std::string out = answer.overlay.title + "\n\n";
    TextTable parameters({{"parameter", true, 0}, {"value", false, 0}, {"unit", true, 0}, {"source", true, 1}});
    for (const Row& row : parameter_rows(request)) parameters.add({row.name, row.value, row.unit, row.source});
    out += parameters.render(width) + "\n";
    TextTable figures({{"figure", true, 0}, {"value", false, 0}, {"unit", true, 0}});
    for (const YieldFigure& f : answer.figures) {
        const bool whole = f.value == std::floor(f.value);
        figures.add({f.name, whole ? grouped(static_cast<int64_t>(f.value)) : short_number(f.value), f.unit});
    }
    out += figures.render(width) + "\n";
    if (answer.rows.empty()) return out;
    out += yields_table(answer, request, width);
    std::string good;
    std::string densities;
    for (const YieldRow& row : answer.rows) {
        if (!row.chosen) continue;
        good += (good.empty() ? "" : " / ") + rounded(row.good);
        densities += fmt::format("{}{}", densities.empty() ? "" : " / ", row.d0_per_cm2);
    }
    out += fmt::format("* {} good of {}", good, grouped(static_cast<int64_t>(answer.devices)));
    const bool models = request.verb != YieldVerb::board && !request.at("d0").list.empty();
    if (models)
        out += fmt::format(
            " at D0 {} per cm2 ({}, alpha {})",
            densities,
            request.at("model").text,
            request.number("alpha"));
    return out + "\n";
}

std::string yield_json(const YieldRequest& request, const YieldAnswer& answer) {
    nlohmann::ordered_json out;
    constexpr const char* kVerbs[] = {"die", "panel", "board"};
    out["kind"] = kVerbs[static_cast<size_t>(request.verb)];
    out["title"] = answer.overlay.title;
    out["parameters"] = nlohmann::ordered_json::array();
    for (const Row& row : parameter_rows(request))
        out["parameters"].push_back(
            {{"name", row.name}, {"value", row.value}, {"unit", row.unit}, {"source", row.source}});
    out["figures"] = nlohmann::ordered_json::array();
    for (const YieldFigure& f : answer.figures)
        out["figures"].push_back({{"name", f.name}, {"value", f.value}, {"unit", f.unit}});
    out["yields"] = nlohmann::ordered_json::array();
    for (const YieldRow& row : answer.rows) {
        nlohmann::ordered_json line = {
            {"model", row.model},
            {"chosen", row.chosen},
            {"d0_per_cm2", row.d0_per_cm2},
            {"device_yield", row.device_yield},
            {"good_per_substrate", row.good}};
        if (row.cost_per_good_usd > 0) line["cost_per_good_usd"] = row.cost_per_good_usd;
        out["yields"].push_back(std::move(line));
    }
    return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string formats_page(const YieldRequest& request, size_t width) {
    const YieldValue& package = request.at("package");
    FormatRules rules;
    rules.edge_mm = request.number("edge");
    rules.aspect = package.y / package.x;
    if (request.at("street").given) rules.street_mm = request.number("street");
    rules.packing.rotation = static_cast<Rotation>(static_cast<uint8_t>(request.number("rotate")));
    constexpr double kTolerance = 0.1;  // assumption: how far a package's size may be moved
    const std::vector<FormatCount> near = best_sizes_near(package.x, kTolerance * package.x, panel_formats(), rules);
    TextTable table(
        {{"panel", true, 0},
         {"x wafer", false, 2},
         {"packages", false, 0},
         {"used %", false, 0},
         {"best width within 10 %", false, 1},
         {"packages", false, 1},
         {"used %", false, 1},
         {"seen with", true, 3}});
    constexpr double kWafer_mm = 300;
    for (size_t f = 0; f < panel_formats().size(); ++f) {
        const PanelFormat& format = panel_formats()[f];
        const FormatCount count = count_format(package.x, panel_formats(), f, rules);
        const auto best = std::find_if(near.begin(), near.end(), [f](const FormatCount& c) { return c.format == f; });
        std::vector<std::string> cells = {
            std::string(format.name),
            fmt::format("{:.2f}", area_ratio(format.width_mm, format.height_mm, kWafer_mm)),
            grouped(static_cast<int64_t>(count.packages)),
            fmt::format("{:.1f}", 100 * count.utilisation),
            "",
            "",
            "",
            std::string(format.seen_with)};
        if (best != near.end()) {
            cells[4] = fmt::format("{:.2f}", best->width_mm);
            cells[5] = grouped(static_cast<int64_t>(best->packages));
            cells[6] = fmt::format("{:.1f}", 100 * best->utilisation);
        }
        table.add(std::move(cells));
    }
    return "the same package on the panels in use\n" + table.render(width) + "\n";
}

}  // namespace chipchain
