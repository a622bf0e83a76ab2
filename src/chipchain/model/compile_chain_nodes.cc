// From activities, lanes and programmes to the network of a chain: which item can be at which site, and on which arcs
// it gets there.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "chipchain/model/chain_compiler.h"

namespace chipchain {

namespace {

// A lane as one item sees it.
struct Leg {
    uint32_t from = 0;
    uint32_t to = 0;
    uint32_t row = 0;
};

// The lanes that carry an item: its own ones, and those of everything between other pairs of sites.
std::vector<Leg> legs_of(const ChainCompiler& c, const std::string& item) {
    std::vector<Leg> legs;
    for (const bool own : {true, false}) {
        for (uint32_t r = 0; r < c.spec.lanes.size(); ++r) {
            const LaneSpec& row = c.spec.lanes[r];
            if (own ? row.item != item : !row.item.empty()) continue;
            const Leg leg = {c.sites.find(row.from), c.sites.find(row.to), r};
            const bool known = std::any_of(legs.begin(), legs.end(), [&leg](const Leg& other) {
                return other.from == leg.from && other.to == leg.to;
            });
            if (leg.from != leg.to && !known) legs.push_back(leg);
        }
    }
    std::sort(legs.begin(), legs.end(), [](const Leg& a, const Leg& b) { return a.row < b.row; });
    return legs;
}

// Marks the sites that legs reach from marked ones, never entering `avoid`. `backward`: that reach marked ones.
std::vector<bool> closure(std::vector<bool> marked, const std::vector<Leg>& legs, uint32_t avoid, bool backward) {
    for (bool more = true; more;) {
        more = false;
        for (const Leg& leg : legs) {
            const uint32_t near = backward ? leg.to : leg.from;
            const uint32_t far = backward ? leg.from : leg.to;
            if (!marked[near] || marked[far] || near == avoid || far == avoid) continue;
            marked[far] = more = true;
        }
    }
    return marked;
}

class Network {
 public:
    explicit Network(ChainCompiler& c) : c_(c), m_(c.model), sources_(c.places()) {
        c.available.assign(c.places(), false);
        c.sinks.assign(c.places(), false);
        for (const std::string& item : c.items.names()) legs_.push_back(legs_of(c, item));
    }

    void build() {
        mark_ends();
        do {
            spread();
        } while (substitute());
        add_nodes();
        add_arcs();
    }

 private:
    std::vector<bool> of_item(const std::vector<bool>& places, uint32_t item) const {
        const auto begin = places.begin() + static_cast<ptrdiff_t>(c_.place(item, 0));
        return {begin, begin + static_cast<ptrdiff_t>(c_.sites.size())};
    }

    // where items appear and where they are taken; ChainAmount::node holds the item until the nodes are there
    void mark_ends() {
        for (const ChainActivity& a : m_.activities) {
            for (const ChainAmount& output : a.outputs) sources_[c_.place(output.node, a.site)] = true;
            for (const ChainAmount& input : a.inputs) c_.sinks[c_.place(input.node, a.site)] = true;
        }
        for (const StoreSpec& row : c_.spec.stores) {
            const size_t place = c_.place(c_.items.find(row.item), c_.sites.find(row.site));
            if (row.initial > 0) sources_[place] = true;
            if (row.floor > 0) c_.sinks[place] = true;
        }
        for (const ProgrammeSpec& row : c_.spec.programmes)
            c_.sinks[c_.place(c_.items.find(row.item), c_.sites.find(row.site))] = true;
        for (const SubstitutionSpec& row : c_.spec.substitutions) {
            if (row.programme.empty()) continue;
            const ProgrammeSpec& programme = c_.spec.programmes[c_.programmes.find(row.programme)];
            c_.sinks[c_.place(c_.items.find(row.item), c_.sites.find(programme.site))] = true;
        }
    }

    void spread() {
        const auto sites = static_cast<uint32_t>(c_.sites.size());
        for (uint32_t item = 0; item < c_.items.size(); ++item) {
            const std::vector<bool> here = closure(of_item(sources_, item), legs_[item], kNoIndex, false);
            for (uint32_t site = 0; site < sites; ++site) c_.available[c_.place(item, site)] = here[site];
        }
    }

    // Substitutions of no programme become activities where they are new; false when none did.
    bool substitute() {
        bool any = false;
        const auto sites = static_cast<uint32_t>(c_.sites.size());
        made_.resize(c_.spec.substitutions.size(), std::vector<bool>(sites));
        for (size_t r = 0; r < c_.spec.substitutions.size(); ++r) {
            const SubstitutionSpec& row = c_.spec.substitutions[r];
            const uint32_t item = c_.items.find(row.item);
            const uint32_t serves = c_.items.find(row.serves);
            if (!row.programme.empty() || item == serves) continue;
            for (uint32_t site = 0; site < sites; ++site) {
                if (made_[r][site] || !c_.sinks[c_.place(serves, site)] || !c_.available[c_.place(item, site)])
                    continue;
                made_[r][site] = any = true;
                add_substitute(row, item, serves, site);
            }
        }
        return any;
    }

    void add_substitute(const SubstitutionSpec& row, uint32_t item, uint32_t serves, uint32_t site) {
        ChainActivity& a = m_.activities.emplace_back();
        a.name = fmt::format("{} as {} at {}", row.item, row.serves, m_.sites[site].name);
        a.site = site;
        a.inputs = {{item, 1}};
        a.outputs = {{serves, 1}};
        a.yield.by_date.before = 1;
        a.lot = m_.items[item].lot;
        a.from = std::max<Time>(row.from, 0);
        a.row = kNoIndex;
        sources_[c_.place(serves, site)] = true;
        c_.sinks[c_.place(item, site)] = true;
    }

    // Nodes in order of item, then site.
    void add_nodes() {
        std::vector<bool> used = c_.sinks;
        for (size_t place = 0; place < used.size(); ++place) used[place] = used[place] || sources_[place];
        for (const StoreSpec& row : c_.spec.stores) {
            const size_t place = c_.place(c_.items.find(row.item), c_.sites.find(row.site));
            if (c_.available[place]) used[place] = true;
        }
        const auto sites = static_cast<uint32_t>(c_.sites.size());
        for (uint32_t item = 0; item < c_.items.size(); ++item) {
            for (const Leg& leg : useful_legs(item)) {
                useful_.push_back({item, leg});
                used[c_.place(item, leg.from)] = used[c_.place(item, leg.to)] = true;
            }
        }
        c_.node_of.assign(c_.places(), kNoIndex);
        for (uint32_t item = 0; item < c_.items.size(); ++item) {
            for (uint32_t site = 0; site < sites; ++site) {
                if (!used[c_.place(item, site)]) continue;
                c_.node_of[c_.place(item, site)] = static_cast<uint32_t>(m_.nodes.size());
                ChainNode& node = m_.nodes.emplace_back();
                node.item = item;
                node.site = site;
            }
        }
        for (ChainActivity& a : m_.activities) {
            for (ChainAmount& input : a.inputs) input.node = c_.node_of[c_.place(input.node, a.site)];
            for (ChainAmount& output : a.outputs) output.node = c_.node_of[c_.place(output.node, a.site)];
        }
    }

    // A leg is useful when its item can come to its begin without it, and get from its end to someone who takes it
    // without going back.
    std::vector<Leg> useful_legs(uint32_t item) const {
        std::vector<Leg> out;
        const std::vector<bool> sources = of_item(sources_, item);
        const std::vector<bool> sinks = of_item(c_.sinks, item);
        const std::vector<bool> wanted = closure(sinks, legs_[item], kNoIndex, true);
        for (const Leg& leg : legs_[item]) {
            if (!c_.available[c_.place(item, leg.from)] || !wanted[leg.to]) continue;
            const bool comes = closure(sources, legs_[item], leg.to, false)[leg.from];
            const bool goes = closure(sinks, legs_[item], leg.from, true)[leg.to];
            if (comes && goes) out.push_back(leg);
        }
        return out;
    }

    void add_arcs() {
        c_.lane_used.assign(c_.spec.lanes.size(), false);
        for (const auto& [item, leg] : useful_) {
            const LaneSpec& row = c_.spec.lanes[leg.row];
            ChainArc& arc = m_.arcs.emplace_back();
            arc.from = c_.node_of[c_.place(item, leg.from)];
            arc.to = c_.node_of[c_.place(item, leg.to)];
            arc.travel = row.travel;
            arc.tariff_usd = m_.items[item].value_usd * row.tariff_percent / 100;
            arc.cost_usd = row.cost_usd + arc.tariff_usd;
            arc.lane = leg.row;
            c_.lane_used[leg.row] = true;
        }
    }

    ChainCompiler& c_;
    ChainModel& m_;
    std::vector<bool> sources_;                     // [place] made there, or in stock
    std::vector<std::vector<Leg>> legs_;            // [item]
    std::vector<std::pair<uint32_t, Leg>> useful_;  // item, leg
    std::vector<std::vector<bool>> made_;           // [substitution][site]
};

void add_stores(ChainCompiler& c) {
    for (const StoreSpec& row : c.spec.stores) {
        const uint32_t number = c.node_of[c.place(c.items.find(row.item), c.sites.find(row.site))];
        if (number == kNoIndex) continue;
        ChainNode& node = c.model.nodes[number];
        node.initial = row.initial;
        node.limit = row.limit;
        node.floor = row.floor;
        node.floor_from = row.floor_from;
        constexpr double kShortOfHolding = 10;  // assumption, stated in the help of the key
        node.short_usd_per_week = row.short_usd_per_week > 0
                                      ? row.short_usd_per_week
                                      : kShortOfHolding * c.model.items[node.item].holding_usd_per_week;
    }
}

// ---------------------------------------------------------------- order

// [activity] those that take what it makes, where arcs bring it; itself left out
std::vector<std::vector<uint32_t>> successors(const ChainModel& m) {
    std::vector<std::vector<uint32_t>> takers(m.nodes.size());
    for (uint32_t a = 0; a < m.activities.size(); ++a) {
        for (const ChainAmount& input : m.activities[a].inputs) takers[input.node].push_back(a);
    }
    std::vector<std::vector<uint32_t>> next(m.nodes.size());
    for (const ChainArc& arc : m.arcs) next[arc.from].push_back(arc.to);
    std::vector<std::vector<uint32_t>> out(m.activities.size());
    for (uint32_t a = 0; a < m.activities.size(); ++a) {
        std::vector<bool> seen(m.nodes.size());
        std::vector<uint32_t> open;
        for (const ChainAmount& output : m.activities[a].outputs) open.push_back(output.node);
        while (!open.empty()) {
            const uint32_t node = open.back();
            open.pop_back();
            if (seen[node]) continue;
            seen[node] = true;
            open.insert(open.end(), next[node].begin(), next[node].end());
            for (const uint32_t taker : takers[node]) {
                if (taker != a) out[a].push_back(taker);
            }
        }
        std::sort(out[a].begin(), out[a].end());
        out[a].erase(std::unique(out[a].begin(), out[a].end()), out[a].end());
    }
    return out;
}

// A cycle among the activities that wait for others: back over their predecessors until one comes again.
void report_cycle(
    ChainCompiler& c,
    const std::vector<std::vector<uint32_t>>& next,
    const std::vector<uint32_t>& waits) {
    const auto before = [&](uint32_t a) {
        for (uint32_t b = 0; b < next.size(); ++b) {
            if (waits[b] > 0 && std::binary_search(next[b].begin(), next[b].end(), a)) return b;
        }
        return kNoIndex;
    };
    std::vector<uint32_t> path;
    auto at = static_cast<uint32_t>(
        std::find_if(waits.begin(), waits.end(), [](uint32_t n) { return n > 0; }) - waits.begin());
    while (std::find(path.begin(), path.end(), at) == path.end()) {
        path.push_back(at);
        at = before(at);
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), at));
    std::reverse(path.begin(), path.end());
    // it begins with the activity that stands first in the file
    std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
    std::string names;
    for (const uint32_t a : path) names += fmt::format("'{}' -> ", c.model.activities[a].name);
    const ChainActivity& first = c.model.activities[path.front()];
    names += fmt::format("'{}'", first.name);
    const Span span = first.substitutes() ? Span{UINT32_MAX, 0, 0, 0} : c.spec.activities[first.row].span;
    c.messages.error(
        "bom-cycle",
        fmt::format("the bills of material go in a circle: {}", names),
        span,
        "expected activities that end in what programmes take",
        "give what comes back an item of its own, or remove one of the inputs or substitutions");
}

}  // namespace

void add_activities(ChainCompiler& c) {
    for (uint32_t r = 0; r < c.spec.activities.size(); ++r) {
        const ActivitySpec& row = c.spec.activities[r];
        ChainActivity& a = c.model.activities.emplace_back();
        a.name = row.name;
        a.site = c.sites.find(row.site);
        a.outputs = {{c.items.find(row.item), row.quantity}};
        a.lead = row.lead;
        a.yield.by_date.before = row.yield_percent / 100;
        a.yield.die_area_cm2 = row.die_area_mm2 / 100;
        a.yield.d0_start = row.d0_start;
        a.yield.d0_final = row.d0_final;
        a.yield.tau = row.tau;
        a.yield.alpha = row.alpha;
        a.yield.learning_from = row.learning_from;
        a.yield_spread = row.yield_spread_percent / 100;
        a.excursion = row.excursion_percent / 100;
        a.cost_usd = row.cost_usd;
        a.wip_usd_per_week = row.wip_usd_per_week;
        a.lot = row.lot > 0 ? row.lot : lot_of_activity(c.model.items[c.items.find(row.item)], row.quantity);
        a.from = std::max<Time>(row.from, 0);
        if (row.until >= 0) a.until = row.until;
        a.row = r;
    }
    for (const ActivityInputSpec& row : c.spec.activity_inputs)
        c.model.activities[c.activities.find(row.activity)].inputs.push_back({c.items.find(row.item), row.quantity});
    for (const ActivityOutputSpec& row : c.spec.activity_outputs)
        c.model.activities[c.activities.find(row.activity)].outputs.push_back({c.items.find(row.item), row.quantity});
    for (const ResourceUseSpec& row : c.spec.resource_uses)
        c.model.activities[c.activities.find(row.activity)].uses.push_back(
            {c.resources.find(row.resource), row.quantity});
    for (const ActivityYieldSpec& row : c.spec.activity_yields) {
        DatedValue& point = c.model.activities[c.activities.find(row.activity)].yield.by_date.points.emplace_back();
        point.from = row.from;
        point.value = row.yield_percent / 100;
        point.linear = row.linear;
    }
    for (ChainActivity& a : c.model.activities) {
        sort_points(a.yield.by_date);
        const ActivitySpec& row = c.spec.activities[a.row];
        const bool stated = row.yield_percent != ActivitySpec().yield_percent;
        if (!a.yield.by_date.points.empty() && !stated) a.yield.by_date.before = a.yield.by_date.points.front().value;
    }
}

void build_network(ChainCompiler& c) {
    Network(c).build();
    add_stores(c);
}

void order_activities(ChainCompiler& c) {
    ChainModel& m = c.model;
    const std::vector<std::vector<uint32_t>> next = successors(m);
    const auto count = static_cast<uint32_t>(m.activities.size());
    std::vector<uint32_t> waits(count);
    for (const auto& list : next) {
        for (const uint32_t b : list) ++waits[b];
    }
    // the first of the file that waits for none goes next
    std::vector<uint32_t> order;
    std::vector<bool> placed(count);
    while (order.size() < count) {
        uint32_t a = 0;
        while (a < count && (placed[a] || waits[a] > 0)) ++a;
        if (a == count) {
            report_cycle(c, next, waits);
            return;
        }
        placed[a] = true;
        order.push_back(a);
        for (const uint32_t b : next[a]) --waits[b];
    }
    std::vector<ChainActivity> sorted;
    sorted.reserve(count);
    c.activity_of_row.assign(c.spec.activities.size(), kNoIndex);
    for (const uint32_t a : order) {
        if (!m.activities[a].substitutes())
            c.activity_of_row[m.activities[a].row] = static_cast<uint32_t>(sorted.size());
        sorted.push_back(std::move(m.activities[a]));
    }
    m.activities = std::move(sorted);
}

}  // namespace chipchain
