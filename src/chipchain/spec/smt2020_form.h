// The SMT2020 form of a model as data, for its reader and its writer: the columns of each file and the words that have
// a meaning. Column meanings: docs/smt2020.md. Inside spec/ only.
#pragma once

#include <string_view>
#include <vector>

#include "chipchain/spec/spec.h"
#include "chipchain/spec/tab_table.h"

namespace chipchain {

// A word of a foreign file and what it means here.
template <class T>
struct Word {
    std::string_view text;
    T value;
};

// The word for a value; empty when the form has none.
template <class T, size_t N>
[[nodiscard]] std::string_view word_for(const Word<T> (&words)[N], const T& value) {
    for (const Word<T>& word : words) {
        if (word.value == value) return word.text;
    }
    return {};
}

// ------------------------------------------------------------------ columns, in the order of the published files
// ScrapPercent of route files is a column of chipchain's own.
extern const std::vector<TabColumn> kToolColumns;
extern const std::vector<TabColumn> kPartColumns;
extern const std::vector<TabColumn> kRouteColumns;
extern const std::vector<TabColumn> kOrderColumns;
extern const std::vector<TabColumn> kWipColumns;
extern const std::vector<TabColumn> kAttachColumns;
extern const std::vector<TabColumn> kDownColumns;
extern const std::vector<TabColumn> kPmColumns;
extern const std::vector<TabColumn> kSetupColumns;
extern const std::vector<TabColumn> kSetupGroupColumns;
extern const std::vector<TabColumn> kTransportColumns;

// ------------------------------------------------------------------ words and what they mean
inline constexpr Word<Time> kTimeUnits[] = {{"sec", kSecond}, {"min", kMinute}, {"hr", kHour}, {"day", kDay}};
inline constexpr Word<DistKind> kDistributions[] = {
    {"constant", DistKind::constant},
    {"uniform", DistKind::uniform},
    {"exponential", DistKind::exponential},
    {"triangular", DistKind::triangular},
    {"lognormal", DistKind::lognormal}};
inline constexpr Word<bool> kYesNo[] = {{"no", false}, {"yes", true}};
inline constexpr Word<bool> kWorkRules[] = {{"rule_HotLotFIRST", false}, {"rule_LSSU", true}};  // true: avoids setups
inline constexpr Word<std::string_view> kRanks[] = {
    {"rank_HP", "priority"},
    {"rank_RSETUP", "setup"},
    {"rank_FIFO", "fifo"},
    {"rank_CR", "cr"},
    {"rank_EDD", "edd"},
    {"rank_SPT", "spt"},
    {"rank_LIFO", "lifo"}};
inline constexpr Word<WakeRule> kWakes[] = {{"wake_LeastSetupTime", WakeRule::least_setup}};
inline constexpr Word<BatchKey> kBatchKeys[] = {{"crit_sameroutestep", BatchKey::product_step}};
inline constexpr Word<bool> kPieces[] = {{"piece", true}};
// sampling, transport, queue, setup, load, process, unload, rework: the order of docs/semantics.md
inline constexpr Word<bool> kActionLists[] = {{"Custom_actlist_ASISemiOpersDuringSetupAndAdditionalLoadUnload", true}};
inline constexpr Word<ProcessUnit> kUnitsOfProcess[] = {
    {"per_lot", ProcessUnit::lot},
    {"per_piece", ProcessUnit::piece},
    {"per_batch", ProcessUnit::batch}};
inline constexpr Word<bool> kWhen[] = {{"need", true}};
inline constexpr Word<bool> kReworkTypes[] = {{"lot", true}};
inline constexpr Word<ReleasePolicy> kReleaseKinds[] = {
    {"constant", ReleasePolicy::constant},
    {"exponential", ReleasePolicy::poisson}};
inline constexpr Word<bool> kDownTypes[] = {{"mttf_by_cal", true}};
inline constexpr Word<PmKind> kPmTypes[] = {{"mtbpm_by_cal", PmKind::calendar}, {"mtbpm_by_pieces", PmKind::pieces}};
inline constexpr Word<bool> kCalendarTypes[] = {{"down", true}, {"pm", false}};
inline constexpr Word<Scope> kTargets[] = {{"stngrp", Scope::area}, {"stnfam", Scope::tool_group}};

}  // namespace chipchain
