#include "chipchain/report/chip_page.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chipchain/report/table_cells.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

constexpr size_t kSlowest = 12;
constexpr size_t kHashDigits = 16;
constexpr size_t kAssumptions = 5;
constexpr double kLeastPercent = 0.05;  // smaller changes are not shown

constexpr struct {
    const char* column;
    const char* word;
} kShares[] = {
    {"useful_percent", "multiplying"},
    {"fold_waste_percent", "rows, columns and cores without work"},
    {"fill_drain_percent", "filling and draining arrays"},
    {"dependency_percent", "waiting for another queue"},
    {"bandwidth_percent", "waiting for memory"},
    {"vector_percent", "vector unit alone"},
};

std::string head(const TableCells& run) {
    std::string out = fmt::format(
        "{} on {}\n\n  {:<15}{} multiplications, {} bytes of constants, {} instructions\n",
        run.text(0, "network"),
        run.text(0, "chip"),
        "work",
        run.count(0, "multiplications"),
        run.count(0, "constant_bytes"),
        run.count(0, "instructions"));
    out += fmt::format(
        "  {:<15}{} ms by events, {} ms by folds, {} ms roofline: {} runs a second, {} % of the multipliers used\n",
        "latency",
        run.fixed(0, "events_ms", 4),
        run.fixed(0, "folds_ms", 4),
        run.fixed(0, "roofline_ms", 4),
        run.fixed(0, "runs_per_s", 1),
        run.fixed(0, "utilisation_percent", 1));
    if (run.has(0, "energy_mj")) {
        out += fmt::format(
            "  {:<15}{} mJ a run, with leakage at {} degrees inside and the rest of the chip\n"
            "  {:<15}{} to {} mJ with the figures of events, leakage and uncore all at one end\n",
            "energy",
            run.fixed(0, "energy_mj", 3),
            run.fixed(0, "junction_c", 0),
            "",
            run.fixed(0, "energy_low_mj", 3),
            run.fixed(0, "energy_high_mj", 3));
    }
    out += fmt::format("  {:<15}", "time goes to");
    for (const auto& share : kShares) {
        out += fmt::format("{}{} {} %", &share == &kShares[0] ? "" : ", ", share.word, run.fixed(0, share.column, 1));
    }
    out += fmt::format(
        "\n  {:<15}contract {}, network {:.{}}, program {:.{}}\n",
        "identity",
        run.count(0, "numerics"),
        run.text(0, "network_sha256"),
        kHashDigits,
        run.text(0, "program_sha256"),
        kHashDigits);
    return out;
}

std::string energy_line(const TableCells& energy) {
    double sum = 0;
    for (size_t i = 0; i < energy.rows(); ++i) sum += energy.number(i, "energy_mj");
    std::string out;
    for (size_t i = 0; i < energy.rows() && sum > 0; ++i) {
        out += fmt::format(
            "{}{} {:.1f} %",
            i == 0 ? "" : ", ",
            energy.text(i, "event"),
            100 * energy.number(i, "energy_mj") / sum);
    }
    return fmt::format("  {:<15}{}\n", "energy goes to", out);
}

// What is not known and matters most.
std::string assumptions_of(const TableCells& rows, bool all) {
    if (rows.rows() == 0) return "";
    std::string out = "\nunpublished figures that move energy, and latency by folds, most, each at its ends alone\n";
    const size_t most = all ? rows.rows() : std::min(rows.rows(), kAssumptions);
    const auto change = [&rows](size_t i, const char* what) {
        const auto percent = [&rows, i](const std::string& column) { return rows.number(i, column); };
        const double low = percent(std::string(what) + "_low_percent");
        const double high = percent(std::string(what) + "_high_percent");
        const bool moves = std::fabs(low) >= kLeastPercent || std::fabs(high) >= kLeastPercent;
        return moves ? fmt::format(", {} {:+.1f} to {:+.1f} %", what, low, high) : std::string();
    };
    for (size_t i = 0; i < most; ++i) {
        out += fmt::format(
            "  {:<26}{} ({} to {}, {}){}{}\n",
            rows.text(i, "figure"),
            rows.text(i, "value"),
            rows.text(i, "low"),
            rows.text(i, "high"),
            rows.text(i, "mark"),
            change(i, "latency"),
            change(i, "energy"));
    }
    return out;
}

std::string nodes_of(const TableCells& nodes, size_t width, bool all) {
    std::vector<size_t> order(nodes.rows());
    std::iota(order.begin(), order.end(), size_t{0});
    if (!all) {
        std::stable_sort(order.begin(), order.end(), [&nodes](size_t a, size_t b) {
            return nodes.number(a, "events_cycles") > nodes.number(b, "events_cycles");
        });
        order.resize(std::min(order.size(), kSlowest));
    }
    TextTable table(
        {{"node", true},
         {"op", true},
         {"output", true, 3},
         {"cycles"},
         {"folds", false, 2},
         {"roofline", false, 2},
         {"useful", false, 1},
         {"waste", false, 1},
         {"fill", false, 1},
         {"depend", false, 1},
         {"memory", false, 1},
         {"vector", false, 1}});
    for (const size_t i : order) {
        table.add(
            {nodes.text(i, "node"),
             nodes.text(i, "op"),
             nodes.text(i, "output"),
             nodes.count(i, "events_cycles"),
             nodes.count(i, "folds_cycles"),
             nodes.count(i, "roofline_cycles"),
             nodes.count(i, "useful"),
             nodes.count(i, "fold_waste"),
             nodes.count(i, "fill_drain"),
             nodes.count(i, "dependency"),
             nodes.count(i, "bandwidth"),
             nodes.count(i, "vector")});
    }
    return fmt::format(
        "\n{}\n{}(cycles: its part of the time of all cores; folds, roofline: of the node alone)\n",
        all ? "nodes" : fmt::format("the {} slowest of {} nodes (--all: every node)", order.size(), nodes.rows()),
        table.render(width));
}

std::string outputs_of(const TableCells& outputs, bool all) {
    if (outputs.rows() == 0) return "";
    const size_t from = all ? 0 : outputs.rows() - 1;
    std::string out =
        fmt::format("\nvalues: {} tensors, equal in every byte by {}\n", outputs.rows(), outputs.text(0, "equal"));
    for (size_t i = from; i < outputs.rows(); ++i) {
        out += fmt::format(
            "  {} {} {} sha256 {}\n",
            outputs.text(i, "tensor"),
            outputs.text(i, "type"),
            outputs.text(i, "shape"),
            outputs.text(i, "sha256"));
    }
    return out;
}

std::string parts_of(const TableCells& parts, size_t width) {
    if (parts.rows() == 0) return "";
    TextTable table({{"parts"}, {"arrays"}, {"latency ms"}, {"runs 1/s"}, {"used %"}, {"run mJ"}});
    for (size_t i = 0; i < parts.rows(); ++i) {
        table.add(
            {parts.count(i, "parts"),
             parts.count(i, "arrays"),
             parts.fixed(i, "latency_ms", 4),
             parts.fixed(i, "runs_per_s", 1),
             parts.fixed(i, "utilisation_percent", 1),
             parts.fixed(i, "energy_mj", 3)});
    }
    return fmt::format(
        "\ndivided into equal parts, each with frames of its own and its share of the memories; one array keeps its "
        "tensors\n{}",
        table.render(width));
}

}  // namespace

std::string chip_run_page(const std::vector<ResultTable>& tables, size_t width, bool all) {
    return head(TableCells(tables, "chip_run")) + energy_line(TableCells(tables, "chip_energy")) +
           assumptions_of(TableCells(tables, "chip_assumption"), all) +
           parts_of(TableCells(tables, "chip_parts"), width) + nodes_of(TableCells(tables, "chip_node"), width, all) +
           outputs_of(TableCells(tables, "chip_output"), all);
}

}  // namespace chipchain
