#include "chipchain/base/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace chipchain {
namespace {

// does an id of one kind stay apart from numbers and from other kinds?
TEST(Ids, do_not_convert) {
    static_assert(!std::is_convertible_v<ToolGroupId, ToolId>);
    static_assert(!std::is_constructible_v<ToolGroupId, ToolId>);
    static_assert(!std::is_convertible_v<uint32_t, ToolId>);
    static_assert(!std::is_convertible_v<ToolId, uint32_t>);
    static_assert(sizeof(LotId) == 4);
}

TEST(Ids, order_and_validity) {
    EXPECT_FALSE(LotId().valid());
    EXPECT_TRUE(LotId(0U).valid());
    EXPECT_LT(LotId(1U), LotId(2U));
    EXPECT_LT(LotId(2U), LotId());
    EXPECT_EQ(LotId(size_t{7}), LotId(7));
}

}  // namespace
}  // namespace chipchain
