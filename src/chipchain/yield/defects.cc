#include "chipchain/yield/defects.h"

#include <algorithm>
#include <cmath>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/gamma_mean.h"
#include "chipchain/yield/sampling.h"

namespace chipchain {

namespace {

constexpr double kMm2PerCm2 = 100.0;

double mean_defects(const SubstrateMap& map, const DefectModel& model) {
    return model.d0_per_cm2 * map.device_x_mm * map.device_y_mm / kMm2PerCm2;
}

const MapBin* bin_of(const SubstrateMap& map, uint8_t code) {
    const auto at = std::find_if(map.bins.begin(), map.bins.end(), [code](const MapBin& b) { return b.code == code; });
    return at == map.bins.end() ? nullptr : &*at;
}

// The probability of no defect when the three factors are still to be averaged; the levels nest from the outside in.
double survival(const DefectModel& model, double mean) {
    return gamma_mean(model.alpha_substrate, [&model, mean](double substrate) {
        return gamma_mean(model.alpha_zone, [&model, mean, substrate](double zone) {
            return die_yield(YieldModel::negative_binomial, mean * substrate * zone, 1, model.alpha_device);
        });
    });
}

}  // namespace

std::vector<double> radial_factors(const SubstrateMap& map, const DefectModel& model) {
    CHECK(model.radial_rise >= 0 && model.radial_power > 0);
    std::vector<double> factors(map.codes.size());
    const double radius = std::max(map.width_mm, map.height_mm) / 2;
    double sum = 0;
    uint64_t devices = 0;
    for (uint32_t row = 0; row < map.rows; ++row) {
        for (uint32_t column = 0; column < map.columns; ++column) {
            if (map.at(row, column) == kNullBin) continue;
            const double x = map.first_x_mm + column * map.pitch_x_mm + map.device_x_mm / 2;
            const double y = map.first_y_mm - row * map.pitch_y_mm + map.device_y_mm / 2;
            const double r = std::sqrt(x * x + y * y) / radius;
            const double rise = model.radial_rise == 0 ? 0 : deterministic_pow(r, model.radial_power);
            const double factor = 1.0 + model.radial_rise * rise;
            factors[row * map.columns + column] = factor;
            sum += factor;
            ++devices;
        }
    }
    for (double& factor : factors) factor *= devices == 0 ? 0 : static_cast<double>(devices) / sum;
    return factors;
}

double expected_yield(const SubstrateMap& map, const DefectModel& model) {
    const double mean = mean_defects(map, model);
    if (model.radial_rise == 0) return survival(model, mean);
    std::vector<double> factors = radial_factors(map, model);
    std::erase(factors, 0.0);
    CHECK(!factors.empty());
    // places at the same radius share their factor up to rounding: one integral each would be wasted
    std::sort(factors.begin(), factors.end());
    double sum = 0;
    double last = -1;
    double yield = 0;
    for (const double factor : factors) {
        if (factor > last * (1 + 1e-12)) {
            last = factor;
            yield = survival(model, mean * factor);
        }
        sum += yield;
    }
    return sum / static_cast<double>(factors.size());
}

DefectSample sample_defects(
    const DefectModel& model,
    const RandomSource& source,
    uint32_t number,
    uint8_t fail_code,
    SubstrateMap& map,
    std::vector<uint32_t>* counts) {
    const MapBin* fail = bin_of(map, fail_code);
    CHECK(fail != nullptr && !fail->pass);
    CHECK(model.zone_rows > 0 && model.zone_columns > 0);
    const std::vector<double> factors = radial_factors(map, model);
    const double on_substrate =
        mean_defects(map, model) * gamma_draw({source, DrawKind::substrate_density, number, 0}, model.alpha_substrate);

    // one factor per zone, whether or not its devices are tested
    const uint32_t zones_across = (map.columns + model.zone_columns - 1) / model.zone_columns;
    const uint32_t zones_down = (map.rows + model.zone_rows - 1) / model.zone_rows;
    std::vector<double> zones(static_cast<size_t>(zones_across) * zones_down);
    for (size_t z = 0; z < zones.size(); ++z) {
        zones[z] = gamma_draw({source, DrawKind::zone_density, number, z}, model.alpha_zone);
    }
    bool passes[256] = {};
    for (const MapBin& bin : map.bins) passes[bin.code] = bin.pass;

    DefectSample sample;
    if (counts != nullptr) counts->assign(map.codes.size(), 0);
    for (size_t place = 0; place < map.codes.size(); ++place) {
        if (map.codes[place] == kNullBin || !passes[map.codes[place]]) continue;
        const size_t row = place / map.columns;
        const size_t column = place % map.columns;
        const double zone = zones[row / model.zone_rows * zones_across + column / model.zone_columns];
        const double device = gamma_draw({source, DrawKind::device_density, number, place}, model.alpha_device);
        const double mean = on_substrate * zone * device * factors[place];
        const uint32_t defects = poisson_draw({source, DrawKind::defect_count, number, place}, std::min(mean, 1e5));
        ++sample.tested;
        sample.defects += defects;
        if (counts != nullptr) (*counts)[place] = defects;
        if (defects > 0) {
            map.codes[place] = fail_code;
            ++sample.failed;
        }
    }
    return sample;
}

std::optional<double> cluster_alpha(const Tally& counts) {
    const double excess = counts.variance() - counts.mean();
    if (excess <= 0) return std::nullopt;
    return counts.mean() * counts.mean() / excess;
}

}  // namespace chipchain
