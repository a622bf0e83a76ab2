#include "chipchain/yield/substrate_map.h"

#include <algorithm>

namespace chipchain {

uint64_t SubstrateMap::count(uint8_t code) const {
    return static_cast<uint64_t>(std::count(codes.begin(), codes.end(), code));
}

uint64_t SubstrateMap::good() const {
    uint64_t sum = 0;
    for (const MapBin& bin : bins) sum += bin.pass ? count(bin.code) : 0;
    return sum;
}

uint64_t SubstrateMap::devices() const { return codes.size() - count(kNullBin); }

}  // namespace chipchain
