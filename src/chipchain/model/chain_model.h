// A scenario made ready to plan and to simulate: names resolved to indices, units of money US$ and of time ticks,
// figures by date as functions. Constant while plans and simulations run.
//
// A node is an item at a site: the place of a stock. Activities take pieces from nodes of their site and put pieces
// into nodes of their site; arcs carry pieces of an item from node to node; programmes take pieces from nodes.
//
// Invariants: activities stand so that none takes from a node that a later one alone can fill (bills of material have
// no cycle); programmes stand by priority, then in order of the file; every node is reachable from some source or has a
// stock or a pipeline.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/base/ids.h"
#include "chipchain/base/time.h"
#include "chipchain/model/distribution.h"
#include "chipchain/spec/scenario.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

inline constexpr Time kWeek = 7 * kDay;
inline constexpr double kDaysPerYear = 365.25;

constexpr double in_weeks(Time t) { return static_cast<double>(t) / static_cast<double>(kWeek); }

// A figure by date: holds from `from` on, or goes on a straight line to the next point.
struct DatedValue {
    Time from = 0;
    double value = 0;
    bool linear = false;
};
struct DatedFigure {
    double before = 0;  // the first point
    std::vector<DatedValue> points;

    [[nodiscard]] double at(Time t) const;
    // The mean over [begin, end); at(begin) when that is empty.
    [[nodiscard]] double mean(Time begin, Time end) const;
};

struct Bucket {
    Time begin = 0;
    Time end = 0;  // exclusive
    [[nodiscard]] double weeks() const { return in_weeks(end - begin); }
};

struct ChainItem {
    std::string name;
    ItemKind kind = ItemKind::part;
    std::string family;
    double value_usd = 0;
    double holding_usd_per_week = 0;  // of one, capital included
    int64_t lot = 1;
};

struct ChainSite {
    std::string name;
    SiteKind kind = SiteKind::own;
    std::string region;
    Time time_to_recover = 0;  // 0: not examined
};

// An item at a site.
struct ChainNode {
    uint32_t item = 0;
    uint32_t site = 0;
    double initial = 0;
    double limit = 0;  // 0: none
    double floor = 0;
    Time floor_from = 0;
    double short_usd_per_week = 0;  // of a piece below the floor
};

struct ChainAmount {
    uint32_t node = 0;
    double quantity = 0;  // per start
};

struct ResourceShare {
    uint32_t resource = 0;
    double quantity = 0;  // of its unit per start
};

// Yield of a start at `t`: `by_date` (share), times the negative binomial yield of a falling defect density.
struct ChainYield {
    DatedFigure by_date;  // share of 1
    double die_area_cm2 = 0;
    double d0_start = 0;
    double d0_final = 0;
    Time tau = 0;
    double alpha = 0;  // 0: no clustering (Poisson)
    Time learning_from = 0;

    // Share of good pieces of what starts at `t`: by_date(t) * (1 + D0(t) A / alpha)^-alpha,
    // D0(t) = d0_final + (d0_start - d0_final) e^-(t - learning_from)/tau (fab facts 5.6).
    [[nodiscard]] double at(Time t) const;
    [[nodiscard]] double mean(Time begin, Time end) const;  // over starts spread evenly
};

struct ChainActivity {
    std::string name;
    uint32_t site = 0;
    std::vector<ChainAmount> inputs;
    std::vector<ChainAmount> outputs;  // the first is the main one; per start, before yield
    std::vector<ResourceShare> uses;
    DurationSpec lead;
    ChainYield yield;
    double yield_spread = 0;      // standard deviation between lots, share of 1
    double excursion = 0;         // share of lots lost as a whole
    double cost_usd = 0;          // per start
    double wip_usd_per_week = 0;  // of a start under way
    int64_t lot = 1;              // starts
    Time from = 0;                // earliest start, by file and qualification decided
    Time until = kNever;          // exclusive
    uint32_t qualification = kNoIndex;
    uint32_t row = 0;  // in spec.activities; kNoIndex: a substitution made into an activity
    // Share of the pieces of a start that is good, excursions included: of what starts at `t`, and on average of starts
    // spread evenly over [begin, end).
    [[nodiscard]] double good_at(Time t) const { return yield.at(t) * (1 - excursion); }
    [[nodiscard]] double good_mean(Time begin, Time end) const { return yield.mean(begin, end) * (1 - excursion); }
    [[nodiscard]] bool substitutes() const { return row == kNoIndex; }
};

struct ChainArc {
    uint32_t from = 0;  // nodes of one item
    uint32_t to = 0;
    DurationSpec travel;
    double cost_usd = 0;  // of one piece, tariff included
    double tariff_usd = 0;
    uint32_t lane = 0;  // in spec.lanes
};

struct ClearingLine {
    double slope = 0;
    double quantity = 0;  // per week
};

struct ChainResource {
    std::string name;
    uint32_t site = 0;
    std::string unit;
    std::string process;            // of the library; empty: by lead times
    double sized_per_week = 0;      // starts
    double target = 1;              // highest planned use
    DatedFigure capacity_per_week;  // without modules and disruptions
    std::vector<ClearingLine> clearing;
};

struct ChainCurve {
    std::string name;
    DatedFigure share;  // over time since the begin
};

struct ChainModule {
    std::string name;
    uint32_t resource = 0;
    double capacity_per_week = 0;
    double capex_usd = 0;
    Time build = 0;
    uint32_t ramp = kNoIndex;  // curve
    int64_t most = 1;
    int64_t most_per_quarter = 0;
    Time from = 0;
    Time until = kNever;
    std::vector<std::pair<Time, int64_t>> ordered;  // decided: date, count
};

struct ChainContract {
    std::string name;
    uint32_t activity = 0;
    Time from = 0;
    Time until = 0;
    double minimum = 0;
    double maximum = 0;  // 0: none
    double shortfall_usd = 0;
    double carry = 0;          // share of the minimum
    uint32_t next = kNoIndex;  // contract row of the same activity that follows, for `carry`
    double option_starts = 0;
    double option_usd = 0;
    double exercise_usd = 0;
    double prepaid_usd = 0;
    double change = 0;  // of weekly starts per week, share of the mean; 0: free
    double least_share = 0;
    double most_share = 1;
    Time notice = 0;
};

struct ChainQualification {
    uint32_t activity = 0;
    Time from = 0;
    Time duration = 0;
    bool decided = true;
    double cost_usd = 0;
    double starts = 0;  // consumed
};

struct ChainDemand {
    Time begin = 0;  // due, or begin of the spread
    Time end = 0;    // == begin: all at once
    double quantity = 0;
};

struct ChainProgramme {
    std::string name;
    uint32_t node = 0;
    std::vector<uint32_t> nodes;   // that serve it: `node` first, then substitutes
    std::vector<Time> nodes_from;  // [nodes] qualified from
    int64_t priority = 1;
    double value_usd = 0;
    double late_usd_per_week = 0;
    double unmet_usd = 0;  // of one lost, or still open at the end
    bool backlog = true;
    double spread = 0;  // standard deviation of weekly demand, share of its forecast
    double floor = 0;   // share of its demand, before lower priorities get more
    std::vector<ChainDemand> demands;

    // Pieces due in [begin, end).
    [[nodiscard]] double due(Time begin, Time end) const;
};

struct ChainMilestone {
    std::string name;
    MilestoneKind kind = MilestoneKind::delivered;
    uint32_t of = 0;  // programme or activity
    double quantity = 1;
    Time date = 0;
    std::string note;
};

struct ChainDisruption {
    std::string name;
    uint32_t site = 0;
    uint32_t resource = kNoIndex;  // kNoIndex: all of the site
    double chance_per_year = 0;
    Time date = -1;         // -1: by chance
    uint32_t recovery = 0;  // curve
    double scrap = 0;       // share of what is under way
};

struct ChainUncertainty {
    std::string name;
    UncertainKind kind = UncertainKind::demand;
    uint32_t of = 0;  // by kind: programme, activity, resource, module
    double low = 1;
    double high = 1;
};

// A figure that the scenario rests on, with how it is known.
struct ChainFigure {
    std::string table;
    std::string row;
    std::string text;  // the stated figures of the row: "cost_usd 26000, lead_d 119"
    Mark mark = Mark::assumption;
    std::string source;
};

struct ChainModel {
    std::string name;
    std::string note;
    Time start = 0;  // of t = 0, since 1970
    Time end = 0;    // since start
    double service = 0.9;
    double discount_per_year = 0;
    uint32_t replications = 100;
    Time freeze = 0;
    uint64_t hash = 0;  // of everything that changes a result
    std::vector<Bucket> buckets;
    std::vector<ChainItem> items;
    std::vector<ChainSite> sites;
    std::vector<ChainNode> nodes;
    std::vector<ChainActivity> activities;
    std::vector<ChainArc> arcs;
    std::vector<ChainResource> resources;
    std::vector<ChainCurve> curves;
    std::vector<ChainModule> modules;
    std::vector<ChainContract> contracts;
    std::vector<ChainQualification> qualifications;
    std::vector<ChainProgramme> programmes;
    std::vector<ChainMilestone> milestones;
    std::vector<ChainDisruption> disruptions;
    std::vector<ChainUncertainty> uncertainties;
    std::vector<std::pair<int, double>> budgets;  // calendar year, US$
    struct Pipeline {
        uint32_t activity = 0;
        Time date = 0;
        double quantity = 0;  // good pieces of the main output
    };
    std::vector<Pipeline> pipelines;
    std::vector<ChainFigure> figures;

    [[nodiscard]] std::string node_name(uint32_t node) const;  // "ai5 at bastrop"
    // Capacity of a resource per week, mean over [from, to): the file's, plus modules ordered in the file, times the
    // recovery of dated disruptions.
    [[nodiscard]] double capacity_per_week(uint32_t resource, Time from, Time to) const;
    // Share of its capacity that a module decided at `decided` has on average over [from, to).
    [[nodiscard]] double module_share(uint32_t module, Time decided, Time from, Time to) const;
    // Product of the recovery curves of the dated disruptions of a resource, mean over [from, to).
    [[nodiscard]] double disrupted_share(uint32_t resource, Time from, Time to) const;
    // The bucket that contains `t`; buckets.size() when none does.
    [[nodiscard]] size_t bucket_at(Time t) const;
};

// Resolves the rows of a scenario. Ids: docs/diagnostics.md. Warnings go to `warnings`.
[[nodiscard]] Result<ChainModel> compile_chain(const Spec& spec, Diagnostics& warnings);

}  // namespace chipchain
