// Regions of a line (docs/semantics.md 12) as the naive twin finds them.
#include <algorithm>

#include "tests/sim/naive_state.h"

namespace chipchain::testing {

// 12.2
bool Naive::is_one_piece() const {
    bool one = m_.monthly;
    for (const Step& step : m_.steps)
        one = one || (step.rework_step != kNoIndex && m_.switches.rework_skipped == ReworkSkipped::yes);
    for (const LotType& type : m_.lot_types) {
        one = one || type.policy == ReleasePolicy::conwip || type.policy == ReleasePolicy::workload;
        one = one || (type.reserve && m_.switches.reservation != Reservation::off);
    }
    for (const WipLot& lot : m_.wip_lots) one = one || (lot.reserve && m_.switches.reservation != Reservation::off);
    for (const Down& row : m_.downs) one = one || row.scope == Scope::area_at_once;
    for (const RankRule& rule : m_.rules) {
        for (const RankTerm& term : rule.terms) {
            one = one || term.key == RankKey::winq || term.key == RankKey::line_balance;
        }
    }
    return one;
}

uint32_t Naive::place(uint32_t step) const { return m_.tool_groups[m_.steps[step].tool_group].location; }

// 12.1: the pairs of locations that belong together
std::set<std::pair<uint32_t, uint32_t>> Naive::neighbours() const {
    std::set<std::pair<uint32_t, uint32_t>> out;
    for (const Route& route : m_.routes) {
        const uint32_t first = route.first_step;
        const uint32_t end = first + route.step_count;
        for (uint32_t i = first; i < end; ++i) {
            for (uint32_t j = first; j < end; ++j) {
                const bool back = m_.steps[i].rework_step != kNoIndex && m_.steps[i].rework_step <= j;
                if (j <= i && !back) continue;
                const Distribution& way = m_.transport[place(i) * m_.location_count + place(j)];
                const Time least = is_simple(way) ? way.low : 0;
                if (least < kHour) out.insert({place(i), place(j)});
            }
        }
        for (uint32_t i = first; i + 1 < end && m_.steps[i].sample_threshold < uint64_t{1} << 32; ++i) {
            out.insert({place(first), place(i + 1)});
        }
    }
    for (uint32_t i = 0; i < m_.steps.size(); ++i) {
        if (m_.steps[i].gated) out.insert({place(i), place(m_.windows[m_.steps[i].opens_window].exit)});
    }
    return out;
}

void Naive::find_regions() {
    std::vector<uint32_t> label(m_.location_count);
    for (uint32_t i = 0; i < m_.location_count; ++i) label[i] = is_one_piece() ? 0 : i;
    const auto pairs = neighbours();
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto& [x, y] : pairs) {
            if (label[x] == label[y]) continue;
            label[x] = label[y] = std::min(label[x], label[y]);
            changed = true;
        }
    }
    std::vector<uint32_t> labels;
    for (const ToolGroup& group : m_.tool_groups) {
        const auto found = std::find(labels.begin(), labels.end(), label[group.location]);
        region_.push_back(static_cast<uint32_t>(found - labels.begin()));
        if (found == labels.end()) labels.push_back(label[group.location]);
    }
    fingerprints_.resize(labels.size());
    entered_.assign(labels.size(), 0);
}

// 12.3
void Naive::enter_region(NaiveLot& lot) {
    lot.region = region_[m_.steps[lot.step].tool_group];
    lot.serial = entered_[lot.region]++ * static_cast<uint32_t>(entered_.size()) + lot.region;
}

// 12.4
uint64_t Naive::fingerprint() const {
    if (fingerprints_.size() == 1) return fingerprints_[0].value();
    Fingerprint all;
    for (size_t i = 0; i < fingerprints_.size(); ++i) all.add(fingerprints_[i].value(), i);
    return all.value();
}

}  // namespace chipchain::testing
