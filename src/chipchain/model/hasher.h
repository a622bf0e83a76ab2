// Adds numbers and texts to a hash one after the other; lengths are added too, so that no two models have the same
// stream. For the hashes of models.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "chipchain/stats/fingerprint.h"

namespace chipchain {

struct Hasher {
    Fingerprint print;

    template <class... T>
    void add(T... values) {
        (print.add(number(values), 0), ...);
    }
    void text(const std::string& s) {
        print.add(s.size(), 1);
        for (size_t at = 0; at < s.size(); at += 8) {
            uint64_t word = 0;
            for (size_t i = at; i < s.size() && i < at + 8; ++i) {
                word |= static_cast<uint64_t>(static_cast<unsigned char>(s[i])) << 8 * (i - at);
            }
            print.add(word, 2);
        }
    }
    void texts(const std::vector<std::string>& list) {
        add(list.size());
        for (const std::string& s : list) text(s);
    }
    void numbers(const auto& list) {
        add(list.size());
        for (const auto value : list) add(value);
    }

 private:
    template <class T>
    static uint64_t number(T value) {
        if constexpr (std::is_same_v<T, double>) {
            return std::bit_cast<uint64_t>(value);
        } else {
            return static_cast<uint64_t>(value);
        }
    }
};

}  // namespace chipchain
