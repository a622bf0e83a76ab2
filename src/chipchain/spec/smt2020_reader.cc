#include "chipchain/spec/smt2020_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/core.h>

#include "chipchain/spec/smt2020_cells.h"
#include "chipchain/spec/smt2020_form.h"

namespace chipchain {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostCount = 1'000'000;

std::string small_letters(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    return out;
}

// Folders come from file systems that do not tell wip.txt from WIP.txt.
bool same_file(std::string_view a, std::string_view b) { return small_letters(a) == small_letters(b); }

class Smt2020Reader {
 public:
    Smt2020Reader(Reading& reading, std::span<const ModelFile> files, Diagnostics& notes)
        : reading_(reading), spec_(reading.spec), cells_(reading), files_(files), notes_(notes) {}

    void read(const std::string& name) {
        spec_.line.name = name;
        read_tools();
        read_parts();
        read_setups();
        read_transports();
        read_calendars();
        read_lots();
        note_unread_files();
        for (const TableInfo& table : spec_tables()) check_unique(reading_, table);
    }

 private:
    // The table of the first of the names that exists; an empty table otherwise, which is reported when it is required.
    TabTable
    table(std::initializer_list<std::string_view> names, const std::vector<TabColumn>& columns, bool required) {
        for (const std::string_view name : names) {
            for (const ModelFile& file : files_) {
                if (!same_file(file.name, name)) continue;
                read_.insert(file.name);
                const uint32_t index = spec_.sources.add(file.name, file.contents);
                TabTable out(reading_, index, file.contents, columns);
                note_comments(out, columns);
                return out;
            }
        }
        if (required) {
            reading_.report(
                "file-not-found",
                fmt::format("there is no file '{}'", *names.begin()),
                {UINT32_MAX, 0, 0, 0},
                "",
                "an SMT2020 folder has tool.txt.1l, part.txt, the route files it names, order.txt and more");
        }
        return {};
    }

    void note_comments(const TabTable& t, const std::vector<TabColumn>& columns) {
        for (const TabColumn& column : columns) {
            if (!column.comment || column.name == "IGNORE") continue;
            for (size_t row = 0; row < t.rows(); ++row) {
                const TabCell cell = t.cell(row, column.name);
                if (cell.text.empty()) continue;
                notes_.push_back(
                    {Severity::note,
                     "column-without-effect",
                     fmt::format("column {} names things for people; it has no effect on a simulation", column.name),
                     cell.span,
                     "",
                     ""});
                break;
            }
        }
    }

    void note_unread_files() {
        for (const ModelFile& file : files_) {
            if (read_.contains(file.name)) continue;
            notes_.push_back(
                {Severity::warning,
                 "file-not-used",
                 fmt::format("file '{}' is not part of the model and was not read", file.name),
                 {UINT32_MAX, 0, 0, 0},
                 "",
                 "remove it, or name it in part.txt if it is a route"});
        }
    }

    // ---------------------------------------------------------------- tools
    void read_tools() {
        const TabTable t = table({"tool.txt.1l", "tool.txt"}, kToolColumns, true);
        for (size_t row = 0; row < t.rows(); ++row) {
            ToolGroupSpec& g = spec_.tool_groups.emplace_back();
            g.span = t.row_span(row);
            g.name = cells_.name(t, row, "STNFAM");
            g.area = cells_.text(t, row, "STNGRP");
            g.tools = cells_.integer(t, row, "STNQTY", 1, 1, kMostCount);
            g.load = cells_.duration(t, row, "LTIME", "LTUNITS", 0);
            g.unload = cells_.duration(t, row, "ULTIME", "ULTUNITS", 0);
            g.lots_inside = cells_.integer(t, row, "STNCAP", 1, 1, 1000);
            g.setup_avoidance = cells_.word<bool>(t, row, "RULE", kWorkRules, false);
            g.wake = cells_.word<WakeRule>(t, row, "WAKERESRANK", kWakes, WakeRule::longest_idle);
            g.batch_key = cells_.word<BatchKey>(t, row, "BATCHCRITF", kBatchKeys, BatchKey::none);
            cells_.word<bool>(t, row, "BATCHPER", kPieces, true);
            cells_.word<bool>(t, row, "STNFAMSTEP_ACTLIST", kActionLists, true);
            if (cells_.word<bool>(t, row, "PRERULERWL", kYesNo, false)) {
                cells_
                    .error("unknown-value", t.cell(row, "PRERULERWL"), "PRERULERWL = yes is not known", "expected no");
            }
            const std::string place = cells_.text(t, row, "STNFAMLOC");
            if (!place.empty()) g.location = place;
            g.rule = read_rank(t.cell(row, "FWLRANK"));
            const TabCell setups = t.cell(row, "SETUPGRP");
            if (!setups.text.empty()) setup_groups_used_.emplace_back(setups);
            Smt2020Cells::mark("tool_group", g, "name", t.cell(row, "STNFAM").span);
            Smt2020Cells::mark("tool_group", g, "tools", t.cell(row, "STNQTY").span);
        }
    }

    // "rank_HP;rank_RSETUP;rank_FIFO" -> the dispatch rule "priority, setup, fifo", made at its first use.
    std::string read_rank(const TabCell& cell) {
        if (cell.text.empty()) return {};
        std::string rank, name;
        size_t at = 0;
        while (at <= cell.text.size()) {
            const size_t end = std::min(cell.text.find(';', at), cell.text.size());
            const std::string_view part = cell.text.substr(at, end - at);
            at = end + 1;
            const auto* word =
                std::find_if(std::begin(kRanks), std::end(kRanks), [part](const auto& w) { return w.text == part; });
            if (word == std::end(kRanks)) {
                std::vector<std::string> names;
                for (const auto& w : kRanks) names.emplace_back(w.text);
                cells_.error(
                    "unknown-value",
                    cell,
                    fmt::format("FWLRANK names '{}', which is not known", part.substr(0, 80)),
                    "expected ranks out of " + joined(names),
                    did_you_mean(part, names, "docs/smt2020.md lists what is honoured"));
                return {};
            }
            rank += (rank.empty() ? "" : ", ") + std::string(word->value);
            name += (name.empty() ? "" : "_") + std::string(word->value);
        }
        const bool made =
            std::any_of(spec_.rules.begin(), spec_.rules.end(), [&](const RuleSpec& r) { return r.name == name; });
        if (!made) {
            RuleSpec& rule = spec_.rules.emplace_back();
            rule.span = cell.span;
            rule.name = name;
            rule.rank = rank;
            rule.help = fmt::format("FWLRANK {}", cell.text);
        }
        // the rule of the first group is the line's, so that a changed [line] rule reaches all groups that had the
        // common one
        if (spec_.rules.size() == 1) spec_.line.rule = name;
        return name == spec_.line.rule ? std::string() : name;
    }

    // ---------------------------------------------------------------- products and routes
    void read_parts() {
        const TabTable t = table({"part.txt"}, kPartColumns, true);
        std::set<std::string> routes;
        for (size_t row = 0; row < t.rows(); ++row) {
            ProductSpec& p = spec_.products.emplace_back();
            p.span = t.row_span(row);
            p.name = cells_.name(t, row, "PART");
            p.route = cells_.name(t, row, "ROUTE");
            p.family = cells_.text(t, row, "PARTFAM");
            Smt2020Cells::mark("product", p, "route", t.cell(row, "ROUTE").span);
            if (routes.insert(p.route).second) read_route(t.cell(row, "ROUTEFILE"), p.route);
        }
    }

    void read_route(const TabCell& file, const std::string& route) {
        if (std::none_of(files_.begin(), files_.end(), [&](const ModelFile& f) {
                return same_file(f.name, file.text);
            })) {
            cells_.error(
                "file-not-found",
                file,
                fmt::format("there is no file '{}'", file.text.substr(0, 80)),
                "expected a file of the folder");
            return;
        }
        const TabTable t = table({file.text}, kRouteColumns, true);
        for (size_t row = 0; row < t.rows(); ++row) {
            if (t.cell(row, "ROUTE").text == route) read_step(t, row);
        }
    }

    void read_step(const TabTable& t, size_t row) {
        StepSpec& s = spec_.steps.emplace_back();
        s.span = t.row_span(row);
        s.route = t.cell(row, "ROUTE").text;
        s.step = cells_.integer(t, row, "STEP", 0, 1, 100'000);
        s.name = cells_.text(t, row, "DESC");
        s.tool_group = cells_.name(t, row, "STNFAM");
        s.process = cells_.distribution(t, row, "PDIST", "PTIME", "PTIME2", "PTUNITS");
        s.per = cells_.word<ProcessUnit>(t, row, "PTPER", kUnitsOfProcess, ProcessUnit::lot);
        s.batch_min = cells_.integer(t, row, "BATCHMN", 0, 0, kMostCount);
        s.batch_max = cells_.integer(t, row, "BATCHMX", 0, 0, kMostCount);
        s.setup = cells_.text(t, row, "SETUP");
        cells_.word<bool>(t, row, "WHEN", kWhen, true);
        s.setup_time = cells_.duration(t, row, "STIME", "STUNITS", -1);
        s.lot_interval = cells_.duration(t, row, "BatchInterval", "BatchIntUnits", -1);
        s.piece_interval = cells_.duration(t, row, "PartInterval", "PartIntUnits", -1);
        s.rework_step = cells_.integer(t, row, "RWKSTEP", 0, 0, 100'000);
        s.rework_percent = cells_.number(t, row, "REWORK", 0, 0, 100);
        cells_.word<bool>(t, row, "RWKTYPE", kReworkTypes, true);
        s.sample_percent = cells_.number(t, row, "StepPercent", 100, 0, 100);
        s.scrap_percent = cells_.number(t, row, "ScrapPercent", 0, 0, 100);
        s.queue_time_step = cells_.integer(t, row, "STEP_CQT", 0, 0, 100'000);
        s.queue_time_limit = cells_.duration(t, row, "CQT", "CQTUNITS", 0);
        const int64_t for_step = cells_.integer(t, row, "FORSTEP", 0, 0, 100'000);
        if (cells_.word<bool>(t, row, "SVESTN", kYesNo, false)) s.dedicate_step = for_step;
        constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
            {"tool_group", "STNFAM"},
            {"step", "STEP"},
            {"setup", "SETUP"},
            {"batch_min_pieces", "BATCHMN"},
            {"rework_step", "RWKSTEP"},
            {"dedicate_step", "FORSTEP"},
            {"queue_time_step", "STEP_CQT"},
            {"piece_interval_min", "PartInterval"},
            {"lot_interval_min", "BatchInterval"}};
        for (const auto& [key, column] : kKeys) {
            const TabCell cell = t.cell(row, column);
            if (!cell.text.empty()) Smt2020Cells::mark("step", s, key, cell.span);
        }
    }

    // ---------------------------------------------------------------- setups, transport
    void read_setups() {
        const TabTable changes = table({"setup.txt"}, kSetupColumns, false);
        for (size_t row = 0; row < changes.rows(); ++row) {
            SetupChangeSpec& s = spec_.setup_changes.emplace_back();
            s.span = changes.row_span(row);
            s.from = cells_.text(changes, row, "CURSETUP");
            s.to = cells_.name(changes, row, "NEWSETUP");
            s.time = cells_.duration(changes, row, "STIME", "STUNITS", 0);
        }
        const TabTable groups = table({"setupgrp.txt"}, kSetupGroupColumns, false);
        std::string group;
        std::set<std::string, std::less<>> names;
        for (size_t row = 0; row < groups.rows(); ++row) {
            // a blank name continues the group above
            const TabCell name = groups.cell(row, "SETUPGRP");
            if (row == 0 || !name.text.empty()) group = cells_.name(groups, row, "SETUPGRP");
            names.insert(group);
            SetupGroupSpec& s = spec_.setup_groups.emplace_back();
            s.span = groups.row_span(row);
            s.name = group;
            s.setup = cells_.name(groups, row, "SETUP");
            s.min_run = cells_.integer(groups, row, "MINRUN", 1, 1, kMostCount);
        }
        for (const TabCell& cell : setup_groups_used_) {
            if (names.contains(cell.text)) continue;
            cells_.error(
                "unknown-setup",
                cell,
                fmt::format("SETUPGRP '{}' is not a group of setupgrp.txt", cell.text),
                "expected a setup group",
                did_you_mean(cell.text, {names.begin(), names.end()}, ""));
        }
    }

    void read_transports() {
        const TabTable t = table({"fromto.txt"}, kTransportColumns, false);
        for (size_t row = 0; row < t.rows(); ++row) {
            TransportSpec& s = spec_.transports.emplace_back();
            s.span = t.row_span(row);
            s.from = cells_.name(t, row, "FROMLOC");
            s.to = cells_.name(t, row, "TOLOC");
            s.time = cells_.distribution(t, row, "DDIST", "DTIME", "DTIME2", "DUNITS");
        }
    }

    // ---------------------------------------------------------------- downs and maintenance
    void read_calendars() {
        const TabTable attach = table({"attach.txt"}, kAttachColumns, false);
        const TabTable downs = table({"downcal.txt"}, kDownColumns, attach.rows() > 0);
        const TabTable pms = table({"pmcal.txt"}, kPmColumns, attach.rows() > 0);
        const auto down_rows = rows_by_name(downs, "DOWNCALNAME");
        const auto pm_rows = rows_by_name(pms, "PMCALNAME");
        std::set<std::string, std::less<>> used;
        for (size_t row = 0; row < attach.rows(); ++row) {
            const TabCell name = attach.cell(row, "CALNAME");
            const bool down = cells_.word<bool>(attach, row, "CALTYPE", kCalendarTypes, true);
            const auto& calendars = down ? down_rows : pm_rows;
            const auto found = calendars.find(name.text);
            if (found == calendars.end()) {
                std::vector<std::string> names;
                for (const auto& [key, unused] : calendars) names.emplace_back(key);
                cells_.error(
                    "unknown-calendar",
                    name,
                    fmt::format(
                        "calendar '{}' is not in {}",
                        name.text.substr(0, 80),
                        down ? "downcal.txt" : "pmcal.txt"),
                    fmt::format("expected one of {} calendars", names.size()),
                    did_you_mean(name.text, names, ""));
                continue;
            }
            used.emplace(name.text);
            if (down) {
                read_down(attach, row, downs, found->second);
            } else {
                read_pm(attach, row, pms, found->second);
            }
        }
        note_unattached(down_rows, downs, used);
        note_unattached(pm_rows, pms, used);
    }

    using RowsByName = std::map<std::string_view, size_t>;

    RowsByName rows_by_name(const TabTable& t, std::string_view column) {
        RowsByName rows;
        for (size_t row = 0; row < t.rows(); ++row) {
            const TabCell cell = t.cell(row, column);
            if (rows.emplace(cell.text, row).second) continue;
            cells_.error(
                "duplicate-name",
                cell,
                fmt::format("calendar '{}' stands twice", cell.text),
                "expected each name once");
        }
        return rows;
    }

    void note_unattached(const RowsByName& rows, const TabTable& t, const std::set<std::string, std::less<>>& used) {
        for (const auto& [name, row] : rows) {
            if (used.contains(name)) continue;
            notes_.push_back(
                {Severity::warning,
                 "unused-row",
                 fmt::format("calendar '{}' is attached to nothing", name),
                 t.row_span(row),
                 "",
                 "attach it in attach.txt, or remove it"});
        }
    }

    void read_down(const TabTable& attach, size_t row, const TabTable& downs, size_t calendar) {
        DownSpec& d = spec_.downs.emplace_back();
        d.span = attach.row_span(row);
        d.name = cells_.name(attach, row, "CALNAME");
        d.scope = cells_.word<Scope>(attach, row, "RESTYPE", kTargets, Scope::tool_group);
        d.target = cells_.name(attach, row, "RESNAME");
        cells_.word<bool>(downs, calendar, "DOWNCALTYPE", kDownTypes, true);
        d.time_to_failure = cells_.distribution(downs, calendar, "MTTFDIST", "MTTF", "MTTF2", "MTTFUNITS");
        d.repair = cells_.distribution(downs, calendar, "MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS");
        const bool first = !attach.cell(row, "FOA").text.empty();
        d.first = first ? cells_.distribution(attach, row, "FOADIST", "FOA", "", "FOAUNITS") : d.time_to_failure;
        Smt2020Cells::mark("down", d, "target", attach.cell(row, "RESNAME").span);
    }

    void read_pm(const TabTable& attach, size_t row, const TabTable& pms, size_t calendar) {
        PmSpec& p = spec_.pms.emplace_back();
        p.span = attach.row_span(row);
        p.name = cells_.name(attach, row, "CALNAME");
        p.scope = cells_.word<Scope>(attach, row, "RESTYPE", kTargets, Scope::tool_group);
        p.target = cells_.name(attach, row, "RESNAME");
        p.kind = cells_.word<PmKind>(pms, calendar, "PMCALTYPE", kPmTypes, PmKind::calendar);
        p.duration = cells_.distribution(pms, calendar, "MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS");
        const TabCell kind = attach.cell(row, "FOADIST");
        if (!kind.text.empty() && kind.text != "constant") {
            cells_.error(
                "unknown-value",
                kind,
                fmt::format("FOADIST = '{}' is not known for a maintenance", kind.text),
                "expected constant");
        }
        const TabCell unit = attach.cell(row, "FOAUNITS");
        if (p.kind == PmKind::calendar) {
            p.interval = cells_.duration(pms, calendar, "MTBPM", "MTBPMUNITS", 0);
            p.first = cells_.duration(attach, row, "FOA", "FOAUNITS", p.interval);
        } else {
            // a blank unit counts pieces
            p.interval_pieces = cells_.integer(pms, calendar, "MTBPM", 0, 1, 1'000'000'000);
            p.first_pieces = cells_.integer(attach, row, "FOA", p.interval_pieces, 0, 1'000'000'000);
            if (!unit.text.empty())
                cells_.error(
                    "unknown-value",
                    unit,
                    "FOAUNITS of a maintenance by pieces must be blank",
                    "expected no unit");
        }
        Smt2020Cells::mark("pm", p, "target", attach.cell(row, "RESNAME").span);
    }

    // ---------------------------------------------------------------- lots
    void read_lots() {
        const TabTable orders = table({"order.txt"}, kOrderColumns, true);
        const TabTable wip = table({"WIP.txt"}, kWipColumns, false);
        // lots in the line may have started before the simulated time begins
        Time start = earliest(orders);
        if (start == kNever) start = earliest(wip);
        spec_.line.start = start == kNever ? 0 : start;
        for (size_t row = 0; row < orders.rows(); ++row) read_order(orders, row);
        for (size_t row = 0; row < wip.rows(); ++row) read_wip_lot(wip, row);
        note_early_lots();
    }

    void note_early_lots() {
        size_t early = 0;
        const WipLotSpec* first = nullptr;
        for (const WipLotSpec& lot : spec_.wip_lots) {
            if (lot.start < 0 && early++ == 0) first = &lot;
        }
        if (early == 0) return;
        notes_.push_back(
            {Severity::note,
             "wip-before-start",
             fmt::format("{} lots of WIP.txt started before t = 0, the earliest START of order.txt", early),
             first->span,
             "",
             "give an order an earlier START if simulated time should begin earlier"});
    }

    Time earliest(const TabTable& t) {
        Time start = kNever;
        for (size_t row = 0; row < t.rows(); ++row) start = std::min(start, cells_.date(t, row, "START", kNever));
        return start;
    }

    void read_order(const TabTable& t, size_t row) {
        ReleaseSpec& r = spec_.releases.emplace_back();
        r.span = t.row_span(row);
        r.name = cells_.name(t, row, "LOT");
        r.product = cells_.name(t, row, "PART");
        r.priority = cells_.integer(t, row, "PRIOR", 10, -kMostCount, kMostCount);
        r.pieces = cells_.integer(t, row, "PIECES", 25, 1, kMostCount);
        r.policy = cells_.word<ReleasePolicy>(t, row, "RDIST", kReleaseKinds, ReleasePolicy::constant);
        const Time start = cells_.date(t, row, "START", spec_.line.start);
        r.start = start - spec_.line.start;
        r.interval = cells_.duration(t, row, "REPEAT", "RUNITS", 0);
        r.repeats = cells_.integer(t, row, "RPT#", -1, 0, 1'000'000'000);
        r.lots_per_release = cells_.integer(t, row, "LOTSPERRPT", 1, 1, 100'000);
        r.due_offset = cells_.date(t, row, "DUE", start) - start;
        if (r.due_offset < 0 || r.due_offset > kLongest) {
            cells_.error(
                "out-of-range",
                t.cell(row, "DUE"),
                fmt::format("DUE lies {:.1f} days behind START", in_days(r.due_offset)),
                fmt::format("expected 0 to {} days", kLongest / kDay));
        }
        r.reserve = cells_.word<bool>(t, row, "HOTLOT", kYesNo, false);
        Smt2020Cells::mark("release", r, "product", t.cell(row, "PART").span);
        Smt2020Cells::mark("release", r, "interval_min", t.cell(row, "REPEAT").span);
    }

    void read_wip_lot(const TabTable& t, size_t row) {
        WipLotSpec& lot = spec_.wip_lots.emplace_back();
        lot.span = t.row_span(row);
        lot.name = cells_.name(t, row, "LOT");
        lot.product = cells_.name(t, row, "PART");
        lot.priority = cells_.integer(t, row, "PRIOR", 10, -kMostCount, kMostCount);
        lot.pieces = cells_.integer(t, row, "PIECES", 25, 1, kMostCount);
        lot.step = cells_.integer(t, row, "CURSTEP", 1, 1, 100'000);
        lot.start = cells_.date(t, row, "START", spec_.line.start) - spec_.line.start;
        lot.due = cells_.date(t, row, "DUE", spec_.line.start) - spec_.line.start;
        lot.reserve = cells_.word<bool>(t, row, "HOTLOT", kYesNo, false);
        Smt2020Cells::mark("wip_lot", lot, "product", t.cell(row, "PART").span);
        Smt2020Cells::mark("wip_lot", lot, "step", t.cell(row, "CURSTEP").span);
    }

    Reading& reading_;
    Spec& spec_;
    Smt2020Cells cells_;
    std::span<const ModelFile> files_;
    Diagnostics& notes_;
    std::set<std::string, std::less<>> read_;
    std::vector<TabCell> setup_groups_used_;
};

// The .txt and .txt.1l files of a folder; others are no part of such a model.
std::vector<ModelFile> load_folder(Reading& reading, const std::string& folder) {
    std::vector<ModelFile> files;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        const std::string small = small_letters(name);
        if (!small.ends_with(".txt") && !small.ends_with(".txt.1l")) continue;
        const uintmax_t size = entry.file_size(error);
        if (error || size > kMaxFileBytes) {
            reading.report(
                "file-too-large",
                fmt::format("'{}' cannot be read or has more than {} bytes", name, kMaxFileBytes),
                {UINT32_MAX, 0, 0, 0},
                "",
                "split the model");
            continue;
        }
        std::ifstream in(entry.path(), std::ios::binary);
        std::string text(size, '\0');
        in.read(text.data(), static_cast<std::streamsize>(size));
        text.resize(static_cast<size_t>(std::max<std::streamsize>(in.gcount(), 0)));
        files.push_back({name, std::move(text)});
    }
    std::sort(files.begin(), files.end(), [](const ModelFile& a, const ModelFile& b) { return a.name < b.name; });
    return files;
}

Result<Spec> finish(Reading& reading, SourceMap* sources) {
    if (!has_errors(reading.diagnostics)) return std::move(reading.spec);
    if (sources != nullptr) *sources = std::move(reading.spec.sources);
    return tl::unexpected(std::move(reading.diagnostics));
}

}  // namespace

bool is_smt2020_folder(const std::string& path) {
    std::error_code error;
    bool tools = false;
    bool parts = false;
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(path), error)) {
        const std::string name = small_letters(entry.path().filename().string());
        if (name == "model.toml") return false;
        tools = tools || name == "tool.txt.1l" || name == "tool.txt";
        parts = parts || name == "part.txt";
    }
    return tools && parts;
}

Result<Spec>
read_smt2020_text(std::span<const ModelFile> files, const std::string& name, Diagnostics& notes, SourceMap* sources) {
    Reading reading;
    Smt2020Reader(reading, files, notes).read(name);
    return finish(reading, sources);
}

Result<Spec> read_smt2020(const std::string& folder, Diagnostics& notes, SourceMap* sources) {
    Reading reading;
    const std::vector<ModelFile> files = load_folder(reading, folder);
    const fs::path path = fs::path(folder).lexically_normal();
    const std::string name = (path.filename().empty() ? path.parent_path() : path).filename().string();
    Smt2020Reader(reading, files, notes).read(name.empty() ? "smt2020" : name);
    return finish(reading, sources);
}

}  // namespace chipchain
