// A fleet file ([fleet], [[fleet_unit]], [[fleet_network]], [[fleet_build]], [[fleet_version]]) from its rows to its
// answer. fleet_faults() is the one owner of what a fleet file must be beyond its fields (spec/schema_chip.inl; the
// reader finds two units or two versions of one name); the rest asks that it found nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "chipchain/chip/fleet.h"
#include "chipchain/network/integer_network.h"

namespace chipchain {

// Every mistake between the rows of a fleet, with the place of the value: not-fleet, fleet-empty (no unit, no build or
// no version), fleet-unit (a row names a unit that is not described), fleet-no-network (a unit runs none), fleet-dates
// (a build that ends before it begins), fleet-share (shares do not sum to 100), fleet-correlation (not so many demands
// can be correlated so). Empty when there is none.
[[nodiscard]] Diagnostics fleet_faults(const Spec& spec);

// What one kind of unit needs of one version.
struct FleetNeedRow {
    std::string unit;
    std::string chip;
    UnitNeed need;
};

struct FleetAnswer {
    std::vector<FleetNeedRow> needs;
    std::vector<FleetVersion> versions;
    FleetReport report;
    FleetStock stock;
};

struct FleetOptions {
    uint64_t seed = 1;       // of the dies that are drawn for a yield
    uint32_t dies = 10'000;  // of them, per version
};

// Compiles and times every network on every version, draws dies for yields, and sizes the fleet: a unit gets the most
// chips of any version, so that it takes either. chips: of the versions, in their order; networks: by the name that
// rows use. REQUIRES that fleet_faults() is empty and all networks are there. Errors, all of them at once, with the
// place of the row: those of compile_network() and need_of(), fleet-version.
[[nodiscard]] Result<FleetAnswer> answer_fleet(
    const Spec& spec,
    const std::vector<ChipModel>& chips,
    const std::map<std::string, IntegerNetwork>& networks,
    const FleetOptions& options = {});

// Gives `place` to those of the diagnostics that have none.
void place_diagnostics(Diagnostics& diagnostics, Span place);

}  // namespace chipchain
