// Energy of a network on a chip: counts of events times a table of what one event takes, each entry with its range and
// source. The table is the chip's own figures where it states them, else energies at 45 nm scaled to its process.
//
// Sources (chip facts 4.1, 4.2): Horowitz, ISSCC 2014 (45 nm, 0.9 V); Stillmaker and Baas, Integration 58, 2017, 74-81
// (energy polynomials by node and voltage, 45 to 7 nm); below 7 nm the foundry's claims of power at equal speed.
//
// What the events take is a fraction of what a chip takes: clock, control and idle toggling are the rest, 80 % of a
// real chip. One factor on the events of the arrays, `overhead`, stands for them; calibrate() fits it to published
// chips and says what is left over. Bytes over wires and bits of DRAM are not multiplied: a wire has neither clock nor
// control. Bands add up as if all entries were off in the same direction. Leakage and the rest of the chip are no
// events: power.h adds them (run_energy).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/chip/program.h"
#include "chipchain/chip/timing.h"

namespace chipchain {

enum class EnergyEvent : uint8_t { mac, sram_byte, accumulator, vector_element, noc_byte, dram_bit };
inline constexpr size_t kEnergyEvents = 6;

struct EnergyEventInfo {
    EnergyEvent event;
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] const EnergyEventInfo& info(EnergyEvent event);

// By EnergyEvent.
using EnergyCounts = std::array<double, kEnergyEvents>;

// Events of one product on arrays of that shape, without DRAM: operands are read from SRAM once per fold they serve,
// results leave by the accumulators, go through the vector unit and back to SRAM.
[[nodiscard]] EnergyCounts count_product(const MatrixProduct& p, const ChipShape& shape);
// Events of a whole network without a program: the least that its products need. DRAM bytes are those of `timing` when
// it has any (events of a program), else the least.
[[nodiscard]] EnergyCounts
count_events(const IntegerNetwork& network, const ChipShape& shape, const NetworkTiming* timing = nullptr);
// Events of a program, from its instructions: multiplications of joined groups with their zeros, whole SRAM words
// (instruction_cycles.h) of sram_word_bytes(), sums that leave and enter the array. `timing`: of that program; its
// bytes of DRAM and shared memory count.
[[nodiscard]] EnergyCounts count_events(const Program& program, const NetworkTiming& timing);

// A value between its credible ends.
struct Banded {
    double value = 0;
    double low = 0;
    double high = 0;
};
[[nodiscard]] Banded operator+(const Banded& a, const Banded& b);
[[nodiscard]] Banded operator*(const Banded& a, const Banded& b);  // of factors that are not negative

struct EnergyEntry {
    Banded pj;  // of one event
    Mark mark = Mark::computed;
    std::string source;
};

struct EnergyTable {
    std::array<EnergyEntry, kEnergyEvents> entries;  // by EnergyEvent
    EnergyEntry overhead;                            // factor on the events of arrays (has_overhead)
};
// False of noc_byte and dram_bit.
[[nodiscard]] bool has_overhead(EnergyEvent event);
[[nodiscard]] EnergyTable energy_table(const ChipModel& chip);

// Energy of a process of `nm` at `volt` beside 45 nm at 0.9 V. Nodes between two rows are interpolated in the logarithm
// of both, and the row of 45 to 16 nm goes on above 45; volt <= 0: the usual voltage of the node. Below 7 nm the
// voltage is part of the claim and `volt` is ignored. No foundry's claim reaches below kLeastNode: there it is that of
// kLeastNode.
inline constexpr double kLeastNode = 2;
[[nodiscard]] Banded node_scale(double nm, double volt);

struct EnergyRow {
    EnergyEvent event = EnergyEvent::mac;
    double count = 0;
    Banded joules;  // with overhead where has_overhead()
};
struct EnergyReport {
    std::vector<EnergyRow> rows;  // by EnergyEvent
    Banded joules;
    Banded on_chip_joules;  // without DRAM
    double pj_per_mac = 0;  // on chip
};
[[nodiscard]] EnergyReport energy_of(const EnergyCounts& counts, const EnergyTable& table);

// One published chip that the factor is fitted to or compared with.
struct EnergyAnchor {
    std::string name;
    std::string source;
    bool fitted = false;
    bool is_limit = false;        // measured is an upper limit
    double measured_pj = 0;       // per multiplication, on chip
    double events_pj = 0;         // of the events of arrays alone
    double wires_pj = 0;          // of bytes across the die
    double predicted_pj = 0;      // events_pj * overhead + wires_pj
    double residual_percent = 0;  // predicted beside measured; of a limit only what exceeds it
};
struct Calibration {
    Banded overhead;  // low and high: the factor of each fitted chip alone
    std::vector<EnergyAnchor> anchors;
};
// Fits the factor to NVDLA (16 nm, ResNet-50) and NVIDIA's 5 nm test chip by the mean of logarithms; HW3's limit is
// checked with it. HW4 and AI5 have no part in it.
[[nodiscard]] const Calibration& calibrate();

}  // namespace chipchain
