// Writes a model as an AutoSched-style SMT2020 folder: tool.txt.1l, part.txt, one route file per route, order.txt,
// WIP.txt, attach.txt, downcal.txt, pmcal.txt, setup.txt, setupgrp.txt, fromto.txt. Times have as many digits as bring
// the same ticks back (up to 71 years: 2^51 ticks), so that read_smt2020 of the folder gives the same trajectories. The
// form holds less than a native model does: whatever it cannot hold is reported. Columns and losses: docs/smt2020.md.
#pragma once

#include <string>
#include <vector>

#include "chipchain/spec/reader.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

struct Smt2020Choices {
    bool lossy = false;      // leave out what the form cannot hold even if lots then move otherwise
    bool overwrite = false;  // replace an SMT2020 folder that is there
};

// Returns the files, or all errors at once. What is lost without changing the trajectory of any lot (smt2020-not-held,
// smt2020-own-notation, smt2020-renamed) is a warning in `notes`. What would change it (smt2020-switch, smt2020-rank,
// smt2020-choice, smt2020-distribution, smt2020-release, smt2020-start, smt2020-route) is an error, or with `lossy` a
// warning that says what was written instead. Errors in both cases: smt2020-name, smt2020-date, unknown-rule.
[[nodiscard]] Result<std::vector<ModelFile>> smt2020_files(const Spec& spec, bool lossy, Diagnostics& notes);

// Writes them into `folder`, which appears complete or not at all; the line gets the folder's name when it is read.
// More ids: folder-not-empty, file-not-writable.
[[nodiscard]] Result<void>
write_smt2020(const Spec& spec, const std::string& folder, const Smt2020Choices& choices, Diagnostics& notes);

}  // namespace chipchain
