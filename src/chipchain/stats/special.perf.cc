// Cost of the functions behind every random variate. Goal: no slower than libm (about 10 ns on the reference machine).
#include "chipchain/stats/special.h"

#include <benchmark/benchmark.h>

#include "chipchain/stats/test_random.h"

namespace chipchain {
namespace {

template <typename Function>
void run(benchmark::State& state, Function function) {
    TestRandom random;
    double sum = 0;
    for (auto _ : state) {
        sum += function(random.uniform());
    }
    benchmark::DoNotOptimize(sum);
    state.SetItemsProcessed(state.iterations());
}

void log_of_uniform(benchmark::State& state) {
    run(state, [](double u) { return deterministic_log(u); });
}
BENCHMARK(log_of_uniform);

void exp_of_uniform(benchmark::State& state) {
    run(state, [](double u) { return deterministic_exp(10 * u - 5); });
}
BENCHMARK(exp_of_uniform);

void normal_quantile_of_uniform(benchmark::State& state) {
    run(state, [](double u) { return normal_quantile(u); });
}
BENCHMARK(normal_quantile_of_uniform);

}  // namespace
}  // namespace chipchain
