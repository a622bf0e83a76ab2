// The rows of a plan, and the columns of modules, qualifications and contracts.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "chipchain/plan/plan_writer.h"

namespace chipchain {

namespace {

// Instants closer together than this are one: the stock changes by what flows in a quarter of a day at most;
// assumption.
constexpr Time kNearby = kDay / 4;

int year_of(Time since_epoch) { return std::atoi(iso_date(since_epoch).substr(0, 4).c_str()); }

}  // namespace

void PlanWriter::write_rows() {
    for (const ChainProgramme& p : m_.programmes) out_.classes.push_back(p.priority);
    std::sort(out_.classes.begin(), out_.classes.end());
    out_.classes.erase(std::unique(out_.classes.begin(), out_.classes.end()), out_.classes.end());
    for (size_t i = 0; i < out_.classes.size(); ++i) out_.service.push_back(lp_.add_row(-kInfinity, kInfinity));
    write_store_rows();
    write_inside_rows();
    write_capacity_rows();
    write_clearing_rows();
    write_demand_rows();
    write_module_rows();
    write_qualification_rows();
    write_contract_rows();
}

// Balance, safety stock and limit of every node and bucket.
void PlanWriter::write_store_rows() {
    const size_t nodes = m_.nodes.size();
    out_.balance.resize(nodes);
    floor_rows_.resize(nodes);
    limit_rows_.resize(nodes);
    for (uint32_t n = 0; n < nodes; ++n) {
        const ChainNode& node = m_.nodes[n];
        std::vector<double> arriving(buckets_, 0);
        if (buckets_ > 0) arriving[0] = node.initial;
        for (const ChainModel::Pipeline& p : m_.pipelines) {
            const ChainActivity& activity = m_.activities[p.activity];
            const size_t t = m_.bucket_at(p.date);
            if (clearing_of_[p.activity] == kNoIndex && activity.outputs.front().node == n && t < buckets_) {
                arriving[t] += p.quantity;
            }
        }
        const double floor = options_.floor.empty() ? node.floor : options_.floor[n];
        for (size_t t = 0; t < buckets_; ++t) {
            out_.balance[n].push_back(lp_.add_row(arriving[t], arriving[t]));
            const bool holds = floor > 0 && m_.buckets[t].end > node.floor_from;
            floor_rows_[n].push_back(holds ? lp_.add_row(floor, kInfinity) : RowIndex());
            limit_rows_[n].push_back(node.limit > 0 ? lp_.add_row(-kInfinity, node.limit) : RowIndex());
        }
    }
}

// Stock at the instants inside buckets at which an inflow or outflow begins or ends.
void PlanWriter::write_inside_rows() {
    const size_t nodes = m_.nodes.size();
    out_.inside.assign(nodes, std::vector<std::vector<InsideRow>>(buckets_));
    if (!options_.inside_rows) return;
    std::vector<std::vector<std::vector<Time>>> instants(nodes, std::vector<std::vector<Time>>(buckets_));
    std::vector<std::vector<bool>> drained(nodes, std::vector<bool>(buckets_, false));
    const auto note = [&](uint32_t node, Time at) {
        const size_t t = m_.bucket_at(at);
        if (t < buckets_ && at > m_.buckets[t].begin) instants[node][t].push_back(at);
    };
    for (uint32_t a = 0; a < m_.activities.size(); ++a) {
        const ChainActivity& activity = m_.activities[a];
        const Time lead = lead_[a];
        for (size_t t = 0; t < buckets_; ++t) {
            const Bucket& w = window_[a][t];
            if (w.begin == w.end) continue;
            for (const ChainAmount& out : activity.outputs) {
                note(out.node, w.begin + lead);
                note(out.node, w.end + lead);
            }
            for (const ChainAmount& in : activity.inputs) {
                drained[in.node][t] = true;
                note(in.node, w.begin);
                note(in.node, w.end);
            }
        }
    }
    for (const ChainArc& arc : m_.arcs) {
        const Time travel = compile_duration(arc.travel, {}).mean();
        for (size_t t = 0; t < buckets_; ++t) {
            drained[arc.from][t] = true;
            note(arc.to, m_.buckets[t].begin + travel);
        }
    }
    for (const ChainModel::Pipeline& p : m_.pipelines) note(m_.activities[p.activity].outputs.front().node, p.date);
    for (uint32_t n = 0; n < nodes; ++n) {
        for (size_t t = 0; t < buckets_; ++t) {
            if (!drained[n][t]) continue;
            std::vector<Time>& at = instants[n][t];
            std::sort(at.begin(), at.end());
            Time before = m_.buckets[t].begin;
            for (const Time instant : at) {
                if (instant - before < kNearby || m_.buckets[t].end - instant < kNearby) continue;
                before = instant;
                double there = t == 0 ? m_.nodes[n].initial : 0;
                for (const ChainModel::Pipeline& p : m_.pipelines) {
                    const bool here = m_.activities[p.activity].outputs.front().node == n &&
                                      clearing_of_[p.activity] == kNoIndex;  // else it is WIP
                    if (here && p.date >= m_.buckets[t].begin && p.date < instant) there += p.quantity;
                }
                out_.inside[n][t].push_back({instant, lp_.add_row(-there, kInfinity)});
            }
        }
    }
}

void PlanWriter::write_capacity_rows() {
    out_.capacity.resize(m_.resources.size());
    for (uint32_t r = 0; r < m_.resources.size(); ++r) {
        const ChainResource& resource = m_.resources[r];
        for (size_t t = 0; t < buckets_; ++t) {
            const double capacity = capacity_per_week(m_, future_, r, t);
            const double most = resource.clearing.empty() || !options_.clearing
                                    ? capacity * m_.buckets[t].weeks() * resource.target
                                    : capacity / clearing_reference(resource);
            out_.capacity[r].push_back(lp_.add_row(-kInfinity, most));
        }
    }
}

void PlanWriter::write_clearing_rows() {
    const size_t activities = m_.activities.size();
    wip_balance_.resize(activities);
    clearing_rows_.resize(activities);
    for (uint32_t a = 0; a < activities; ++a) {
        if (clearing_of_[a] == kNoIndex) continue;
        const ChainActivity& activity = m_.activities[a];
        const ChainResource& resource = m_.resources[clearing_of_[a]];
        double use = 0;
        for (const ResourceShare& u : activity.uses) use += u.resource == clearing_of_[a] ? u.quantity : 0;
        double inside = 0;  // starts under way at first
        for (const ChainModel::Pipeline& p : m_.pipelines) {
            if (p.activity != a) continue;
            inside += p.quantity / std::max(1e-12, activity.outputs.front().quantity * activity.good_at(0));
        }
        for (size_t t = 0; t < buckets_; ++t) {
            const double first = t == 0 ? inside : 0;
            wip_balance_[a].push_back(lp_.add_row(first, first));
            clearing_rows_[a].emplace_back();
            for (const ClearingLine& line : resource.clearing) {
                const double load = (options_.load_before ? 1.0 : 0.5) * line.slope * use * first;
                clearing_rows_[a][t].push_back(lp_.add_row(-kInfinity, load));
            }
        }
    }
}

void PlanWriter::write_demand_rows() {
    out_.demand.resize(m_.programmes.size());
    for (uint32_t p = 0; p < m_.programmes.size(); ++p) {
        for (size_t t = 0; t < buckets_; ++t) {
            // what was due before the start is due in the first bucket
            const Time begin = t == 0 ? INT64_MIN / 2 : m_.buckets[t].begin;
            const double due = m_.programmes[p].due(begin, m_.buckets[t].end) * factor(future_.demand, p);
            out_.demand[p].push_back(lp_.add_row(due, due));
        }
    }
    // a floor is a share of what is due so far, served or paid for
    share_rows_.resize(m_.programmes.size());
    for (uint32_t p = 0; p < m_.programmes.size(); ++p) {
        const ChainProgramme& programme = m_.programmes[p];
        for (size_t t = 0; t < buckets_ && programme.floor > 0; ++t) {
            const double due = programme.due(INT64_MIN / 2, m_.buckets[t].end) * factor(future_.demand, p);
            share_rows_[p].push_back(lp_.add_row(programme.floor * due, kInfinity));
        }
    }
}

// ---------------------------------------------------------------- modules and qualifications (M4)

void PlanWriter::write_module_rows() {
    if (first_stage_ != nullptr) return;
    for (const ChainModule& module : m_.modules) {
        double left = static_cast<double>(module.most);
        for (const auto& [date, count] : module.ordered) left -= static_cast<double>(count);
        most_modules_.push_back(lp_.add_row(-kInfinity, std::max(0.0, left)));
    }
    for (const auto& [year, usd] : m_.budgets) {
        double left = usd;
        for (const ChainModule& module : m_.modules) {
            for (const auto& [date, count] : module.ordered) {
                if (year_of(m_.start + date) == year) left -= module.capex_usd * static_cast<double>(count);
            }
        }
        budget_rows_.push_back(lp_.add_row(-kInfinity, std::max(0.0, left)));
    }
}

void PlanWriter::write_modules() {
    out_.modules.resize(m_.modules.size());
    for (uint32_t m = 0; m < m_.modules.size(); ++m) {
        for (size_t t = 0; t < buckets_; ++t) {
            out_.modules[m].emplace_back();
            write_module(m, t);
        }
    }
}

void PlanWriter::write_module(uint32_t m, size_t t) {
    const ChainModule& module = m_.modules[m];
    const Bucket& b = m_.buckets[t];
    const bool allowed = may_decide(t) && b.end > module.from && b.begin <= module.until && module.most > 0;
    const Time live = std::max(b.begin, module.from) + module.build;
    if (!allowed || live >= m_.end) return;
    if (first_stage_ != nullptr) {
        out_.modules[m][t] = first_stage_->layout->modules[m][t];
    } else {
        const double most = module.most_per_quarter > 0 ? static_cast<double>(module.most_per_quarter)
                                                        : static_cast<double>(module.most);
        out_.modules[m][t] = column(module.capex_usd * discount_[t], 0, most, true);
        lp_.add_entry(most_modules_[m], 1);
        for (size_t i = 0; i < m_.budgets.size(); ++i) {
            if (m_.budgets[i].first == year_of(m_.start + b.begin)) lp_.add_entry(budget_rows_[i], module.capex_usd);
        }
    }
    if (!out_.modules[m][t].valid()) return;
    const Time decided = std::max(b.begin, module.from) + build_delay(module, factor(future_.build, m));
    const ChainResource& resource = m_.resources[module.resource];
    for (size_t u = t; u < buckets_; ++u) {
        const Bucket& later = m_.buckets[u];
        double share = m_.module_share(m, decided, later.begin, later.end) * factor(future_.capacity, module.resource) *
                       m_.disrupted_share(module.resource, later.begin, later.end) * site_share(resource.site, u);
        share *= resource.clearing.empty() || !options_.clearing ? later.weeks() * resource.target
                                                                 : 1 / clearing_reference(resource);
        if (share > 0) {
            lp_.add_entry(out_.capacity[module.resource][u], out_.modules[m][t], -share * module.capacity_per_week);
        }
    }
}

void PlanWriter::write_qualification_rows() {
    qualified_.resize(m_.activities.size());
    for (const ChainQualification& q : m_.qualifications) {
        if (q.decided) continue;
        for (size_t t = 0; t < buckets_; ++t) qualified_[q.activity].push_back(lp_.add_row(-kInfinity, 0));
    }
    if (first_stage_ != nullptr) return;
    for (size_t i = 0; i < m_.qualifications.size(); ++i) once_.push_back(lp_.add_row(-kInfinity, 1));
}

void PlanWriter::write_qualifications() {
    out_.qualify.resize(m_.qualifications.size());
    for (uint32_t i = 0; i < m_.qualifications.size(); ++i) {
        const ChainQualification& q = m_.qualifications[i];
        const ChainActivity& activity = m_.activities[q.activity];
        for (size_t t = 0; t < buckets_; ++t) {
            out_.qualify[i].emplace_back();
            const Bucket& b = m_.buckets[t];
            const Time ready = std::max(b.begin, q.from) + q.duration;
            if (q.decided || !may_decide(t) || b.end <= q.from || ready >= m_.end) continue;
            if (first_stage_ != nullptr) {
                out_.qualify[i][t] = first_stage_->layout->qualify[i][t];
            } else {
                const double cost = q.cost_usd + q.starts * activity.cost_usd;
                out_.qualify[i][t] = column(cost * discount_[t], 0, 1, true);
                lp_.add_entry(once_[i], 1);
            }
            for (size_t u = t; u < buckets_; ++u) {
                const double share = 1 - share_before(m_.buckets[u], ready);
                if (share <= 0) continue;
                double most = most_starts_[q.activity];
                for (const ResourceShare& use : activity.uses) {
                    if (use.quantity <= 0) continue;
                    double per_week = capacity_per_week(m_, future_, use.resource, u);
                    for (const ChainModule& module : m_.modules) {
                        if (module.resource != use.resource) continue;
                        per_week += static_cast<double>(module.most) * module.capacity_per_week;
                    }
                    const double capacity = per_week * m_.buckets[u].weeks();
                    if (capacity > 0) most = std::min(most, capacity / use.quantity);
                }
                lp_.add_entry(qualified_[q.activity][u], out_.qualify[i][t], -most * share);
            }
        }
    }
}

// ---------------------------------------------------------------- contracts (M5)

void PlanWriter::write_contract_rows() {
    contract_rows_.resize(m_.activities.size());
    for (uint32_t i = 0; i < m_.contracts.size(); ++i) {
        const ChainContract& contract = m_.contracts[i];
        const Bucket period{contract.from, contract.until};
        std::vector<ContractRow>& rows = contract_rows_[contract.activity];
        ContractRows mine;
        mine.least = lp_.add_row(contract.minimum, kInfinity);
        rows.push_back({mine.least, period, kAllBuckets, 1});
        if (contract.maximum > 0) {
            mine.exercised = lp_.add_row(-kInfinity, contract.maximum);
            rows.push_back({mine.exercised, period, kAllBuckets, 1});
            mine.most = lp_.add_row(-kInfinity, 0);  // exercised <= reserved
        }
        if (contract.prepaid_usd > 0) {
            mine.credit = lp_.add_row(-kInfinity, 0);
            const double price = m_.activities[contract.activity].cost_usd * factor(future_.price, contract.activity);
            rows.push_back({mine.credit, period, kAllBuckets, -price});
        }
        contracts_.push_back(mine);
        write_share_rows(i);
        write_change_rows(i);
    }
}

// Shares of all starts that make the item, in every bucket of the period.
void PlanWriter::write_share_rows(uint32_t i) {
    const ChainContract& contract = m_.contracts[i];
    const uint32_t item = m_.nodes[m_.activities[contract.activity].outputs.front().node].item;
    for (const bool least : {true, false}) {
        const double share = least ? contract.least_share : contract.most_share;
        if (least ? share <= 0 : share >= 1) continue;
        for (size_t t = 0; t < buckets_; ++t) {
            const Bucket& b = m_.buckets[t];
            if (2 * overlap(b, {contract.from, contract.until}) < static_cast<double>(b.end - b.begin)) continue;
            // a least share is asked for as long as there is something to share: its slack is the contract's shortfall
            const RowIndex row = least ? lp_.add_row(0, kInfinity) : lp_.add_row(-kInfinity, 0);
            if (least) least_share_rows_.push_back({i, t, row});
            for (uint32_t a = 0; a < m_.activities.size(); ++a) {
                const ChainActivity& other = m_.activities[a];
                if (other.substitutes() || m_.nodes[other.outputs.front().node].item != item) continue;
                const double own = a == contract.activity ? 1.0 : 0.0;
                contract_rows_[a].push_back({row, {}, t, other.outputs.front().quantity * (own - share)});
            }
        }
    }
}

// Weekly starts change by at most a share of their mean from week to week.
void PlanWriter::write_change_rows(uint32_t i) {
    const ChainContract& contract = m_.contracts[i];
    const double weeks = in_weeks(contract.until - contract.from);
    const double mean = std::max(contract.minimum, contract.maximum) / std::max(1e-9, weeks);
    if (contract.change <= 0 || mean <= 0) return;
    std::vector<ContractRow>& rows = contract_rows_[contract.activity];
    for (size_t t = 1; t < buckets_; ++t) {
        const Bucket& before = m_.buckets[t - 1];
        const Bucket& b = m_.buckets[t];
        if (before.begin < contract.from || b.end > contract.until) continue;
        const double most = contract.change * mean * (before.weeks() + b.weeks()) / 2;
        const RowIndex row = lp_.add_row(-most, most);
        rows.push_back({row, {}, t, 1 / b.weeks()});
        rows.push_back({row, {}, t - 1, -1 / before.weeks()});
    }
}

void PlanWriter::write_contracts() {
    const size_t count = m_.contracts.size();
    out_.shortfall.resize(count);
    out_.carried.resize(count);
    out_.reserved.resize(count);
    out_.exercised.resize(count);
    out_.credited.resize(count);
    for (uint32_t i = 0; i < count; ++i) {
        const ChainContract& contract = m_.contracts[i];
        const size_t from = std::min(m_.bucket_at(std::max<Time>(0, contract.from)), buckets_ - 1);
        const size_t until = std::min(m_.bucket_at(std::max<Time>(0, contract.until - 1)), buckets_ - 1);
        out_.shortfall[i] = column(contract.shortfall_usd * discount_[until], 0, kInfinity);
        lp_.add_entry(contracts_[i].least, 1);
        if (contract.carry > 0 && contract.next != kNoIndex) {
            out_.carried[i] = column(0, 0, contract.carry * contract.minimum);
            lp_.add_entry(contracts_[i].least, 1);
            lp_.add_entry(contracts_[contract.next].least, -1);
        }
        if (contract.maximum > 0) {
            const bool shared = first_stage_ != nullptr;
            if (shared) {
                out_.reserved[i] = first_stage_->layout->reserved[i];
            } else {
                out_.reserved[i] = column(contract.option_usd * discount_[from], 0, contract.option_starts);
            }
            lp_.add_entry(contracts_[i].most, out_.reserved[i], -1);
            out_.exercised[i] = column(contract.exercise_usd * discount_[until], 0, kInfinity);
            lp_.add_entry(contracts_[i].exercised, -1);
            lp_.add_entry(contracts_[i].most, 1);
        }
        if (contract.prepaid_usd > 0) {
            const size_t middle = (from + until) / 2;
            out_.credited[i] = column(-discount_[middle], 0, contract.prepaid_usd);
            lp_.add_entry(contracts_[i].credit, 1);
            lp_.set_offset(lp_.offset() + weight_ * contract.prepaid_usd * discount_[from]);
        }
    }
    for (const LeastShare& row : least_share_rows_) {
        // the row counts pieces, the fee is of a start
        const ChainContract& contract = m_.contracts[row.contract];
        const double pieces = std::max(1e-9, m_.activities[contract.activity].outputs.front().quantity);
        (void)column(contract.shortfall_usd / pieces * discount_[row.bucket], 0, kInfinity);
        lp_.add_entry(row.row, 1);
    }
}

// ---------------------------------------------------------------- capacity of one future

Time build_delay(const ChainModule& module, double build_factor) {
    return static_cast<Time>(std::llround((build_factor - 1) * static_cast<double>(module.build)));
}

double clearing_reference(const ChainResource& resource) {
    const double reference = resource.capacity_per_week.at(0);
    return reference > 0 ? reference : 1.0;
}

double capacity_per_week(const ChainModel& model, const ChainFuture& future, uint32_t resource, size_t bucket) {
    const Bucket& b = model.buckets[bucket];
    double capacity = model.capacity_per_week(resource, b.begin, b.end);
    const double open = model.disrupted_share(resource, b.begin, b.end);
    for (uint32_t m = 0; m < model.modules.size() && !future.build.empty(); ++m) {
        const ChainModule& module = model.modules[m];
        if (module.resource != resource) continue;
        for (const auto& [date, count] : module.ordered) {
            const double late = model.module_share(m, date + build_delay(module, future.build[m]), b.begin, b.end);
            const double nominal = model.module_share(m, date, b.begin, b.end);
            capacity += static_cast<double>(count) * module.capacity_per_week * open * (late - nominal);
        }
    }
    const double site = future.site_share.empty() ? 1.0 : future.site_share[model.resources[resource].site][bucket];
    return std::max(0.0, capacity) * factor(future.capacity, resource) * site;
}

}  // namespace chipchain
