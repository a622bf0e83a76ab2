#include "chipchain/chip/conform_pack.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "chipchain/chip/instruction_faults.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/network/tensor.h"

namespace chipchain {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kFormat = "chipchain conformance pack";
constexpr int kPackVersion = 2;

Diagnostics one(std::string id, std::string message, std::string help) {
    return {{Severity::error, std::move(id), std::move(message), {UINT32_MAX, 0, 0, 0}, "", std::move(help)}};
}
Diagnostics unreadable(std::string message) {
    return one("pack-unreadable", std::move(message), "name a folder that chipchain chip conform --pack wrote");
}
Diagnostics changed(std::string message) {
    return one("pack-changed", std::move(message), "take the pack again from whoever sealed it");
}
Diagnostics not_written(std::string message) {
    return one("pack-not-written", std::move(message), "name a folder that does not exist yet, with room");
}

Diagnostics not_equal(const ConformCase& c, const ChipVersion& v, uint64_t seed, const std::string& found) {
    return one(
        "pack-not-equal",
        fmt::format("{} on {}, schedule {}: {}", c.name, v.name, seed, found),
        "run chipchain chip conform and mend what it names");
}

std::string hash_of(const std::vector<uint8_t>& bytes) { return sha256_hex(std::as_bytes(std::span(bytes))); }

// SHA-256 of the manifest without its seal; nlohmann's objects are sorted by key, so that the text is one.
std::string seal_of(json manifest) {
    manifest.erase("seal");
    const std::string text = manifest.dump(-1, ' ', false, json::error_handler_t::replace);
    return sha256_hex(std::as_bytes(std::span(text)));
}

json coverage_json(const Coverage& c) {
    json operations;
    for (const IntegerOpInfo& row : integer_ops())
        operations[std::string(row.name)] = c.operations[static_cast<size_t>(row.op)];
    json opcodes;
    for (size_t i = 0; i < kOpcodes; ++i) opcodes[std::string(info(static_cast<Opcode>(i)).name)] = c.opcodes[i];
    return {
        {"operations", operations},
        {"opcodes", opcodes},
        {"ties_to_lower", c.ties_to_lower},
        {"ties_to_upper", c.ties_to_upper},
        {"odd_zero_ties", c.odd_zero_ties},
        {"negative_ties", c.negative_ties},
        {"clamped_low", c.clamped_low},
        {"clamped_high", c.clamped_high},
        {"beyond_2_24", c.beyond_2_24},
        {"near_2_31", c.near_2_31},
        {"sum_ties", c.sum_ties},
        {"sums", c.sums}};
}

// Removes the unfinished folder unless it was kept.
class Unfinished {
 public:
    explicit Unfinished(fs::path folder) : folder_(std::move(folder)) {}
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished() {
        std::error_code ignored;
        if (!kept_) fs::remove_all(folder_, ignored);
    }
    [[nodiscard]] const fs::path& folder() const { return folder_; }
    void keep() { kept_ = true; }

 private:
    fs::path folder_;
    bool kept_ = false;
};

class PackWriter {
 public:
    PackWriter(const fs::path& folder, const ConformOptions& options, const ScheduleCompiler& compile)
        : unfinished_(folder), options_(options), compile_(compile) {}

    Result<void> start() {
        std::error_code error;
        fs::remove_all(unfinished_.folder(), error);
        fs::create_directories(unfinished_.folder() / "programs", error);
        fs::create_directories(unfinished_.folder() / "inputs", error);
        fs::create_directories(unfinished_.folder() / "golden", error);
        if (error)
            return tl::unexpected(not_written(fmt::format("{}: {}", unfinished_.folder().string(), error.message())));
        return {};
    }

    Result<void> add_case(const ConformCase& c, const std::vector<ChipVersion>& versions) {
        std::vector<TensorBytes> expected;
        json inputs = json::array();
        json golden_names = json::array();
        for (const auto& bytes : c.inputs) {
            expected.push_back(run_golden(c.network, bytes));
            report_counts_.coverage.add(examine(c.network, expected.back(), options_.examined_per_node));
            std::vector<uint8_t> all;
            for (const auto& tensor : bytes) all.insert(all.end(), tensor.begin(), tensor.end());
            const auto name = write("inputs", inputs_, all);
            if (!name) return tl::unexpected(name.error());
            inputs.push_back(*name);
            std::vector<uint8_t> written;
            for (const IntegerNode& node : c.network.nodes) {
                const std::vector<uint8_t>& tensor = expected.back()[node.output];
                written.insert(written.end(), tensor.begin(), tensor.end());
            }
            const auto golden = write("golden", inputs_++, written);
            if (!golden) return tl::unexpected(golden.error());
            golden_names.push_back(*golden);
        }
        json names = json::array();
        for (const IntegerTensor& tensor : c.network.tensors) names.push_back(tensor.name);
        json written = json::array();  // tensors of a golden file, in order
        for (const IntegerNode& node : c.network.nodes) {
            const auto bytes = element_count(c.network.tensors[node.output].shape);
            written.push_back({{"tensor", node.output}, {"bytes", bytes}});
        }
        const size_t network = networks_.size();
        networks_.push_back(
            {{"name", c.name},
             {"hash", network_hash(c.network)},
             {"tensors", names},
             {"inputs", inputs},
             {"golden", golden_names},
             {"written", written}});
        for (const ChipVersion& v : versions) {
            for (uint64_t seed : options_.schedule_seeds) {
                const Result<Program> program = compile_(c.network, v.shape, seed);
                if (!program) {
                    ++report_.refused;
                    continue;
                }
                if (const auto faults = check_program(*program, 1); !faults.empty()) {
                    return tl::unexpected(not_equal(c, v, seed, faults[0]));
                }
                if (auto added = add_program(c, v, seed, network, *program, expected); !added) return added;
            }
        }
        return {};
    }

    Result<PackReport> finish(const fs::path& folder) {
        if (report_.runs == 0) {
            return tl::unexpected(not_written("no version can take any network: there is nothing to seal"));
        }
        json manifest = {
            {"format", kFormat},
            {"version", kPackVersion},
            {"numerics", kNumericsVersion},
            {"networks", networks_},
            {"entries", entries_},
            {"files", files_},
            {"coverage", coverage_json(report_counts_.coverage)}};
        report_.seal = seal_of(manifest);
        manifest["seal"] = report_.seal;
        const std::string text = manifest.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
        std::ofstream out(unfinished_.folder() / "manifest.json", std::ios::binary);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.close();
        std::error_code error;
        if (out) fs::rename(unfinished_.folder(), folder, error);
        if (!out || error) return tl::unexpected(not_written(fmt::format("{} could not be written", folder.string())));
        unfinished_.keep();
        return report_;
    }

 private:
    Unfinished unfinished_;
    const ConformOptions& options_;
    const ScheduleCompiler& compile_;
    PackReport report_;
    ConformReport report_counts_;
    json networks_ = json::array();
    json entries_ = json::array();
    json files_ = json::array();
    size_t inputs_ = 0;

    Result<std::string> write(const std::string& kind, size_t number, const std::vector<uint8_t>& bytes) {
        const std::string name = fmt::format("{}/{:04}.bin", kind, number);
        std::ofstream out(unfinished_.folder() / name, std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (!out) return tl::unexpected(not_written(fmt::format("{} could not be written", name)));
        files_.push_back({{"path", name}, {"bytes", bytes.size()}, {"sha256", hash_of(bytes)}});
        return name;
    }

    Result<void> add_program(
        const ConformCase& c,
        const ChipVersion& v,
        uint64_t seed,
        size_t network,
        const Program& program,
        const std::vector<TensorBytes>& expected) {
        const auto name = write("programs", report_.programs++, encode(program));
        if (!name) return tl::unexpected(name.error());
        json runs = json::array();
        for (size_t i = 0; i < c.inputs.size(); ++i) {
            const std::string found =
                check_run(program, c.network, c.inputs[i], expected[i], seed + i, &report_counts_);
            if (!found.empty()) {
                return tl::unexpected(not_equal(c, v, seed, found));
            }
            json tensors = json::object();
            for (const IntegerNode& node : c.network.nodes) {
                if (program.tensor_address[node.output] == kNotInDram) continue;
                tensors[std::to_string(node.output)] = hash_of(expected[i][node.output]);
                ++report_.tensors;
            }
            runs.push_back({{"input", i}, {"tensors", std::move(tensors)}});
            ++report_.runs;
        }
        entries_.push_back(
            {{"network", network},
             {"version", v.name},
             {"schedule", seed},
             {"program", *name},
             {"program_hash", program_hash(program)},
             {"runs", std::move(runs)}});
        return {};
    }
};

std::optional<std::vector<uint8_t>> read_file(const fs::path& file) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return std::nullopt;
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::vector<uint8_t>(std::istreambuf_iterator<char>(in), {});
}

// True for the path of a regular file inside the folder, also after links are followed.
bool lies_inside(const fs::path& folder, const fs::path& path) {
    if (path.empty() || path.is_absolute() || path.lexically_normal() != path || *path.begin() == "..") return false;
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    if (error) return false;
    const fs::path file = fs::canonical(folder / path, error);
    return !error && fs::is_regular_file(file, error) && file == root / path;
}

// Reads a file that the manifest names; its size is compared before a byte is read.
Result<std::vector<uint8_t>> checked_file(const fs::path& folder, const json& row) {
    const std::string path = row.at("path");
    if (!lies_inside(folder, path)) return tl::unexpected(changed(fmt::format("{} is no file of the pack", path)));
    std::error_code error;
    if (fs::file_size(folder / path, error) != row.at("bytes").get<uint64_t>() || error) {
        return tl::unexpected(changed(fmt::format("{} has another size than what was sealed", path)));
    }
    auto bytes = read_file(folder / path);
    if (!bytes) return tl::unexpected(changed(fmt::format("{} cannot be read", path)));
    if (row.at("sha256") != hash_of(*bytes)) {
        return tl::unexpected(changed(fmt::format("{} is not what was sealed", path)));
    }
    return std::move(*bytes);
}

// Seal and files of a manifest; returns the files' bytes by path.
Result<std::map<std::string, std::vector<uint8_t>>> checked_files(const fs::path& folder, const json& manifest) {
    if (manifest.at("seal") != seal_of(manifest)) {
        return tl::unexpected(changed("the manifest is not what was sealed"));
    }
    std::map<std::string, std::vector<uint8_t>> files;
    for (const json& row : manifest.at("files")) {
        auto bytes = checked_file(folder, row);
        if (!bytes) return tl::unexpected(bytes.error());
        files[row.at("path").get<std::string>()] = std::move(*bytes);
    }
    // nothing may lie in the folder that the seal does not know
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
        if (!entry.is_regular_file()) continue;
        const std::string path = fs::relative(entry.path(), folder, error).generic_string();
        if (path != "manifest.json" && !files.contains(path)) {
            return tl::unexpected(changed(fmt::format("{} was added", path)));
        }
    }
    return files;
}

// The program of an entry: what was sealed, sound, for the network that the entry names, with a hash for every output.
Result<Program> checked_program(const json& entry, const json& network, const std::vector<uint8_t>& bytes) {
    Result<Program> program = decode(bytes);
    if (!program) return program;
    const auto faults = structure_faults(*program, 1);
    if (!faults.empty()) return tl::unexpected(unreadable(faults[0]));
    if (program_hash(*program) != entry.at("program_hash") || program->network_hash != network.at("hash")) {
        return tl::unexpected(changed("a program is not the one that the manifest names"));
    }
    if (entry.at("runs").empty()) return tl::unexpected(unreadable("a program has no run"));
    for (const json& run : entry.at("runs")) {
        for (const TensorId id : program->outputs) {
            if (run.at("tensors").contains(std::to_string(id))) continue;
            return tl::unexpected(unreadable(fmt::format("a run has no hash of output {}", id)));
        }
    }
    return program;
}

// The bytes of a program's inputs out of one file; nothing when the sizes do not fit.
std::optional<std::vector<std::vector<uint8_t>>> split_inputs(const Program& program, const std::vector<uint8_t>& all) {
    std::vector<std::vector<uint8_t>> inputs;
    size_t first = 0;
    for (TensorId id : program.inputs) {
        const uint64_t size = program.tensor_bytes[id];
        if (size > all.size() - first) return std::nullopt;
        inputs.emplace_back(
            all.begin() + static_cast<ptrdiff_t>(first),
            all.begin() + static_cast<ptrdiff_t>(first + size));
        first += size;
    }
    if (first != all.size()) return std::nullopt;
    return inputs;
}

void verify_run(
    const json& run,
    const json& names,
    const std::string& where,
    const ProgramRun& found,
    PackReport& report) {
    ++report.runs;
    if (!found.faults.empty() || found.poisoned_reads > 0) {
        report.failures.push_back(
            where + ": " + (found.faults.empty() ? "a read of bytes that nothing wrote" : found.faults[0]));
        return;
    }
    // in order of the tensors, which is that of the nodes
    std::map<size_t, std::string> due;
    for (const auto& [id, hash] : run.at("tensors").items()) due[std::stoul(id)] = hash;
    for (const auto& [id, hash] : due) {
        ++report.tensors;
        if (id < found.tensors.size() && hash_of(found.tensors[id]) == hash) continue;
        const std::string name = id < names.size() ? names[id].get<std::string>() : "?";
        report.failures.push_back(fmt::format("{}: tensor {} '{}' differs", where, id, name));
        return;
    }
}

// One run of one program of a pack.
struct PackRun {
    const json& entry;
    const json& run;
    const json& network;
    std::string where;
};

// Where a tensor's golden bytes lie in their file; nothing when no node writes it.
struct GoldenPlace {
    size_t first = 0;
    size_t bytes = 0;
};
std::map<TensorId, GoldenPlace> golden_places(const json& network) {
    std::map<TensorId, GoldenPlace> places;
    size_t first = 0;
    for (const json& row : network.at("written")) {
        const auto bytes = row.at("bytes").get<size_t>();
        places[row.at("tensor").get<TensorId>()] = {first, bytes};
        first += bytes;
    }
    return places;
}

// Whether the golden bytes of a run are those of its hashes.
bool golden_fits(const PackRun& r, const std::map<std::string, std::vector<uint8_t>>& files) {
    const std::vector<uint8_t>& golden = files.at(r.network.at("golden").at(r.run.at("input").get<size_t>()));
    const std::map<TensorId, GoldenPlace> places = golden_places(r.network);
    for (const auto& [id, hash] : r.run.at("tensors").items()) {
        const auto place = places.find(static_cast<TensorId>(std::stoul(id)));
        if (place == places.end() || place->second.first > golden.size() ||
            place->second.bytes > golden.size() - place->second.first) {
            return false;
        }
        const auto begin = golden.begin() + static_cast<ptrdiff_t>(place->second.first);
        if (hash != hash_of({begin, begin + static_cast<ptrdiff_t>(place->second.bytes)})) return false;
    }
    return true;
}

// Calls visit(program, run, files) for every run, until it returns an error.
template <class Visit>
Result<PackReport> for_runs(const fs::path& folder, const json& manifest, PackReport report, Visit visit) {
    const auto files = checked_files(folder, manifest);
    if (!files) return tl::unexpected(files.error());
    report.seal = manifest.at("seal");
    for (const json& entry : manifest.at("entries")) {
        const json& network = manifest.at("networks").at(entry.at("network").get<size_t>());
        const Result<Program> program = checked_program(entry, network, files->at(entry.at("program")));
        if (!program) return tl::unexpected(program.error());
        ++report.programs;
        for (const json& run : entry.at("runs")) {
            std::string where = fmt::format(
                "{} input {} on {}, schedule {}",
                network.at("name").get<std::string>(),
                run.at("input").get<size_t>(),
                entry.at("version").get<std::string>(),
                entry.at("schedule").get<uint64_t>());
            const PackRun one_run{entry, run, network, std::move(where)};
            if (!golden_fits(one_run, *files)) {
                return tl::unexpected(unreadable(one_run.where + ": its golden bytes are not those of its hashes"));
            }
            if (Result<void> done = visit(*program, one_run, *files, report); !done) {
                return tl::unexpected(std::move(done.error()));
            }
        }
    }
    if (report.programs == 0) return tl::unexpected(unreadable("the pack has no run"));
    return report;
}

using PackFiles = std::map<std::string, std::vector<uint8_t>>;

// Carries out every program by the instruction-set simulator. The network itself is not in the pack: a program needs
// none.
Result<PackReport> verify_manifest(const fs::path& folder, const json& manifest, uint64_t seed) {
    const auto simulate =
        [seed](const Program& program, const PackRun& r, const PackFiles& files, PackReport& report) -> Result<void> {
        const std::string file = r.network.at("inputs").at(r.run.at("input").get<size_t>());
        const auto inputs = split_inputs(program, files.at(file));
        if (!inputs) return tl::unexpected(unreadable(fmt::format("{} does not fit its program", file)));
        verify_run(
            r.run,
            r.network.at("tensors"),
            r.where,
            simulate_program(program, IntegerNetwork{}, *inputs, seed),
            report);
        return {};
    };
    return for_runs(folder, manifest, {}, simulate);
}

// Compares the tensors of one run with the DRAM that silicon left.
void compare_dram(
    const Program& program,
    const PackRun& r,
    const std::vector<uint8_t>& golden,
    const std::vector<uint8_t>& dram,
    PackReport& report) {
    const std::map<TensorId, GoldenPlace> places = golden_places(r.network);
    ++report.runs;
    for (const auto& [id, place] : places) {
        if (program.tensor_address[id] == kNotInDram || place.bytes == 0) continue;
        const uint64_t at = program.tensor_address[id];
        const std::string name = r.network.at("tensors").at(id).get<std::string>();
        const bool output = std::find(program.outputs.begin(), program.outputs.end(), id) != program.outputs.end();
        if (at + place.bytes > dram.size()) {
            if (!output) continue;
            report.failures.push_back(fmt::format("{}: output {} '{}' is not in the file", r.where, id, name));
            return;
        }
        ++report.tensors;
        const auto want = golden.begin() + static_cast<ptrdiff_t>(place.first);
        const auto wrong =
            std::mismatch(want, want + static_cast<ptrdiff_t>(place.bytes), dram.begin() + static_cast<ptrdiff_t>(at));
        if (wrong.first == want + static_cast<ptrdiff_t>(place.bytes)) continue;
        report.failures.push_back(fmt::format(
            "{}: tensor {} '{}' differs from byte {} on: {} for {}",
            r.where,
            id,
            name,
            wrong.first - want,
            *wrong.second,
            *wrong.first));
        return;
    }
}

Diagnostics no_results(std::string message) {
    return one(
        "pack-results",
        std::move(message),
        "give a folder with <program>.<run>.bin, the DRAM after each run, as docs/pack.md says");
}

Result<PackReport> compare_manifest(const fs::path& folder, const json& manifest, const fs::path& results) {
    std::error_code error;
    if (!fs::is_directory(results, error)) {
        return tl::unexpected(no_results(fmt::format("{} is no folder", results.string())));
    }
    std::set<std::string> known;
    const auto compare =
        [&](const Program& program, const PackRun& r, const PackFiles& files, PackReport& report) -> Result<void> {
        const auto input = r.run.at("input").get<size_t>();
        const std::string stem = fs::path(r.entry.at("program").get<std::string>()).stem().string();
        const std::string name = fmt::format("{}.{}.bin", stem, input);
        known.insert(name);
        const auto dram = read_file(results / name);
        if (!dram) {
            ++report.absent;
            return {};
        }
        compare_dram(program, r, files.at(r.network.at("golden").at(input)), *dram, report);
        return {};
    };
    Result<PackReport> report = for_runs(folder, manifest, {}, compare);
    if (!report) return report;
    for (const auto& entry : fs::directory_iterator(results, error)) {
        const std::string name = entry.path().filename().string();
        if (!known.contains(name)) {
            return tl::unexpected(no_results(fmt::format("{} names no run of the pack", name)));
        }
    }
    if (report->runs == 0) return tl::unexpected(no_results(fmt::format("{} has no file", results.string())));
    return report;
}

// A pack of this version and of this numerics contract.
bool has_head(const json& manifest) {
    return manifest.is_object() && manifest.contains("seal") && manifest["seal"].is_string() &&
           manifest.contains("format") && manifest["format"] == kFormat && manifest.contains("version") &&
           manifest["version"] == kPackVersion && manifest.contains("numerics") &&
           manifest["numerics"] == kNumericsVersion;
}

}  // namespace

Result<PackReport> write_pack(
    const fs::path& folder,
    const std::vector<ConformCase>& cases,
    const std::vector<ChipVersion>& versions,
    const ConformOptions& options,
    const ScheduleCompiler& compile) {
    std::error_code error;
    if (fs::exists(folder, error)) {
        return tl::unexpected(not_written(fmt::format("{} exists already", folder.string())));
    }
    fs::path target = folder.lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    PackWriter writer(target.parent_path() / ("." + target.filename().string() + ".unfinished"), options, compile);
    if (auto started = writer.start(); !started) return tl::unexpected(started.error());
    for (const ConformCase& c : cases) {
        if (auto added = writer.add_case(c, versions); !added) return tl::unexpected(added.error());
    }
    return writer.finish(target);
}

namespace {

template <class Use>
Result<PackReport> with_manifest(const fs::path& folder, Use use) {
    const auto text = read_file(folder / "manifest.json");
    if (!text) return tl::unexpected(unreadable(fmt::format("{} has no manifest.json", folder.string())));
    const json manifest = json::parse(text->begin(), text->end(), nullptr, false);
    if (!has_head(manifest)) {
        return tl::unexpected(unreadable(fmt::format(
            "{} is no pack of version {} with numerics contract {}",
            folder.string(),
            kPackVersion,
            kNumericsVersion)));
    }
    // a sealed manifest has its form; one that was made up may lack anything
    try {
        return use(manifest);
    } catch (const std::exception& e) {
        return tl::unexpected(unreadable(fmt::format("{}: {}", folder.string(), e.what())));
    }
}

}  // namespace

Result<PackReport> verify_pack(const fs::path& folder, uint64_t seed) {
    return with_manifest(folder, [&](const json& manifest) { return verify_manifest(folder, manifest, seed); });
}

Result<PackReport> verify_results(const fs::path& folder, const fs::path& results) {
    return with_manifest(folder, [&](const json& manifest) { return compare_manifest(folder, manifest, results); });
}

}  // namespace chipchain
