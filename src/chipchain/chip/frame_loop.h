// Camera frames at fixed rates on one chip that several networks share, one frame at a time (batch 1). A chip runs one
// layer after the other; between two layers it takes the waiting frame of highest priority, so that a frame never waits
// for more than one layer of a lower priority.
//
// Rules: frames of a stream are due at offset + k / rate and arrive then (plus jitter), and are carried out in order of
// arrival; ties between streams go to the higher priority, then to the first stream. A stream with newest_only drops a
// waiting frame that has not begun when the next one arrives. Latency and deadline count from when a frame was due, so
// that its late arrival counts. Times are integer nanoseconds, so that results are the same everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chip/timing.h"

namespace chipchain {

struct FrameStream {
    std::string name;
    std::vector<double> layer_seconds;  // of one frame on the whole chip
    double frames_per_second = 0;
    double offset_s = 0;
    double jitter_s = 0;    // arrivals are late by up to this, uniform
    double deadline_s = 0;  // greatest good latency; 0: 1 / rate, the period of the stream
    int32_t priority = 0;   // higher goes first
    bool newest_only = false;
};

// The seconds of each layer of a network, for FrameStream::layer_seconds; nodes that take no time are left out.
[[nodiscard]] std::vector<double> layer_seconds(const NetworkTiming& timing, const ChipShape& shape);

struct FrameOptions {
    double seconds = 10;
    uint64_t seed = 1;  // of the jitter
};

// frames = done + dropped + waiting; missed = late + dropped + overdue.
struct StreamReport {
    std::string name;
    double deadline_s = 0;  // that was used
    int64_t frames = 0;     // that arrived
    int64_t done = 0;
    int64_t late = 0;  // of done: after their deadline
    int64_t dropped = 0;
    int64_t waiting = 0;  // begun or not, at the end of the run
    int64_t overdue = 0;  // of waiting: past their deadline
    int64_t missed = 0;
    double alone_s = 0;  // latency on an idle chip
    // Latencies; without a value: NaN. mean and worst: of the frames that were done. Quantiles: of all frames but those
    // that wait within their deadline; a frame that was dropped or is overdue is later than any other, and a quantile
    // among such frames has no value.
    double mean_s = 0;
    double p50_s = 0;
    double p99_s = 0;
    double worst_s = 0;
};

struct FrameReport {
    std::vector<StreamReport> streams;  // in the order given
    double offered_percent = 0;         // work that arrives / time: above 100 queues grow without bound
    double busy_percent = 0;            // of the time simulated
};

// Bounds of what run_frames() takes: a period of a thousand seconds, and so many frames in all.
inline constexpr double kLeastFrameRate = 1e-3;
inline constexpr double kMostFrameRate = 1e6;
inline constexpr double kMostFrames = 5e6;

// REQUIRES rates within these bounds, rates * seconds of all streams at most kMostFrames, times of at most 1e6 seconds
// that are not negative, and at least one layer per stream.
[[nodiscard]] FrameReport run_frames(const std::vector<FrameStream>& streams, const FrameOptions& options = {});

}  // namespace chipchain
