#include "chipchain/plan/pegging.h"

#include <algorithm>
#include <deque>
#include <tuple>

#include "chipchain/model/distribution.h"

namespace chipchain {

namespace {

constexpr double kNothing = 1e-9;    // pieces
constexpr uint32_t kMostDepth = 30;  // of a walk: longer than any chain of stages

struct Arrival {
    PegPoint from;
    double pieces = 0;
};

// Share of what leaves evenly in bucket s and takes `lead` that arrives in bucket t.
double arriving_share(const ChainModel& model, size_t s, Time lead, size_t t) {
    const double length = static_cast<double>(model.buckets[s].end - model.buckets[s].begin);
    const Time begin = std::max(model.buckets[s].begin + lead, model.buckets[t].begin);
    const Time end = std::min(model.buckets[s].end + lead, model.buckets[t].end);
    return end > begin ? static_cast<double>(end - begin) / length : 0;
}

class Pegger {
 public:
    Pegger(const ChainModel& model, const ChainPlan& plan, std::vector<PegLink>& links)
        : m_(model), plan_(plan), links_(links), waiting_(model.nodes.size()) {}

    void run() {
        for (uint32_t n = 0; n < m_.nodes.size(); ++n) {
            if (m_.nodes[n].initial > 0) waiting_[n].push_back({{PegKind::initial, n, 0}, m_.nodes[n].initial});
        }
        for (uint32_t t = 0; t < m_.buckets.size(); ++t) {
            arrive(t);
            take(t);
        }
    }

 private:
    void arrive(uint32_t t) {
        for (uint32_t i = 0; i < m_.pipelines.size(); ++i) {
            const ChainModel::Pipeline& p = m_.pipelines[i];
            if (m_.bucket_at(p.date) != t) continue;
            waiting_[m_.activities[p.activity].outputs.front().node].push_back({{PegKind::pipeline, i, t}, p.quantity});
        }
        for (uint32_t s = 0; s <= t; ++s) {
            for (uint32_t a = 0; a < m_.activities.size(); ++a) {
                const double starts = plan_.starts[a][s];
                if (starts <= kNothing) continue;
                const double share = arriving_share(m_, s, plan_.lead[a], t);
                if (share <= 0) continue;
                const double good = m_.activities[a].good_mean(m_.buckets[s].begin, m_.buckets[s].end);
                for (const ChainAmount& out : m_.activities[a].outputs) {
                    waiting_[out.node].push_back({{PegKind::activity, a, s}, starts * share * good * out.quantity});
                }
            }
            for (uint32_t i = 0; i < m_.arcs.size(); ++i) {
                if (plan_.shipped[i][s] <= kNothing) continue;
                const Time travel = compile_duration(m_.arcs[i].travel, {}).mean();
                const double share = arriving_share(m_, s, travel, t);
                if (share > 0) {
                    waiting_[m_.arcs[i].to].push_back({{PegKind::arc, i, s}, plan_.shipped[i][s] * share});
                }
            }
        }
    }

    void take(uint32_t t) {
        for (uint32_t p = 0; p < m_.programmes.size(); ++p) {
            for (size_t n = 0; n < m_.programmes[p].nodes.size(); ++n) {
                hand_out(m_.programmes[p].nodes[n], {PegKind::programme, p, t}, plan_.delivered_from[p][n][t]);
            }
        }
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            for (const ChainAmount& in : m_.activities[a].inputs) {
                hand_out(in.node, {PegKind::activity, a, t}, plan_.starts[a][t] * in.quantity);
            }
        }
        for (uint32_t i = 0; i < m_.arcs.size(); ++i) {
            hand_out(m_.arcs[i].from, {PegKind::arc, i, t}, plan_.shipped[i][t]);
        }
    }

    void hand_out(uint32_t node, const PegPoint& to, double pieces) {
        std::deque<Arrival>& waiting = waiting_[node];
        while (pieces > kNothing && !waiting.empty()) {
            Arrival& first = waiting.front();
            const double part = std::min(pieces, first.pieces);
            links_.push_back({first.from, to, node, part});
            first.pieces -= part;
            pieces -= part;
            if (first.pieces <= kNothing) waiting.pop_front();
        }
    }

    const ChainModel& m_;
    const ChainPlan& plan_;
    std::vector<PegLink>& links_;
    std::vector<std::deque<Arrival>> waiting_;  // [node] oldest first
};

}  // namespace

Pegging::Pegging(const ChainModel& model, const ChainPlan& plan) {
    Pegger(model, plan, links_).run();
    for (uint32_t i = 0; i < links_.size(); ++i) {
        by_taker_[links_[i].to].push_back(i);
        by_supplier_[links_[i].from].push_back(i);
    }
}

std::vector<PegRow> Pegging::upstream(const PegPoint& point, double least) const { return walk(point, true, least); }

std::vector<PegRow> Pegging::downstream(const PegPoint& point, double least) const { return walk(point, false, least); }

std::vector<PegRow> Pegging::walk(const PegPoint& point, bool up, double least) const {
    struct Step {
        PegPoint point;
        uint32_t depth;
        double share;
    };
    const auto& near = up ? by_taker_ : by_supplier_;
    std::vector<PegRow> out;
    std::vector<Step> stack = {{point, 0, 1}};
    while (!stack.empty()) {
        const Step step = stack.back();
        stack.pop_back();
        const auto found = near.find(step.point);
        if (found == near.end() || step.depth > kMostDepth) continue;
        for (const uint32_t i : found->second) {
            const PegLink& link = links_[i];
            if (link.pieces * step.share < least) continue;
            out.push_back({step.depth, link, step.share});
            // of all that the other end hands on, or takes of this node, this link is a part
            const PegPoint& other = up ? link.from : link.to;
            const double all = all_of(other, up, link.node);
            if (all > 0) stack.push_back({other, step.depth + 1, step.share * link.pieces / all});
        }
    }
    return out;
}

double Pegging::all_of(const PegPoint& point, bool up, uint32_t node) const {
    const auto& far = up ? by_supplier_ : by_taker_;
    const auto at = far.find(point);
    if (at == far.end()) return 0;
    double all = 0;
    for (const uint32_t k : at->second) {
        if (links_[k].node == node) all += links_[k].pieces;
    }
    return all;
}

std::vector<PegBranch> Pegging::branches(const std::vector<PegPoint>& points, bool up, double least) const {
    Shares at;
    for (const PegPoint& point : points) at[point] = 1;
    std::vector<PegBranch> out;
    grow(at, up, least, 0, out);
    return out;
}

void Pegging::grow(const Shares& at, bool up, double least, uint32_t depth, std::vector<PegBranch>& out) const {
    struct Found {
        PegBranch branch;
        Shares next;
    };
    if (depth > kMostDepth) return;
    const auto& near = up ? by_taker_ : by_supplier_;
    std::map<std::tuple<PegKind, uint32_t, uint32_t>, Found> groups;
    for (const auto& [point, share] : at) {
        const auto links = near.find(point);
        if (links == near.end()) continue;
        for (const uint32_t i : links->second) {
            const PegLink& link = links_[i];
            const PegPoint& other = up ? link.from : link.to;
            const auto [place, fresh] = groups.try_emplace({other.kind, other.index, link.node});
            PegBranch& b = place->second.branch;
            if (fresh) b = {depth, other.kind, other.index, link.node, 0, other.bucket, other.bucket};
            b.pieces += link.pieces * share;
            b.first = std::min(b.first, other.bucket);
            b.last = std::max(b.last, other.bucket);
            const double all = all_of(other, up, link.node);
            if (all > 0) place->second.next[other] += share * link.pieces / all;
        }
    }
    std::vector<Found> found;
    for (auto& [key, group] : groups) found.push_back(std::move(group));
    std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return a.branch.pieces > b.branch.pieces;
    });
    for (const Found& f : found) {
        if (f.branch.pieces < least) continue;
        out.push_back(f.branch);
        grow(f.next, up, least, depth + 1, out);
    }
}

}  // namespace chipchain
