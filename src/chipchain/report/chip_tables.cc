#include "chipchain/report/chip_tables.h"

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kRunColumns[] = {
    {"network", K::key, "", "name of the network"},
    {"chip", K::key, "", "chip it runs on"},
    {"version", K::fact, "", "program version and commit"},
    {"numerics", K::fact, "", "version of the numerics contract"},
    {"network_sha256", K::fact, "", "of everything that fixes values"},
    {"program_sha256", K::fact, "", "of the compiled program"},
    {"instructions", K::fact, "", "of the program, all queues"},
    {"multiplications", K::fact, "", "of 8-bit operands in one run"},
    {"constant_bytes", K::fact, "B", "weights and other constants"},
    {"dram_bytes", K::value, "B", "moved in one run"},
    {"roofline_ms", K::value, "ms", "latency of one run: the larger of all arithmetic and all bytes from DRAM"},
    {"folds_ms", K::value, "ms", "latency by the closed forms of the array"},
    {"events_ms", K::value, "ms", "latency of the program, queue by queue"},
    {"runs_per_s", K::value, "1/s", "one run after the other, by events"},
    {"utilisation_percent", K::value, "%", "multiplications, of what all multipliers could do in this time"},
    {"useful_percent", K::value, "%", "of the time: multiplications at full use of the array"},
    {"fold_waste_percent", K::value, "%", "of the time: rows, columns and cores without work"},
    {"fill_drain_percent", K::value, "%", "of the time: operands entering and results leaving the array"},
    {"dependency_percent", K::value, "%", "of the time: waiting for another queue"},
    {"bandwidth_percent", K::value, "%", "of the time: waiting for DRAM or SRAM"},
    {"vector_percent", K::value, "%", "of the time: the vector unit alone at work"},
    {"energy_mj", K::value, "mJ", "of one run: events with DRAM, leakage and the rest of the chip as long as it lasts"},
    {"energy_low_mj", K::value, "mJ", "with energies of events, leakage and uncore all at their low end"},
    {"energy_high_mj", K::value, "mJ", "with energies of events, leakage and uncore all at their high end"},
    {"junction_c", K::value, "C", "temperature inside for which leakage is counted, one run after the other at 45 C"},
    {"events_pj_per_multiplication", K::value, "pJ", "events without DRAM, per multiplication of the network"},
};

constexpr ColumnInfo kNodeColumns[] = {
    {"node", K::key, "", "node of the network"},
    {"index", K::key, "", "its place, from 0"},
    {"op", K::fact, "", "integer operation"},
    {"output", K::fact, "", "shape of what it writes"},
    {"multiplications", K::fact, "", "of 8-bit operands"},
    {"roofline_cycles", K::value, "cycles", "of the node alone, at full rate of arithmetic or of its bytes from DRAM"},
    {"folds_cycles", K::value, "cycles", "of the node alone, by the closed forms of the array or its vector work"},
    {"events_cycles", K::value, "cycles", "of the program; the next six columns sum to it"},
    {"useful", K::value, "cycles", "multiplications at full use of the array"},
    {"fold_waste", K::value, "cycles", "rows, columns and cores without work"},
    {"fill_drain", K::value, "cycles", "operands entering and results leaving the array"},
    {"dependency", K::value, "cycles", "waiting for another queue"},
    {"bandwidth", K::value, "cycles", "waiting for DRAM or SRAM"},
    {"vector", K::value, "cycles", "the vector unit alone at work"},
};

constexpr ColumnInfo kEnergyColumns[] = {
    {"event", K::key, "", "what takes energy"},
    {"meaning", K::fact, "", "what is counted"},
    {"count", K::value, "", "in one run"},
    {"pj_per_event", K::value, "pJ", "of one"},
    {"overhead", K::value, "", "factor for clock and control: energy = count x pj_per_event x overhead"},
    {"energy_mj", K::value, "mJ", "of one run"},
    {"low_mj", K::value, "mJ", "with its figures at the low end"},
    {"high_mj", K::value, "mJ", "with its figures at the high end"},
    {"mark", K::fact, "", "published, computed, assumption or claim: of the energy of one event"},
    {"source", K::fact, "", "of the energy of one event, or why it is assumed"},
};

constexpr ColumnInfo kOutputColumns[] = {
    {"tensor", K::key, "", "tensor"},
    {"node", K::fact, "", "node that writes it"},
    {"shape", K::fact, "", "its shape"},
    {"type", K::fact, "", "u8 or s8"},
    {"sha256", K::fact, "", "of its type, shape and bytes"},
    {"equal", K::fact, "", "executors that gave these bytes"},
};

constexpr ColumnInfo kPartsColumns[] = {
    {"parts", K::key, "", "equal parts of the chip, each with frames of its own"},
    {"arrays", K::fact, "", "arrays of a part"},
    {"latency_ms", K::value, "ms", "of a run on a part, by events"},
    {"runs_per_s", K::value, "1/s", "of all parts together"},
    {"utilisation_percent", K::value, "%", "multiplications, of what all multipliers of the chip could do"},
    {"dram_bytes", K::value, "B", "moved in one run"},
    {"energy_mj", K::value, "mJ", "of one run"},
};

constexpr ColumnInfo kAssumptionColumns[] = {
    {"figure", K::key, "", "assumption or claim, put to either end alone"},
    {"value", K::fact, "", "what is used"},
    {"low", K::fact, "", "lower end of what it may be"},
    {"high", K::fact, "", "upper end"},
    {"mark", K::fact, "", "assumption or claim"},
    {"latency_low_percent", K::value, "%", "change of the latency by folds with the figure at its lower end"},
    {"latency_high_percent", K::value, "%", "the same at its upper end"},
    {"energy_low_percent", K::value, "%", "change of the energy of a run with the figure at its lower end"},
    {"energy_high_percent", K::value, "%", "the same at its upper end"},
    {"why", K::fact, "", "source, or why it is assumed"},
};

constexpr ColumnInfo kFigureColumns[] = {
    {"figure", K::key, "", "name of the figure; its unit is at the end of the name"},
    {"value", K::fact, "", "what is used; none: not known"},
    {"low", K::fact, "", "lower end of what it may be"},
    {"high", K::fact, "", "upper end"},
    {"mark", K::fact, "", "published, computed, assumption or claim; unknown: neither stated nor assumed"},
    {"source", K::fact, "", "where it is from"},
    {"note", K::fact, "", "why this value"},
};

constexpr TableSchema kFigureSchemas[] = {
    {"chip_figure", "the figures of a chip", kFigureColumns},
    kChipIdentitySchema};

constexpr TableSchema kSchemas[] = {
    {"chip_run", "one network on one chip", kRunColumns},
    {"chip_node", "where its time goes, node by node", kNodeColumns},
    {"chip_energy", "where its energy goes", kEnergyColumns},
    {"chip_output", "what it computes, tensor by tensor", kOutputColumns},
    {"chip_parts", "the chip divided into parts that run frames of their own", kPartsColumns},
    {"chip_assumption", "figures that are not published and move latency or energy, largest first", kAssumptionColumns},
    kChipIdentitySchema,
};

struct Shares {
    double useful = 0, fold_waste = 0, fill_drain = 0, dependency = 0, bandwidth = 0, vector = 0;
};

Shares sum_shares(const NetworkTiming& timing) {
    Shares s;
    for (const NodeTiming& n : timing.nodes) {
        s.useful += n.useful;
        s.fold_waste += n.fold_waste;
        s.fill_drain += n.fill_drain;
        s.dependency += n.dependency;
        s.bandwidth += n.bandwidth;
        s.vector += n.vector;
    }
    return s;
}

ResultTable run_table(const ChipRunReport& r) {
    int64_t multiplications = 0;
    uint64_t constants = 0;
    for (const IntegerNode& node : r.network->nodes) multiplications += multiply_count(*r.network, node);
    for (const IntegerTensor& tensor : r.network->tensors) constants += tensor.bytes.size();
    const Shares s = sum_shares(r.events);
    const double cycles = r.events.cycles;
    Rows rows(kSchemas[0]);
    rows.text(r.network->name).text(r.chip).text(std::string(version())).count(kNumericsVersion);
    rows.text(r.network_hash).text(r.program_hash).count(r.instructions);
    rows.count(static_cast<uint64_t>(multiplications)).count(constants).count(r.events.dram_bytes);
    rows.number(r.roofline.seconds * 1e3).number(r.folds.seconds * 1e3).number(r.events.seconds * 1e3);
    rows.ratio(1, r.events.seconds).number(r.events.utilisation * 100);
    rows.percent(s.useful, cycles).percent(s.fold_waste, cycles).percent(s.fill_drain, cycles);
    rows.percent(s.dependency, cycles).percent(s.bandwidth, cycles).percent(s.vector, cycles);
    const Banded joules = r.energy.joules;
    rows.number(joules.value * 1e3).number(joules.low * 1e3).number(joules.high * 1e3).number(r.energy.junction_c);
    rows.ratio(r.energy.events.on_chip_joules.value * 1e12, static_cast<double>(multiplications));
    return rows.take();
}

ResultTable node_table(const ChipRunReport& r) {
    Rows rows(kSchemas[1]);
    for (size_t i = 0; i < r.network->nodes.size(); ++i) {
        const IntegerNode& node = r.network->nodes[i];
        const NodeTiming& e = r.events.nodes[i];
        rows.text(node.name).count(i).text(std::string(info(node.op).name));
        rows.text(shape_text(r.network->tensors[node.output].shape));
        rows.count(static_cast<uint64_t>(multiply_count(*r.network, node)));
        rows.number(r.roofline.nodes[i].alone).number(r.folds.nodes[i].alone).number(e.cycles);
        rows.number(e.useful).number(e.fold_waste).number(e.fill_drain);
        rows.number(e.dependency).number(e.bandwidth).number(e.vector);
    }
    return rows.take();
}

ResultTable energy_rows(const ChipRunReport& r) {
    Rows rows(kSchemas[2]);
    const auto joules = [&rows](const Banded& j) {
        rows.number(j.value * 1e3).number(j.low * 1e3).number(j.high * 1e3);
    };
    for (const EnergyRow& row : r.energy.events.rows) {
        const EnergyEntry& entry = r.energy_table.entries[static_cast<size_t>(row.event)];
        rows.text(std::string(info(row.event).name)).text(std::string(info(row.event).help)).number(row.count);
        rows.number(entry.pj.value).number(has_overhead(row.event) ? r.energy_table.overhead.pj.value : 1);
        joules(row.joules);
        rows.text(std::string(mark_text(entry.mark))).text(entry.source);
    }
    const std::string at = fmt::format("for as long as a run lasts, at {:.0f} degrees inside", r.energy.junction_c);
    rows.text("leakage").text("leakage of logic and SRAM, " + at).none().none().none();
    joules(r.energy.leakage_joules);
    rows.text("computed").text("leak_logic_w_per_mm2, leak_sram_mw_per_mib, leak_per_k, thermal_c_per_w");
    rows.text("uncore").text("processors and interfaces, for as long as a run lasts").none().none().none();
    joules(r.energy.uncore_joules);
    rows.text("computed").text("uncore_w");
    return rows.take();
}

ResultTable assumption_rows(const ChipRunReport& r) {
    Rows rows(kSchemas[5]);
    if (r.model == nullptr) return rows.take();
    for (const AssumptionRow& row : r.assumptions) {
        const Figure& figure = figure_of(*r.model, row.figure);
        rows.text(std::string(info(row.figure).name)).number(figure.value).number(figure.low).number(figure.high);
        rows.text(std::string(mark_text(figure.mark))).number(row.latency_low_percent);
        rows.number(row.latency_high_percent).number(row.energy_low_percent).number(row.energy_high_percent);
        rows.text(figure.note.empty() ? figure.source : figure.note);
    }
    return rows.take();
}

ResultTable output_table(const ChipRunReport& r) {
    std::string equal;
    for (const std::string& executor : r.executors) equal += (equal.empty() ? "" : " ") + executor;
    Rows rows(kSchemas[3]);
    for (size_t i = 0; i < r.hashes.size(); ++i) {
        const IntegerNode& node = r.network->nodes[i];
        const IntegerTensor& tensor = r.network->tensors[node.output];
        rows.text(tensor.name).text(node.name).text(shape_text(tensor.shape));
        rows.text(std::string(info(tensor.quant.type).name)).text(r.hashes[i]).text(equal);
    }
    return rows.take();
}

ResultTable parts_table(const ChipRunReport& r) {
    Rows rows(kSchemas[4]);
    for (const ChipParts& p : r.parts) {
        rows.count(p.parts).count(p.shape.arrays).number(p.events.seconds * 1e3).ratio(p.parts, p.events.seconds);
        // arrays that are left over idle
        rows.number(p.events.utilisation * 100 * p.parts * p.shape.arrays / r.shape.arrays);
        rows.count(p.events.dram_bytes).number(p.joules * 1e3);
    }
    return rows.take();
}

}  // namespace

std::span<const TableSchema> chip_run_schemas() { return kSchemas; }

std::vector<ResultTable> chip_run_tables(const ChipRunReport& report) {
    std::vector<ResultTable> tables;
    tables.push_back(run_table(report));
    tables.push_back(node_table(report));
    tables.push_back(energy_rows(report));
    tables.push_back(output_table(report));
    tables.push_back(parts_table(report));
    tables.push_back(assumption_rows(report));
    return tables;
}

std::span<const TableSchema> chip_figure_schemas() { return kFigureSchemas; }

ResultTable chip_figure_table(const ChipModel& chip) {
    Rows rows(kFigureSchemas[0]);
    for (const FigureInfo& info : figure_table()) {
        const Figure& figure = figure_of(chip, info.figure);
        rows.text(std::string(info.name));
        for (const double value : {figure.value, figure.low, figure.high}) {
            if (!figure.known) {
                rows.none();
            } else if (info.whole) {
                rows.count(static_cast<uint64_t>(value));
            } else {
                rows.number(value);
            }
        }
        rows.text(figure.known ? std::string(mark_text(figure.mark)) : "unknown").text(figure.source);
        rows.text(figure.known ? figure.note : std::string(info.help));
    }
    return rows.take();
}

}  // namespace chipchain
