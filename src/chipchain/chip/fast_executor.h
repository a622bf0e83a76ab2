// Values of an integer network as fast as this machine gives them: blocked matrix products with AVX2 where the
// processor has it (found at run time), the same bytes without. No chip is modelled; for big networks and many inputs.
#pragma once

#include <memory>
#include <vector>

#include "chipchain/network/golden.h"

namespace chipchain {

enum class FastPath : uint8_t { automatic, portable, avx2 };

// As run_golden(), with equal bytes.
[[nodiscard]] TensorBytes run_fast(
    const IntegerNetwork& network,
    const std::vector<std::vector<uint8_t>>& inputs,
    FastPath path = FastPath::automatic);
[[nodiscard]] bool has_avx2();

// The same with the weights arranged once, for many inputs; may be shared by threads. `network` must outlive it.
class FastNetwork {
 public:
    explicit FastNetwork(const IntegerNetwork& network, FastPath path = FastPath::automatic);
    ~FastNetwork();
    FastNetwork(const FastNetwork&) = delete;
    FastNetwork& operator=(const FastNetwork&) = delete;
    [[nodiscard]] TensorBytes run(const std::vector<std::vector<uint8_t>>& inputs) const;

 private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace chipchain
