// Every diagnostic id with its explanation: `chipchain explain <id>`, the reference page and the tests read this table.
// An id is never reused for another meaning.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace chipchain {

struct DiagnosticInfo {
    std::string_view id;
    std::string_view sentence;  // what is wrong
    std::string_view example;   // what causes it; may be empty
    std::string_view fix;       // how to repair it
};

// Sorted by where they arise: files, syntax, tables and values, the model as a whole.
[[nodiscard]] std::span<const DiagnosticInfo> diagnostic_table();
[[nodiscard]] const DiagnosticInfo* find_diagnostic(std::string_view id);
// The page of one id as text; for an unknown id a page that names the nearest one.
[[nodiscard]] std::string explain(std::string_view id);

}  // namespace chipchain
