#include "chipchain/report/yield_study.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/yield/board_panel.h"

namespace chipchain {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kMm2PerCm2 = 100;

void add_rows(const YieldQuestion& q, double device_area_mm2, YieldAnswer& out) {
    const auto devices = static_cast<double>(out.devices);
    const auto add = [&](std::string model, bool chosen, double d0, double device_yield) {
        YieldRow row =
            {std::move(model), chosen, d0, device_yield, good_devices(devices, q.line_yield, device_yield), 0};
        if (q.substrate_cost_usd > 0 && row.good > 0) row.cost_per_good_usd = q.substrate_cost_usd / row.good;
        out.rows.push_back(std::move(row));
    };
    if (q.fixed_yield > 0) add(q.fixed_name, q.d0_per_cm2.empty(), 0, q.fixed_yield);
    for (const YieldModelRow& model : yield_models()) {
        for (const double d0 : q.d0_per_cm2) {
            const bool layers = model.model == YieldModel::bose_einstein;
            const double density = layers ? d0 / q.critical_layers : d0;
            const double shape = layers ? q.critical_layers : q.alpha;
            add(std::string(model.name),
                model.model == q.model,
                d0,
                die_yield(model.model, density, device_area_mm2 / kMm2PerCm2, shape));
        }
    }
}

// Shots that expose a device, and their rectangles.
void add_shots(
    const std::vector<PlacedDevice>& placed,
    const GridCell& cell,
    const Placement& placement,
    double street,
    YieldAnswer& out) {
    std::vector<std::pair<int32_t, int32_t>> cells;
    for (const PlacedDevice& d : placed) cells.emplace_back(d.cell_x, d.cell_y);
    std::sort(cells.begin(), cells.end());
    cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
    for (const auto& [x, y] : cells) {
        out.overlay.shots.push_back(
            {placement.offset_x + x * cell.pitch_x,
             placement.offset_y + y * cell.pitch_y,
             cell.pitch_x - street,
             cell.pitch_y - street});
    }
}

// Every product gets its own passing bin.
void mark_products(
    const std::vector<PlacedDevice>& placed,
    const GridCell& cell,
    uint32_t products,
    SubstrateMap& map) {
    if (products < 2) return;
    map.bins.clear();
    for (uint32_t k = 0; k < products; ++k)
        map.bins.push_back({static_cast<uint8_t>(k + 1), true, fmt::format("product {}", k + 1)});
    for (const PlacedDevice& d : placed) {
        const auto column = static_cast<uint32_t>(std::floor((d.rect.x - map.first_x_mm) / map.pitch_x_mm + 0.5));
        const auto row = static_cast<uint32_t>(std::floor((map.first_y_mm - d.rect.y) / map.pitch_y_mm + 0.5));
        map.codes[size_t{row} * map.columns + column] = static_cast<uint8_t>(cell.kinds[d.device] + 1);
    }
}

// Distinct coordinates, lowest first, and their least distance (0 for one).
struct Raster {
    std::vector<double> at;
    double pitch = 0;
};
Raster raster_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    Raster out;
    for (const double v : values) {
        if (out.at.empty() || v - out.at.back() > kGridEpsilon_mm) out.at.push_back(v);
    }
    for (size_t i = 1; i < out.at.size(); ++i) {
        const double distance = out.at[i] - out.at[i - 1];
        out.pitch = i == 1 ? distance : std::min(out.pitch, distance);
    }
    return out;
}

// The map when all packages stand upright, or all turned, on one grid; otherwise they are only drawn.
void map_packages(
    const std::vector<PlacedPackage>& placed,
    double width_mm,
    double height_mm,
    SubstrateKind kind,
    YieldAnswer& out) {
    std::vector<double> x;
    std::vector<double> y;
    for (const PlacedPackage& p : placed) {
        x.push_back(p.rect.x);
        y.push_back(p.rect.y);
    }
    const Raster across = raster_of(std::move(x));
    const Raster up = raster_of(std::move(y));
    const Rect& size = placed.front().rect;
    bool regular = true;
    const auto number = [&regular](double at, const Raster& raster) {
        const double n = raster.pitch > 0 ? (at - raster.at.front()) / raster.pitch : 0;
        regular = regular && std::fabs(n - std::floor(n + 0.5)) < 1e-6;
        return static_cast<uint32_t>(std::floor(n + 0.5));
    };
    SubstrateMap& map = out.map;
    map.kind = kind;
    map.width_mm = width_mm;
    map.height_mm = height_mm;
    map.device_x_mm = size.width;
    map.device_y_mm = size.height;
    // a single row or column has no pitch of its own
    map.pitch_x_mm = across.pitch > 0 ? across.pitch : size.width;
    map.pitch_y_mm = up.pitch > 0 ? up.pitch : size.height;
    map.first_x_mm = across.at.front();
    map.first_y_mm = up.at.back();
    map.columns = number(across.at.back(), across) + 1;
    map.rows = number(up.at.back(), up) + 1;
    map.bins = {{1, true, "good"}};
    map.codes.assign(size_t{map.rows} * map.columns, kNullBin);
    for (const PlacedPackage& p : placed) {
        regular = regular && p.turned == placed.front().turned;
        const uint32_t column = number(p.rect.x, across);
        const uint32_t row = map.rows - 1 - number(p.rect.y, up);
        map.codes[size_t{row} * map.columns + column] = 1;
    }
    if (regular) return;
    map.rows = map.columns = 0;
    map.codes.clear();
    for (const PlacedPackage& p : placed) out.overlay.loose.push_back(p.rect);
}

}  // namespace

YieldAnswer answer(const DieQuestion& q) {
    YieldAnswer out;
    const Region region = usable_region(q.wafer);
    GridCell cell = device_cell(q.die_x_mm, q.die_y_mm, q.street_mm);
    if (q.field_x_mm > 0) {
        cell = exposure_field(q.die_x_mm, q.die_y_mm, q.street_mm, q.field_x_mm, q.field_y_mm).cell;
        cell.whole = !q.partial_shots;
        for (uint32_t k = 0; k < cell.kinds.size(); ++k) cell.kinds[k] = k % q.products;
    }
    if (cell.devices.empty()) return out;
    const Placement placement = place(region, cell, q.centring);
    const std::vector<PlacedDevice> placed = placed_devices(region, cell, placement);
    out.devices = placement.devices;
    out.map = map_of(region, cell, placement);
    out.map.width_mm = out.map.height_mm = q.wafer.diameter_mm;
    out.overlay.edge_mm = q.wafer.edge_mm;
    out.overlay.notch_mm = q.wafer.notch_mm;
    out.overlay.flat_mm = q.wafer.flat_mm;
    out.overlay.title = fmt::format("{} x {} mm on a {} mm wafer", q.die_x_mm, q.die_y_mm, q.wafer.diameter_mm);
    const double area = q.die_x_mm * q.die_y_mm;
    const double wafer_area = kPi / 4 * q.wafer.diameter_mm * q.wafer.diameter_mm;
    out.figures.push_back({"gross dies", static_cast<double>(out.devices), "per wafer"});
    if (q.field_x_mm > 0) {
        add_shots(placed, cell, placement, q.street_mm, out);
        mark_products(placed, cell, q.products, out.map);
        out.figures.push_back({"dies of a full shot", static_cast<double>(cell.devices.size()), ""});
        out.figures.push_back({"shots", static_cast<double>(placement.shots), "per wafer and layer"});
        out.figures.push_back({"full shots", static_cast<double>(placement.full_shots), ""});
        for (size_t k = 0; q.products > 1 && k < placement.by_kind.size(); ++k)
            out.figures.push_back(
                {fmt::format("product {}", k + 1), static_cast<double>(placement.by_kind[k]), "dies"});
    }
    out.figures.push_back({"die area", area, "mm2"});
    out.figures.push_back(
        {"utilisation", 100 * area * static_cast<double>(out.devices) / wafer_area, "% of the wafer"});
    add_rows(q.yield, area, out);
    return out;
}

YieldAnswer answer(const PanelQuestion& q) {
    YieldAnswer out;
    PackingRules rules;
    rules.rotation = q.rotation;
    rules.field = q.field;
    const Packing packing = pack_panel(q.panel, q.package, rules, true);
    out.devices = packing.packages;
    if (packing.packages == 0) return out;
    map_packages(packing.placed, q.panel.width_mm, q.panel.height_mm, SubstrateKind::panel, out);
    out.overlay.edge_mm = q.panel.edge_mm;
    out.overlay.zones = usable_region(q.panel).zones;
    out.overlay.title = fmt::format(
        "{} x {} mm on a {} x {} mm panel",
        q.package.width_mm,
        q.package.height_mm,
        q.panel.width_mm,
        q.panel.height_mm);
    const double area = q.package.width_mm * q.package.height_mm;
    out.figures.push_back({"packages", static_cast<double>(packing.packages), "per panel"});
    if (packing.turned > 0) out.figures.push_back({"turned by 90 degrees", static_cast<double>(packing.turned), ""});
    if (q.field.width_mm > 0) {
        out.figures.push_back({"exposure fields", static_cast<double>(packing.fields), "per panel and layer"});
        out.figures.push_back({"full fields", static_cast<double>(packing.full_fields), ""});
    }
    out.figures.push_back({"package area", area, "mm2"});
    out.figures.push_back({"utilisation", 100 * packing.utilisation, "% of the panel"});
    out.figures.push_back({"utilisation inside edge and zones", 100 * packing.usable_utilisation, "%"});
    add_rows(q.yield, area, out);
    return out;
}

YieldAnswer answer(const BoardQuestion& q) {
    YieldAnswer out;
    BoardPanelRules rules;
    rules.border_mm = q.border_mm;
    rules.gap_mm = q.gap_mm;
    rules.rotation = q.rotation;
    rules.coupon_width_mm = q.coupon_x_mm;
    rules.coupon_height_mm = q.coupon_y_mm;
    rules.coupons = q.coupons;
    const BoardPanel panel = panelise(q.panel_x_mm, q.panel_y_mm, q.board_x_mm, q.board_y_mm, rules);
    out.devices = panel.boards;
    if (panel.boards == 0) return out;
    map_packages(panel.placed, q.panel_x_mm, q.panel_y_mm, SubstrateKind::board_panel, out);
    out.overlay.edge_mm = q.border_mm;
    out.overlay.zones = panel.coupons;
    out.overlay.title =
        fmt::format("{} x {} mm on a {} x {} mm panel", q.board_x_mm, q.board_y_mm, q.panel_x_mm, q.panel_y_mm);
    out.figures.push_back({"boards", static_cast<double>(panel.boards), "per panel"});
    if (panel.turned > 0) out.figures.push_back({"turned by 90 degrees", static_cast<double>(panel.turned), ""});
    if (q.coupons > 0) {
        out.figures.push_back({"coupons", static_cast<double>(panel.coupons.size()), "per panel"});
        out.figures.push_back({"boards lost to coupons", static_cast<double>(panel.boards_lost_to_coupons), ""});
    }
    out.figures.push_back({"utilisation", 100 * panel.image_of_usable, "% of the area inside the border"});
    out.figures.push_back({"utilisation of laminate", 100 * panel.image_of_panel, "% of the panel"});
    add_rows(q.yield, q.board_x_mm * q.board_y_mm, out);
    return out;
}

SampledMaps sample_maps(const SubstrateMap& map, const DefectModel& model, uint64_t seed, uint32_t count) {
    CHECK(count > 0 && map.devices() > 0);
    SubstrateMap blank = map;
    const uint8_t fail_code = 254;
    blank.bins.push_back({fail_code, false, "defect"});
    const RandomSource source{seed, 0};
    SampledMaps out;
    double sum = 0;
    for (uint32_t i = 0; i < count; ++i) {
        SubstrateMap drawn = blank;
        std::vector<uint32_t> counts;
        sample_defects(model, source, i, fail_code, drawn, &counts);
        const uint64_t good = drawn.good();
        sum += static_cast<double>(good);
        out.least_good = i == 0 ? good : std::min(out.least_good, good);
        out.most_good = i == 0 ? good : std::max(out.most_good, good);
        if (i > 0) continue;
        for (uint32_t place = 0; place < counts.size(); ++place) {
            const Rect r = device_rect(drawn, place / drawn.columns, place % drawn.columns);
            for (uint32_t k = 0; k < counts[place]; ++k) {
                // where on the device is for the picture only
                const RandomWords w = source.draw(Purpose::defects, UINT32_MAX, uint64_t{place} << 16 | k);
                out.defects.push_back(
                    {r.x + r.width * unit_open(wide(w.word[0], w.word[1])),
                     r.y + r.height * unit_open(wide(w.word[2], w.word[3]))});
            }
        }
        out.first = std::move(drawn);
    }
    out.mean_good = sum / count;
    return out;
}

}  // namespace chipchain
