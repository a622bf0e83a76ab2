#include "chipchain/cli/load.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "chipchain/model/compile.h"
#include "chipchain/spec/embedded_models.h"
#include "chipchain/spec/embedded_scenarios.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/smt2020_reader.h"

namespace chipchain {

namespace {

bool messages_as_json = false;

std::string as_json(const Diagnostic& d, const SourceMap& sources) {
    constexpr std::string_view kSeverities[] = {"error", "warning", "note"};
    nlohmann::ordered_json out;
    out["severity"] = kSeverities[static_cast<size_t>(d.severity)];
    out["id"] = d.id;
    out["message"] = d.message;
    if (d.span.file < sources.files.size()) {
        out["file"] = sources.files[d.span.file].name;
        out["line"] = d.span.line;
        out["column"] = d.span.column;
        out["length"] = d.span.length;
    }
    if (!d.expected.empty()) out["expected"] = d.expected;
    if (!d.help.empty()) out["help"] = d.help;
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Diagnostic mistake(std::string id, std::string message, std::string help) {
    return {Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)};
}

std::string near_help(const std::string& word, const std::vector<std::string>& names) {
    const std::string near = nearest_name(word, names);
    if (!near.empty()) return fmt::format("did you mean '{}'?", near);
    return fmt::format("one of {}", fmt::join(names, ", "));
}

// "pm_start=preempt" into the switches.
void apply_switch(const std::string& text, Switches& switches, Diagnostics& diagnostics) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    std::vector<std::string> names;
    for (const SwitchInfo& info : switch_table()) {
        names.emplace_back(info.name);
        if (info.name != name || equals == std::string::npos) continue;
        const std::string value = text.substr(equals + 1);
        for (size_t i = 0; i < info.values.size(); ++i) {
            if (info.values[i] != value) continue;
            info.set(switches, static_cast<uint8_t>(i));
            return;
        }
        diagnostics.push_back(mistake(
            "unknown-value",
            fmt::format("--set {}: '{}' is not a value of {}", text, value, name),
            near_help(value, {info.values.begin(), info.values.end()})));
        return;
    }
    if (equals == std::string::npos) {
        diagnostics.push_back(
            mistake("unknown-switch", fmt::format("--set {}: expected switch=value", text), near_help(name, names)));
    } else {
        diagnostics.push_back(mistake(
            "unknown-switch",
            fmt::format("--set {}: there is no switch '{}'", text, name),
            near_help(name, names)));
    }
}

void apply_rule(const std::string& rank, Spec& spec) {
    constexpr std::string_view kName = "command-line";
    RuleSpec rule;
    rule.name = kName;
    rule.rank = rank;
    // the rank stands in no file: its diagnostics show it as a file of its own
    const uint32_t file = spec.sources.add("--rule", rank);
    rule.span = {file, 1, 1, static_cast<uint32_t>(rank.size())};
    rule.spans.assign(8, rule.span);
    rule.given = 0xFF;
    spec.rules.push_back(rule);
    spec.line.rule = kName;
}

Result<Spec> read_named(const std::string& name, SourceMap& sources) {
    std::error_code error;
    if (is_smt2020_folder(name)) {
        Diagnostics notes;
        return read_smt2020(name, notes, &sources);
    }
    if (std::filesystem::exists(name, error)) return read_model(name, &sources);
    const bool path = name.find('/') != std::string::npos || name.ends_with(".toml");
    return path ? read_model(name, &sources) : embedded_model(name);
}

}  // namespace

void print_messages_as_json(bool json) { messages_as_json = json; }

std::string folder_name(const std::string& path) {
    std::filesystem::path out = std::filesystem::path(path).lexically_normal();
    if (!out.has_filename()) out = out.parent_path();
    return out.filename().string();
}

void print_diagnostics(const Diagnostics& diagnostics, const SourceMap& sources) {
    if (messages_as_json) {
        for (const Diagnostic& d : diagnostics) fmt::print(stderr, "{}\n", as_json(d, sources));
        return;
    }
    std::fputs(render_all(diagnostics, sources, isatty(STDERR_FILENO) != 0).c_str(), stderr);
}

Time ticks_or_model(double days) { return days < 0 ? -1 : to_ticks(days, kDay); }

bool check_window(const Model& model, double days, double warmup) {
    const Time horizon = days < 0 ? model.horizon : to_ticks(days, kDay);
    const Time start = warmup < 0 ? model.warmup : to_ticks(warmup, kDay);
    if (start < horizon) return true;
    print_diagnostics(
        {mistake(
            "warmup-beyond-horizon",
            fmt::format("statistics start on day {:g}, the run ends on day {:g}", in_days(start), in_days(horizon)),
            "use more --days or a shorter --warmup")},
        {});
    return false;
}

std::optional<Spec> load_spec(const ModelOptions& options) {
    SourceMap sources;
    Result<Spec> spec = read_named(options.model, sources);
    if (!spec) {
        print_diagnostics(spec.error(), sources);
        return {};
    }
    Diagnostics mistakes;
    for (const std::string& text : options.set) apply_switch(text, spec->switches, mistakes);
    if (!options.rule.empty()) apply_rule(options.rule, *spec);
    if (mistakes.empty()) return std::move(*spec);
    print_diagnostics(mistakes, spec->sources);
    return {};
}

bool is_scenario(const std::string& name) {
    std::error_code error;
    if (!std::filesystem::exists(name, error)) return is_embedded_scenario(name);
    if (is_smt2020_folder(name)) return false;
    const Result<Spec> spec = read_model(name);
    // a file with mistakes is a line when it has no rows of a scenario
    return spec ? !spec->scenario.name.empty() || !spec->overlay.name.empty()
                : std::filesystem::exists(std::filesystem::path(name) / "scenario.toml", error) ||
                      std::filesystem::path(name).filename() == "scenario.toml";
}

std::optional<LoadedChain> load_chain(const std::string& name, const std::vector<std::string>& overlays, bool quiet) {
    SourceMap sources;
    Result<Spec> spec = read_scenario(name, overlays, &sources);
    if (!spec) {
        print_diagnostics(spec.error(), sources);
        return {};
    }
    Diagnostics all;
    Result<ChainModel> model = compile_chain(*spec, all);
    const size_t warnings = all.size();
    if (!model) all.insert(all.end(), model.error().begin(), model.error().end());
    if (!all.empty() && (!quiet || !model)) print_diagnostics(all, spec->sources);
    if (!model) return {};
    return LoadedChain{std::move(*spec), std::move(*model), warnings};
}

std::optional<Loaded> load_model(const ModelOptions& options, bool quiet) {
    std::optional<Spec> spec = load_spec(options);
    if (!spec) return {};
    Diagnostics warnings;
    Result<Model> model = compile(*spec, warnings);
    Diagnostics all = warnings;
    if (!model) all.insert(all.end(), model.error().begin(), model.error().end());
    if (!all.empty() && (!quiet || !model)) print_diagnostics(all, spec->sources);
    if (!model) return {};
    return Loaded{std::move(*spec), std::move(*model), warnings.size()};
}

}  // namespace chipchain
