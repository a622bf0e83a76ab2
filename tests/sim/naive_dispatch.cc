// Rules 3.2 to 3.5, 4, 6 and 10 of docs/semantics.md.
#include <algorithm>

#include <fmt/format.h>

#include "chipchain/stats/special.h"
#include "tests/sim/naive_state.h"

namespace chipchain::testing {

// ---- rank (10) ----

Time Naive::window_end(const NaiveLot& lot) const {
    Time end = kNever;
    for (const auto& [window, opened] : lot.open) {
        if (m_.windows[window].exit == lot.step) end = std::min(end, opened + m_.windows[window].limit);
    }
    return end;
}

bool Naive::is_late(const NaiveLot& lot) const { return window_end(lot) < now_; }

Time Naive::queued_work(uint32_t group) const {
    Time sum = 0;
    for (const uint32_t lot : waiting_[group]) sum += m_.steps[lots_[lot].step].expected_process;
    return sum;
}

double Naive::line_wip(uint32_t step) const {
    return static_cast<double>(std::count_if(lots_.begin(), lots_.end(), [&](const NaiveLot& lot) {
        return !lot.left_line && lot.step == step;
    }));
}

double Naive::mean_process(uint32_t group) const {
    double sum = 0;
    double count = 0;
    for (const Step& step : m_.steps) {
        if (step.tool_group != group) continue;
        sum += static_cast<double>(step.expected_process);
        count += 1;
    }
    return std::max(1.0, sum / count);
}

double Naive::mean_setup() const {
    double sum = 0;
    double count = 0;
    for (const std::vector<Time>* table : {&m_.setup_change, &m_.setup_from_any}) {
        for (const Time time : *table) {
            if (time > 0) sum += static_cast<double>(time);
            if (time > 0) count += 1;
        }
    }
    return count > 0 ? std::max(1.0, sum / count) : 1;
}

double Naive::rank_value(const RankTerm& term, uint32_t id, Time setup) const {
    const NaiveLot& lot = lots_[id];
    const Step& step = m_.steps[lot.step];
    const LotType& type = m_.lot_types[lot.type];
    const auto num = [](auto x) { return static_cast<double>(x); };
    const double R = num(step.remaining);
    const double p = num(step.expected_process);
    const auto atc = [&] {
        const Time slack = std::max<Time>(0, lot.due - now_ - step.remaining);
        const double k_mean = term.parameter[0] * mean_process_[step.tool_group];
        return -(num(type.priority) / std::max(p, 1.0)) * deterministic_exp(-num(slack) / k_mean);
    };
    switch (term.key) {
        case RankKey::priority:
            return lot.level;
        case RankKey::setup:
            return num(setup);
        case RankKey::fifo:
            return num(lot.arrival);
        case RankKey::lifo:
            return -num(lot.arrival);
        case RankKey::cr:
            return num(lot.due - now_) / std::max(R, 1.0);
        case RankKey::edd:
            return num(lot.due);
        case RankKey::odd: {
            const Route& route = m_.routes[step.route];
            const Time all = m_.steps[route.first_step + route.step_count - 1].elapsed;
            return num(lot.release) + num(lot.due - lot.release) * (num(step.elapsed) / std::max(num(all), 1.0));
        }
        case RankKey::mdd:
            return std::max(num(lot.due), num(now_ + step.remaining));
        case RankKey::spt:
            return p;
        case RankKey::lpt:
            return -p;
        case RankKey::srpt:
            return R;
        case RankKey::lrpt:
            return -R;
        case RankKey::slack:
            return num(lot.due - step.remaining);
        case RankKey::slack_step:
            return num(lot.due - now_ - step.remaining) / std::max(num(step.remaining_steps), 1.0);
        case RankKey::atc:
            return atc();
        case RankKey::atcs:
            return atc() * deterministic_exp(-num(setup) / (term.parameter[1] * mean_setup_));
        case RankKey::fsvct:
            return num(lot.release - step.remaining_cycle);
        case RankKey::fsmct:
            return num(Time{lot.number} * type.interval - step.remaining_cycle);
        case RankKey::winq: {
            if (step.last) return 0;
            const uint32_t next = m_.steps[lot.step + 1].tool_group;
            return num(queued_work(next)) / m_.tool_groups[next].tool_count;
        }
        case RankKey::line_balance:
            return (step.last ? 0 : line_wip(lot.step + 1)) - line_wip(lot.step);
        case RankKey::queue_time:
            return window_end(lot) == kNever ? 1e18 : num(window_end(lot));
        case RankKey::random:
            return words(lot, Purpose::lot_fate, lot.visit).word[1];
        case RankKey::serial:
            return lot.serial;
    }
    return 0;
}

std::vector<double> Naive::rank(uint32_t lot, Time setup) const {
    std::vector<double> values;
    const ToolGroup& group = m_.tool_groups[m_.steps[lots_[lot].step].tool_group];
    for (const RankTerm& term : m_.rules[group.rule].terms) {
        const double value = rank_value(term, lot, setup);
        values.push_back(term.reversed ? -value : value);
    }
    return values;
}

bool Naive::goes_before(const std::vector<double>& x, uint32_t lot_x, const std::vector<double>& y, uint32_t lot_y)
    const {
    if (x != y) return x < y;
    return lots_[lot_x].arrival_order < lots_[lot_y].arrival_order;
}

// 4.2
uint32_t Naive::best_of(const std::vector<uint32_t>& bin) const {
    uint32_t best = bin.front();
    std::vector<double> best_rank = rank(best, 0);
    for (const uint32_t lot : bin) {
        std::vector<double> value = rank(lot, 0);
        if (!goes_before(value, lot, best_rank, best)) continue;
        best = lot;
        best_rank = std::move(value);
    }
    return best;
}

// ---- which tool (4.3) ----

// 3.5
bool Naive::is_eligible(uint32_t id, const Step& step) const {
    const NaiveTool& tool = tools_[id];
    if (tool.run_left == 0 || step.setup == 0 || step.setup == tool.setup) return true;
    if (m_.switches.min_run == MinRun::wait) return false;
    for (const uint32_t lot : waiting_[tool.group]) {
        const Step& other = m_.steps[lots_[lot].step];
        const auto bound = lots_[lot].dedication.find(other.dedicated_by_slot);
        if (other.setup == tool.setup && (bound == lots_[lot].dedication.end() || bound->second == id)) return false;
    }
    return true;
}

uint32_t Naive::choose_tool(uint32_t lot, uint32_t visit, const Step& step) const {
    const ToolGroup& group = m_.tool_groups[step.tool_group];
    std::vector<uint32_t> available;
    for (uint32_t t = group.first_tool; t < group.first_tool + group.tool_count; ++t) {
        if (is_available(t)) available.push_back(t);
    }
    // where the cycle of random choice begins
    uint64_t place = 0;
    if (available.size() > 1) {
        place = uint64_t{words(lots_[lot], Purpose::lot_fate, visit).word[2]} * group.tool_count >> 32;
    }
    uint32_t best = kNobody;
    std::vector<uint64_t> best_key;
    for (const uint32_t t : available) {
        if (!is_eligible(t, step)) continue;
        const NaiveTool& tool = tools_[t];
        const bool by_setup = group.wake == WakeRule::least_setup;
        std::vector<uint64_t> key{by_setup ? static_cast<uint64_t>(setup_time(m_, tool.setup, step)) : 0};
        if (m_.switches.tool_choice == ToolChoice::empty_first) key.push_back(tool.inside.empty() ? 0 : 1);
        if (m_.switches.tool_choice == ToolChoice::chained_first) key.push_back(tool.inside.empty() ? 1 : 0);
        if (group.wake == WakeRule::lowest_index) {
            key.push_back(t);
        } else if (m_.switches.tool_choice == ToolChoice::random) {
            key.push_back((t - group.first_tool + group.tool_count - place) % group.tool_count);
        } else {
            key.push_back(tool.available_order);
        }
        if (best == kNobody || key < best_key) {
            best = t;
            best_key = key;
        }
    }
    return best;
}

// ---- which lot (4.4 to 4.6) ----

bool Naive::bin_is_open(const std::vector<uint32_t>& bin, const Step& step) const {
    if (step.gated) {
        const QueueTimeWindow& window = m_.windows[step.opens_window];
        const uint32_t exit = m_.steps[window.exit].tool_group;
        if (queued_work(exit) / m_.tool_groups[exit].tool_count > window.limit) return false;
    }
    if (step.per != ProcessUnit::batch || m_.switches.batch_start == BatchStart::any) return true;
    uint64_t pieces = 0;
    for (const uint32_t lot : bin) pieces += lots_[lot].pieces;
    return pieces >= (m_.switches.batch_start == BatchStart::full ? step.batch_max : step.batch_min);
}

Choice Naive::find_choice(uint32_t group_id) const {
    const ToolGroup& group = m_.tool_groups[group_id];
    std::map<std::array<uint32_t, 3>, std::vector<uint32_t>> bins;
    for (const uint32_t id : waiting_[group_id]) {
        const NaiveLot& lot = lots_[id];
        const Step& step = m_.steps[lot.step];
        const auto bound = lot.dedication.find(step.dedicated_by_slot);
        const bool apart = group.batch_by_product && step.per == ProcessUnit::batch;
        bins[{step.queue_class,
              bound == lot.dedication.end() ? kNobody : bound->second,
              apart ? m_.lot_types[lot.type].product : 0}]
            .push_back(id);
    }
    Choice best;
    for (const auto& [key, bin] : bins) {
        const uint32_t lot = best_of(bin);
        const Step& step = m_.steps[lots_[lot].step];
        if (!bin_is_open(bin, step)) continue;
        uint32_t tool = key[1];
        if (tool == kNobody) {
            tool = choose_tool(lot, lots_[lot].visit, step);
        } else if (!is_available(tool) || !is_eligible(tool, step)) {
            continue;
        }
        if (tool == kNobody) continue;
        Time setup = setup_time(m_, tools_[tool].setup, step);
        const SetupRank seen = group.setup_avoidance ? SetupRank::all : m_.switches.setup_rank;
        if (seen == SetupRank::none || (seen == SetupRank::table_only && step.setup_time >= 0)) setup = 0;
        const std::vector<double> value = rank(lot, setup);
        if (best.lot == kNobody || goes_before(value, lot, best.rank, best.lot)) best = {lot, tool, value, bin};
    }
    return best;
}

// 4.7; lots that stand at the tool they reserved go first (8.1)
void Naive::assign(uint32_t group) {
    while (!with_tool_[group].empty()) {
        const uint32_t lot = with_tool_[group].front();
        with_tool_[group].erase(with_tool_[group].begin());
        const uint32_t tool = lots_[lot].reserved_tool;
        if (tool == kNobody) {
            --result_.arrivals[group];
            wait_in_queue(lot);
        } else if (m_.switches.queue_time_action == QueueTimeAction::scrap && is_late(lots_[lot])) {
            scrap_late(lot);
        } else {
            lose_reservation(tool);
            start_on({lot}, tool);
        }
    }
    for (Choice choice = find_choice(group); choice.lot != kNobody; choice = find_choice(group)) start(choice);
}

// ---- start ----

void Naive::take_from_queue(uint32_t lot) {
    const uint32_t group = m_.steps[lots_[lot].step].tool_group;
    std::erase(waiting_[group], lot);
    // 4.5: gates that look at this queue may open
    for (const Step& step : m_.steps) {
        if (step.gated && m_.steps[m_.windows[step.opens_window].exit].tool_group == group)
            changed_.insert(step.tool_group);
    }
}

void Naive::scrap_late(uint32_t lot) {
    close_windows(lot);
    leave(lot, true);
}

void Naive::start(const Choice& choice) {
    const Step& step = m_.steps[lots_[choice.lot].step];
    const bool scraps = m_.switches.queue_time_action == QueueTimeAction::scrap;
    take_from_queue(choice.lot);
    if (scraps && is_late(lots_[choice.lot])) {
        scrap_late(choice.lot);
        return;
    }
    std::vector<uint32_t> lots{choice.lot};
    if (step.per == ProcessUnit::batch) {
        std::vector<uint32_t> rest = choice.bin;
        std::erase(rest, choice.lot);
        uint64_t pieces = lots_[choice.lot].pieces;
        while (!rest.empty()) {
            const uint32_t next = best_of(rest);
            if (pieces + lots_[next].pieces > step.batch_max) break;
            std::erase(rest, next);
            take_from_queue(next);
            if (scraps && is_late(lots_[next])) {
                scrap_late(next);
                continue;
            }
            pieces += lots_[next].pieces;
            lots.push_back(next);
        }
    }
    start_on(lots, choice.tool);
}

void Naive::close_windows(uint32_t id) {
    NaiveLot& lot = lots_[id];
    for (auto at = lot.open.begin(); at != lot.open.end();) {
        const QueueTimeWindow& window = m_.windows[at->first];
        if (window.exit != lot.step) {
            ++at;
            continue;
        }
        NaiveWindow& book = result_.windows[at->first];
        ++book.closed;
        const Time excess = now_ - at->second - window.limit;
        if (excess > 0) ++book.violated;
        if (excess > 0) book.excess += excess;
        at = lot.open.erase(at);
    }
}

// 3.4, 3.5
Time Naive::change_setup(NaiveTool& tool, const Step& step) {
    if (step.setup == 0) {
        if (m_.switches.blank_setup == BlankSetup::clear) {
            tool.setup = 0;
            tool.run_left = 0;
        }
        return 0;
    }
    const bool change = tool.setup != step.setup;
    const Time time = setup_time(m_, tool.setup, step);
    if (change) ++result_.setups[tool.group];
    if (tool.run_left > 0) --tool.run_left;
    if (change || m_.switches.min_run_arm == MinRunArm::on_start) tool.run_left = m_.min_run[step.setup] - 1;
    tool.setup = step.setup;
    return time;
}

void Naive::start_on(const std::vector<uint32_t>& lots, uint32_t tool_id) {
    NaiveTool& tool = tools_[tool_id];
    const ToolGroup& group = m_.tool_groups[tool.group];
    const Step& step = m_.steps[lots_[lots.front()].step];
    uint64_t pieces = 0;
    for (const uint32_t id : lots) {
        NaiveLot& lot = lots_[id];
        add_trace(lot.region, static_cast<uint64_t>(now_), (uint64_t{tool_id} << 32) + lot.serial, [&] {
            return fmt::format(
                "lot {} starts step {} of route {} at tool {} ({})",
                lot.serial,
                m_.steps[lot.step].number,
                m_.route_names[step.route],
                tool_id,
                m_.tool_group_names[tool.group]);
        });
        fingerprints_[lot.region].add(lot.step, 0);
        lot.start = now_;
        lot.tool = tool_id;
        pieces += lot.pieces;
        close_windows(id);
        if (step.dedication_slot != kNoIndex) lot.dedication[step.dedication_slot] = tool_id;
    }
    Time setup = change_setup(tool, step);
    if (group.cascade && !tool.inside.empty() && m_.switches.cascade_setup == CascadeSetup::hidden) {
        setup -= std::clamp<Time>(now_ - tool.last_begin - 2 * (group.load + group.unload), 0, setup);
    }
    tool.last_begin = now_ + setup;
    tool.setup_until = now_ + setup;
    NaiveLot& first = lots_[lots.front()];
    const Time busy = group.load + first.process + group.unload;
    first.done = now_ + setup + busy;
    if (!tool.inside.empty()) first.done = std::max(first.done, lots_[tool.inside.back().front()].done);
    tool.inside.push_back(lots);
    if (group.cascade) {
        Time entry = busy;
        if (step.cascade) {
            entry = step.lot_interval > 0 ? step.lot_interval : static_cast<Time>(pieces) * step.piece_interval;
            entry = learned(first.step, entry);
            if (m_.switches.cascade_entry == CascadeEntry::serial) entry += group.load;
        }
        tool.entry_busy = true;
        tool.entry_at = now_ + setup + entry;
        tool.entry_event = schedule(tool.entry_at, Kind::entry, tool_id, 0);
    }
    first.done_event = schedule(first.done, Kind::done, lots.front(), 0);
    count_pieces(tool_id, pieces);
    for (const uint32_t lot : lots) reserve_ahead(lot);
}

}  // namespace chipchain::testing
