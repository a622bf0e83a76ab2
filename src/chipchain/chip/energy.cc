#include "chipchain/chip/energy.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/chip/footprint.h"
#include "chipchain/chip/instruction_cycles.h"
#include "chipchain/chip/nvdla_roofline.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr size_t at(EnergyEvent event) { return static_cast<size_t>(event); }

constexpr EnergyEventInfo kEvents[] = {
    {EnergyEvent::mac, "mac", "8-bit multiplication with 32-bit addition"},
    {EnergyEvent::sram_byte, "sram_byte", "byte read from or written to the array's SRAM"},
    {EnergyEvent::accumulator, "accumulator", "read and write of a 32-bit accumulator"},
    {EnergyEvent::vector_element, "vector_element", "element through the vector unit"},
    {EnergyEvent::noc_byte, "noc_byte", "byte between DRAM interface and array"},
    {EnergyEvent::dram_bit, "dram_bit", "bit of DRAM with its interface"}};

// ---------------------------------------------------------------- scaling of processes

// E(V) = a V^2 + b V + c of Stillmaker and Baas 2017, and the usual voltage of the node
struct NodeRow {
    double nm, a, b, c, volt;
};
constexpr NodeRow kNodes[] = {
    {45, 1.103, -0.362, 0.2767, 0.9},
    {16, 0.2958, -0.1241, 0.03024, 0.8},
    {14, 0.2363, -0.09675, 0.02239, 0.8},
    {10, 0.2068, -0.09311, 0.02375, 0.75},
    {7, 0.1776, -0.09097, 0.02447, 0.7}};
constexpr double kPolynomialBand = 0.15;  // assumption: spread of designs around the fit

// power at equal speed beside the row before: N5 -30 % of N7; N3E -34 % of N5; N2 -25 to -30 % of N3E
struct ClaimRow {
    double nm;
    Banded factor;
};
constexpr ClaimRow kClaims[] = {{5, {0.70, 0.65, 0.75}}, {3, {0.66, 0.62, 0.72}}, {kLeastNode, {0.725, 0.70, 0.75}}};

double polynomial(const NodeRow& row, double volt) { return row.a * volt * volt + row.b * volt + row.c; }

double relative(const NodeRow& row, double volt) {
    return polynomial(row, volt > 0 ? volt : row.volt) / polynomial(kNodes[0], kNodes[0].volt);
}

double between(double nm, double nm0, double e0, double nm1, double e1) {
    if (nm0 == nm1) return e0;
    const double t = deterministic_log(nm / nm0) / deterministic_log(nm1 / nm0);
    return deterministic_exp(deterministic_log(e0) * (1 - t) + deterministic_log(e1) * t);
}

Banded polynomial_scale(double nm, double volt) {
    size_t i = 0;
    while (i + 2 < std::size(kNodes) && kNodes[i + 1].nm > nm) ++i;
    const NodeRow& above = kNodes[i];
    const NodeRow& below = kNodes[i + 1];
    const double value = nm == below.nm ? relative(below, volt)
                                        : between(nm, above.nm, relative(above, volt), below.nm, relative(below, volt));
    return {value, value * (1 - kPolynomialBand), value * (1 + kPolynomialBand)};
}

// ---------------------------------------------------------------- energies at 45 nm, 0.9 V (chip facts 4.1)

constexpr Banded kMac45 = {0.30, 0.25, 0.35};   // 8-bit multiplication 0.2, 32-bit addition 0.1
constexpr double kSram45PerByte = 20.0 / 8;     // 64 bits of 32 KiB: 20 pJ, by the root of the size
constexpr double kSramBand = 0.13;              // of that law against 8 KiB and 1 MiB
constexpr Banded kVector45 = {5.0, 2.5, 10.0};  // assumption: 32-bit float product 3.7, addition 0.9, a table
constexpr double kLeastSramBytes = 256;         // below, a register file costs no less: assumption

Banded sram_byte_45(double bytes) {
    const double value = kSram45PerByte * std::sqrt(std::max(bytes, kLeastSramBytes) / 32768);
    return {value, value * (1 - kSramBand), value * (1 + kSramBand)};
}

EnergyEntry stated(const Figure& figure) {
    // an assumption has a reason in place of a source
    return {{figure.value, figure.low, figure.high}, figure.mark, figure.source.empty() ? figure.note : figure.source};
}

// The energies of a process beside 45 nm.
struct Scaling {
    Banded scale;
    double nm = 0;
};

EnergyEntry scaled(const Banded& at_45, const Scaling& to, const std::string& what) {
    std::string source = what + " at 45 nm (Horowitz 2014), scaled to the process";
    if (to.nm < kLeastNode) source += fmt::format(" of {} nm: no claim reaches {} nm", kLeastNode, to.nm);
    return {at_45 * to.scale, Mark::computed, std::move(source)};
}

// ---------------------------------------------------------------- calibration

double events_pj(const EnergyCounts& counts, const EnergyTable& table) {
    double sum = 0;
    for (size_t e = 0; e < kEnergyEvents; ++e) {
        if (has_overhead(kEvents[e].event)) sum += counts[e] * table.entries[e].pj.value;
    }
    return sum / counts[at(EnergyEvent::mac)];
}

EnergyTable table_for(const ChipShape& shape, double nm, double volt) {
    const Scaling scale{node_scale(nm, volt), nm};
    EnergyTable t;
    const double bank = static_cast<double>(shape.sram_bytes) / shape.sram_banks;
    const double column = 4.0 * shape.accumulator_rows;
    t.entries[at(EnergyEvent::mac)] = scaled(kMac45, scale, "8-bit product 0.2 pJ and 32-bit sum 0.1 pJ");
    t.entries[at(EnergyEvent::sram_byte)] =
        scaled(sram_byte_45(bank), scale, "64 bits of 32 KiB 20 pJ, by root of size");
    t.entries[at(EnergyEvent::accumulator)] =
        scaled(sram_byte_45(column) * Banded{8, 8, 8}, scale, "two accesses of 4 bytes of a column's memory");
    t.entries[at(EnergyEvent::vector_element)] = scaled(kVector45, scale, "a float product, a sum and a table");
    return t;
}

EnergyCounts count_layers(const std::vector<NvdlaLayer>& layers, const ChipShape& shape) {
    EnergyCounts sum{};
    for (const NvdlaLayer& layer : layers) {
        const EnergyCounts counts = count_product(product_of(layer), shape);
        for (size_t e = 0; e < kEnergyEvents; ++e) sum[e] += counts[e];
    }
    return sum;
}

ChipShape array_shape(uint32_t rows, uint32_t columns, uint64_t sram_kib, uint32_t banks, Dataflow dataflow) {
    ChipShape shape;
    shape.rows = rows;
    shape.columns = columns;
    shape.sram_bytes = sram_kib * 1024;
    shape.sram_banks = banks;
    shape.accumulator_rows = 2 * rows;
    shape.dataflow = dataflow;
    return shape;
}

// Of bytes that cross half the side of a die, per multiplication.
double wires_pj(double bytes, double multiplied, double die_mm2) {
    const double per_mm = info(ChipFigure::energy_noc_pj_per_byte_mm).otherwise.value;
    return per_mm * std::sqrt(die_mm2) / 2 * bytes / multiplied;
}

// Bytes between DRAM and NVDLA for a ResNet-50, by its sheet.
double nvdla_bytes() {
    NvdlaConfig config;
    double cycles = 0;
    for (const NvdlaLayer& layer : nvdla_resnet50(false)) cycles += time_layer(layer, config).dram_cycles;
    return cycles * config.dram_gb_per_s * 1.024 / config.clock_ghz;
}

EnergyAnchor
anchor(std::string name, std::string source, double measured, const ChipShape& shape, double nm, double volt) {
    EnergyAnchor a;
    a.name = std::move(name);
    a.source = std::move(source);
    a.measured_pj = measured;
    a.events_pj = events_pj(count_layers(nvdla_resnet50(false), shape), table_for(shape, nm, volt));
    return a;
}

// ---------------------------------------------------------------- counts of a program

// Sums that pass between array and accumulators. os: all of a fold, but for an mma that goes on with what is in the
// array, which neither fills nor drains it (nor does anything an array of one multiplier, which keeps its sum); ws and
// is: every mma adds to the sums of its rows and columns.
double updates_of(const Instruction& instruction, const InstructionCycles& cost, Dataflow dataflow) {
    if (instruction.opcode() != Opcode::mma) return 0;
    const Mma& m = std::get<Mma>(instruction.body);
    const bool goes_on = dataflow == Dataflow::output_stationary && m.accumulate && cost.fill_drain == 0;
    return goes_on ? 0 : static_cast<double>(row_total(m.a)) * m.b.columns;
}

// Elements through the vector unit, as vector_elements() counts them: copies go past it.
double elements_of(const Program& program, const Instruction& instruction) {
    switch (instruction.opcode()) {
        case Opcode::rq: {
            const Rq& r = std::get<Rq>(instruction.body);
            return static_cast<double>(row_range(r).count) * r.columns;
        }
        case Opcode::ew:
            return std::get<Ew>(instruction.body).elements;
        case Opcode::pool: {
            const Pool& p = std::get<Pool>(instruction.body);
            const Window& w = program.vector_operations[p.operation].window;
            return double{1} * p.out_h * p.out_w * p.channels * static_cast<double>(w.kernel[0] * w.kernel[1]);
        }
        case Opcode::lut8:
            return std::get<Lut8>(instruction.body).elements;
        case Opcode::reduce: {
            const Reduce& r = std::get<Reduce>(instruction.body);
            return 3.0 * r.rows * r.elements;
        }
        case Opcode::load:
        case Opcode::store:
        case Opcode::preload:
        case Opcode::mma:
        case Opcode::copy:
        case Opcode::sync:
        case Opcode::halt:
            return 0;
    }
    return 0;
}

Calibration make_calibration() {
    Calibration c;
    c.anchors.push_back(anchor(
        "NVDLA, 16 nm",
        "nvdla.org primer: 291 mW at 269 ResNet-50 per second, DRAM excluded",
        0.278,
        array_shape(64, 32, 512, 16, Dataflow::weight_stationary),
        16,
        0.8));
    c.anchors.push_back(anchor(
        "NVIDIA test chip, 5 nm",
        "JSSC 58(4) 2023: 4,714 ResNet-50 per second and watt at 0.67 V",
        0.052,
        array_shape(16, 16, 64, 4, Dataflow::weight_stationary),
        5,
        0));
    // 3.3 mm2 at 16 nm (the same table); the test chip's DRAM and wires are outside what was measured
    double multiplied = 0;
    for (const NvdlaLayer& layer : nvdla_resnet50(false)) multiplied += static_cast<double>(multiplications(layer));
    c.anchors[0].wires_pj = wires_pj(nvdla_bytes(), multiplied, 3.3);
    // its operands have 4 bits: half the movement, and of the MAC a quarter of the product and three quarters of the
    // sum
    constexpr double kFourBit = 0.5;
    c.anchors[1].events_pj *= kFourBit;
    const auto alone = [&c](size_t i) {
        return (c.anchors[i].measured_pj - c.anchors[i].wires_pj) / c.anchors[i].events_pj;
    };
    double logs = 0;
    for (size_t i = 0; i < c.anchors.size(); ++i) {
        c.anchors[i].fitted = true;
        logs += deterministic_log(alone(i));
    }
    c.overhead.value = deterministic_exp(logs / static_cast<double>(c.anchors.size()));
    c.overhead.low = std::min(alone(0), alone(1));
    c.overhead.high = std::max(alone(0), alone(1));
    c.anchors.push_back(anchor(
        "HW3, 14 nm",
        "WikiChip: 36 W of the whole chip at its peak of 36.9 T multiplications per second",
        0.98,
        array_shape(96, 96, 32768, 16, Dataflow::output_stationary),
        14,
        0.8));
    c.anchors.back().is_limit = true;
    // 260 mm2, and 68 GB/s of DRAM at that rate
    c.anchors.back().wires_pj = wires_pj(68e9, 36.9e12, 260);
    for (EnergyAnchor& a : c.anchors) {
        a.predicted_pj = a.events_pj * c.overhead.value + a.wires_pj;
        a.residual_percent = 100 * (a.predicted_pj / a.measured_pj - 1);
        if (a.is_limit) a.residual_percent = std::max(0.0, a.residual_percent);
    }
    return c;
}

}  // namespace

bool has_overhead(EnergyEvent event) { return event != EnergyEvent::noc_byte && event != EnergyEvent::dram_bit; }

const EnergyEventInfo& info(EnergyEvent event) { return kEvents[at(event)]; }

Banded operator+(const Banded& a, const Banded& b) { return {a.value + b.value, a.low + b.low, a.high + b.high}; }
Banded operator*(const Banded& a, const Banded& b) { return {a.value * b.value, a.low * b.low, a.high * b.high}; }

Banded node_scale(double nm, double volt) {
    const double least = kNodes[std::size(kNodes) - 1].nm;
    if (nm >= least) return polynomial_scale(nm, volt);
    Banded scale = polynomial_scale(least, 0);
    double before = least;
    for (const ClaimRow& row : kClaims) {
        if (nm >= before) break;
        if (nm > row.nm) {
            // part of the way to the next claim, in logarithms
            const double t = deterministic_log(nm / before) / deterministic_log(row.nm / before);
            const auto power = [t](double x) { return deterministic_pow(x, t); };
            return scale * Banded{power(row.factor.value), power(row.factor.low), power(row.factor.high)};
        }
        scale = scale * row.factor;
        before = row.nm;
    }
    return scale;
}

EnergyCounts count_product(const MatrixProduct& p, const ChipShape& shape) {
    const auto folds = [](int64_t n, uint32_t of) { return static_cast<double>((n + of - 1) / of); };
    const auto m = static_cast<double>(p.m);
    const auto n = static_cast<double>(p.n);
    const auto k = static_cast<double>(p.k);
    double a = 0;  // bytes of the left and right operand
    double b = 0;
    double updates = 0;
    switch (shape.dataflow) {
        case Dataflow::output_stationary:
            a = m * k * folds(p.n, shape.columns);
            b = n * k * folds(p.m, shape.rows);
            updates = m * n;
            break;
        case Dataflow::weight_stationary:
            a = m * k * folds(p.n, shape.columns);
            b = n * k;
            updates = m * n * folds(p.k, shape.rows);
            break;
        case Dataflow::input_stationary:
            a = m * k;
            b = n * k * folds(p.m, shape.columns);
            updates = m * n * folds(p.k, shape.rows);
            break;
    }
    EnergyCounts out{};
    const auto repeats = static_cast<double>(p.repeats);
    out[at(EnergyEvent::mac)] = repeats * m * n * k;
    out[at(EnergyEvent::sram_byte)] = repeats * (a + b + m * n);
    out[at(EnergyEvent::accumulator)] = repeats * updates;
    out[at(EnergyEvent::vector_element)] = repeats * m * n;
    return out;
}

EnergyCounts count_events(const IntegerNetwork& network, const ChipShape& shape, const NetworkTiming* timing) {
    EnergyCounts sum{};
    for (const IntegerNode& node : network.nodes) {
        const std::vector<MatrixProduct> products = products_of(network, node);
        for (const MatrixProduct& p : products) {
            const EnergyCounts counts = count_product(p, shape);
            for (size_t e = 0; e < kEnergyEvents; ++e) sum[e] += counts[e];
        }
        if (!products.empty()) continue;
        sum[at(EnergyEvent::vector_element)] += static_cast<double>(vector_elements(network, node));
        double bytes = static_cast<double>(element_count(network.tensors[node.output].shape));
        for (const TensorId t : node.inputs) {
            if (t != kNoTensor) bytes += static_cast<double>(element_count(network.tensors[t].shape));
        }
        sum[at(EnergyEvent::sram_byte)] += bytes;
    }
    double dram = 0;
    for (const int64_t bytes : compulsory_bytes(network)) dram += static_cast<double>(bytes);
    if (timing != nullptr && timing->dram_bytes > 0) dram = static_cast<double>(timing->dram_bytes);
    // what comes from DRAM crosses the die and is written to SRAM
    sum[at(EnergyEvent::sram_byte)] += dram;
    sum[at(EnergyEvent::noc_byte)] = dram;
    // what the shared memory serves is an access there and one in a core's SRAM, and crosses the die between them
    const double shared = timing != nullptr ? static_cast<double>(timing->shared_bytes) : 0;
    sum[at(EnergyEvent::sram_byte)] += 2 * shared;
    sum[at(EnergyEvent::noc_byte)] += shared;
    sum[at(EnergyEvent::dram_bit)] = 8 * dram;
    return sum;
}

EnergyCounts count_events(const Program& program, const NetworkTiming& timing) {
    EnergyCounts sum{};
    double words = 0;
    for (const Stream& stream : program.streams) {
        CycleCounter counter(program.shape);
        for (const Instruction& instruction : stream.instructions) {
            const InstructionCycles cost = counter.count(program, instruction);
            words += static_cast<double>(cost.words);
            sum[at(EnergyEvent::mac)] += static_cast<double>(cost.multiplications);
            sum[at(EnergyEvent::accumulator)] += updates_of(instruction, cost, program.shape.dataflow);
            sum[at(EnergyEvent::vector_element)] += elements_of(program, instruction);
        }
    }
    const auto dram = static_cast<double>(timing.dram_bytes);
    const auto shared = static_cast<double>(timing.shared_bytes);
    // loads and stores state their words in the core's SRAM; what the shared memory serves is an access there too
    sum[at(EnergyEvent::sram_byte)] = words * static_cast<double>(sram_word_bytes(program.shape)) + shared;
    sum[at(EnergyEvent::noc_byte)] = dram + shared;
    sum[at(EnergyEvent::dram_bit)] = 8 * dram;
    return sum;
}

EnergyTable energy_table(const ChipModel& chip) {
    const auto figure = [&chip](ChipFigure f) -> const Figure& { return figure_of(chip, f); };
    EnergyTable t = table_for(chip.shape, figure(ChipFigure::process_nm).value, figure(ChipFigure::voltage_v).value);
    const Figure& version = figure(ChipFigure::node_energy_factor);
    for (EnergyEntry& entry : t.entries) entry.pj = entry.pj * Banded{version.value, version.low, version.high};
    struct Own {
        EnergyEvent event;
        ChipFigure figure;
    };
    constexpr Own kOwn[] = {
        {EnergyEvent::mac, ChipFigure::energy_mac_pj},
        {EnergyEvent::sram_byte, ChipFigure::energy_sram_pj_per_byte},
        {EnergyEvent::accumulator, ChipFigure::energy_accumulator_pj},
        {EnergyEvent::vector_element, ChipFigure::energy_vector_pj},
        {EnergyEvent::dram_bit, ChipFigure::energy_dram_pj_per_bit}};
    for (const Own& own : kOwn) {
        if (figure(own.figure).known) t.entries[at(own.event)] = stated(figure(own.figure));
    }
    // half the side of the die, or one millimetre where it is not known: assumption
    const Figure& die = figure(ChipFigure::die_mm2);
    const double mm = die.known ? std::sqrt(die.value) / 2 : 1;
    t.entries[at(EnergyEvent::noc_byte)] = stated(figure(ChipFigure::energy_noc_pj_per_byte_mm));
    t.entries[at(EnergyEvent::noc_byte)].pj = t.entries[at(EnergyEvent::noc_byte)].pj * Banded{mm, mm, mm};
    const Figure& overhead = figure(ChipFigure::energy_overhead);
    t.overhead = overhead.known ? stated(overhead)
                                : EnergyEntry{calibrate().overhead, Mark::computed, "calibrated on published chips"};
    return t;
}

EnergyReport energy_of(const EnergyCounts& counts, const EnergyTable& table) {
    EnergyReport out;
    for (size_t e = 0; e < kEnergyEvents; ++e) {
        const double joules = counts[e] * 1e-12;
        EnergyRow row{kEvents[e].event, counts[e], table.entries[e].pj * Banded{joules, joules, joules}};
        if (has_overhead(row.event)) row.joules = row.joules * table.overhead.pj;
        if (row.event != EnergyEvent::dram_bit) out.on_chip_joules = out.on_chip_joules + row.joules;
        out.joules = out.joules + row.joules;
        out.rows.push_back(row);
    }
    const double macs = counts[at(EnergyEvent::mac)];
    if (macs > 0) out.pj_per_mac = out.on_chip_joules.value * 1e12 / macs;
    return out;
}

const Calibration& calibrate() {
    static const Calibration calibration = make_calibration();
    return calibration;
}

}  // namespace chipchain
