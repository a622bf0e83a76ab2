#include "chipchain/report/pegging_page.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/plan/pegging.h"
#include "chipchain/report/text_table.h"

namespace chipchain {

namespace {

constexpr double kLeastShare = 0.005;  // of all pieces: less is left out of a page

std::string month_of(const ChainModel& model, size_t bucket) {
    return iso_date(model.start + model.buckets[bucket].begin).substr(0, 7);
}

std::string months_of(const ChainModel& model, const PegBranch& b) {
    const std::string first = month_of(model, b.first);
    const std::string last = month_of(model, b.last);
    return first == last ? first : first + " to " + last;
}

std::string pieces_of(double pieces) { return grouped(std::llround(pieces)); }

const std::string& site_name(const ChainModel& model, uint32_t node) {
    return model.sites[model.nodes[node].site].name;
}

// What stands at the other end of a branch, and when.
std::string place_of(const ChainModel& m, const PegBranch& b, bool up) {
    switch (b.kind) {
        case PegKind::programme:
            return fmt::format("delivered to {}, {}", m.programmes[b.index].name, months_of(m, b));
        case PegKind::activity: {
            const ChainActivity& a = m.activities[b.index];
            return fmt::format(
                "{} {} at {}, started {}",
                up ? "from" : "into",
                a.name,
                m.sites[a.site].name,
                months_of(m, b));
        }
        case PegKind::arc: {
            const ChainArc& arc = m.arcs[b.index];
            return fmt::format(
                "{} {}, sent {}",
                up ? "from" : "to",
                site_name(m, up ? arc.from : arc.to),
                months_of(m, b));
        }
        case PegKind::initial:
            return fmt::format("in stock at {} at the start", site_name(m, b.node));
        case PegKind::pipeline:
            return fmt::format(
                "under way at the start: {}, out {}",
                m.activities[m.pipelines[b.index].activity].name,
                months_of(m, b));
    }
    return {};
}

std::string tree(const ChainModel& m, const std::vector<PegBranch>& branches, bool up) {
    std::string out;
    for (const PegBranch& b : branches) {
        out += fmt::format(
            "{:{}}{} {} {}\n",
            "",
            2 * (b.depth + 1),
            pieces_of(b.pieces),
            m.items[m.nodes[b.node].item].name,
            place_of(m, b, up));
    }
    return out;
}

std::vector<PegPoint> points_of(PegKind kind, uint32_t index, const Quarter& period) {
    std::vector<PegPoint> out;
    for (size_t t = period.first; t <= period.last; ++t) out.push_back({kind, index, static_cast<uint32_t>(t)});
    return out;
}

}  // namespace

std::string supply_page(const ChainModel& model, const ChainPlan& plan, uint32_t programme, const Quarter& period) {
    const double delivered = quarter_sum(period, plan.delivered[programme]);
    const std::string& name = model.programmes[programme].name;
    if (delivered < 0.5) return fmt::format("Nothing is delivered to {} in {}.\n", name, period.name);
    const Pegging pegging(model, plan);
    const double least = std::max(0.5, kLeastShare * delivered);
    return fmt::format("{} {}: {} pieces delivered\n", name, period.name, pieces_of(delivered)) +
           tree(model, pegging.branches(points_of(PegKind::programme, programme, period), true, least), true);
}

std::string use_page(const ChainModel& model, const ChainPlan& plan, uint32_t activity, const Quarter& period) {
    const ChainActivity& a = model.activities[activity];
    const double starts = quarter_sum(period, plan.starts[activity]);
    if (starts < 0.5) return fmt::format("{} starts nothing in {}.\n", a.name, period.name);
    const Pegging pegging(model, plan);
    const double made = starts * (a.outputs.empty() ? 0.0 : a.outputs.front().quantity);
    const double least = std::max(0.5, kLeastShare * made);
    std::string out =
        fmt::format("{} at {} {}: {} starts\n", a.name, model.sites[a.site].name, period.name, pieces_of(starts));
    const std::string branches =
        tree(model, pegging.branches(points_of(PegKind::activity, activity, period), false, least), false);
    return out + (branches.empty() ? "  nobody takes of it until the end\n" : branches);
}

}  // namespace chipchain
