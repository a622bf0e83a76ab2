// The third fidelity: the program's queues in time, against SRAM banks and a DRAM with rows, banks and refresh.
//
// A core carries out its five queues at once. An instruction takes what its unit needs (instruction_cycles.h). All that
// is under way in a core shares the SRAM: each needs part of its word accesses per cycle; when they need more than
// there is, all slow down alike. Loads and stores take as long as the DRAM (dram_model.h) takes for their blocks, which
// those of all cores share in the order of arrival, or as long as the SRAM takes, whichever is later; those of one
// queue follow each other without a gap, while the last ones are still on their way, and a signal goes out when all
// before it has arrived. Signals take no time. Bytes from Program::shared_address on are served by the shared on-chip
// memory (shared_memory.h) in the same way.
//
// Where time goes: the time line of each matrix queue is cut into parts without gap or overlap; a node gets, of each
// part, its share of all arrays. Under way: useful, fill_drain and fold_waste as the instruction states, and bandwidth
// for what the SRAM adds. Idle: by what the queue waits for in the end: a load, fetch or store, bandwidth; the vector
// unit of its own core, vector; another core, dependency. After its end: what its core still does, else fold_waste: a
// core without work.
//
// Not modelled: the way from core to core, DRAM commands of a scheduler that reorders, ECC, power states, SRAM refresh.
#pragma once

#include "chipchain/chip/dram_model.h"
#include "chipchain/chip/program.h"
#include "chipchain/chip/timing.h"

namespace chipchain {

struct EventOptions {
    bool ideal_memory = false;  // loads and stores take no time, SRAM serves all: matrix work equals time_folds
};

struct EventRun {
    NetworkTiming timing;
    uint64_t instructions = 0;
    double matrix_cycles = 0;  // of all cores: when each matrix queue works, stalls by SRAM included
    double vector_cycles = 0;
    double sram_stall_cycles = 0;  // of all cores: what sharing the SRAM adds to matrix work
    DramModel::Counts dram;
};

// REQUIRES a program without faults (check_program) for a network of these nodes.
[[nodiscard]] EventRun
run_events(const Program& program, const IntegerNetwork& network, const EventOptions& options = {});
// Its timing alone.
[[nodiscard]] NetworkTiming
time_events(const Program& program, const IntegerNetwork& network, const EventOptions& options = {});

}  // namespace chipchain
