// Checks of options that CLI11 has not.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace chipchain {

// "" or what is wrong: CLI::Range lets nan through, in any spelling.
inline std::string finite_number(const std::string& text) {
    std::string small = text;
    std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return small.find("nan") == std::string::npos && small.find("inf") == std::string::npos ? "" : "expected a number";
}

}  // namespace chipchain
