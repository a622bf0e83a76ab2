#include "chipchain/yield/die_shift.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

// um of shift per mm of distance and millionth
constexpr double kMicro = 1e-3;

// Two standard normal numbers for a die. `use` separates placement from metrology.
DieOffset two_normals(const RandomSource& source, uint32_t panel, uint64_t die, uint64_t use) {
    const RandomWords w = source.draw(Purpose::die_shift, panel, die << 1 | use);
    return {
        normal_quantile(unit_open(wide(w.word[0], w.word[1]))),
        normal_quantile(unit_open(wide(w.word[2], w.word[3])))};
}

double cover(double a, double size, double low, double high) {
    return std::max(0.0, std::min(a + size / 2, high) - std::max(a - size / 2, low));
}

// Dies by exposure field: the number of the field from lower left.
std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> fields_of(
    const std::vector<DieSite>& sites,
    const OverlayRules& rules) {
    std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> out;
    for (size_t i = 0; i < sites.size(); ++i) {
        const auto x = static_cast<int64_t>(std::floor((sites[i].x_mm + rules.panel_x_mm / 2) / rules.field_x_mm));
        const auto y = static_cast<int64_t>(std::floor((sites[i].y_mm + rules.panel_y_mm / 2) / rules.field_y_mm));
        out[{y, x}].push_back(i);
    }
    return out;
}

uint64_t fields_of_panel(const OverlayRules& rules) {
    if (rules.field_x_mm <= 0 || rules.field_y_mm <= 0) return 1;
    return static_cast<uint64_t>(std::ceil(rules.panel_x_mm / rules.field_x_mm - 1e-9)) *
           static_cast<uint64_t>(std::ceil(rules.panel_y_mm / rules.field_y_mm - 1e-9));
}

// Residuals of some dies after a fit to what was measured of them.
void align(
    const std::vector<size_t>& dies,
    const std::vector<DieSite>& sites,
    const std::vector<DieOffset>& offsets,
    const std::vector<DieOffset>& measured,
    std::vector<DieOffset>& residual) {
    std::vector<DieSite> their_sites;
    std::vector<DieOffset> theirs;
    for (const size_t i : dies) {
        their_sites.push_back(sites[i]);
        theirs.push_back(measured[i]);
    }
    const AffineShift fit = fit_affine(their_sites, theirs);
    for (const size_t i : dies) {
        const DieOffset away = affine_offset(fit, sites[i].x_mm, sites[i].y_mm);
        residual[i] = {offsets[i].x_um - away.x_um, offsets[i].y_um - away.y_um};
    }
}

}  // namespace

void set_local_density(std::vector<DieSite>& sites, double die_x_mm, double die_y_mm, double window_mm) {
    CHECK(die_x_mm > 0 && die_y_mm > 0 && window_mm > 0);
    // neighbours by x, so that only a band is looked at
    std::vector<size_t> by_x(sites.size());
    for (size_t i = 0; i < by_x.size(); ++i) by_x[i] = i;
    std::stable_sort(by_x.begin(), by_x.end(), [&sites](size_t a, size_t b) { return sites[a].x_mm < sites[b].x_mm; });
    const double half = window_mm / 2;
    const double reach = half + die_x_mm / 2;
    size_t first = 0;
    for (const size_t i : by_x) {
        while (sites[by_x[first]].x_mm < sites[i].x_mm - reach) ++first;
        double covered = 0;
        for (size_t k = first; k < by_x.size(); ++k) {
            const DieSite& other = sites[by_x[k]];
            if (other.x_mm > sites[i].x_mm + reach) break;
            covered += cover(other.x_mm, die_x_mm, sites[i].x_mm - half, sites[i].x_mm + half) *
                       cover(other.y_mm, die_y_mm, sites[i].y_mm - half, sites[i].y_mm + half);
        }
        sites[i].density = covered / (window_mm * window_mm);
    }
}

DieOffset affine_offset(const AffineShift& affine, double x_mm, double y_mm) {
    return {
        affine.translation_x_um + kMicro * (affine.scale_ppm * x_mm - affine.rotation_urad * y_mm),
        affine.translation_y_um + kMicro * (affine.scale_ppm * y_mm + affine.rotation_urad * x_mm)};
}

std::vector<DieOffset> draw_die_offsets(
    const ShiftModel& model,
    const std::vector<DieSite>& sites,
    const RandomSource& source,
    uint32_t panel) {
    CHECK(model.reference_radius_mm > 0);
    std::vector<DieOffset> out;
    out.reserve(sites.size());
    for (size_t i = 0; i < sites.size(); ++i) {
        const DieSite& s = sites[i];
        DieOffset d = affine_offset(model.affine, s.x_mm, s.y_mm);
        const double r = std::sqrt(s.x_mm * s.x_mm + s.y_mm * s.y_mm);
        if (r > 0) {
            const double share = r / model.reference_radius_mm;
            const double outward = model.warp_um * share * share + model.flow_um * s.density;
            d.x_um += outward * s.x_mm / r;
            d.y_um += outward * s.y_mm / r;
        }
        if (model.placement_sigma_um > 0) {
            const DieOffset z = two_normals(source, panel, i, 0);
            d.x_um += model.placement_sigma_um * z.x_um;
            d.y_um += model.placement_sigma_um * z.y_um;
        }
        out.push_back(d);
    }
    return out;
}

AffineShift fit_affine(const std::vector<DieSite>& sites, const std::vector<DieOffset>& measured) {
    CHECK(sites.size() == measured.size());
    AffineShift out;
    if (sites.empty()) return out;
    const auto n = static_cast<double>(sites.size());
    double x = 0;
    double y = 0;
    double dx = 0;
    double dy = 0;
    for (size_t i = 0; i < sites.size(); ++i) {
        x += sites[i].x_mm;
        y += sites[i].y_mm;
        dx += measured[i].x_um;
        dy += measured[i].y_um;
    }
    x /= n;
    y /= n;
    dx /= n;
    dy /= n;
    // about the centroid the four parameters do not mix
    double square = 0;
    double along = 0;
    double across = 0;
    for (size_t i = 0; i < sites.size(); ++i) {
        const double u = sites[i].x_mm - x;
        const double v = sites[i].y_mm - y;
        const double a = measured[i].x_um - dx;
        const double b = measured[i].y_um - dy;
        square += u * u + v * v;
        along += u * a + v * b;
        across += u * b - v * a;
    }
    if (square > 0) {
        out.scale_ppm = along / square / kMicro;
        out.rotation_urad = across / square / kMicro;
    }
    out.translation_x_um = dx - kMicro * (out.scale_ppm * x - out.rotation_urad * y);
    out.translation_y_um = dy - kMicro * (out.scale_ppm * y + out.rotation_urad * x);
    return out;
}

std::vector<DieOffset>
residuals(const std::vector<DieSite>& sites, const std::vector<DieOffset>& offsets, const AffineShift& affine) {
    CHECK(sites.size() == offsets.size());
    std::vector<DieOffset> out;
    out.reserve(sites.size());
    for (size_t i = 0; i < sites.size(); ++i) {
        const DieOffset away = affine_offset(affine, sites[i].x_mm, sites[i].y_mm);
        out.push_back({offsets[i].x_um - away.x_um, offsets[i].y_um - away.y_um});
    }
    return out;
}

OverlayResult overlay(
    const std::vector<DieSite>& sites,
    const std::vector<DieOffset>& offsets,
    const OverlayRules& rules,
    const RandomSource& source,
    uint32_t panel) {
    CHECK(sites.size() == offsets.size() && rules.budget_um > 0);
    std::vector<DieOffset> measured = offsets;
    if (rules.measure_sigma_um > 0) {
        for (size_t i = 0; i < measured.size(); ++i) {
            const DieOffset z = two_normals(source, panel, i, 1);
            measured[i].x_um += rules.measure_sigma_um * z.x_um;
            measured[i].y_um += rules.measure_sigma_um * z.y_um;
        }
    }
    OverlayResult out;
    out.dies = sites.size();
    switch (rules.alignment) {
        case Alignment::global:
            out.residual = residuals(sites, offsets, fit_affine(sites, measured));
            out.exposures = fields_of_panel(rules);
            break;
        case Alignment::field: {
            CHECK(rules.field_x_mm > 0 && rules.field_y_mm > 0);
            out.residual.resize(sites.size());
            for (const auto& [field, dies] : fields_of(sites, rules))
                align(dies, sites, offsets, measured, out.residual);
            out.exposures = fields_of_panel(rules);
            break;
        }
        case Alignment::die_by_die:
            // the pattern goes where the die was measured
            for (size_t i = 0; i < sites.size(); ++i)
                out.residual.push_back({offsets[i].x_um - measured[i].x_um, offsets[i].y_um - measured[i].y_um});
            out.exposures = 1;
            out.data_bytes = layer_data_bytes(rules.panel_x_mm, rules.panel_y_mm, rules.data_grid_um);
            break;
    }
    for (const DieOffset& d : out.residual) {
        const double r = std::sqrt(d.x_um * d.x_um + d.y_um * d.y_um);
        out.failing += r > rules.budget_um ? 1 : 0;
        out.mean_um += r;
        out.worst_um = std::max(out.worst_um, r);
    }
    if (out.dies > 0) {
        out.mean_um /= static_cast<double>(out.dies);
        out.yield = 1 - static_cast<double>(out.failing) / static_cast<double>(out.dies);
    }
    return out;
}

double rayleigh_yield(double budget_um, double sigma_um) {
    if (sigma_um <= 0) return 1;
    return 1 - deterministic_exp(-budget_um * budget_um / (2 * sigma_um * sigma_um));
}

double layer_data_bytes(double panel_x_mm, double panel_y_mm, double grid_um) {
    CHECK(grid_um > 0);
    return panel_x_mm * 1000 / grid_um * (panel_y_mm * 1000 / grid_um) / 8;
}

}  // namespace chipchain
