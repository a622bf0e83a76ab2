// From the solution of a program back to a plan.
#include <algorithm>
#include <cmath>

#include "chipchain/plan/plan_writer.h"

namespace chipchain {

namespace {

class PlanReader {
 public:
    PlanReader(
        const ChainModel& model,
        const PlanModelOptions& options,
        const ChainFuture& future,
        const PlanLayout& layout,
        const LpSolution& solution)
        : m_(model), options_(options), future_(future), layout_(layout), solution_(solution) {
        for (const Bucket& b : m_.buckets) discount_.push_back(discount_at(m_, b.begin + (b.end - b.begin) / 2));
    }

    ChainPlan read() {
        out_.starts = values(layout_.starts);
        out_.shipped = values(layout_.shipped);
        out_.open = values(layout_.open);
        out_.lost = values(layout_.lost);
        out_.stock = values(layout_.stock);
        out_.modules = values(layout_.modules);
        out_.qualify = values(layout_.qualify);
        out_.objective = solution_.objective;
        out_.solver = solution_.solver;
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            out_.lead.push_back(planned_lead(m_, options_, future_, a));
        }
        read_deliveries();
        read_wip();
        read_qualifications();
        read_prices();
        for (size_t i = 0; i < m_.contracts.size(); ++i) {
            out_.shortfall.push_back(value(layout_.shortfall[i]));
            out_.reserved.push_back(value(layout_.reserved[i]));
        }
        read_cost();
        return std::move(out_);
    }

 private:
    // tiny negative figures are noise of the solver
    [[nodiscard]] double value(ColumnIndex column) const {
        return column.valid() ? std::max(0.0, solution_.primal[column.value]) : 0.0;
    }
    [[nodiscard]] Series2 values(const Columns2& columns) const {
        Series2 out(columns.size());
        for (size_t i = 0; i < columns.size(); ++i) {
            for (const ColumnIndex column : columns[i]) out[i].push_back(value(column));
        }
        return out;
    }

    void read_deliveries() {
        for (size_t p = 0; p < m_.programmes.size(); ++p) {
            out_.delivered_from.push_back(values(layout_.delivered[p]));
            out_.delivered.emplace_back(m_.buckets.size(), 0.0);
            for (const std::vector<double>& from : out_.delivered_from.back()) {
                for (size_t t = 0; t < from.size(); ++t) out_.delivered.back()[t] += from[t];
            }
        }
    }

    // Starts that are not out yet at the end of each bucket.
    void read_wip() {
        for (size_t a = 0; a < m_.activities.size(); ++a) {
            if (!layout_.wip[a].empty()) {
                out_.wip.push_back(values({layout_.wip[a]}).front());
                continue;
            }
            std::vector<double> wip(m_.buckets.size(), 0);
            for (size_t t = 0; t < wip.size(); ++t) {
                const Bucket& b = m_.buckets[t];
                const Bucket out{b.begin + out_.lead[a], b.end + out_.lead[a]};
                for (size_t u = t; u < wip.size() && out.end > m_.buckets[u].end; ++u) {
                    wip[u] += out_.starts[a][t] * (1 - share_before(out, m_.buckets[u].end));
                }
            }
            out_.wip.push_back(std::move(wip));
        }
    }

    void read_qualifications() {
        for (size_t i = 0; i < m_.qualifications.size(); ++i) {
            const ChainQualification& q = m_.qualifications[i];
            Time from = q.decided ? q.from + q.duration : kNever;
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                if (out_.qualify[i][t] > 0.5) from = std::max(m_.buckets[t].begin, q.from) + q.duration;
            }
            out_.qualified_from.push_back(from);
        }
    }

    [[nodiscard]] double dual(RowIndex row) const {
        return solution_.row_duals.empty() ? 0.0 : solution_.row_duals[row.value];
    }

    // One more piece raises the right-hand side of its balance, one more unit that of its capacity: the cost falls by
    // the dual.
    void read_prices() {
        for (size_t n = 0; n < m_.nodes.size(); ++n) {
            out_.node_price.emplace_back();
            out_.use_price.emplace_back();
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                const Bucket& b = m_.buckets[t];
                const double price = -dual(layout_.balance[n][t]);
                double inside = 0;  // what a piece is worth more when it need not be there at the end only
                for (const InsideRow& row : layout_.inside[n][t]) inside += dual(row.row) * share_before(b, row.at);
                out_.node_price[n].push_back(price / discount_[t]);
                out_.use_price[n].push_back((price + inside) / discount_[t]);
            }
        }
        for (uint32_t r = 0; r < m_.resources.size(); ++r) {
            const ChainResource& resource = m_.resources[r];
            out_.resource_price.emplace_back();
            out_.capacity.emplace_back();
            out_.use.emplace_back(m_.buckets.size(), 0.0);
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                const Bucket& b = m_.buckets[t];
                const bool queue = options_.clearing && !resource.clearing.empty();
                const double unit = queue ? clearing_reference(resource) * b.weeks() : 1.0;
                out_.resource_price[r].push_back(-dual(layout_.capacity[r][t]) / discount_[t] / unit);
                double capacity = capacity_per_week(m_, future_, r, t) * b.weeks() * resource.target;
                for (uint32_t m = 0; m < m_.modules.size(); ++m) {
                    if (m_.modules[m].resource == r) capacity += from_modules(m, t) * resource.target;
                }
                out_.capacity[r].push_back(capacity);
            }
        }
        for (size_t a = 0; a < m_.activities.size(); ++a) {
            for (const ResourceShare& use : m_.activities[a].uses) {
                for (size_t t = 0; t < m_.buckets.size(); ++t) {
                    const double starts = layout_.done[a].empty() ? out_.starts[a][t] : value(layout_.done[a][t]);
                    out_.use[use.resource][t] += use.quantity * starts;
                }
            }
        }
    }

    // Units of capacity in bucket t of the modules that the plan decides.
    [[nodiscard]] double from_modules(uint32_t m, size_t t) const {
        const ChainModule& module = m_.modules[m];
        const Bucket& b = m_.buckets[t];
        double capacity = 0;
        for (size_t u = 0; u <= t; ++u) {
            const double count = out_.modules[m][u];
            if (count <= 0) continue;
            const Time decided =
                std::max(m_.buckets[u].begin, module.from) + build_delay(module, factor(future_.build, m));
            const double site =
                future_.site_share.empty() ? 1.0 : future_.site_share[m_.resources[module.resource].site][t];
            capacity += count * module.capacity_per_week * m_.module_share(m, decided, b.begin, b.end) *
                        m_.disrupted_share(module.resource, b.begin, b.end) * site *
                        factor(future_.capacity, module.resource) * b.weeks();
        }
        return capacity;
    }

    void read_cost() {
        PlanCost& cost = out_.cost;
        cost.capex = decided_capex(m_);
        cost.qualifications = decided_qualifications(m_);
        for (size_t t = 0; t < m_.buckets.size(); ++t) {
            const double d = discount_[t];
            const double weeks = m_.buckets[t].weeks();
            for (size_t a = 0; a < m_.activities.size(); ++a) {
                const ChainActivity& activity = m_.activities[a];
                cost.activities += d * out_.starts[a][t] * activity.cost_usd * factor(future_.price, a);
                const double under_way =
                    layout_.wip[a].empty() ? out_.starts[a][t] * in_weeks(out_.lead[a]) : out_.wip[a][t] * weeks;
                cost.holding += d * activity.wip_usd_per_week * under_way;
            }
            for (size_t i = 0; i < m_.arcs.size(); ++i) {
                cost.transport += d * out_.shipped[i][t] * (m_.arcs[i].cost_usd - m_.arcs[i].tariff_usd);
                cost.tariffs += d * out_.shipped[i][t] * m_.arcs[i].tariff_usd;
            }
            for (size_t n = 0; n < m_.nodes.size(); ++n) {
                const double holding = m_.items[m_.nodes[n].item].holding_usd_per_week;
                const double over = value(layout_.over_limit[n][t]);
                cost.holding += d * weeks * (out_.stock[n][t] * holding + over * over_limit_usd(holding));
                cost.below_floor += d * weeks * value(layout_.below_floor[n][t]) * m_.nodes[n].short_usd_per_week;
            }
            read_demand_cost(t);
            for (size_t m = 0; m < m_.modules.size(); ++m) {
                cost.capex += d * out_.modules[m][t] * m_.modules[m].capex_usd;
            }
            for (size_t i = 0; i < m_.qualifications.size(); ++i) {
                const ChainQualification& q = m_.qualifications[i];
                cost.qualifications +=
                    d * out_.qualify[i][t] * (q.cost_usd + q.starts * m_.activities[q.activity].cost_usd);
            }
        }
        // what is left of the objective are contracts: fees, options, prepayments and their credit
        cost.contracts = out_.objective - (cost.cost() - cost.value);
    }

    void read_demand_cost(size_t t) {
        PlanCost& cost = out_.cost;
        const double d = discount_[t];
        for (size_t p = 0; p < m_.programmes.size(); ++p) {
            const ChainProgramme& programme = m_.programmes[p];
            const double unmet = programme.unmet_usd > 0 ? programme.unmet_usd : programme.late_usd_per_week;
            cost.value += d * out_.delivered[p][t] * programme.value_usd;
            cost.unmet += d * unmet * out_.lost[p][t];
            if (!layout_.below_share[p].empty()) {
                cost.unmet += d * floor_price(m_) * value(layout_.below_share[p][t]);
            }
            if (t + 1 == m_.buckets.size()) {
                cost.unmet += d * unmet * out_.open[p][t];
            } else {
                cost.late += d * programme.late_usd_per_week * out_.open[p][t] * m_.buckets[t].weeks();
            }
        }
    }

    const ChainModel& m_;
    const PlanModelOptions& options_;
    const ChainFuture& future_;
    const PlanLayout& layout_;
    const LpSolution& solution_;
    std::vector<double> discount_;
    ChainPlan out_;
};

}  // namespace

ChainPlan read_plan(
    const ChainModel& model,
    const PlanModelOptions& options,
    const ChainFuture& future,
    const PlanLayout& layout,
    const LpSolution& solution) {
    return PlanReader(model, options, future, layout, solution).read();
}

}  // namespace chipchain
