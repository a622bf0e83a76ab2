// Cost of recording one cycle time. Goal: 5 ns for values in the cache.
#include "chipchain/stats/quantile.h"

#include <benchmark/benchmark.h>

#include "chipchain/stats/tally.h"

namespace chipchain {
namespace {

// Returns cycle times between 0 and 97 days in a cheap pseudo-random order.
Time next_value(uint64_t& state) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<Time>(state >> 21);
}

void log_histogram_record(benchmark::State& state) {
    LogHistogram histogram;
    uint64_t random = 1;
    for (auto _ : state) {
        histogram.record(next_value(random));
    }
    benchmark::DoNotOptimize(histogram.count());
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(log_histogram_record);

void tally_add(benchmark::State& state) {
    Tally tally;
    uint64_t random = 1;
    for (auto _ : state) {
        tally.add(static_cast<double>(next_value(random)));
    }
    benchmark::DoNotOptimize(tally);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tally_add);

void time_average_add(benchmark::State& state) {
    TimeAverage average;
    Time now = 0;
    for (auto _ : state) {
        now += 17;
        average.add(now, now & 1 ? 1 : -1);
    }
    benchmark::DoNotOptimize(average);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(time_average_add);

}  // namespace
}  // namespace chipchain
