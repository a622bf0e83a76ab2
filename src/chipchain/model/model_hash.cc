#include "chipchain/model/compiler.h"
#include "chipchain/model/hasher.h"

namespace chipchain {

namespace {

void add_duration(Hasher& h, const Distribution& d) { h.add(d.low, d.span, d.kind); }

void add_groups(Hasher& h, const Model& m) {
    h.add(m.tool_groups.size());
    for (const ToolGroup& g : m.tool_groups) {
        h.add(
            g.first_tool,
            g.tool_count,
            g.load,
            g.unload,
            g.area,
            g.rule,
            g.class_count,
            g.location,
            g.lots_inside,
            g.wake);
        h.add(
            g.batch_key,
            g.cascade,
            g.setup_avoidance,
            g.reservation,
            g.has_setup,
            g.dedicated,
            g.batch,
            g.batch_by_product);
    }
    h.add(m.rules.size());
    for (const RankRule& rule : m.rules) {
        h.add(rule.terms.size());
        for (const RankTerm& t : rule.terms) h.add(t.key, t.reversed, t.parameter[0], t.parameter[1]);
    }
}

void add_steps(Hasher& h, const Model& m) {
    h.add(m.steps.size());
    for (const Step& s : m.steps) {
        h.add(s.tool_group, s.route, s.number, s.queue_class, s.per, s.last, s.cascade, s.setup, s.setup_time);
        add_duration(h, s.process);
        h.add(s.batch_min, s.batch_max, s.lot_interval, s.piece_interval, s.sample_threshold, s.rework_threshold);
        h.add(s.scrap_threshold, s.rework_step, s.dedication_slot, s.dedicated_by_slot, s.opens_window);
        h.add(
            s.first_closing_window,
            s.gated,
            s.expected_process,
            s.remaining,
            s.elapsed,
            s.remaining_cycle,
            s.remaining_steps);
    }
    h.add(m.routes.size());
    for (const Route& r : m.routes) {
        h.add(r.first_step, r.step_count, r.dedication_slots, r.window_slots, r.layers, r.raw_process_time);
    }
    h.add(m.windows.size());
    for (const QueueTimeWindow& w : m.windows) h.add(w.entrance, w.exit, w.limit, w.slot, w.next_closing);
}

void add_lots(Hasher& h, const Model& m) {
    h.add(m.lot_types.size());
    for (const LotType& t : m.lot_types) {
        h.add(t.product, t.route, t.priority, t.priority_level, t.pieces, t.policy, t.start, t.interval, t.repeats);
        h.add(t.lots_per_release, t.due_offset, t.reserve, t.wip_limit_lots, t.workload_group, t.workload_limit);
        h.add(t.workload_per_lot, t.first_planned, t.planned_count, t.released);
    }
    h.add(m.planned_lots.size());
    for (const PlannedLot& lot : m.planned_lots) h.add(lot.time, lot.due);
    h.add(m.wip_lots.size());
    for (const WipLot& lot : m.wip_lots) {
        h.add(lot.type, lot.pieces, lot.step, lot.due, lot.start, lot.priority, lot.priority_level, lot.reserve);
    }
}

void add_stops(Hasher& h, const Model& m) {
    h.add(m.downs.size());
    for (const Down& d : m.downs) {
        h.add(d.scope, d.tool_group, d.area, d.source);
        add_duration(h, d.time_to_failure);
        add_duration(h, d.repair);
        add_duration(h, d.first);
    }
    h.add(m.pms.size());
    for (const Pm& p : m.pms) {
        h.add(p.tool_group, p.kind, p.interval, p.interval_pieces, p.first, p.first_pieces, p.source);
        add_duration(h, p.duration);
    }
}

void add_tables(Hasher& h, const Model& m) {
    h.add(m.setup_count);
    h.numbers(m.setup_change);
    h.numbers(m.setup_from_any);
    h.numbers(m.min_run);
    h.add(m.location_count);
    for (const Distribution& d : m.transport) add_duration(h, d);
}

void add_ramp(Hasher& h, const Model& m) {
    h.add(m.tool_lives.size(), m.calendars.size(), m.ramp_points.size(), m.learning_curves.size());
    for (const ToolLife& life : m.tool_lives) h.add(life.installed, life.qualified, life.moved_out);
    for (const GroupCalendar& calendar : m.calendars) {
        h.add(calendar.shifts.size(), calendar.closures.size());
        for (const Shift& shift : calendar.shifts) h.add(shift.days, shift.begin, shift.length, shift.staffed_ppm);
        for (const Closure& closure : calendar.closures) h.add(closure.from, closure.until);
    }
    for (const LotType& type : m.lot_types) h.add(type.first_ramp, type.ramp_count, type.engineering);
    for (const RampPoint& point : m.ramp_points) h.add(point.date, point.rate);
    for (const LearningCurve& c : m.learning_curves) {
        h.add(c.by, c.start, c.final, c.from, c.tau, c.first_pieces, c.exponent);
    }
    for (const StepLearning& step : m.step_learning) {
        for (const auto* curves : {&step.scrap, &step.rework, &step.process_time}) h.numbers(*curves);
    }
    for (const DieYield& y : m.die_yields) {
        h.add(y.gross_dies, y.die_area_cm2, y.d0_start, y.d0_final, y.tau, y.alpha);
    }
}

}  // namespace

uint64_t model_hash(const Model& m) {
    Hasher h;
    h.text(m.name);
    h.add(m.start, m.horizon, m.warmup);
    for (const SwitchInfo& info : switch_table()) {
        // the hash of a line without the tables of a ramp is what it was before there were any
        if (info.name == "shift_end" && m.calendars.empty()) continue;
        h.text(std::string(info.name));
        h.add(info.get(m.switches));
    }
    add_groups(h, m);
    add_steps(h, m);
    add_lots(h, m);
    add_stops(h, m);
    add_tables(h, m);
    if (m.monthly) add_ramp(h, m);
    for (const auto* names :
         {&m.tool_group_names,
          &m.area_names,
          &m.step_names,
          &m.route_names,
          &m.product_names,
          &m.lot_type_names,
          &m.wip_lot_names,
          &m.setup_names,
          &m.rule_names,
          &m.down_names,
          &m.pm_names}) {
        h.texts(*names);
    }
    return h.print.value();
}

}  // namespace chipchain
