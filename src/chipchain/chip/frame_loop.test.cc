#include "chipchain/chip/frame_loop.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace chipchain {
namespace {

FrameStream stream(std::string name, std::vector<double> layers, double rate, int32_t priority = 0) {
    FrameStream s;
    s.name = std::move(name);
    s.layer_seconds = std::move(layers);
    s.frames_per_second = rate;
    s.priority = priority;
    return s;
}

// does one stream on an idle chip take exactly its layers, every time?
TEST(FrameLoop, alone) {
    const FrameReport r = run_frames({stream("front", {0.004, 0.006}, 20)});
    ASSERT_EQ(r.streams.size(), 1U);
    const StreamReport& s = r.streams[0];
    EXPECT_EQ(s.frames, 200);
    EXPECT_EQ(s.done, 200);
    EXPECT_EQ(s.missed, 0);
    EXPECT_NEAR(s.worst_s, 0.010, 1e-12);
    EXPECT_NEAR(s.p50_s, 0.010, 1e-12);
    EXPECT_NEAR(r.busy_percent, 20, 1e-9);
    EXPECT_NEAR(r.offered_percent, 20, 1e-9);
}

// does a frame of high priority wait for at most one layer of another network, and does the other pay for it?
TEST(FrameLoop, priorities) {
    FrameStream brake = stream("brake", {0.001, 0.001}, 50, 5);
    brake.offset_s = 0.003;
    const std::vector<double> layers(20, 0.004);  // 80 ms
    const FrameReport r = run_frames({stream("map", layers, 5), brake});
    EXPECT_LE(r.streams[1].worst_s, 0.002 + 0.004 + 1e-9);
    EXPECT_GE(r.streams[0].worst_s, 0.080 + 4 * 0.002 - 1e-9);
    // without priority the quick one waits for whole frames
    brake.priority = 0;
    const FrameReport equal = run_frames({stream("map", layers, 5), brake});
    EXPECT_GT(equal.streams[1].worst_s, 0.070);
}

// is a chip that is offered more than it can do told so, with latencies that grow and deadlines missed?
TEST(FrameLoop, overload) {
    const FrameReport r = run_frames({stream("a", {0.06}, 20)});
    EXPECT_NEAR(r.offered_percent, 120, 1e-9);
    EXPECT_NEAR(r.busy_percent, 100, 0.1);
    EXPECT_GT(r.streams[0].worst_s, 1.5);
    // by hand: frame k is due at 0.05 k and ends at 0.06 (k + 1), late by 0.01 (k + 1): 167 are done by 10.02 s, all of
    // them late, and 33 wait, the last due at 9.95 s
    EXPECT_EQ(r.streams[0].frames, 200);
    EXPECT_EQ(r.streams[0].done, 167);
    EXPECT_EQ(r.streams[0].late, 167);
    EXPECT_EQ(r.streams[0].waiting, 33);
    EXPECT_EQ(r.streams[0].overdue, 33);
    EXPECT_EQ(r.streams[0].missed, 200);
    // half of the frames keep 0.06 + 0.01 * 99.5 s; 99 of 100 do not run at all
    EXPECT_NEAR(r.streams[0].p50_s, 0.06 + 0.01 * 99.5, 1e-9);
    EXPECT_TRUE(std::isnan(r.streams[0].p99_s));
    // the newest only: frames are dropped and the rest is fresh
    FrameStream newest = stream("a", {0.06}, 20);
    newest.newest_only = true;
    const FrameReport fresh = run_frames({newest});
    EXPECT_LT(fresh.streams[0].worst_s, 0.11);
    EXPECT_GT(fresh.streams[0].dropped, 25);
    EXPECT_EQ(fresh.streams[0].frames, fresh.streams[0].done + fresh.streams[0].dropped + fresh.streams[0].waiting);
}

// does a stream that never runs miss its deadlines, and one without frames have no latency?
TEST(FrameLoop, starved_streams_miss) {
    FrameStream starved = stream("map", {0.001}, 10, 0);
    FrameStream none = stream("none", {0.001}, 10, 0);
    none.offset_s = 100;
    // takes the chip for itself: every layer ends when the next frame is there
    const FrameReport r = run_frames({starved, stream("hog", {0.01}, 100, 9), none}, {1, 1});
    const StreamReport& s = r.streams[0];
    EXPECT_EQ(s.done, 0);
    EXPECT_EQ(s.frames, 10);
    EXPECT_EQ(s.overdue, 9);  // due at 0.0 to 0.9; the last has its deadline at the end
    EXPECT_EQ(s.missed, 9);
    EXPECT_EQ(s.waiting, 10);
    EXPECT_TRUE(std::isnan(s.p50_s));
    EXPECT_TRUE(std::isnan(s.mean_s));
    EXPECT_EQ(r.streams[2].frames, 0);
    EXPECT_EQ(r.streams[2].missed, 0);
    EXPECT_TRUE(std::isnan(r.streams[2].p99_s));
    EXPECT_TRUE(std::isnan(r.streams[2].worst_s));
    // a deadline of its own: 10 ms frames with 8 ms are all late
    FrameStream strict = stream("strict", {0.010}, 10);
    strict.deadline_s = 0.008;
    const FrameReport late = run_frames({strict}, {1, 1});
    EXPECT_EQ(late.streams[0].deadline_s, 0.008);
    EXPECT_EQ(late.streams[0].late, 10);
    EXPECT_EQ(late.streams[0].missed, 10);
}

// D/D/1 with two streams of one rate: the second waits for the first exactly when they arrive together
TEST(FrameLoop, two_streams_closed_form) {
    const FrameReport r = run_frames({stream("a", {0.010}, 10), stream("b", {0.015}, 10)});
    EXPECT_NEAR(r.streams[0].worst_s, 0.010, 1e-12);
    EXPECT_NEAR(r.streams[1].p50_s, 0.025, 1e-12);
    EXPECT_NEAR(r.streams[1].mean_s, 0.025, 1e-12);
}

// jitter: is the same seed the same run, and is lateness bounded by it on an idle chip?
TEST(FrameLoop, jitter) {
    FrameStream s = stream("a", {0.001}, 30);
    s.jitter_s = 0.005;
    const FrameReport a = run_frames({s});
    const FrameReport b = run_frames({s});
    EXPECT_EQ(a.streams[0].p99_s, b.streams[0].p99_s);
    EXPECT_GT(a.streams[0].worst_s, 0.005);
    EXPECT_LE(a.streams[0].worst_s, 0.006 + 1e-9);
    EXPECT_LT(a.streams[0].p50_s, a.streams[0].p99_s);
}

// do the layers of a timed network become a stream?
TEST(FrameLoop, layers_of_a_timing) {
    NetworkTiming t;
    t.nodes.resize(3);
    t.nodes[0].cycles = 1000;
    t.nodes[2].cycles = 500;
    ChipShape shape;
    shape.clock_ghz = 2;
    const std::vector<double> layers = layer_seconds(t, shape);
    ASSERT_EQ(layers.size(), 2U);
    EXPECT_NEAR(layers[0], 0.5e-6, 1e-15);
}

}  // namespace
}  // namespace chipchain
