#include "chipchain/chip/chip_model.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/spec/embedded_chips.h"
#include "chipchain/spec/rows.h"
#include "chipchain/spec/schema.h"

namespace chipchain {

namespace {

const TableInfo& figures_table() {
    static const TableInfo& table = *find_table("figure");
    return table;
}

class ChipCompiler {
 public:
    explicit ChipCompiler(const Spec& spec) : spec_(spec) { model_.figures.resize(kChipFigures); }

    Result<ChipModel> run() {
        if (spec_.chip.name.empty()) {
            report(
                "not-chip",
                "the file is no chip: it has no [chip] with a name",
                {0, 1, 1, 0},
                "expected [chip] with a name",
                "a chip file begins with [chip], and has one [[figure]] row per figure");
            return tl::unexpected(std::move(diagnostics_));
        }
        for (const FigureSpec& row : spec_.figures) add(row);
        fill_in();
        check_voltage();
        if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
        model_.name = spec_.chip.name;
        model_.title = spec_.chip.title;
        model_.foundry = spec_.chip.foundry;
        model_.node = spec_.chip.node;
        model_.note = spec_.chip.note;
        model_.shape = shape_of(model_, spec_.chip.dataflow);
        return std::move(model_);
    }

 private:
    void report(std::string id, std::string message, Span span, std::string expected, std::string help) {
        diagnostics_.push_back(
            {Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help)});
    }

    static Span place(const FigureSpec& row, std::string_view key) { return place_of(figures_table(), row, key); }

    void add(const FigureSpec& row) {
        const FigureInfo* figure = find_figure(row.name);
        if (figure == nullptr) {
            report_unknown(row);
            return;
        }
        const double low = row.low < 0 ? row.value : row.low;
        const double high = row.high < 0 ? row.value : row.high;
        bool good = check_value(row, *figure, "value", row.value);
        if (row.low >= 0 && !check_value(row, *figure, "low", low)) good = false;
        if (row.high >= 0 && !check_value(row, *figure, "high", high)) good = false;
        if (good && !(low <= row.value && row.value <= high)) {
            report(
                "figure-order",
                fmt::format("figure '{}' is {}, with credible values from {} to {}", row.name, row.value, low, high),
                place(row, row.low > row.value ? "low" : "high"),
                "expected low <= value <= high",
                "leave low and high out when the value is exact");
        }
        check_provenance(row);
        Figure& out = model_.figures[static_cast<size_t>(figure->figure)];
        out = {true, row.value, low, high, row.mark, row.source, row.note};
    }

    void report_unknown(const FigureSpec& row) {
        if (names_a_value(row.name)) {
            report(
                "figure-changes-values",
                fmt::format("there is no figure '{}': no chip may change what a network computes", row.name),
                place(row, "name"),
                "expected a physical figure",
                "remove the row: docs/numerics.md fixes number formats, rounding and widths for all chips");
            return;
        }
        std::vector<std::string> names;
        for (const FigureInfo& figure : figure_table()) names.emplace_back(figure.name);
        report(
            "unknown-figure",
            fmt::format("there is no figure '{}'", row.name),
            place(row, "name"),
            fmt::format("expected one of {} figures", names.size()),
            did_you_mean(row.name, names, "docs/chip.md lists the figures"));
    }

    bool check_value(const FigureSpec& row, const FigureInfo& figure, std::string_view key, double value) {
        if (!(value >= figure.low && value <= figure.high)) {
            report(
                "figure-range",
                fmt::format("figure '{}': {} = {} is outside its range", figure.name, key, value),
                place(row, key),
                fmt::format("expected {} to {} {}", figure.low, figure.high, figure.unit),
                fmt::format("{}: {}", figure.name, figure.help));
            return false;
        }
        if (!figure.whole || value == std::floor(value)) return true;
        report(
            "figure-whole",
            fmt::format("figure '{}': {} = {} is no whole number", figure.name, key, value),
            place(row, key),
            "expected a whole number",
            fmt::format("{}: {}", figure.name, figure.help));
        return false;
    }

    void check_provenance(const FigureSpec& row) {
        const bool assumption = row.mark == Mark::assumption;
        if (!assumption && row.source.empty()) {
            report(
                "figure-source",
                fmt::format("figure '{}' has no source", row.name),
                place(row, "mark"),
                "expected a source",
                "say where it comes from, or mark it as an assumption with a note");
        }
        if (assumption && row.note.empty()) {
            report(
                "figure-note",
                fmt::format("figure '{}' is an assumption without a note", row.name),
                place(row, "name"),
                "expected a note",
                "write why this value, or a mark and a source");
        }
    }

    void fill_in() {
        for (const FigureInfo& figure : figure_table()) {
            Figure& out = model_.figures[static_cast<size_t>(figure.figure)];
            if (out.known) continue;
            if (figure.required) {
                report(
                    "figure-missing",
                    fmt::format("the chip has no figure '{}'", figure.name),
                    spec_.chip.span,
                    "",
                    fmt::format("add [[figure]] with name = \"{}\": {}", figure.name, figure.help));
            } else if (figure.otherwise.known) {
                const FigureDefault& d = figure.otherwise;
                out = {true, d.value, d.low, d.high, Mark::assumption, "", std::string(d.note)};
            }
        }
    }

    void check_voltage() {
        const double supply = value_of(model_, ChipFigure::voltage_v);
        const double threshold = value_of(model_, ChipFigure::vth_v);
        const double least = value_of(model_, ChipFigure::least_voltage_v);
        const double most = value_of(model_, ChipFigure::most_voltage_v);
        // the last row that states one of these figures
        const auto place_of = [this](std::initializer_list<std::string_view> names) {
            Span span = spec_.chip.span;
            for (const FigureSpec& row : spec_.figures) {
                if (std::find(names.begin(), names.end(), row.name) != names.end()) span = place(row, "value");
            }
            return span;
        };
        if (supply > threshold && !(least <= supply && supply <= most)) {
            report(
                "chip-supply",
                fmt::format(
                    "the supply of {} V is outside the least and greatest supply, {} to {} V",
                    supply,
                    least,
                    most),
                place_of({"voltage_v", "least_voltage_v", "most_voltage_v"}),
                "expected least_voltage_v <= voltage_v <= most_voltage_v",
                "state least_voltage_v and most_voltage_v of the chip, or correct voltage_v");
        }
        if (supply > threshold) return;
        report(
            "chip-voltage",
            fmt::format("the supply of {} V does not exceed the threshold of {} V", supply, threshold),
            place_of({"voltage_v", "vth_v"}),
            "expected voltage_v above vth_v",
            "raise voltage_v or lower vth_v");
    }

    const Spec& spec_;
    ChipModel model_;
    Diagnostics diagnostics_;
};

}  // namespace

Result<ChipModel> compile_chip(const Spec& spec) { return ChipCompiler(spec).run(); }

Result<ChipModel> load_chip(const std::string& name, SourceMap* sources) {
    Result<Spec> spec = read_chip(name, sources);
    if (!spec) return tl::unexpected(std::move(spec.error()));
    Result<ChipModel> model = compile_chip(*spec);
    if (!model && sources != nullptr) *sources = std::move(spec->sources);
    return model;
}

ChipShape part_of_chip(const ChipShape& shape, uint32_t parts) {
    CHECK(parts >= 1 && parts <= shape.arrays);
    ChipShape part = shape;
    part.arrays /= parts;
    part.shared_bytes /= parts;
    part.shared_bytes_per_second /= parts;
    part.dram_bytes_per_second /= parts;
    return part;
}

double peak_tops(const ChipShape& shape) {
    return 2.0 * shape.arrays * shape.rows * shape.columns * shape.clock_ghz * 1e-3;
}

}  // namespace chipchain
