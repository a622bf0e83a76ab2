// docs/reference.md: every table, key, unit, default and range, the switches, the profiles and the diagnostics. A test
// compares the file with this text.
#pragma once

#include <string>

namespace chipchain {

[[nodiscard]] std::string reference_page();

}  // namespace chipchain
