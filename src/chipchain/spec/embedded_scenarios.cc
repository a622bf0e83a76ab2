#include "chipchain/spec/embedded_scenarios.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "chipchain/spec/embedded.h"
#include "chipchain/spec/embedded_folder.h"
#include "chipchain/spec/overlay.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/rows.h"

namespace chipchain {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "scenarios/";
constexpr std::string_view kHead = "/scenario.toml";
constexpr std::string_view kVariants = "variants/";
constexpr std::string_view kEnding = ".toml";

bool is_variant(const ModelFile& file) { return file.name.starts_with(kVariants) && file.name.ends_with(kEnding); }

std::string variant_name(const std::string& file) {
    return file.substr(kVariants.size(), file.size() - kVariants.size() - kEnding.size());
}

// Where a scenario comes from: an embedded one has files, one of the user a folder.
struct Place {
    std::vector<ModelFile> files;
    fs::path folder;
    int overlays = 0;  // on the way to it
};

std::vector<std::string> variants_of(const Place& place) {
    std::vector<std::string> names;
    for (const ModelFile& file : place.files) {
        if (is_variant(file)) names.push_back(variant_name(file.name));
    }
    std::error_code error;
    if (place.files.empty() && fs::is_directory(place.folder / kVariants, error)) {
        for (const auto& entry : fs::directory_iterator(place.folder / kVariants, error)) {
            if (entry.path().extension() == kEnding) names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

tl::unexpected<Diagnostics>
mistake(std::string id, std::string message, std::string help, Span span = {UINT32_MAX, 0, 0, 0}) {
    return tl::unexpected(Diagnostics{{Severity::error, std::move(id), std::move(message), span, "", std::move(help)}});
}

Result<Spec> read_embedded(const Place& place, SourceMap* sources) {
    std::vector<ModelFile> files;
    for (const ModelFile& file : place.files) {
        if (!is_variant(file)) files.push_back(file);
    }
    return read_model_text(files, sources);
}

Result<Spec> unknown_scenario(const std::string& name) {
    std::vector<std::string> names;
    for (const EmbeddedScenarioInfo& info : embedded_scenarios()) names.push_back(info.name);
    return mistake(
        "unknown-scenario",
        fmt::format("there is no file or embedded scenario '{}'", name),
        did_you_mean(name, names, fmt::format("embedded scenarios: {}", joined(names))));
}

Result<Spec> read_overlay(const std::string& name, const Place& place, SourceMap* sources) {
    std::error_code error;
    const std::string inner = fmt::format("{}{}{}", kVariants, name, kEnding);
    for (const ModelFile& file : place.files) {
        if (file.name == inner) return read_model_text(std::span(&file, 1), sources);
    }
    const fs::path variant = place.folder / inner;
    if (place.files.empty() && fs::exists(variant, error)) return read_model(variant.string(), sources);
    if (fs::is_regular_file(name, error)) return read_model(name, sources);
    const std::vector<std::string> names = variants_of(place);
    return mistake(
        "unknown-variant",
        fmt::format("there is no file '{}', and the scenario has no variant of that name", name),
        did_you_mean(
            name,
            names,
            names.empty() ? "the scenario has no variants" : fmt::format("its variants: {}", joined(names))));
}

Result<Spec> read_base(const std::string& name, Place& place, SourceMap* sources);

// The scenario that an overlay names: relative to its file, or embedded.
Result<Spec> apply_on_base(const Spec& overlay, const fs::path& file, Place& place, SourceMap* sources) {
    const std::string& base = overlay.overlay.base;
    const fs::path folder = file.parent_path();
    std::error_code error;
    const std::string found = fs::exists(folder / base, error) ? (folder / base).string() : base;
    constexpr int kMostOverlays = 16;  // upon each other: more go in a circle
    if (base.empty() || ++place.overlays > kMostOverlays) {
        if (sources != nullptr) *sources = overlay.sources;
        return mistake(
            "overlay-base",
            fmt::format("overlay '{}' names no scenario that it changes", overlay.overlay.name),
            "write base = a folder relative to the overlay, or an embedded scenario",
            overlay.overlay.span);
    }
    Result<Spec> scenario = read_base(found, place, sources);
    if (!scenario) return scenario;
    return apply_overlay(std::move(*scenario), overlay, sources);
}

// Reads what `name` stands for and says where it comes from.
Result<Spec> read_base(const std::string& name, Place& place, SourceMap* sources) {
    std::error_code error;
    const bool path = fs::exists(name, error) || name.find('/') != std::string::npos || name.ends_with(kEnding);
    if (!path) {
        place.files = embedded_folder(fmt::format("{}{}", kFolder, name));
        return place.files.empty() ? unknown_scenario(name) : read_embedded(place, sources);
    }
    Result<Spec> spec = read_model(name, sources);
    place.folder = fs::is_directory(name, error) ? fs::path(name) : fs::path(name).parent_path();
    if (!spec || spec->overlay.name.empty() || !spec->scenario.name.empty()) return spec;
    return apply_on_base(*spec, fs::path(name), place, sources);
}

}  // namespace

std::vector<EmbeddedScenarioInfo> embedded_scenarios() {
    std::vector<EmbeddedScenarioInfo> out;
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with(kFolder) || !file.path.ends_with(kHead)) continue;
        const std::string name(file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kHead.size()));
        Place place;
        place.files = embedded_folder(fmt::format("{}{}", kFolder, name));
        const Result<Spec> spec = read_embedded(place, nullptr);
        out.push_back({name, spec ? spec->scenario.note : "", variants_of(place)});
    }
    return out;
}

bool is_embedded_scenario(std::string_view name) {
    const std::string head = fmt::format("{}{}{}", kFolder, name, kHead);
    const auto files = embedded_files();
    return std::any_of(files.begin(), files.end(), [&head](const EmbeddedFile& f) { return f.path == head; });
}

Result<Spec> read_scenario(const std::string& name, const std::vector<std::string>& overlays, SourceMap* sources) {
    Place place;
    Result<Spec> spec = read_base(name, place, sources);
    for (const std::string& overlay : overlays) {
        if (!spec) break;
        const Result<Spec> changes = read_overlay(overlay, place, sources);
        if (!changes) return tl::unexpected(changes.error());
        if (changes->overlay.name.empty()) {
            if (sources != nullptr) *sources = changes->sources;
            return mistake(
                "not-overlay",
                fmt::format("'{}' is no overlay: it has no [overlay] with a name", overlay),
                "an overlay begins with [overlay], and has [[change]] rows or rows of its own");
        }
        spec = apply_overlay(std::move(*spec), *changes, sources);
    }
    return spec;
}

}  // namespace chipchain
