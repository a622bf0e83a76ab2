// A fleet with everything that it names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/network/integer_network.h"

namespace chipchain {

struct LoadedFleet {
    Spec spec;
    std::map<std::string, IntegerNetwork> networks;  // by the name that rows use
    std::vector<ChipModel> chips;                    // by fleet_version row
};

// Checks the rows (fleet_faults()) and loads all chips and networks of a fleet that was read. Every mistake of the
// file, of its chips and of its networks is returned at once; what has no place in a file of its own, as a name that
// nothing has, gets that of the row. On failure `sources` receives the texts of all of them for render_all().
[[nodiscard]] Result<LoadedFleet> load_fleet(Spec spec, SourceMap& sources);

}  // namespace chipchain
