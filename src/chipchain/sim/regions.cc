#include "chipchain/sim/regions.h"

#include <algorithm>
#include <set>
#include <utility>

namespace chipchain {

namespace {

using LocationPairs = std::set<std::pair<uint32_t, uint32_t>>;  // from, to

// Does something look at, or act on, groups in different places at once?
bool is_one_piece(const Model& m) {
    const auto waits_for_room = [](const LotType& type) {
        return type.policy == ReleasePolicy::conwip || type.policy == ReleasePolicy::workload;
    };
    const auto sees_next_step = [](const RankRule& rule) {
        return std::any_of(rule.terms.begin(), rule.terms.end(), [](const RankTerm& term) {
            return term.key == RankKey::winq || term.key == RankKey::line_balance;
        });
    };
    const auto reserves = [](const auto& row) { return row.reserve; };
    const bool reservation =
        m.switches.reservation != Reservation::off && (std::any_of(m.lot_types.begin(), m.lot_types.end(), reserves) ||
                                                       std::any_of(m.wip_lots.begin(), m.wip_lots.end(), reserves));
    // a calendar of the line, or experience gathered in the whole of it
    const bool dated = m.monthly;
    // a lot may then be sent back from a step that it skips, in another place than where it is
    const bool sent_back_unseen =
        m.switches.rework_skipped == ReworkSkipped::yes &&
        std::any_of(m.steps.begin(), m.steps.end(), [](const Step& step) { return step.rework_step != kNoIndex; });
    return dated || sent_back_unseen || reservation ||
           std::any_of(m.lot_types.begin(), m.lot_types.end(), waits_for_room) ||
           std::any_of(m.rules.begin(), m.rules.end(), sees_next_step) ||
           std::any_of(m.downs.begin(), m.downs.end(), [](const Down& row) {
               return row.scope == Scope::area_at_once;
           });
}

// The components of the locations.
struct Union {
    std::vector<uint32_t> parent;
    uint32_t find(uint32_t x) {
        while (parent[x] != x) x = parent[x] = parent[parent[x]];
        return x;
    }
    void join(uint32_t x, uint32_t y) { parent[find(x)] = find(y); }
};

uint32_t place_of(const Model& m, uint32_t step) { return m.tool_groups[m.steps[step].tool_group].location; }

// Every way from one location to another that some lot may take. Steps may be skipped, so a lot may go from each step
// of a route to each later one, and after rework to each step from the rework step on.
LocationPairs ways(const Model& m) {
    LocationPairs out;
    for (const Route& route : m.routes) {
        const uint32_t end = route.first_step + route.step_count;
        std::set<uint32_t> seen;
        for (uint32_t i = route.first_step; i < end; ++i) {
            for (const uint32_t from : seen) out.insert({from, place_of(m, i)});
            seen.insert(place_of(m, i));
            if (m.steps[i].rework_step == kNoIndex) continue;
            for (uint32_t k = m.steps[i].rework_step; k < i; ++k) out.insert({place_of(m, i), place_of(m, k)});
        }
    }
    return out;
}

Time least(const Distribution& d) { return is_simple(d) ? d.low : 0; }

}  // namespace

Regions find_regions(const Model& m) {
    Regions regions;
    regions.of_group.assign(m.tool_groups.size(), 0);
    if (m.location_count <= 1 || is_one_piece(m)) return regions;
    Union places;
    for (uint32_t i = 0; i < m.location_count; ++i) places.parent.push_back(i);
    const LocationPairs pairs = ways(m);
    const auto time = [&](const auto& pair) { return least(m.transport[pair.first * m.location_count + pair.second]); };
    for (const auto& pair : pairs) {
        if (time(pair) < kLeastLookahead) places.join(pair.first, pair.second);
    }
    for (const Route& route : m.routes) {  // a released lot is at its first performed step at once
        for (uint32_t i = 0; i + 1 < route.step_count; ++i) {
            const uint32_t step = route.first_step + i;
            if (m.steps[step].sample_threshold > UINT32_MAX) break;
            places.join(place_of(m, route.first_step), place_of(m, step + 1));
        }
    }
    for (uint32_t i = 0; i < m.steps.size(); ++i) {
        if (m.steps[i].gated) places.join(place_of(m, i), place_of(m, m.windows[m.steps[i].opens_window].exit));
    }
    std::vector<uint32_t> number(m.location_count, kNoIndex);
    regions.count = 0;
    for (uint32_t g = 0; g < m.tool_groups.size(); ++g) {
        uint32_t& at = number[places.find(m.tool_groups[g].location)];
        if (at == kNoIndex) at = regions.count++;
        regions.of_group[g] = at;
    }
    for (const auto& pair : pairs) {
        if (places.find(pair.first) != places.find(pair.second)) {
            regions.lookahead = std::min(regions.lookahead, time(pair));
        }
    }
    return regions;
}

}  // namespace chipchain
