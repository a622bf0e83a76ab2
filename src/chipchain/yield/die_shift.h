// Die shift: where the dies of a moulded panel are instead of where they should be, what alignment takes away of it,
// and the dies whose rest is beyond the overlay budget.
//
// Generative model (backend facts 1.7, suggested there, so an assumption): translation, rotation and scale of the whole
// panel, a radial term of warpage that grows with the square of the radius, drag of the mould flow in proportion to the
// local density of dies, and normal placement error:
//   d = T + theta x r + k r + a (r / R)^2 e + b rho e + N(0, sigma),  e = r / |r|
// Two mechanisms are published: warpage dominates at the periphery, flow drag grows with local die density (Sung et
// al., Sci. Rep. 2026). No shift in um is published: every figure is the user's.
#pragma once

#include <cstdint>
#include <vector>

#include "chipchain/base/random.h"

namespace chipchain {

// A die where it should be, from the centre of the panel.
struct DieSite {
    double x_mm = 0;
    double y_mm = 0;
    double density = 0;  // share of the neighbourhood covered by dies, 0..1 (local_density)
};

struct DieOffset {
    double x_um = 0;
    double y_um = 0;
};

// The affine part: translation, rotation about the centre of the panel, equal scale in x and y.
struct AffineShift {
    double translation_x_um = 0;
    double translation_y_um = 0;
    double rotation_urad = 0;  // anticlockwise
    double scale_ppm = 0;      // above 0: the panel has grown
};

struct ShiftModel {
    AffineShift affine;
    double warp_um = 0;              // a: outward shift by warpage at the radius R
    double reference_radius_mm = 1;  // R, above 0: half of the panel's diagonal as a rule
    double flow_um = 0;              // b: outward drag where dies cover everything
    double placement_sigma_um = 0;   // of each axis
};

// The share of the square of `window_mm` around each site that dies of that size cover; beyond the outermost dies there
// are none. Equal for all inside a regular array, about half at its edge. REQUIRES lengths > 0. Cost: sites x
// neighbours.
void set_local_density(std::vector<DieSite>& sites, double die_x_mm, double die_y_mm, double window_mm);

[[nodiscard]] DieOffset affine_offset(const AffineShift& affine, double x_mm, double y_mm);

// The offset of each die of a panel. Draw `i` of panel `p` depends on nothing but the seed, the replication, p and i.
[[nodiscard]] std::vector<DieOffset> draw_die_offsets(
    const ShiftModel& model,
    const std::vector<DieSite>& sites,
    const RandomSource& source,
    uint32_t panel);

// Least squares over measured offsets: exact for offsets that are affine. Two parameters (translation) from one site,
// all four from two. The translation belongs to the centre of the panel. REQUIRES as many offsets as sites.
[[nodiscard]] AffineShift fit_affine(const std::vector<DieSite>& sites, const std::vector<DieOffset>& measured);

// What is left of each offset after the affine part: the residual map.
[[nodiscard]] std::vector<DieOffset>
residuals(const std::vector<DieSite>& sites, const std::vector<DieOffset>& offsets, const AffineShift& affine);

enum class Alignment : uint8_t {
    global,      // one fit over the panel
    field,       // each exposure field is fitted: fast with many dies per shot, but poorer on shifted dies
    die_by_die,  // every die is measured and gets its own pattern (adaptive patterning)
};

struct OverlayRules {
    Alignment alignment = Alignment::global;
    double budget_um = 1;   // radial; above 0. No budget is published: the user's figure
    double field_x_mm = 0;  // exposure field, needed for field; with global it only sets the exposures; 0: the panel
    double field_y_mm = 0;
    double measure_sigma_um = 0;  // metrology error of each axis, in what is fitted or patterned
    double panel_x_mm = 0;        // for exposures and data
    double panel_y_mm = 0;
    double data_grid_um = 1;  // pixel of a maskless writer
};

struct OverlayResult {
    uint64_t dies = 0;
    uint64_t failing = 0;
    double yield = 1;
    double mean_um = 0;  // radial residual
    double worst_um = 0;
    uint64_t exposures = 0;           // per layer and panel; a maskless writer makes one
    double data_bytes = 0;            // per layer and panel, only die_by_die: the pattern differs from panel to panel
    std::vector<DieOffset> residual;  // [die]
};

// The dies whose residual is beyond the budget. Fields are counted from the lower left corner of the panel. The panel's
// number sets the draws of the metrology error. REQUIRES as many offsets as sites, budget_um > 0, fields for field.
[[nodiscard]] OverlayResult overlay(
    const std::vector<DieSite>& sites,
    const std::vector<DieOffset>& offsets,
    const OverlayRules& rules,
    const RandomSource& source,
    uint32_t panel);

// Share of dies within the budget when both axes have the same normal error and no mean: 1 - exp(-r^2 / 2 sigma^2), the
// Rayleigh distribution. sigma 0 gives 1.
[[nodiscard]] double rayleigh_yield(double budget_um, double sigma_um);

// Bytes of one layer of a panel at one bit per pixel: 38.1 GB for 500 x 610 mm at 1 um (backend facts 1.7). REQUIRES
// grid_um > 0.
[[nodiscard]] double layer_data_bytes(double panel_x_mm, double panel_y_mm, double grid_um);

}  // namespace chipchain
