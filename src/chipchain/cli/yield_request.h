// The options of `chipchain yield`: one table of names, defaults with their sources, and ranges; texts of the command
// line become figures, and everything that is wrong with them is told at once, with its place on the command line.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

enum class YieldVerb : uint8_t { die, panel, board };

enum class OptionForm : uint8_t {
    length,   // mm; "in" behind it: inches
    size,     // two lengths: 26x16.5, 5x7in
    number,   // of the unit
    share,    // 0..1
    count,    // whole number
    numbers,  // "0.05,0.1"
    rects,    // "0,0,20,5;..." x, y, width, height in mm from the lower left corner
    choice,   // one of `choices`
    flag,
};

struct YieldOption {
    std::string_view name;  // without the dashes
    uint8_t verbs = 0;      // bit per YieldVerb
    OptionForm form = OptionForm::number;
    std::string_view unit;
    std::string_view standard;  // what holds when it is not given; "": nothing
    std::string_view source;    // of the default
    double least = 0;
    double most = 0;
    std::string_view choices;  // "best|corner"
    std::string_view help;
};

[[nodiscard]] std::span<const YieldOption> yield_options();
[[nodiscard]] constexpr uint8_t verb_bit(YieldVerb verb) {
    return static_cast<uint8_t>(1U << static_cast<uint8_t>(verb));
}

struct YieldValue {
    bool given = false;  // by the user
    bool set = false;    // given or with a default
    std::string text;
    double x = 0;  // number, length, share, count, position of the choice, 1 for a flag; first length of a size
    double y = 0;  // second length
    std::vector<double> list;  // numbers; rects four by four
};

struct YieldRequest {
    YieldVerb verb = YieldVerb::die;
    std::map<std::string, YieldValue, std::less<>> values;  // every option of the verb

    [[nodiscard]] const YieldValue& at(std::string_view name) const;
    [[nodiscard]] double number(std::string_view name) const { return at(name).x; }
    [[nodiscard]] bool flag(std::string_view name) const { return at(name).x != 0; }
};

// `given`: [option name] text; `arguments`: the words of the command line, which become a file of `sources`. Ids:
// missing-option, invalid-size, wrong-type, out-of-range, negative-length, yield-above-one, unknown-value,
// edge-too-large, die-larger-than-wafer, device-larger-than-field, package-larger-than-panel, board-larger-than-panel.
[[nodiscard]] Result<YieldRequest> parse_yield_request(
    YieldVerb verb,
    const std::map<std::string, std::string>& given,
    const std::vector<std::string>& arguments,
    SourceMap& sources);

// Where the value of --name stands in file 0 of such sources; the whole line when it is not there.
[[nodiscard]] Span argument_span(std::string_view name, const std::vector<std::string>& arguments);

}  // namespace chipchain
