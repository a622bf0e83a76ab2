#include "chipchain/report/chain_tables.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/report/chain_cells.h"
#include "chipchain/report/chain_schemas.h"
#include "chipchain/report/table_rows.h"
#include "chipchain/stats/quantile.h"
#include "chipchain/stats/sum.h"

namespace chipchain {

std::string chain_date(const ChainModel& model, Time t) {
    return t == kNever ? std::string() : iso_date(model.start + t).substr(0, 10);
}

namespace {

// Quantile over futures of a running total at a bucket.
double total_quantile(const std::vector<ChainSample>& samples, size_t programme, size_t bucket, double q) {
    std::vector<double> values;
    values.reserve(samples.size());
    for (const ChainSample& s : samples) values.push_back(static_cast<double>(s.delivered[programme][bucket]));
    return quantile_of(std::move(values), q);
}

void optional_number(Rows& rows, bool there, double value) {
    if (there) {
        rows.number(value);
    } else {
        rows.none();
    }
}

class PlanTables {
 public:
    PlanTables(const ChainModel& model, const ChainStudy& study)
        : m_(model),
          study_(study),
          plan_(study.loop.best.plan),
          samples_(study.loop.samples),
          quarters_(quarters_of(model)) {}

    ResultTable milestones() const {
        Rows rows(kMilestones);
        for (size_t i = 0; i < m_.milestones.size(); ++i) {
            const ChainMilestone& milestone = m_.milestones[i];
            std::vector<double> days;
            size_t reached = 0;
            for (const ChainSample& s : samples_) {
                const Time at = s.milestones[i];
                reached += at != kNever ? 1 : 0;
                days.push_back(at == kNever ? 1e9 : in_days(at));
            }
            std::sort(days.begin(), days.end());
            const auto at_share = [&](double share) -> Time {
                if (days.empty()) return kNever;
                const auto k = static_cast<size_t>(std::ceil(share * static_cast<double>(days.size()))) - 1;
                // a day is over when it is counted: the date is the day itself
                return days[k] >= 1e9 ? kNever : (static_cast<Time>(days[k]) - 1) * kDay;
            };
            const Time planned = study_.planned_milestones[i];
            const Time p90 = at_share(0.9);
            rows.text(milestone.name).text(chain_date(m_, milestone.date)).text(chain_date(m_, planned));
            const bool exact = !study_.exact.milestones.empty() && study_.exact.milestones[i] != kNever;
            rows.text(exact ? chain_date(m_, study_.exact.milestones[i] - kDay) : "");
            rows.text(chain_date(m_, at_share(0.5))).text(chain_date(m_, p90));
            const Time judged = samples_.empty() ? planned : p90;
            optional_number(rows, judged != kNever, std::max(0.0, in_days(judged - milestone.date)));
            optional_number(
                rows,
                !samples_.empty(),
                100.0 * static_cast<double>(reached) / std::max<double>(1, static_cast<double>(samples_.size())));
            rows.text(mark_of("milestone", milestone.name)).text(milestone.note);
        }
        return rows.take();
    }

    ResultTable supply() const {
        Rows rows(kSupply);
        for (size_t p = 0; p < m_.programmes.size(); ++p) {
            for (size_t q = 0; q < quarters_.size(); ++q) {
                const Quarter& quarter = quarters_[q];
                const double due = m_.programmes[p].due(
                    quarter.first == 0 ? INT64_MIN / 2 : m_.buckets[quarter.first].begin,
                    m_.buckets[quarter.last].end);
                const double planned = quarter_sum(quarter, plan_.delivered[p]);
                if (due < 0.5 && planned < 0.5) continue;
                rows.text(m_.programmes[p].name).text(quarter.name).number(due).number(planned);
                for (const double share : {0.1, 0.5, 0.9}) {
                    optional_number(rows, !samples_.empty(), quarter_quantile(p, quarter, share));
                }
                rows.number(plan_.open[p][quarter.last]);
                const bool promised = !study_.loop.promise.empty();
                const double before = promised && q > 0 ? study_.loop.promise[p][q - 1] : 0;
                optional_number(rows, promised, promised ? study_.loop.promise[p][q] - before : 0);
                const bool kept = promised && study_.loop.kept[p][q] >= 0;
                optional_number(rows, kept, kept ? 100 * study_.loop.kept[p][q] : 0);
            }
        }
        return rows.take();
    }

    ResultTable cumulative() const {
        Rows rows(kCumulative);
        for (size_t p = 0; p < m_.programmes.size(); ++p) {
            double planned = 0;
            double naive = 0;
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                planned += plan_.delivered[p][t];
                naive += study_.loop.naive.plan.delivered[p][t];
                rows.text(m_.programmes[p].name).text(chain_date(m_, m_.buckets[t].end));
                rows.number(m_.programmes[p].due(INT64_MIN / 2, m_.buckets[t].end)).number(planned);
                for (const double share : {0.1, 0.5, 0.9}) {
                    optional_number(rows, !samples_.empty(), total_quantile(samples_, p, t, share));
                }
                rows.number(naive);
            }
        }
        return rows.take();
    }

    ResultTable bottlenecks() const {
        Rows rows(kBottlenecks);
        for (const Quarter& quarter : quarters_) {
            struct Entry {
                size_t resource;
                double worth, price, use;
            };
            std::vector<Entry> entries;
            for (size_t r = 0; r < m_.resources.size(); ++r) {
                Entry entry{r, 0, 0, 0};
                double capacity = 0;
                for (size_t t = quarter.first; t <= quarter.last; ++t) {
                    entry.worth += plan_.resource_price[r][t] * plan_.capacity[r][t];
                    capacity += plan_.capacity[r][t];
                    entry.use += plan_.use[r][t];
                }
                if (capacity <= 0 || entry.worth <= 1) continue;
                entry.price = entry.worth / capacity;
                entry.use = 100 * entry.use / capacity;
                entries.push_back(entry);
            }
            std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
                return a.worth > b.worth;
            });
            uint64_t rank = 0;
            for (const Entry& e : entries) {
                const ChainResource& resource = m_.resources[e.resource];
                rows.text(quarter.name).text(resource.name).text(m_.sites[resource.site].name).number(e.use);
                rows.text(resource.unit).number(e.price).number(e.worth).count(++rank);
            }
        }
        return rows.take();
    }

    ResultTable resource_use() const {
        Rows rows(kResourceUse);
        for (size_t r = 0; r < m_.resources.size(); ++r) {
            const ChainResource& resource = m_.resources[r];
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                rows.text(resource.name).text(m_.sites[resource.site].name).text(chain_date(m_, m_.buckets[t].begin));
                rows.text(resource.unit).number(plan_.use[r][t]).number(plan_.capacity[r][t]);
                rows.percent(plan_.use[r][t], plan_.capacity[r][t]).number(plan_.resource_price[r][t]);
            }
        }
        return rows.take();
    }

    ResultTable stock() const {
        Rows rows(kStock);
        for (uint32_t n = 0; n < m_.nodes.size(); ++n) {
            const ChainNode& node = m_.nodes[n];
            const double floor = study_.loop.floor.empty() ? node.floor : study_.loop.floor[n];
            if (sum_of(plan_.stock[n]) < 0.5 && floor < 0.5) continue;
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                std::vector<double> values;
                for (const ChainSample& s : samples_) values.push_back(static_cast<double>(s.stock[n][t]));
                rows.text(m_.node_name(n)).text(m_.items[node.item].name).text(m_.sites[node.site].name);
                rows.text(chain_date(m_, m_.buckets[t].end)).number(plan_.stock[n][t]);
                for (const double share : {0.1, 0.5, 0.9}) {
                    optional_number(rows, !values.empty(), quantile_of(values, share));
                }
                rows.number(m_.buckets[t].end > node.floor_from ? floor : 0);
                rows.number(plan_.stock[n][t] * m_.items[node.item].value_usd);
            }
        }
        return rows.take();
    }

    ResultTable modules() const {
        Rows rows(kModules);
        for (size_t i = 0; i < m_.modules.size(); ++i) {
            const ChainModule& module = m_.modules[i];
            const auto row = [&](Time decided, double count, const char* by) {
                rows.text(module.name).text(m_.resources[module.resource].name).text(chain_date(m_, decided));
                rows.text(chain_date(m_, decided + module.build))
                    .number(count)
                    .number(count * module.capex_usd)
                    .text(by);
            };
            for (const auto& [date, count] : module.ordered) row(date, static_cast<double>(count), "file");
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                const double count = plan_.modules[i][t];
                if (count > 1e-6) row(std::max(module.from, m_.buckets[t].begin), count, "plan");
            }
        }
        return rows.take();
    }

    ResultTable orders() const {
        Rows rows(kOrders);
        for (size_t a = 0; a < m_.activities.size(); ++a) {
            const ChainActivity& activity = m_.activities[a];
            if (activity.substitutes() || sum_of(plan_.starts[a]) < 0.5) continue;
            const ChainSite& site = m_.sites[activity.site];
            for (size_t t = 0; t < m_.buckets.size(); ++t) {
                rows.text(activity.name).text(site.name).text(site.kind == SiteKind::own ? "own" : "supplier");
                rows.text(chain_date(m_, m_.buckets[t].begin)).number(plan_.starts[a][t]);
                rows.number(plan_.starts[a][t] * activity.cost_usd);
            }
        }
        return rows.take();
    }

    ResultTable outside() const {
        Rows rows(kOutside);
        for (size_t a = 0; a < m_.activities.size(); ++a) {
            const ChainActivity& activity = m_.activities[a];
            const bool bought = m_.sites[activity.site].kind == SiteKind::supplier && !activity.substitutes();
            if (!bought || sum_of(plan_.starts[a]) < 0.5) continue;
            for (const Quarter& quarter : quarters_) {
                const double pieces = made_in(a, quarter);
                double own = 0;
                double all = 0;
                for (size_t b = 0; b < m_.activities.size(); ++b) {
                    if (!same_thing(a, b)) continue;
                    const double made = made_in(b, quarter);
                    all += made;
                    if (m_.sites[m_.activities[b].site].kind == SiteKind::own) own += made;
                }
                double starts = 0;
                for (size_t t = quarter.first; t <= quarter.last; ++t) starts += plan_.starts[a][t];
                rows.text(m_.sites[activity.site].name)
                    .text(m_.items[item_of(a)].name)
                    .text(quarter.name)
                    .number(pieces);
                rows.number(starts * activity.cost_usd).number(own).percent(pieces, all);
                double minimum = 0;
                for (const ChainContract& c : m_.contracts) {
                    const size_t t = m_.bucket_at(c.from);
                    if (c.activity == a && t >= quarter.first && t <= quarter.last) minimum += c.minimum;
                }
                rows.number(minimum);
            }
        }
        return rows.take();
    }

 private:
    [[nodiscard]] uint32_t item_of(size_t a) const { return m_.nodes[m_.activities[a].outputs.front().node].item; }
    [[nodiscard]] bool same_thing(size_t a, size_t b) const {
        if (m_.activities[b].substitutes()) return false;
        const ChainItem& x = m_.items[item_of(a)];
        const ChainItem& y = m_.items[item_of(b)];
        return item_of(a) == item_of(b) || (!x.family.empty() && x.family == y.family && x.kind == y.kind);
    }
    [[nodiscard]] double made_in(size_t a, const Quarter& quarter) const {
        const ChainActivity& activity = m_.activities[a];
        double pieces = 0;
        for (size_t t = quarter.first; t <= quarter.last; ++t) {
            const Bucket& b = m_.buckets[t];
            pieces += plan_.starts[a][t] * activity.outputs.front().quantity * activity.good_mean(b.begin, b.end);
        }
        return pieces;
    }
    [[nodiscard]] double quarter_quantile(size_t programme, const Quarter& quarter, double share) const {
        std::vector<double> values;
        for (const ChainSample& s : samples_) {
            const int64_t before = quarter.first == 0 ? 0 : s.delivered[programme][quarter.first - 1];
            values.push_back(static_cast<double>(s.delivered[programme][quarter.last] - before));
        }
        return quantile_of(std::move(values), share);
    }
    [[nodiscard]] std::string mark_of(std::string_view table, std::string_view row) const {
        for (const ChainFigure& f : m_.figures) {
            if (f.table == table && f.row == row) return std::string(mark_text(f.mark));
        }
        return {};
    }

    const ChainModel& m_;
    const ChainStudy& study_;
    const ChainPlan& plan_;
    const std::vector<ChainSample>& samples_;
    std::vector<Quarter> quarters_;
};

}  // namespace

std::vector<ResultTable> chain_tables(
    const ChainModel& model,
    const ChainStudy& study,
    const ChainStudyOptions& options,
    const std::string& command) {
    const PlanTables plan(model, study);
    std::vector<ResultTable> out;
    out.push_back(chain_run_table(model, study, options, command));
    out.push_back(summary_table(model, study));
    out.push_back(plan.milestones());
    out.push_back(plan.supply());
    out.push_back(plan.cumulative());
    out.push_back(plan.bottlenecks());
    out.push_back(cost_table(model, study));
    out.push_back(plan.outside());
    out.push_back(risk_table(model, study));
    out.push_back(tornado_table(model, study));
    out.push_back(late_table(model, study));
    out.push_back(loop_table(study));
    out.push_back(pooling_table(model, study));
    out.push_back(gap_table(model, study));
    out.push_back(line_table(model, study));
    out.push_back(money_table(study));
    out.push_back(plan.modules());
    out.push_back(plan.resource_use());
    out.push_back(plan.stock());
    out.push_back(plan.orders());
    out.push_back(flow_table(model, study));
    out.push_back(balance_table(model, study));
    out.push_back(assumption_table(model));
    return out;
}

}  // namespace chipchain
