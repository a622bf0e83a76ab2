#include "chipchain/report/chip_power_tables.h"

#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kPowerColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"network", K::key, "", "network that it runs without a pause"},
    {"runs_per_s", K::value, "1/s", "one run after the other, at the chip's clock"},
    {"run_mj", K::value, "mJ", "energy of one run, with DRAM"},
    {"ambient_c", K::fact, "C", "temperature around it"},
    {"voltage_v", K::value, "V", "least supply for the clock"},
    {"clock_ghz", K::value, "GHz", "clock"},
    {"junction_c", K::value, "C", "temperature inside"},
    {"power_w", K::value, "W", "all of it"},
    {"dynamic_w", K::value, "W", "arrays at work"},
    {"leakage_w", K::value, "W", "leakage at this temperature"},
    {"dram_w", K::value, "W", "memory"},
    {"uncore_w", K::value, "W", "the rest of the chip"},
    {"state", K::value, "", "steady, throttled (clock lowered to stay within the limit) or runaway"},
};

constexpr ColumnInfo kBinColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"supply_v", K::key, "V", "least supply at which these dies meet the clock"},
    {"dies", K::value, "dies", "of the drawn ones"},
    {"share_percent", K::value, "%", "of all drawn dies"},
    {"harvested", K::value, "dies", "of these, with the help of spare arrays"},
    {"power_w", K::value, "W", "mean at full work"},
    {"greatest_power_w", K::value, "W", "of the worst die"},
    {"leakage_factor", K::value, "", "mean, beside a nominal die at the same supply and temperature"},
};

constexpr ColumnInfo kFateColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"fate", K::key, "", "what becomes of a die"},
    {"dies", K::value, "dies", "of the drawn ones"},
    {"share_percent", K::value, "%", "of the drawn ones"},
};

constexpr ColumnInfo kDutyColumns[] = {
    {"phase", K::key, "", "part of a day"},
    {"a_w", K::value, "W", "power of the first version"},
    {"b_w", K::value, "W", "power of the second version"},
    {"gap_percent", K::value, "%", "second beside first, with what else draws power"},
    {"a_c", K::value, "C", "temperature inside the first version"},
    {"b_c", K::value, "C", "temperature inside the second version"},
};

constexpr TableSchema kSchemas[] = {
    {"chip_power", "versions of a chip at full work", kPowerColumns},
    {"chip_bin", "bins of the dies by supply", kBinColumns},
    {"chip_fate", "what becomes of the dies", kFateColumns},
    {"chip_duty", "two versions over a day of work", kDutyColumns},
};

std::string state_of(const OperatingPoint& point) {
    if (point.runaway) return "runaway";
    return point.throttled ? "throttled" : "steady";
}

ResultTable power_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[0]);
    for (const ChipPowerReport& r : reports) {
        const OperatingPoint& p = r.full;
        rows.text(r.chip).text(r.network).number(r.runs_per_s).number(r.run_joules * 1e3).number(r.ambient_c);
        rows.number(p.voltage_v).number(p.clock_ghz).number(p.junction_c).number(p.total_w).number(p.dynamic_w);
        rows.number(p.leakage_w).number(p.dram_w).number(p.uncore_w).text(state_of(p));
    }
    return rows.take();
}

ResultTable bin_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[1]);
    for (const ChipPowerReport& r : reports) {
        for (const BinRow& bin : r.bins.bins) {
            rows.text(r.chip).number(bin.supply_v).count(bin.dies).number(bin.share_percent).count(bin.harvested);
            rows.number(bin.mean_power_w).number(bin.greatest_power_w).number(bin.mean_leakage_factor);
        }
    }
    return rows.take();
}

ResultTable fate_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[2]);
    for (const ChipPowerReport& r : reports) {
        for (size_t fate = 0; fate < kDieFates; ++fate) {
            rows.text(r.chip).text(std::string(fate_name(static_cast<DieFate>(fate)))).count(r.bins.fates[fate]);
            rows.percent(r.bins.fates[fate], r.bins.dies);
        }
    }
    return rows.take();
}

ResultTable duty_rows(const DutyComparison* duty) {
    Rows rows(kSchemas[3]);
    if (duty == nullptr) return rows.take();
    for (const DutyRow& row : duty->rows) {
        rows.text(row.phase).number(row.a.total_w).number(row.b.total_w).number(row.gap_percent);
        rows.number(row.a.junction_c).number(row.b.junction_c);
    }
    return rows.take();
}

}  // namespace

std::span<const TableSchema> chip_power_schemas() { return kSchemas; }

std::vector<ResultTable> chip_power_tables(const std::vector<ChipPowerReport>& reports, const DutyComparison* duty) {
    std::vector<ResultTable> tables;
    tables.push_back(power_rows(reports));
    tables.push_back(bin_rows(reports));
    tables.push_back(fate_rows(reports));
    tables.push_back(duty_rows(duty));
    return tables;
}

}  // namespace chipchain
