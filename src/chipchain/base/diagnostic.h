// What is told to a user about a mistake of the user's. Every diagnostic of a file is collected before anything stops;
// none is thrown or printed by library code. render() gives the text form of docs/diagnostics.md:
//
//   error[unknown-tool-group]: step 14 of route 'logic' uses tool group 'lith_arf', which is not declared
//     --> fab.toml:88:18
//    88 | tool_group = "lith_arf"
//       |               ^^^^^^^^ expected one of 41 tool groups
//   help: did you mean 'litho_arf'?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace chipchain {

// A place in a file that was read. `file` indexes SourceMap::files; line and column count from 1; line 0 is "no place".
struct Span {
    uint32_t file = 0;
    uint32_t line = 0;
    uint32_t column = 0;
    uint32_t length = 0;  // of the underlined text on that line, in bytes; 0 underlines one character
};

struct SourceFile {
    std::string name;                   // as shown to the user
    std::vector<uint32_t> line_starts;  // byte offset of each line
    std::string text;                   // the whole file (kept for diagnostics)
};

struct SourceMap {
    std::vector<SourceFile> files;
    uint32_t add(std::string name, std::string text);  // returns the file's index
    // the text of a line, without its end; empty when there is no such line
    [[nodiscard]] std::string_view line(uint32_t file, uint32_t line) const;
};

enum class Severity : uint8_t { error, warning, note };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string id;        // stable, kebab-case; a row of spec/diagnostic_ids
    std::string message;   // one sentence with the values
    Span span;             // where
    std::string expected;  // behind the carets: what was expected
    std::string help;      // how to fix; may be empty
};

using Diagnostics = std::vector<Diagnostic>;

template <class T>
using Result = tl::expected<T, Diagnostics>;

[[nodiscard]] bool has_errors(const Diagnostics& diagnostics);
// The text of one diagnostic, ending with a line break. `color` adds ANSI colours.
[[nodiscard]] std::string render(const Diagnostic& diagnostic, const SourceMap& sources, bool color = false);
// All of them in order of file, line, column, then the line '3 errors, 1 warning'. Beyond `most`, the rest is counted.
[[nodiscard]] std::string
render_all(const Diagnostics& diagnostics, const SourceMap& sources, bool color = false, size_t most = 50);

// The candidate nearest to `word` by edit distance (optimal string alignment) of at most 3 and less than half of the
// word's length rounded up, or "" when there is none. Ties go to the first.
[[nodiscard]] std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace chipchain
