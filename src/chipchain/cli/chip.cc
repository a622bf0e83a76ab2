// chipchain chip: the sub-commands, and those that need no chip of their own.
#include "chipchain/cli/chip.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/option_checks.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/network/lower.h"
#include "chipchain/network/operators.h"
#include "chipchain/network/reference_networks.h"
#include "chipchain/report/text_table.h"
#include "chipchain/spec/embedded_chips.h"

namespace chipchain {

namespace {

constexpr const char* kNetworkHelp = "reference network (chipchain chip list) or ONNX file";
constexpr const char* kChipHelp = "chip of the library (chipchain chip list) or chip file";

int list_chips(const ChipChoices&) {
    TextTable chips({{"chip", true}, {"what it is", true}});
    for (const EmbeddedChipInfo& info : embedded_chips()) chips.add({info.name, info.title});
    fmt::print("{}\n", chips.render(window_width()));
    TextTable networks({{"network", true}, {"what it is", true}});
    for (const ReferenceNetworkInfo& info : reference_networks())
        networks.add({std::string(info.name), std::string(info.help)});
    fmt::print("{}\n", networks.render(window_width()));
    TextTable fleets({{"fleet", true}, {"what it is", true}});
    for (const EmbeddedChipInfo& info : embedded_fleets()) fleets.add({info.name, info.title});
    fmt::print("{}", fleets.render(window_width()));
    return kExitGood;
}

int list_operators(const ChipChoices&) {
    TextTable table({{"operator", true}, {"domain", true}, {"on a chip", true}, {"what of it", true, 1}});
    const std::vector<LowerRow> chip = lowered_operators();
    for (const OperatorInfo& info : operators()) {
        const auto row = std::find_if(chip.begin(), chip.end(), [&info](const LowerRow& r) {
            return r.op == info.op && r.domain == info.domain;
        });
        table.add(
            {std::string(info.op),
             info.domain.empty() ? "ai.onnx" : std::string(info.domain),
             row == chip.end()   ? "-"
             : row->help.empty() ? "yes"
                                 : std::string(row->help),
             info.help.empty() ? "all" : std::string(info.help)});
    }
    fmt::print("{}", table.render(window_width()));
    return kExitGood;
}

// ---------------------------------------------------------------- options

void add_network(CLI::App* verb, ChipChoices& c) {
    verb->add_option("network", c.network, kNetworkHelp)->capture_default_str();
    verb->add_option("--shape", c.shapes, "shape of an input, as 1x3x224x224 (repeatable, in order of the inputs)");
    verb->add_option("--requant", c.requant, "how accumulators become 8 bits: f32-rne, i32-single or i32-double")
        ->check(CLI::IsMember({"f32-rne", "i32-single", "i32-double"}))
        ->capture_default_str();
}

void add_chip_name(CLI::App* verb, ChipChoices& c) {
    verb->add_option("--chip,-c", c.chip, kChipHelp)->capture_default_str();
}

void add_seed(CLI::App* verb, ChipChoices& c, const char* help = "seed of inputs that are made up") {
    verb->add_option("--seed", c.seed, help)->capture_default_str();
}

void add_all(CLI::App* verb, ChipChoices& c) { verb->add_flag("--all", c.all, "every row of long tables"); }

void add_files(CLI::App* verb, ChipChoices& c) {
    verb->add_option("--json", c.json, "write the tables as JSON to this file, - for stdout")
        ->expected(0, 1)
        ->default_str("-");
    verb->add_option("--csv", c.csv, "write every table as CSV into this folder");
    verb->add_option("--sqlite", c.sqlite, "write every table into this SQLite file");
}

void add_run_options(CLI::App* verb, ChipChoices& c) {
    add_network(verb, c);
    add_chip_name(verb, c);
    verb->add_flag("--values", c.values, "compute every tensor by all executors and compare them");
    verb->add_flag("--parts", c.parts, "also the chip divided into equal parts, each with frames of its own");
    add_seed(verb, c);
    add_all(verb, c);
    add_files(verb, c);
}

void add_compile_options(CLI::App* verb, ChipChoices& c) {
    add_network(verb, c);
    add_chip_name(verb, c);
    verb->add_option("-o,--out", c.out, "file of the program");
    verb->add_option("--assembly", c.assembly, "file of the program as text, - for stdout");
    verb->add_option("--dump", c.dump, "print what a pass made (repeatable; 'all' for every pass)");
    verb->add_option("--schedule", c.schedule, "another legal schedule of the same network")->capture_default_str();
}

void add_file_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("file", c.file, "program that chipchain chip compile wrote")->required();
}

void add_quantise_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("network", c.network, "float network, an ONNX file")->required();
    verb->add_option("-o,--out", c.out, "ONNX file to write")->required();
    verb->add_option("--shape", c.shapes, "shape of an input, as 1x3x224x224 (repeatable, in order of the inputs)");
    verb->add_option(
        "--calibration",
        c.calibration,
        "folder with input_0.pb, input_1.pb, ... of one run (repeatable; without: made-up inputs in 0..1)");
    verb->add_option("--inputs", c.inputs, "made-up calibration runs")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    verb->add_option("--percentile", c.percentile, "share of magnitudes inside the range of a value; 100: all")
        ->check(finite_number)
        ->check(CLI::Range(50.0, 100.0))
        ->capture_default_str();
    verb->add_option("--keep-float", c.keep_float, "node to leave as it is (repeatable)");
    add_seed(verb, c);
}

void add_conform_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("networks", c.networks, "reference networks or ONNX files (default: the whole test set)");
    verb->add_option(
            "--versions",
            c.versions,
            "chips, comma separated, which must run the networks (default: ai5-t, ai5-s and the odd shapes)")
        ->delimiter(',');
    verb->add_option("--shape", c.shapes, "shape of an input, as 1x3x224x224 (repeatable, in order of the inputs)");
    verb->add_option("--requant", c.requant, "how accumulators become 8 bits: f32-rne, i32-single or i32-double")
        ->check(CLI::IsMember({"f32-rne", "i32-single", "i32-double"}))
        ->capture_default_str();
    verb->add_option("--inputs", c.inputs, "sets of inputs per network")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    verb->add_option("--schedules", c.schedules, "legal schedules per network and version")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    verb->add_option("--pack", c.out, "folder of the sealed pack to write");
    verb->add_flag("--aimed", c.aimed, "with named networks: also the cases aimed at ties, range ends, 2^24 and 2^31");
    verb->add_flag("--mutations", c.mutations, "also seed the ten bugs and say which are caught");
    verb->add_option("--threads", c.threads, "threads (0: one per core)")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    add_seed(verb, c);
    add_files(verb, c);
}

void add_verify_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("pack", c.file, "folder that chipchain chip conform --pack wrote")->required();
    verb->add_option("--results", c.results, "folder with the DRAM that silicon left after each run (docs/pack.md)");
    verb->add_option("--seed", c.seed, "of the order in which queues and transfers progress")->capture_default_str();
}

void add_show_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("chip", c.chip, kChipHelp)->required();
    verb->add_flag("--bounds", c.bounds, "also how one of its arrays carries out ResNet-50, between bounds, and why");
    add_files(verb, c);
}

void add_power_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("network", c.network, kNetworkHelp)->capture_default_str();
    verb->add_option("--versions", c.versions, "chips, comma separated (default: ai5-t,ai5-s)")->delimiter(',');
    verb->add_option("--ambient", c.ambient_c, "temperature around the chip in degrees Celsius")
        ->check(finite_number)
        ->check(CLI::Range(-60.0, 150.0))
        ->capture_default_str();
    add_seed(verb, c, "seed of the dies that are drawn for the bins");
    add_files(verb, c);
}

void add_frames_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("streams", c.networks, "NETWORK@FRAMES_PER_SECOND[:PRIORITY], as resnet50@288:2")->required();
    add_chip_name(verb, c);
    verb->add_option("--seconds", c.seconds, "length of the run")
        ->check(finite_number)
        ->check(CLI::Range(0.001, 3600.0))
        ->capture_default_str();
    verb->add_option("--jitter-ms", c.jitter_ms, "arrivals are late by up to this")
        ->check(finite_number)
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    // of all streams, or of each
    const auto per_stream = [verb](const char* name, std::vector<double>& values, double least, const char* help) {
        verb->add_option(name, values, help)
            ->check(finite_number)
            ->check(CLI::Range(least, 1e6))
            ->delimiter(',')
            ->allow_extra_args(false);
    };
    per_stream(
        "--deadline-ms",
        c.deadlines_ms,
        1e-3,
        "greatest good latency, one for all streams or one per stream (default: the period of the stream)");
    per_stream("--offset-ms", c.offsets_ms, 0, "when the first frame is due, one for all streams or one per stream");
    verb->add_flag("--newest-only", c.newest_only, "drop a waiting frame that has not begun when a newer one arrives");
    add_seed(verb, c, "seed of the jitter");
    add_files(verb, c);
}

void add_assemble_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("file", c.file, "program as text, as chipchain chip disassemble prints it")->required();
    verb->add_option("-o,--out", c.out, "file of the program")->required();
}

void add_fleet_options(CLI::App* verb, ChipChoices& c) {
    verb->add_option("fleet", c.file, "fleet of the library (default: ai5-fleet) or fleet file");
    verb->add_option("-o,--out", c.out, "write the chips as demand of a scenario: a CSV table for its [files]");
    verb->add_option("--overlay", c.base, "write -o as an overlay that sets this demand of a scenario, as ai5-chain")
        ->needs("--out");
    verb->add_option("--seed", c.seed, "of the dies that are drawn for yields")->capture_default_str();
    add_all(verb, c);
    add_files(verb, c);
}

struct VerbRow {
    const char* name;
    const char* help;
    void (*add)(CLI::App* verb, ChipChoices& c);
    int (*run)(const ChipChoices& c);
};
constexpr VerbRow kVerbs[] = {
    {"run", "a network on a chip: latency, where the time goes, energy, values", add_run_options, chip_run_verb},
    {"conform",
     "prove that versions of a chip give the same bytes; write a pack for silicon",
     add_conform_options,
     chip_conform_verb},
    {"verify", "check a pack and run its programs again", add_verify_options, chip_verify_verb},
    {"power", "voltage, power, heat and bins of versions of a chip under load", add_power_options, chip_power_verb},
    {"frames",
     "camera frames at fixed rates on a chip that several networks share",
     add_frames_options,
     chip_frames_verb},
    {"fleet",
     "chips, power and wafers that a fleet of cars, robots and servers needs",
     add_fleet_options,
     chip_fleet_verb},
    {"quantise", "make a quantised network of a float one", add_quantise_options, chip_quantise_verb},
    {"compile",
     "compile a network for a chip; its program as file, text or dumps",
     add_compile_options,
     chip_compile_verb},
    {"disassemble", "a program as text", add_file_options, chip_disassemble_verb},
    {"assemble", "a program of its text, checked", add_assemble_options, chip_assemble_verb},
    {"show", "the figures of a chip with their ranges and sources", add_show_options, chip_show_verb},
    {"operators", "the operators of ONNX that are known", nullptr, list_operators},
    {"list", "the chips and reference networks", nullptr, list_chips},
};

}  // namespace

void add_chip(CLI::App& app, ChipChoices& choices) {
    CLI::App* chip = app.add_subcommand("chip", "neural networks on inference chips: values, time, energy, fleets");
    chip->require_subcommand(1);
    for (const VerbRow& row : kVerbs) {
        CLI::App* verb = chip->add_subcommand(row.name, row.help);
        if (row.add != nullptr) row.add(verb, choices);
    }
}

int chip_verb(const CLI::App& app, const ChipChoices& choices) {
    const CLI::App* chip = app.get_subcommand("chip");
    for (const VerbRow& row : kVerbs) {
        if (chip->got_subcommand(row.name)) return row.run(choices);
    }
    return kExitMistake;
}

}  // namespace chipchain
