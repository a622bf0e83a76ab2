// Does a whole study repeat: on one and two threads, after a stop, from scenario to tables?
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "chipchain/model/chain_model.h"
#include "chipchain/report/chain_tables.h"
#include "chipchain/spec/embedded_scenarios.h"
#include "chipchain/spec/testdata.h"
#include "chipchain/study/chain_samples.h"
#include "chipchain/study/chain_study.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

ChainModel example(const std::string& name) {
    SourceMap sources;
    const Result<Spec> spec = read_scenario((testing::project_folder() / "examples" / name).string(), {}, &sources);
    EXPECT_TRUE(spec) << (spec ? "" : render_all(spec.error(), sources));
    Diagnostics warnings;
    Result<ChainModel> model = compile_chain(*spec, warnings);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec->sources));
    return std::move(*model);
}

ChainStudyOptions small_options(uint32_t threads) {
    ChainStudyOptions options;
    options.threads = threads;
    options.replications = 8;
    options.rounds = 2;
    return options;
}

// All cells of all tables.
std::string text_of(const std::vector<ResultTable>& tables) {
    std::string out;
    for (const ResultTable& table : tables) {
        out += std::string(table.schema->name) + "\n";
        for (const Cell& cell : table.cells) out += cell_text(cell) + "|";
    }
    return out;
}

TEST(ChainStudyThread, one_and_two_threads_give_the_same_tables) {
    const ChainModel model = example("09_outage");
    const ChainStudyOptions one = small_options(1);
    const ChainStudyOptions two = small_options(2);
    const std::string first = text_of(chain_tables(model, study_chain(model, one), one, "x"));
    const std::string second = text_of(chain_tables(model, study_chain(model, two), two, "x"));
    EXPECT_GT(first.size(), 1000U);
    EXPECT_EQ(first, second);
}

// is a stopped study taken up where it was, with nothing lost, nothing twice and the same figures?
TEST(ChainStudy, a_stopped_study_goes_on) {
    const ChainModel model = example("09_outage");
    const PlanningResult plan = Planner(model, {}).plan();
    const ChainSchedule schedule = schedule_of(model, plan.plan);
    const std::string file = (fs::temp_directory_path() / ("chipchain_study_" + std::to_string(::getpid()))).string();
    fs::remove(file);
    SampleOptions options;
    options.threads = 1;
    options.count = 6;
    const std::vector<ChainSample> whole = simulate_samples(model, schedule, options);
    options.file = file;
    options.count = 3;  // what was finished before the kill
    (void)simulate_samples(model, schedule, options);
    options.count = 6;
    EXPECT_EQ(simulate_samples(model, schedule, options), whole);
    EXPECT_EQ(simulate_samples(model, schedule, options), whole);
    // another seed is another study
    options.seed = 2;
    EXPECT_NE(simulate_samples(model, schedule, options), whole);
    fs::remove(file);
}

// does every study balance its pieces, and do the shares of each cost add up to the cost of a good piece?
TEST(ChainStudy, balances_and_adds_up) {
    const ChainModel model = example("09_outage");
    const ChainStudyOptions options = small_options(2);
    const ChainStudy study = study_chain(model, options);
    EXPECT_TRUE(check_balance(model, study.exact).empty());
    ASSERT_FALSE(study.costs.empty());
    for (const UnitCost& cost : study.costs) {
        double sum = 0;
        for (const CostStep& step : cost.steps) sum += step.usd;
        EXPECT_NEAR(sum, cost.usd, 1e-9 * cost.usd);
    }
    for (const ResultTable& table : chain_tables(model, study, options, "x")) {
        EXPECT_EQ(table.cells.size() % table.schema->columns.size(), 0U) << table.schema->name;
        if (table.schema->name != "balance") continue;
        for (size_t r = 0; r < table.rows(); ++r) {
            EXPECT_EQ(table.number(r, table.schema->index("difference"), -1), 0) << table.text(r, 0);
        }
    }
}

}  // namespace
}  // namespace chipchain
