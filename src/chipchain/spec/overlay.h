// An overlay is a small file of changes on a scenario: rows of its own, then [[change]] rows in their order.
//
//   [[change]]
//   table = "demand"          # any table of scenarios; "scenario" itself has no key
//   key = "robots/*"          # the row by its keys with / between; * stands for any
//   field = "quantity"
//   op = "multiply"           # set, multiply, add, remove
//   value = "2"               # as in a CSV cell; dates are moved by days
#pragma once

#include "chipchain/base/diagnostic.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

// Returns `base` with the rows of `overlay` appended and its changes made, or every mistake of the overlay. Sources and
// spans of both are joined; when it fails and `sources` is not null, *sources receives them. The name of the overlay is
// added to base.overlay.name. When the start of the scenario changes, dates of all rows stay the same days.
// Ids: unknown-table, unknown-key, unknown-row, change-op, wrong-type, out-of-range, unknown-value, invalid-name.
[[nodiscard]] Result<Spec> apply_overlay(Spec base, const Spec& overlay, SourceMap* sources = nullptr);

}  // namespace chipchain
