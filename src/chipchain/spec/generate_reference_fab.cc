#include "chipchain/spec/generate_reference_fab.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "chipchain/base/random.h"

namespace chipchain {

namespace {

constexpr int kPieces = 25;  // wafers in a lot: SMT2020

enum class AreaKind : uint8_t {
    diffusion,
    etch,
    implant,
    litho,
    track,
    litho_met,
    registration,
    planar,
    def_met,
    film,
    film_met,
    wet,
    dielectric,
    delay
};

// How the tools of an area work. Process ranges in minutes per lot, piece or batch; cascade: interval / process time.
// Downs, maintenance and ratios: SMT2020 by area; process ranges: assumption, around the published means of such tools.
struct AreaRow {
    AreaKind kind;
    const char* area;
    const char* group;  // "etch" -> etch_fe_01 ... etch_be_07
    int front_groups;   // used by the layers of the front end
    int back_groups;
    ProcessUnit per;
    double low, high;    // minutes
    double cascade;      // 0: no cascade
    double utilisation;  // of available time, planned (assumption: bottleneck at the lithography)
    double repair_min;   // mean; exponential, failures every 10,080 min: SMT2020
    double weekly_h;     // maintenance of the three levels; 0: none. SMT2020
    double monthly_h;    // the quarterly one takes twice as long
    bool by_pieces;
};

constexpr AreaRow kAreas[] = {
    {AreaKind::diffusion, "Diffusion", "furnace", 7, 3, ProcessUnit::batch, 380, 560, 0, 0.84, 151.2, 0, 26.21, false},
    {AreaKind::etch, "Dry_Etch", "etch", 15, 8, ProcessUnit::lot, 60, 140, 0, 0.915, 231.84, 8.74, 17.47, true},
    {AreaKind::implant,
     "Implant",
     "implant",
     6,
     0,
     ProcessUnit::piece,
     0.85,
     1.3,
     0.75,
     0.78,
     604.8,
     13.29,
     26.59,
     true},
    {AreaKind::litho, "Litho", "litho", 5, 3, ProcessUnit::piece, 1.7, 2.3, 0, 0.96, 705.59, 6.65, 13.29, false},
    {AreaKind::track, "Litho", "LithoTrack", 3, 2, ProcessUnit::piece, 1.5, 2.0, 0, 0.94, 705.59, 6.65, 13.29, false},
    {AreaKind::litho_met, "Litho_Met", "litho_met", 1, 1, ProcessUnit::lot, 18, 28, 0, 0.86, 35.28, 0, 13.76, false},
    {AreaKind::registration, "Litho_Met", "litho_reg", 1, 1, ProcessUnit::lot, 16, 26, 0, 0.86, 35.28, 0, 13.76, false},
    {AreaKind::planar, "Planar", "planar", 3, 3, ProcessUnit::lot, 60, 80, 0.70, 0.84, 201.6, 17.09, 34.18, true},
    {AreaKind::def_met, "Def_Met", "def_met", 4, 3, ProcessUnit::lot, 15, 30, 0, 0.75, 35.28, 0, 13.76, false},
    {AreaKind::film, "TF", "film", 5, 6, ProcessUnit::lot, 60, 95, 0.85, 0.86, 453.6, 9.97, 19.94, true},
    {AreaKind::film_met, "TF_Met", "film_met", 1, 1, ProcessUnit::lot, 6, 10, 0, 0.60, 35.28, 0, 13.76, false},
    {AreaKind::wet, "Wet_Etch", "wet", 10, 6, ProcessUnit::piece, 0.65, 1.15, 0.75, 0.86, 221.76, 8.36, 16.71, true},
    {AreaKind::dielectric,
     "Dielectric",
     "dielectric",
     6,
     5,
     ProcessUnit::lot,
     35,
     60,
     0.90,
     0.88,
     604.8,
     13.29,
     26.59,
     true},
    {AreaKind::delay, "Delay", "hold", 1, 0, ProcessUnit::lot, 120, 240, 0, 0.30, 0, 0, 0, false},
};

const AreaRow& area_row(AreaKind kind) {
    return *std::find_if(std::begin(kAreas), std::end(kAreas), [kind](const AreaRow& row) { return row.kind == kind; });
}

// What the load of a group adds up to.
struct Load {
    double lots_per_d = 0;
    double busy_min_per_d = 0;  // tool minutes
};

class Generator {
 public:
    explicit Generator(const ReferenceFabParameters& p) : p_(p), random_{p.seed, 0} {}

    Spec make() {
        make_line();
        make_groups();
        for (uint32_t product = 0; product < 2; ++product) make_route(product);
        size_groups();
        make_setups();
        make_stops();
        make_releases();
        make_wip();
        return std::move(spec_);
    }

 private:
    // Uniform in [0, 1) by a key of its own: a new choice shifts no other.
    double draw(uint32_t what, uint64_t index) {
        return random_.draw(Purpose::generate, what, index).word[0] * 0x1p-32;
    }
    double draw(uint32_t what, uint64_t index, double low, double high) {
        return low + (high - low) * draw(what, index);
    }

    void make_line() {
        spec_.line.name = "reference-fab";
        spec_.line.start = civil_to_ticks(2026, 1, 1, 0, 0, 0);
        spec_.line.horizon = 730 * kDay;
        spec_.line.rule = "priority_setup_fifo";
        spec_.line.note = fmt::format(
            "Generated wafer fab of {:.0f} wafer starts a month with the structure of SMT2020 and every feature. "
            "Process times and tool counts "
            "are drawn from ranges (assumption), stops are those of SMT2020 by area.",
            p_.wafers_per_month);
        RuleSpec rule;
        rule.name = "priority_setup_fifo";
        rule.rank = "priority, setup, fifo";
        rule.help = "hot lots first, then no change of setup, then first come";
        spec_.rules.push_back(rule);
        for (uint32_t i = 0; i < 2; ++i) {
            ProductSpec product;
            product.name = i == 0 ? "logic_a" : "logic_b";
            product.route = i == 0 ? "route_a" : "route_b";
            product.family = "logic";
            spec_.products.push_back(product);
        }
    }

    std::string group_name(const AreaRow& row, bool back, int number) {
        if (row.kind == AreaKind::delay) return row.group;
        return fmt::format("{}_{}_{:02}", row.group, back ? "be" : "fe", number + 1);
    }

    void make_groups() {
        for (const AreaRow& row : kAreas) {
            for (int k = 0; k < row.front_groups + row.back_groups; ++k) {
                const bool back = k >= row.front_groups;
                ToolGroupSpec g;
                g.name = group_name(row, back, back ? k - row.front_groups : k);
                g.area = row.area;
                const bool hold = row.kind == AreaKind::delay;
                g.load = g.unload = hold ? 0 : kMinute;  // SMT2020
                g.location = hold ? "Hold" : "Fab";
                g.lots_inside = row.cascade > 0 ? 2 : 1;
                if (row.per == ProcessUnit::batch) g.batch_key = BatchKey::product_step;
                if (row.kind == AreaKind::implant) g.setup_avoidance = k < 3;
                if (row.kind == AreaKind::implant || row.kind == AreaKind::track || setup_etch(g.name))
                    g.wake = WakeRule::least_setup;
                row_of_.push_back(&row);
                index_.emplace(g.name, spec_.tool_groups.size());
                spec_.tool_groups.push_back(g);
            }
        }
    }

    static bool setup_etch(const std::string& name) { return name == "etch_be_01" || name == "etch_be_02"; }

    // ---- steps ----

    StepSpec& add_step(uint32_t product, AreaKind kind, bool back) {
        const AreaRow& row = area_row(kind);
        const bool use_back = back && row.back_groups > 0;
        const int groups = use_back ? row.back_groups : row.front_groups;
        const uint64_t key = (static_cast<uint64_t>(product) << 32) + ++step_key_;
        StepSpec s;
        s.route = spec_.products[product].route;
        s.step = ++step_number_;
        s.tool_group = group_name(row, use_back, static_cast<int>(draw(1, key) * groups));
        s.name = fmt::format("{:03}_{}", s.step, row.area);
        const double minutes = draw(2, key, row.low, row.high);
        s.process = {DistKind::uniform, to_ticks(std::round(minutes * 1000) / 1000, kMinute), 0};
        s.process.half = s.process.mean / 20;  // 5 % of the mean: SMT2020
        s.per = row.per;
        if (row.cascade > 0) {
            const Time interval = to_ticks(std::round(minutes * row.cascade * 1000) / 1000, kMinute);
            (row.per == ProcessUnit::piece ? s.piece_interval : s.lot_interval) = interval;
        }
        if (row.per == ProcessUnit::batch) {
            s.batch_max =
                kPieces * static_cast<int64_t>(4 + static_cast<int>(draw(3, key) * 3));  // 4 to 6 lots: SMT2020
            s.batch_min = s.batch_max - kPieces;
        }
        spec_.steps.push_back(s);
        return spec_.steps.back();
    }

    void sample(StepSpec& s, uint64_t key, double low, double high) {
        s.sample_percent = std::round(draw(4, key, low, high));
    }

    // One mask layer: clean, film, coat, expose, measure, etch, strip, then implant or polish.
    void make_layer(uint32_t product, uint32_t layer) {
        const bool back = layer >= p_.layers[product] * 3 / 5;
        const uint64_t key = product * 1000 + layer;
        const size_t clean = spec_.steps.size();
        add_step(product, AreaKind::wet, back);
        if (draw(10, key) < (back ? 0.25 : 0.7)) {
            // pre-clean to furnace
            spec_.steps[clean].queue_time_step = step_number_ + 1;
            spec_.steps[clean].queue_time_limit = 8 * kHour;
            add_step(product, AreaKind::diffusion, back);
            add_step(product, AreaKind::wet, back);
        }
        add_step(product, AreaKind::dielectric, back);
        if (draw(11, key) < (back ? 0.9 : 0.45)) add_step(product, AreaKind::film, back);
        sample(add_step(product, AreaKind::film_met, back), key, 30, 40);
        make_exposure(product, layer, back);
        StepSpec& etch = add_step(product, AreaKind::etch, back);
        if (setup_etch(etch.tool_group)) etch.setup = fmt::format("{}_gas_{}", etch.tool_group, 1 + layer % 2);
        etch.queue_time_step = step_number_ + 1;  // etch to strip
        etch.queue_time_limit = (layer % 3 == 0 ? 1 : 2) * kHour;
        add_step(product, AreaKind::wet, back);
        sample(add_step(product, AreaKind::def_met, back), key + 500, 40, 60);
        if (!back && draw(12, key) < 0.75) {
            StepSpec& implant = add_step(product, AreaKind::implant, back);
            implant.setup = fmt::format("{}_gas_{}", implant.tool_group, 1 + layer % 3);
            if (!avoids_setups(implant.tool_group)) implant.setup_time = 20 * kMinute;
            add_step(product, AreaKind::wet, back);
        }
        if (back || draw(13, key) < 0.3) {
            const size_t polish = spec_.steps.size();
            add_step(product, AreaKind::planar, back);
            spec_.steps[polish].queue_time_step = step_number_ + 1;  // polish to clean
            spec_.steps[polish].queue_time_limit = 2 * kHour;
            add_step(product, AreaKind::wet, back);
            add_step(product, AreaKind::dielectric, back);
        }
        if (draw(14, key) < 0.6) add_step(product, AreaKind::delay, back);
        if (draw(15, key) < 0.5) add_step(product, AreaKind::etch, back);
        add_step(product, AreaKind::film, back);
    }

    bool avoids_setups(const std::string& group) const { return spec_.tool_groups[index_.at(group)].setup_avoidance; }

    void make_exposure(uint32_t product, uint32_t layer, bool back) {
        const uint64_t key = product * 1000 + layer;
        StepSpec& coat = add_step(product, AreaKind::track, back);
        const int64_t coat_step = coat.step;
        if (draw(16, key) < 0.5) {
            coat.setup = fmt::format("reticle_{}{}", product == 0 ? 'a' : 'b', layer + 1);
            coat.setup_time = 10 * kMinute;  // SMT2020: 8 to 15 min
        }
        const size_t expose = spec_.steps.size();
        add_step(product, AreaKind::litho, back);
        // critical layers return to the tool that exposed the one before: chains on one group per end of the line
        if (layer % 4 == 0 && layer > 0) {
            spec_.steps[expose].tool_group = group_name(area_row(AreaKind::litho), back, 0);
            size_t& last = critical_[product][back ? 1 : 0];
            if (last != SIZE_MAX) spec_.steps[last].dedicate_step = spec_.steps[expose].step;
            last = expose;
        }
        sample(add_step(product, AreaKind::litho_met, back), key + 200, 40, 70);
        StepSpec& registration = add_step(product, AreaKind::registration, back);
        sample(registration, key + 300, 50, 100);
        registration.rework_step = coat_step;
        registration.rework_percent = std::round(draw(5, key, 0.5, 1.8) * 100) / 100;  // SMT2020
    }

    void make_route(uint32_t product) {
        step_number_ = 0;
        critical_[product][0] = critical_[product][1] = SIZE_MAX;
        for (uint32_t layer = 0; layer < p_.layers[product]; ++layer) make_layer(product, layer);
        add_step(product, AreaKind::wet, true);
        add_step(product, AreaKind::def_met, true).scrap_percent = 0.05;  // assumption
    }

    // ---- how many tools ----

    double lots_per_day(uint32_t) const { return p_.wafers_per_month / 30 / kPieces / 2; }

    // Minutes that one lot keeps a tool from the next, and in the line.
    static double busy_minutes(const StepSpec& s, const ToolGroupSpec& g) {
        // a stated setup time is paid at most visits (assumption: 0.8 of them)
        const double load = in_minutes(g.load + g.unload) + (s.setup_time > 0 ? 0.8 * in_minutes(s.setup_time) : 0);
        if (s.piece_interval >= 0) return kPieces * in_minutes(s.piece_interval) + load / 2;
        if (s.lot_interval >= 0) return in_minutes(s.lot_interval) + load / 2;
        const double process = in_minutes(s.process.mean);
        if (s.per == ProcessUnit::piece) return kPieces * process + load;
        if (s.per == ProcessUnit::batch)
            return (process + load) * kPieces / (static_cast<double>(s.batch_max) - kPieces / 2.0);
        return process + load;
    }

    static double stay_minutes(const StepSpec& s, const ToolGroupSpec& g) {
        const double process = in_minutes(s.process.mean);
        const double load = in_minutes(g.load + g.unload);
        if (s.piece_interval >= 0) return process + (kPieces - 1) * in_minutes(s.piece_interval) + load;
        return (s.per == ProcessUnit::piece ? kPieces * process : process) + load;
    }

    static double availability(const AreaRow& row) {
        const double down = row.repair_min / (10'080 + row.repair_min);
        const double maintenance = row.weekly_h / (7 * 24) + row.monthly_h / (30 * 24) + 2 * row.monthly_h / (91 * 24);
        return 1 - down - maintenance;
    }

    void size_groups() {
        loads_.resize(spec_.tool_groups.size());
        for (const StepSpec& s : spec_.steps) {
            const size_t g = index_.at(s.tool_group);
            const uint32_t product = s.route == spec_.products[0].route ? 0 : 1;
            const double lots = lots_per_day(product) * s.sample_percent / 100;
            loads_[g].lots_per_d += lots;
            loads_[g].busy_min_per_d += lots * busy_minutes(s, spec_.tool_groups[g]);
        }
        // a group that no step drew does not exist
        for (size_t g = spec_.tool_groups.size(); g-- > 0;) {
            if (loads_[g].lots_per_d > 0) continue;
            spec_.tool_groups.erase(spec_.tool_groups.begin() + static_cast<std::ptrdiff_t>(g));
            loads_.erase(loads_.begin() + static_cast<std::ptrdiff_t>(g));
            row_of_.erase(row_of_.begin() + static_cast<std::ptrdiff_t>(g));
        }
        for (size_t g = 0; g < loads_.size(); ++g) {
            const AreaRow& row = *row_of_[g];
            const double tools = loads_[g].busy_min_per_d / (1440 * availability(row) * row.utilisation);
            spec_.tool_groups[g].tools =
                std::max<int64_t>(row.kind == AreaKind::delay ? 50 : 2, static_cast<int64_t>(std::ceil(tools)));
        }
    }

    // ---- setups, transport, stops ----

    void make_setups() {
        std::map<std::string, std::vector<std::string>> by_group;
        for (const StepSpec& s : spec_.steps) {
            if (s.setup.empty() || s.setup_time >= 0) continue;
            std::vector<std::string>& names = by_group[s.tool_group];
            if (std::find(names.begin(), names.end(), s.setup) == names.end()) names.push_back(s.setup);
        }
        for (const auto& [group, names] : by_group) {
            const bool implant = group.starts_with("implant");
            for (const std::string& to : names) {
                if (implant) {
                    spec_.setup_changes.push_back(setup_change("", to, 70));  // SMT2020: 60 to 80 min from any
                    SetupGroupSpec run;
                    run.name = "gas";
                    run.setup = to;
                    run.min_run = 7;  // SMT2020
                    spec_.setup_groups.push_back(run);
                    continue;
                }
                for (const std::string& from : names) {
                    if (from != to) spec_.setup_changes.push_back(setup_change(from, to, from < to ? 8 : 12));
                }
            }
        }
        TransportSpec way;
        way.from = way.to = "Fab";
        way.time = {DistKind::uniform, 15 * kMinute / 2, 5 * kMinute / 2};  // U[5, 10] min: SMT2020
        spec_.transports.push_back(way);
    }

    static SetupChangeSpec setup_change(const std::string& from, const std::string& to, int minutes) {
        SetupChangeSpec s;
        s.from = from;
        s.to = to;
        s.time = minutes * kMinute;
        return s;
    }

    void make_stops() {
        for (const AreaRow& row : kAreas) {
            const bool seen = std::any_of(spec_.downs.begin(), spec_.downs.end(), [&row](const DownSpec& d) {
                return d.target == row.area;
            });
            if (seen || row.repair_min <= 0) continue;
            DownSpec d;
            d.name = fmt::format("break_{}", row.area);
            d.scope = Scope::area;
            d.target = row.area;
            d.time_to_failure = d.first = {DistKind::exponential, 10'080 * kMinute, 0};
            d.repair = {DistKind::exponential, to_ticks(row.repair_min, kMinute), 0};
            spec_.downs.push_back(d);
        }
        for (size_t g = 0; g < loads_.size(); ++g) {
            const AreaRow& row = *row_of_[g];
            if (row.weekly_h > 0) add_pm(g, "WK", 7, row.weekly_h);
            if (row.monthly_h > 0) add_pm(g, "MN", 30, row.monthly_h);
            if (row.monthly_h > 0) add_pm(g, "QT", 91, 2 * row.monthly_h);
        }
    }

    // By pieces: as many as a tool of the group makes in that many days at its planned load, so that the cadence is the
    // same.
    void add_pm(size_t g, const char* level, int days, double hours) {
        const ToolGroupSpec& group = spec_.tool_groups[g];
        PmSpec p;
        p.name = fmt::format("{}_{}", group.name, level);
        p.target = group.name;
        p.duration = {DistKind::uniform, to_ticks(hours, kHour), to_ticks(hours / 5, kHour)};  // +-20 %: SMT2020
        const double first = draw(6, g, 0.85, 1.0);  // of the interval: SMT2020 has 0.85 to 1.14
        if (row_of_[g]->by_pieces) {
            p.kind = PmKind::pieces;
            p.interval_pieces = std::max<int64_t>(
                kPieces,
                std::llround(loads_[g].lots_per_d * kPieces / static_cast<double>(group.tools) * days));
            p.first_pieces = std::max<int64_t>(1, std::llround(static_cast<double>(p.interval_pieces) * first));
        } else {
            p.interval = days * kDay;
            p.first = to_ticks(std::round(days * first * 10) / 10, kDay);
        }
        spec_.pms.push_back(p);
    }

    // ---- lots ----

    // Expected days in an empty line from the start to the end of each step of a route.
    std::vector<double> elapsed_days(uint32_t product) const {
        std::vector<double> days;
        double sum = 0;
        for (const StepSpec& s : spec_.steps) {
            if (s.route != spec_.products[product].route) continue;
            const auto group =
                std::find_if(spec_.tool_groups.begin(), spec_.tool_groups.end(), [&s](const ToolGroupSpec& g) {
                    return g.name == s.tool_group;
                });
            sum += s.sample_percent / 100 * (stay_minutes(s, *group) + 7.5) / 1440;
            days.push_back(sum);
        }
        return days;
    }

    void add_release(
        const std::string& name,
        uint32_t product,
        int64_t priority,
        double lots_per_d,
        double factor,
        bool reserve) {
        ReleaseSpec r;
        r.name = name;
        r.product = spec_.products[product].name;
        r.priority = priority;
        r.pieces = kPieces;
        r.interval = to_ticks(std::round(1440 / lots_per_d * 100) / 100, kMinute);
        r.due_offset = to_ticks(std::round(elapsed_days(product).back() * factor * 100) / 100, kDay);
        r.reserve = reserve;
        spec_.releases.push_back(r);
    }

    void make_releases() {
        for (uint32_t i = 0; i < 2; ++i) {
            const std::string letter = i == 0 ? "a" : "b";
            add_release("lot_" + letter, i, 10, lots_per_day(i) * (1 - p_.hot_share), p_.flow_factor, false);
        }
        for (uint32_t i = 0; i < 2; ++i) {
            add_release(i == 0 ? "hot_a" : "hot_b", i, 20, lots_per_day(i) * p_.hot_share, 1.25, false);
        }
        // one super-hot lot in 19 days: SMT2020; it reserves tools ahead
        add_release("superhot_a", 0, 30, 1 / 19.0, 1.22, true);
    }

    // Little's law: rate * cycle time lots of each line, spread evenly over the expected way through the route.
    void make_wip() {
        for (const ReleaseSpec& r : spec_.releases) {
            if (r.reserve) continue;
            const uint32_t product = r.product == spec_.products[0].name ? 0 : 1;
            const std::vector<double> elapsed = elapsed_days(product);
            const double cycle = in_days(r.due_offset) * 0.95;  // assumption: a little less than the due offset
            const auto count = static_cast<int64_t>(cycle / in_days(r.interval));
            for (int64_t i = 0; i < count; ++i) {
                const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(count);
                const auto at = std::lower_bound(elapsed.begin(), elapsed.end(), share * elapsed.back());
                WipLotSpec lot;
                lot.name = fmt::format("init_{}_{}", r.name, i + 1);
                lot.product = r.product;
                lot.priority = r.priority;
                lot.pieces = kPieces;
                lot.step = at - elapsed.begin() + 1;
                lot.start = -to_ticks(std::round(cycle * share * 1000) / 1000, kDay);
                lot.due = lot.start + r.due_offset;
                spec_.wip_lots.push_back(lot);
            }
        }
    }

    const ReferenceFabParameters& p_;
    RandomSource random_;
    Spec spec_;
    std::vector<const AreaRow*> row_of_;   // [tool group]
    std::map<std::string, size_t> index_;  // tool group by name, until size_groups() drops unused ones
    std::vector<Load> loads_;              // [tool group]
    int64_t step_number_ = 0;
    uint64_t step_key_ = 0;
    size_t critical_[2][2] = {{0, 0}, {0, 0}};  // last critical exposure by product and end of the line
};

}  // namespace

Spec generate_reference_fab(const ReferenceFabParameters& parameters) { return Generator(parameters).make(); }

}  // namespace chipchain
