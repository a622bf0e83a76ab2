// Does the engine agree with queueing theory? Each case simulates 10 replications at a fixed seed; the mean must lie
// within 3.5 standard errors of the formula and within the stated share of it. Formulas and their sources:
// stats/queueing.h.
#include <gtest/gtest.h>

#include <cmath>

#include <fmt/format.h>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/reader.h"
#include "chipchain/stats/interval.h"
#include "chipchain/stats/queueing.h"

namespace chipchain {
namespace {

constexpr uint32_t kRuns = 10;

// A line without warnings from the text behind [line].
Model line(double days, double warmup_days, const std::string& text) {
    const std::string head = fmt::format(
        "[line]\nname = \"x\"\nrule = \"f\"\nhorizon_d = {}\nwarmup_d = {}\n[[rule]]\nname = \"f\"\nrank = \"priority, "
        "fifo\"\n",
        days,
        warmup_days);
    const std::vector<ModelFile> files = {{"model.toml", head + text}};
    SourceMap sources;
    const Result<Spec> spec = read_model_text(files, &sources);
    EXPECT_TRUE(spec) << render_all(spec.error(), sources);
    Diagnostics warnings;
    Result<Model> model = compile(*spec, warnings);
    EXPECT_TRUE(model) << render_all(model.error(), spec->sources);
    return std::move(*model);
}

std::string group(const std::string& name, int tools = 1) {
    return fmt::format("[[tool_group]]\nname = \"{}\"\ntools = {}\n", name, tools);
}
std::string product(const std::string& name) {
    return fmt::format("[[product]]\nname = \"{0}\"\nroute = \"{0}\"\n", name);
}
std::string step(const std::string& route, int number, const std::string& tool_group, const std::string& process) {
    return fmt::format(
        "[[step]]\nroute = \"{}\"\nstep = {}\ntool_group = \"{}\"\n{}\n",
        route,
        number,
        tool_group,
        process);
}
std::string poisson(const std::string& name, double interval_min, int priority = 10) {
    return fmt::format(
        "[[release]]\nname = \"{0}\"\nproduct = \"{0}\"\npieces = 1\npolicy = \"poisson\"\ninterval_min = "
        "{1}\npriority = {2}\n",
        name,
        interval_min,
        priority);
}
const std::string kExponential8 = "process = \"exponential\"\nprocess_min = 8";

double queue_minutes(const RunResult& r, size_t group_id) {
    const ToolGroupResult& g = r.tool_groups[group_id];
    return in_minutes(g.queue_time) / static_cast<double>(g.visits);
}
double share(const RunResult& r, size_t group_id, ToolState state) {
    const ToolResult& t = r.tool_groups[group_id].total;
    Time all = 0;
    for (const Time x : t.time) all += x;
    return static_cast<double>(t.time[static_cast<size_t>(state)]) / static_cast<double>(all);
}

template <class Measure>
void expect_mean(const Model& model, const Measure& measure, double formula, double bound) {
    std::vector<double> values;
    for (uint32_t r = 0; r < kRuns; ++r) {
        RunOptions options;
        options.seed = 20261124;
        options.replication = r;
        values.push_back(measure(run(model, options)));
    }
    const MeanInterval x = mean_interval(values);
    const double error = x.std_dev / std::sqrt(static_cast<double>(kRuns));
    EXPECT_LE(std::fabs(x.mean - formula), 3.5 * error + 1e-9 * std::fabs(formula))
        << "mean " << x.mean << ", formula " << formula << ", standard error " << error;
    EXPECT_LE(std::fabs(x.mean - formula), bound * std::fabs(formula)) << "mean " << x.mean << ", formula " << formula;
}

TEST(ClosedForms, one_exponential_tool) {
    const Model m = line(150, 10, group("t") + product("p") + step("p", 1, "t", kExponential8) + poisson("p", 10));
    const StationMeans f = mmc(1 / 10.0, 1 / 8.0);
    expect_mean(
        m,
        [](const RunResult& r) { return queue_minutes(r, 0); },
        f.queue_time,
        0.06);
    expect_mean(
        m,
        [](const RunResult& r) { return share(r, 0, ToolState::productive); },
        f.utilization,
        0.02);
    expect_mean(
        m,
        [](const RunResult& r) { return static_cast<double>(r.wip_area) / static_cast<double>(r.window); },
        f.wip,
        0.06);
}

TEST(ClosedForms, three_exponential_tools) {
    const Model m = line(100, 10, group("t", 3) + product("p") + step("p", 1, "t", kExponential8) + poisson("p", 3.2));
    expect_mean(
        m,
        [](const RunResult& r) { return queue_minutes(r, 0); },
        mmc(1 / 3.2, 1 / 8.0, 3).queue_time,
        0.06);
}

TEST(ClosedForms, process_times_of_other_kinds) {
    const auto expect = [](const std::string& process, double scv) {
        const Model m = line(150, 10, group("t") + product("p") + step("p", 1, "t", process) + poisson("p", 10));
        expect_mean(
            m,
            [](const RunResult& r) { return queue_minutes(r, 0); },
            mg1(1 / 10.0, 8, scv).queue_time,
            0.06);
    };
    expect("process_min = 8", 0);
    expect("process = \"uniform\"\nprocess_min = 8\nprocess_half_min = 8", 1 / 3.0);
    expect("process = \"erlang\"\nprocess_min = 8\nprocess_shape = 4", 1 / 4.0);
    expect("process = \"triangular\"\nprocess_min = 8\nprocess_half_min = 6", 36.0 / 6 / 64);
    expect("process = \"lognormal\"\nprocess_min = 8\nprocess_half_min = 4", 1 / 4.0);
}

TEST(ClosedForms, two_priorities) {
    const Model m = line(
        150,
        10,
        group("t") + product("hot") + product("normal") + step("hot", 1, "t", kExponential8) +
            step("normal", 1, "t", kExponential8) + poisson("hot", 40, 20) + poisson("normal", 40 / 3.0));
    const PriorityClass classes[] = {{1 / 40.0, 8, 1}, {3 / 40.0, 8, 1}};
    const std::vector<StationMeans> f = mg1_priorities(classes);
    for (size_t k = 0; k < 2; ++k) {
        expect_mean(
            m,
            [k](const RunResult& r) {
                return in_minutes(r.steps[k].queue_time) / static_cast<double>(r.steps[k].visits);
            },
            f[k].queue_time,
            0.06);
    }
}

// A lot passes two stations and goes back from the second to the first with probability 1/4: a Jackson network.
TEST(ClosedForms, network_with_rework) {
    const Model m = line(
        200,
        20,
        group("a") + group("b", 2) + product("p") + step("p", 1, "a", "process = \"exponential\"\nprocess_min = 5") +
            step("p", 2, "b", "process = \"exponential\"\nprocess_min = 10\nrework_step = 1\nrework_percent = 25") +
            poisson("p", 10));
    const JacksonStation stations[] = {{0.1, 1 / 5.0, 1}, {0, 1 / 10.0, 2}};
    const double routing[] = {0, 1, 0.25, 0};
    const std::optional<JacksonMeans> f = jackson(stations, routing);
    ASSERT_TRUE(f);
    for (size_t k = 0; k < 2; ++k)
        expect_mean(
            m,
            [k](const RunResult& r) { return queue_minutes(r, k); },
            f->station[k].queue_time,
            0.06);
    expect_mean(
        m,
        [](const RunResult& r) {
            return in_minutes(r.lot_types[0].completed.cycle_time_sum) /
                   static_cast<double>(r.lot_types[0].completed.lots);
        },
        f->cycle_time,
        0.05);
}

const std::string kFailures =
    "[[down]]\nname = \"d\"\ntarget = \"t\"\ntime_to_failure = \"exponential\"\nmttf_min = 600\nrepair = "
    "\"exponential\"\nmttr_min = 60\n";

TEST(ClosedForms, downs_take_their_share_busy_or_idle) {
    const Model m =
        line(400, 10, group("t", 5) + product("p") + step("p", 1, "t", kExponential8) + poisson("p", 4) + kFailures);
    expect_mean(
        m,
        [](const RunResult& r) { return share(r, 0, ToolState::down); },
        60 / 660.0,
        0.05);
}

// Failures go on while the tool is idle, so the wait has a part that effective process times do not see: Avi-Itzhak and
// Naor, Operations Research 11, 1963, model A: M/G/1 with vacations by failure. For exponential process, failure and
// repair the tool is a Markov chain in two environments whose mean number is the formula below (White and Christie,
// Operations Research 6, 1958).
TEST(FullClosedForms, one_tool_with_failures) {
    const double a = 1 / 12.0, s = 1 / 8.0, fail = 1 / 600.0, repair = 1 / 60.0;
    const Model m =
        line(3000, 50, group("t") + product("p") + step("p", 1, "t", kExponential8) + poisson("p", 12) + kFailures);
    const double rho = a / s * (1 + fail / repair);
    const double wip = (rho + a * fail / ((fail + repair) * (fail + repair)) * (1 + fail / repair)) / (1 - rho);
    expect_mean(
        m,
        [](const RunResult& r) { return static_cast<double>(r.wip_area) / static_cast<double>(r.window); },
        wip,
        0.08);
}

TEST(ClosedForms, full_batches) {
    const Model m = line(
        400,
        10,
        "[switches]\nbatch_start = \"full\"\n[[tool_group]]\nname = \"t\"\nbatch_key = \"product_step\"\n" +
            product("p") +
            step(
                "p",
                1,
                "t",
                "process = \"exponential\"\nprocess_min = 24\nper = \"batch\"\nbatch_min_pieces = 4\nbatch_max_pieces "
                "= 4") +
            poisson("p", 10));
    expect_mean(
        m,
        [](const RunResult& r) { return queue_minutes(r, 0); },
        full_batch(1 / 10.0, 1 / 24.0, 4).queue_time,
        0.05);
}

// CONWIP with exponential tools is a closed product-form network of two equal stations: with n lots the throughput is
// rate * n / (n + 1).
TEST(ClosedForms, a_constant_number_of_lots) {
    constexpr int kLots = 5;
    const Model m = line(
        100,
        10,
        group("a") + group("b") + product("p") + step("p", 1, "a", kExponential8) + step("p", 2, "b", kExponential8) +
            fmt::format(
                "[[release]]\nname = \"p\"\nproduct = \"p\"\npieces = 1\npolicy = \"conwip\"\nwip_limit_lots = {}\n",
                kLots));
    expect_mean(
        m,
        [](const RunResult& r) { return static_cast<double>(r.lot_types[0].completed.lots) / in_minutes(r.window); },
        kLots / (kLots + 1.0) / 8,
        0.02);
    RunOptions options;
    const RunResult r = run(m, options);
    EXPECT_EQ(r.wip_area, kLots * r.window);
}

TEST(ClosedForms, nothing_waits_without_variability) {
    const Model m = line(
        30,
        0,
        group("t") + product("p") + step("p", 1, "t", "process_min = 10") +
            "[[release]]\nname = \"p\"\nproduct = \"p\"\npieces = 1\ninterval_min = 10\n");
    const RunResult r = run(m, {});
    EXPECT_EQ(r.tool_groups[0].queue_time, 0);
    EXPECT_EQ(r.lot_types[0].completed.cycle_time_sum, static_cast<Time>(r.lot_types[0].completed.lots) * 10 * kMinute);
    EXPECT_EQ(r.lot_types[0].completed.lots, 30U * 24 * 6);
}

TEST(FullClosedForms, one_exponential_tool_closely) {
    const Model m = line(5000, 50, group("t") + product("p") + step("p", 1, "t", kExponential8) + poisson("p", 10));
    expect_mean(
        m,
        [](const RunResult& r) { return queue_minutes(r, 0); },
        mmc(1 / 10.0, 1 / 8.0).queue_time,
        0.01);
}

}  // namespace
}  // namespace chipchain
