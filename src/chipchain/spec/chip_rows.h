// The rows of chips and fleets. A chip is one version of an inference chip as a physical thing. A chip file has [chip]
// where the file of a line has [line], and one [[figure]] row per physical figure; the names of figures are those of
// chip/chip_figures.h.
//
// No field of these rows can change what a network computes: there is none for a number format, a rounding or the width
// of an accumulator, and a figure of such a name is unknown.
#pragma once

#include <cstdint>
#include <string>

#include "chipchain/base/time.h"
#include "chipchain/spec/row.h"

namespace chipchain {

// Which operand stays in the array: outputs, weights, inputs (Chen et al., Eyeriss; SCALE-Sim's os, ws, is).
enum class Dataflow : uint8_t { output_stationary, weight_stationary, input_stationary };

struct ChipSpec : Row {
    std::string name;
    std::string title;
    std::string foundry;  // who makes this version
    std::string node;     // the foundry's name of the process: "14 nm", "N3E"
    Dataflow dataflow = Dataflow::output_stationary;
    std::string note;
};

// One figure with its provenance. low and high: -1 stands for absent, which means the value.
struct FigureSpec : Row {
    std::string name;
    double value = 0;
    double low = -1;
    double high = -1;
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;  // of an assumption: why this value
};

// Who computes with chips: a fleet file has [fleet] where the file of a line has [line].
struct FleetSpec : Row {
    std::string name;
    Time start = 0;             // dates of other tables count from it; ticks since 1970
    double spares_percent = 2;  // chips beyond those that are built in
    // safety stock of chips (chip/fleet.h)
    double weekly_sigma_percent = 30;  // deviation of a week's demand for a version, of its mean: assumption
    double lead_weeks = 16;            // from an order of wafers to chips: assumption
    double service_percent = 95;       // lead times in which the stock suffices
    double correlation = 0;            // of the demands for two versions; 0: independent
    std::string note;
};

// How a unit goes on when a chip fails: not at all; two sets compute the same and are compared; a second set takes
// over.
enum class Redundancy : uint8_t { one, lock_step, standby };

// A kind of unit: vehicle, robot, server.
struct FleetUnitSpec : Row {
    std::string name;
    Redundancy redundancy = Redundancy::one;
    double margin_percent = 30;  // of time and bandwidth left free
    double duty_percent = 100;   // of the time in use, for power
    double power_limit_w = 0;    // of all chips of a unit; 0: none
    Mark mark = Mark::assumption;
    std::string source;
    std::string note;
};

// A network that every unit of a kind runs.
struct FleetNetworkSpec : Row {
    std::string unit;
    std::string network;    // reference network or ONNX file
    double rate_per_s = 0;  // inferences of one unit
    double memory_gb = 0;   // in DRAM besides weights and activations
    Mark mark = Mark::assumption;
    std::string source;
};

// Units that are built in a span of time.
struct FleetBuildSpec : Row {
    std::string unit;
    std::string programme;  // of a scenario
    Time from = 0;
    Time until = 0;
    double quantity = 0;
    double chips_per_piece = 1;  // of what the programme waits for: a board with two chips
    Mark mark = Mark::assumption;
    std::string source;
};

// A foundry version and its part of the supply.
struct FleetVersionSpec : Row {
    std::string chip;  // of the library, or a chip file
    double share_percent = 0;
    double package_percent = 100;  // of dies that become chips
    Mark mark = Mark::assumption;
    std::string source;
};

}  // namespace chipchain
