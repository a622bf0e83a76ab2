// docs/numerics.md: the contract's version and rows, bounds of accumulators and hashes of function tables. A test
// compares the file with this text.
#pragma once

#include <string>

namespace chipchain {

[[nodiscard]] std::string numerics_page();

}  // namespace chipchain
