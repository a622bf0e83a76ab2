// Rows of a table by the name a user wrote.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/ranges.h>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

// The row whose `name` it is, or one diagnostic "there is no <what> '<name>'" with the nearest name, else all of them.
template <class Row>
[[nodiscard]] Result<const Row*> find_row(
    std::span<const Row> rows,
    std::string_view name,
    std::string_view id,
    std::string_view what,
    const Span& span) {
    std::vector<std::string> names;
    for (const Row& row : rows) {
        if (row.name == name) return &row;
        names.emplace_back(row.name);
    }
    const std::string near = nearest_name(name, names);
    const std::string expected = fmt::format("expected one of {}", fmt::join(names, ", "));
    return tl::unexpected(Diagnostics{
        {Severity::error,
         std::string(id),
         fmt::format("there is no {} '{}'", what, name),
         span,
         expected,
         near.empty() ? expected : fmt::format("did you mean '{}'?", near)}});
}

}  // namespace chipchain
