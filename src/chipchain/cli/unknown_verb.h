// A slip in the name of a verb.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace chipchain {

// What to say of a word that stands where a verb of `app` must and is none, with the nearest verb; "" otherwise. CLI11
// says only that one is required.
[[nodiscard]] std::string unknown_verb(const CLI::App& app, int argc, const char* const* argv);

}  // namespace chipchain
