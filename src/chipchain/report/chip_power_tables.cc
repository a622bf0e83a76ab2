#include "chipchain/report/chip_power_tables.h"

#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kPowerColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"state",
     K::key,
     "",
     "steady, throttled (clock lowered to keep the limit), too hot (no clock keeps it: no work) or runaway"},
    {"runs_per_s", K::value, "1/s", "one run after the other, at the clock that is reached"},
    {"run_mj", K::value, "mJ", "energy of one run: with_dram_w / runs_per_s"},
    {"chip_w", K::value, "W", "arrays, leakage and the rest of the chip, without DRAM: what a published TDP is"},
    {"with_dram_w", K::value, "W", "the same with DRAM"},
    {"junction_c", K::value, "C", "temperature inside; none: no temperature is stable"},
    {"clock_ghz", K::value, "GHz", "clock that is reached"},
    {"voltage_v", K::value, "V", "least supply for the clock"},
    {"dynamic_w", K::value, "W", "arrays at work"},
    {"leakage_w", K::value, "W", "leakage at this temperature"},
    {"uncore_w", K::value, "W", "the rest of the chip"},
    {"dram_w", K::value, "W", "memory"},
    {"ambient_c", K::fact, "C", "temperature around it"},
    {"network", K::fact, "", "network that it runs without a pause"},
};

constexpr ColumnInfo kBinColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"supply_v", K::key, "V", "least supply at which these dies meet the clock"},
    {"dies", K::value, "dies", "of the drawn ones"},
    {"share_percent", K::value, "%", "of all drawn dies"},
    {"harvested", K::value, "dies", "of these, with the help of spare arrays"},
    {"chip_w", K::value, "W", "mean at full work, without DRAM"},
    {"greatest_chip_w", K::value, "W", "of the worst die, without DRAM"},
    {"leakage_factor", K::value, "", "mean, beside a nominal die at the same supply and temperature"},
    {"junction_c", K::value, "C", "temperature inside a die of that leakage"},
};

constexpr ColumnInfo kSortingColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"dies", K::fact, "dies", "drawn"},
    {"seed", K::fact, "", "of the dies"},
    {"product_ghz", K::fact, "GHz", "clock that every die must meet"},
    {"guard_percent", K::fact, "%", "of the clock in reserve for ageing and noise"},
    {"step_mv", K::fact, "mV", "between the supplies of two bins"},
    {"power_limit_w", K::fact, "W", "greatest power without DRAM; none: no limit is known"},
    {"ambient_c", K::fact, "C", "temperature around it"},
    {"yield_percent", K::value, "%", "of the dies: sold, good or harvested"},
    {"mean_v", K::value, "V", "mean supply of sold dies"},
    {"mean_w", K::value, "W", "mean power of sold dies at full work, without DRAM"},
    {"p95_w", K::value, "W", "power that 95 of 100 sold dies keep"},
};

constexpr ColumnInfo kFateColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"fate", K::key, "", "what becomes of a die"},
    {"dies", K::value, "dies", "of the drawn ones"},
    {"share_percent", K::value, "%", "of the drawn ones"},
};

constexpr ColumnInfo kDutyColumns[] = {
    {"phase", K::key, "", "part of a day"},
    {"chip", K::key, "", "version of the chip"},
    {"state", K::key, "", "steady, throttled (clock lowered to keep the limit), too hot or runaway"},
    {"asked_per_s", K::value, "1/s", "runs asked of every version"},
    {"done_per_s", K::value, "1/s", "runs that this version does"},
    {"used_percent", K::value, "%", "of the time, at the clock that is reached; none: it does no work"},
    {"with_dram_w", K::value, "W", "power with DRAM, without other load"},
    {"gap_percent", K::value, "%", "beside the first version, with other load; none when either does not do the work"},
    {"junction_c", K::value, "C", "temperature inside; none: no temperature is stable"},
    {"clock_ghz", K::value, "GHz", "clock that is reached"},
    {"hours", K::fact, "h", "of the phase"},
    {"ambient_c", K::fact, "C", "temperature around it"},
};

constexpr ColumnInfo kDayColumns[] = {
    {"chip", K::key, "", "version of the chip"},
    {"work_done", K::key, "", "yes: all runs of every phase"},
    {"runs", K::value, "", "done in the day"},
    {"energy_wh", K::value, "Wh", "of the day, with DRAM and other load"},
    {"gap_percent", K::value, "%", "beside the first version; none when either does not do the work"},
};

constexpr TableSchema kSchemas[] = {
    {"chip_power", "versions of a chip at full work", kPowerColumns},
    {"chip_bin", "bins of the dies by supply", kBinColumns},
    {"chip_sorting", "how the dies were sorted, and what is sold", kSortingColumns},
    {"chip_fate", "what becomes of the dies", kFateColumns},
    {"chip_duty", "versions over a day, phase by phase: all do the same runs", kDutyColumns},
    {"chip_day", "versions over the whole day", kDayColumns},
    kChipIdentitySchema,
};

void junction(Rows& rows, const OperatingPoint& p) {
    if (p.runaway) {
        rows.none();
    } else {
        rows.number(p.junction_c);
    }
}

ResultTable power_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[0]);
    for (const ChipPowerReport& r : reports) {
        const OperatingPoint& p = r.full;
        const double runs = p.runaway || p.too_hot ? 0 : r.runs_per_s * p.rate;
        rows.text(r.chip).text(std::string(state_of(p)));
        if (runs > 0) {
            rows.number(runs).number(p.total_w / runs * 1e3);
        } else {
            rows.none().none();
        }
        rows.number(p.total_w - p.dram_w).number(p.total_w);
        junction(rows, p);
        rows.number(p.clock_ghz).number(p.voltage_v).number(p.dynamic_w).number(p.leakage_w).number(p.uncore_w);
        rows.number(p.dram_w).number(r.ambient_c).text(r.network);
    }
    return rows.take();
}

ResultTable bin_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[1]);
    for (const ChipPowerReport& r : reports) {
        CHECK(r.typical.size() == r.bins.bins.size());
        for (size_t b = 0; b < r.bins.bins.size(); ++b) {
            const BinRow& bin = r.bins.bins[b];
            rows.text(r.chip).number(bin.supply_v).count(bin.dies).number(bin.share_percent).count(bin.harvested);
            rows.number(bin.mean_power_w).number(bin.greatest_power_w).number(bin.mean_leakage_factor);
            junction(rows, r.typical[b]);
        }
    }
    return rows.take();
}

ResultTable sorting_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[2]);
    for (const ChipPowerReport& r : reports) {
        const BinOptions& o = r.bins.rules;
        rows.text(r.chip).count(r.bins.dies).count(o.seed).number(o.product_ghz).number(o.guard_percent);
        rows.number(o.step_v * 1e3).number(o.power_limit_w).number(o.ambient_c).number(r.bins.yield_percent);
        if (r.bins.yield_percent > 0) {
            rows.number(r.bins.supply_mean_v).number(r.bins.power_mean_w).number(r.bins.power_p95_w);
        } else {
            rows.none().none().none();
        }
    }
    return rows.take();
}

ResultTable fate_rows(const std::vector<ChipPowerReport>& reports) {
    Rows rows(kSchemas[3]);
    for (const ChipPowerReport& r : reports) {
        for (size_t fate = 0; fate < kDieFates; ++fate) {
            rows.text(r.chip).text(std::string(fate_name(static_cast<DieFate>(fate)))).count(r.bins.fates[fate]);
            rows.percent(r.bins.fates[fate], r.bins.dies);
        }
    }
    return rows.take();
}

ResultTable duty_rows(const std::vector<ChipPowerReport>& reports, const DutyComparison& duty) {
    Rows rows(kSchemas[4]);
    for (const DutyRow& row : duty.rows) {
        for (size_t v = 0; v < reports.size(); ++v) {
            const DutySide& side = row.sides[v];
            rows.text(row.phase.name).text(reports[v].chip).text(std::string(state_of(side.point)));
            rows.number(row.runs_per_s).number(side.runs_per_s);
            rows.number(side.runs_per_s > 0 ? side.point.utilisation * 100 : NAN);
            rows.number(side.point.total_w).number(side.gap_percent.value_or(NAN));
            junction(rows, side.point);
            rows.number(side.point.clock_ghz).number(row.phase.hours).number(row.phase.ambient_c);
        }
    }
    return rows.take();
}

ResultTable day_rows(const std::vector<ChipPowerReport>& reports, const DutyComparison& duty) {
    Rows rows(kSchemas[5]);
    for (size_t v = 0; v < reports.size(); ++v) {
        const DutyDay& day = duty.days[v];
        rows.text(reports[v].chip).text(day.work_done ? "yes" : "no").number(day.runs).number(day.energy_wh);
        rows.number(day.gap_percent.value_or(NAN));
    }
    return rows.take();
}

}  // namespace

std::span<const TableSchema> chip_power_schemas() { return kSchemas; }

std::vector<ResultTable> chip_power_tables(const std::vector<ChipPowerReport>& reports, const DutyComparison& duty) {
    CHECK(duty.days.size() == reports.size());
    std::vector<ResultTable> tables;
    tables.push_back(power_rows(reports));
    tables.push_back(bin_rows(reports));
    tables.push_back(sorting_rows(reports));
    tables.push_back(fate_rows(reports));
    tables.push_back(duty_rows(reports, duty));
    tables.push_back(day_rows(reports, duty));
    return tables;
}

}  // namespace chipchain
