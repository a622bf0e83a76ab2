// chipchain chip run, compile, disassemble, quantise: one network, one chip.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/aimed_cases.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/fast_executor.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/network/onnx_reader.h"
#include "chipchain/network/onnx_writer.h"
#include "chipchain/network/quantise.h"
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/chip_page.h"
#include "chipchain/report/chip_tables.h"
#include "chipchain/report/files.h"
#include "chipchain/report/json.h"

namespace chipchain {

namespace {

NetworkOptions network_options(const ChipChoices& c) { return {c.network, c.shapes, c.requant}; }

int failed(const Diagnostics& diagnostics, int code = kExitMistake) {
    print_diagnostics(diagnostics, {});
    return code;
}

// Every executor on the same inputs; false when one differs, with the first diverging tensor on stderr.
bool compute_values(
    const ChipChoices& c,
    const IntegerNetwork& network,
    const Program& program,
    ChipRunReport& report) {
    const std::vector<std::vector<uint8_t>> inputs = drawn_inputs(network, c.seed);
    const TensorBytes golden = run_golden(network, inputs);
    const ProgramRun simulated = simulate_program(program, network, inputs, c.seed);
    for (const std::string& fault : simulated.faults) fmt::print(stderr, "error: {}\n", fault);
    const std::pair<const char*, TensorBytes> others[] = {
        {"simulated", simulated.tensors},
        {"fast", run_fast(network, inputs)},
        {"portable", run_fast(network, inputs, FastPath::portable)}};
    report.hashes = trace_hashes(network, golden);
    report.executors = {"golden"};
    bool equal = simulated.faults.empty();
    for (const auto& [name, values] : others) {
        const Divergence d = first_divergence(network, golden, values);
        if (d.node == UINT32_MAX) {
            report.executors.emplace_back(name);
        } else {
            fmt::print(stderr, "error: {}: {}\n", name, divergence_text(network, d));
            equal = false;
        }
    }
    return equal;
}

// False when a pass to dump is unknown, which is told.
bool passes_exist(const std::vector<std::string>& names) {
    const std::span<const std::string_view> passes = compile_passes();
    Diagnostics mistakes;
    for (const std::string& name : names) {
        if (name == "all" || std::find(passes.begin(), passes.end(), name) != passes.end()) continue;
        const std::string near = nearest_name(name, std::vector<std::string>(passes.begin(), passes.end()));
        mistakes.push_back(
            {Severity::error,
             "unknown-pass",
             fmt::format("the compiler has no pass '{}'", name),
             {UINT32_MAX, 0, 0, 0},
             "",
             near.empty() ? fmt::format("the passes are {}, or all", fmt::join(passes, ", "))
                          : fmt::format("did you mean '{}'?", near)});
    }
    if (!mistakes.empty()) print_diagnostics(mistakes, {});
    return mistakes.empty();
}

// Every number of parts that leaves no array over.
Result<std::vector<ChipParts>>
divide_chip(const IntegerNetwork& network, const ChipModel& chip, const EnergyTable& energy) {
    const ChipShape& shape = chip.shape;
    std::vector<ChipParts> rows;
    for (uint32_t parts = 1; parts <= shape.arrays; ++parts) {
        if (shape.arrays % parts != 0) continue;
        ChipParts row;
        row.parts = parts;
        row.shape = part_of_chip(shape, parts);
        const Result<Program> program = compile_network(network, row.shape);
        if (!program) return tl::unexpected(program.error());
        row.events = time_events(*program, network);
        // all parts at once: leakage and uncore of the chip are shared by their runs
        EnergyCounts counts = count_events(*program, row.events);
        for (double& count : counts) count *= parts;
        row.joules = run_energy(chip, energy_of(counts, energy), row.events.seconds).joules.value / parts;
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<std::vector<uint8_t>> read_bytes(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::error_code error;
    if (!in || !std::filesystem::is_regular_file(file, error)) {
        return tl::unexpected(Diagnostics{
            {Severity::error,
             "program-unreadable",
             fmt::format("there is no file '{}'", file),
             {UINT32_MAX, 0, 0, 0},
             "",
             "name a file that chipchain chip compile -o wrote"}});
    }
    return std::vector<uint8_t>(std::istreambuf_iterator<char>(in), {});
}

// The tensors input_0.pb, input_1.pb, ... of each folder.
Result<std::vector<std::vector<Tensor>>> read_calibration(const std::vector<std::string>& folders, size_t inputs) {
    std::vector<std::vector<Tensor>> runs;
    Diagnostics mistakes;
    for (const std::string& folder : folders) {
        std::vector<Tensor> run;
        for (size_t i = 0; i < inputs; ++i) {
            Result<Tensor> tensor = read_onnx_tensor(std::filesystem::path(folder) / fmt::format("input_{}.pb", i));
            if (tensor) {
                run.push_back(std::move(*tensor));
            } else {
                mistakes.insert(mistakes.end(), tensor.error().begin(), tensor.error().end());
            }
        }
        runs.push_back(std::move(run));
    }
    if (!mistakes.empty()) return tl::unexpected(mistakes);
    return runs;
}

// Tensors of values in [0, 1), keyed by (seed, run, input, element): a stand-in that says nothing about accuracy.
std::vector<std::vector<Tensor>> made_up_calibration(const Network& network, uint64_t seed, uint32_t runs) {
    std::vector<std::vector<Tensor>> out;
    for (uint32_t run = 0; run < runs; ++run) {
        std::vector<Tensor> tensors;
        for (uint32_t i = 0; i < network.inputs.size(); ++i) {
            Tensor tensor(DataType::f32, network.values[network.inputs[i]].shape);
            fill_unit(tensor, seed, run, i);
            tensors.push_back(std::move(tensor));
        }
        out.push_back(std::move(tensors));
    }
    return out;
}

}  // namespace

int chip_run_verb(const ChipChoices& c) {
    const std::optional<LoadedNetwork> network = load_network(network_options(c));
    const std::optional<std::vector<ChipModel>> chips = load_chips({c.chip});
    if (!network || !chips) return kExitMistake;
    const ChipModel& chip = chips->front();
    const IntegerNetwork& integer = network->lowered.network;
    const Result<Program> program = compile_for(integer, chip);
    if (!program) return failed(program.error());
    note_unknown_die(chip);

    ChipRunReport report;
    report.network = &integer;
    report.chip = chip.name;
    report.shape = chip.shape;
    report.network_hash = network_hash(integer);
    report.program_hash = program_hash(*program);
    for (const Stream& stream : program->streams) report.instructions += stream.instructions.size();
    report.roofline = time_roofline(integer, chip.shape);
    report.folds = time_folds(integer, chip.shape);
    report.events = time_events(*program, integer);
    report.energy_table = energy_table(chip);
    const EnergyReport events = energy_of(count_events(*program, report.events), report.energy_table);
    report.energy = run_energy(chip, events, report.events.seconds);
    report.model = &chip;
    report.assumptions = rank_assumptions(integer, chip);
    if (c.parts) {
        Result<std::vector<ChipParts>> parts = divide_chip(integer, chip, report.energy_table);
        if (!parts) return failed(parts.error());
        report.parts = std::move(*parts);
    }
    const bool equal = !c.values || compute_values(c, integer, *program, report);

    std::vector<ResultTable> tables = chip_run_tables(report);
    if (c.json != "-") fmt::print("{}", chip_run_page(tables, window_width(), c.all));
    const ChipIdentity made{
        "run",
        c.seed,
        network_options_text(c) + (c.values ? " --values" : "") + (c.parts ? " --parts" : ""),
        {{"network", integer.name, report.network_hash}, {"chip", chip.name, chip_hash(chip)}}};
    tables.push_back(chip_identity_table(made, tables));
    const RunIdentity identity{identity_hash(made), std::string(version()), c.seed, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_run_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (!written) return failed(written.error(), kExitFailed);
    return equal ? kExitGood : kExitOurFault;
}

int chip_compile_verb(const ChipChoices& c) {
    const std::optional<LoadedNetwork> network = load_network(network_options(c));
    const std::optional<std::vector<ChipModel>> chips = load_chips({c.chip});
    if (!passes_exist(c.dump) || !network || !chips) return kExitMistake;
    CompileOptions options;
    options.schedule_seed = c.schedule;
    options.dump = [&c](std::string_view pass, const std::string& dump) {
        const bool wanted = std::any_of(c.dump.begin(), c.dump.end(), [pass](const std::string& name) {
            return name == "all" || name == pass;
        });
        if (wanted) fmt::print("pass {}\n{}\n", pass, dump);
    };
    const Result<Program> program = compile_for(network->lowered.network, chips->front(), options);
    if (!program) return failed(program.error());
    const std::vector<std::string> faults = check_program(*program);
    for (const std::string& fault : faults) fmt::print(stderr, "error: {}\n", fault);
    if (!faults.empty()) return kExitOurFault;
    if (c.assembly == "-") fmt::print("{}", disassemble(*program));
    std::vector<std::pair<std::string, std::string>> files;
    if (!c.assembly.empty() && c.assembly != "-") files.emplace_back(c.assembly, disassemble(*program));
    if (!c.out.empty()) {
        const std::vector<uint8_t> bytes = encode(*program);
        files.emplace_back(c.out, std::string(bytes.begin(), bytes.end()));
    }
    for (const auto& [path, text] : files) {
        if (const Result<void> done = write_whole_file(path, text); !done) return failed(done.error(), kExitFailed);
    }
    uint64_t instructions = 0;
    for (const Stream& stream : program->streams) instructions += stream.instructions.size();
    fmt::print(
        stderr,
        "program {}: {} instructions in {} queues for {}, checked\n",
        program_hash(*program),
        instructions,
        program->streams.size(),
        chips->front().name);
    return kExitGood;
}

int chip_disassemble_verb(const ChipChoices& c) {
    const Result<std::vector<uint8_t>> bytes = read_bytes(c.file);
    if (!bytes) return failed(bytes.error());
    const Result<Program> program = decode(*bytes);
    if (!program) return failed(program.error());
    fmt::print("{}", disassemble(*program));
    return kExitGood;
}

int chip_assemble_verb(const ChipChoices& c) {
    const Result<std::vector<uint8_t>> bytes = read_bytes(c.file);
    if (!bytes) return failed(bytes.error());
    const std::string text(bytes->begin(), bytes->end());
    const Result<Program> program = assemble(text);
    if (!program) {
        SourceMap sources;
        sources.add(c.file, text);
        print_diagnostics(program.error(), sources);
        return kExitMistake;
    }
    Diagnostics faults;
    for (const std::string& fault : check_program(*program)) {
        faults.push_back(
            {Severity::error,
             "program-fault",
             fmt::format("{}: {}", c.file, fault),
             {UINT32_MAX, 0, 0, 0},
             "",
             "the rules of programs are in docs/instructions.md"});
    }
    if (!faults.empty()) return failed(faults);
    const std::vector<uint8_t> program_bytes = encode(*program);
    const std::string_view whole(reinterpret_cast<const char*>(program_bytes.data()), program_bytes.size());
    if (const Result<void> done = write_whole_file(c.out, whole); !done) return failed(done.error(), kExitFailed);
    fmt::print("{}: program {}\n", c.out, program_hash(*program));
    return kExitGood;
}

int chip_quantise_verb(const ChipChoices& c) {
    std::error_code same;
    if (std::filesystem::equivalent(c.network, c.out, same)) {
        return failed(
            {{Severity::error,
              "onnx-not-written",
              fmt::format("{} is the float network itself", c.out),
              {UINT32_MAX, 0, 0, 0},
              "",
              "name another file with -o"}},
            kExitFailed);
    }
    const std::optional<Network> network = load_float(network_options(c));
    if (!network) return kExitMistake;
    Result<std::vector<std::vector<Tensor>>> runs = read_calibration(c.calibration, network->inputs.size());
    if (!runs) return failed(runs.error());
    if (runs->empty()) {
        fmt::print(
            stderr,
            "note: no --calibration: ranges come from {} made-up runs in 0..1, good for tests only\n",
            c.inputs);
        runs = made_up_calibration(*network, c.seed, c.inputs);
    }
    QuantiseOptions options;
    options.rule = c.percentile < 100 ? RangeRule::percentile : RangeRule::min_max;
    options.percentile = c.percentile;
    options.keep_float = c.keep_float;
    const Result<Network> quantised = quantise(*network, *runs, options);
    if (!quantised) return failed(quantised.error());
    if (const Result<void> done = write_onnx(*quantised, c.out); !done) return failed(done.error(), kExitFailed);
    fmt::print("{}: {} nodes\n", c.out, quantised->nodes.size());
    if (!runs->empty()) runs->resize(1);
    const Result<std::vector<double>> noise = signal_to_noise_db(*network, *quantised, *runs);
    if (!noise) return failed(noise.error());
    for (size_t k = 0; k < noise->size(); ++k) {
        fmt::print(
            "output '{}': {:.1f} dB above its error on the first calibration run\n",
            network->values[network->outputs[k]].name,
            (*noise)[k]);
    }
    return kExitGood;
}

}  // namespace chipchain
