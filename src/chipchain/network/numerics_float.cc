// Sums of products of low-precision floats. fp8 E4M3: every value is a multiple of 2^-9 below 2^9, so a product is a
// multiple of 2^-18 below 2^18 and 2^27 of them fit a 64-bit integer. bf16: a product is a multiple of 2^-266 below
// 2^256, so a chunk is summed in an integer of 640 bits.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "chipchain/base/check.h"
#include "chipchain/network/binary32.h"
#include "chipchain/network/numerics.h"

namespace chipchain {
namespace {

// value of an E4M3 number in units of 2^-9; not NaN
int64_t fp8_units(uint8_t bits) {
    const int field = bits >> 3 & 15;
    const int64_t fraction = bits & 7;
    const int64_t size = field == 0 ? fraction : (8 + fraction) << (field - 1);
    return (bits & 0x80) != 0 ? -size : size;
}

bool fp8_is_nan(uint8_t bits) { return (bits & 0x7f) == 0x7f; }

// An integer of 640 bits in two's complement, in units of 2^-266, least significant word first.
class ExactSum {
 public:
    // adds (-1)^negative * magnitude * 2^place; 0 <= place <= 506
    void add(bool negative, uint32_t magnitude, int place) {
        const auto word = static_cast<size_t>(place / 64);
        const Uint128 shifted = static_cast<Uint128>(magnitude) << (place % 64);
        std::array<uint64_t, kWords> term{};
        term[word] = static_cast<uint64_t>(shifted);
        term[word + 1] = static_cast<uint64_t>(shifted >> 64);
        // a - b = a + ~b + 1
        uint64_t carry = negative ? 1 : 0;
        for (size_t i = 0; i < kWords; ++i) {
            const Uint128 sum = static_cast<Uint128>(words_[i]) + (negative ? ~term[i] : term[i]) + carry;
            words_[i] = static_cast<uint64_t>(sum);
            carry = static_cast<uint64_t>(sum >> 64);
        }
    }

    // the nearest binary32; an exact zero is +0
    [[nodiscard]] uint32_t rounded() const {
        std::array<uint64_t, kWords> size = words_;
        const bool negative = words_[kWords - 1] >> 63 != 0;
        if (negative) {
            uint64_t carry = 1;
            for (uint64_t& word : size) {
                word = ~word + carry;
                carry = carry != 0 && word == 0 ? 1 : 0;
            }
        }
        size_t top = kWords - 1;
        while (top > 0 && size[top] == 0) --top;
        if (top == 0) return soft_pack(negative, size[0], -266);
        // two words hold at least 65 bits; what lies below them only breaks ties, as one last bit
        bool rest = false;
        for (size_t i = 0; i + 1 < top; ++i) rest = rest || size[i] != 0;
        const Uint128 high = static_cast<Uint128>(size[top]) << 64 | size[top - 1] | (rest ? 1 : 0);
        return soft_pack(negative, high, static_cast<int>(top - 1) * 64 - 266);
    }

 private:
    static constexpr size_t kWords = 10;
    std::array<uint64_t, kWords> words_{};
};

// the exact sum of a chunk's products, rounded once
uint32_t chunk_sum(std::span<const uint16_t> a, std::span<const uint16_t> b) {
    ExactSum sum;
    bool nan = false;
    bool infinite[2] = {false, false};  // by sign
    for (size_t i = 0; i < a.size(); ++i) {
        const uint32_t x = uint32_t{a[i]} << 16;
        const uint32_t y = uint32_t{b[i]} << 16;
        if (soft_is_nan(x) || soft_is_nan(y) || soft_is_infinite(x) || soft_is_infinite(y)) {
            const uint32_t product = soft_multiply(x, y);
            if (soft_is_nan(product))
                nan = true;
            else
                infinite[product >> 31] = true;
            continue;
        }
        // the low 16 bits of both mantissas are zero
        const Binary32Parts p = soft_parts(x);
        const Binary32Parts q = soft_parts(y);
        sum.add(p.negative != q.negative, (p.mantissa >> 16) * (q.mantissa >> 16), p.exponent + q.exponent + 32 + 266);
    }
    if (nan || (infinite[0] && infinite[1])) return kQuietNan;
    if (infinite[0] || infinite[1]) return infinite[1] ? 0xff800000U : 0x7f800000U;
    return sum.rounded();
}

}  // namespace

Fp8Sum sum_fp8_e4m3(std::span<const uint8_t> a, std::span<const uint8_t> b) {
    CHECK(a.size() == b.size() && a.size() <= kFp8Terms);
    Fp8Sum sum;
    for (size_t i = 0; i < a.size(); ++i) {
        if (fp8_is_nan(a[i]) || fp8_is_nan(b[i]))
            sum.nan = true;
        else
            sum.units += fp8_units(a[i]) * fp8_units(b[i]);
    }
    if (sum.nan) sum.units = 0;
    return sum;
}

float rounded(const Fp8Sum& sum) {
    if (sum.nan) return std::bit_cast<float>(kQuietNan);
    const auto bits = static_cast<uint64_t>(sum.units);
    return std::bit_cast<float>(soft_pack(sum.units < 0, sum.units < 0 ? ~bits + 1 : bits, -18));
}

float dot_fp8_e4m3(std::span<const uint8_t> a, std::span<const uint8_t> b) { return rounded(sum_fp8_e4m3(a, b)); }

float dot_bf16(std::span<const uint16_t> a, std::span<const uint16_t> b, float start) {
    CHECK(a.size() == b.size());
    float sum = start;
    for (size_t at = 0; at < a.size(); at += kFloatChunk) {
        const size_t length = std::min(kFloatChunk, a.size() - at);
        sum = sum + std::bit_cast<float>(chunk_sum(a.subspan(at, length), b.subspan(at, length)));
    }
    return sum != sum ? std::bit_cast<float>(kQuietNan) : sum;
}

}  // namespace chipchain
