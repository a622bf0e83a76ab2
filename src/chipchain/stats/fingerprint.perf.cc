// Cost of hashing one event. Goal: 3 ns.
#include "chipchain/stats/fingerprint.h"

#include <benchmark/benchmark.h>

namespace chipchain {
namespace {

void fingerprint_add(benchmark::State& state) {
    Fingerprint fingerprint;
    uint64_t event = 0;
    for (auto _ : state) {
        fingerprint.add(event, 3 * event);
        ++event;
    }
    uint64_t value = fingerprint.value();
    benchmark::DoNotOptimize(value);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(fingerprint_add);

}  // namespace
}  // namespace chipchain
