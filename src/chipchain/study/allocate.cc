#include "chipchain/study/allocate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace chipchain {

namespace {

constexpr double kHoursPerDay = 24;
constexpr uint32_t kMostToolsOfGroup = 5'000'000;

// Days of cycle time at each group as a function of its tools, kept once computed.
class Station {
 public:
    Station(
        GroupLoad load,
        double visits,
        const GroupCorrection& correction,
        const GroupChoice& choice,
        const AllocationGoal& goal)
        : load_(std::move(load)), visits_(visits), correction_(correction), choice_(choice), goal_(goal) {
        tools_ = load_.tools;
        if (choice_.locked || visits_ <= 0) return;
        tools_ = least_ = fewest();
    }

    [[nodiscard]] uint32_t tools() const { return tools_; }
    void set(uint32_t tools) { tools_ = tools; }
    [[nodiscard]] double days() { return days_with(tools_); }
    [[nodiscard]] double cost() const { return choice_.cost; }
    [[nodiscard]] bool free() const { return !choice_.locked && visits_ > 0; }
    [[nodiscard]] bool may_lose() const { return free() && tools_ > least_; }

    double days_with(uint32_t tools) {
        const auto known = days_.find(tools);
        if (known != days_.end()) return known->second;
        set_tools(load_, tools, goal_.keep_maintenance_shares, correction_.seen);
        const GroupForecast f = forecast(load_, correction_);
        const double days = visits_ <= 0 ? 0 : visits_ * (f.wait_h() + f.stay_h) / kHoursPerDay;
        days_.emplace(tools, days);
        return days;
    }

    GroupLoad load() {
        set_tools(load_, tools_, goal_.keep_maintenance_shares, correction_.seen);
        return load_;
    }

 private:
    bool carries(uint32_t tools) {
        set_tools(load_, tools, goal_.keep_maintenance_shares, correction_.seen);
        return load_.entry_utilisation < std::min(1.0, goal_.max_utilisation);
    }

    uint32_t fewest() {
        uint32_t high = std::max(1U, choice_.least);
        if (carries(high)) return high;
        uint32_t low = high;  // does not carry
        while (high < kMostToolsOfGroup && !carries(high)) {
            low = high;
            high *= 2;
        }
        while (low + 1 < high) {
            const uint32_t middle = low + (high - low) / 2;
            (carries(middle) ? high : low) = middle;
        }
        return high;
    }

    GroupLoad load_;
    double visits_;
    GroupCorrection correction_;
    GroupChoice choice_;
    AllocationGoal goal_;
    uint32_t tools_ = 1;
    uint32_t least_ = 1;
    std::map<uint32_t, double> days_;
};

// The cycle time is the sum of the stations and of what no tool changes.
class Line {
 public:
    Line(std::vector<Station> stations, double target) : stations_(std::move(stations)), target_(target) {
        for (Station& s : stations_) sum_ += s.days();
    }

    [[nodiscard]] double days() const { return sum_; }
    [[nodiscard]] bool holds() const { return sum_ <= target_; }
    std::vector<Station>& stations() { return stations_; }

    void change(Station& s, int by) {
        sum_ -= s.days();
        s.set(static_cast<uint32_t>(static_cast<int64_t>(s.tools()) + by));
        sum_ += s.days();
    }

    // Adds the tool with most days per cost; false when none brings anything.
    bool add_best() {
        Station* best = nullptr;
        double best_gain = 0;
        for (Station& s : stations_) {
            // overloaded with any number of tools: one more changes nothing
            if (!s.free() || !std::isfinite(s.days())) continue;
            const double gain = (s.days() - s.days_with(s.tools() + 1)) / s.cost();
            if (gain <= best_gain) continue;
            best = &s;
            best_gain = gain;
        }
        if (best == nullptr || best_gain < 1e-9) return false;
        change(*best, 1);
        return true;
    }

    bool may_remove(Station& s) { return s.may_lose() && sum_ - s.days() + s.days_with(s.tools() - 1) <= target_; }

    void remove_unneeded() {
        std::vector<size_t> order(stations_.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::stable_sort(order.begin(), order.end(), [this](size_t a, size_t b) {
            return stations_[a].cost() > stations_[b].cost();
        });
        for (const size_t i : order) {
            while (may_remove(stations_[i])) change(stations_[i], -1);
        }
    }

    // One tool less of a group for one or two more of cheaper ones. True when something was exchanged.
    bool exchange_one(Station& dear) {
        if (!dear.may_lose()) return false;
        const double without = sum_ - dear.days() + dear.days_with(dear.tools() - 1);
        Station* best = nullptr;
        int best_count = 0;
        double best_cost = dear.cost();
        for (Station& cheap : stations_) {
            if (&cheap == &dear || !cheap.free()) continue;
            for (int more = 1; more <= 3 && more * cheap.cost() < best_cost - 1e-12; ++more) {
                const double after =
                    without - cheap.days() + cheap.days_with(cheap.tools() + static_cast<uint32_t>(more));
                if (after > target_) continue;
                best = &cheap;
                best_count = more;
                best_cost = more * cheap.cost();
                break;
            }
        }
        if (best == nullptr) return false;
        change(dear, -1);
        change(*best, best_count);
        return true;
    }

    void exchange() {
        constexpr int kMostExchanges = 1000;
        for (int i = 0; i < kMostExchanges; ++i) {
            bool any = false;
            for (Station& s : stations_) any = exchange_one(s) || any;
            if (!any) return;
            remove_unneeded();
        }
    }

 private:
    std::vector<Station> stations_;
    double target_;
    double sum_ = 0;
};

}  // namespace

Allocation allocate(
    LineLoad line,
    const std::vector<GroupChoice>& choices,
    const std::vector<GroupCorrection>& corrections,
    const AllocationGoal& goal) {
    const std::vector<double> visits = mean_visits(line);
    std::vector<Station> stations;
    double fixed_h = 0;  // transport
    double lots = 0;
    for (const LotTypeLoad& type : line.lot_types) {
        fixed_h += type.lots_per_h * type.transport_h;
        lots += type.lots_per_h;
    }
    const double fixed_d = lots > 0 ? fixed_h / lots / kHoursPerDay : 0;
    for (size_t g = 0; g < line.groups.size(); ++g) {
        const GroupCorrection correction = g < corrections.size() ? corrections[g] : GroupCorrection{};
        stations.emplace_back(line.groups[g], visits[g], correction, choices[g], goal);
    }
    Line search(std::move(stations), goal.cycle_time_d - fixed_d);
    while (!search.holds() && search.add_best()) {
    }
    Allocation out;
    out.reached = search.holds();
    if (out.reached) {
        search.remove_unneeded();
        search.exchange();
    }
    out.cycle_time_d = search.days() + fixed_d;
    out.line = std::move(line);
    for (size_t g = 0; g < out.line.groups.size(); ++g) {
        Station& s = search.stations()[g];
        out.tools.push_back(s.tools());
        out.cost += s.cost() * s.tools();
        out.line.groups[g] = s.load();
    }
    return out;
}

CycleTimeFloor cycle_time_floor(
    const LineLoad& line,
    const std::vector<GroupChoice>& choices,
    const std::vector<GroupCorrection>& corrections) {
    CycleTimeFloor out;
    const std::vector<double> visits = mean_visits(line);
    const LineForecast now = forecast(line, corrections);
    double lots = 0;
    double inside = 0;
    for (const LotTypeLoad& type : line.lot_types) {
        lots += type.lots_per_h;
        inside += type.lots_per_h * (type.stay_h + type.transport_h) / kHoursPerDay;
    }
    out.raw_d = now.raw_mean_d;
    out.rework_d = lots > 0 ? std::max(0.0, inside / lots - out.raw_d) : 0;
    for (size_t g = 0; g < line.groups.size(); ++g) {
        const GroupLoad& load = line.groups[g];
        if (visits[g] <= 0 || load.demand.visits_per_h <= 0) continue;
        const double plain = load.demand.stay_tools / load.demand.visits_per_h;
        out.forming_d += visits[g] * now.groups[g].forming_h / kHoursPerDay;
        out.stops_d += visits[g] * plain * (1 / std::max(1e-9, 1 - load.down_share) - 1) / kHoursPerDay;
        if (choices[g].locked) out.locked_d += visits[g] * (now.groups[g].queue_h + load.stay_h - plain) / kHoursPerDay;
    }
    return out;
}

}  // namespace chipchain
