// Dispatch rules. A rule is an expression of ranked keys, most important first:
//
//   rank    = key { "," key }
//   key     = ["-"] name [ "(" number { "," number } ")" ]        "-" turns the order of that key round
//
// For every key the smaller value goes first; keys that the field states as "largest first" (priority, atc) are stored
// with that sign already turned, so "priority, setup, fifo" reads as an engineer says it. After the last key the order
// of arrival at the queue decides, then the lot's serial number, so that an order is always total.
// The table in rank.cc is the single source (name, formula, source, kind); docs and tests iterate over it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

enum class RankKey : uint8_t {
    priority,      // -priority of the lot
    setup,         // setup time on the tool that chooses (0 when the setup matches)
    fifo,          // arrival at the queue
    lifo,          // -arrival
    cr,            // (due - now) / remaining expected time
    edd,           // due
    odd,           // operation due date: release + (due - release) * share of raw time done at the end of this step
    mdd,           // max(due, now + remaining)
    spt,           // expected process time of this step
    lpt,           // -spt
    srpt,          // remaining expected time
    lrpt,          // -srpt
    slack,         // due - now - remaining
    slack_step,    // (due - now - remaining) / remaining steps
    atc,           // -(weight / p) exp(-max(0, due - now - p') / (k pbar)); parameter k = 2
    atcs,          // atc * exp(-setup / (k2 sbar)); parameters k = 2, k2 = 0.5
    fsvct,         // release - remaining expected cycle time
    fsmct,         // serial / rate - remaining expected cycle time
    winq,          // work waiting at the next step's tool group, per tool
    line_balance,  // WIP waiting for the next step minus WIP waiting for this step
    queue_time,    // time left in the tightest open queue-time window (kNever when none is open)
    random,        // a keyed random number of the visit
    serial,        // serial number of the lot
};

// How a key may change while a lot waits; the engine keeps a sorted queue unless a key is dynamic.
enum class RankKind : uint8_t { fixed, per_tool, dynamic };

struct RankKeyInfo {
    std::string_view name;
    RankKey key;
    RankKind kind;
    uint8_t parameters;  // how many it takes
    double defaults[2];
    std::string_view formula;
    std::string_view source;
};

[[nodiscard]] std::span<const RankKeyInfo> rank_table();

inline constexpr size_t kMostRankKeys = 6;   // in a rank expression
inline constexpr size_t kMostRankTerms = 8;  // in a compiled rule: switches may add `queue_time` and `setup`

struct RankTerm {
    RankKey key = RankKey::fifo;
    bool reversed = false;
    double parameter[2] = {0, 0};
};

struct RankRule {
    std::vector<RankTerm> terms;
    bool has_setup = false;
    bool dynamic = false;    // some term is RankKind::dynamic
    bool fifo_like = false;  // terms are only priority, setup, fifo in that or a shorter form: served by plain lists
};

// Sets has_setup, dynamic and fifo_like from the terms. To be called after the terms were changed.
void finish_rank(RankRule& rule);

// Parses a rank expression; `where` is the span of the text in its file. Errors, at their position inside `text`:
// unknown-rank-key with the nearest key name, invalid-rank for everything else.
[[nodiscard]] Result<RankRule> parse_rank(std::string_view text, Span where);

}  // namespace chipchain
