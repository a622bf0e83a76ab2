// Does the event loop allocate? All of the program's allocations are counted; between two calls of the progress
// function, which a run makes once a day, there must be none on a line whose WIP is steady.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/embedded_models.h"

// Sanitizers bring their own allocator: the test counts in other builds only.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHIPCHAIN_OWN_ALLOCATOR 0
#endif
#endif
#ifndef CHIPCHAIN_OWN_ALLOCATOR
#define CHIPCHAIN_OWN_ALLOCATOR 1
#endif

namespace {

thread_local uint64_t allocations = 0;

}  // namespace

#if CHIPCHAIN_OWN_ALLOCATOR
void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

namespace chipchain {
namespace {

struct Counter {
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t calls = 0;
};

bool count(void* context, Time, uint64_t, uint64_t) {
    Counter& counter = *static_cast<Counter*>(context);
    if (counter.calls++ == 0) counter.first = allocations;
    counter.last = allocations;
    return true;
}

TEST(Allocation, the_event_loop_allocates_nothing) {
    if (CHIPCHAIN_OWN_ALLOCATOR == 0) GTEST_SKIP() << "a sanitizer allocates";
    Diagnostics warnings;
    const Model model = *compile(*embedded_model("reference-fab"), warnings);
    Counter counter;
    RunOptions options;
    options.horizon = 20 * kDay;
    options.progress = count;
    options.progress_context = &counter;
    const RunResult result = run(model, options);
    EXPECT_GE(counter.calls, 20U);
    EXPECT_EQ(counter.last - counter.first, 0U);
    EXPECT_EQ(result.state_growths, 0U);
}

}  // namespace
}  // namespace chipchain
