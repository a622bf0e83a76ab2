// Runs the regions of a line side by side and puts their results together.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>

#include "chipchain/sim/engine.h"

namespace chipchain {

namespace {

using engine::Crossing;
using engine::State;

// Threads that simulate one region after another up to a border and then wait for the next one.
class Crew {
 public:
    Crew(const Model& model, const RunOptions& options, std::vector<State>& states)
        : model_(model),
          options_(options),
          states_(states),
          gate_(std::clamp<std::ptrdiff_t>(options.threads, 1, static_cast<std::ptrdiff_t>(states.size()))) {
        const size_t threads = std::clamp<size_t>(options.threads, 1, states.size());
        for (size_t i = 1; i < threads; ++i) threads_.emplace_back([this] { serve(); });
    }
    ~Crew() {
        ended_ = true;
        gate_.arrive_and_wait();
        for (std::thread& thread : threads_) thread.join();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void advance(Time until) {
        until_ = until;
        next_ = 0;
        gate_.arrive_and_wait();
        work();
        gate_.arrive_and_wait();
    }

 private:
    void serve() {
        for (;;) {
            gate_.arrive_and_wait();
            if (ended_) return;
            work();
            gate_.arrive_and_wait();
        }
    }
    void work() {
        for (size_t i = next_++; i < states_.size(); i = next_++) engine::loop(model_, states_[i], options_, until_);
    }

    const Model& model_;
    const RunOptions& options_;
    std::vector<State>& states_;
    std::barrier<> gate_;
    std::atomic<size_t> next_{0};
    Time until_ = 0;
    bool ended_ = false;
    std::vector<std::thread> threads_;
};

// All lots that left a region are taken in by theirs: by region left, then in order of leaving.
void hand_over(const Model& m, std::vector<State>& states) {
    for (State& from : states) {
        for (size_t i = 0; i < from.crossing_count; ++i) {
            engine::accept(m, states[from.crossings[i].region], from.crossings[i]);
        }
        from.crossing_count = 0;
    }
}

// The time loop over borders; returns its wall time.
double run_to(const Model& m, std::vector<State>& states, const RunOptions& options, const Regions& regions, Time end) {
    Series& series = states[0].result.series;
    const auto begin = std::chrono::steady_clock::now();
    Crew crew(m, options, states);
    Time next_sample = 0;
    Time now = 0;
    bool at_sample = false;  // the last border lay behind its instant
    for (bool more = true; more;) {
        // A border at a sample lies behind it, all others before the events of their time. Lots that leave at an
        // instant that the last border lay before may come at exactly now + lookahead: that instant is not behind this
        // border.
        const Time gap = next_sample - now;
        const bool sample = gap < regions.lookahead || (at_sample && gap == regions.lookahead);
        const Time border = sample ? next_sample : now + regions.lookahead;
        crew.advance(std::min(sample ? border : border - 1, end));
        hand_over(m, states);
        more = border <= end;
        now = border;
        at_sample = sample;
        if (!more || !sample) continue;
        uint64_t events = 0;
        uint64_t inside = 0;
        for (State& s : states) {
            s.sample_due = false;
            engine::take_sample(m, s, series);
            events += s.event_count;
            inside += s.inside;
        }
        next_sample += series.interval;
        if (options.progress != nullptr) more = options.progress(options.progress_context, now, events, inside);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return seconds.count();
}

void add(CompletedLots& sum, const CompletedLots& part) {
    if (part.lots == 0) return;
    if (sum.lots == 0) {
        sum = part;
        return;
    }
    sum.lots += part.lots;
    sum.pieces += part.pieces;
    sum.cycle_time_sum += part.cycle_time_sum;
    sum.cycle_time_squares += part.cycle_time_squares;
    sum.on_time += part.on_time;
    sum.tardiness_sum += part.tardiness_sum;
    sum.cycle_time.merge(part.cycle_time);
    sum.tardiness.merge(part.tardiness);
}

void add(LotTypeResult& sum, const LotTypeResult& part) {
    sum.released += part.released;
    sum.released_pieces += part.released_pieces;
    sum.scrapped += part.scrapped;
    sum.inside += part.inside;
    sum.wip_area += part.wip_area;
    add(sum.completed, part.completed);
    add(sum.initial, part.initial);
}

void add(RunResult& sum, const RunResult& part) {
    for (const auto count :
         {&RunResult::events,
          &RunResult::moves,
          &RunResult::initial_lots,
          &RunResult::released,
          &RunResult::shipped,
          &RunResult::scrapped,
          &RunResult::inside,
          &RunResult::pieces_in,
          &RunResult::pieces_shipped,
          &RunResult::pieces_scrapped,
          &RunResult::pieces_inside,
          &RunResult::state_growths}) {
        sum.*count += part.*count;
    }
    sum.wip_area += part.wip_area;
    sum.residence += part.residence;
    sum.open_stay += part.open_stay;
    for (size_t i = 0; i < sum.lot_types.size(); ++i) add(sum.lot_types[i], part.lot_types[i]);
    for (size_t i = 0; i < sum.windows.size(); ++i) {
        sum.windows[i].closed += part.windows[i].closed;
        sum.windows[i].violated += part.windows[i].violated;
        sum.windows[i].excess_sum += part.windows[i].excess_sum;
        sum.windows[i].stay_sum += part.windows[i].stay_sum;
    }
}

template <class Row>
void append(std::vector<Row>& all, const std::vector<Row>& part) {
    all.insert(all.end(), part.begin(), part.end());
}

void add(std::vector<DeliveryRecord>& sum, const std::vector<DeliveryRecord>& part) {
    sum.resize(std::max(sum.size(), part.size()));
    for (size_t i = 0; i < part.size(); ++i) {
        sum[i].lots += part[i].lots;
        sum[i].lateness += part[i].lateness;
        sum[i].groups.resize(std::max(sum[i].groups.size(), part[i].groups.size()));
        for (size_t g = 0; g < part[i].groups.size(); ++g) {
            sum[i].groups[g].queue += part[i].groups[g].queue;
            sum[i].groups[g].stay += part[i].groups[g].stay;
        }
    }
}

// The records of the regions in order of the ends of what they record, as that of one region is.
void add(Recorder& all, const std::vector<Recorder>& parts) {
    for (const Recorder& part : parts) {
        append(all.tool_intervals, part.tool_intervals);
        append(all.lot_intervals, part.lot_intervals);
        append(all.shipped_lots, part.shipped_lots);
        add(all.late, part.late);
        add(all.on_time, part.on_time);
    }
    const auto ends_before = [](const auto& x, const auto& y) { return x.end < y.end; };
    std::stable_sort(all.tool_intervals.begin(), all.tool_intervals.end(), ends_before);
    std::stable_sort(all.lot_intervals.begin(), all.lot_intervals.end(), ends_before);
    std::stable_sort(all.shipped_lots.begin(), all.shipped_lots.end(), [](const ShippedLot& x, const ShippedLot& y) {
        return x.out < y.out;
    });
}

}  // namespace

RunResult run_regions(const Model& m, const RunOptions& options, const Regions& regions) {
    const Time horizon = options.horizon >= 0 ? options.horizon : m.horizon;
    engine::Line line;
    engine::build_line(m, line, options, regions);
    std::vector<Recorder> recorders(options.recorder != nullptr ? regions.count : 0, Recorder());
    std::vector<State> states(regions.count);
    for (uint32_t i = 0; i < regions.count; ++i) {
        static_cast<engine::Line&>(states[i]) = line;
        states[i].region = i;
        RunOptions own = options;
        if (options.recorder != nullptr) {
            recorders[i] = *options.recorder;
            own.recorder = &recorders[i];
        }
        engine::start(m, states[i], own, horizon);
    }
    engine::reserve_series(m, horizon, states[0].result.series);
    const double seconds = run_to(m, states, options, regions, horizon);
    Fingerprint fingerprint;
    RunResult result;
    for (State& s : states) {
        RunResult part = engine::finish(m, s);
        fingerprint.add(part.fingerprint, s.region);
        if (s.region == 0) {
            result = std::move(part);
        } else {
            add(result, part);
        }
    }
    engine::fill_tables(m, line, result);
    result.fingerprint = fingerprint.value();
    result.seconds = seconds;
    if (options.recorder != nullptr) add(*options.recorder, recorders);
    return result;
}

}  // namespace chipchain
