#include "chipchain/yield/panel_formats.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kPi = 3.14159265358979323846;

constexpr PanelFormat kTable[] = {
    {"300x300", 300, 300, "first choice of TSMC for cost of ownership and warpage", "TrendForce", "published"},
    {"310x310", 310, 310, "CoPoS pilot 2026; automated line of ASE", "circuit-chip citing MoneyDJ; ASE", "published"},
    {"370x470", 370, 470, "cost study of SavanSys", "Palesko and Lujan, ISOM 2016 (abstract)", "published"},
    {"510x515",
     510,
     515,
     "Unimicron RDL-first; rating of Nikon DSP-100",
     "JMEP 17-3 (abstract); inspohub",
     "published"},
    {"457x610", 457, 610, "Fraunhofer IZM, panel level consortium (18 x 24 in)", "Circuits Assembly", "published"},
    {"550x650",
     550,
     650,
     "mold-first study on glass carriers",
     "panel warpage simulation 2020 (abstract)",
     "published"},
    {"600x600",
     600,
     600,
     "ASE, from 300 to 600 mm; limit of Evatec PVD",
     "TrendForce 2025-03-04; i-Micronews",
     "published"},
    {"620x750", 620, 750, "quoted for CoPoS; Innolux line of generation 3.5", "vendordeep (weak)", "assumption"},
    {"700x700",
     700,
     700,
     "ST in production; Innolux plan",
     "Nasdaq/RTT 2025-09-17; TrendForce 2025-03-04",
     "published"},
};

double street_of(double width_mm, const FormatRules& rules) {
    return rules.street_mm ? *rules.street_mm : assumed_street_mm(width_mm, width_mm * rules.aspect);
}

// Sizes in [from, to] at which a row or column just fits. The assumed street depends on the size, so both streets are
// tried; a size that does not belong to its street is only one more to count.
std::vector<double> teeth(double from_mm, double to_mm, const PanelFormat& format, const FormatRules& rules) {
    std::vector<double> out = {to_mm};
    for (const double street : {street_of(from_mm, rules), street_of(to_mm, rules)}) {
        for (const double length : {format.width_mm, format.height_mm}) {
            for (const double factor : {1.0, rules.aspect}) {
                const double usable = length - 2 * rules.edge_mm + street;
                const double most = usable / (from_mm * factor + street);
                for (double n = 1; n <= most + 1; ++n) {
                    const double width = (usable / n - street) / factor;
                    if (width >= from_mm && width <= to_mm) out.push_back(width);
                }
            }
        }
    }
    // where the assumed street changes, the size below has the smaller one
    const double change = 10 / std::max(1.0, rules.aspect);
    if (!rules.street_mm && change > from_mm && change < to_mm) out.push_back(change);
    return out;
}

}  // namespace

std::span<const PanelFormat> panel_formats() { return kTable; }

double area_ratio(double panel_width_mm, double panel_height_mm, double wafer_diameter_mm) {
    return panel_width_mm * panel_height_mm / (kPi / 4 * wafer_diameter_mm * wafer_diameter_mm);
}

FormatCount
count_format(double width_mm, std::span<const PanelFormat> formats, size_t format, const FormatRules& rules) {
    const PanelShape panel{formats[format].width_mm, formats[format].height_mm, rules.edge_mm, {}};
    const PackageShape package{width_mm, width_mm * rules.aspect, street_of(width_mm, rules)};
    const Packing packing = pack_panel(panel, package, rules.packing);
    return {width_mm, format, packing.packages, packing.utilisation};
}

FormatStudy optimise_format(
    double from_mm,
    double to_mm,
    double step_mm,
    std::span<const PanelFormat> formats,
    const FormatRules& rules) {
    CHECK(from_mm > 0 && from_mm <= to_mm && step_mm > 0 && !formats.empty());
    FormatStudy out;
    out.formats = formats.size();
    const auto steps = static_cast<size_t>(std::floor((to_mm - from_mm) / step_mm + 1e-9));
    for (size_t i = 0; i <= steps; ++i) {
        out.widths_mm.push_back(from_mm + static_cast<double>(i) * step_mm);
        out.best_format.push_back(0);
        for (size_t k = 0; k < formats.size(); ++k) {
            out.counts.push_back(count_format(out.widths_mm.back(), formats, k, rules));
            const FormatCount& now = out.counts.back();
            if (now.utilisation > out.at(i, out.best_format[i]).utilisation) out.best_format[i] = k;
            if (now.utilisation > out.best.utilisation) out.best = now;
        }
    }
    return out;
}

std::vector<FormatCount>
best_sizes_near(double wish_mm, double tolerance_mm, std::span<const PanelFormat> formats, const FormatRules& rules) {
    CHECK(tolerance_mm >= 0 && wish_mm > tolerance_mm);
    std::vector<FormatCount> out;
    for (size_t k = 0; k < formats.size(); ++k) {
        FormatCount best = count_format(wish_mm, formats, k, rules);
        for (const double width : teeth(wish_mm - tolerance_mm, wish_mm + tolerance_mm, formats[k], rules)) {
            const FormatCount now = count_format(width, formats, k, rules);
            if (now.utilisation > best.utilisation) best = now;
        }
        out.push_back(best);
    }
    std::stable_sort(out.begin(), out.end(), [](const FormatCount& a, const FormatCount& b) {
        return a.utilisation > b.utilisation;
    });
    return out;
}

WaferPanelRatio compare_wafer_and_panel(
    const WaferShape& wafer,
    const PanelShape& panel,
    const PackageShape& package,
    const PackingRules& rules) {
    WaferPanelRatio out;
    const GridCell cell = device_cell(package.width_mm, package.height_mm, package.street_mm);
    out.on_wafer = place(usable_region(wafer), cell, Centring::best).devices;
    const Packing packing = pack_panel(panel, package, rules);
    out.on_panel = packing.packages;
    out.area_ratio = area_ratio(panel.width_mm, panel.height_mm, wafer.diameter_mm);
    if (out.on_wafer > 0) out.count_ratio = static_cast<double>(out.on_panel) / static_cast<double>(out.on_wafer);
    out.wafer_utilisation = static_cast<double>(out.on_wafer) * package.width_mm * package.height_mm /
                            (kPi / 4 * wafer.diameter_mm * wafer.diameter_mm);
    out.panel_utilisation = packing.utilisation;
    return out;
}

}  // namespace chipchain
