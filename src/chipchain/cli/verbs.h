// The verbs of the program, one function each: options in, exit code out. Tables go to stdout, everything else to
// stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chipchain/cli/load.h"

namespace chipchain {

struct RunChoices {
    ModelOptions model;
    uint64_t seed = 1;
    uint32_t replications = 1;
    uint32_t threads = 0;
    double days = -1;     // -1: the model's
    double warmup = -1;   // days; -1: the model's
    double until_ci = 0;  // relative half width; 0: fixed number of replications
    uint32_t most = 200;  // replications with until_ci
    bool resume = false;
    bool all_groups = false;
    bool quiet = false;       // no page
    std::string json;         // file, or "-" for stdout instead of the page
    bool everything = false;  // long tables in JSON too
    std::string csv;          // folder
    std::string sqlite;       // file; empty: out/<model>.sqlite
    bool no_sqlite = false;
    std::string trace;       // file
    double trace_from = -1;  // days; -1: the last trace_days
    double trace_days = 1;
};
int run_verb(const RunChoices& choices);

// A line or a scenario; `overlays` are for scenarios.
// The exit code when `name` is a chip or fleet (file, folder or embedded name); nothing when it is neither.
std::optional<int> check_chip_or_fleet(const std::string& name);
int check_verb(const ModelOptions& options, const std::vector<std::string>& overlays = {});
int import_verb(const std::string& format, const std::string& folder, const std::string& out, bool overwrite);
struct ExportChoices {
    ModelOptions model;
    std::string out;
    std::string format = "native";  // or smt2020
    bool lossy = false;             // smt2020: leave out what the form cannot hold
    bool overwrite = false;
};
int export_verb(const ExportChoices& choices);
int list_verb();
int schema_verb(const std::string& what);

struct FlowChoices {
    std::string flow = "ai5-half-reticle";
    std::string line;  // model whose shipped lots are the wafers; empty: at the flow's rate
    std::optional<double> wafers_per_month;
    std::optional<int64_t> months;
    std::optional<double> trace_percent;
    std::optional<double> d0_per_cm2;  // of all defect losses that have one
    uint64_t seed = 1;
    bool drain = false;
    bool everything = false;           // the traced dies in JSON too
    std::string json;                  // file, or "-" for stdout instead of the page
    std::string csv;                   // folder
    std::string sqlite;                // file
    std::vector<std::string> explain;  // "unit", number
    std::vector<std::string> map;      // "wafer", LOT/WAFER
};
int flow_verb(const FlowChoices& choices);

struct NewChoices {
    std::string kind = "fab";  // fab, panel-line, board-line, test-floor
    std::string process;       // empty: that of the kind (and flow)
    std::string flow = "chip-last";
    std::string panel = "700x700";  // mm
    std::string package = "50x50";  // mm
    double edge_mm = 10;
    std::optional<double> street_mm;      // absent: by the size of the package
    std::vector<std::string> parameters;  // NAME=VALUE
    std::string out;
    double starts = 0;  // pieces a month; 0: the process'
    uint32_t products = 1;
    uint32_t factories = 0;  // 0: as many as hold kMostStartsOfFactory each
    double transfer_percent = 2;
    int64_t tools_each = 0;
    std::optional<double> rdl;
    std::optional<double> laminations;
    std::optional<double> sides;
    std::string ramp;  // FROM..TO, dates; empty: at full rate from the start
    uint64_t seed = 1;
    std::string format = "native";  // or smt2020
    bool lossy = false;             // smt2020
    bool overwrite = false;
};
int new_verb(const NewChoices& choices);

struct SizeChoices {
    ModelOptions model;
    double starts = 0;    // pieces in 30 days; 0: the model's
    double x_factor = 0;  // 0: 2.5, unless a cycle time is given
    double cycle_time_d = 0;
    bool max_starts = false;        // the inverse: the rate that the tools sustain
    std::vector<std::string> lock;  // "GROUP=N"
    double max_utilisation = 99.5;  // percent
    bool allow_single = false;
    bool keep_pm_pieces = false;
    double confidence = 95;  // percent
    uint32_t rounds = 8;
    uint32_t replications = 5;
    uint32_t threads = 0;
    uint64_t seed = 1;
    double days = 0;    // 0: by the size of the line
    double warmup = 0;  // 0: likewise
    std::string out;    // folder of the sized model
    bool overwrite = false;
    std::string json;  // file, or "-" for stdout instead of the page
    bool all_groups = false;
    bool no_curve = false;
    bool clearing = false;  // of curve: the clearing function instead of the table
    uint32_t lines = 5;     // of it
};
int size_verb(const SizeChoices& choices);
int curve_verb(const SizeChoices& choices);

struct CompareChoices {
    ModelOptions first;
    ModelOptions second;
    uint64_t seed = 1;
    uint32_t replications = 5;
    uint32_t threads = 0;
    double days = -1;
    double warmup = -1;
    bool all_groups = false;
};
int compare_verb(const CompareChoices& choices);

struct BenchChoices {
    std::vector<std::string> models;
    double days = -1;
    uint32_t repeats = 3;
    uint32_t threads = 1;       // for the regions of a line
    bool fingerprints = false;  // print only what must be equal between builds
};
int bench_verb(const BenchChoices& choices);

struct ExplainChoices {
    ModelOptions model;
    std::string what;  // "lot", "tool", "late" or the id of a diagnostic
    std::string name;  // serial number or name of a lot; tool group or tool; lot type
    uint64_t seed = 1;
    uint32_t replication = 0;
    double days = -1;
};
int explain_verb(const ExplainChoices& choices);

}  // namespace chipchain
