// Money of a run of a chain, and the identities.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "chipchain/base/check.h"
#include "chipchain/chain/chain_state.h"

namespace chipchain::chain {

namespace {

MicroUsd& money_in(State& s, ChainMoney kind, size_t bucket) {
    return s.result.money[static_cast<size_t>(kind)][bucket];
}

// The bucket of a date; dates after the end belong to the last one.
size_t bucket_of(const State& s, Time t) {
    return std::min(s.model.bucket_at(std::max<Time>(t, 0)), s.model.buckets.size() - 1);
}

void add_holding(State& s) {
    for (size_t n = 0; n < s.nodes.size(); ++n) {
        const double usd_per_day = s.model.items[s.model.nodes[n].item].holding_usd_per_week / 7;
        if (usd_per_day == 0) continue;
        for (size_t b = 0; b < s.model.buckets.size(); ++b) {
            money_in(s, ChainMoney::holding, b) +=
                to_micro(usd_per_day * static_cast<double>(s.result.nodes[n].piece_days[b]));
        }
    }
}

void add_programmes(State& s) {
    const size_t buckets = s.model.buckets.size();
    for (size_t i = 0; i < s.programmes.size(); ++i) {
        const ChainProgramme& row = s.model.programmes[i];
        ProgrammeResult& r = s.result.programmes[i];
        for (size_t b = 0; b < buckets; ++b) {
            const int64_t unmet = r.lost[b] + (b + 1 == buckets ? r.open[b] : 0);
            const MicroUsd late = to_micro(row.late_usd_per_week / 7 * static_cast<double>(r.late_piece_days[b]));
            const MicroUsd lost = to_micro(row.unmet_usd * static_cast<double>(unmet));
            money_in(s, ChainMoney::late, b) += late;
            money_in(s, ChainMoney::unmet, b) += lost;
            money_in(s, ChainMoney::value, b) += to_micro(row.value_usd * static_cast<double>(r.delivered[b]));
            r.late += late;
            r.unmet += lost;
        }
    }
}

// Fees below the minimum, less what the next period may make up; options reserved and used. A period that ends after
// the scenario has no fee.
void add_contracts(State& s) {
    const ChainModel& m = s.model;
    std::vector<size_t> order(m.contracts.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&m](size_t x, size_t y) {
        return m.contracts[x].from < m.contracts[y].from;
    });
    std::vector<double> carried(m.contracts.size(), 0);
    for (const size_t i : order) {
        const ChainContract& c = m.contracts[i];
        const auto starts = static_cast<double>(s.contract_starts[i]);
        if (i < s.schedule.reserved.size())
            money_in(s, ChainMoney::contracts, bucket_of(s, c.from)) += to_micro(s.schedule.reserved[i] * c.option_usd);
        const MicroUsd used = c.maximum > 0 ? to_micro(std::max(0.0, starts - c.maximum) * c.exercise_usd) : 0;
        money_in(s, ChainMoney::contracts, bucket_of(s, c.until - 1)) += used;
        if (c.until > m.buckets.back().end) continue;
        double missing = std::max(0.0, c.minimum + carried[i] - starts);
        if (c.next != kNoIndex) {
            carried[c.next] = std::min(missing, c.carry * c.minimum);
            missing -= carried[c.next];
        }
        money_in(s, ChainMoney::contracts, bucket_of(s, c.until - 1)) += to_micro(missing * c.shortfall_usd);
    }
}

void add_decisions(State& s) {
    const ChainModel& m = s.model;
    for (size_t i = 0; i < m.modules.size(); ++i) {
        for (const auto& [date, count] : s.schedule.modules[i])
            money_in(s, ChainMoney::capex, bucket_of(s, date)) +=
                to_micro(m.modules[i].capex_usd * static_cast<double>(count));
    }
    for (size_t i = 0; i < m.qualifications.size(); ++i) {
        const Time until = s.schedule.qualified_from[i];
        if (until == kNever) continue;
        money_in(s, ChainMoney::qualifications, bucket_of(s, until - m.qualifications[i].duration)) +=
            to_micro(m.qualifications[i].cost_usd);
    }
}

}  // namespace

void close_books(State& s) {
    for (size_t n = 0; n < s.nodes.size(); ++n) s.result.nodes[n].cost = s.nodes[n].cost;
    for (size_t a = 0; a < s.activities.size(); ++a) {
        if (s.activities[a].pending != 0)
            s.result.activities[a].of_outputs.front().under_way_cost += s.activities[a].pending;
    }
    for (LineState& line : s.lines) {
        s.result.lines.push_back(line.run.finish());
        CHECK(check_identities(s.result.lines.back()).empty());
    }
    add_holding(s);
    add_programmes(s);
    add_contracts(s);
    add_decisions(s);
    std::stable_sort(s.result.waits.begin(), s.result.waits.end(), [](const ChainWait& x, const ChainWait& y) {
        return x.activity < y.activity;
    });
    s.result.fingerprint = s.fingerprint.value();
}

}  // namespace chipchain::chain

namespace chipchain {

namespace {

int64_t sum(const Counts& counts) {
    int64_t total = 0;
    for (const int64_t n : counts) total += n;
    return total;
}

struct ItemSum {
    int64_t in = 0;
    int64_t out = 0;
};

void check_items(const ChainModel& m, const ChainResult& r, std::vector<std::string>& faults) {
    std::vector<ItemSum> items(m.items.size());
    const auto item_of = [&m](uint32_t node) { return m.nodes[node].item; };
    for (uint32_t n = 0; n < m.nodes.size(); ++n) {
        const NodeResult& node = r.nodes[n];
        ItemSum& item = items[item_of(n)];
        item.in += node.initial;
        item.out += node.stock.back();
        if (node.initial + node.received != node.taken + node.stock.back())
            faults.push_back(fmt::format(
                "{}: {} at the start + {} received != {} taken + {} in stock",
                m.node_name(n),
                node.initial,
                node.received,
                node.taken,
                node.stock.back()));
        item.out += node.taken;  // less what goes on its way to another node of the item
    }
    for (size_t i = 0; i < m.arcs.size(); ++i) {
        ItemSum& item = items[item_of(m.arcs[i].from)];
        item.out += r.arcs[i].in_transit - sum(r.arcs[i].shipped);
    }
    for (const ActivityResult& activity : r.activities) {
        for (const OutputResult& out : activity.of_outputs) {
            ItemSum& item = items[item_of(out.node)];
            item.in += out.pipeline + out.begun;
            item.out += out.lost_yield + out.lost_excursion + out.lost_outage + out.under_way;
        }
    }
    for (size_t i = 0; i < items.size(); ++i) {
        if (items[i].in != items[i].out)
            faults.push_back(fmt::format(
                "{}: {} at the start and begun != {} used, lost, delivered, on the way and in stock",
                m.items[i].name,
                items[i].in,
                items[i].out));
    }
}

void check_programmes(const ChainModel& m, const ChainResult& r, std::vector<std::string>& faults) {
    for (size_t i = 0; i < m.programmes.size(); ++i) {
        const ProgrammeResult& p = r.programmes[i];
        if (sum(p.due) != sum(p.delivered) + sum(p.lost) + p.open.back())
            faults.push_back(fmt::format(
                "{}: {} due != {} delivered + {} lost + {} open",
                m.programmes[i].name,
                sum(p.due),
                sum(p.delivered),
                sum(p.lost),
                p.open.back()));
    }
}

void check_money(const ChainResult& r, std::vector<std::string>& faults) {
    MicroUsd in = r.initial_cost;
    for (const ChainMoney kind : {ChainMoney::activities, ChainMoney::transport, ChainMoney::tariffs})
        in += sum(r.money[static_cast<size_t>(kind)]);
    MicroUsd out = 0;
    for (const ProgrammeResult& p : r.programmes) out += p.delivered_cost;
    for (const NodeResult& node : r.nodes) out += node.cost;
    for (const ArcResult& arc : r.arcs) out += arc.in_transit_cost;
    for (const ActivityResult& activity : r.activities) {
        for (const OutputResult& o : activity.of_outputs) out += o.lost_cost + o.under_way_cost;
    }
    if (in != out)
        faults.push_back(fmt::format(
            "money: {} micro-US$ put in != {} in what is delivered, lost, on the way and in stock",
            in,
            out));
}

}  // namespace

MicroUsd ChainResult::cost() const {
    MicroUsd total = 0;
    for (size_t kind = 0; kind < kChainMoney; ++kind) {
        if (kind != static_cast<size_t>(ChainMoney::value)) total += sum(money[kind]);
    }
    return total;
}

std::vector<std::string> check_balance(const ChainModel& model, const ChainResult& result) {
    std::vector<std::string> faults;
    check_items(model, result, faults);
    check_programmes(model, result, faults);
    check_money(result, faults);
    return faults;
}

}  // namespace chipchain
