#include "chipchain/report/chip_fleet_tables.h"

#include "chipchain/base/time.h"
#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kNeedColumns[] = {
    {"unit", K::key, "", "kind of unit"},
    {"chip", K::key, "", "version of the chip"},
    {"chips", K::value, "chips", "of a unit, with its redundancy"},
    {"limit", K::value, "", "what asks for most: time, memory or bandwidth"},
    {"time_chips", K::value, "chips", "for the inferences, with margin, before rounding, of one set"},
    {"memory_chips", K::value, "chips", "for what must lie in DRAM"},
    {"bandwidth_chips", K::value, "chips", "for what moves through DRAM, with margin"},
    {"utilisation_percent", K::value, "%", "of the time of a working chip"},
    {"power_w", K::value, "W", "of a unit in use"},
};

constexpr ColumnInfo kBuildColumns[] = {
    {"unit", K::key, "", "kind of unit"},
    {"programme", K::fact, "", "of a scenario"},
    {"from", K::key, "", "first day of building"},
    {"until", K::fact, "", "first day after it"},
    {"units", K::value, "units", "built in that time"},
    {"chips_per_unit", K::value, "chips", "the most of any version, so that a unit takes either"},
    {"pieces_per_unit", K::value, "pieces", "of what the programme waits for, as boards of two chips"},
    {"chips", K::value, "chips", "of all these pieces, with spares"},
    {"mean_power_mw", K::value, "MW", "of all these units, averaged over use and rest"},
};

constexpr ColumnInfo kWaferColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"share_percent", K::fact, "%", "of all chips"},
    {"chips", K::value, "chips", "of this version"},
    {"dies_per_wafer", K::fact, "dies", "gross"},
    {"yield_percent", K::fact, "%", "of dies that have a bin, harvested ones included"},
    {"package_percent", K::fact, "%", "of these that become chips"},
    {"wafers", K::value, "wafers", "for all of it"},
};

constexpr ColumnInfo kStockColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"from", K::fact, "", "first day of the busiest year"},
    {"until", K::fact, "", "first day after it"},
    {"weekly_chips", K::value, "chips", "mean demand of a week of that year"},
    {"sigma_chips", K::value, "chips", "standard deviation of that demand"},
    {"dedicated_chips", K::value, "chips", "safety stock when only this version will do where it is built in"},
    {"pooled_chips", K::value, "chips", "its share of the safety stock when any version will do"},
    {"saved_chips", K::value, "chips", "less stock, as the software runs on every version"},
    {"saved_wafers", K::value, "wafers", "that these chips take"},
};

constexpr TableSchema kSchemas[] = {
    {"fleet_need", "chips of a unit", kNeedColumns},
    {"fleet_build", "chips by build", kBuildColumns},
    {"fleet_wafer", "wafers by version", kWaferColumns},
    {"fleet_stock", "safety stock of chips", kStockColumns},
};

ResultTable need_rows(const std::vector<FleetNeedRow>& needs) {
    Rows rows(kSchemas[0]);
    for (const FleetNeedRow& r : needs) {
        rows.text(r.unit).text(r.chip).count(static_cast<uint64_t>(r.need.chips));
        rows.text(std::string(limit_name(r.need.limit)));
        rows.number(r.need.time_chips).number(r.need.memory_chips).number(r.need.bandwidth_chips);
        rows.number(r.need.utilisation * 100).number(r.need.power_w);
    }
    return rows.take();
}

ResultTable build_rows(const FleetReport& report) {
    Rows rows(kSchemas[1]);
    for (const FleetRow& r : report.rows) {
        rows.text(r.build.unit).text(r.build.programme).text(iso_date(r.build.from).substr(0, 10));
        rows.text(r.build.until > r.build.from ? iso_date(r.build.until).substr(0, 10) : std::string());
        rows.number(r.build.units).count(static_cast<uint64_t>(r.chips_per_unit));
        rows.count(static_cast<uint64_t>(r.pieces_per_unit)).number(r.chips).number(r.mean_power_w * 1e-6);
    }
    return rows.take();
}

ResultTable wafer_rows(const FleetReport& report, const std::vector<FleetVersion>& versions) {
    Rows rows(kSchemas[2]);
    for (size_t i = 0; i < report.wafers.size(); ++i) {
        const FleetVersion& v = versions[i];
        rows.text(v.chip).number(v.share_percent).number(report.wafers[i].chips).number(v.dies_per_wafer);
        rows.number(v.yield_percent).number(v.package_percent).number(report.wafers[i].wafers);
    }
    return rows.take();
}

ResultTable stock_rows(const FleetStock& stock) {
    Rows rows(kSchemas[3]);
    for (const FleetStockRow& r : stock.rows) {
        rows.text(r.chip).text(iso_date(stock.from).substr(0, 10)).text(iso_date(stock.until).substr(0, 10));
        rows.number(r.weekly_chips).number(r.sigma_chips).number(r.dedicated_chips).number(r.pooled_chips);
        rows.number(r.saved_chips).number(r.saved_wafers);
    }
    return rows.take();
}

}  // namespace

std::span<const TableSchema> chip_fleet_schemas() { return kSchemas; }

std::vector<ResultTable> chip_fleet_tables(const FleetAnswer& answer) {
    std::vector<ResultTable> tables;
    tables.push_back(need_rows(answer.needs));
    tables.push_back(build_rows(answer.report));
    tables.push_back(wafer_rows(answer.report, answer.versions));
    tables.push_back(stock_rows(answer.stock));
    return tables;
}

}  // namespace chipchain
