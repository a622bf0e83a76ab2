#include "chipchain/model/rank.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

Diagnostic mistake(std::string_view text) {
    const Result<RankRule> rule = parse_rank(text, {0, 3, 10, static_cast<uint32_t>(text.size())});
    if (rule || rule.error().empty()) return {};
    return rule.error().front();
}

// is a rule read as it is said?
TEST(Rank, keys_stand_in_order) {
    const Result<RankRule> rule = parse_rank(" priority,setup , -fifo ", {});
    ASSERT_TRUE(rule);
    ASSERT_EQ(rule->terms.size(), 3U);
    EXPECT_EQ(rule->terms[0].key, RankKey::priority);
    EXPECT_EQ(rule->terms[1].key, RankKey::setup);
    EXPECT_EQ(rule->terms[2].key, RankKey::fifo);
    EXPECT_TRUE(rule->terms[2].reversed);
    EXPECT_TRUE(rule->has_setup);
    EXPECT_FALSE(rule->dynamic);
    EXPECT_FALSE(rule->fifo_like);
}

TEST(Rank, what_a_rule_needs_follows_from_its_keys) {
    EXPECT_TRUE(parse_rank("priority, setup, fifo", {})->fifo_like);
    EXPECT_TRUE(parse_rank("fifo", {})->fifo_like);
    EXPECT_TRUE(parse_rank("setup, fifo", {})->fifo_like);
    EXPECT_FALSE(parse_rank("setup, priority", {})->fifo_like);
    EXPECT_FALSE(parse_rank("priority, edd", {})->fifo_like);
    EXPECT_TRUE(parse_rank("priority, cr", {})->dynamic);
    EXPECT_FALSE(parse_rank("priority, edd", {})->dynamic);
    EXPECT_TRUE(parse_rank("atcs", {})->has_setup);
}

TEST(Rank, parameters_have_defaults) {
    const Result<RankRule> stated = parse_rank("atcs(1.5, 0.25)", {});
    ASSERT_TRUE(stated);
    EXPECT_EQ(stated->terms[0].parameter[0], 1.5);
    EXPECT_EQ(stated->terms[0].parameter[1], 0.25);
    const Result<RankRule> one = parse_rank("atcs(3)", {});
    EXPECT_EQ(one->terms[0].parameter[0], 3);
    EXPECT_EQ(one->terms[0].parameter[1], 0.5);
    EXPECT_EQ(parse_rank("atc", {})->terms[0].parameter[0], 2);
}

// is each key of the table read, and does row k describe key k?
TEST(Rank, the_table_is_complete) {
    for (size_t i = 0; i < rank_table().size(); ++i) {
        const RankKeyInfo& info = rank_table()[i];
        EXPECT_EQ(static_cast<size_t>(info.key), i);
        const Result<RankRule> rule = parse_rank(info.name, {});
        ASSERT_TRUE(rule) << info.name;
        EXPECT_EQ(rule->terms[0].key, info.key);
        EXPECT_FALSE(info.formula.empty());
        EXPECT_FALSE(info.source.empty());
    }
    EXPECT_EQ(rank_table().size(), static_cast<size_t>(RankKey::serial) + 1);
}

// does a mistake point at its place?
TEST(Rank, mistakes_have_a_place) {
    const Diagnostic d = mistake("priority, fiffo");
    EXPECT_EQ(d.id, "unknown-rank-key");
    EXPECT_EQ(d.span.column, 20U);
    EXPECT_EQ(d.span.length, 5U);
    EXPECT_EQ(d.help, "did you mean 'fifo'?");
    EXPECT_EQ(mistake("fifo,, edd").id, "invalid-rank");
    EXPECT_EQ(mistake("fifo,, edd").span.column, 15U);
    for (const char* text :
         {"",         " ",       "-",        "fifo,",     ",",
          "fifo edd", "atc(",    "atc()",    "atc(1",     "atc(1,2)",
          "fifo(1)",  "atc(-1)", "atc(nan)", "atc(1e99)", "fifo, fifo",
          "--fifo",   "fifo\n",  "\xff",     "atc((1))",  "priority,setup,fifo,edd,spt,srpt,slack"}) {
        EXPECT_EQ(mistake(text).id, "invalid-rank") << text;
    }
}

// is each wrong key told at once?
TEST(Rank, all_unknown_keys_are_told) {
    const Result<RankRule> rule = parse_rank("fiffo, foo(1, 2), edd, bar(", {});
    ASSERT_FALSE(rule);
    EXPECT_EQ(rule.error().size(), 3U);
}

}  // namespace
}  // namespace chipchain
