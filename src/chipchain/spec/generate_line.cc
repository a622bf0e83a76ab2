#include "chipchain/spec/generate_line.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "chipchain/base/random.h"
#include "chipchain/spec/embedded.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/schema.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kDaysPerMonth = 30;

// One operation of one pass of a module.
struct Visit {
    const OperationSpec* operation = nullptr;
    const ModuleSpec* module = nullptr;
    int64_t pass = 0;
    uint64_t key = 0;  // of the draws; the same for all products
    int64_t rework_step = 0;
};

class Generator {
 public:
    Generator(const Spec& process, const LineParameters& p) : in_(process), p_(p), random_{p.seed, 0} {}

    Result<Spec> make() {
        if (in_.processes.empty()) {
            report(
                "no-process",
                "the file has no [[process]] row: it is no process to make a line from",
                Span{0, 1, 1, 0});
            return tl::unexpected(diagnostics_);
        }
        read_modules();
        if (!diagnostics_.empty()) return tl::unexpected(diagnostics_);
        pieces_ = head().lot_pieces;
        units_ = p_.units_per_piece > 0 ? p_.units_per_piece : head().units_per_piece;
        starts_ = p_.pieces_per_month > 0 ? p_.pieces_per_month : head().pieces_per_month;
        make_line();
        make_groups();
        for (uint32_t product = 0; product < p_.products; ++product) make_route(product);
        size_groups();
        make_setups();
        make_stops();
        make_releases();
        make_wip();
        return std::move(out_);
    }

 private:
    const ProcessSpec& head() const { return in_.processes.front(); }

    void report(std::string id, std::string message, Span span, std::string help = {}) {
        diagnostics_.push_back({Severity::error, std::move(id), std::move(message), span, {}, std::move(help)});
    }

    static Span value_span(std::string_view table, const Row& row, std::string_view key) {
        const size_t field = field_index(*find_table(table), key);
        return field < row.spans.size() && row.spans[field].line > 0 ? row.spans[field] : row.span;
    }

    double draw(uint32_t what, uint64_t index) const {
        const RandomWords w = random_.draw(Purpose::generate, 100 + what, index);
        return unit_open(wide(w.word[0], w.word[1]));
    }

    template <class Rows>
    static auto find(const Rows& rows, std::string_view name) {
        return std::find_if(rows.begin(), rows.end(), [name](const auto& row) { return row.name == name; });
    }

    template <class Rows>
    static std::string near_text(const Rows& rows, std::string_view word) {
        std::vector<std::string> names;
        for (const auto& row : rows) names.push_back(row.name);
        const std::string near = nearest_name(word, names);
        return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
    }

    // ---- the process as a sequence of visits ----

    void read_modules() {
        for (const OperationSpec& o : in_.operations) {
            if (find(in_.process_tools, o.tool) != in_.process_tools.end()) continue;
            report(
                "unknown-process-tool",
                fmt::format("operation '{}' needs the process tool '{}', which is not declared", o.name, o.tool),
                value_span("operation", o, "tool"),
                near_text(in_.process_tools, o.tool));
        }
        for (const ModuleSpec& m : in_.modules) read_module(m);
        if (visits_.empty() && diagnostics_.empty())
            report("empty-module", "the process has no operations in its modules", head().span);
    }

    int64_t passes_of(const ModuleSpec& m) {
        if (m.repeat_by.empty()) return m.repeat;
        const auto count = p_.repeats.find(m.repeat_by);
        return m.repeat * (count == p_.repeats.end() ? 1 : count->second);
    }

    void read_module(const ModuleSpec& m) {
        std::istringstream words(m.steps);
        std::vector<const OperationSpec*> operations;
        for (std::string word; words >> word;) {
            const auto found = find(in_.operations, word);
            if (found != in_.operations.end()) {
                operations.push_back(&*found);
                continue;
            }
            report(
                "unknown-operation",
                fmt::format("module '{}' names the operation '{}', which is not declared", m.name, word),
                value_span("module", m, "steps"),
                near_text(in_.operations, word));
        }
        for (int64_t pass = 0; pass < passes_of(m); ++pass) {
            const size_t first = visits_.size();
            for (size_t k = 0; k < operations.size(); ++k) {
                Visit v{operations[k], &m, pass, visits_.size() + 1, 0};
                if (v.operation->rework_percent > 0) {
                    for (size_t back = first; back < visits_.size(); ++back) {
                        if (visits_[back].operation->name == v.operation->rework_to)
                            v.rework_step = static_cast<int64_t>(back) + 1;
                    }
                }
                visits_.push_back(v);
            }
        }
    }

    // ---- the line ----

    void make_line() {
        out_.line.name = p_.name.empty() ? head().name : p_.name;
        out_.line.start = civil_to_ticks(2026, 1, 1, 0, 0, 0);
        out_.line.horizon = 365 * kDay;
        out_.line.warmup = 90 * kDay;
        out_.line.rule = "priority_setup_fifo";
        size_t assumed = 0;
        for (const ProcessToolSpec& t : in_.process_tools) assumed += t.mark == Mark::assumption ? 1 : 0;
        out_.line.note = fmt::format(
            "Made from process '{}': {:.0f} {} starts a month, {} products, seed {}. {} of {} tool classes rest on "
            "assumptions (column source of the tool groups). {}",
            head().name,
            starts_,
            head().piece,
            p_.products,
            p_.seed,
            assumed,
            in_.process_tools.size(),
            in_.line.note);
        RuleSpec rule;
        rule.name = "priority_setup_fifo";
        rule.rank = "priority, setup, fifo";
        rule.help = "hot lots first, then no change of setup, then first come";
        out_.rules.push_back(rule);
        for (uint32_t i = 0; i < p_.products; ++i) {
            ProductSpec product;
            product.name = fmt::format("product_{}", i + 1);
            product.route = fmt::format("route_{}", i + 1);
            product.family = head().name;
            out_.products.push_back(product);
        }
        if (head().transport > 0) {
            TransportSpec way;
            way.from = way.to = "Fab";
            way.time = {DistKind::uniform, head().transport, head().transport / 3};
            out_.transports.push_back(way);
        }
    }

    static std::string group_name(const ProcessToolSpec& t, bool back, int64_t number) {
        if (t.front_groups == 1 && t.back_groups == 0) return t.name;
        return fmt::format("{}_{}_{:02}", t.name, back ? "be" : "fe", number + 1);
    }

    void make_groups() {
        for (const ProcessToolSpec& t : in_.process_tools) {
            for (int64_t k = 0; k < t.front_groups + t.back_groups; ++k) {
                const bool back = k >= t.front_groups;
                ToolGroupSpec g;
                g.name = group_name(t, back, back ? k - t.front_groups : k);
                g.area = t.area;
                if (t.per == ProcessUnit::batch) g.batch_key = BatchKey::product_step;
                if (t.cascade > 0) g.lots_inside = 2;
                if (t.setups > 0) g.wake = WakeRule::least_setup;
                g.capex_musd = t.capex_musd;
                g.floor_m2 = t.floor_m2;
                g.source = fmt::format("{}: {}", t.mark == Mark::published ? "published" : "assumption", t.source);
                classes_.push_back(&t);
                index_.emplace(g.name, out_.tool_groups.size());
                out_.tool_groups.push_back(g);
            }
        }
    }

    // ---- routes ----

    void make_route(uint32_t product) {
        std::map<std::string, size_t> last_pass;  // operation and group -> step of its last dedicated pass
        for (size_t i = 0; i < visits_.size(); ++i) {
            const Visit& v = visits_[i];
            const ProcessToolSpec& t = *find(in_.process_tools, v.operation->tool);
            StepSpec s;
            s.route = out_.products[product].route;
            s.step = static_cast<int64_t>(i) + 1;
            s.name = fmt::format("{:04}_{}_{}_{}", s.step, v.module->name, v.pass + 1, v.operation->name);
            const bool back = v.module->back && t.back_groups > 0;
            const int64_t groups = back ? t.back_groups : t.front_groups;
            s.tool_group = group_name(t, back, static_cast<int64_t>(draw(1, v.key) * static_cast<double>(groups)));
            set_times(s, t, v, product);
            s.sample_percent = v.operation->sample_percent;
            s.scrap_percent = v.operation->scrap_percent;
            if (v.rework_step > 0) {
                s.rework_step = v.rework_step;
                s.rework_percent = v.operation->rework_percent;
            }
            if (v.operation->queue_time_limit > 0 && i + 1 < visits_.size()) {
                s.queue_time_step = s.step + 1;
                s.queue_time_limit = v.operation->queue_time_limit;
            }
            if (t.setups > 0) {
                const auto kind = static_cast<int64_t>(draw(3, v.key) * static_cast<double>(t.setups));
                s.setup = fmt::format("{}_setup_{}", s.tool_group, kind + 1);
            }
            out_.steps.push_back(s);
            if (v.operation->dedicated) dedicate(last_pass, v, s);
        }
    }

    // Critical exposures return to the tool that exposed the pass before, when both are in one group.
    void dedicate(std::map<std::string, size_t>& last_pass, const Visit& v, const StepSpec& s) {
        const std::string key = fmt::format("{}/{}", v.module->name, s.tool_group);
        const auto found = last_pass.find(key);
        // assumption: pairs of passes, so that about a third of the exposures is bound (SMT2020: 7-11 pairs a route)
        if (found != last_pass.end()) {
            out_.steps[found->second].dedicate_step = s.step;
            last_pass.erase(found);
        } else {
            last_pass[key] = out_.steps.size() - 1;
        }
    }

    void set_times(StepSpec& s, const ProcessToolSpec& t, const Visit& v, uint32_t product) {
        const double spread = t.spread > 0 ? deterministic_exp(t.spread * normal_quantile(draw(2, v.key))) : 1;
        // products differ by up to 5 % in their recipes (assumption)
        const double own = product == 0 ? 1 : 0.95 + 0.1 * draw(4, v.key + (static_cast<uint64_t>(product) << 32));
        const double minutes = (in_minutes(t.process) * spread + t.unit_s * units_ / 60) * own;
        const double rounded = std::max(0.001, std::round(minutes * 1000) / 1000);
        s.per = t.per;
        s.process = {DistKind::uniform, to_ticks(rounded, kMinute), 0};
        s.process.half = s.process.mean / 20;  // 5 % of the mean: SMT2020
        if (t.cascade > 0)
            s.piece_interval = to_ticks(std::max(0.001, std::round(rounded * t.cascade * 1000) / 1000), kMinute);
        if (t.per == ProcessUnit::batch) {
            s.batch_max = pieces_ * t.batch_lots;
            s.batch_min = std::max<int64_t>(pieces_, pieces_ * (t.batch_lots - 1));
        }
    }

    // ---- how many tools ----

    double lots_per_day() const { return starts_ / kDaysPerMonth / static_cast<double>(pieces_) / p_.products; }

    static double available(const ProcessToolSpec& t) {
        double share = 1;
        if (t.mttf > 0) share -= static_cast<double>(t.mttr) / static_cast<double>(t.mttf + t.mttr);
        share -= static_cast<double>(t.pm_week) / static_cast<double>(7 * kDay);
        share -= static_cast<double>(t.pm_month) / static_cast<double>(30 * kDay);
        share -= 2 * static_cast<double>(t.pm_month) / static_cast<double>(91 * kDay);
        return std::max(0.05, share);
    }

    void size_groups() {
        lots_.assign(out_.tool_groups.size(), 0);
        std::vector<double> minutes(out_.tool_groups.size());
        for (const StepSpec& s : out_.steps) {
            const size_t g = index_.at(s.tool_group);
            const double lots = lots_per_day() * s.sample_percent / 100;
            // a setup is paid at a third of the visits (assumption: least_setup keeps tools on a setup)
            const double setup = s.setup.empty() ? 0 : in_minutes(classes_[g]->setup_time) / 3;
            lots_[g] += lots;
            minutes[g] += lots * (tool_minutes(s, out_.tool_groups[g], pieces_) + setup);
        }
        for (size_t g = out_.tool_groups.size(); g-- > 0;) {
            if (lots_[g] > 0) {
                const double tools =
                    minutes[g] / (1440 * available(*classes_[g]) * std::max(0.01, classes_[g]->utilisation / 100));
                // two at least: a group of one stops the line with its tool (fab facts 5.7)
                out_.tool_groups[g].tools = std::max<int64_t>(2, static_cast<int64_t>(std::ceil(tools)));
                continue;
            }
            const auto at = static_cast<std::ptrdiff_t>(g);
            out_.tool_groups.erase(out_.tool_groups.begin() + at);
            lots_.erase(lots_.begin() + at);
            classes_.erase(classes_.begin() + at);
        }
        index_.clear();
        for (size_t g = 0; g < out_.tool_groups.size(); ++g) index_.emplace(out_.tool_groups[g].name, g);
    }

    // ---- setups and stops ----

    void make_setups() {
        std::vector<std::string> seen;
        for (const StepSpec& s : out_.steps) {
            if (s.setup.empty() || std::find(seen.begin(), seen.end(), s.setup) != seen.end()) continue;
            seen.push_back(s.setup);
            SetupChangeSpec change;
            change.to = s.setup;
            change.time = classes_[index_.at(s.tool_group)]->setup_time;
            out_.setup_changes.push_back(change);
        }
    }

    void make_stops() {
        for (size_t g = 0; g < out_.tool_groups.size(); ++g) {
            const ProcessToolSpec& t = *classes_[g];
            if (t.mttf > 0) {
                DownSpec d;
                d.name = fmt::format("{}_down", out_.tool_groups[g].name);
                d.target = out_.tool_groups[g].name;
                d.time_to_failure = d.first = {DistKind::exponential, t.mttf, 0};
                d.repair = {DistKind::exponential, t.mttr, 0};
                out_.downs.push_back(d);
            }
            add_pm(g, "week", 7, t.pm_week);
            add_pm(g, "month", 30, t.pm_month);
            add_pm(g, "quarter", 91, 2 * t.pm_month);
        }
    }

    // By pieces: as many as a tool makes in that many days at its planned load, so that the cadence is the same.
    void add_pm(size_t g, const char* level, int days, Time duration) {
        if (duration <= 0) return;
        const ToolGroupSpec& group = out_.tool_groups[g];
        PmSpec p;
        p.name = fmt::format("{}_{}", group.name, level);
        p.target = group.name;
        p.duration = {DistKind::uniform, duration, duration / 5};  // +-20 %: SMT2020
        const double first = 0.85 + 0.15 * draw(5, g);             // SMT2020: 0.85 to 1.14 of the interval
        if (classes_[g]->pm_by_pieces) {
            p.kind = PmKind::pieces;
            const double made = lots_[g] * static_cast<double>(pieces_) / static_cast<double>(group.tools) * days;
            p.interval_pieces = std::max<int64_t>(pieces_, std::llround(made));
            p.first_pieces = std::max<int64_t>(1, std::llround(static_cast<double>(p.interval_pieces) * first));
        } else {
            p.interval = days * kDay;
            p.first = to_ticks(std::round(days * first * 10) / 10, kDay);
        }
        out_.pms.push_back(p);
    }

    // ---- lots ----

    // Expected days in an empty line from the start to the end of each step of the route.
    std::vector<double> elapsed_days(uint32_t product) const {
        std::vector<double> days;
        double sum = 0;
        for (size_t i = product * visits_.size(); i < (product + 1) * visits_.size(); ++i) {
            const StepSpec& s = out_.steps[i];
            const double stay = stay_minutes(s, out_.tool_groups[index_.at(s.tool_group)], pieces_);
            sum += s.sample_percent / 100 * (stay + in_minutes(head().transport)) / 1440;
            days.push_back(sum);
        }
        return days;
    }

    void add_release(uint32_t product, bool hot, double lots, double factor) {
        if (lots <= 0) return;
        ReleaseSpec r;
        r.name = fmt::format("{}_{}", hot ? "hot" : "lot", product + 1);
        r.product = out_.products[product].name;
        r.priority = hot ? 20 : 10;
        r.pieces = pieces_;
        r.interval = std::max<Time>(1, static_cast<Time>(static_cast<double>(kDay) / lots));
        r.due_offset = to_ticks(std::round(elapsed_days(product).back() * factor * 100 + 1) / 100, kDay);
        out_.releases.push_back(r);
    }

    void make_releases() {
        const double hot = head().hot_percent / 100;
        for (uint32_t i = 0; i < p_.products; ++i) {
            add_release(i, false, lots_per_day() * (1 - hot), head().flow_factor);
            add_release(i, true, lots_per_day() * hot, 1.3);  // hot lots: flow factor 1.3, fab facts 5.7
        }
    }

    // Little's law: rate * cycle time lots of each release line, spread evenly over the expected way through the route.
    void make_wip() {
        for (const ReleaseSpec& r : out_.releases) {
            const auto product = static_cast<uint32_t>(find(out_.products, r.product) - out_.products.begin());
            const std::vector<double> elapsed = elapsed_days(product);
            const double cycle = in_days(r.due_offset) * 0.8;  // assumption: below the due offset
            const auto count = static_cast<int64_t>(cycle / in_days(r.interval));
            for (int64_t i = 0; i < count; ++i) {
                const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
                const auto at = std::lower_bound(elapsed.begin(), elapsed.end(), share * elapsed.back());
                WipLotSpec lot;
                lot.name = fmt::format("init_{}_{}", r.name, i + 1);
                lot.product = r.product;
                lot.priority = r.priority;
                lot.pieces = pieces_;
                lot.step = at - elapsed.begin() + 1;
                lot.start = -to_ticks(std::round(cycle * share * 1000) / 1000, kDay);
                lot.due = lot.start + r.due_offset;
                out_.wip_lots.push_back(lot);
            }
        }
    }

    const Spec& in_;
    const LineParameters& p_;
    RandomSource random_;
    Diagnostics diagnostics_;
    Spec out_;
    std::vector<Visit> visits_;                    // one route; all products follow the same operations
    std::vector<const ProcessToolSpec*> classes_;  // [tool group]
    std::map<std::string, size_t> index_;          // tool group by name
    std::vector<double> lots_;                     // [tool group] lots a day
    int64_t pieces_ = 25;
    double units_ = 1;
    double starts_ = 0;
};

constexpr std::string_view kFolder = "processes/";
constexpr std::string_view kSuffix = ".toml";

}  // namespace

double tool_minutes(const StepSpec& s, const ToolGroupSpec& g, int64_t pieces) {
    const auto count = static_cast<double>(pieces);
    const double handling = in_minutes(g.load + g.unload);
    if (s.piece_interval >= 0) return count * in_minutes(s.piece_interval);
    if (s.lot_interval >= 0) return in_minutes(s.lot_interval);
    const double process = in_minutes(s.process.mean);
    if (s.per == ProcessUnit::piece) return count * process + handling;
    if (s.per == ProcessUnit::lot) return process + handling;
    // batches start with least to most lots: the middle
    return (process + handling) * count / (static_cast<double>(s.batch_min + s.batch_max) / 2);
}

double stay_minutes(const StepSpec& s, const ToolGroupSpec& g, int64_t pieces) {
    const auto count = static_cast<double>(pieces);
    const double process = in_minutes(s.process.mean);
    const double handling = in_minutes(g.load + g.unload);
    if (s.piece_interval >= 0) return process + (count - 1) * in_minutes(s.piece_interval) + handling;
    return (s.per == ProcessUnit::piece ? count * process : process) + handling;
}

Result<Spec> generate_line(const Spec& process, const LineParameters& parameters) {
    return Generator(process, parameters).make();
}

std::vector<std::string> embedded_processes() {
    std::vector<std::string> out;
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with(kFolder) || !file.path.ends_with(kSuffix)) continue;
        out.emplace_back(file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kSuffix.size()));
    }
    return out;
}

Result<Spec> embedded_process(std::string_view name) {
    for (const EmbeddedFile& file : embedded_files()) {
        if (file.path != fmt::format("{}{}{}", kFolder, name, kSuffix)) continue;
        const std::vector<ModelFile> files = {{"model.toml", std::string(file.contents)}};
        return read_model_text(files);
    }
    const std::string near = nearest_name(name, embedded_processes());
    return tl::unexpected(Diagnostics{
        {Severity::error,
         "unknown-process",
         fmt::format("there is no process '{}'", name),
         {UINT32_MAX, 0, 0, 0},
         "",
         near.empty() ? fmt::format("processes: {}", fmt::join(embedded_processes(), ", "))
                      : fmt::format("did you mean '{}'?", near)}});
}

}  // namespace chipchain
