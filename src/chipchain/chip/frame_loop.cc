#include "chipchain/chip/frame_loop.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "chipchain/base/check.h"
#include "chipchain/base/random.h"
#include "chipchain/stats/quantile.h"

namespace chipchain {

namespace {

using Nanos = int64_t;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Nanos to_nanos(double seconds) { return static_cast<Nanos>(std::floor(seconds * 1e9 + 0.5)); }

struct Frame {
    Nanos nominal = 0;  // arrival without jitter
    Nanos arrival = 0;
    size_t next_layer = 0;
};

struct StreamState {
    std::vector<Nanos> layers;
    Nanos deadline = 0;
    int64_t arrived = 0;
    Frame coming;
    std::deque<Frame> waiting;  // the first may have begun
    std::vector<double> latencies;
};

class Loop {
 public:
    Loop(const std::vector<FrameStream>& streams, const FrameOptions& options)
        : streams_(streams), source_{options.seed, 0}, end_(to_nanos(options.seconds)) {
        states_.resize(streams.size());
        report_.streams.resize(streams.size());
        for (uint32_t s = 0; s < streams.size(); ++s) start(s);
    }

    FrameReport run() {
        while (now_ < end_) {
            admit();
            const size_t s = choose();
            if (s == streams_.size()) {
                now_ = std::max(now_, next_arrival());
                continue;
            }
            step(s);
        }
        admit();
        for (size_t s = 0; s < streams_.size(); ++s) sum_up(s);
        report_.busy_percent = 100.0 * static_cast<double>(std::min(busy_, end_)) / static_cast<double>(end_);
        return std::move(report_);
    }

 private:
    void start(uint32_t s) {
        const FrameStream& stream = streams_[s];
        CHECK(stream.frames_per_second >= kLeastFrameRate && stream.frames_per_second <= kMostFrameRate);
        CHECK(!stream.layer_seconds.empty());
        for (const double time : {stream.offset_s, stream.jitter_s, stream.deadline_s}) CHECK(time >= 0 && time <= 1e6);
        StreamState& state = states_[s];
        Nanos alone = 0;
        for (const double seconds : stream.layer_seconds) {
            state.layers.push_back(std::max<Nanos>(1, to_nanos(seconds)));
            alone += state.layers.back();
        }
        state.deadline = to_nanos(stream.deadline_s > 0 ? stream.deadline_s : 1 / stream.frames_per_second);
        report_.streams[s].name = stream.name;
        report_.streams[s].deadline_s = static_cast<double>(state.deadline) * 1e-9;
        report_.streams[s].alone_s = static_cast<double>(alone) * 1e-9;
        report_.offered_percent += 100 * static_cast<double>(alone) * 1e-9 * stream.frames_per_second;
        draw_next(s);
    }

    void draw_next(uint32_t s) {
        const FrameStream& stream = streams_[s];
        StreamState& state = states_[s];
        const double nominal = stream.offset_s + static_cast<double>(state.arrived) / stream.frames_per_second;
        state.coming = {to_nanos(nominal), to_nanos(nominal), 0};
        if (!(stream.jitter_s > 0)) return;
        const RandomWords w = source_.draw(Purpose::chip_frame, s, static_cast<uint64_t>(state.arrived));
        state.coming.arrival += to_nanos(stream.jitter_s * unit_open(wide(w.word[0], w.word[1])));
    }

    // Takes in the frames that have arrived by now.
    void admit() {
        for (uint32_t s = 0; s < states_.size(); ++s) {
            StreamState& state = states_[s];
            while (state.coming.arrival <= now_ && state.coming.nominal < end_) {
                if (streams_[s].newest_only) drop_waiting(s);
                state.waiting.push_back(state.coming);
                ++state.arrived;
                draw_next(s);
            }
        }
    }

    void drop_waiting(size_t s) {
        std::deque<Frame>& waiting = states_[s].waiting;
        while (!waiting.empty() && waiting.back().next_layer == 0) {
            waiting.pop_back();
            ++report_.streams[s].dropped;
        }
    }

    // The stream whose frame has the highest priority; of equal ones the frame that arrived first.
    size_t choose() const {
        size_t best = streams_.size();
        for (size_t s = 0; s < states_.size(); ++s) {
            if (states_[s].waiting.empty()) continue;
            if (best == streams_.size() || goes_before(s, best)) best = s;
        }
        return best;
    }

    bool goes_before(size_t a, size_t b) const {
        if (streams_[a].priority != streams_[b].priority) return streams_[a].priority > streams_[b].priority;
        return states_[a].waiting.front().arrival < states_[b].waiting.front().arrival;
    }

    Nanos next_arrival() const {
        Nanos next = end_;
        for (const StreamState& state : states_) next = std::min(next, state.coming.arrival);
        return next;
    }

    // One layer of the first frame of a stream.
    void step(size_t s) {
        StreamState& state = states_[s];
        Frame& frame = state.waiting.front();
        now_ += state.layers[frame.next_layer];
        busy_ += state.layers[frame.next_layer];
        if (++frame.next_layer < state.layers.size()) return;
        const Nanos latency = now_ - frame.nominal;
        state.latencies.push_back(static_cast<double>(latency) * 1e-9);
        if (latency > state.deadline) ++report_.streams[s].late;
        state.waiting.pop_front();
    }

    void sum_up(size_t s) {
        StreamState& state = states_[s];
        StreamReport& out = report_.streams[s];
        out.frames = state.arrived;
        out.done = static_cast<int64_t>(state.latencies.size());
        out.waiting = static_cast<int64_t>(state.waiting.size());
        for (const Frame& frame : state.waiting) out.overdue += now_ - frame.nominal > state.deadline ? 1 : 0;
        out.missed = out.late + out.dropped + out.overdue;
        const std::vector<double> sorted = sorted_sample(std::move(state.latencies));
        const auto never = static_cast<size_t>(out.dropped + out.overdue);
        out.p50_s = quantile_with(sorted, never, 0.5);
        out.p99_s = quantile_with(sorted, never, 0.99);
        out.worst_s = sorted.empty() ? kNone : sorted.back();
        out.mean_s = sorted.empty() ? kNone : 0;
        for (const double latency : sorted) out.mean_s += latency / static_cast<double>(out.done);
    }

    // The quantile of these latencies and of `never` frames that are later than all of them.
    static double quantile_with(const std::vector<double>& sorted, size_t never, double share) {
        const size_t all = sorted.size() + never;
        if (all == 0) return kNone;
        if (never == 0) return quantile_of_sorted(sorted, share);
        // between two order statistics, as quantile_of_sorted does it: both must be latencies
        const auto above = static_cast<size_t>(std::ceil(share * static_cast<double>(all - 1)));
        if (above >= sorted.size()) return kNone;
        std::vector<double> padded = sorted;
        padded.resize(all, sorted.back());
        return quantile_of_sorted(padded, share);
    }

    const std::vector<FrameStream>& streams_;
    RandomSource source_;
    Nanos end_ = 0;
    Nanos now_ = 0;
    Nanos busy_ = 0;
    std::vector<StreamState> states_;
    FrameReport report_;
};

}  // namespace

std::vector<double> layer_seconds(const NetworkTiming& timing, const ChipShape& shape) {
    std::vector<double> out;
    for (const NodeTiming& node : timing.nodes) {
        if (node.cycles > 0) out.push_back(node.cycles / (shape.clock_ghz * 1e9));
    }
    return out;
}

FrameReport run_frames(const std::vector<FrameStream>& streams, const FrameOptions& options) {
    CHECK(options.seconds > 0 && options.seconds <= 1e6);
    double frames = 0;
    for (const FrameStream& stream : streams) frames += stream.frames_per_second * options.seconds;
    CHECK(frames <= kMostFrames);
    return Loop(streams, options).run();
}

}  // namespace chipchain
