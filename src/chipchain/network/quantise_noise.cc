#include <cmath>
#include <limits>

#include "chipchain/base/check.h"
#include "chipchain/network/evaluate.h"
#include "chipchain/network/quantise.h"

namespace chipchain {

Result<std::vector<double>>
signal_to_noise_db(const Network& original, const Network& quantised, const std::vector<std::vector<Tensor>>& runs) {
    CHECK(original.outputs.size() == quantised.outputs.size());
    std::vector<double> power(original.outputs.size());
    std::vector<double> difference(original.outputs.size());
    for (const std::vector<Tensor>& run : runs) {
        const Result<std::vector<Tensor>> expected = evaluate(original, run);
        if (!expected) return tl::unexpected(expected.error());
        const Result<std::vector<Tensor>> found = evaluate(quantised, run);
        if (!found) return tl::unexpected(found.error());
        for (size_t k = 0; k < expected->size(); ++k) {
            if ((*expected)[k].type != DataType::f32) continue;
            const auto x = (*expected)[k].as<float>();
            const auto y = (*found)[k].as<float>();
            CHECK(x.size() == y.size());
            for (size_t i = 0; i < x.size(); ++i) {
                power[k] += double{x[i]} * double{x[i]};
                difference[k] += (double{x[i]} - double{y[i]}) * (double{x[i]} - double{y[i]});
            }
        }
    }
    std::vector<double> out;
    for (size_t k = 0; k < power.size(); ++k) {
        out.push_back(
            difference[k] > 0 ? 10 * std::log10(power[k] / difference[k]) : std::numeric_limits<double>::infinity());
    }
    return out;
}

}  // namespace chipchain
