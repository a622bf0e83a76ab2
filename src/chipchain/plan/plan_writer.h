// Writes the rows and columns of one future; used by plan_program.cc and plan_rows.cc only.
#pragma once

#include <algorithm>
#include <vector>

#include "chipchain/model/distribution.h"
#include "chipchain/plan/plan_program.h"

namespace chipchain {

// The element, or 1 without any.
inline double factor(const std::vector<double>& factors, size_t i) { return factors.empty() ? 1.0 : factors[i]; }

// Share of what is spread evenly over `spread` that lies before t; an empty spread lies at its begin.
inline double share_before(const Bucket& spread, Time t) {
    if (t <= spread.begin) return 0;
    if (t >= spread.end) return 1;
    return static_cast<double>(t - spread.begin) / static_cast<double>(spread.end - spread.begin);
}

inline double overlap(const Bucket& a, const Bucket& b) {
    return static_cast<double>(std::max<Time>(0, std::min(a.end, b.end) - std::max(a.begin, b.begin)));
}

// Factor of money at t.
double discount_at(const ChainModel& model, Time t);

// US$ of a piece below the floor of a programme: more than anything a programme is worth; assumption, ten times.
double floor_price(const ChainModel& model);

// US$ per week of a piece above the limit of a store, which has to be put elsewhere: assumption, ten times its holding,
// and a little where holding costs nothing.
double over_limit_usd(double holding);

// Discounted cost of the modules and qualifications that the file has decided.
double decided_capex(const ChainModel& model);
double decided_qualifications(const ChainModel& model);

// What a build time longer or shorter than planned adds to it.
Time build_delay(const ChainModule& module, double build_factor);

// The capacity for which the clearing lines of a resource hold: that at the start, or 1.
double clearing_reference(const ChainResource& resource);

class PlanWriter {
 public:
    PlanWriter(
        LinearProgram& program,
        const ChainModel& model,
        const PlanModelOptions& options,
        const ChainFuture& future,
        double weight,
        const FirstStage* first_stage,
        std::vector<CostEntry>* costs);
    PlanLayout write();

 private:
    static constexpr size_t kAllBuckets = SIZE_MAX;
    // A row of a contract that starts of an activity enter: by their share inside the period, or those of one bucket.
    struct ContractRow {
        RowIndex row;
        Bucket period;
        size_t bucket = kAllBuckets;
        double factor = 1;
    };
    struct ContractRows {
        RowIndex least, most, exercised, credit;
    };
    struct LeastShare {
        uint32_t contract;
        size_t bucket;
        RowIndex row;
    };

    void find_windows();
    void find_needs();
    [[nodiscard]] bool may_decide(size_t bucket) const;
    [[nodiscard]] double site_share(uint32_t site, size_t bucket) const;
    [[nodiscard]] size_t class_of(int64_t priority) const;

    void write_rows();
    void write_inside_rows();
    void write_capacity_rows();
    void write_clearing_rows();
    void write_store_rows();
    void write_demand_rows();
    void write_module_rows();
    void write_qualification_rows();
    void write_contract_rows();
    void write_share_rows(uint32_t contract);
    void write_change_rows(uint32_t contract);

    void write_starts();
    void write_start(uint32_t a, size_t t, const Bucket& w);
    void write_output(uint32_t a, const Bucket& w);
    void share_start(uint32_t a, size_t t);
    void write_clearing();
    void write_arcs();
    void write_stocks();
    void write_programmes();
    void write_floor_shares(uint32_t p);
    void write_modules();
    void write_module(uint32_t m, size_t t);
    void write_qualifications();
    void write_contracts();

    ColumnIndex column(double cost, double lower, double upper, bool integer = false);
    ColumnIndex sized_column(double unit, double cost, double lower, double upper);
    [[nodiscard]] double item_unit(uint32_t node) const;
    void take(uint32_t node, double quantity, size_t t, const Bucket& spread);
    void bring(uint32_t node, double quantity, const Bucket& spread);

    LinearProgram& lp_;
    const ChainModel& m_;
    const PlanModelOptions& options_;
    const ChainFuture& future_;
    double weight_;
    const FirstStage* first_stage_;
    std::vector<CostEntry>* costs_;
    size_t buckets_;
    PlanLayout out_;

    std::vector<double> discount_;                         // [bucket]
    std::vector<Time> lead_;                               // [activity]
    std::vector<std::vector<Bucket>> window_;              // [activity][bucket] in which it may start
    std::vector<uint32_t> clearing_of_;                    // [activity] resource, or kNoIndex
    std::vector<double> most_starts_;                      // [activity]
    RowIndices2 wip_balance_;                              // [activity][bucket]
    std::vector<RowIndices2> clearing_rows_;               // [activity][bucket][line]
    RowIndices2 floor_rows_, limit_rows_;                  // [node][bucket]
    RowIndices2 share_rows_;                               // [programme][bucket], programmes with a floor
    RowIndices2 qualified_;                                // [activity][bucket]
    std::vector<std::vector<ContractRow>> contract_rows_;  // [activity]
    std::vector<ContractRows> contracts_;                  // [contract]
    RowIndices most_modules_;                              // [module]
    std::vector<LeastShare> least_share_rows_;
    RowIndices budget_rows_;  // [budget]
    RowIndices once_;         // [qualification]
};

}  // namespace chipchain
