// Why a delivery is late or short, and what would mend it, from a plan and its prices: the walk goes from the programme
// upstream, at each node to the source that would serve next (least reduced cost), there to the dearest of what it
// needs, until it stands before what cannot be passed: a full resource, a lead time that reaches before the start, a
// qualification that is not done, a contract, a source that does not exist, stock held back. (frePPLe's constraint
// reasons, planning facts 4.4, read from duals.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"

namespace chipchain {

enum class LateKind : uint8_t {
    resource,       // full: of = resource
    lead_time,      // a start was needed before the first possible day: of = activity
    not_qualified,  // of = activity
    closed,         // outside of the dates of the activity: of = activity
    contract,       // rows of contracts hold it: of = activity
    no_source,      // nothing makes or brings it: of = node
    safety_stock,   // there is stock, but it is kept: of = node
    cost,           // it could be made, but waiting is cheaper: of = activity
};

struct LateReason {
    uint32_t programme = 0;
    size_t bucket = 0;      // in which the pieces were due
    double pieces = 0;      // of those due in the bucket, that were late or lost
    double weeks = 0;       // that the last of them waits
    bool delivered = true;  // false: not until the end
    LateKind kind = LateKind::no_source;
    uint32_t of = kNoIndex;
    size_t at = 0;               // bucket in which it binds
    double price = 0;            // US$ of one more unit there
    double needed = 0;           // units there, for the late pieces
    Time missing = 0;            // lead_time, not_qualified: how much earlier
    std::vector<uint32_t> path;  // nodes from the programme's upstream
};

// One reason per programme and bucket with something late. Lateness below `least` pieces is left out.
[[nodiscard]] std::vector<LateReason> late_reasons(const ChainModel& model, const ChainPlan& plan, double least = 0.5);

// The reason as a sentence: "foplp-line at bastrop is full in 2027-03: one more panel is worth US$ 310".
[[nodiscard]] std::string reason_text(const ChainModel& model, const LateReason& reason);
// What would mend it, each with its price or size: more of what is short, earlier dates, then waiting.
[[nodiscard]] std::vector<std::string> fix_texts(const ChainModel& model, const LateReason& reason);

}  // namespace chipchain
