#include "chipchain/plan/plan_program.h"

#include <algorithm>
#include <cmath>

#include "chipchain/plan/plan_writer.h"

namespace chipchain {

Time planned_lead(
    const ChainModel& model,
    const PlanModelOptions& options,
    const ChainFuture& future,
    uint32_t activity) {
    const Time lead =
        options.lead.empty() ? compile_duration(model.activities[activity].lead, {}).mean() : options.lead[activity];
    return static_cast<Time>(std::llround(static_cast<double>(lead) * factor(future.lead, activity)));
}

PlanLayout write_plan(
    LinearProgram& program,
    const ChainModel& model,
    const PlanModelOptions& options,
    const ChainFuture& future,
    double weight,
    const FirstStage* first_stage,
    std::vector<CostEntry>* costs) {
    PlanWriter writer(program, model, options, future, weight, first_stage, costs);
    return writer.write();
}

double discount_at(const ChainModel& model, Time t) {
    return std::pow(1 + model.discount_per_year, -in_days(std::max<Time>(0, t)) / kDaysPerYear);
}

double floor_price(const ChainModel& model) {
    double most = 1;
    for (const ChainProgramme& p : model.programmes) {
        most = std::max({most, p.value_usd, p.unmet_usd, p.late_usd_per_week});
    }
    return 10 * most;
}

double over_limit_usd(double holding) { return 10 * holding + 1e-3; }

double decided_capex(const ChainModel& model) {
    double sum = 0;
    for (const ChainModule& module : model.modules) {
        for (const auto& [date, count] : module.ordered) {
            sum += discount_at(model, date) * static_cast<double>(count) * module.capex_usd;
        }
    }
    return sum;
}

double decided_qualifications(const ChainModel& model) {
    double sum = 0;
    for (const ChainQualification& q : model.qualifications) {
        if (q.decided) sum += discount_at(model, q.from) * q.cost_usd;
    }
    return sum;
}

std::vector<double> column_units(const std::vector<const PlanLayout*>& layouts, int32_t columns) {
    std::vector<double> out(static_cast<size_t>(columns), 1.0);
    for (const PlanLayout* layout : layouts) {
        for (const auto& [column, unit] : layout->units) out[column.value] = unit;
    }
    return out;
}

// ---------------------------------------------------------------- what is known before any row

PlanWriter::PlanWriter(
    LinearProgram& program,
    const ChainModel& model,
    const PlanModelOptions& options,
    const ChainFuture& future,
    double weight,
    const FirstStage* first_stage,
    std::vector<CostEntry>* costs)
    : lp_(program),
      m_(model),
      options_(options),
      future_(future),
      weight_(weight),
      first_stage_(first_stage),
      costs_(costs),
      buckets_(model.buckets.size()) {
    for (const Bucket& b : m_.buckets) discount_.push_back(discount_at(m_, b.begin + (b.end - b.begin) / 2));
    clearing_of_.assign(m_.activities.size(), kNoIndex);
    for (uint32_t a = 0; a < m_.activities.size(); ++a) {
        lead_.push_back(planned_lead(m_, options_, future_, a));
        for (const ResourceShare& use : m_.activities[a].uses) {
            if (options_.clearing && !m_.resources[use.resource].clearing.empty()) clearing_of_[a] = use.resource;
        }
    }
    find_windows();
    find_needs();
}

// The part of each bucket in which an activity may start.
void PlanWriter::find_windows() {
    window_.resize(m_.activities.size());
    for (uint32_t a = 0; a < m_.activities.size(); ++a) {
        const ChainActivity& activity = m_.activities[a];
        for (const Bucket& b : m_.buckets) {
            const Time begin = std::max({b.begin, activity.from, activity.substitutes() ? Time{0} : m_.freeze});
            const Time end = std::min(b.end, activity.until);
            window_[a].push_back(begin < end ? Bucket{begin, end} : Bucket{b.begin, b.begin});
        }
    }
}

// Most starts of each activity that demand can ask for, were it the only source: a bound for qualification rows. What
// several takers need of a node is summed; arcs may run between any two activities of the order, so as many passes as
// there are sites settle them.
void PlanWriter::find_needs() {
    std::vector<double> asked(m_.nodes.size(), 0);
    for (uint32_t p = 0; p < m_.programmes.size(); ++p) {
        const double due = m_.programmes[p].due(INT64_MIN / 2, m_.end) * factor(future_.demand, p);
        for (const uint32_t node : m_.programmes[p].nodes) asked[node] += due;
    }
    for (size_t n = 0; n < m_.nodes.size(); ++n) asked[n] += m_.nodes[n].floor;
    most_starts_.assign(m_.activities.size(), 0);
    std::vector<double> need = asked;
    for (size_t pass = 0; pass <= m_.sites.size(); ++pass) {
        std::vector<double> next = asked;
        for (const ChainArc& arc : m_.arcs) next[arc.from] += need[arc.to];
        for (size_t i = m_.activities.size(); i-- > 0;) {
            const ChainActivity& activity = m_.activities[i];
            const double yield = std::min(activity.good_at(0), activity.good_at(m_.end));
            double most = 0;
            for (const ChainAmount& out : activity.outputs) {
                // yields below a per mille ask for no more starts: assumption
                const double good = out.quantity * std::max(1e-3, yield * std::min(1.0, factor(future_.yield, i)));
                if (good > 0) most = std::max(most, next[out.node] / good);
            }
            most_starts_[i] = std::max(most_starts_[i], most);
            for (const ChainAmount& in : activity.inputs) next[in.node] += most * in.quantity;
        }
        need = std::move(next);
    }
}

bool PlanWriter::may_decide(size_t bucket) const {
    if (bucket == 0 || options_.decide_each_bucket) return true;
    const auto quarter = [&](size_t t) {
        const std::string date = iso_date(m_.start + m_.buckets[t].begin);
        return std::stoi(date.substr(0, 4)) * 4 + (std::stoi(date.substr(5, 2)) - 1) / 3;
    };
    return quarter(bucket) != quarter(bucket - 1);
}

double PlanWriter::site_share(uint32_t site, size_t bucket) const {
    return future_.site_share.empty() ? 1.0 : future_.site_share[site][bucket];
}

PlanLayout PlanWriter::write() {
    write_rows();
    write_starts();
    write_clearing();
    write_arcs();
    write_stocks();
    write_programmes();
    write_modules();
    write_qualifications();
    write_contracts();
    if (first_stage_ == nullptr) lp_.set_offset(lp_.offset() + decided_capex(m_) + decided_qualifications(m_));
    return std::move(out_);
}

// ---------------------------------------------------------------- columns

ColumnIndex PlanWriter::column(double cost, double lower, double upper, bool integer) {
    const ColumnIndex at = lp_.add_column(cost * weight_, lower, upper, integer);
    if (costs_ != nullptr && cost != 0) costs_->push_back({at, cost});
    return at;
}

// A column whose figures are about as large as `unit`.
ColumnIndex PlanWriter::sized_column(double unit, double cost, double lower, double upper) {
    const ColumnIndex at = column(cost, lower, upper);
    if (unit > 1) out_.units.emplace_back(at, unit);
    return at;
}

double PlanWriter::item_unit(uint32_t node) const { return static_cast<double>(m_.items[m_.nodes[node].item].lot); }

// Takes `quantity` per unit of the last column out of a node, spread evenly over [begin, end) of bucket t.
void PlanWriter::take(uint32_t node, double quantity, size_t t, const Bucket& spread) {
    if (quantity == 0) return;
    lp_.add_entry(out_.balance[node][t], quantity);
    for (const InsideRow& row : out_.inside[node][t]) {
        const double share = share_before(spread, row.at);
        if (share > 0) lp_.add_entry(row.row, -quantity * share);
    }
}

// Brings `quantity` per unit of the last column into a node, spread evenly over [begin, end).
void PlanWriter::bring(uint32_t node, double quantity, const Bucket& spread) {
    if (quantity == 0) return;
    for (size_t t = m_.bucket_at(spread.begin); t < buckets_ && m_.buckets[t].begin < spread.end; ++t) {
        const Bucket& b = m_.buckets[t];
        const double share = share_before(spread, b.end) - share_before(spread, b.begin);
        if (share <= 0) continue;
        lp_.add_entry(out_.balance[node][t], -quantity * share);
        for (const InsideRow& row : out_.inside[node][t]) {
            const double before = share_before(spread, row.at) - share_before(spread, b.begin);
            if (before > 0) lp_.add_entry(row.row, quantity * before);
        }
    }
}

void PlanWriter::write_starts() {
    out_.starts.resize(m_.activities.size());
    for (uint32_t a = 0; a < m_.activities.size(); ++a) {
        const ChainActivity& activity = m_.activities[a];
        const bool queue = clearing_of_[a] != kNoIndex;
        for (size_t t = 0; t < buckets_; ++t) {
            const Bucket& w = window_[a][t];
            out_.starts[a].emplace_back();
            if (w.begin == w.end) continue;
            const double share = activity.uses.empty() ? site_share(activity.site, t) : 1.0;
            if (first_stage_ != nullptr && t < first_stage_->shared_starts) {
                share_start(a, t);
                continue;
            }
            const double way = queue ? 0 : activity.wip_usd_per_week * in_weeks(lead_[a]);
            const double cost = activity.cost_usd * factor(future_.price, a) + way;
            // a site that is closed keeps its columns, so that futures differ in figures only
            const double most = share == 0 ? 0 : kInfinity;
            out_.starts[a][t] = sized_column(static_cast<double>(activity.lot), cost * discount_[t], 0, most);
            write_start(a, t, w);
        }
    }
}

// The entries of a start column that belong to this future.
void PlanWriter::write_start(uint32_t a, size_t t, const Bucket& w) {
    const ChainActivity& activity = m_.activities[a];
    for (const ChainAmount& in : activity.inputs) take(in.node, in.quantity, t, w);
    for (const ResourceShare& use : activity.uses) {
        if (use.resource == clearing_of_[a]) continue;
        lp_.add_entry(out_.capacity[use.resource][t], use.quantity);
    }
    if (clearing_of_[a] == kNoIndex) {
        write_output(a, w);
    } else {
        lp_.add_entry(wip_balance_[a][t], -1);
    }
    if (activity.qualification != kNoIndex && qualified_[a].size() > t) lp_.add_entry(qualified_[a][t], 1);
    for (const ContractRow& row : contract_rows_[a]) {
        const double share = overlap(w, row.period) / static_cast<double>(w.end - w.begin);
        if (share > 0 && row.bucket == kAllBuckets) lp_.add_entry(row.row, share * row.factor);
        if (row.bucket == t) lp_.add_entry(row.row, row.factor);
    }
}

void PlanWriter::write_output(uint32_t a, const Bucket& w) {
    const ChainActivity& activity = m_.activities[a];
    const double yield = std::min(1.0, activity.good_mean(w.begin, w.end) * factor(future_.yield, a));
    for (const ChainAmount& out : activity.outputs) {
        bring(out.node, out.quantity * yield, {w.begin + lead_[a], w.end + lead_[a]});
    }
}

// A start decided before the future is known: the column of the first block gets this block's entries.
void PlanWriter::share_start(uint32_t a, size_t t) {
    const ColumnIndex shared = first_stage_->layout->starts[a][t];
    out_.starts[a][t] = shared;
    if (!shared.valid()) return;
    // entries go through a helper column that equals the shared one
    const RowIndex same = lp_.add_row(0, 0);
    (void)lp_.add_column(0, 0, kInfinity);
    lp_.add_entry(same, 1);
    write_start(a, t, window_[a][t]);
    lp_.add_entry(same, shared, -1);
}

// M2: WIP, output and allocation of resources with clearing functions.
void PlanWriter::write_clearing() {
    const size_t activities = m_.activities.size();
    out_.wip.resize(activities);
    out_.done.resize(activities);
    out_.allocated.resize(activities);
    for (uint32_t a = 0; a < activities; ++a) {
        if (clearing_of_[a] == kNoIndex) continue;
        const ChainActivity& activity = m_.activities[a];
        const ChainResource& resource = m_.resources[clearing_of_[a]];
        double use = 0;
        for (const ResourceShare& u : activity.uses) use += u.resource == clearing_of_[a] ? u.quantity : 0;
        for (size_t t = 0; t < buckets_; ++t) {
            const double weeks = m_.buckets[t].weeks();
            const double lot = static_cast<double>(activity.lot);
            out_.wip[a].push_back(sized_column(lot, activity.wip_usd_per_week * weeks * discount_[t], 0, kInfinity));
            lp_.add_entry(wip_balance_[a][t], 1);
            if (t + 1 < buckets_) lp_.add_entry(wip_balance_[a][t + 1], -1);
            for (size_t c = 0; c < resource.clearing.size(); ++c) {
                const double slope = resource.clearing[c].slope * use;
                if (!options_.load_before) lp_.add_entry(clearing_rows_[a][t][c], -0.5 * slope);
                if (t + 1 < buckets_) {
                    lp_.add_entry(clearing_rows_[a][t + 1][c], (options_.load_before ? -1.0 : -0.5) * slope);
                }
            }
            out_.done[a].push_back(sized_column(lot, 0, 0, kInfinity));
            lp_.add_entry(wip_balance_[a][t], 1);
            for (size_t c = 0; c < resource.clearing.size(); ++c) lp_.add_entry(clearing_rows_[a][t][c], use / weeks);
            write_output(a, {m_.buckets[t].begin, m_.buckets[t].end});
            out_.allocated[a].push_back(column(0, 0, kInfinity));
            lp_.add_entry(out_.capacity[clearing_of_[a]][t], 1);
            for (size_t c = 0; c < resource.clearing.size(); ++c) {
                lp_.add_entry(clearing_rows_[a][t][c], -resource.clearing[c].quantity);
            }
            if (!options_.load_before || !out_.starts[a][t].valid()) continue;
            for (size_t c = 0; c < resource.clearing.size(); ++c) {
                lp_.add_entry(clearing_rows_[a][t][c], out_.starts[a][t], -resource.clearing[c].slope * use);
            }
        }
    }
}

void PlanWriter::write_arcs() {
    out_.shipped.resize(m_.arcs.size());
    for (uint32_t i = 0; i < m_.arcs.size(); ++i) {
        const ChainArc& arc = m_.arcs[i];
        const Time travel = compile_duration(arc.travel, {}).mean();
        for (size_t t = 0; t < buckets_; ++t) {
            const Bucket& b = m_.buckets[t];
            const double cost = arc.cost_usd * discount_[t];
            out_.shipped[i].push_back(sized_column(item_unit(arc.from), cost, 0, kInfinity));
            take(arc.from, 1, t, b);
            bring(arc.to, 1, {b.begin + travel, b.end + travel});
        }
    }
}

void PlanWriter::write_stocks() {
    const size_t nodes = m_.nodes.size();
    out_.stock.resize(nodes);
    out_.below_floor.resize(nodes);
    out_.over_limit.resize(nodes);
    for (uint32_t n = 0; n < nodes; ++n) {
        const double holding = m_.items[m_.nodes[n].item].holding_usd_per_week;
        const double over = over_limit_usd(holding);
        for (size_t t = 0; t < buckets_; ++t) {
            const double weeks = m_.buckets[t].weeks();
            out_.stock[n].push_back(sized_column(item_unit(n), holding * weeks * discount_[t], 0, kInfinity));
            lp_.add_entry(out_.balance[n][t], 1);
            if (t + 1 < buckets_) {
                lp_.add_entry(out_.balance[n][t + 1], -1);
                for (const InsideRow& row : out_.inside[n][t + 1]) lp_.add_entry(row.row, 1);
            }
            if (floor_rows_[n][t].valid()) lp_.add_entry(floor_rows_[n][t], 1);
            if (limit_rows_[n][t].valid()) lp_.add_entry(limit_rows_[n][t], 1);
            out_.below_floor[n].emplace_back();
            out_.over_limit[n].emplace_back();
            if (floor_rows_[n][t].valid()) {
                const double price = m_.nodes[n].short_usd_per_week;
                out_.below_floor[n][t] = sized_column(item_unit(n), price * weeks * discount_[t], 0, kInfinity);
                lp_.add_entry(floor_rows_[n][t], 1);
            }
            if (limit_rows_[n][t].valid()) {
                out_.over_limit[n][t] = sized_column(item_unit(n), over * weeks * discount_[t], 0, kInfinity);
                lp_.add_entry(limit_rows_[n][t], -1);
            }
        }
    }
}

void PlanWriter::write_programmes() {
    const size_t programmes = m_.programmes.size();
    out_.delivered.resize(programmes);
    out_.open.resize(programmes);
    out_.lost.resize(programmes);
    out_.below_share.resize(programmes);
    for (uint32_t p = 0; p < programmes; ++p) {
        const ChainProgramme& programme = m_.programmes[p];
        const double unmet = programme.unmet_usd > 0 ? programme.unmet_usd : programme.late_usd_per_week;
        const double all = std::max(1.0, programme.due(INT64_MIN / 2, m_.end) * factor(future_.demand, p));
        out_.delivered[p].resize(programme.nodes.size());
        for (size_t n = 0; n < programme.nodes.size(); ++n) {
            for (size_t t = 0; t < buckets_; ++t) {
                out_.delivered[p][n].emplace_back();
                if (m_.buckets[t].end <= programme.nodes_from[n]) continue;
                const double cost = -programme.value_usd * discount_[t];
                out_.delivered[p][n][t] = sized_column(item_unit(programme.nodes[n]), cost, 0, kInfinity);
                lp_.add_entry(out_.balance[programme.nodes[n]][t], 1);
                lp_.add_entry(out_.demand[p][t], 1);
                for (size_t u = t; u < share_rows_[p].size(); ++u) lp_.add_entry(share_rows_[p][u], 1);
            }
        }
        write_floor_shares(p);
        const RowIndex service = out_.service[class_of(programme.priority)];
        for (size_t t = 0; t < buckets_; ++t) {
            out_.open[p].emplace_back();
            out_.lost[p].emplace_back();
            const bool last = t + 1 == buckets_;
            const double weeks = m_.buckets[t].weeks();
            if (!programme.backlog || last) {
                ColumnIndex& unmet_column = programme.backlog ? out_.open[p][t] : out_.lost[p][t];
                unmet_column = sized_column(item_unit(programme.node), unmet * discount_[t], 0, kInfinity);
                lp_.add_entry(service, kUnmetWeeks / all);
            } else {
                const double cost = programme.late_usd_per_week * weeks * discount_[t];
                out_.open[p][t] = sized_column(item_unit(programme.node), cost, 0, kInfinity);
                lp_.add_entry(out_.demand[p][t + 1], -1);
                lp_.add_entry(service, weeks / all);
            }
            lp_.add_entry(out_.demand[p][t], 1);
        }
    }
}

// What is missing to the floor of a programme costs more than anything that a programme is worth: assumption, ten
// times.
void PlanWriter::write_floor_shares(uint32_t p) {
    for (size_t t = 0; t < share_rows_[p].size(); ++t) {
        const double unit = item_unit(m_.programmes[p].node);
        out_.below_share[p].push_back(sized_column(unit, floor_price(m_) * discount_[t], 0, kInfinity));
        lp_.add_entry(share_rows_[p][t], 1);
    }
}

size_t PlanWriter::class_of(int64_t priority) const {
    return static_cast<size_t>(
        std::lower_bound(out_.classes.begin(), out_.classes.end(), priority) - out_.classes.begin());
}

}  // namespace chipchain
