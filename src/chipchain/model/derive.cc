// What follows from the resolved rows: expected and raw process times, queue classes, static loads, the model's hash.
#include <algorithm>
#include <map>
#include <tuple>
#include <fmt/format.h>
#include <xxhash.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

double share(const Step& s) { return static_cast<double>(s.sample_threshold) / 4294967296.0; }

// Expected load + process + unload of one visit of a lot of `pieces`.
Time expected_visit(const ToolGroup& group, const Step& s, uint32_t pieces) {
    Time process = s.process.mean();
    if (s.cascade && s.piece_interval > 0) {
        process += (pieces - 1) * s.piece_interval;
    } else if (s.per == ProcessUnit::piece) {
        process *= pieces;
    }
    return group.load + process + group.unload;
}

// Mean transport into each step of a route, from the step before.
std::vector<Time> mean_transports(const Model& m, const Route& route) {
    std::vector<Time> out(route.step_count, 0);
    for (uint32_t k = 1; k < route.step_count; ++k) {
        const uint32_t from = m.tool_groups[m.steps[route.first_step + k - 1].tool_group].location;
        const uint32_t to = m.tool_groups[m.steps[route.first_step + k].tool_group].location;
        out[k] = m.transport[from * m.location_count + to].mean();
    }
    return out;
}

// A mask layer is an exposure: a step per piece in an area of lithography that is not its track or metrology.
bool is_exposure(const Model& m, const Step& s) {
    const ToolGroup& group = m.tool_groups[s.tool_group];
    const std::string& area = m.area_names[group.area];
    const std::string& name = m.tool_group_names[s.tool_group];
    return s.per == ProcessUnit::piece && area.starts_with("Litho") && area.find("Met") == std::string::npos &&
           name.find("Track") == std::string::npos && name.find("REG") == std::string::npos;
}

void derive_route(Compiler& c, uint32_t r) {
    Model& m = c.model;
    Route& route = m.routes[r];
    const std::vector<uint32_t>& types = c.route_types[r];
    const uint32_t pieces = types.empty() ? 25 : m.lot_types[types.front()].pieces;
    const std::vector<Time> transports = mean_transports(m, route);
    Time elapsed = 0;
    double raw = 0;
    for (uint32_t k = 0; k < route.step_count; ++k) {
        Step& s = m.steps[route.first_step + k];
        s.expected_process = expected_visit(m.tool_groups[s.tool_group], s, pieces);
        elapsed += static_cast<Time>(share(s) * static_cast<double>(s.expected_process));
        s.elapsed = elapsed;
        raw += share(s) * static_cast<double>(s.expected_process + transports[k]);
        if (is_exposure(m, s)) ++route.layers;
    }
    route.raw_process_time = static_cast<Time>(raw);
    // the due flow factor of the first lot type turns remaining raw time into expected remaining cycle time
    double factor = 1;
    if (!types.empty() && raw > 0) factor = std::max(1.0, static_cast<double>(m.lot_types[types.front()].due_offset) / raw);
    Time later = 0;
    double later_raw = 0;
    double later_steps = 0;
    for (uint32_t k = route.step_count; k-- > 0;) {
        Step& s = m.steps[route.first_step + k];
        s.remaining = s.expected_process + later;
        s.remaining_cycle = static_cast<Time>(factor * (static_cast<double>(s.expected_process) + later_raw));
        s.remaining_steps = static_cast<uint32_t>(later_steps) + 1;
        later += static_cast<Time>(share(s) * static_cast<double>(s.expected_process));
        later_raw += share(s) * static_cast<double>(s.expected_process + transports[k]);
        later_steps += share(s);
    }
}

}  // namespace

void derive_times(Compiler& c) {
    Model& m = c.model;
    for (uint32_t r = 0; r < m.routes.size(); ++r) derive_route(c, r);
    for (LotType& t : m.lot_types) {
        if (t.workload_group == kNoIndex) continue;
        const Route& route = m.routes[t.route];
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const Step& s = m.steps[route.first_step + k];
            if (s.tool_group == t.workload_group) t.workload_per_lot += static_cast<Time>(share(s) * static_cast<double>(s.expected_process));
        }
        t.workload_per_lot = std::max<Time>(t.workload_per_lot, 1);
    }
}

void assign_classes(Compiler& c) {
    Model& m = c.model;
    // setup, stated setup time, batch key, batch limits, gate: lots that share all are interchangeable but for rank
    using Key = std::tuple<uint32_t, Time, int64_t, uint32_t, uint32_t, int64_t>;
    std::vector<std::map<Key, uint32_t>> classes(m.tool_groups.size());
    std::map<std::string, int64_t> step_names;
    for (uint32_t id = 0; id < m.steps.size(); ++id) {
        Step& s = m.steps[id];
        int64_t batch = -1;
        if (s.per == ProcessUnit::batch) {
            switch (m.tool_groups[s.tool_group].batch_key) {
                case BatchKey::none:
                case BatchKey::product_step: batch = id; break;
                case BatchKey::step_name:
                    batch = step_names.emplace(m.step_names[id], static_cast<int64_t>(step_names.size())).first->second;
                    break;
                case BatchKey::tool_group: batch = INT64_MAX; break;
            }
        }
        const Key key{s.setup, s.setup == 0 ? -1 : s.setup_time, batch, s.batch_min, s.batch_max, s.gated ? int64_t{id} : -1};
        std::map<Key, uint32_t>& known = classes[s.tool_group];
        s.queue_class = known.emplace(key, static_cast<uint32_t>(known.size())).first->second;
    }
    for (size_t g = 0; g < classes.size(); ++g) {
        m.tool_groups[g].class_count = std::max<uint32_t>(1, static_cast<uint32_t>(classes[g].size()));
    }
}

void check_loads(Compiler& c) {
    Model& m = c.model;
    std::vector<double> load(m.tool_groups.size(), 0);
    for (const LotType& t : m.lot_types) {
        if (!t.released || (t.policy != ReleasePolicy::constant && t.policy != ReleasePolicy::poisson)) continue;
        const Route& route = m.routes[t.route];
        const double rate = t.lots_per_release / static_cast<double>(t.interval);
        for (uint32_t k = 0; k < route.step_count; ++k) {
            const Step& s = m.steps[route.first_step + k];
            double stay = static_cast<double>(s.expected_process);
            if (s.cascade) stay = static_cast<double>(s.lot_interval > 0 ? s.lot_interval : s.piece_interval * t.pieces);
            if (s.per == ProcessUnit::batch) stay *= static_cast<double>(t.pieces) / s.batch_max;
            load[s.tool_group] += rate * share(s) * stay;
        }
    }
    for (size_t g = 0; g < load.size(); ++g) {
        const double percent = 100 * load[g] / m.tool_groups[g].tool_count;
        if (percent <= 100) continue;
        warn(c, "capacity-exceeded",
             fmt::format("tool group '{}' has {:.0f} % of the work its {} tools can do", m.tool_group_names[g], percent, m.tool_groups[g].tool_count),
             c.spec.tool_groups[g].span, "add tools, or release fewer lots");
    }
}

namespace {

struct Hasher {
    XXH3_state_t* state = XXH3_createState();
    Hasher() { XXH3_64bits_reset(state); }
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    ~Hasher() { XXH3_freeState(state); }
    void add(int64_t x) { XXH3_64bits_update(state, &x, sizeof x); }
    void add(const std::string& text) {
        add(static_cast<int64_t>(text.size()));
        XXH3_64bits_update(state, text.data(), text.size());
    }
    void add(const Distribution& d) {
        for (const int64_t x : {d.low, d.span, static_cast<int64_t>(d.kind)}) add(x);
    }
    template <class... T>
    void all(const T&... x) {
        (add(static_cast<int64_t>(x)), ...);
    }
};

void hash_groups_and_steps(Hasher& h, const Model& m) {
    for (const ToolGroup& g : m.tool_groups) {
        h.all(g.tool_count, g.load, g.unload, g.area, g.rule, g.location, g.lots_inside, g.wake, g.batch_key, g.cascade,
              g.setup_avoidance, g.reservation);
    }
    for (const Step& s : m.steps) {
        h.add(s.process);
        h.all(s.tool_group, s.route, s.number, s.per, s.setup, s.setup_time, s.batch_min, s.batch_max, s.lot_interval,
              s.piece_interval, s.sample_threshold, s.rework_threshold, s.scrap_threshold, s.rework_step, s.dedication_slot,
              s.dedicated_by_slot, s.opens_window, s.queue_class);
    }
    for (const QueueTimeWindow& w : m.windows) h.all(w.entrance, w.exit, w.limit);
    for (const RankRule& rule : m.rules) {
        for (const RankTerm& t : rule.terms) h.all(t.key, t.reversed, t.parameter[0] * 1e6, t.parameter[1] * 1e6);
        h.add(int64_t{-1});
    }
}

}  // namespace

uint64_t hash_model(const Model& m) {
    Hasher h;
    h.all(m.horizon, m.warmup, m.start);
    for (const SwitchInfo& info : switch_table()) h.add(int64_t{info.get(m.switches)});
    hash_groups_and_steps(h, m);
    for (const LotType& t : m.lot_types) {
        h.all(t.product, t.route, t.priority, t.pieces, t.policy, t.start, t.interval, t.repeats, t.lots_per_release,
              t.due_offset, t.reserve, t.wip_limit_lots, t.workload_group, t.workload_limit);
    }
    for (const PlannedLot& p : m.planned_lots) h.all(p.time, p.due);
    for (const WipLot& w : m.wip_lots) h.all(w.type, w.pieces, w.step, w.due, w.start, w.priority, w.reserve);
    for (const Down& d : m.downs) {
        h.all(d.scope, d.tool_group, d.area, d.source);
        for (const Distribution* x : {&d.time_to_failure, &d.repair, &d.first}) h.add(*x);
    }
    for (const Pm& p : m.pms) {
        h.all(p.tool_group, p.kind, p.interval, p.interval_pieces, p.first, p.first_pieces, p.source);
        h.add(p.duration);
    }
    for (const Distribution& d : m.transport) h.add(d);
    for (const std::vector<Time>* table : {&m.setup_change, &m.setup_from_any}) {
        for (const Time t : *table) h.add(t);
    }
    for (const uint32_t n : m.min_run) h.add(int64_t{n});
    for (const std::vector<std::string>* names :
         {&m.tool_group_names, &m.area_names, &m.step_names, &m.route_names, &m.product_names, &m.lot_type_names}) {
        for (const std::string& name : *names) h.add(name);
    }
    return XXH3_64bits_digest(h.state);
}

}  // namespace chipchain
