// Does a model that was written in the SMT2020 form and read again run the same trajectories? The published files are
// not part of the project: CHIPCHAIN_TEST_DATA names the folder that holds smt2020_hvlm, or it stands beside the
// project.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "chipchain/model/compile.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/embedded_models.h"
#include "chipchain/spec/generate_line.h"
#include "chipchain/spec/process.h"
#include "chipchain/spec/smt2020_reader.h"
#include "chipchain/spec/smt2020_writer.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

Spec read_again(const Spec& spec, bool lossy) {
    Diagnostics notes;
    const Result<std::vector<ModelFile>> files = smt2020_files(spec, lossy, notes);
    EXPECT_TRUE(files) << render_all(files.error(), spec.sources);
    if (!files) return {};
    SourceMap sources;
    const Result<Spec> again = read_smt2020_text(*files, spec.line.name, notes, &sources);
    EXPECT_TRUE(again) << render_all(again.error(), sources);
    return again ? *again : Spec{};
}

Model compiled(const Spec& spec) {
    Diagnostics warnings;
    Result<Model> model = compile(spec, warnings);
    EXPECT_TRUE(model) << render_all(model.error(), spec.sources);
    return model ? std::move(*model) : Model{};
}

uint64_t fingerprint(const Model& model) {
    RunOptions options;
    options.horizon = 30 * kDay;
    options.warmup = 0;
    return run(model, options).fingerprint;
}

// `same_hash`: the form holds all that the model hash sees.
void expect_same(const Spec& spec, bool same_hash) {
    const Model before = compiled(spec);
    const Model after = compiled(read_again(spec, false));
    EXPECT_EQ(fingerprint(before), fingerprint(after)) << spec.line.name;
    EXPECT_EQ(before.hash == after.hash, same_hash) << spec.line.name;
}

TEST(Smt2020Form, reference_fab) {
    const Result<Spec> spec = embedded_model("reference-fab");
    ASSERT_TRUE(spec);
    expect_same(*spec, true);
}

TEST(Smt2020Form, minifab) {
    const Result<Spec> spec = embedded_model("minifab");
    ASSERT_TRUE(spec);
    expect_same(*spec, false);  // its horizon, warm-up and rule name are not held
}

TEST(Smt2020Form, generated_fab) {
    const Result<Spec> rows = embedded_process("logic14");
    ASSERT_TRUE(rows);
    const Result<Process> process = resolve_process(*rows, {});
    ASSERT_TRUE(process);
    LineParameters parameters;
    parameters.name = "generated";
    parameters.pieces_per_month = 10'000;
    parameters.products = 3;
    Spec spec = generate_line(*process, parameters);
    spec.line.horizon = LineSpec().horizon;
    spec.line.warmup = 0;
    expect_same(spec, true);
}

// Do planned lots move alike as orders of their own? The fingerprint may differ: it sees the order of events inside an
// instant, which follows from when they were scheduled.
TEST(Smt2020Form, planned_lots) {
    Result<Spec> spec = embedded_model("minifab");
    ASSERT_TRUE(spec);
    ReleaseSpec& list = spec->releases[2];
    list.policy = ReleasePolicy::list;
    for (int i = 0; i < 40; ++i) spec->planned_lots.push_back({{}, list.name, i * (7 * kHour + 13), (i + 1) * kDay});
    RunOptions options;
    options.horizon = 30 * kDay;
    options.warmup = 0;
    const RunResult before = run(compiled(*spec), options);
    const RunResult after = run(compiled(read_again(*spec, true)), options);
    const auto cycle_times = [](const RunResult& r, size_t from, size_t to) {
        Time sum = 0;
        for (size_t i = from; i < to; ++i) sum += r.lot_types[i].completed.cycle_time_sum;
        return sum;
    };
    ASSERT_EQ(after.lot_types.size(), 42U);
    EXPECT_EQ(before.shipped, after.shipped);
    EXPECT_EQ(cycle_times(before, 0, 2), cycle_times(after, 0, 2));
    EXPECT_EQ(cycle_times(before, 2, 3), cycle_times(after, 2, 42));
}

TEST(Smt2020Form, published_files) {
    const char* data = std::getenv("CHIPCHAIN_TEST_DATA");
    const std::filesystem::path folder =
        (data != nullptr ? std::filesystem::path(data) : testing::project_folder() / ".." / "shared" / "data") /
        "smt2020_hvlm";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no SMT2020 files; set CHIPCHAIN_TEST_DATA";
    Diagnostics notes;
    const Result<Spec> spec = read_smt2020(folder.string(), notes);
    ASSERT_TRUE(spec);
    Diagnostics losses;
    ASSERT_TRUE(smt2020_files(*spec, false, losses));
    EXPECT_TRUE(losses.empty()) << render_all(losses, spec->sources);
    expect_same(*spec, true);
}

}  // namespace
}  // namespace chipchain
