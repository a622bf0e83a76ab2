// What good parts are thrown away with bad ones: compounding of layers and steps, dies on bad redistribution layers,
// parts of an assembly.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace chipchain {

// The yield of `layers` equal layers. REQUIRES 0 <= layer_yield <= 1.
[[nodiscard]] double compounded_yield(double layer_yield, uint32_t layers);
// Rolled throughput yield: the product; 1 of nothing.
[[nodiscard]] double rolled_yield(std::span<const double> step_yields);
// The yield each of `layers` layers needs for a total of `total`. REQUIRES layers >= 1, 0 < total <= 1.
[[nodiscard]] double layer_yield_for(double total, uint32_t layers);

// Fan-out: are the dies placed before the redistribution layers are built, or onto finished ones?
enum class AttachFlow : uint8_t {
    chip_first,  // every die on a bad redistribution layer is lost
    chip_last,   // bad sites get no die; only attach losses cost dies
};

// The yields of a package built on redistribution layers; Chiplet Actuary (Feng and Ma, DAC 2022; package.py).
struct FanOutYields {
    double rdl = 1;             // of the redistribution layers under one package
    double bond_per_die = 1;    // attach of one die to them
    uint32_t dies = 1;          // in the package
    double substrate_bond = 1;  // attach of the finished part to its substrate
};

// Cost per good package, USD, of the parts lost.
struct FanOutScrap {
    double dies_usd = 0;        // good dies thrown away
    double interposer_usd = 0;  // redistribution layers
    double substrate_usd = 0;
    [[nodiscard]] double total_usd() const { return dies_usd + interposer_usd + substrate_usd; }
};

// The scrap per good package when its dies cost dies_usd together (known good), its redistribution layers
// interposer_usd and its substrate substrate_usd. Dies: chip-last dies (1 / (bond^n substrate) - 1), chip-first
// dies (1 / (rdl substrate) - 1). As in the source chip-first has no attach loss of single dies: they are moulded, not
// bonded. REQUIRES all yields in (0, 1].
[[nodiscard]] FanOutScrap fan_out_scrap(
    AttachFlow flow,
    const FanOutYields& yields,
    double dies_usd,
    double interposer_usd,
    double substrate_usd);

// The value of the dies of a package above which chip-last is cheaper, when its redistribution layers cost
// extra_usd more per good package than those of chip-first; 0 when it always is, infinite when it never is.
[[nodiscard]] double chip_last_break_even_usd(const FanOutYields& yields, double extra_usd);

// One assembly step that joins parts at a yield per part: with n parts the step's yield is its n-th power.
struct AssemblyStep {
    double yield_per_part = 1;
    std::vector<double> part_values_usd;
};

enum class AssemblyScrap : uint8_t {
    joined_parts,  // a bad step loses the parts it joins; google/chiplets-cost-model, processor.py
    whole_stack,   // and everything joined before
};

// The value scrapped per assembly started (or of a volume, when the values are those of a volume), as the source has
// it: every step is started in full, so a loss does not lessen the later ones.
[[nodiscard]] double assembly_scrap_usd(std::span<const AssemblyStep> steps, AssemblyScrap rule);

}  // namespace chipchain
