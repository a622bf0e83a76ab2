// Does the event queue return every event once, in the total order (time, priority, sequence)?
#include "chipchain/sim/event_queue.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <tuple>
#include <vector>

#include "chipchain/base/random.h"

namespace chipchain {
namespace {

using Key = std::tuple<Time, int, uint32_t>;  // time, kind, number of the push

struct Reference {
    std::vector<Key> pending;
    Key pop() {
        const auto first = std::min_element(pending.begin(), pending.end());
        const Key key = *first;
        pending.erase(first);
        return key;
    }
};

// Delays chosen so that ties, late comers to the bucket, buckets, spans and the heap all happen.
Time random_delay(const RandomWords& words) {
    constexpr Time kScales[] = {0, 1, 50, 5'000, 400'000, 90'000'000};
    const Time scale = kScales[words.word[0] % 6];
    return scale == 0 ? 0 : static_cast<Time>(words.word[1] % static_cast<uint32_t>(scale));
}

TEST(EventQueue, KeepsTheTotalOrderAgainstASortedList) {
    const RandomSource random{7, 0};
    for (const Time gap : {Time{1}, Time{100}, Time{100'000}}) {
        EventQueue queue;
        queue.init(gap, 4);
        Reference reference;
        Time now = 0;
        uint32_t pushes = 0;
        for (uint32_t i = 0; i < 20'000; ++i) {
            const RandomWords words = random.draw(Purpose::test, 1, i);
            if (words.word[2] % 100 < 52 || reference.pending.empty()) {
                const auto kind = static_cast<EventKind>(words.word[3] % 8);
                const Time time = now + random_delay(words);
                queue.push(time, kind, pushes, ~pushes);
                reference.pending.push_back({time, static_cast<int>(kind), pushes});
                ++pushes;
                continue;
            }
            const Key expected = reference.pop();
            ASSERT_EQ(queue.next_time(), std::get<0>(expected));
            const Event event = queue.pop();
            ASSERT_EQ(event.time, std::get<0>(expected));
            ASSERT_EQ(static_cast<int>(event.kind()), std::get<1>(expected));
            ASSERT_EQ(event.a, std::get<2>(expected));
            ASSERT_EQ(event.b, ~std::get<2>(expected));
            now = event.time;
        }
    }
}

TEST(EventQueue, IsEmptyWhenEverythingWasTaken) {
    EventQueue queue;
    queue.init(kSecond, 2);
    EXPECT_EQ(queue.next_time(), kNever);
    queue.push(5 * kDay, EventKind::sample, 1, 2);
    queue.push(3, EventKind::done, 3, 4);
    EXPECT_EQ(queue.next_time(), 3);
    EXPECT_EQ(queue.pop().a, 3U);
    EXPECT_EQ(queue.next_time(), 5 * kDay);
    EXPECT_EQ(queue.pop().a, 1U);
    EXPECT_EQ(queue.next_time(), kNever);
}

TEST(EventQueue, DoesNotGrowWithinItsCapacity) {
    EventQueue queue;
    queue.init(kSecond, 100);
    for (int round = 0; round < 50; ++round) {
        for (uint32_t i = 0; i < 100; ++i) queue.push(round * kMinute + i, EventKind::arrival, i, 0);
        for (uint32_t i = 0; i < 100; ++i) {
            ASSERT_EQ(queue.next_time(), round * kMinute + i);
            ASSERT_EQ(queue.pop().a, i);
        }
    }
    EXPECT_EQ(queue.growths(), 0U);
}

}  // namespace
}  // namespace chipchain
