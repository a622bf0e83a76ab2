#include "chipchain/spec/embedded_chips.h"

#include <filesystem>

#include <fmt/format.h>

#include "chipchain/spec/embedded.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/rows.h"

namespace chipchain {

namespace {

constexpr std::string_view kEnding = ".toml";

// What chips and fleets have of their own.
struct Kind {
    std::string_view folder;  // of the library
    std::string_view word;
    std::string_view form;  // what such a file has
    const std::string& (*name)(const Spec& spec);
    EmbeddedChipInfo (*about)(const Spec& spec);
};
constexpr Kind kChip = {
    "chips/",
    "chip",
    "a chip file begins with [chip], and has one [[figure]] row per figure",
    [](const Spec& spec) -> const std::string& { return spec.chip.name; },
    [](const Spec& spec) {
        return EmbeddedChipInfo{"", spec.chip.title, spec.chip.note};
    }};
constexpr Kind kFleet = {
    "fleets/",
    "fleet",
    "a fleet file begins with [fleet], and has [[fleet_unit]], [[fleet_network]], [[fleet_build]] and "
    "[[fleet_version]] rows",
    [](const Spec& spec) -> const std::string& { return spec.fleet.name; },
    [](const Spec& spec) {
        return EmbeddedChipInfo{"", spec.fleet.note, spec.fleet.note};
    }};

Result<Spec> read_embedded(const EmbeddedFile& file, SourceMap* sources) {
    const ModelFile files[] = {{std::string(file.path), std::string(file.contents)}};
    return read_model_text(files, sources);
}

// The name of a file of that kind; "" for any other file.
std::string_view name_of(const Kind& kind, const EmbeddedFile& file) {
    if (!file.path.starts_with(kind.folder) || !file.path.ends_with(kEnding)) return {};
    return file.path.substr(kind.folder.size(), file.path.size() - kind.folder.size() - kEnding.size());
}

tl::unexpected<Diagnostics> mistake(std::string id, std::string message, std::string help) {
    return tl::unexpected(
        Diagnostics{{Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)}});
}

std::vector<EmbeddedChipInfo> embedded(const Kind& kind) {
    std::vector<EmbeddedChipInfo> out;
    for (const EmbeddedFile& file : embedded_files()) {
        if (name_of(kind, file).empty()) continue;
        const Result<Spec> spec = read_embedded(file, nullptr);
        out.push_back(spec ? kind.about(*spec) : EmbeddedChipInfo{});
        out.back().name = name_of(kind, file);
    }
    return out;
}

Result<Spec> read(const Kind& kind, const std::string& name, SourceMap* sources) {
    std::error_code error;
    if (std::filesystem::exists(name, error) || name.find('/') != std::string::npos || name.ends_with(kEnding)) {
        Result<Spec> spec = read_model(name, sources);
        if (!spec || !kind.name(*spec).empty()) return spec;
        if (sources != nullptr) *sources = std::move(spec->sources);
        return mistake(
            fmt::format("not-{}", kind.word),
            fmt::format("'{}' is no {}: it has no [{}] with a name", name, kind.word, kind.word),
            std::string(kind.form));
    }
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files()) {
        if (name_of(kind, file).empty()) continue;
        if (name_of(kind, file) == name) return read_embedded(file, sources);
        names.emplace_back(name_of(kind, file));
    }
    return mistake(
        fmt::format("unknown-{}", kind.word),
        fmt::format("there is no file or embedded {} '{}'", kind.word, name),
        did_you_mean(name, names, fmt::format("embedded {}s: {}", kind.word, joined(names))));
}

}  // namespace

std::vector<EmbeddedChipInfo> embedded_chips() { return embedded(kChip); }

Result<Spec> read_chip(const std::string& name, SourceMap* sources) { return read(kChip, name, sources); }

std::vector<EmbeddedChipInfo> embedded_fleets() { return embedded(kFleet); }

Result<Spec> read_fleet(const std::string& name, SourceMap* sources) { return read(kFleet, name, sources); }

}  // namespace chipchain
