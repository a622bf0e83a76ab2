// chipchain chip conform, verify: the same bytes on every version of a chip.
#include <algorithm>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/conform.h"
#include "chipchain/chip/conform_pack.h"
#include "chipchain/chip/mutations.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/network/reference_networks.h"
#include "chipchain/report/chip_conform_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"

namespace chipchain {

namespace {

constexpr size_t kMostRows = 20;                       // of the page
constexpr int64_t kMostMultiplications = 200'000'000;  // of the networks taken when none is named

int64_t multiplications(const IntegerNetwork& network) {
    int64_t sum = 0;
    for (const IntegerNode& node : network.nodes) sum += multiply_count(network, node);
    return sum;
}

// The networks that are named, else the reference networks of moderate size, `networks` of them, and the aimed cases.
std::optional<std::vector<ConformCase>> load_cases(const ChipChoices& c, size_t& networks) {
    std::vector<std::string> names = c.networks;
    if (names.empty()) {
        for (const ReferenceNetworkInfo& info : reference_networks()) names.emplace_back(info.name);
    }
    std::vector<ConformCase> cases;
    for (const std::string& name : names) {
        std::optional<LoadedNetwork> network = load_network({name, c.shapes, c.requant});
        if (!network) return {};
        IntegerNetwork& integer = network->lowered.network;
        if (c.networks.empty() && multiplications(integer) > kMostMultiplications) {
            fmt::print(stderr, "note: {} is left out for its size; name it to take it\n", name);
            continue;
        }
        cases.push_back(drawn_case(name, std::move(integer), c.inputs, c.seed));
    }
    networks = cases.size();
    if (c.networks.empty() || c.aimed) {
        for (ConformCase& aimed : aimed_cases(c.seed)) cases.push_back(std::move(aimed));
    }
    return cases;
}

std::optional<std::vector<ChipVersion>> load_versions(const ChipChoices& c) {
    const std::optional<std::vector<ChipModel>> chips =
        load_chips(c.versions.empty() ? std::vector<std::string>{"ai5-t", "ai5-s"} : c.versions);
    if (!chips) return {};
    std::vector<ChipVersion> versions;
    for (const ChipModel& chip : *chips) versions.push_back({chip.name, chip.shape});
    if (c.versions.empty()) {
        for (ChipVersion& version : standard_versions()) versions.push_back(std::move(version));
    }
    return versions;
}

// Why versions that the user named cannot run networks; aimed cases are made to be refused by some, and only counted.
Diagnostics refusals(const std::vector<ConformCase>& cases, size_t named, const std::vector<ChipVersion>& versions) {
    Diagnostics out;
    for (size_t i = 0; i < named; ++i) {
        for (const ChipVersion& v : versions) {
            const Result<Program> program = compile_schedule(cases[i].network, v.shape, 0);
            if (program) continue;
            for (Diagnostic d : program.error()) {
                d.message = fmt::format("'{}' on '{}': {}", cases[i].name, v.name, d.message);
                out.push_back(std::move(d));
            }
        }
    }
    return out;
}

std::string pack_page(const PackReport& pack) {
    std::string out =
        fmt::format("{} programs, {} runs, {} tensors\nseal {}\n", pack.programs, pack.runs, pack.tensors, pack.seal);
    for (const std::string& failure : pack.failures) out += "FAILED " + failure + "\n";
    return out;
}

// A folder for the pack that is there already is told before anything is computed.
Diagnostics pack_exists(const std::string& folder) {
    std::error_code error;
    if (folder.empty() || !std::filesystem::exists(folder, error)) return {};
    return {
        {Severity::error,
         "pack-not-written",
         fmt::format("{} exists already", folder),
         {UINT32_MAX, 0, 0, 0},
         "",
         "name a folder that does not exist yet, with room"}};
}

}  // namespace

int chip_conform_verb(const ChipChoices& c) {
    size_t networks = 0;
    const std::optional<std::vector<ConformCase>> cases = load_cases(c, networks);
    const std::optional<std::vector<ChipVersion>> versions = load_versions(c);
    if (!cases || !versions) return kExitMistake;
    if (const Diagnostics taken = pack_exists(c.out); !taken.empty()) {
        print_diagnostics(taken, {});
        return kExitFailed;
    }
    if (!c.versions.empty()) {
        if (const Diagnostics refused = refusals(*cases, networks, *versions); !refused.empty()) {
            print_diagnostics(refused, {});
            return kExitMistake;
        }
    }
    ConformOptions options;
    options.schedule_seeds.clear();
    for (uint64_t seed = 0; seed < c.schedules; ++seed) options.schedule_seeds.push_back(seed);
    options.threads = c.threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : c.threads;
    const ConformReport report = conform(*cases, *versions, options);
    bool good = report.holds();
    const std::vector<ResultTable> tables{chip_conform_table(report)};
    if (c.json != "-") {
        fmt::print("{}\n{}", conform_text(report), table_page(tables[0], window_width(), c.all ? SIZE_MAX : kMostRows));
    }
    if (c.mutations) {
        const MutationReport mutated = run_mutations(c.seed);
        good = good && mutated.caught() == mutated.results.size();
        if (c.json != "-") fmt::print("\n{}", mutation_text(mutated));
    }
    if (!c.out.empty() && report.holds()) {
        const Result<PackReport> pack = write_pack(c.out, *cases, *versions, options);
        if (!pack) {
            print_diagnostics(pack.error(), {});
            return kExitFailed;
        }
        if (c.json != "-") fmt::print("\npack {}: {}", c.out, pack_page(*pack));
    }
    std::string what = fmt::format("{} schedules", c.schedules);
    for (const std::string& hash : report.network_hashes) what += " " + hash;
    for (const std::string& name : report.versions) what += " " + name;
    const RunIdentity identity{sha256_hex(std::as_bytes(std::span(what))), std::string(version()), c.seed, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_conform_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (!written) {
        print_diagnostics(written.error(), {});
        return kExitFailed;
    }
    return good ? kExitGood : kExitOurFault;
}

int chip_verify_verb(const ChipChoices& c) {
    const Result<PackReport> pack = c.results.empty() ? verify_pack(c.file, c.seed) : verify_results(c.file, c.results);
    if (!pack) {
        print_diagnostics(pack.error(), {});
        return kExitMistake;
    }
    fmt::print("{}: {}", c.file, pack_page(*pack));
    if (pack->absent > 0) fmt::print("{} runs have no file in {}\n", pack->absent, c.results);
    if (pack->failures.empty()) {
        fmt::print(
            "{}: seal, files and every compared tensor are as sealed\n",
            c.results.empty() ? "verified" : "equal");
        return kExitGood;
    }
    return c.results.empty() ? kExitOurFault : kExitFailed;
}

}  // namespace chipchain
