// chipchain chip run|conform|verify|compile|disassemble|quantise|show|power|fleet|list|operators: networks on chips.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace chipchain {

struct ChipChoices {
    std::string network = "resnet50";      // reference network, or an ONNX file
    std::vector<std::string> networks;     // of conform; of frames: streams
    std::string chip = "ai5-t";            // chip of the library, or a chip file
    std::vector<std::string> versions;     // of conform and power; empty: see the verb
    std::vector<std::string> shapes;       // of the inputs, in order, as 1x3x224x224
    std::vector<std::string> keep_float;   // of quantise: nodes left as they are
    std::vector<std::string> calibration;  // of quantise: folders with input_0.pb, ...
    std::string requant = "f32-rne";       // f32-rne, i32-single, i32-double
    std::string file;                      // of disassemble, verify, fleet
    std::string out;                       // of compile, quantise: file; of conform: folder of the pack
    std::string results;                   // of verify: folder of what silicon gave
    std::string base;                      // of fleet: scenario of the overlay
    std::string assembly;                  // of compile: file
    std::string json;                      // file, or "-" for stdout instead of the page
    std::string csv;                       // folder
    std::string sqlite;                    // file
    std::vector<std::string> dump;         // of compile: passes to print
    uint64_t seed = 1;                     // of inputs that are made up
    uint32_t inputs = 1;                   // sets of them
    uint32_t schedules = 2;                // of conform: legal schedules per version
    uint64_t schedule = 0;                 // of compile
    uint32_t threads = 0;
    double percentile = 100;           // of quantise: share of magnitudes inside the range
    double seconds = 10;               // of frames
    double jitter_ms = 0;              // of frames: arrivals are late by up to this
    double ambient_c = 45;             // of power
    std::vector<double> deadlines_ms;  // of frames: none, one for all streams, or one per stream
    std::vector<double> offsets_ms;    // the same
    bool newest_only = false;          // of frames: waiting frames that have not begun are dropped for newer ones
    bool values = false;               // of run: compute the values too
    bool bounds = false;               // of show: ResNet-50 on one array
    bool parts = false;                // of run: the chip in equal parts too
    bool aimed = false;                // of conform: aimed cases besides the named networks
    bool mutations = false;            // of conform: seed the ten bugs too
    bool all = false;                  // every row of long tables
};

void add_chip(CLI::App& app, ChipChoices& choices);
// REQUIRES that a sub-command of add_chip() was parsed.
int chip_verb(const CLI::App& app, const ChipChoices& choices);

}  // namespace chipchain
