// Pegging: which supply of a plan serves which demand. Flows of a linear program are not pegged by themselves; here
// every node hands out what arrived first, to programmes by priority, then to activities, then to arcs (FIFO by
// priority; what an exact answer of the plan's freedom would say is one of many). Works both ways: where a delivery
// comes from, and whom a start serves.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "chipchain/model/chain_model.h"
#include "chipchain/model/chain_plan.h"

namespace chipchain {

enum class PegKind : uint8_t {
    programme,  // deliveries in a bucket
    activity,   // starts in a bucket
    arc,        // shipments that leave in a bucket
    initial,    // stock at the start: index is the node
    pipeline,   // index of the model's pipeline row
};

struct PegPoint {
    PegKind kind = PegKind::programme;
    uint32_t index = 0;
    uint32_t bucket = 0;
    auto operator<=>(const PegPoint&) const = default;
};

struct PegLink {
    PegPoint from;  // supply
    PegPoint to;    // who takes it
    uint32_t node = 0;
    double pieces = 0;
};

struct PegRow {
    uint32_t depth = 0;  // 0: the links of the point itself
    PegLink link;
    double share = 1;  // of the pieces of the link that belongs to the point asked for
};

// Flows of several buckets between the same two, seen from the points asked for.
struct PegBranch {
    uint32_t depth = 0;  // 0: next to the points
    PegKind kind = PegKind::programme;
    uint32_t index = 0;  // of what stands at the other end
    uint32_t node = 0;   // through which the pieces go
    double pieces = 0;   // of the points' share
    uint32_t first = 0;  // buckets of the other end
    uint32_t last = 0;
};

class Pegging {
 public:
    Pegging(const ChainModel& model, const ChainPlan& plan);

    [[nodiscard]] const std::vector<PegLink>& links() const { return links_; }
    // Everything upstream of a point (a programme in a bucket): links of one point stand together; parts below `least`
    // pieces are left out.
    [[nodiscard]] std::vector<PegRow> upstream(const PegPoint& point, double least = 0.5) const;
    // Everything downstream of a point (starts in a bucket).
    [[nodiscard]] std::vector<PegRow> downstream(const PegPoint& point, double least = 0.5) const;
    // The same as a tree for several points, such as a quarter of deliveries: what differs in the bucket alone is one
    // branch, the largest first, each followed by its own.
    [[nodiscard]] std::vector<PegBranch> branches(const std::vector<PegPoint>& points, bool up, double least = 0.5)
        const;

 private:
    using Shares = std::map<PegPoint, double>;  // of each point that belongs to those asked for
    void grow(const Shares& at, bool up, double least, uint32_t depth, std::vector<PegBranch>& out) const;
    // What a point hands on (up), or takes, of one node in all.
    [[nodiscard]] double all_of(const PegPoint& point, bool up, uint32_t node) const;
    [[nodiscard]] std::vector<PegRow> walk(const PegPoint& point, bool up, double least) const;

    std::vector<PegLink> links_;
    std::map<PegPoint, std::vector<uint32_t>> by_taker_;     // links by their `to`
    std::map<PegPoint, std::vector<uint32_t>> by_supplier_;  // by their `from`
};

}  // namespace chipchain
