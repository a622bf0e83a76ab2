#include "chipchain/plan/why_late.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/distribution.h"

namespace chipchain {

namespace {

constexpr size_t kMostSteps = 40;       // of a walk: longer than any chain of stages
constexpr uint32_t kMostArcs = 6;       // one after the other without anything made between
constexpr double kFlow = 1e-6;          // pieces: more is a flow of the plan
constexpr double kWorthNothing = 1e-6;  // a price below this share of the piece's is none

// A way to fill a node: what it needs per piece, as far as the plan's prices say.
struct Source {
    bool open = false;
    bool used = false;  // by the plan, in that bucket
    LateKind blocked = LateKind::no_source;
    Time missing = 0;  // how much earlier it would have to be
    uint32_t activity = kNoIndex;
    uint32_t arc = kNoIndex;
    size_t bucket = 0;  // of the start
    double reduced_cost = 0;
    double rest = 0;  // of the piece's price that no part explains: contracts
    LateKind kind = LateKind::cost;
    uint32_t of = kNoIndex;
    double part = 0;      // US$ per piece, of the dearest part
    double quantity = 0;  // of it per piece
};

class Walk {
 public:
    Walk(const ChainModel& model, const ChainPlan& plan) : m_(model), plan_(plan) {}

    void explain(LateReason& reason) const {
        uint32_t node = m_.programmes[reason.programme].node;
        size_t t = reason.bucket;
        double quantity = reason.pieces;
        for (size_t step = 0; step < kMostSteps; ++step) {
            reason.path.push_back(node);
            const Source source = best_source(node, t);
            if (!source.open) {
                // stock that is there and not given away
                if (plan_.stock[node][t] > quantity) {
                    set(reason, LateKind::safety_stock, node, t, 0, quantity);
                    return;
                }
                const uint32_t of = source.blocked == LateKind::no_source ? node : source.activity;
                set(reason, source.blocked, of, t, plan_.node_price[node][t], quantity);
                reason.missing = source.missing;
                return;
            }
            if (source.kind != LateKind::no_source) {
                const double price = source.quantity > 0 ? source.part / source.quantity : source.part;
                set(reason, source.kind, source.of, source.bucket, price, quantity * source.quantity);
                return;
            }
            // an input, or the far end of an arc, is what is scarce: go on there
            node = source.of;
            t = source.bucket;
            quantity *= source.quantity;
        }
    }

 private:
    static void set(LateReason& reason, LateKind kind, uint32_t of, size_t at, double price, double needed) {
        reason.kind = kind;
        reason.of = of;
        reason.at = at;
        reason.price = price;
        reason.needed = needed;
    }

    // The source that would serve next: open before blocked, used by the plan before idle, then the least reduced cost;
    // of blocked ones that with the least delay. depth: of arcs already passed.
    [[nodiscard]] Source best_source(uint32_t node, size_t t, uint32_t depth = 0) const {
        Source best;
        best.missing = kNever;
        const auto take = [&](const Source& source) {
            const bool better = source.open != best.open   ? source.open
                                : !source.open             ? source.missing < best.missing
                                : source.used != best.used ? source.used
                                                           : source.reduced_cost < best.reduced_cost;
            if (better) best = source;
        };
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            for (const ChainAmount& out : m_.activities[a].outputs) {
                if (out.node == node && out.quantity > 0) take(of_activity(a, out, t));
            }
        }
        for (uint32_t i = 0; i < m_.arcs.size(); ++i) {
            if (m_.arcs[i].to == node && depth < kMostArcs) take(of_arc(i, t, depth));
        }
        if (best.missing == kNever) best.missing = 0;
        return best;
    }

    [[nodiscard]] Source of_activity(uint32_t a, const ChainAmount& out, size_t t) const {
        const ChainActivity& activity = m_.activities[a];
        Source source;
        source.activity = a;
        const Time latest = m_.buckets[t].end - plan_.lead[a];
        const Time earliest = std::max(activity.from, activity.substitutes() ? Time{0} : m_.freeze);
        Time from = earliest;
        if (activity.qualification != kNoIndex) {
            const Time qualified = plan_.qualified_from[activity.qualification];
            from = std::max(from, qualified);
        }
        if (latest <= from || latest <= 0) {
            source.missing = from == kNever ? kNever - 1 : from - latest;
            const bool by_date = from > std::max<Time>(0, m_.freeze);
            source.blocked = !by_date                             ? LateKind::lead_time
                             : activity.qualification != kNoIndex ? LateKind::not_qualified
                                                                  : LateKind::closed;
            return source;
        }
        if (latest - 1 >= activity.until) {
            source.missing = latest - activity.until;
            source.blocked = LateKind::closed;
            return source;
        }
        source.open = true;
        source.bucket = std::min(m_.bucket_at(latest - 1), t);
        source.used = plan_.starts[a][source.bucket] > kFlow;
        const double good = out.quantity * activity.good_at(latest - 1);
        price_parts(activity, a, node_price(out.node, t), good, source);
        return source;
    }

    void price_parts(const ChainActivity& activity, uint32_t a, double price, double good, Source& source) const {
        if (good <= 0) {
            source.open = false;
            source.blocked = LateKind::no_source;
            return;
        }
        double sum = activity.cost_usd / good;
        const auto part = [&](LateKind kind, uint32_t of, double usd, double quantity) {
            sum += usd;
            if (usd <= source.part) return;
            source.part = usd;
            source.kind = kind;
            source.of = of;
            source.quantity = quantity;
        };
        source.of = a;
        for (const ResourceShare& use : activity.uses) {
            const double usd = plan_.resource_price[use.resource][source.bucket] * use.quantity / good;
            part(LateKind::resource, use.resource, usd, use.quantity / good);
        }
        for (const ChainAmount& in : activity.inputs) {
            const double usd = plan_.use_price[in.node][source.bucket] * in.quantity / good;
            part(LateKind::no_source, in.node, usd, in.quantity / good);
        }
        source.reduced_cost = sum - price;
        source.rest = price - sum;
        const bool bound = std::any_of(m_.contracts.begin(), m_.contracts.end(), [&](const ChainContract& c) {
            return c.activity == a;
        });
        if (bound && source.rest > source.part + kWorthNothing * std::abs(price)) {
            source.kind = LateKind::contract;
            source.of = a;
            source.part = source.rest;
            source.quantity = 1 / good;
        } else if (source.part <= kWorthNothing * std::abs(price)) {
            source.kind = LateKind::cost;
            source.of = a;
        }
    }

    [[nodiscard]] Source of_arc(uint32_t i, size_t t, uint32_t depth) const {
        const ChainArc& arc = m_.arcs[i];
        Source source;
        source.arc = i;
        const Time latest = m_.buckets[t].end - compile_duration(arc.travel, {}).mean();
        if (latest <= 0) {
            source.missing = -latest;
            source.blocked = LateKind::lead_time;
            return source;
        }
        source.bucket = std::min(m_.bucket_at(latest - 1), t);
        source.used = plan_.shipped[i][source.bucket] > kFlow;
        if (!source.used && plan_.stock[arc.from][source.bucket] <= kFlow) {
            // an arc is no better than what fills its far end
            const Source far = best_source(arc.from, source.bucket, depth + 1);
            if (!far.open) return far;
        }
        source.open = true;
        source.kind = LateKind::no_source;
        source.of = arc.from;
        source.part = plan_.use_price[arc.from][source.bucket];
        source.quantity = 1;
        source.reduced_cost = arc.cost_usd + source.part - node_price(arc.to, t);
        return source;
    }

    [[nodiscard]] double node_price(uint32_t node, size_t t) const { return plan_.node_price[node][t]; }

    const ChainModel& m_;
    const ChainPlan& plan_;
};

std::string month_of(const ChainModel& model, size_t bucket) {
    return iso_date(model.start + model.buckets[bucket].begin).substr(0, 7);
}

// 1234567 as 1,234,567
std::string thousands(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (size_t at = digits.size(); at > 3 && digits[at - 4] != '-';) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string money(double usd) {
    if (usd >= 1e6) return fmt::format("US$ {:.1f} M", usd / 1e6);
    return usd >= 100 ? "US$ " + thousands(usd) : fmt::format("US$ {:.2f}", usd);
}

std::string site_of(const ChainModel& model, uint32_t site) { return model.sites[site].name; }

}  // namespace

std::vector<LateReason> late_reasons(const ChainModel& model, const ChainPlan& plan, double least) {
    std::vector<LateReason> out;
    const Walk walk(model, plan);
    for (uint32_t p = 0; p < model.programmes.size(); ++p) {
        double due = 0;
        double served = 0;
        for (size_t t = 0; t < model.buckets.size(); ++t) {
            const double here =
                model.programmes[p].due(t == 0 ? INT64_MIN / 2 : model.buckets[t].begin, model.buckets[t].end);
            due += here;
            served += plan.delivered[p][t] + plan.lost[p][t];
            const double late = std::min(here, std::max(0.0, due - served)) + plan.lost[p][t];
            if (late < least) continue;
            LateReason reason;
            reason.programme = p;
            reason.bucket = t;
            reason.pieces = late;
            double later = served;
            size_t u = t;
            while (later < due - 1e-6 * (1 + due) && u + 1 < model.buckets.size()) {
                ++u;
                later += plan.delivered[p][u] + plan.lost[p][u];
            }
            reason.delivered = plan.lost[p][t] < least && later >= due - 1e-6 * (1 + due);
            reason.weeks = in_weeks(model.buckets[u].end - model.buckets[t].end);
            walk.explain(reason);
            out.push_back(std::move(reason));
        }
    }
    return out;
}

std::string reason_text(const ChainModel& model, const LateReason& reason) {
    const auto activity = [&] { return model.activities[reason.of].name; };
    switch (reason.kind) {
        case LateKind::resource: {
            const ChainResource& r = model.resources[reason.of];
            return fmt::format(
                "{} at {} is full in {}: one more of its {} is worth {}",
                r.name,
                site_of(model, r.site),
                month_of(model, reason.at),
                r.unit.empty() ? "units" : r.unit,
                money(reason.price));
        }
        case LateKind::lead_time:
            if (reason.of == kNoIndex) return "transport takes longer than the time from the start";
            return fmt::format(
                "lead time: {} would have had to start {:.1f} weeks before its first possible day",
                activity(),
                in_weeks(reason.missing));
        case LateKind::not_qualified:
            if (reason.missing >= kNever / 2) return fmt::format("{} is not qualified in this plan", activity());
            return fmt::format(
                "{} is not yet qualified: {:.1f} weeks too late for this delivery",
                activity(),
                in_weeks(reason.missing));
        case LateKind::closed:
            return fmt::format(
                "{} may not start at that time: {:.1f} weeks outside of its dates",
                activity(),
                in_weeks(reason.missing));
        case LateKind::contract:
            return fmt::format(
                "contract: more starts of {} in {} are not allowed by its terms (worth {} each)",
                activity(),
                month_of(model, reason.at),
                money(reason.price));
        case LateKind::no_source:
            return fmt::format("awaits supply: nothing brings {} in time", model.node_name(reason.of));
        case LateKind::safety_stock:
            return fmt::format("safety stock of {} is kept", model.node_name(reason.of));
        case LateKind::cost:
            return fmt::format("waiting is cheaper than {} in {}", activity(), month_of(model, reason.at));
    }
    return {};
}

std::vector<std::string> fix_texts(const ChainModel& model, const LateReason& reason) {
    std::vector<std::string> out;
    const ChainProgramme& programme = model.programmes[reason.programme];
    if (reason.kind == LateKind::resource) {
        const ChainResource& r = model.resources[reason.of];
        out.push_back(fmt::format(
            "{} more {} of {} in {}",
            thousands(std::ceil(reason.needed)),
            r.unit.empty() ? "units" : r.unit,
            r.name,
            month_of(model, reason.at)));
        for (const ChainModule& module : model.modules) {
            const Time decided = model.buckets[reason.at].begin - module.build;
            const bool possible = decided >= std::max<Time>(0, module.from) && decided <= module.until;
            if (module.resource != reason.of || !possible) continue;
            out.push_back(fmt::format(
                "one more {} decided by {} ({})",
                module.name,
                iso_date(model.start + decided).substr(0, 10),
                money(module.capex_usd)));
        }
    }
    if (reason.kind == LateKind::not_qualified || reason.kind == LateKind::closed) {
        if (reason.missing < kNever / 2) {
            out.push_back(fmt::format(
                "{} {:.1f} weeks sooner",
                reason.kind == LateKind::not_qualified ? "qualification" : "opening",
                in_weeks(reason.missing)));
        }
    }
    if (reason.kind == LateKind::lead_time) {
        out.push_back(fmt::format("{:.1f} weeks less lead time, or stock at the start", in_weeks(reason.missing)));
    }
    if (reason.kind == LateKind::contract) out.emplace_back("other terms of the contract");
    if (reason.kind == LateKind::no_source) out.emplace_back("a second source, or stock at the start");
    if (reason.delivered && programme.backlog) {
        out.push_back(fmt::format(
            "or accept {:.1f} weeks ({})",
            reason.weeks,
            money(reason.pieces * reason.weeks * programme.late_usd_per_week)));
    }
    return out;
}

}  // namespace chipchain
