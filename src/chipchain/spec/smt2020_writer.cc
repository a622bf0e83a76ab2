#include "chipchain/spec/smt2020_writer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "chipchain/spec/folder_writer.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/smt2020_cells.h"
#include "chipchain/spec/smt2020_form.h"
#include "chipchain/spec/smt2020_losses.h"

namespace chipchain {

namespace {

// Columns that the published files do not have: written only when a row needs them.
constexpr std::string_view kUnpublished[] = {"IGNORE", "MTTF2", "MTTR2", "ScrapPercent"};

// One file while it is written: cells by column name, absent ones stay blank.
class TabText {
 public:
    explicit TabText(const std::vector<TabColumn>& columns) : columns_(columns), used_(columns.size(), false) {}

    void add_row() { rows_.emplace_back(columns_.size()); }

    void set(std::string_view column, std::string_view text) {
        const auto at =
            std::find_if(columns_.begin(), columns_.end(), [column](const TabColumn& c) { return c.name == column; });
        const auto index = static_cast<size_t>(at - columns_.begin());
        rows_.back().at(index) = text;
        used_[index] = used_[index] || !text.empty();
    }

    [[nodiscard]] std::string text() const {
        std::string out;
        append(out, [this](size_t i) { return columns_[i].name; });
        for (const std::vector<std::string>& row : rows_) {
            append(out, [&row](size_t i) { return std::string_view(row[i]); });
        }
        return out;
    }

 private:
    template <class Cell>
    void append(std::string& out, Cell cell) const {
        bool first = true;
        for (size_t i = 0; i < columns_.size(); ++i) {
            const bool published =
                std::find(std::begin(kUnpublished), std::end(kUnpublished), columns_[i].name) == std::end(kUnpublished);
            if (!published && !used_[i]) continue;
            if (!first) out += '\t';
            first = false;
            out += cell(i);
        }
        out += '\n';
    }

    const std::vector<TabColumn>& columns_;
    std::vector<bool> used_;
    std::vector<std::vector<std::string>> rows_;
};

// The number of `unit`s that the reader turns back into the same ticks.
std::string ticks_text(Time ticks, Time unit) {
    FieldInfo field;
    field.type = FieldType::duration;
    field.unit = unit;
    Value value;
    value.integer = ticks;
    return value_text(field, value, 0);
}

std::string percent_text(double percent) {
    FieldInfo field;
    field.type = FieldType::percent;
    Value value;
    value.number = percent;
    return value_text(field, value, 0);
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7f;
    });
}

class Smt2020Writer {
 public:
    Smt2020Writer(const Spec& spec, Smt2020Losses& losses) : spec_(spec), losses_(losses) {}

    std::vector<ModelFile> write() {
        index_groups();
        check_line();
        write_tools();
        write_parts();
        write_setups();
        write_transports();
        write_calendars();
        write_orders();
        write_wip();
        return std::move(files_);
    }

 private:
    void add_file(std::string name, const TabText& table) { files_.push_back({std::move(name), table.text()}); }

    // ---------------------------------------------------------------- cells
    // A name as the reader gives it back; blank is allowed only when not required.
    void name(TabText& t, std::string_view column, const std::string& text, const Row& row, bool required = true) {
        t.set(column, text);
        const bool ends = !text.empty() && (text.front() == ' ' || text.back() == ' ');
        if (ends || !is_printable(text) || text.size() > 200 || (required && text.empty())) {
            losses_.report(
                "smt2020-name",
                Loss::impossible,
                fmt::format("{} cannot hold the name '{}'", column, text.substr(0, 80)),
                row.span,
                "use 1 to 200 bytes without tabs, line breaks and blanks at the ends");
        }
    }

    static void duration(TabText& t, std::string_view column, std::string_view units, Time ticks, Time unit) {
        t.set(column, ticks_text(ticks, unit));
        t.set(units, word_for(kTimeUnits, unit));
    }

    // The distribution, or the nearest one that the form knows.
    DurationSpec known(DurationSpec d, const std::string& whose, const Row& row) {
        if (d.kind != DistKind::erlang) return d;
        losses_.report(
            "smt2020-distribution",
            Loss::changes,
            whose + " is an erlang, which the form does not know",
            row.span,
            "a lognormal of the same mean and standard deviation is written");
        const double shape = static_cast<double>(std::max<Time>(d.half, 1));
        return {DistKind::lognormal, d.mean, to_ticks(static_cast<double>(d.mean) / std::sqrt(shape), 1)};
    }

    struct Columns {
        std::string_view kind, mean, half, unit;
    };

    static void distribution(TabText& t, const Columns& c, const DurationSpec& d, Time unit) {
        t.set(c.kind, word_for(kDistributions, d.kind));
        duration(t, c.mean, c.unit, d.mean, unit);
        const bool two = d.kind != DistKind::constant && d.kind != DistKind::exponential;
        if (two) t.set(c.half, ticks_text(d.half, unit));
    }

    // `after_start`: ticks after the line's start.
    void date(TabText& t, std::string_view column, Time after_start, const Row& row) {
        const Time time = spec_.line.start + after_start;
        const std::string text = smt2020_date(time);
        t.set(column, text);
        if (text.empty()) {
            losses_.report(
                "smt2020-date",
                Loss::impossible,
                fmt::format("{} is a date outside the years 1000 to 9999", column),
                row.span,
                "correct the date, or the line's start");
        } else if (time % kSecond != 0) {
            losses_.report(
                "smt2020-own-notation",
                Loss::harmless,
                fmt::format("{} holds fractions of a second", column),
                row.span,
                "chipchain reads them; for other programs round the dates of the model to seconds");
        }
    }

    void lost(const Row& row, std::string what, std::string instead = "it is left out") {
        losses_.report("smt2020-not-held", Loss::harmless, std::move(what), row.span, std::move(instead));
    }

    template <class RowType>
    void check_dated(const std::vector<RowType>& rows, std::string_view table) {
        if (rows.empty()) return;
        std::string what = fmt::format("the form has no table of {}", table);
        losses_.report("smt2020-dated", Loss::changes, std::move(what), rows[0].span, "it is left out");
    }

    // ---------------------------------------------------------------- the line
    void check_line() {
        check_dated(spec_.tool_installs, "tool installs");
        check_dated(spec_.shifts, "shifts");
        check_dated(spec_.shutdowns, "shutdowns");
        check_dated(spec_.learnings, "learning curves");
        const LineSpec& line = spec_.line;
        const LineSpec plain;
        if (line.horizon != plain.horizon) lost(line, "the form has no horizon", "simulate it with --days");
        if (line.warmup != plain.warmup) lost(line, "the form has no warm-up", "simulate it with --warmup");
        if (!line.note.empty()) lost(line, "the form has no note");
        if (!spec_.processes.empty()) lost(spec_.processes[0], "the form has no processes of chipchain new");
        const Switches rules;
        for (const SwitchInfo& info : switch_table()) {
            if (info.get(spec_.switches) == info.get(rules)) continue;
            losses_.report(
                "smt2020-switch",
                Loss::changes,
                fmt::format("the form has no switch {} = \"{}\"", info.name, info.values[info.get(spec_.switches)]),
                line.span,
                fmt::format("it reads as \"{}\"; state it with --set", info.values[info.get(rules)]));
        }
        for (const RuleSpec& rule : spec_.rules) {
            if (!rule.help.empty() && !rule.help.starts_with("FWLRANK ")) lost(rule, "rules have no help");
        }
    }

    void index_groups() {
        for (const ToolGroupSpec& g : spec_.tool_groups) area_of_.emplace(g.name, g.area);
        for (const SetupGroupSpec& s : spec_.setup_groups) setup_group_of_.emplace(s.setup, s.name);
        for (const StepSpec& s : spec_.steps) {
            const auto group = setup_group_of_.find(s.setup);
            if (group != setup_group_of_.end()) setup_groups_at_[s.tool_group].insert(group->second);
        }
        reserving_ =
            spec_.switches.reservation == Reservation::by_lot &&
            (std::any_of(spec_.releases.begin(), spec_.releases.end(), [](const auto& r) { return r.reserve; }) ||
             std::any_of(spec_.wip_lots.begin(), spec_.wip_lots.end(), [](const auto& w) { return w.reserve; }));
    }

    // ---------------------------------------------------------------- tools
    void write_tools() {
        TabText t(kToolColumns);
        for (const ToolGroupSpec& g : spec_.tool_groups) {
            t.add_row();
            name(t, "STNFAM", g.name, g);
            t.set("STN", g.name);
            t.set("RULE", word_for(kWorkRules, g.setup_avoidance));
            t.set("FWLRANK", ranks(g));
            t.set("WAKERESRANK", word_for(kWakes, g.wake));
            t.set("BATCHCRITF", word_for(kBatchKeys, g.batch_key));
            if (g.batch_key != BatchKey::none) t.set("BATCHPER", word_for(kPieces, true));
            duration(t, "LTIME", "LTUNITS", g.load, kMinute);
            duration(t, "ULTIME", "ULTUNITS", g.unload, kMinute);
            if (g.lots_inside != 1) t.set("STNCAP", std::to_string(g.lots_inside));
            t.set("STNQTY", std::to_string(g.tools));
            name(t, "STNGRP", g.area, g, false);
            t.set("STNFAMSTEP_ACTLIST", word_for(kActionLists, true));
            name(t, "STNFAMLOC", g.location, g, false);
            t.set("PRERULERWL", word_for(kYesNo, false));
            const auto setups = setup_groups_at_.find(g.name);
            if (setups != setup_groups_at_.end()) name(t, "SETUPGRP", *setups->second.begin(), g);
            check_tools(g);
        }
        add_file("tool.txt.1l", t);
    }

    void check_tools(const ToolGroupSpec& g) {
        const auto changes = [&](std::string what, std::string instead) {
            losses_.report("smt2020-choice", Loss::changes, std::move(what), g.span, std::move(instead));
        };
        if (g.wake == WakeRule::lowest_index)
            changes("the form has no wake rule \"lowest_index\"", "the longest idle tool takes a lot");
        if (g.batch_key == BatchKey::step_name || g.batch_key == BatchKey::tool_group)
            changes("the form has batches of one product and step only", "each step has batches of its own");
        if (g.location.empty()) changes("a tool group without location", "it stands at 'Fab'");
        if (!g.reservation && reserving_)
            changes("the form cannot except a tool group from reservations", "lots may reserve its tools");
        if (!g.reservation && !reserving_) lost(g, "the form cannot except a tool group from reservations");
        if (g.capex_musd != 0) lost(g, "the form has no prices of tools");
        if (g.floor_m2 != 0) lost(g, "the form has no floor space");
        if (!g.source.empty()) lost(g, "the form has no sources of figures");
        const auto setups = setup_groups_at_.find(g.name);
        if (setups != setup_groups_at_.end() && setups->second.size() > 1) {
            losses_.report(
                "smt2020-renamed",
                Loss::harmless,
                fmt::format("the tools of '{}' use setups of {} setup groups", g.name, setups->second.size()),
                g.span,
                fmt::format("SETUPGRP names '{}' only; chipchain keeps every minimum run", *setups->second.begin()));
        }
    }

    // FWLRANK of a group: its rule, or the line's, key by key.
    std::string ranks(const ToolGroupSpec& g) {
        const std::string& rule_name = g.rule.empty() ? spec_.line.rule : g.rule;
        const auto rule = std::find_if(spec_.rules.begin(), spec_.rules.end(), [&](const RuleSpec& r) {
            return r.name == rule_name;
        });
        if (rule == spec_.rules.end() && rule_name != "default") {
            losses_.report(
                "unknown-rule",
                Loss::impossible,
                fmt::format("dispatch rule '{}' is not declared", rule_name),
                g.rule.empty() ? spec_.line.span : g.span,
                "declare it with [[rule]], or use a built-in one");
            return {};
        }
        const std::string rank = rule == spec_.rules.end() ? "priority, fifo" : rule->rank;
        std::string out;
        size_t at = 0;
        while (at <= rank.size()) {
            const size_t end = std::min(rank.find(',', at), rank.size());
            std::string_view key = std::string_view(rank).substr(at, end - at);
            at = end + 1;
            key.remove_prefix(std::min(key.find_first_not_of(" \t"), key.size()));
            key = key.substr(0, key.find_last_not_of(" \t") + 1);
            const std::string_view word = word_for(kRanks, key);
            if (!word.empty()) {
                out += (out.empty() ? "" : ";") + std::string(word);
                continue;
            }
            losses_.report(
                "smt2020-rank",
                Loss::changes,
                fmt::format("dispatch rule '{}' has the rank key '{}', which the form does not have", rule_name, key),
                rule == spec_.rules.end() ? g.span : rule->span,
                "the key is left out of FWLRANK");
        }
        return out.empty() ? std::string(kRanks[2].text) : out;
    }

    // ---------------------------------------------------------------- products and routes
    void write_parts() {
        TabText t(kPartColumns);
        std::map<std::string, std::string> route_files;
        std::set<std::string> taken;
        std::vector<std::string> routes;
        for (const ProductSpec& p : spec_.products) {
            t.add_row();
            t.set("PARTGRP", "Saleable");
            name(t, "PARTFAM", p.family, p, false);
            name(t, "PART", p.name, p);
            name(t, "ROUTE", p.route, p);
            const auto [at, added] = route_files.try_emplace(p.route);
            if (added) {
                const std::string_view before = p.route.starts_with("route_") ? "" : "route_";
                at->second = plain_file_name(before, p.route, ".txt", taken);
                routes.push_back(p.route);
            }
            t.set("ROUTEFILE", at->second);
        }
        add_file("part.txt", t);
        check_route_order(routes);
        for (const std::string& route : routes) write_route(route, route_files[route]);
    }

    // Routes are read in the order of part.txt, which must be the order of their first steps.
    void check_route_order(const std::vector<std::string>& routes) {
        std::vector<std::string> order;
        std::set<std::string> seen;
        const std::set<std::string> made(routes.begin(), routes.end());
        for (const StepSpec& s : spec_.steps) {
            if (!seen.insert(s.route).second) continue;
            if (made.contains(s.route)) {
                order.push_back(s.route);
                continue;
            }
            losses_.report(
                "smt2020-route",
                Loss::changes,
                fmt::format("route '{}' is used by no product", s.route),
                s.span,
                "the route is left out and the steps behind it are numbered otherwise in fingerprints");
        }
        for (size_t i = 0; i < order.size(); ++i) {
            const auto at = std::find(routes.begin(), routes.end(), order[i]);
            const auto next =
                i + 1 < order.size() ? std::find(routes.begin(), routes.end(), order[i + 1]) : routes.end();
            if (at <= next) continue;
            losses_.report(
                "smt2020-route",
                Loss::changes,
                "the form has routes in the order of the products; the model has them in another one",
                spec_.products.front().span,
                "steps are numbered otherwise in fingerprints; sort the products like the routes to avoid it");
            return;
        }
    }

    void write_route(const std::string& route, const std::string& file) {
        TabText t(kRouteColumns);
        for (const StepSpec& s : spec_.steps) {
            if (s.route != route) continue;
            t.add_row();
            write_step(t, s);
        }
        add_file(file, t);
    }

    void write_step(TabText& t, const StepSpec& s) {
        t.set("ROUTE", s.route);
        t.set("STEP", std::to_string(s.step));
        name(t, "DESC", s.name, s, false);
        name(t, "STNFAM", s.tool_group, s);
        const Columns process{"PDIST", "PTIME", "PTIME2", "PTUNITS"};
        distribution(t, process, known(s.process, "a process time", s), kMinute);
        t.set("PTPER", word_for(kUnitsOfProcess, s.per));
        const auto count = [&t](std::string_view column, int64_t value) {
            if (value != 0) t.set(column, std::to_string(value));
        };
        count("BATCHMN", s.batch_min);
        count("BATCHMX", s.batch_max);
        name(t, "SETUP", s.setup, s, false);
        if (!s.setup.empty()) t.set("WHEN", word_for(kWhen, true));
        if (s.setup_time >= 0) duration(t, "STIME", "STUNITS", s.setup_time, kMinute);
        if (s.dedicate_step != 0) t.set("SVESTN", word_for(kYesNo, true));
        count("FORSTEP", s.dedicate_step);
        if (s.lot_interval >= 0) duration(t, "BatchInterval", "BatchIntUnits", s.lot_interval, kMinute);
        if (s.piece_interval >= 0) duration(t, "PartInterval", "PartIntUnits", s.piece_interval, kMinute);
        count("RWKSTEP", s.rework_step);
        if (s.rework_percent != 0) t.set("REWORK", percent_text(s.rework_percent));
        if (s.rework_step != 0) t.set("RWKTYPE", word_for(kReworkTypes, true));
        if (s.sample_percent != 100) t.set("StepPercent", percent_text(s.sample_percent));
        count("STEP_CQT", s.queue_time_step);
        if (s.queue_time_limit != 0) duration(t, "CQT", "CQTUNITS", s.queue_time_limit, kHour);
        const auto area = area_of_.find(s.tool_group);
        if (area != area_of_.end()) t.set("IGNORE", area->second);
        if (s.scrap_percent == 0) return;
        t.set("ScrapPercent", percent_text(s.scrap_percent));
        losses_.report(
            "smt2020-own-notation",
            Loss::harmless,
            "the form has no scrap: route files get the column ScrapPercent",
            s.span,
            "chipchain reads it; other programs scrap nothing");
    }

    // ---------------------------------------------------------------- setups, transport
    void write_setups() {
        TabText changes(kSetupColumns);
        for (const SetupChangeSpec& s : spec_.setup_changes) {
            changes.add_row();
            name(changes, "CURSETUP", s.from, s, false);
            name(changes, "NEWSETUP", s.to, s);
            duration(changes, "STIME", "STUNITS", s.time, kMinute);
        }
        add_file("setup.txt", changes);
        TabText groups(kSetupGroupColumns);
        const std::string* above = nullptr;
        for (const SetupGroupSpec& s : spec_.setup_groups) {
            groups.add_row();
            // a blank name continues the group above
            if (above == nullptr || *above != s.name) name(groups, "SETUPGRP", s.name, s);
            above = &s.name;
            name(groups, "SETUP", s.setup, s);
            groups.set("MINRUN", std::to_string(s.min_run));
        }
        add_file("setupgrp.txt", groups);
    }

    void write_transports() {
        TabText t(kTransportColumns);
        for (const TransportSpec& s : spec_.transports) {
            t.add_row();
            name(t, "FROMLOC", s.from, s);
            name(t, "TOLOC", s.to, s);
            distribution(t, {"DDIST", "DTIME", "DTIME2", "DUNITS"}, known(s.time, "a transport time", s), kMinute);
        }
        add_file("fromto.txt", t);
    }

    // ---------------------------------------------------------------- downs and maintenance
    // One row of a calendar file under a name of its own; equal rows of one name share it.
    template <class Row, class Same>
    std::string calendar(const Row& row, std::map<std::string, const Row*>& calendars, bool& added, Same same) {
        for (int n = 1;; ++n) {
            const std::string own = n == 1 ? row.name : fmt::format("{}_{}", row.name, n);
            const auto [at, is_new] = calendars.try_emplace(own, &row);
            added = is_new;
            if (!is_new && !same(*at->second, row)) continue;
            if (n > 1) {
                losses_.report(
                    "smt2020-renamed",
                    Loss::harmless,
                    "calendars of one name with different times must differ in name",
                    row.span,
                    fmt::format("'{}' becomes '{}'", row.name, own));
            }
            return own;
        }
    }

    void
    attach(TabText& t, const std::string& calendar, bool down, Scope scope, const std::string& target, const Row& r) {
        t.add_row();
        name(t, "CALNAME", calendar, r);
        t.set("CALTYPE", word_for(kCalendarTypes, down));
        t.set("RESTYPE", word_for(kTargets, scope == Scope::area_at_once ? Scope::area : scope));
        name(t, "RESNAME", target, r);
    }

    void write_calendars() {
        TabText attached(kAttachColumns);
        TabText downs(kDownColumns);
        std::map<std::string, const DownSpec*> down_calendars;
        for (const DownSpec& d : spec_.downs) write_down(d, attached, downs, down_calendars);
        TabText pms(kPmColumns);
        std::map<std::string, const PmSpec*> pm_calendars;
        for (const PmSpec& p : spec_.pms) write_pm(p, attached, pms, pm_calendars);
        add_file("attach.txt", attached);
        add_file("downcal.txt", downs);
        add_file("pmcal.txt", pms);
    }

    // The area for people to read, in a column that nothing reads.
    std::string area_of(Scope scope, const std::string& target) const {
        if (scope != Scope::tool_group) return target;
        const auto area = area_of_.find(target);
        return area == area_of_.end() ? std::string() : area->second;
    }

    void write_down(
        const DownSpec& d,
        TabText& attached,
        TabText& downs,
        std::map<std::string, const DownSpec*>& calendars) {
        bool added = false;
        const std::string own = calendar(d, calendars, added, [](const DownSpec& a, const DownSpec& b) {
            return a.time_to_failure == b.time_to_failure && a.repair == b.repair;
        });
        attach(attached, own, true, d.scope, d.target, d);
        if (d.scope == Scope::area_at_once) {
            losses_.report(
                "smt2020-choice",
                Loss::changes,
                "the form has no down of a whole area at once",
                d.span,
                "each tool of the area fails on its own clock");
        }
        write_first(d, attached);
        if (!added) return;
        downs.add_row();
        downs.set("DOWNCALNAME", own);
        downs.set("DOWNCALTYPE", word_for(kDownTypes, true));
        const DurationSpec up = known(d.time_to_failure, "a time to failure", d);
        distribution(downs, {"MTTFDIST", "MTTF", "MTTF2", "MTTFUNITS"}, up, kMinute);
        distribution(downs, {"MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS"}, known(d.repair, "a repair time", d), kMinute);
        downs.set("IGNORE", area_of(d.scope, d.target));
    }

    // First failure: the form holds one number; a blank cell means "as the time to failure".
    void write_first(const DownSpec& d, TabText& attached) {
        DurationSpec first = d.first;
        const bool one = first.kind == DistKind::constant || first.kind == DistKind::exponential;
        if (!one && first == d.time_to_failure) return;
        if (!one) {
            losses_.report(
                "smt2020-distribution",
                Loss::changes,
                "the form has a first failure of one number only, or as the time to failure",
                d.span,
                "an exponential of the same mean is written");
            first = {DistKind::exponential, first.mean, 0};
        }
        attached.set("FOADIST", word_for(kDistributions, first.kind));
        duration(attached, "FOA", "FOAUNITS", first.mean, kMinute);
    }

    void write_pm(const PmSpec& p, TabText& attached, TabText& pms, std::map<std::string, const PmSpec*>& calendars) {
        bool added = false;
        const std::string own = calendar(p, calendars, added, [](const PmSpec& a, const PmSpec& b) {
            const bool by_time = a.kind == PmKind::calendar;
            return a.kind == b.kind && a.duration == b.duration &&
                   (by_time ? a.interval == b.interval : a.interval_pieces == b.interval_pieces);
        });
        // a maintenance of an area is one of each of its tools, at once or not
        attach(attached, own, false, p.scope, p.target, p);
        attached.set("FOADIST", word_for(kDistributions, DistKind::constant));
        const bool by_time = p.kind == PmKind::calendar;
        if (by_time) {
            duration(attached, "FOA", "FOAUNITS", p.first, kDay);
        } else {
            attached.set("FOA", std::to_string(p.first_pieces));
        }
        if (!added) return;
        pms.add_row();
        pms.set("PMCALNAME", own);
        pms.set("PMCALTYPE", word_for(kPmTypes, p.kind));
        if (by_time) {
            duration(pms, "MTBPM", "MTBPMUNITS", p.interval, kDay);
        } else {
            pms.set("MTBPM", std::to_string(p.interval_pieces));
            pms.set("MTBPMUNITS", "pieces");
        }
        distribution(
            pms,
            {"MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS"},
            known(p.duration, "a maintenance time", p),
            kHour);
        pms.set("IGNORE", area_of(p.scope, p.target));
    }

    // ---------------------------------------------------------------- lots
    void write_orders() {
        TabText t(kOrderColumns);
        std::set<std::string> names;
        for (const ReleaseSpec& r : spec_.releases) names.insert(r.name);
        for (const ReleaseSpec& r : spec_.releases) {
            switch (r.policy) {
                case ReleasePolicy::constant:
                case ReleasePolicy::poisson:
                    write_order(t, r, r.name, r.start, r.due_offset);
                    t.set("RDIST", word_for(kReleaseKinds, r.policy));
                    duration(t, "REPEAT", "RUNITS", r.interval, kMinute);
                    if (r.repeats >= 0) t.set("RPT#", std::to_string(r.repeats));
                    t.set("LOTSPERRPT", std::to_string(r.lots_per_release));
                    break;
                case ReleasePolicy::list:
                    write_list(t, r, names);
                    break;
                case ReleasePolicy::conwip:
                case ReleasePolicy::workload:
                    losses_.report(
                        "smt2020-release",
                        Loss::changes,
                        fmt::format("release line '{}' reacts to the line, which an order cannot", r.name),
                        r.span,
                        "its lots are left out");
                    break;
                case ReleasePolicy::ramp:
                    losses_.report(
                        "smt2020-release",
                        Loss::changes,
                        fmt::format("release line '{}' follows a dated rate, which an order cannot", r.name),
                        r.span,
                        "its lots are left out");
                    break;
            }
        }
        check_start();
        add_file("order.txt", t);
    }

    void write_order(TabText& t, const ReleaseSpec& r, const std::string& lot, Time start, Time due_offset) {
        t.add_row();
        name(t, "LOT", lot, r);
        name(t, "PART", r.product, r);
        t.set("PRIOR", std::to_string(r.priority));
        t.set("PIECES", std::to_string(r.pieces));
        date(t, "START", start, r);
        date(t, "DUE", start + due_offset, r);
        t.set("ORDER", "O_" + lot);
        t.set("HOTLOT", word_for(kYesNo, r.reserve));
        first_order_ = std::min(first_order_, start);
    }

    // Planned lots: an order of one lot each.
    void write_list(TabText& t, const ReleaseSpec& r, std::set<std::string>& names) {
        std::vector<const PlannedLotSpec*> lots;
        for (const PlannedLotSpec& lot : spec_.planned_lots) {
            if (lot.release == r.name) lots.push_back(&lot);
        }
        std::stable_sort(lots.begin(), lots.end(), [](const auto* a, const auto* b) { return a->time < b->time; });
        if (r.repeats >= 0) lots.resize(std::min(lots.size(), static_cast<size_t>(r.repeats)));
        size_t number = 0;
        for (const PlannedLotSpec* lot : lots) {
            std::string own;
            do {
                own = fmt::format("{}_{}", r.name, ++number);
            } while (!names.insert(own).second);
            if (lot->due < lot->time) {
                losses_.report(
                    "smt2020-date",
                    Loss::changes,
                    "the form has no lot that is due before it starts",
                    lot->span,
                    "it is due when it starts");
            }
            write_order(t, r, own, lot->time, std::max<Time>(lot->due - lot->time, 0));
            t.set("RDIST", word_for(kReleaseKinds, ReleasePolicy::constant));
            t.set("RPT#", "1");
            t.set("LOTSPERRPT", "1");
        }
        losses_.report(
            "smt2020-release",
            Loss::changes,
            fmt::format("release line '{}' is a list, which an order is not", r.name),
            r.span,
            fmt::format(
                "each of its {} lots becomes an order of its own; lots of the same instant may enter in another order",
                lots.size()));
    }

    // The reader takes the earliest START of order.txt, or without orders that of WIP.txt, for t = 0.
    void check_start() {
        Time first = first_order_;
        const Row* row = spec_.releases.empty() ? nullptr : &spec_.releases.front();
        if (first == kNever) {
            for (const WipLotSpec& lot : spec_.wip_lots) first = std::min(first, lot.start);
            if (!spec_.wip_lots.empty()) row = &spec_.wip_lots.front();
        }
        if (first == 0 || first == kNever || row == nullptr) return;
        losses_.report(
            "smt2020-start",
            Loss::changes,
            fmt::format(
                "nothing starts at the line's start; the first one does {} d after it",
                ticks_text(first, kDay)),
            row->span,
            "t = 0 is then the earliest START");
    }

    void write_wip() {
        TabText t(kWipColumns);
        for (const WipLotSpec& lot : spec_.wip_lots) {
            t.add_row();
            name(t, "LOT", lot.name, lot);
            name(t, "PART", lot.product, lot);
            t.set("PRIOR", std::to_string(lot.priority));
            t.set("PIECES", std::to_string(lot.pieces));
            date(t, "START", lot.start, lot);
            t.set("CURSTEP", std::to_string(lot.step));
            date(t, "DUE", lot.due, lot);
            t.set("ORDER", "O_Init_WIP");
            t.set("HOTLOT", word_for(kYesNo, lot.reserve));
        }
        add_file("WIP.txt", t);
    }

    const Spec& spec_;
    Smt2020Losses& losses_;
    std::vector<ModelFile> files_;
    std::map<std::string, std::string> area_of_;                    // tool group -> area
    std::map<std::string, std::string> setup_group_of_;             // setup -> setup group
    std::map<std::string, std::set<std::string>> setup_groups_at_;  // tool group -> groups of the setups it uses
    bool reserving_ = false;                                        // some lot reserves tools
    Time first_order_ = kNever;
};

constexpr std::string_view kFiles[] = {
    "tool.txt.1l",
    "tool.txt",
    "part.txt",
    "order.txt",
    "WIP.txt",
    "attach.txt",
    "downcal.txt",
    "pmcal.txt",
    "setup.txt",
    "setupgrp.txt",
    "fromto.txt"};

bool is_ours(const std::string& name) {
    return std::find(std::begin(kFiles), std::end(kFiles), name) != std::end(kFiles) ||
           (name.starts_with("route_") && name.ends_with(".txt"));
}

}  // namespace

Result<std::vector<ModelFile>> smt2020_files(const Spec& spec, bool lossy, Diagnostics& notes) {
    Smt2020Losses losses(lossy);
    std::vector<ModelFile> files = Smt2020Writer(spec, losses).write();
    const Diagnostics warnings = losses.warnings();
    notes.insert(notes.end(), warnings.begin(), warnings.end());
    Diagnostics errors = losses.errors();
    if (!errors.empty()) return tl::unexpected(std::move(errors));
    return files;
}

Result<void>
write_smt2020(const Spec& spec, const std::string& folder, const Smt2020Choices& choices, Diagnostics& notes) {
    const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
    const std::string own = (path.has_filename() ? path : path.parent_path()).filename().string();
    if (own != spec.line.name) {
        notes.push_back(
            {Severity::warning,
             "smt2020-renamed",
             fmt::format("the form names a line after its folder: '{}' becomes '{}'", spec.line.name, own),
             {UINT32_MAX, 0, 0, 0},
             "",
             "name the folder like the line to keep it"});
    }
    const Result<std::vector<ModelFile>> files = smt2020_files(spec, choices.lossy, notes);
    if (!files) return tl::unexpected(files.error());
    return write_folder(*files, folder, {"tool.txt.1l", &is_ours}, choices.overwrite);
}

}  // namespace chipchain
