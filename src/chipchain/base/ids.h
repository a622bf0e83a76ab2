// Strong 32-bit ids. An Id<Tag> indexes the arrays of one kind of thing and of no other: it has no arithmetic and does
// not convert to another kind. kNone marks "no such thing".
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace chipchain {

inline constexpr uint32_t kNoIndex = UINT32_MAX;  // of arrays without an id of their own: no such thing

template <class Tag>
struct Id {
    uint32_t value = UINT32_MAX;

    constexpr Id() = default;
    constexpr explicit Id(uint32_t v) : value(v) {}
    constexpr explicit Id(size_t v) : value(static_cast<uint32_t>(v)) {}
    constexpr explicit Id(int v) : value(static_cast<uint32_t>(v)) {}
    [[nodiscard]] constexpr bool valid() const { return value != UINT32_MAX; }
    constexpr auto operator<=>(const Id&) const = default;
};

using ToolGroupId = Id<struct ToolGroupTag>;
using ToolId = Id<struct ToolTag>;
using StepId = Id<struct StepTag>;  // a step of a route; the steps of one route are consecutive
using RouteId = Id<struct RouteTag>;
using ProductId = Id<struct ProductTag>;
using AreaId = Id<struct AreaTag>;
using SetupId = Id<struct SetupTag>;      // 0 is "no setup"
using LotTypeId = Id<struct LotTypeTag>;  // a line of the release plan: product, priority, due offset
using LotId = Id<struct LotTag>;          // a slot of the state; reused after a lot has left
using WindowId = Id<struct WindowTag>;    // a queue-time window

}  // namespace chipchain
