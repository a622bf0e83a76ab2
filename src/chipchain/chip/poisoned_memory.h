// A memory whose cells know whether anything wrote them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "chipchain/chip/footprint.h"

namespace chipchain {

// Cells start at zero bytes that the system gives without touching them, so that a large memory used in part costs that
// part; the value of a cell that nothing wrote is what `poison` last drew for it, see stale().
template <class Cell>
class PoisonedMemory {
 public:
    explicit PoisonedMemory(uint64_t cells = 0)
        : size_(cells), cells_(reserve<Cell>(cells)), valid_(reserve<uint64_t>(cells / 64 + 1)) {}

    [[nodiscard]] Cell* data() { return cells_.get(); }
    [[nodiscard]] uint64_t size() const { return size_; }

    // Cells of the set that nothing wrote; each of them gets a value drawn from `salt`, so that a result that depends
    // on it differs from seed to seed.
    uint64_t count_poisoned(const Runs& runs, uint64_t salt) {
        uint64_t poisoned = 0;
        runs.each([&](int64_t first, int64_t end) {
            each_word(first, end, [&](uint64_t word, uint64_t mask) {
                const uint64_t missing = mask & ~valid_[word];
                if (missing == 0) return;
                poisoned += static_cast<uint64_t>(__builtin_popcountll(missing));
                for (uint64_t left = missing; left != 0; left &= left - 1) {
                    const uint64_t cell = word * 64 + static_cast<uint64_t>(__builtin_ctzll(left));
                    cells_[cell] = static_cast<Cell>((cell + salt) * 0x9e3779b97f4a7c15U >> 24);
                }
            });
        });
        return poisoned;
    }

    void mark(int64_t first, int64_t end) {
        each_word(first, end, [&](uint64_t word, uint64_t mask) { valid_[word] |= mask; });
    }
    void mark(const Runs& runs) {
        runs.each([&](int64_t first, int64_t end) { mark(first, end); });
    }

 private:
    struct Free {
        void operator()(void* p) const { std::free(p); }
    };
    template <class T>
    static std::unique_ptr<T[], Free> reserve(uint64_t count) {
        void* p = std::calloc(count + 1, sizeof(T));
        if (p == nullptr) throw std::bad_alloc();
        return std::unique_ptr<T[], Free>(static_cast<T*>(p));
    }
    template <class Visit>
    static void each_word(int64_t first, int64_t end, const Visit& visit) {
        auto at = static_cast<uint64_t>(first);
        const auto stop = static_cast<uint64_t>(end);
        while (at < stop) {
            const uint64_t bits = std::min<uint64_t>(64 - at % 64, stop - at);
            const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << at % 64;
            visit(at / 64, mask);
            at += bits;
        }
    }

    uint64_t size_;
    std::unique_ptr<Cell[], Free> cells_;
    std::unique_ptr<uint64_t[], Free> valid_;
};

}  // namespace chipchain
