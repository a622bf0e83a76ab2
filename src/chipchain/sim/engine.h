// Internal parts of run(): start.cc builds the state, engine.cc loops, finish.cc closes the books.
#pragma once

#include "chipchain/sim/regions.h"
#include "chipchain/sim/run.h"
#include "chipchain/sim/state.h"

namespace chipchain::engine {

// Sizes what the regions share.
void build_line(const Model& model, Line& line, const RunOptions& options, const Regions& regions);

// Sizes the state of a region of a built line and schedules everything known at t = 0; the initial lots wait at their
// steps.
void start(const Model& model, State& state, const RunOptions& options, Time horizon);

// Takes the memory for the samples of a run.
void reserve_series(const Model& model, Time horizon, Series& series);

// Applies events up to the horizon (inclusive), or until the progress function says stop, or until a sample that
// several regions take together is due; state.now is the end.
void loop(const Model& model, State& state, const RunOptions& options, Time horizon);

// Adds a region's part to the sample of this instant, region 0 first, and schedules the next one.
void take_sample(const Model& model, State& state, Series& series);

// Takes in a lot that left another region.
void accept(const Model& model, State& state, Crossing& crossing);

// Releases a lot from outside at state.now; its events are applied by the next loop().
void release_lot(const Model& model, State& state, uint32_t type, uint32_t pieces);

// Room for `count` lots that leave the region.
void add_crossings(const Model& model, State& state, size_t count);

// Books everything open and returns the result of one region, without the tables that the regions share.
RunResult finish(const Model& model, State& state);

// Fills the tables by tool, tool group and step from what the regions share.
void fill_tables(const Model& model, const Line& line, RunResult& result);

// Makes all tools available and puts the initial lots at their steps (engine.cc owns lists and queues).
void place_initial_lots(const Model& model, State& state);

// Books every time integral up to state.now (engine.cc).
void close_books(const Model& model, State& state);

// Forgets the statistics so far (finish.cc); the trajectory goes on.
void clear_statistics(const Model& model, State& state);

// Adds free lot slots up to `count` (start.cc).
void grow_lots(const Model& model, State& state, size_t count);

// An empty lot slot; grows the state when none is free (start.cc).
uint32_t take_lot_slot(const Model& model, State& state);

}  // namespace chipchain::engine
