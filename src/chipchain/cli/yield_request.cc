#include "chipchain/cli/yield_request.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/yield/board_panel.h"
#include "chipchain/yield/models.h"
#include "chipchain/yield/packing.h"

namespace chipchain {

namespace {

constexpr uint8_t kDie = verb_bit(YieldVerb::die);
constexpr uint8_t kPanel = verb_bit(YieldVerb::panel);
constexpr uint8_t kBoard = verb_bit(YieldVerb::board);
constexpr uint8_t kAll = kDie | kPanel | kBoard;
using F = OptionForm;

// "" as the standard with a source: computed by fill_computed().
constexpr YieldOption kOptions[] = {
    {"die", kDie, F::size, "mm", "", "", 0.01, 1000, "", "size of a die, needed: 26x16.5"},
    {"package", kPanel, F::size, "mm", "", "", 0.1, 2000, "", "size of a package, needed: 50x50"},
    {"board", kBoard, F::size, "mm", "", "", 1, 2000, "", "size of a board, needed: 5x7in, 127x178"},
    {"wafer", kDie, F::length, "mm", "300", "standard", 25, 500, "", "diameter of the wafer"},
    {"panel",
     kPanel,
     F::size,
     "mm",
     "700x700",
     "published: a panel line in production",
     50,
     2000,
     "",
     "size of the panel"},
    {"panel", kBoard, F::size, "mm", "18x24in", "published: the most common one", 50, 2000, "", "size of the panel"},
    {"edge", kDie, F::length, "mm", "3", "published: usual in counts of dies", 0, 100, "", "excluded edge"},
    {"edge", kPanel, F::length, "mm", "10", "assumption", 0, 500, "", "excluded edge, all sides"},
    {"border", kBoard, F::length, "mm", "", "published: 0.5 in up to two layers, else 0.75 in", 0, 500, "", "border"},
    {"notch", kDie, F::length, "mm", "0", "assumption: no keep-out", 0, 100, "", "height of the keep-out of the notch"},
    {"flat", kDie, F::length, "mm", "0", "assumption: no flat", 0, 200, "", "length of the flat"},
    {"street", kDie, F::length, "mm", "0.1", "assumption", 0, 10, "", "distance of dies"},
    {"street",
     kPanel,
     F::length,
     "mm",
     "",
     "assumption: 0.1 up to 10 mm, 0.2 above",
     0,
     50,
     "",
     "distance of packages"},
    {"separation", kBoard, F::choice, "", "rout", "assumption", 0, 0, "rout|score", "how boards are parted"},
    {"gap",
     kBoard,
     F::length,
     "mm",
     "",
     "published: 0.1 in for routing, 0 for scoring",
     0,
     100,
     "",
     "distance of boards"},
    {"centring",
     kDie,
     F::choice,
     "",
     "best",
     "the offset with most dies",
     0,
     0,
     "best|device-centre|corner|x-shifted|y-shifted",
     "what stands on the centre of the wafer"},
    {"field", kDie | kPanel, F::size, "mm", "", "", 0.1, 2000, "", "exposure field, e.g. 26x33: count in shots"},
    {"half-field", kDie, F::flag, "", "", "", 0, 0, "", "the field halved in y (0.55 NA scanners)"},
    {"partial-shots", kDie, F::flag, "", "", "", 0, 0, "", "also expose shots that do not fit whole"},
    {"products", kDie, F::count, "", "1", "one product", 1, 250, "", "products of equal size in a field, by turns"},
    {"zones", kPanel, F::rects, "mm", "", "", 0, 2000, "", "excluded: x,y,width,height;... from the lower left"},
    {"rotate",
     kPanel | kBoard,
     F::choice,
     "",
     "both",
     "the better of both",
     0,
     0,
     "none|both|mixed",
     "turn by 90 degrees"},
    {"coupon", kBoard, F::size, "mm", "", "", 0.1, 1000, "", "size of a test coupon"},
    {"coupons", kBoard, F::count, "", "0", "assumption: none", 0, 100, "", "test coupons on a panel"},
    {"layers", kBoard, F::count, "", "8", "assumption", 1, 100, "", "copper layers"},
    {"board-yield",
     kBoard,
     F::share,
     "",
     "0.85",
     "published (weak): average of HDI shops",
     0,
     1,
     "",
     "yield of boards"},
    {"rdl", kPanel, F::count, "", "1", "assumption", 0, 20, "", "redistribution layers"},
    // 20 layers of the least yield still leave a number above 0
    {"rdl-yield",
     kPanel,
     F::share,
     "",
     "0.98",
     "published: the least that is needed",
     1e-6,
     1,
     "",
     "yield of one layer"},
    {"d0",
     kDie,
     F::numbers,
     "1/cm2",
     "0.05,0.1,0.15,0.2",
     "published: the span of processes in volume",
     0,
     100,
     "",
     "defect densities, separated by commas"},
    {"d0", kPanel, F::numbers, "1/cm2", "", "", 0, 100, "", "defect densities of the package, separated by commas"},
    {"model",
     kDie | kPanel,
     F::choice,
     "",
     "negative-binomial",
     "published: of the cost models seen",
     0,
     0,
     "models",
     "yield model"},
    {"alpha",
     kAll,
     F::number,
     "",
     "3",
     "published: Chiplet Actuary",
     1e-3,
     1e6,
     "",
     "clustering; small: strong clusters"},
    {"critical-layers", kDie | kPanel, F::count, "", "10", "assumption", 1, 200, "", "of the Bose-Einstein model"},
    {"line-yield",
     kAll,
     F::share,
     "",
     "1",
     "assumption: no substrate is lost",
     0,
     1,
     "",
     "share of substrates that survive"},
    {"wafer-cost", kDie, F::number, "USD", "", "", 0, 1e9, "", "cost of a wafer"},
    {"panel-cost", kPanel | kBoard, F::number, "USD", "", "", 0, 1e9, "", "cost of a panel"},
    {"sample",
     kAll,
     F::count,
     "",
     "",
     "",
     1,
     100'000,
     "",
     "draw clustered defects on so many substrates, show the first"},
    {"cluster", kAll, F::choice, "", "zone", "assumption", 0, 0, "substrate|zone|device", "what shares a cluster"},
    {"seed", kAll, F::count, "", "1", "", 0, 1e15, "", "of the defects drawn"},
};

std::string model_choices() {
    std::string out;
    for (const YieldModelRow& row : yield_models()) out += (out.empty() ? "" : "|") + std::string(row.name);
    return out;
}

std::vector<std::string> split(std::string_view text, char mark) {
    std::vector<std::string> out(1);
    for (const char c : text) {
        if (c == mark) {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

bool read_number(std::string_view text, double& value) {
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    return error == std::errc() && end == last && std::isfinite(value);
}

// Takes "mm" or "in" off the end; the factor to mm.
double take_unit(std::string_view& text) {
    if (text.ends_with("mm")) {
        text.remove_suffix(2);
    } else if (text.ends_with("in")) {
        text.remove_suffix(2);
        return kInch_mm;
    }
    return 1;
}

// On the raster of map files, 1 pm: 7 in is 177.8 mm and not 177.79999999999998.
double in_mm(double x, double factor) { return std::floor(x * factor * 1e9 + 0.5) / 1e9; }

class Parser {
 public:
    Parser(YieldVerb verb, const std::vector<std::string>& arguments) : arguments_(arguments) { request.verb = verb; }

    void read(const YieldOption& option, const std::string* text) {
        YieldValue value;
        value.given = text != nullptr;
        value.text = text != nullptr ? *text : std::string(option.standard);
        value.set = value.given || !option.standard.empty();
        if (value.set) read_value(option, value);
        request.values.emplace(option.name, std::move(value));
    }

    void report(std::string_view name, std::string id, std::string message, std::string expected, std::string help) {
        diagnostics.push_back(
            {Severity::error,
             std::move(id),
             std::move(message),
             argument_span(name, arguments_),
             std::move(expected),
             std::move(help)});
    }

    YieldRequest request;
    Diagnostics diagnostics;

 private:
    void read_value(const YieldOption& option, YieldValue& value) {
        std::string_view text = value.text;
        switch (option.form) {
            case OptionForm::flag:
                value.x = 1;
                return;
            case OptionForm::choice:
                read_choice(option, value);
                return;
            case OptionForm::size:
                read_size(option, value);
                return;
            case OptionForm::numbers:
            case OptionForm::rects:
                read_list(option, value);
                return;
            case OptionForm::length:
            case OptionForm::number:
            case OptionForm::share:
            case OptionForm::count:
                break;
        }
        const double factor = option.form == OptionForm::length ? take_unit(text) : 1;
        if (!read_number(text, value.x)) {
            value.set = false;
            report(
                option.name,
                "wrong-type",
                fmt::format("--{} is '{}'", option.name, value.text),
                expected(option),
                "");
            return;
        }
        if (factor != 1) value.x = in_mm(value.x, factor);
        in_range(option, value.x, value);
        if (option.form == OptionForm::count && value.x != std::floor(value.x))
            report(option.name, "wrong-type", fmt::format("--{} is {}", option.name, value.x), expected(option), "");
    }

    static std::string expected(const YieldOption& option) {
        const std::string unit = option.unit.empty() ? std::string() : " " + std::string(option.unit);
        switch (option.form) {
            case OptionForm::size:
                return fmt::format("expected two lengths from {} to {} mm", option.least, option.most);
            case OptionForm::share:
                return fmt::format("expected a share from {} to 1", option.least);
            case OptionForm::count:
                return fmt::format("expected a whole number from {} to {}", option.least, option.most);
            case OptionForm::length:
            case OptionForm::number:
            case OptionForm::numbers:
            case OptionForm::rects:
            case OptionForm::choice:
            case OptionForm::flag:
                break;
        }
        return fmt::format("expected a number from {} to {}{}", option.least, option.most, unit);
    }

    bool in_range(const YieldOption& option, double x, YieldValue& value) {
        // a yield of 0 leaves nothing to count
        const bool empty = option.form == OptionForm::share && x == 0;
        if (x >= option.least && x <= option.most && !empty) return true;
        const std::string unit = option.unit.empty() ? std::string() : " " + std::string(option.unit);
        const bool length = option.form == OptionForm::length && x < 0;
        const bool share = option.form == OptionForm::share && x > 1;
        const char* id = length ? "negative-length" : share ? "yield-above-one" : "out-of-range";
        report(
            option.name,
            id,
            fmt::format("--{} is {}{}", option.name, x, unit),
            empty ? "expected a share above 0" : expected(option),
            option.form == OptionForm::share && x > 2 && x <= 100 ? fmt::format("write {} % as {}", x, x / 100) : "");
        value.set = false;
        return false;
    }

    void read_choice(const YieldOption& option, YieldValue& value) {
        const std::vector<std::string> names =
            split(option.choices == "models" ? model_choices() : std::string(option.choices), '|');
        // the short names of the literature
        if (option.choices == "models" && value.text == "nb") value.text = "negative-binomial";
        const auto found = std::find(names.begin(), names.end(), value.text);
        value.x = static_cast<double>(found - names.begin());
        if (found != names.end()) return;
        const std::string near = nearest_name(value.text, names);
        value.set = false;
        report(
            option.name,
            "unknown-value",
            fmt::format("--{} is '{}'", option.name, value.text),
            fmt::format("expected one of {}", fmt::join(names, ", ")),
            near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }

    void read_size(const YieldOption& option, YieldValue& value) {
        std::string_view text = value.text;
        const double factor = take_unit(text);
        const std::vector<std::string> parts = split(text, 'x');
        if (parts.size() != 2 || !read_number(parts[0], value.x) || !read_number(parts[1], value.y)) {
            value.set = false;
            report(
                option.name,
                "invalid-size",
                fmt::format("--{} is '{}'", option.name, value.text),
                "expected two lengths as 26x16.5 (mm) or 5x7in",
                "");
            return;
        }
        if (factor != 1) {
            value.x = in_mm(value.x, factor);
            value.y = in_mm(value.y, factor);
        }
        if (in_range(option, value.x, value)) in_range(option, value.y, value);
    }

    void read_list(const YieldOption& option, YieldValue& value) {
        std::string flat = value.text;
        std::replace(flat.begin(), flat.end(), ';', ',');
        for (const std::string& part : split(flat, ',')) {
            double number = 0;
            if (!read_number(part, number)) {
                report(
                    option.name,
                    "wrong-type",
                    fmt::format("--{}: '{}' is no number", option.name, part),
                    option.form == OptionForm::rects ? "expected x,y,width,height;..." : expected(option),
                    "");
                value.set = false;
                return;
            }
            if (!in_range(option, number, value)) return;
            value.list.push_back(number);
        }
        if (option.form != OptionForm::rects || value.list.size() % 4 == 0) return;
        value.set = false;
        report(
            option.name,
            "wrong-type",
            fmt::format("--{} has {} numbers", option.name, value.list.size()),
            "expected four per zone: x,y,width,height",
            "");
    }

    const std::vector<std::string>& arguments_;
};

// Defaults that depend on other options.
void fill_computed(YieldRequest& request) {
    const auto fill = [&request](const char* name, double x) {
        YieldValue& value = request.values.find(name)->second;
        if (value.given) return;
        value.x = in_mm(x, 1);
        value.set = true;
    };
    if (request.verb == YieldVerb::panel) {
        const YieldValue& package = request.at("package");
        if (package.set) fill("street", assumed_street_mm(package.x, package.y));
    }
    if (request.verb == YieldVerb::board) {
        const bool score = request.number("separation") == 1;
        fill("gap", board_gap_mm(score ? Separation::score : Separation::rout));
        fill("border", board_border_mm(static_cast<uint32_t>(std::clamp(request.number("layers"), 1.0, 100.0))));
    }
}

// A device that cannot fit, whatever the offset.
void check_device(Parser& parser) {
    const YieldRequest& r = parser.request;
    if (r.verb == YieldVerb::die) {
        const YieldValue& die = r.at("die");
        const double usable = r.number("wafer") - 2 * r.number("edge");
        if (r.at("wafer").set && r.at("edge").set && usable <= 0) {
            parser.report(
                "edge",
                "edge-too-large",
                "the edge leaves nothing of the wafer",
                "expected a smaller edge",
                "");
        } else if (
            die.set && r.at("wafer").set && r.at("edge").set && std::hypot(die.x, die.y) > std::max(usable, 0.0)) {
            parser.report(
                "die",
                "die-larger-than-wafer",
                fmt::format("a die of {} x {} mm does not fit on a wafer with {:g} mm usable", die.x, die.y, usable),
                "expected a smaller die",
                "take a larger wafer or a smaller edge");
        }
        const YieldValue& field = r.at("field");
        const double field_y = field.y / (r.flag("half-field") ? 2 : 1);
        if (die.set && field.set && (die.x > field.x + 1e-7 || die.y > field_y + 1e-7))
            parser.report(
                "die",
                "device-larger-than-field",
                fmt::format(
                    "a die of {} x {} mm is larger than the field of {} x {} mm",
                    die.x,
                    die.y,
                    field.x,
                    field_y),
                "expected a die inside the field",
                "turn the die, or stitch fields");
        return;
    }
    const bool panel_line = r.verb == YieldVerb::panel;
    const char* device_name = panel_line ? "package" : "board";
    const char* edge_name = panel_line ? "edge" : "border";
    const YieldValue& device = r.at(device_name);
    const YieldValue& panel = r.at("panel");
    const double edge = r.at(edge_name).set ? r.number(edge_name) : 0;
    const double x = panel.x - 2 * edge;
    const double y = panel.y - 2 * edge;
    if (panel.set && (x <= 0 || y <= 0)) {
        parser
            .report(edge_name, "edge-too-large", "the edge leaves nothing of the panel", "expected a smaller edge", "");
        return;
    }
    if (!device.set || !panel.set) return;
    const bool turns = r.number("rotate") > 0;
    const auto fits = [x, y](double w, double h) { return w <= x + 1e-7 && h <= y + 1e-7; };
    if (fits(device.x, device.y) || (turns && fits(device.y, device.x))) return;
    parser.report(
        device_name,
        panel_line ? "package-larger-than-panel" : "board-larger-than-panel",
        fmt::format(
            "a {} of {} x {} mm does not fit on a panel with {:g} x {:g} mm usable",
            device_name,
            device.x,
            device.y,
            x,
            y),
        fmt::format("expected a smaller {}", device_name),
        "take a larger panel or a smaller edge");
}

}  // namespace

std::span<const YieldOption> yield_options() { return kOptions; }

const YieldValue& YieldRequest::at(std::string_view name) const {
    const auto found = values.find(name);
    CHECK(found != values.end());
    return found->second;
}

Span argument_span(std::string_view name, const std::vector<std::string>& arguments) {
    const std::string option = "--" + std::string(name);
    uint32_t column = 1;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const auto size = static_cast<uint32_t>(word.size());
        if (word.starts_with(option + "=")) {
            const auto skipped = static_cast<uint32_t>(option.size() + 1);
            return {0, 1, column + skipped, size - skipped};
        }
        column += size + 1;
        if (word == option && i + 1 < arguments.size())
            return {0, 1, column, static_cast<uint32_t>(arguments[i + 1].size())};
    }
    return {0, 1, 1, 0};
}

Result<YieldRequest> parse_yield_request(
    YieldVerb verb,
    const std::map<std::string, std::string>& given,
    const std::vector<std::string>& arguments,
    SourceMap& sources) {
    sources.add("command line", fmt::format("{}", fmt::join(arguments, " ")));
    Parser parser(verb, arguments);
    for (const YieldOption& option : kOptions) {
        if ((option.verbs & verb_bit(verb)) == 0) continue;
        const auto found = given.find(std::string(option.name));
        parser.read(option, found == given.end() ? nullptr : &found->second);
    }
    constexpr const char* kNeeded[] = {"die", "package", "board"};
    const char* needed = kNeeded[static_cast<size_t>(verb)];
    if (!parser.request.at(needed).given)
        parser.report(
            needed,
            "missing-option",
            fmt::format("--{} is not given", needed),
            fmt::format("expected --{} WIDTHxHEIGHT", needed),
            "write millimetres as 26x16.5 or inches as 5x7in");
    fill_computed(parser.request);
    check_device(parser);
    if (!parser.diagnostics.empty()) return tl::unexpected(std::move(parser.diagnostics));
    return std::move(parser.request);
}

}  // namespace chipchain
