// Tables of what a study finds besides the plan: risk, reasons, costs, the loop, balances.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/report/chain_cells.h"
#include "chipchain/report/chain_schemas.h"
#include "chipchain/report/table_rows.h"
#include "chipchain/report/text_table.h"
#include "chipchain/stats/quantile.h"
#include "chipchain/stats/sum.h"

namespace chipchain {

namespace {

constexpr double kMillion = 1e6;

// Mean, P10 and P90 of the cost over futures, US$.
std::array<double, 3> cost_interval(const std::vector<ChainSample>& samples) {
    std::vector<double> costs;
    for (const ChainSample& s : samples) costs.push_back(s.cost());
    const double mean = costs.empty() ? 0 : sum_of(costs) / static_cast<double>(costs.size());
    return {mean, quantile_of(costs, 0.1), quantile_of(costs, 0.9)};
}

std::string late_kind(LateKind kind) {
    constexpr const char* kNames[] =
        {"resource", "lead time", "not qualified", "closed", "contract", "awaits supply", "safety stock", "cost"};
    return kNames[static_cast<size_t>(kind)];
}

std::string money_name(size_t kind) {
    constexpr const char* kNames[kChainMoney] = {
        "activities",
        "transport",
        "tariffs",
        "holding",
        "late",
        "unmet",
        "contracts",
        "capex",
        "qualifications",
        "value"};
    return kNames[kind];
}

std::array<double, kChainMoney> planned_money(const PlanCost& cost) {
    return {
        cost.activities,
        cost.transport,
        cost.tariffs,
        cost.holding + cost.below_floor,
        cost.late,
        cost.unmet,
        cost.contracts,
        cost.capex,
        cost.qualifications,
        cost.value};
}

}  // namespace

ResultTable chain_run_table(
    const ChainModel& model,
    const ChainStudy& study,
    const ChainStudyOptions& options,
    const std::string& command) {
    const PlanningResult& best = study.loop.best;
    Rows rows(kChainRun);
    rows.text(model.name).text(std::string(version())).text(fmt::format("{:016x}", model.hash)).count(options.seed);
    rows.count(study.loop.samples.size()).number(100 * model.service);
    rows.text(fmt::format("{:016x}", study.fingerprint));
    rows.text(chain_date(model, 0)).text(chain_date(model, model.end)).text(command).text(best.plan.solver);
    rows.count(static_cast<uint64_t>(best.rows)).count(static_cast<uint64_t>(best.columns));
    rows.number(100 * best.mip_gap).text(best.check.good() ? "optimal within 1e-6" : best.check.fault);
    return rows.take();
}

namespace {

// Rows of the summary.
class Summary {
 public:
    Summary(const ChainModel& model, const ChainStudy& study) : m_(model), study_(study), rows_(kSummary) {}

    ResultTable make() {
        size_t in_time = 0;
        for (size_t i = 0; i < m_.milestones.size(); ++i) {
            in_time += study_.planned_milestones[i] <= m_.milestones[i].date ? 1 : 0;
        }
        row("milestones in time",
            fmt::format("{} of {}", in_time, m_.milestones.size()),
            static_cast<double>(in_time),
            "",
            "milestones whose planned date is not after the wanted one");
        if (!study_.loop.samples.empty()) {
            row("promises kept",
                "",
                100 * mean_kept(study_.loop.kept),
                "%",
                "mean over programmes and quarters, in futures that did not make the promises");
            row("promises kept by the naive plan",
                "",
                100 * mean_kept(study_.loop.naive_kept),
                "%",
                "mean lead times and yields, no buffers, all planned deliveries promised");
        }
        for (size_t p = 0; p < m_.programmes.size(); ++p) delivered(p);
        money();
        double behind = 0;
        for (const PlanGap& gap : study_.gaps) behind = std::max(behind, gap.pieces);
        row("gap between plan and simulation",
            study_.gaps.empty() ? "none" : fmt::format("{} dates behind", study_.gaps.size()),
            behind,
            "pieces",
            "most pieces that the simulation without randomness is behind the plan at the end of a bucket");
        return rows_.take();
    }

 private:
    void row(const char* figure, std::string text, double value, const char* unit, const char* help) {
        row(figure, std::move(text), value, unit, NAN, NAN, help);
    }
    void row(
        std::string figure,
        std::string text,
        double value,
        const char* unit,
        double low,
        double high,
        const char* help) {
        rows_.text(std::move(figure)).text(std::move(text)).number(value).text(unit);
        rows_.number(low).number(high).text(help);
    }

    void delivered(size_t p) {
        std::vector<double> totals;
        for (const ChainSample& s : study_.loop.samples) totals.push_back(static_cast<double>(s.delivered[p].back()));
        const double due = m_.programmes[p].due(INT64_MIN / 2, m_.end);
        const double pieces = sum_of(study_.loop.best.plan.delivered[p]);
        row(fmt::format("delivered to {}", m_.programmes[p].name),
            fmt::format("{:.1f} % of demand", due > 0 ? 100 * pieces / due : 100.0),
            pieces,
            "pieces",
            totals.empty() ? NAN : quantile_of(totals, 0.1),
            totals.empty() ? NAN : quantile_of(totals, 0.9),
            "in the plan; interval: P10 to P90 of the futures");
    }

    void money() {
        const PlanCost& cost = study_.loop.best.plan.cost;
        row("cost of the plan", "", cost.cost() / kMillion, "MUSD", "discounted, delay included");
        row("value less cost of the plan",
            "",
            (cost.value - cost.cost()) / kMillion,
            "MUSD",
            "discounted value of what is delivered, less all costs");
        if (!study_.loop.samples.empty()) {
            const std::array<double, 3> simulated = cost_interval(study_.loop.samples);
            row("cost in the simulation",
                "",
                simulated[0] / kMillion,
                "MUSD",
                simulated[1] / kMillion,
                simulated[2] / kMillion,
                "mean and P10 to P90 over futures, not discounted");
        }
        row("capex", "", cost.capex / kMillion, "MUSD", "modules of the file and of the plan, discounted");
    }

    const ChainModel& m_;
    const ChainStudy& study_;
    Rows rows_;
};

}  // namespace

ResultTable summary_table(const ChainModel& model, const ChainStudy& study) { return Summary(model, study).make(); }

ResultTable cost_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kCostWaterfall);
    for (const UnitCost& cost : study.costs) {
        const std::string name = model.node_name(cost.node);
        for (const CostStep& step : cost.steps) {
            rows.text(name).text(step.name).text(step.loss ? "loss" : "add").number(step.usd).number(cost.pieces);
        }
        rows.text(name).text("good piece").text("total").number(cost.usd).number(cost.pieces);
    }
    return rows.take();
}

ResultTable risk_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kRisk);
    for (const SiteRisk& risk : study.risks) {
        const ChainSite& site = model.sites[risk.site];
        rows.text(site.name).text(site.region).text(chain_date(model, risk.begin)).number(risk.recover_weeks);
        if (risk.survive_weeks >= kSurvivesAll) {
            rows.none();
        } else {
            rows.number(risk.survive_weeks);
        }
        rows.text(risk.safe() ? "yes" : "no").number(risk.impact_usd).number(risk.lost_piece_weeks);
        rows.text(risk.worst_programme == kNoIndex ? "" : model.programmes[risk.worst_programme].name);
        std::string fix;
        if (!risk.safe() && risk.scarce_node != kNoIndex && risk.buffer_pieces > 0) {
            fix = fmt::format(
                "hold {} more {} (US$ {:.1f} M a year)",
                grouped(std::llround(risk.buffer_pieces)),
                model.node_name(risk.scarce_node),
                risk.buffer_usd / kMillion);
        }
        rows.text(fix);
    }
    return rows.take();
}

ResultTable tornado_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kTornado);
    for (const TornadoBar& bar : study.tornado) {
        const ChainUncertainty& u = model.uncertainties[bar.uncertainty];
        rows.text(u.name).number(100 * u.low).number(100 * u.high).number(bar.low / kMillion);
        rows.number(bar.base / kMillion).number(bar.high / kMillion).number(bar.swing() / kMillion);
        rows.number(bar.rank_correlation);
        std::string mark;
        std::string source;
        for (const ChainFigure& f : model.figures) {
            if (f.table != "uncertainty" || f.row != u.name) continue;
            mark = mark_text(f.mark);
            source = f.source;
        }
        rows.text(mark).text(source);
    }
    return rows.take();
}

ResultTable late_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kLate);
    const std::vector<Quarter> quarters = quarters_of(model);
    const auto quarter_of = [&](size_t bucket) {
        for (const Quarter& q : quarters) {
            if (bucket >= q.first && bucket <= q.last) return q.name;
        }
        return std::string();
    };
    // one row per programme, quarter and reason
    for (size_t i = 0; i < study.late.size();) {
        LateReason sum = study.late[i];
        size_t j = i + 1;
        for (; j < study.late.size(); ++j) {
            const LateReason& next = study.late[j];
            const bool same = next.programme == sum.programme && quarter_of(next.bucket) == quarter_of(sum.bucket) &&
                              next.kind == sum.kind && next.of == sum.of;
            if (!same) break;
            sum.pieces += next.pieces;
            sum.needed += next.needed;
            sum.weeks = std::max(sum.weeks, next.weeks);
            sum.delivered = sum.delivered && next.delivered;
        }
        rows.text(model.programmes[sum.programme].name).text(quarter_of(sum.bucket)).number(sum.pieces);
        if (sum.delivered) {
            rows.number(sum.weeks);
        } else {
            rows.none();
        }
        std::string path;
        for (const uint32_t node : sum.path) path += (path.empty() ? "" : " <- ") + model.node_name(node);
        std::string fix;
        for (const std::string& text : fix_texts(model, sum)) fix += (fix.empty() ? "" : "; ") + text;
        rows.text(late_kind(sum.kind)).text(reason_text(model, sum)).text(path).number(sum.price).text(fix);
        i = j;
    }
    return rows.take();
}

ResultTable loop_table(const ChainStudy& study) {
    Rows rows(kLoopRounds);
    for (size_t i = 0; i < study.loop.rounds.size(); ++i) {
        const LoopRound& r = study.loop.rounds[i];
        rows.count(i)
            .text(r.kind)
            .number(r.plan_cost / kMillion)
            .number(r.simulated_cost / kMillion)
            .number(r.simulated_net / kMillion);
        rows.number(100 * r.kept)
            .number(100 * r.lead_change)
            .number(100 * r.release_change)
            .text(r.best ? "yes" : "no");
    }
    return rows.take();
}

ResultTable pooling_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kPooling);
    for (const PooledFamily& family : study.pooled) {
        std::string versions;
        for (const std::string& v : family.versions) versions += (versions.empty() ? "" : ", ") + v;
        const Pooling& p = family.pooling;
        rows.text(family.family).text(versions).number(100 * model.service).number(p.dedicated.units);
        rows.number(p.pooled.units).number(p.saved_units).number(100 * p.saved_share).number(p.saved_usd);
    }
    return rows.take();
}

ResultTable line_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kLines);
    for (const LineCheck& line : study.lines) {
        const ChainResource& resource = model.resources[line.resource];
        rows.text(resource.name).text(model.activities[line.activity].name).text(resource.process);
        rows.number(static_cast<double>(line.lots)).number(line.planned_d).number(line.simulated_d);
        rows.number(static_cast<double>(line.planned_starts)).number(static_cast<double>(line.starts));
    }
    return rows.take();
}

ResultTable gap_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kGaps);
    for (const PlanGap& gap : study.gaps) {
        double planned = 0;
        for (size_t t = 0; t <= gap.bucket; ++t) planned += study.loop.best.plan.delivered[gap.programme][t];
        rows.text(model.programmes[gap.programme].name).text(chain_date(model, model.buckets[gap.bucket].end));
        rows.number(planned).number(gap.pieces).percent(gap.pieces, planned).text(gap.why);
    }
    return rows.take();
}

ResultTable money_table(const ChainStudy& study) {
    Rows rows(kMoney);
    const std::array<double, kChainMoney> planned = planned_money(study.loop.best.plan.cost);
    for (size_t k = 0; k < kChainMoney; ++k) {
        double exact = 0;
        for (const MicroUsd usd : study.exact.money[k]) exact += static_cast<double>(usd) * 1e-6;
        std::vector<double> values;
        for (const ChainSample& s : study.loop.samples) values.push_back(s.money[k] / kMillion);
        rows.text(money_name(k)).number(planned[k] / kMillion).number(exact / kMillion);
        if (values.empty()) {
            rows.none().none().none();
        } else {
            rows.number(sum_of(values) / static_cast<double>(values.size()));
            rows.number(quantile_of(values, 0.1)).number(quantile_of(values, 0.9));
        }
    }
    return rows.take();
}

// Flows of the plan with the money in them, so that dies, panels and boards can stand side by side.
ResultTable flow_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kFlows);
    const ChainPlan& plan = study.loop.best.plan;
    std::vector<double> unit(model.nodes.size(), 0);
    for (const UnitCost& cost : study.all_costs) unit[cost.node] = cost.usd;
    const auto flow = [&](const std::string& from, const std::string& to, uint32_t node, double pieces, bool loss) {
        if (pieces < 0.5) return;
        rows.text(from).text(to).text(model.items[model.nodes[node].item].name).number(pieces);
        rows.number(pieces * unit[node]).text(loss ? "yes" : "no");
    };
    for (size_t a = 0; a < model.activities.size(); ++a) {
        const ChainActivity& activity = model.activities[a];
        const double starts = sum_of(plan.starts[a]);
        for (const ChainAmount& in : activity.inputs) {
            flow(model.node_name(in.node), activity.name, in.node, starts * in.quantity, false);
        }
        double good = 0;
        for (size_t t = 0; t < model.buckets.size(); ++t) {
            good += plan.starts[a][t] * activity.good_mean(model.buckets[t].begin, model.buckets[t].end);
        }
        for (const ChainAmount& out : activity.outputs) {
            flow(activity.name, model.node_name(out.node), out.node, good * out.quantity, false);
            flow(
                activity.name,
                fmt::format("lost in {}", activity.name),
                out.node,
                (starts - good) * out.quantity,
                true);
        }
    }
    for (size_t i = 0; i < model.arcs.size(); ++i) {
        const ChainArc& arc = model.arcs[i];
        flow(model.node_name(arc.from), model.node_name(arc.to), arc.from, sum_of(plan.shipped[i]), false);
    }
    for (size_t p = 0; p < model.programmes.size(); ++p) {
        for (size_t n = 0; n < model.programmes[p].nodes.size(); ++n) {
            const uint32_t node = model.programmes[p].nodes[n];
            flow(model.node_name(node), model.programmes[p].name, node, sum_of(plan.delivered_from[p][n]), false);
        }
    }
    return rows.take();
}

ResultTable balance_table(const ChainModel& model, const ChainStudy& study) {
    Rows rows(kBalance);
    const ChainResult& run = study.exact;
    for (uint32_t i = 0; i < model.items.size() && !run.nodes.empty(); ++i) {
        int64_t initial = 0;
        int64_t made = 0;
        int64_t used = 0;
        int64_t lost = 0;
        int64_t under_way = 0;
        int64_t stock = 0;
        for (uint32_t n = 0; n < model.nodes.size(); ++n) {
            if (model.nodes[n].item != i) continue;
            initial += run.nodes[n].initial;
            used += run.nodes[n].taken;
            stock += run.nodes[n].stock.back();
        }
        for (const ActivityResult& activity : run.activities) {
            for (const OutputResult& out : activity.of_outputs) {
                if (model.nodes[out.node].item != i) continue;
                initial += out.pipeline;
                made += out.begun;
                lost += out.lost_yield + out.lost_excursion + out.lost_outage;
                under_way += out.under_way;
            }
        }
        for (size_t k = 0; k < model.arcs.size(); ++k) {
            if (model.nodes[model.arcs[k].from].item != i) continue;
            for (const int64_t pieces : run.arcs[k].shipped) used -= pieces;
            under_way += run.arcs[k].in_transit;
        }
        rows.text(model.items[i].name);
        for (const int64_t value : {initial, made, used, lost, under_way, stock})
            rows.number(static_cast<double>(value));
        rows.number(static_cast<double>(initial + made - used - lost - under_way - stock));
    }
    return rows.take();
}

ResultTable assumption_table(const ChainModel& model) {
    Rows rows(kAssumptions);
    for (const ChainFigure& f : model.figures) {
        rows.text(f.table).text(f.row).text(f.text).text(std::string(mark_text(f.mark))).text(f.source);
    }
    return rows.take();
}

}  // namespace chipchain
