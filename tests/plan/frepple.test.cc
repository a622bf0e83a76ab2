// Does a plan of ours deliver at least as much as frePPLe's, order by order, day by day? The cases are frePPLe's own
// small ones (planning facts 4.1), each written anew as a scenario of ours in tests/scenarios/frepple; what frePPLe
// delivers is read from its published results, which are not part of the project, see CHIPCHAIN_TEST_DATA.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "chipchain/plan/planner.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

struct Case {
    const char* name;
    int result;         // number of frePPLe's constrained plan
    double bucket_h;    // fine enough for the times of the case
    size_t deliveries;  // lines of frePPLe's plan about orders that the scenario has
};

constexpr Case kCases[] = {
    {"constraints_combined_1", 1, 24, 8},
    {"constraints_leadtime_1", 1, 12, 2},
    {"constraints_leadtime_2", 1, 1, 3},
    {"constraints_material_1", 1, 24, 14},
    {"constraints_material_2", 1, 24, 10},
    {"constraints_material_3", 1, 24, 18},
    {"constraints_resource_1", 1, 24, 5},
    {"constraints_resource_2", 1, 24, 2},
    {"demand_policy", 1, 24, 16},
    {"distribution_1", 2, 24, 6},
    {"flow_alternate_1", 1, 24, 3},
    {"load_bucketized", 1, 24, 14},
    {"operation_alternate", 1, 24, 10},
    {"supplier", 2, 24, 18},
};

constexpr double kTolerance = 1e-3;  // pieces

struct Delivery {
    std::string order;
    Time at = 0;  // since the start of the scenario
    double quantity = 0;
};

std::filesystem::path data_folder() {
    const char* data = std::getenv("CHIPCHAIN_TEST_DATA");
    const auto folder = data != nullptr ? std::filesystem::path(data) : testing::project_folder() / "../shared/data";
    return folder / "frepple";
}

// Lines "DEMAND <tab> order <tab> date <tab> quantity ..."; others, of what is short too, say nothing more.
std::vector<Delivery> deliveries_of(const Case& c, Time start) {
    std::ifstream file(data_folder() / c.name / (std::string(c.name) + "." + std::to_string(c.result) + ".expect"));
    std::vector<Delivery> out;
    for (std::string line; std::getline(file, line);) {
        std::istringstream in(line);
        std::string kind;
        std::string date;
        Delivery d;
        std::getline(in, kind, '\t');
        std::getline(in, d.order, '\t');
        std::getline(in, date, '\t');
        if (kind != "DEMAND" || !parse_iso_date(date, d.at)) continue;
        d.at -= start;
        in >> d.quantity;
        out.push_back(std::move(d));
    }
    return out;
}

ChainModel case_model(const Case& c) {
    SourceMap sources;
    const auto path = testing::project_folder() / "tests/scenarios/frepple" / c.name / "scenario.toml";
    Result<Spec> spec = read_model(path.string(), &sources);
    EXPECT_TRUE(spec) << (spec ? "" : render_all(spec.error(), sources));
    Diagnostics warnings;
    Result<ChainModel> model = compile_chain(*spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec->sources));
    // a week is too long for orders a day apart
    model->buckets.clear();
    const Time length = static_cast<Time>(c.bucket_h * static_cast<double>(kHour));
    for (Time t = 0; t < model->end; t += length) model->buckets.push_back({t, t + length});
    return std::move(*model);
}

// Orders of one priority for the same place are one: their order among themselves is free.
struct Orders {
    std::vector<uint32_t> programmes;
    std::vector<Delivery> theirs;
};

double ours_until(const ChainModel& model, const ChainPlan& plan, const Orders& orders, Time at) {
    double sum = 0;
    for (const uint32_t p : orders.programmes) {
        for (size_t t = 0; t < model.buckets.size() && model.buckets[t].begin <= at; ++t) sum += plan.delivered[p][t];
    }
    return sum;
}

// What frePPLe delivers until `at`, no more of an order than was asked for.
double theirs_until(const ChainModel& model, const Orders& orders, Time at) {
    std::map<std::string, double> by_order;
    for (const Delivery& d : orders.theirs) by_order[d.order] += d.at <= at ? d.quantity : 0;
    double sum = 0;
    for (const uint32_t p : orders.programmes) {
        const ChainProgramme& programme = model.programmes[p];
        sum += std::min(by_order[programme.name], programme.due(0, model.end));
    }
    return sum;
}

void compare(const Case& c) {
    const ChainModel model = case_model(c);
    PlannerOptions options;
    options.by_priority = true;  // frePPLe serves one order after the other
    const PlanningResult result = Planner(model, options).plan();
    ASSERT_EQ(result.status, SolveStatus::optimal) << c.name;
    EXPECT_TRUE(result.check.good()) << c.name << ": " << result.check.fault;

    std::map<std::pair<uint32_t, int64_t>, Orders> groups;
    const std::vector<Delivery> theirs = deliveries_of(c, model.start);
    size_t known = 0;
    for (uint32_t p = 0; p < model.programmes.size(); ++p) {
        const ChainProgramme& programme = model.programmes[p];
        Orders& orders = groups[{programme.node, programme.priority}];
        orders.programmes.push_back(p);
        for (const Delivery& d : theirs) {
            if (d.order != programme.name) continue;
            orders.theirs.push_back(d);
            ++known;
        }
    }
    EXPECT_EQ(known, c.deliveries) << c.name;
    for (const auto& [key, orders] : groups) {
        std::vector<Time> dates = {model.end - 1};
        for (const Delivery& d : orders.theirs) dates.push_back(d.at);
        for (const uint32_t p : orders.programmes) dates.push_back(model.programmes[p].demands.front().begin);
        for (const Time at : dates) {
            EXPECT_GE(ours_until(model, result.plan, orders, at), theirs_until(model, orders, at) - kTolerance)
                << c.name << ": " << model.programmes[orders.programmes.front()].name << " until "
                << iso_date(model.start + at);
        }
    }
}

TEST(FreppleCases, deliver_at_least_as_much_by_every_date) {
    if (!std::filesystem::exists(data_folder())) {
        GTEST_SKIP() << "no frePPLe cases; set CHIPCHAIN_TEST_DATA";
    }
    for (const Case& c : kCases) compare(c);
}

}  // namespace
}  // namespace chipchain
