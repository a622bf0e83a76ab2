// Can what programmes ask for come at all, and in time? And are figures off by a unit?
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "chipchain/model/chain_compiler.h"

namespace chipchain {

namespace {

// A jump that no ramp makes, but a slip between pieces and thousands does; assumption
constexpr double kSlip = 300;

// ---------------------------------------------------------------- missing sources

std::string sites_with(const ChainCompiler& c, uint32_t item) {
    std::string out;
    for (uint32_t site = 0; site < c.sites.size(); ++site) {
        if (c.available[c.place(item, site)])
            out += fmt::format("{}'{}'", out.empty() ? "" : ", ", c.sites.names()[site]);
    }
    return out;
}

void report_missing(
    ChainCompiler& c,
    const std::string& whose,
    const std::string& item,
    const std::string& site,
    Span span) {
    const std::string there = sites_with(c, c.items.find(item));
    c.messages.error(
        "missing-source",
        fmt::format("{} '{}' at '{}', where it is neither made nor in stock nor delivered", whose, item, site),
        span,
        there.empty() ? fmt::format("expected an activity that makes '{}'", item)
                      : fmt::format("expected a lane that brings '{}'", item),
        there.empty()
            ? fmt::format("add an [[activity]] with item = \"{0}\", or a [[store]] with an initial stock", item)
            : fmt::format("it can be at {}: add a [[lane]] from there to '{}'", there, site));
}

// ---------------------------------------------------------------- first dates

// What the search for the first dates looks at.
struct Rules {
    bool qualify = true;  // activities wait for their qualification
    bool dead = false;    // activities that can make nothing count too
};

struct First {
    Time at = kNever;
    uint32_t activity = kNoIndex;  // that makes it, or
    uint32_t arc = kNoIndex;       // that brings it; neither: stock or pipeline
};

class Reach {
 public:
    explicit Reach(ChainCompiler& c) : c_(c), m_(c.model), dead_(c.model.activities.size()), told_(dead_.size()) {}

    void check() {
        find_dead();
        first_ = search({true, false});
        for (const ProgrammeSpec& row : c_.spec.programmes) check_programme(row);
        tell_dead();
    }

 private:
    // Activities that make nothing before the end: by their yield, or by a resource without capacity.
    void find_dead() {
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            const ChainActivity& activity = m_.activities[a];
            const Time until = std::min(activity.until, m_.end);
            const double yield = activity.yield.mean(std::min(activity.from, until), until);
            if (yield <= 0) dead_[a] = "zero-yield";
            if (starts_by_capacity(m_, a, 0, m_.end) <= 0) dead_[a] = "zero-capacity";
        }
    }

    Time start_of(uint32_t a, const Rules& rules) const {
        const ChainActivity& activity = m_.activities[a];
        Time from = activity.from;
        if (activity.qualification != kNoIndex) {
            const ChainQualification& q = m_.qualifications[activity.qualification];
            from = rules.qualify ? std::max(from, q.from + q.duration)
                                 : std::max<Time>(c_.spec.activities[activity.row].from, 0);
        }
        return std::max(from, m_.freeze);
    }

    std::vector<First> search(const Rules& rules) const {
        std::vector<First> first(m_.nodes.size());
        for (uint32_t n = 0; n < m_.nodes.size(); ++n) {
            if (m_.nodes[n].initial > 0) first[n].at = 0;
        }
        for (const ChainModel::Pipeline& p : m_.pipelines) {
            First& there = first[m_.activities[p.activity].outputs.front().node];
            if (p.quantity > 0) there.at = std::min(there.at, std::max<Time>(p.date, 0));
        }
        for (bool more = true; more;) {
            more = false;
            for (uint32_t a = 0; a < m_.activities.size(); ++a) {
                const ChainActivity& activity = m_.activities[a];
                if (!dead_[a].empty() && !rules.dead) continue;
                Time start = start_of(a, rules);
                for (const ChainAmount& input : activity.inputs) start = std::max(start, first[input.node].at);
                if (start >= std::min(activity.until, m_.end)) continue;
                for (const ChainAmount& output : activity.outputs)
                    more = improve(first[output.node], {start + activity.lead.mean, a, kNoIndex}) || more;
            }
            for (uint32_t i = 0; i < m_.arcs.size(); ++i) {
                const ChainArc& arc = m_.arcs[i];
                if (first[arc.from].at == kNever) continue;
                const Time at = first[arc.from].at + arc.travel.mean;
                more = improve(first[arc.to], {at, kNoIndex, i}) || more;
            }
        }
        return first;
    }

    static bool improve(First& there, const First& found) {
        if (found.at >= there.at) return false;
        there = found;
        return true;
    }

    // The first date at a programme, and the node that serves it then.
    static std::pair<Time, uint32_t> serve(const ChainProgramme& p, const std::vector<First>& first) {
        std::pair<Time, uint32_t> best = {kNever, p.node};
        for (size_t i = 0; i < p.nodes.size(); ++i) {
            const Time at = first[p.nodes[i]].at;
            if (at == kNever) continue;
            if (std::max(at, p.nodes_from[i]) < best.first) best = {std::max(at, p.nodes_from[i]), p.nodes[i]};
        }
        return best;
    }

    void check_programme(const ProgrammeSpec& row) {
        const ChainProgramme& p = m_.programmes[c_.programme(row.name)];
        if (p.due(0, m_.end) <= 0) return;
        const auto [at, node] = serve(p, first_);
        if (at < m_.end) {
            check_lead(row, p, at, node);
        } else if (serve(p, search({false, false})).first < m_.end) {
            report_unqualified(row, p);
        } else if (serve(p, search({true, true})).first < m_.end) {
            report_dead(row, p);
        } else {
            report_unreachable(row, p);
        }
    }

    // Activities that something of the programme's goes through.
    std::vector<bool> upstream(const ChainProgramme& p) const {
        std::vector<bool> nodes(m_.nodes.size());
        std::vector<bool> activities(m_.activities.size());
        for (const uint32_t node : p.nodes) nodes[node] = true;
        for (bool more = true; more;) {
            more = false;
            const auto mark = [&](uint32_t node) {
                more = more || !nodes[node];
                nodes[node] = true;
            };
            for (const ChainArc& arc : m_.arcs) {
                if (nodes[arc.to]) mark(arc.from);
            }
            for (uint32_t a = 0; a < activities.size(); ++a) {
                const ChainActivity& activity = m_.activities[a];
                for (const ChainAmount& output : activity.outputs) activities[a] = activities[a] || nodes[output.node];
                if (!activities[a]) continue;
                for (const ChainAmount& input : activity.inputs) mark(input.node);
            }
        }
        return activities;
    }

    void check_lead(const ProgrammeSpec& row, const ChainProgramme& p, Time at, uint32_t node) {
        double early = 0;
        const DemandSpec* first = nullptr;
        for (const DemandSpec& demand : c_.spec.demands) {
            if (demand.programme != row.name || demand.date < 0 || demand.quantity <= 0) continue;
            const bool late = std::max(demand.date + 1, demand.until) <= at;
            if (!late) continue;
            early += demand.quantity;
            if (first == nullptr) first = &demand;
        }
        if (first == nullptr) return;
        c_.messages.warning(
            "demand-before-lead",
            fmt::format(
                "programme '{}' asks for {} pieces before {}, the first day on which '{}' can be at '{}'",
                row.name,
                figure_text(early),
                date_of(c_, at),
                m_.items[m_.nodes[node].item].name,
                m_.sites[m_.nodes[p.node].site].name),
            span_of("demand", *first, "date"),
            fmt::format("expected {} or later", date_of(c_, at)),
            "the quickest way: " + way_to(node));
    }

    // "wafers from 2026-01-01, packages from 2026-03-12, osat to plant"
    std::string way_to(uint32_t node) const {
        std::string out;
        for (size_t steps = 0; steps <= m_.nodes.size() + m_.activities.size(); ++steps) {
            const First& first = first_[node];
            const std::string rest = out.empty() ? "" : ", " + out;
            if (first.arc != kNoIndex) {
                const ChainArc& arc = m_.arcs[first.arc];
                out = fmt::format(
                          "'{}' to '{}' until {}",
                          m_.sites[m_.nodes[arc.from].site].name,
                          m_.sites[m_.nodes[arc.to].site].name,
                          date_of(c_, first.at)) +
                      rest;
                node = arc.from;
                continue;
            }
            if (first.activity == kNoIndex)
                return fmt::format("'{}' in stock or under way{}", m_.items[m_.nodes[node].item].name, rest);
            const ChainActivity& activity = m_.activities[first.activity];
            out = fmt::format("'{}' until {}", activity.name, date_of(c_, first.at)) + rest;
            const auto last = std::max_element(
                activity.inputs.begin(),
                activity.inputs.end(),
                [this](const ChainAmount& a, const ChainAmount& b) { return first_[a.node].at < first_[b.node].at; });
            if (last == activity.inputs.end() || first_[last->node].at <= start_of(first.activity, {})) return out;
            node = last->node;
        }
        return out;
    }

    void report_unqualified(const ProgrammeSpec& row, const ChainProgramme& p) {
        const std::vector<bool> ways = upstream(p);
        uint32_t latest = kNoIndex;
        const auto ready = [this](uint32_t q) { return m_.qualifications[q].from + m_.qualifications[q].duration; };
        for (uint32_t a = 0; a < ways.size(); ++a) {
            const uint32_t q = m_.activities[a].qualification;
            if (ways[a] && q != kNoIndex && (latest == kNoIndex || ready(q) > ready(latest))) latest = q;
        }
        const QualificationSpec& qualification = c_.spec.qualifications[latest];
        c_.messages.error(
            "never-qualified",
            fmt::format(
                "programme '{}' waits for activity '{}', which is qualified on {}: nothing arrives before the end",
                row.name,
                qualification.activity,
                date_of(c_, ready(latest))),
            span_of("qualification", qualification, "from"),
            fmt::format("expected an end of it before {}", date_of(c_, m_.end)),
            "begin the qualification earlier, or add another source");
    }

    void report_dead(const ProgrammeSpec& row, const ChainProgramme& p) {
        const std::vector<bool> ways = upstream(p);
        for (uint32_t a = 0; a < ways.size(); ++a) {
            if (ways[a] && !dead_[a].empty())
                tell(a, Severity::error, fmt::format(", and programme '{}' waits for it", row.name));
        }
    }

    void report_unreachable(const ProgrammeSpec& row, const ChainProgramme& p) {
        c_.messages.error(
            "unreachable-programme",
            fmt::format(
                "nothing of '{}' can be at '{}' before the end: programme '{}' waits in vain",
                row.item,
                row.site,
                row.name),
            row.span,
            fmt::format("expected leads and dates that allow a delivery before {}", date_of(c_, m_.end)),
            p.nodes.size() > 1 ? "look at the dates of the substitutions and of the activities behind them"
                               : "look at the leads and at from and until of the activities behind it");
    }

    void tell_dead() {
        for (uint32_t a = 0; a < dead_.size(); ++a) {
            if (!dead_[a].empty()) tell(a, Severity::warning, "");
        }
    }

    // Once for an activity or a resource; the first severity counts, errors come first.
    void tell(uint32_t a, Severity severity, const std::string& why) {
        const ChainActivity& activity = m_.activities[a];
        if (told_[a] || activity.substitutes()) return;
        told_[a] = true;
        const ActivitySpec& row = c_.spec.activities[activity.row];
        Diagnostic d;
        d.severity = severity;
        d.id = dead_[a];
        if (d.id == "zero-yield") {
            d.message = fmt::format("activity '{}' has a yield of 0{}", row.name, why);
            d.span = span_of("activity", row, "yield_percent");
            d.expected = "expected more than 0";
            d.help = "correct the yield, or end the activity with until";
        } else {
            const auto empty =
                std::find_if(activity.uses.begin(), activity.uses.end(), [this](const ResourceShare& use) {
                    return m_.capacity_per_week(use.resource, 0, m_.end) <= 0;
                });
            const ResourceSpec& resource = c_.spec.resources[empty->resource];
            if (std::find(empty_.begin(), empty_.end(), empty->resource) != empty_.end()) return;
            empty_.push_back(empty->resource);
            d.message = fmt::format(
                "resource '{}' of activity '{}' has no capacity from {} to the end{}",
                resource.name,
                row.name,
                date_of(c_, 0),
                why);
            d.span = span_of("resource", resource, "capacity_per_week");
            d.expected = "expected more than 0";
            d.help = "state capacity_per_week, add [[resource_capacity]] rows or a [[capacity_module]]";
        }
        (severity == Severity::error ? c_.messages.errors : c_.messages.warnings).push_back(std::move(d));
    }

    ChainCompiler& c_;
    ChainModel& m_;
    std::vector<std::string> dead_;  // [activity] id of its diagnostic; empty: it can make something
    std::vector<bool> told_;
    std::vector<uint32_t> empty_;  // resources told
    std::vector<First> first_;     // [node]
};

// ---------------------------------------------------------------- units

struct Figure {
    Time from = 0;
    double value = 0;
    const Row* row = nullptr;
};

void report_slip(ChainCompiler& c, std::string message, Span span, std::string expected) {
    c.messages.warning(
        "unit-slip",
        std::move(message),
        span,
        std::move(expected),
        "is it in pieces or in thousands, in percent or a share? A figure that is right needs no change");
}

// A figure that leaves its neighbours by kSlip and comes back.
void check_series(
    ChainCompiler& c,
    std::vector<Figure> figures,
    std::string_view table,
    std::string_view key,
    const std::string& whose) {
    std::stable_sort(figures.begin(), figures.end(), [](const Figure& a, const Figure& b) { return a.from < b.from; });
    for (size_t i = 1; i + 1 < figures.size(); ++i) {
        const double before = figures[i - 1].value;
        const double here = figures[i].value;
        const double after = figures[i + 1].value;
        if (before <= 0 || here <= 0 || after <= 0) continue;
        const bool up = here >= kSlip * before && here >= kSlip * after;
        const bool down = kSlip * here <= before && kSlip * here <= after;
        if (!up && !down) continue;
        report_slip(
            c,
            fmt::format(
                "{} of '{}' is {} on {}, after {} and before {}",
                key,
                whose,
                figure_text(here),
                date_of(c, figures[i].from),
                figure_text(before),
                figure_text(after)),
            span_of(table, *figures[i].row, key),
            "expected a figure like its neighbours");
    }
}

// Rows of figures by date, one series per name.
template <class RowType>
void check_all_series(
    ChainCompiler& c,
    const std::vector<RowType>& rows,
    std::string RowType::*owner,
    Time RowType::*date,
    double RowType::*value,
    std::string_view table,
    std::string_view key) {
    NameTable names;
    std::vector<std::vector<Figure>> series;
    for (const RowType& row : rows) {
        series.resize(std::max<size_t>(series.size(), names.add(row.*owner) + 1));
        series[names.find(row.*owner)].push_back({row.*date, row.*value, &row});
    }
    for (size_t i = 0; i < series.size(); ++i) check_series(c, series[i], table, key, names.names()[i]);
}

// Activities that make the same item at prices that differ by kSlip.
void check_prices(ChainCompiler& c) {
    for (size_t b = 0; b < c.spec.activities.size(); ++b) {
        const ActivitySpec& row = c.spec.activities[b];
        for (size_t a = 0; a < b; ++a) {
            const ActivitySpec& other = c.spec.activities[a];
            if (other.item != row.item || row.quantity <= 0 || other.quantity <= 0) continue;
            const double here = row.cost_usd / row.quantity;
            const double there = other.cost_usd / other.quantity;
            if (here <= 0 || there <= 0 || (here < kSlip * there && there < kSlip * here)) continue;
            report_slip(
                c,
                fmt::format(
                    "'{}' costs {} US$ by '{}', and {} US$ by '{}'",
                    row.item,
                    figure_text(here),
                    row.name,
                    figure_text(there),
                    other.name),
                span_of("activity", row, "cost_usd"),
                "expected prices of one size");
            break;
        }
    }
}

void check_yields(ChainCompiler& c) {
    const auto look = [&c](std::string_view table, const Row& row, double percent, const std::string& whose) {
        if (percent <= 0 || percent > 1) return;
        report_slip(
            c,
            fmt::format("yield_percent of '{}' is {:g} %", whose, percent),
            span_of(table, row, "yield_percent"),
            "expected a percentage: 98, not 0.98");
    };
    for (const ActivitySpec& row : c.spec.activities) look("activity", row, row.yield_percent, row.name);
    for (const ActivityYieldSpec& row : c.spec.activity_yields)
        look("activity_yield", row, row.yield_percent, row.activity);
}

// [item] pieces that all activities could make in the scenario, modules and stock included; infinite: no limit
std::vector<double> most_pieces(const ChainModel& m) {
    std::vector<double> most(m.items.size());
    for (const ChainNode& node : m.nodes) most[node.item] += node.initial;
    for (const ChainModel::Pipeline& p : m.pipelines)
        most[m.nodes[m.activities[p.activity].outputs.front().node].item] += p.quantity;
    for (uint32_t a = 0; a < m.activities.size(); ++a) {
        const ChainActivity& activity = m.activities[a];
        double starts = starts_by_capacity(m, a, 0, m.end);
        for (const ChainAmount& input : activity.inputs) {
            if (input.quantity > 0) starts = std::min(starts, most[m.nodes[input.node].item] / input.quantity);
        }
        const double yield = activity.yield.mean(0, m.end);
        if (starts <= 0 || yield <= 0) continue;
        for (const ChainAmount& output : activity.outputs)
            most[m.nodes[output.node].item] += starts * output.quantity * yield;
    }
    return most;
}

void check_demand_size(ChainCompiler& c) {
    const std::vector<double> most = most_pieces(c.model);
    for (const ProgrammeSpec& row : c.spec.programmes) {
        const ChainProgramme& p = c.model.programmes[c.programme(row.name)];
        double supply = 0;
        for (const uint32_t node : p.nodes) supply += most[c.model.nodes[node].item];
        const double demand = p.due(0, c.model.end);
        if (supply <= 0 || demand < kSlip * supply) continue;
        const auto first = std::find_if(c.spec.demands.begin(), c.spec.demands.end(), [&row](const DemandSpec& d) {
            return d.programme == row.name;
        });
        report_slip(
            c,
            fmt::format(
                "programme '{}' asks for {} pieces, and all sources could make {}",
                row.name,
                figure_text(demand),
                figure_text(supply)),
            span_of("demand", *first, "quantity"),
            "expected a demand that the chain can nearly serve");
    }
}

}  // namespace

void check_sources(ChainCompiler& c) {
    for (const ActivityInputSpec& row : c.spec.activity_inputs) {
        const std::string& site = c.spec.activities[c.activities.find(row.activity)].site;
        if (c.available[c.place(c.items.find(row.item), c.sites.find(site))]) continue;
        report_missing(
            c,
            fmt::format("activity '{}' needs", row.activity),
            row.item,
            site,
            span_of("activity_input", row, "item"));
    }
    for (const ProgrammeSpec& row : c.spec.programmes) {
        const uint32_t site = c.sites.find(row.site);
        bool any = c.available[c.place(c.items.find(row.item), site)];
        for (const SubstitutionSpec& s : c.spec.substitutions)
            any = any || (s.programme == row.name && c.available[c.place(c.items.find(s.item), site)]);
        if (any) continue;
        report_missing(
            c,
            fmt::format("programme '{}' waits for", row.name),
            row.item,
            row.site,
            span_of("programme", row, "item"));
    }
    for (const StoreSpec& row : c.spec.stores) {
        if (row.floor <= 0 || c.available[c.place(c.items.find(row.item), c.sites.find(row.site))]) continue;
        report_missing(c, "a store keeps", row.item, row.site, span_of("store", row, "item"));
    }
}

void check_reach(ChainCompiler& c) { Reach(c).check(); }

void check_units(ChainCompiler& c) {
    check_all_series(
        c,
        c.spec.demands,
        &DemandSpec::programme,
        &DemandSpec::date,
        &DemandSpec::quantity,
        "demand",
        "quantity");
    check_all_series(
        c,
        c.spec.resource_capacities,
        &ResourceCapacitySpec::resource,
        &ResourceCapacitySpec::from,
        &ResourceCapacitySpec::capacity_per_week,
        "resource_capacity",
        "capacity_per_week");
    check_yields(c);
    check_prices(c);
    check_demand_size(c);
}

}  // namespace chipchain
