// chipchain check FILE for chip and fleet files: all mistakes at once, nothing computed.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "chipchain/chip/chip_figures.h"
#include "chipchain/cli/chip_fleet.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/verbs.h"
#include "chipchain/spec/embedded_chips.h"

namespace chipchain {

namespace {

bool has_table(const std::string& name, std::string_view head) {
    std::filesystem::path path(name);
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) path /= "chip.toml";
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(head)) return true;
    }
    return false;
}

template <class Info>
bool is_embedded(const std::vector<Info>& all, const std::string& name) {
    return std::any_of(all.begin(), all.end(), [&name](const Info& info) { return info.name == name; });
}

int check_chip(const std::string& name) {
    SourceMap sources;
    const Result<ChipModel> chip = load_chip(name, &sources);
    if (!chip) {
        print_diagnostics(chip.error(), sources);
        return kExitMistake;
    }
    size_t known = 0;
    size_t assumed = 0;
    for (const Figure& figure : chip->figures) {
        known += figure.known ? 1 : 0;
        assumed += figure.known && figure.mark == Mark::assumption ? 1 : 0;
    }
    fmt::print(
        "{}: good, a chip of {:.1f} TOPS; {} figures, {} of them assumptions, {} not known\n",
        chip->name,
        peak_tops(chip->shape),
        known,
        assumed,
        chip->figures.size() - known);
    return kExitGood;
}

int check_fleet(const std::string& name) {
    SourceMap sources;
    Result<Spec> spec = read_fleet(name, &sources);
    if (spec) {
        const Result<LoadedFleet> fleet = load_fleet(std::move(*spec), sources);
        if (fleet) {
            fmt::print(
                "{}: good, a fleet of {} units, {} networks, {} builds, {} versions\n",
                fleet->spec.fleet.name,
                fleet->spec.fleet_units.size(),
                fleet->spec.fleet_networks.size(),
                fleet->spec.fleet_builds.size(),
                fleet->spec.fleet_versions.size());
            return kExitGood;
        }
        print_diagnostics(fleet.error(), sources);
        return kExitMistake;
    }
    print_diagnostics(spec.error(), sources);
    return kExitMistake;
}

}  // namespace

std::optional<int> check_chip_or_fleet(const std::string& name) {
    std::error_code error;
    if (std::filesystem::exists(name, error)) {
        if (has_table(name, "[chip]")) return check_chip(name);
        if (has_table(name, "[fleet]")) return check_fleet(name);
        return {};
    }
    if (is_embedded(embedded_chips(), name)) return check_chip(name);
    if (is_embedded(embedded_fleets(), name)) return check_fleet(name);
    return {};
}

}  // namespace chipchain
