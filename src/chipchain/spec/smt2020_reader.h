// Reads an AutoSched-style SMT2020 folder (tool.txt.1l, part.txt, route files, order.txt, WIP.txt, attach.txt,
// downcal.txt, pmcal.txt, setup.txt, setupgrp.txt, fromto.txt) into the same Spec as native files. Column meanings:
// docs/smt2020.md. Every column is either honoured or named there as a comment; an unknown column or value is an error.
#pragma once

#include <span>
#include <string>

#include "chipchain/spec/reader.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

// True when `path` is a folder with a tool file and part.txt.
[[nodiscard]] bool is_smt2020_folder(const std::string& path);

// Returns the spec or all diagnostics of all files; what has no effect is noted in `notes`. On failure *sources, if
// given, receives the texts for render().
[[nodiscard]] Result<Spec> read_smt2020(const std::string& folder, Diagnostics& notes, SourceMap* sources = nullptr);

// The same from memory: names are the file names of the folder.
[[nodiscard]] Result<Spec> read_smt2020_text(
    std::span<const ModelFile> files,
    const std::string& name,
    Diagnostics& notes,
    SourceMap* sources = nullptr);

}  // namespace chipchain
