// For tests only: runs networks with ONNX Runtime in a process of its own (tools/oracle_ort, pinned by version and
// checksum), many at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chip/random_network.h"

namespace chipchain::testing {

// Of one case: tensors by run and output; or what ONNX Runtime said when it refused.
struct OracleAnswer {
    std::vector<std::vector<Tensor>> runs;
    std::string error;
};

class Oracle {
 public:
    // Nothing when it is there; else why not. Fetches it the first time.
    [[nodiscard]] static std::optional<std::string> missing();
    // The folder with the real networks, or nothing; `why` then says why.
    [[nodiscard]] static std::optional<std::string> networks(std::string& why);
    // Answers to the cases, in order, for one level of graph optimisation: disabled, all, all+unfused.
    [[nodiscard]] static std::vector<OracleAnswer> run(const std::vector<RandomCase>& cases, std::string_view level);
    // Can ONNX Runtime multiply u8 by s8 exactly on this host? On x86 without VNNI it saturates pairs of products to 16
    // bits (chip facts 2.3).
    [[nodiscard]] static bool multiplies_mixed_signs();
};

// Elements whose bytes differ; all of them where type or shape does.
[[nodiscard]] int64_t differing(const Tensor& expected, const Tensor& found);

}  // namespace chipchain::testing
