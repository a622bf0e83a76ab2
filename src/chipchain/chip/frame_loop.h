// Camera frames at fixed rates on one chip that several networks share, one frame at a time (batch 1). A chip runs one
// layer after the other; between two layers it takes the waiting frame of highest priority, so that a frame never waits
// for more than one layer of a lower priority.
//
// Rules: frames of a stream arrive at offset + k / rate (plus jitter), and are carried out in order of arrival; ties
// between streams go to the higher priority, then to the first stream. A stream with newest_only drops a waiting frame
// that has not begun when the next one arrives. Times are integer nanoseconds, so that results are the same everywhere.
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
    double deadline_s = 0;  // from the nominal arrival to the end; 0: 1 / rate
    int32_t priority = 0;   // higher goes first
    bool newest_only = false;
};

// The seconds of each layer of a network, for FrameStream::layer_seconds; nodes that take no time are left out.
[[nodiscard]] std::vector<double> layer_seconds(const NetworkTiming& timing, const ChipShape& shape);

struct FrameOptions {
    double seconds = 10;
    uint64_t seed = 1;  // of the jitter
};

struct StreamReport {
    std::string name;
    int64_t frames = 0;  // that arrived
    int64_t done = 0;
    int64_t dropped = 0;
    int64_t missed = 0;  // done after their deadline, or dropped
    int64_t unfinished = 0;
    double alone_s = 0;  // latency on an idle chip
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

// REQUIRES positive rates and at least one layer per stream.
[[nodiscard]] FrameReport run_frames(const std::vector<FrameStream>& streams, const FrameOptions& options = {});

}  // namespace chipchain
