// Defects on a wafer, panel or board panel, device by device: which ones fail, in clusters as real ones do.
//
// The mean number of defects of a device is m = D0 * A * radial(r) * G_substrate * G_zone * G_device. Each G is gamma
// distributed with mean 1 and its own shape alpha (kNoClustering: constant 1); one of them alone gives the negative
// binomial yield exactly (Stapper, Armstrong and Saji, Proc. IEEE 71(4), 1983), the levels say over which distance
// devices share their fate: wafer to wafer, regions of a wafer, or no further than the device.
// The radial factor 1 + radial_rise * (r / R)^radial_power is divided by its mean over the devices, so that D0 stays
// the mean density; R is half the larger side of the substrate.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/stats/tally.h"
#include "chipchain/yield/models.h"
#include "chipchain/yield/substrate_map.h"

namespace chipchain {

struct DefectModel {
    double d0_per_cm2 = 0;
    double alpha_substrate = kNoClustering;
    double alpha_zone = kNoClustering;
    double alpha_device = kNoClustering;
    uint32_t zone_rows = 8;  // a zone is a block of so many rows and columns of the map; assumption
    uint32_t zone_columns = 8;
    double radial_rise = 0;   // >= 0; 1: twice the density at the rim
    double radial_power = 2;  // assumption
};

// The radial factor of every place, mean 1 over the devices; 0 where there is no device.
[[nodiscard]] std::vector<double> radial_factors(const SubstrateMap& map, const DefectModel& model);

// The expected share of devices without defect, 0..1, averaged over the places. Exact to 1e-12 with one clustered
// level; several are integrated one inside the other. REQUIRES at least one device.
[[nodiscard]] double expected_yield(const SubstrateMap& map, const DefectModel& model);

struct DefectSample {
    uint64_t tested = 0;   // devices that were good before
    uint64_t failed = 0;   // of these
    uint64_t defects = 0;  // on them
    [[nodiscard]] double yield() const {
        return tested == 0 ? 1.0 : static_cast<double>(tested - failed) / static_cast<double>(tested);
    }
};

// Draws the defects of substrate number `number` and sets the code of each passing device that gets one to `fail_code`.
// The draws depend on (seed, replication, number, place) only. `counts`, when given, gets the defects of each place.
// REQUIRES that fail_code is a bin of the map that does not pass.
DefectSample sample_defects(
    const DefectModel& model,
    const RandomSource& source,
    uint32_t number,
    uint8_t fail_code,
    SubstrateMap& map,
    std::vector<uint32_t>* counts = nullptr);

// The alpha of negative binomial counts by moments, mean^2 / (variance - mean); nothing when the counts are not more
// scattered than Poisson's. Counts per device, per zone or per substrate give the alpha of that level.
[[nodiscard]] std::optional<double> cluster_alpha(const Tally& counts);

}  // namespace chipchain
