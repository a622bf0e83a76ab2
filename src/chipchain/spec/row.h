// What the rows of all tables of model files are made of.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/base/time.h"

namespace chipchain {

// What every table row carries. given bit k and spans[k] belong to field k of the row's field table.
struct Row {
    Span span;                // the row or table header
    uint64_t given = 0;       // which keys the file states
    std::vector<Span> spans;  // of the values; empty for rows made by a program
};

enum class DistKind : uint8_t { constant, uniform, exponential, triangular, lognormal, erlang };

// A duration as written. uniform: mean +- half; triangular: mean +- half, symmetric; exponential: mean;
// lognormal: mean and standard deviation `half`; erlang: mean and integer shape in `half` ticks.
struct DurationSpec {
    DistKind kind = DistKind::constant;
    Time mean = 0;
    Time half = 0;
    bool operator==(const DurationSpec&) const = default;
};

// How a figure is known. claim: said by one who would profit, or by an unnamed source.
enum class Mark : uint8_t { published, computed, assumption, claim };
inline constexpr std::string_view kMarkNames[] = {"published", "computed", "assumption", "claim"};
[[nodiscard]] constexpr std::string_view mark_text(Mark mark) { return kMarkNames[static_cast<size_t>(mark)]; }

}  // namespace chipchain
