// Internal parts of run(): start.cc builds the state, engine.cc loops, finish.cc closes the books.
#pragma once

#include "chipchain/sim/run.h"
#include "chipchain/sim/state.h"

namespace chipchain::engine {

// Sizes the state and schedules everything known at t = 0; the initial lots wait at their steps.
void start(const Model& model, State& state, const RunOptions& options, Time horizon);

// Applies events up to the horizon (inclusive) or until the progress function says stop; state.now is the end.
void loop(const Model& model, State& state, const RunOptions& options, Time horizon);

// Books everything open and returns the result.
RunResult finish(const Model& model, State& state);

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
