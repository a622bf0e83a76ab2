#include "chipchain/study/size.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/compile.h"
#include "chipchain/stats/special.h"
#include "chipchain/study/resize.h"

namespace chipchain {

namespace {

constexpr Span kNoPlace{UINT32_MAX, 0, 0, 0};

Diagnostic mistake(std::string id, std::string message, std::string help) {
    return {Severity::error, std::move(id), std::move(message), kNoPlace, {}, std::move(help)};
}

double mean_raw_d(const LineLoad& line) {
    double lots = 0;
    double raw = 0;
    for (const LotTypeLoad& type : line.lot_types) {
        lots += type.lots_per_h;
        raw += type.lots_per_h * type.raw_h / 24;
    }
    return lots > 0 ? raw / lots : 0;
}

// Share of the time that each tool is down or in maintenance, with or without maintenance by pieces.
double stopped_share(const GroupLoad& load, bool by_pieces) {
    double share = 0;
    for (const Outage& o : load.outages) share += by_pieces || o.stopped_tools <= 0 ? o.share : 0;
    return share;
}

// The state of one sizing.
class Sizer {
 public:
    Sizer(const Spec& spec, const SizeOptions& options) : spec_(spec), o_(options) {}

    Result<SizeResult> make() {
        if (const Result<void> done = prepare(); !done) return tl::unexpected(done.error());
        return search();
    }

    Result<LineAsRead> as_read() {
        if (const Result<void> done = prepare(); !done) return tl::unexpected(done.error());
        return LineAsRead{line_, raw_d_, target_d_};
    }

 private:
    Result<void> prepare() {
        check_releases();
        if (!errors_.empty()) return tl::unexpected(errors_);
        if (const Result<void> done = load(); !done) return done;
        check_groups();
        if (!errors_.empty()) return tl::unexpected(errors_);
        set_target();
        if (!errors_.empty()) return tl::unexpected(errors_);
        return {};
    }

    void error(std::string id, std::string message, std::string help) {
        errors_.push_back(mistake(std::move(id), std::move(message), std::move(help)));
    }

    void check_releases() {
        const double now = starts_per_month(spec_);
        const bool scaled = o_.starts_per_month > 0 && std::fabs(o_.starts_per_month / std::max(1e-9, now) - 1) > 1e-9;
        for (const ReleaseSpec& r : spec_.releases) {
            const bool reacts = r.policy == ReleasePolicy::conwip || r.policy == ReleasePolicy::workload;
            const bool dated = r.policy == ReleasePolicy::list || r.policy == ReleasePolicy::ramp;
            if (!reacts && !(dated && (scaled || o_.scales_starts))) continue;
            error(
                "size-release-policy",
                fmt::format(
                    "release line '{}' has no start rate that could be {}",
                    r.name,
                    reacts                            ? "sized for: it reacts to the line"
                    : r.policy == ReleasePolicy::list ? "scaled: its lots are a list"
                                                      : "scaled: its rates have dates"),
                "give it policy \"constant\" or \"poisson\" with an interval");
        }
        if (errors_.empty() && now <= 0 && (scaled || spec_.planned_lots.empty()))
            error(
                "size-no-starts",
                "the model has no release line with a start rate",
                "add [[release]] with an interval");
        if (spec_.costs.size() > 1)
            error("more-than-one-cost", fmt::format("the model has {} rows of costs", spec_.costs.size()), "keep one");
        factor_ = scaled ? o_.starts_per_month / now : 1;
    }

    Result<void> load() {
        Diagnostics warnings;
        Result<Model> model = compile(spec_, warnings);
        if (!model) return tl::unexpected(model.error());
        before_ = line_load(*model);
        if (factor_ != 1) scale_starts(spec_, factor_);
        model = compile(spec_, warnings);
        if (!model) return tl::unexpected(model.error());
        model_ = std::move(*model);
        line_ = line_load(model_);
        if (o_.keep_pm_pieces) return {};
        for (size_t g = 0; g < line_.groups.size(); ++g) line_.groups[g].outages = before_.groups[g].outages;
        return {};
    }

    // A tool without a price counts as the cheapest that has one; no prices at all: every tool counts the same.
    void check_groups() {
        double cheapest = 0;
        std::vector<std::string> names;
        for (const ToolGroupSpec& g : spec_.tool_groups) {
            names.push_back(g.name);
            if (g.capex_musd > 0 && (cheapest <= 0 || g.capex_musd < cheapest)) cheapest = g.capex_musd;
        }
        if (cheapest <= 0) cheapest = 1;
        for (size_t g = 0; g < spec_.tool_groups.size(); ++g) {
            const double price = spec_.tool_groups[g].capex_musd;
            choices_.push_back({price > 0 ? price : cheapest, o_.allow_single ? 1U : 2U, false});
        }
        for (const auto& [name, tools] : o_.locked) lock(name, tools, names);
        for (size_t g = 0; g < line_.groups.size(); ++g) check_group(g);
    }

    void lock(const std::string& name, int64_t tools, const std::vector<std::string>& names) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            const std::string near = nearest_name(name, names);
            error(
                "unknown-tool-group",
                fmt::format("--lock names tool group '{}', which is not declared", name),
                near.empty() ? "" : fmt::format("did you mean '{}'?", near));
            return;
        }
        const auto g = static_cast<size_t>(found - names.begin());
        choices_[g].locked = true;
        spec_.tool_groups[g].tools = tools;
        line_.groups[g].tools = static_cast<uint32_t>(tools);
    }

    void check_group(size_t g) {
        GroupLoad& load = line_.groups[g];
        const std::string& name = spec_.tool_groups[g].name;
        set_tools(load, load.tools, !o_.keep_pm_pieces, {});
        // what many tools leave: with kept pieces the maintenance by pieces of each of them becomes rare
        const bool none = stopped_share(load, false) >= 1;
        const bool stopped = o_.keep_pm_pieces ? none : stopped_share(load, true) >= 1;
        if (load.demand.visits_per_h > 0 && (stopped || load.staffed_share <= 0)) {
            error(
                "size-no-capacity",
                load.staffed_share <= 0
                    ? fmt::format("the tools of group '{}' are never staffed", name)
                    : fmt::format("the tools of group '{}' are down or in maintenance all the time", name),
                load.staffed_share <= 0 ? "give its calendar hours with a crew"
                : none                  ? "shorten its stops"
                       : "shorten its stops, or keep the pieces between maintenances with --keep-pm-pieces");
        } else if (choices_[g].locked && load.utilisation_least >= std::min(1.0, o_.max_utilisation)) {
            error(
                "size-locked-group",
                fmt::format(
                    "tool group '{}' is locked at {} tools, of which {:.1f} are available; its work needs {:.1f}",
                    name,
                    load.tools,
                    load.tools * load.availability,
                    least_busy_tools(load.demand)),
                "lock it at more tools, or do not lock it");
        }
    }

    void set_target() {
        raw_d_ = mean_raw_d(line_);
        target_d_ = o_.cycle_time_d > 0 ? o_.cycle_time_d : o_.x_factor * raw_d_;
        if (target_d_ <= raw_d_) {
            error(
                "size-target",
                fmt::format(
                    "the target of {:.2f} d (X-factor {:.2f}) is not above the raw process time of {:.2f} d",
                    target_d_,
                    raw_d_ > 0 ? target_d_ / raw_d_ : 0,
                    raw_d_),
                "an X-factor is above 1");
            return;
        }
        const CycleTimeFloor floor = cycle_time_floor(line_, choices_, corrections_);
        floor_d_ = floor.total_d();
        check_floor(floor);
    }

    // Where the search aims inside the slack: its middle, or between the floor and the target where that is nearer.
    [[nodiscard]] double middle() const {
        return std::max(target_d_ * (1 - o_.slack / 2), 0.5 * (floor_d_ + target_d_));
    }

    void check_floor(const CycleTimeFloor& floor) {
        if (floor.total_d() < target_d_) return;
        error(
            "size-floor",
            fmt::format(
                "no number of tools reaches {:.2f} d: {:.2f} d remain (X-factor {:.2f}): raw process time with "
                "transport "
                "{:.2f}, rework {:.2f}, downs in process {:.2f}, waiting for batches to fill {:.2f}, locked groups "
                "{:.2f}",
                target_d_,
                floor.total_d(),
                floor.total_d() / raw_d_,
                floor.raw_d,
                floor.rework_d,
                floor.stops_d,
                floor.forming_d,
                floor.locked_d),
            floor.forming_d > 0.1 * floor.raw_d
                ? "smaller least batches (batch_min_pieces), fewer products, or a higher target"
                : "a higher target");
    }

    // The line with those tools, ready to run.
    Result<SizeResult> build(const Allocation& a) {
        SizeResult out;
        out.spec = spec_;
        out.line = a.line;
        out.choices = choices_;
        out.corrections = corrections_;
        out.forecast = forecast(a.line, corrections_);
        out.starts_per_month = starts_per_month(spec_);
        out.target_d = target_d_;
        out.raw_d = raw_d_;
        set_tool_counts(out.spec, a.tools, before_, a.line, !o_.keep_pm_pieces);
        set_initial_wip(out.spec, model_, a.line, out.forecast);
        out.spec.line.note = fmt::format(
            "Sized for {:.0f} pieces a month and a mean cycle time of {:.2f} d (X-factor {:.2f}). {}",
            out.starts_per_month,
            target_d_,
            target_d_ / raw_d_,
            spec_.line.note);
        Diagnostics warnings;
        Result<Model> model = compile(out.spec, warnings);
        if (!model) return tl::unexpected(model.error());
        out.model = std::move(*model);
        std::vector<GroupObservation> seen;
        for (const GroupCorrection& c : corrections_) seen.push_back(c.seen);
        out.line = line_load(out.model, seen);
        return out;
    }

    [[nodiscard]] bool holds(const Measured& m) const {
        return m.cycle_time_d.high() <= target_d_ && m.shipped_share.low() >= 1 - o_.rate_tolerance;
    }

    // By the corrected forecast every cheaper line misses the target.
    [[nodiscard]] bool is_cheapest(const Allocation& a) const {
        const AllocationGoal whole{0.995 * target_d_, o_.max_utilisation, !o_.keep_pm_pieces};
        const Allocation other = allocate(line_, choices_, corrections_, whole);
        return !other.reached || other.cost >= a.cost;
    }

    Result<SizeResult> search() {
        AllocationGoal goal{middle(), o_.max_utilisation, !o_.keep_pm_pieces};
        SimulationPlan plan = o_.simulation;
        std::optional<SizeResult> best;
        std::vector<SizeRound> rounds;
        for (uint32_t round = 0; round < std::max(1U, o_.rounds); ++round) {
            const Allocation a = allocate(line_, choices_, corrections_, goal);
            if (!a.reached && best) break;
            if (!a.reached) {
                check_floor(cycle_time_floor(line_, choices_, corrections_));
                if (errors_.empty())
                    error(
                        "size-floor",
                        fmt::format(
                            "no number of tools reaches {:.2f} d: the forecast stays at {:.2f} d with setups and "
                            "queues that "
                            "more tools do not shorten",
                            goal.cycle_time_d,
                            a.cycle_time_d),
                        "a higher target");
                return tl::unexpected(errors_);
            }
            Result<SizeResult> built = build(a);
            if (!built) return built;
            if (o_.rounds == 0) return built;
            // the first round only corrects the forecast
            SimulationPlan now = plan;
            if (round == 0 && o_.rounds > 1) now.replications = std::min(2U, plan.replications);
            built->measured = measure(built->model, a.line, now, target_d_, o_.confidence);
            const Measured& m = *built->measured;
            if (m.replications < now.replications) {
                if (!best) {
                    built->measured.reset();
                    best = std::move(*built);
                }
                best->outcome = SizeOutcome::stopped;
                break;
            }
            rounds.push_back(note_round(round, a, m));
            corrections_ = corrected(a.line, std::move(corrections_), m, !o_.keep_pm_pieces);
            built->outcome = SizeOutcome::not_reached;
            if (holds(m)) {
                const bool inside = m.cycle_time_d.mean >= target_d_ * (1 - o_.slack);
                if (inside) built->outcome = SizeOutcome::reached;
                if (!inside && is_cheapest(a)) built->outcome = SizeOutcome::least_tools;
            }
            built->corrections = corrections_;
            if (!best || better(*built, *best)) best = std::move(*built);
            if (best->outcome != SizeOutcome::not_reached) break;
            next_goal(goal, plan, m);
        }
        best->rounds = std::move(rounds);
        best->forecast = forecast(best->line, corrections_);
        return std::move(*best);
    }

    // Holding the targets counts first, then the price; without it the nearness of the cycle time.
    [[nodiscard]] bool better(const SizeResult& a, const SizeResult& b) const {
        if (a.outcome != b.outcome) return a.outcome != SizeOutcome::not_reached;
        const bool holds_a = holds(*a.measured);
        if (holds_a != holds(*b.measured)) return holds_a;
        if (holds_a) return cost_of(a) < cost_of(b);
        return std::fabs(a.measured->cycle_time_d.mean - target_d_) <
               std::fabs(b.measured->cycle_time_d.mean - target_d_);
    }

    [[nodiscard]] double cost_of(const SizeResult& r) const {
        double cost = 0;
        for (size_t g = 0; g < choices_.size(); ++g)
            cost += choices_[g].cost * static_cast<double>(r.spec.tool_groups[g].tools);
        return cost;
    }

    SizeRound note_round(uint32_t round, const Allocation& a, const Measured& m) {
        SizeRound out;
        for (size_t g = 0; g < a.tools.size(); ++g) {
            out.tools += a.tools[g];
            out.capex_musd += a.tools[g] * spec_.tool_groups[g].capex_musd;
        }
        out.forecast_x = a.cycle_time_d / raw_d_;
        out.measured = m;
        if (o_.log) {
            o_.log(fmt::format(
                "round {}: {} tools, {:.0f} million US$, X-factor forecast {:.2f}, simulated {:.2f} +- {:.2f}, shipped "
                "{:.1f} % of the starts ({} replications of {:.0f} d, warm-up {:.0f} d)",
                round + 1,
                out.tools,
                out.capex_musd,
                out.forecast_x,
                m.x_factor.mean,
                m.x_factor.half_width,
                100 * m.shipped_share.mean,
                m.replications,
                m.horizon_d,
                m.warmup_d));
        }
        return out;
    }

    // Aims so far below the target as the interval is wide; asks for more replications where it is too wide for that.
    void next_goal(AllocationGoal& goal, SimulationPlan& plan, const Measured& m) const {
        if (m.replications < 3) return;  // says nothing of the spread
        const double half = m.cycle_time_d.half_width;
        if (half > o_.slack / 3 * target_d_)
            plan.replications = std::min(plan.replications * 2, 4 * o_.simulation.replications);
        // far below the target whole tools are too coarse for its middle
        const bool low = m.cycle_time_d.mean < target_d_ * (1 - o_.slack);
        const double most = low ? 0.995 * target_d_ : middle();
        const double least = std::max(target_d_ * (1 - 0.8 * o_.slack), 0.8 * floor_d_ + 0.2 * target_d_);
        goal.cycle_time_d = std::min(most, std::max(target_d_ - 1.3 * half, least));
    }

    Spec spec_;
    const SizeOptions& o_;
    Diagnostics errors_;
    double factor_ = 1;
    LineLoad before_;  // of the model as read
    Model model_;      // with the asked starts and the tools as read
    LineLoad line_;
    std::vector<GroupChoice> choices_;
    std::vector<GroupCorrection> corrections_;
    double raw_d_ = 0;
    double target_d_ = 0;
    double floor_d_ = 0;
};

}  // namespace

std::vector<GroupCorrection> corrected(
    const LineLoad& line,
    std::vector<GroupCorrection> corrections,
    const Measured& m,
    bool keep_maintenance_shares) {
    corrections.resize(line.groups.size());
    for (size_t g = 0; g < line.groups.size(); ++g) {
        GroupCorrection& c = corrections[g];
        const Measured::Group& seen = m.groups[g];
        if (seen.visits_per_h <= 0) continue;
        // behind an overloaded group the others starve: what they show is too good to be learned from
        const bool starved = seen.visits_per_h < 0.95 * line.groups[g].demand.visits_per_h;
        if (seen.setup_share && c.seen.setup_share)
            c.seen.setup_share = std::max(*seen.setup_share, 0.5 * (*seen.setup_share + *c.seen.setup_share));
        else
            c.seen.setup_share = seen.setup_share;
        c.seen.batch_lots = seen.batch_lots;
        GroupLoad load = line.groups[g];
        set_tools(load, load.tools, keep_maintenance_shares, c.seen);
        const GroupForecast f = forecast(load, c);
        c.extra_stay_h += seen.stay_h - f.stay_h;
        if (!(f.wait_h() > 1e-6) || !std::isfinite(f.wait_h())) continue;
        // bounded, so that one group cannot turn the next round over (assumption)
        const double ratio = std::clamp(seen.wait_h / f.wait_h(), starved ? 1.0 : 0.25, 4.0);
        c.wait_factor = std::clamp(c.wait_factor * ratio, 0.02, 50.0);
    }
    return corrections;
}

Result<LineAsRead> read_line(const Spec& spec, const SizeOptions& options) { return Sizer(spec, options).as_read(); }

Result<SizeResult> size_line(const Spec& spec, const SizeOptions& options) { return Sizer(spec, options).make(); }

}  // namespace chipchain
