// A store between stages: units of one product as lots in the order of arrival, first in, first out. A unit is no
// object: it is a position in the store's sequence; only the few bad ones are listed one by one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "chipchain/base/check.h"
#include "chipchain/base/time.h"
#include "chipchain/chain/flow_model.h"
#include "chipchain/stats/wide.h"

namespace chipchain {

struct BadUnit {
    uint64_t position = 0;  // in the store's sequence, or in what was taken
    uint8_t reason = kGood;
};

// total * part / whole, rounded down. REQUIRES 0 <= part <= whole, whole > 0, total >= 0.
inline MicroUsd share_of(MicroUsd total, uint64_t part, uint64_t whole) {
    return static_cast<MicroUsd>(static_cast<Int128>(total) * part / whole);
}

class FlowQueue {
 public:
    // Adds a lot of `count` units; `bad` has positions inside the lot, ascending.
    void push(uint64_t count, MicroUsd cost, Time ready, const std::vector<BadUnit>& bad) {
        lots_.push_back({count, cost, ready});
        for (const BadUnit& b : bad) bad_.push_back({pushed_ + b.position, b.reason});
        pushed_ += count;
        cost_in_ += cost;
        cost_ += cost;
    }

    // Takes the next `count` units, in the order of the sequence. `bad` gets the bad ones with positions from the first
    // taken, `ready` is raised to the latest arrival. Returns their cost. REQUIRES count <= available().
    MicroUsd take(uint64_t count, std::vector<BadUnit>& bad, Time& ready) {
        CHECK(count <= available());
        MicroUsd cost = 0;
        for (uint64_t left = count; left > 0;) {
            Lot& lot = lots_[lot_];
            const uint64_t n = std::min(left, lot.count);
            const MicroUsd part = share_of(lot.cost, n, lot.count);
            ready = std::max(ready, lot.ready);
            cost += part;
            lot.cost -= part;
            lot.count -= n;
            left -= n;
            if (lot.count == 0) ++lot_;
        }
        for (; next_bad_ < bad_.size() && bad_[next_bad_].position < taken_ + count; ++next_bad_)
            bad.push_back({bad_[next_bad_].position - taken_, bad_[next_bad_].reason});
        taken_ += count;
        cost_ -= cost;
        forget();
        return cost;
    }

    [[nodiscard]] uint64_t pushed() const { return pushed_; }
    [[nodiscard]] uint64_t taken() const { return taken_; }
    [[nodiscard]] uint64_t available() const { return pushed_ - taken_; }
    [[nodiscard]] uint64_t available_bad() const { return bad_.size() - next_bad_; }
    [[nodiscard]] MicroUsd cost() const { return cost_; }        // of what is available
    [[nodiscard]] MicroUsd cost_in() const { return cost_in_; }  // of all that was pushed
    // The lots that are there, added one by one: what available() and cost() must be.
    [[nodiscard]] uint64_t counted() const {
        uint64_t sum = 0;
        for (size_t i = lot_; i < lots_.size(); ++i) sum += lots_[i].count;
        return sum;
    }
    [[nodiscard]] MicroUsd counted_cost() const {
        MicroUsd sum = 0;
        for (size_t i = lot_; i < lots_.size(); ++i) sum += lots_[i].cost;
        return sum;
    }

 private:
    struct Lot {
        uint64_t count = 0;  // left
        MicroUsd cost = 0;   // of these
        Time ready = 0;
    };
    static constexpr size_t kMostUsed = 4096;  // entries that are kept although nobody needs them

    void forget() {
        if (lot_ > kMostUsed && 2 * lot_ > lots_.size()) {
            lots_.erase(lots_.begin(), lots_.begin() + static_cast<std::ptrdiff_t>(lot_));
            lot_ = 0;
        }
        if (next_bad_ > kMostUsed && 2 * next_bad_ > bad_.size()) {
            bad_.erase(bad_.begin(), bad_.begin() + static_cast<std::ptrdiff_t>(next_bad_));
            next_bad_ = 0;
        }
    }

    std::vector<Lot> lots_;
    std::vector<BadUnit> bad_;
    size_t lot_ = 0;       // first with units left
    size_t next_bad_ = 0;  // first not taken
    uint64_t pushed_ = 0;
    uint64_t taken_ = 0;
    MicroUsd cost_ = 0;
    MicroUsd cost_in_ = 0;
};

}  // namespace chipchain
