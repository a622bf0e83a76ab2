#include "chipchain/spec/generate_line.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "chipchain/base/random.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kDaysPerMonth = 30;
constexpr double kHotFlowFactor = 1.3;      // fab facts 5.7
constexpr double kLeastToolsOfGroup = 3;    // assumption: below that a class is not split into groups
constexpr int64_t kLeastTools = 2;          // a group of one stops the line with its tool (fab facts 5.7)
constexpr double kVisitsPerSetup = 3;       // assumption: least_setup keeps a tool on its setup for three visits
constexpr double kRecipeDifference = 0.1;   // assumption: recipes of products differ by up to +-5 %
constexpr double kInitialCycleOfDue = 0.8;  // assumption: cycle time of the initial WIP / due offset

// share of its time that a tool of the class is neither down nor in maintenance
double available(const ProcessToolSpec& t) {
    double share = 1;
    if (t.mttf > 0) share -= static_cast<double>(t.mttr) / static_cast<double>(t.mttf + t.mttr);
    share -= static_cast<double>(t.pm_week) / static_cast<double>(7 * kDay);
    share -= static_cast<double>(t.pm_month) / static_cast<double>(30 * kDay);
    share -= 2 * static_cast<double>(t.pm_month) / static_cast<double>(91 * kDay);
    return std::max(0.05, share);
}

// Tools for so many minutes of work a day, at the planned utilisation; unrounded.
double tools_for(const ProcessToolSpec& t, double minutes_per_day) {
    return minutes_per_day / (1440 * available(t) * std::max(0.01, t.utilisation / 100));
}

std::string source_of(const ProcessToolSpec& t) {
    return fmt::format("{}: {}", mark_text(t.mark), t.source.empty() ? "none stated" : t.source);
}

// A step and a group with the times of a class, before draws: for loads.
StepSpec plain_step(const ProcessToolSpec& t, double minutes, int64_t lot_pieces) {
    StepSpec s;
    s.per = t.per;
    s.process = {DistKind::uniform, to_ticks(std::max(0.001, std::round(minutes * 1000) / 1000), kMinute), 0};
    s.process.half = s.process.mean / 20;  // 5 % of the mean: SMT2020
    if (t.cascade > 0)
        s.piece_interval =
            to_ticks(std::max(0.001, std::round(in_minutes(s.process.mean) * t.cascade * 1000) / 1000), kMinute);
    if (t.per == ProcessUnit::batch) {
        s.batch_max = lot_pieces * t.batch_lots;
        s.batch_min = std::max<int64_t>(lot_pieces, lot_pieces * (t.batch_lots - 1));
    }
    return s;
}

// Lots in a saturated tool: stay of a lot / interval at which lots enter. A conveyor or dip line holds many.
int64_t lots_inside(const ProcessToolSpec& t, int64_t pieces) {
    const auto n = static_cast<double>(pieces);
    return std::max<int64_t>(2, static_cast<int64_t>(std::ceil((1 / t.cascade + n - 1) / n)));
}

bool has_setups(const ProcessToolSpec& t) { return t.setups > 0 || t.setup_by_product; }

// Expected tool minutes of a visit of a lot, setups included.
double visit_minutes(const ProcessToolSpec& t, const StepSpec& s, int64_t pieces) {
    const double setup =
        has_setups(t) ? in_minutes(t.setup_time) / std::max(kVisitsPerSetup, static_cast<double>(t.min_run)) : 0;
    return tool_minutes(s, {}, pieces) + setup;
}

class Generator {
 public:
    Generator(const Process& process, const LineParameters& p)
        : in_(process),
          p_(p),
          random_{p.seed, 0},
          pieces_(process.head().lot_pieces),
          starts_(p.pieces_per_month > 0 ? p.pieces_per_month : process.head().pieces_per_month) {}

    Spec make() {
        make_line();
        count_groups();
        for (uint32_t factory = 0; factory < p_.factories; ++factory) make_groups(factory);
        for (uint32_t factory = 0; factory < p_.factories; ++factory) {
            for (uint32_t product = 0; product < p_.products; ++product) make_product(factory, product, factory);
            if (transfers()) make_product(factory, 0, (factory + 1) % p_.factories);
        }
        size_groups();
        make_setups();
        make_stops();
        make_wip();
        return std::move(out_);
    }

 private:
    const ProcessSpec& head() const { return in_.head(); }
    const ProcessToolSpec& tool_of(const Visit& v) const { return in_.rows.process_tools[v.tool]; }
    const OperationSpec& operation_of(const Visit& v) const { return in_.rows.operations[v.operation]; }
    const ModuleSpec& module_of(const Visit& v) const { return in_.rows.modules[v.module]; }
    bool transfers() const { return p_.factories > 1 && p_.transfer_percent > 0; }
    double lots_per_day() const {
        return starts_ / kDaysPerMonth / static_cast<double>(pieces_) / p_.products / p_.factories;
    }

    double draw(uint32_t what, uint64_t index) const {
        const RandomWords w = random_.draw(Purpose::generate, 100 + what, index);
        return unit_open(wide(w.word[0], w.word[1]));
    }

    std::string factory_prefix(uint32_t factory) const {
        return p_.factories == 1 ? std::string() : fmt::format("f{:02}_", factory + 1);
    }
    std::string place(uint32_t factory) const {
        return p_.factories == 1 ? std::string("Fab") : fmt::format("Fab_{:02}", factory + 1);
    }

    // ---- the line ----

    void make_line() {
        out_.line.name = p_.name.empty() ? head().name : p_.name;
        out_.line.start = civil_to_ticks(2026, 1, 1, 0, 0, 0);
        out_.line.horizon = 365 * kDay;
        out_.line.warmup = 90 * kDay;
        out_.line.rule = "priority_setup_fifo";
        out_.line.note = note();
        // a tool that waits for the lots of its run can stop a re-entrant line for good
        const auto& tools = in_.rows.process_tools;
        if (std::any_of(tools.begin(), tools.end(), [](const ProcessToolSpec& t) { return t.min_run > 1; }))
            out_.switches.min_run = MinRun::break_if_idle;
        if (head().piece != "wafer") {
            CostSpec& cost = out_.costs.emplace_back();
            cost.materials_usd_per_piece = 0;
            cost.source = fmt::format(
                "assumption: the material of a {} is left out, state materials_usd_per_piece",
                head().piece);
        }
        RuleSpec rule;
        rule.name = "priority_setup_fifo";
        rule.rank = "priority, setup, fifo";
        rule.help = "hot lots first, then no change of setup, then first come";
        out_.rules.push_back(rule);
        for (uint32_t factory = 0; factory < p_.factories; ++factory) {
            add_transport(factory, factory, head().transport);
            if (transfers()) add_transport(factory, (factory + 1) % p_.factories, head().transfer);
        }
    }

    std::string note() const {
        size_t assumed = 0;
        for (const ProcessToolSpec& t : in_.rows.process_tools) assumed += t.mark == Mark::assumption ? 1 : 0;
        std::string text = fmt::format(
            "{} Made from process '{}': {:.0f} {} starts a month, {} products, {} factories, seed {}. {} of {} classes "
            "of "
            "tools rest on assumptions (key source of the tool groups).",
            head().note,
            head().name,
            starts_,
            head().piece,
            p_.products,
            p_.factories,
            p_.seed,
            assumed,
            in_.rows.process_tools.size());
        if (!in_.rows.process_parameters.empty()) text += " Parameters:";
        for (const ProcessParameterSpec& p : in_.rows.process_parameters)
            text += fmt::format(" {} {:g}{}{};", p.name, p.value, p.unit.empty() ? "" : " ", p.unit);
        if (text.ends_with(';')) text.back() = '.';
        return text;
    }

    void add_transport(uint32_t from, uint32_t to, Time mean) {
        if (mean <= 0) return;
        TransportSpec way;
        way.from = place(from);
        way.to = place(to);
        way.time = {DistKind::uniform, mean, mean / 3};
        out_.transports.push_back(way);
    }

    // ---- tool groups ----

    // A class has as many groups as its share of the work fills with kLeastToolsOfGroup tools, at most those stated.
    void count_groups() {
        const size_t classes = in_.rows.process_tools.size();
        front_.assign(classes, 1);
        back_.assign(classes, 0);
        for (size_t c = 0; c < classes; ++c) {
            const ProcessToolSpec& t = in_.rows.process_tools[c];
            double minutes[2] = {0, 0};
            for (const Visit& v : in_.visits) {
                if (v.tool != c) continue;
                const bool back = module_of(v).back && t.back_groups > 0;
                minutes[back ? 1 : 0] += operation_of(v).sample_percent / 100 *
                                         visit_minutes(t, plain_step(t, in_.tool_minutes[c], pieces_), pieces_);
            }
            const double scale = tools_for(t, lots_per_day() * p_.products);
            const auto groups = [scale](double work, int64_t most) {
                return std::clamp(static_cast<int64_t>(work * scale / kLeastToolsOfGroup), int64_t{1}, most);
            };
            front_[c] = groups(minutes[0], t.front_groups);
            if (t.back_groups > 0) back_[c] = groups(minutes[1], t.back_groups);
        }
    }

    std::string group_name(uint32_t factory, size_t c, bool back, int64_t number) const {
        const ProcessToolSpec& t = in_.rows.process_tools[c];
        if (t.front_groups == 1 && t.back_groups == 0) return factory_prefix(factory) + t.name;
        return fmt::format("{}{}_{}_{:02}", factory_prefix(factory), t.name, back ? "be" : "fe", number + 1);
    }

    void make_groups(uint32_t factory) {
        for (size_t c = 0; c < in_.rows.process_tools.size(); ++c) {
            const ProcessToolSpec& t = in_.rows.process_tools[c];
            for (int64_t k = 0; k < front_[c] + back_[c]; ++k) {
                const bool back = k >= front_[c];
                ToolGroupSpec g;
                g.name = group_name(factory, c, back, back ? k - front_[c] : k);
                g.area = factory_prefix(factory) + t.area;
                g.location = place(factory);
                if (t.per == ProcessUnit::batch) g.batch_key = BatchKey::product_step;
                if (t.cascade > 0) g.lots_inside = lots_inside(t, pieces_);
                if (has_setups(t)) g.wake = WakeRule::least_setup;
                g.setup_avoidance = t.setups > 0;
                g.capex_musd = t.capex_musd;
                g.floor_m2 = t.floor_m2;
                g.source = source_of(t);
                classes_.push_back(c);
                index_.emplace(g.name, out_.tool_groups.size());
                out_.tool_groups.push_back(g);
            }
        }
    }

    // ---- products and routes ----

    // A product that starts in one factory and has its back end in `ends` (mostly the same).
    void make_product(uint32_t factory, uint32_t product, uint32_t ends) {
        std::string word = fmt::format("{}{}", factory_prefix(factory), product + 1);
        if (ends != factory) word += fmt::format("_to_f{:02}", ends + 1);
        ProductSpec p;
        p.name = "product_" + word;
        p.route = "route_" + word;
        p.family = fmt::format("{}_{}", head().name, product + 1);
        out_.products.push_back(p);
        const size_t first = out_.steps.size();
        make_route(p.route, factory, product, ends);
        double share = 1;
        if (transfers() && product == 0) share = p_.transfer_percent / 100;
        if (transfers() && product == 0 && ends == factory) share = 1 - share;
        const double days = empty_days(first);
        const double hot = head().hot_percent / 100;
        add_release("lot_" + word, p.name, 10, lots_per_day() * share * (1 - hot), days * head().flow_factor);
        if (ends == factory)
            add_release("hot_" + word, p.name, 20, lots_per_day() * share * hot, days * kHotFlowFactor);
    }

    void make_route(const std::string& route, uint32_t factory, uint32_t product, uint32_t ends) {
        std::map<std::string, size_t> open;  // module and group -> step that waits for its partner pass
        for (size_t i = 0; i < in_.visits.size(); ++i) {
            const Visit& v = in_.visits[i];
            const ProcessToolSpec& t = tool_of(v);
            const uint64_t key = i + 1;  // of the draws: the same for all products and factories
            const bool back = module_of(v).back && t.back_groups > 0;
            const auto groups = static_cast<double>(back ? back_[v.tool] : front_[v.tool]);
            StepSpec s = plain_step(t, minutes_of(v, key, product), pieces_);
            s.route = route;
            s.step = static_cast<int64_t>(i) + 1;
            s.name = fmt::format("{:04}_{}_{}_{}", s.step, module_of(v).name, v.pass + 1, operation_of(v).name);
            s.tool_group = group_name(
                module_of(v).back ? ends : factory,
                v.tool,
                back,
                static_cast<int64_t>(draw(1, key) * groups));
            s.sample_percent = operation_of(v).sample_percent;
            s.scrap_percent = operation_of(v).scrap_percent;
            if (v.rework_step > 0) {
                s.rework_step = v.rework_step;
                s.rework_percent = operation_of(v).rework_percent;
            }
            if (operation_of(v).queue_time_limit > 0 && i + 1 < in_.visits.size()) {
                s.queue_time_step = s.step + 1;
                s.queue_time_limit = operation_of(v).queue_time_limit;
            }
            if (t.setup_by_product) {
                s.setup = fmt::format("{}_product_{}", s.tool_group, product + 1);
            } else if (t.setups > 0) {
                const auto kind = static_cast<int64_t>(draw(3, key) * static_cast<double>(t.setups));
                s.setup = fmt::format("{}_setup_{}", s.tool_group, kind + 1);
            }
            out_.steps.push_back(s);
            if (operation_of(v).dedicated) dedicate(open, module_of(v).name + "/" + s.tool_group, s.step);
        }
    }

    // Critical exposures return to the tool that exposed the pass before, when both are in one group: pairs of passes,
    // so that about a third of the exposures is bound (assumption; SMT2020: 7-11 pairs a route).
    void dedicate(std::map<std::string, size_t>& open, const std::string& key, int64_t step) {
        const auto found = open.find(key);
        if (found == open.end()) {
            open[key] = out_.steps.size() - 1;
            return;
        }
        out_.steps[found->second].dedicate_step = step;
        open.erase(found);
    }

    double minutes_of(const Visit& v, uint64_t key, uint32_t product) const {
        const ProcessToolSpec& t = tool_of(v);
        // lognormal with mean 1
        const double spread =
            t.spread > 0 ? deterministic_exp(t.spread * normal_quantile(draw(2, key)) - t.spread * t.spread / 2) : 1;
        const double own = product == 0 ? 1
                                        : 1 - kRecipeDifference / 2 +
                                              kRecipeDifference * draw(4, key + (static_cast<uint64_t>(product) << 32));
        return in_.tool_minutes[v.tool] * spread * own;
    }

    // Days of a lot in an empty line, along the route whose first step is that row.
    double empty_days(size_t first) const {
        double days = 0;
        for (size_t i = first; i < first + in_.visits.size(); ++i) days += step_days(out_.steps[i]);
        return days;
    }
    double step_days(const StepSpec& s) const {
        const double stay = stay_minutes(s, out_.tool_groups[index_.at(s.tool_group)], pieces_);
        return s.sample_percent / 100 * (stay + in_minutes(head().transport)) / 1440;
    }

    void add_release(const std::string& name, const std::string& product, int64_t priority, double lots, double due) {
        if (lots <= 0) return;
        ReleaseSpec r;
        r.name = name;
        r.product = product;
        r.priority = priority;
        r.pieces = pieces_;
        r.interval = std::max<Time>(1, static_cast<Time>(static_cast<double>(kDay) / lots));
        r.due_offset = to_ticks(std::round(due * 100 + 1) / 100, kDay);
        // lines of one rate begin one after the other, not at the same instant; whole seconds: SMT2020 has no others
        if (!out_.releases.empty()) {
            const double seconds = draw(6, out_.releases.size() + 1) * static_cast<double>(r.interval / kSecond);
            r.start = static_cast<Time>(seconds) * kSecond;
        }
        out_.releases.push_back(r);
    }

    // ---- how many tools ----

    // Lots a day of all release lines by route.
    std::map<std::string, double> lots_by_route() const {
        std::map<std::string, std::string> routes;
        for (const ProductSpec& p : out_.products) routes[p.name] = p.route;
        std::map<std::string, double> lots;
        for (const ReleaseSpec& r : out_.releases) lots[routes[r.product]] += 1 / in_days(r.interval);
        return lots;
    }

    void size_groups() {
        const std::map<std::string, double> by_route = lots_by_route();
        std::vector<double> minutes(out_.tool_groups.size());
        lots_.assign(out_.tool_groups.size(), 0);
        std::vector<bool> used(out_.tool_groups.size());
        for (const StepSpec& s : out_.steps) {
            used[index_.at(s.tool_group)] = true;
            const auto rate = by_route.find(s.route);
            const double lots = rate == by_route.end() ? 0 : rate->second * s.sample_percent / 100;
            const size_t g = index_.at(s.tool_group);
            lots_[g] += lots;
            minutes[g] += lots * visit_minutes(in_.rows.process_tools[classes_[g]], s, pieces_);
        }
        for (size_t g = out_.tool_groups.size(); g-- > 0;) {
            if (used[g]) {
                const double tools = tools_for(in_.rows.process_tools[classes_[g]], minutes[g]);
                out_.tool_groups[g].tools =
                    p_.tools_each > 0 ? p_.tools_each : std::max(kLeastTools, static_cast<int64_t>(std::ceil(tools)));
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
        std::set<std::string> seen;
        for (const StepSpec& s : out_.steps) {
            if (s.setup.empty() || !seen.insert(s.setup).second) continue;
            const ProcessToolSpec& t = in_.rows.process_tools[classes_[index_.at(s.tool_group)]];
            SetupChangeSpec change;
            change.to = s.setup;
            change.time = t.setup_time;
            out_.setup_changes.push_back(change);
            if (t.min_run <= 1) continue;
            SetupGroupSpec group;
            group.name = s.tool_group + "_runs";
            group.setup = s.setup;
            group.min_run = t.min_run;
            out_.setup_groups.push_back(group);
        }
    }

    void make_stops() {
        for (size_t g = 0; g < out_.tool_groups.size(); ++g) {
            const ProcessToolSpec& t = in_.rows.process_tools[classes_[g]];
            if (t.mttf > 0) {
                DownSpec d;
                d.name = fmt::format("{}_down", out_.tool_groups[g].name);
                d.target = out_.tool_groups[g].name;
                d.time_to_failure = d.first = {DistKind::exponential, t.mttf, 0};
                d.repair = {DistKind::exponential, t.mttr, 0};
                out_.downs.push_back(d);
            }
            add_pm(g, t, "week", 7, t.pm_week);
            add_pm(g, t, "month", 30, t.pm_month);
            add_pm(g, t, "quarter", 91, 2 * t.pm_month);
        }
    }

    // By pieces: as many as a tool makes in that many days at its planned load, so that the cadence is the same.
    void add_pm(size_t g, const ProcessToolSpec& t, const char* level, int days, Time duration) {
        if (duration <= 0) return;
        const ToolGroupSpec& group = out_.tool_groups[g];
        PmSpec p;
        p.name = fmt::format("{}_{}", group.name, level);
        p.target = group.name;
        p.duration = {DistKind::uniform, duration, duration / 5};  // +-20 %: SMT2020
        const double first =
            0.85 + 0.15 * draw(5, g);  // first one early, so that tools differ; SMT2020 has 0.85 to 1.14
        if (t.pm_by_pieces) {
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

    // ---- lots in the line ----

    // Little's law: rate * cycle time lots of each release line, spread evenly over the expected way through the route.
    void make_wip() {
        const size_t length = in_.visits.size();
        std::map<std::string, size_t> place_of;
        for (size_t i = 0; i < out_.products.size(); ++i) place_of[out_.products[i].name] = i;
        for (const ReleaseSpec& r : out_.releases) {
            std::vector<double> elapsed;
            double sum = 0;
            const size_t first = place_of.at(r.product) * length;  // routes stand in order of products
            for (size_t i = first; i < first + length; ++i) elapsed.push_back(sum += step_days(out_.steps[i]));
            const double cycle = in_days(r.due_offset) * kInitialCycleOfDue;
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
                lot.start = -static_cast<Time>(cycle * share * 86'400) * kSecond;
                lot.due = lot.start + r.due_offset;
                out_.wip_lots.push_back(lot);
            }
        }
    }

    const Process& in_;
    const LineParameters& p_;
    RandomSource random_;
    int64_t pieces_;
    double starts_;
    Spec out_;
    std::vector<int64_t> front_;           // [class] tool groups of a factory's front end
    std::vector<int64_t> back_;            // [class]
    std::vector<size_t> classes_;          // [tool group] its class
    std::map<std::string, size_t> index_;  // tool group by name
    std::vector<double> lots_;             // [tool group] lots a day
};

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

Spec generate_line(const Process& process, const LineParameters& parameters) {
    return Generator(process, parameters).make();
}

Result<Spec> library_line(std::string_view process, const LineParameters& parameters) {
    const Result<Spec> rows = embedded_process(process);
    if (!rows) return tl::unexpected(rows.error());
    const Result<Process> resolved = resolve_process(*rows, {});
    if (!resolved) return tl::unexpected(resolved.error());
    return generate_line(*resolved, parameters);
}

std::vector<ClassLoad> class_loads(const Process& process, double pieces_per_month) {
    std::vector<ClassLoad> loads;
    const int64_t pieces = process.head().lot_pieces;
    for (size_t c = 0; c < process.rows.process_tools.size(); ++c) {
        const ProcessToolSpec& t = process.rows.process_tools[c];
        ClassLoad load;
        load.name = t.name;
        load.source = source_of(t);
        const double lot = visit_minutes(t, plain_step(t, process.tool_minutes[c], pieces), pieces);
        for (const Visit& v : process.visits) {
            if (v.tool != c) continue;
            const double share = process.rows.operations[v.operation].sample_percent / 100;
            load.visits += share;
            load.minutes_per_piece += share * lot / static_cast<double>(pieces);
        }
        if (load.visits <= 0) continue;
        load.pieces_per_h = 60 / load.minutes_per_piece;
        load.tools = tools_for(t, load.minutes_per_piece * pieces_per_month / kDaysPerMonth);
        loads.push_back(load);
    }
    std::stable_sort(loads.begin(), loads.end(), [](const ClassLoad& a, const ClassLoad& b) {
        return a.minutes_per_piece > b.minutes_per_piece;
    });
    return loads;
}

}  // namespace chipchain
