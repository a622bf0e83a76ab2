// Do tables survive being written and read, and do summaries say what the numbers say?
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "chipchain/model/compile.h"
#include "chipchain/report/csv.h"
#include "chipchain/report/explain_text.h"
#include "chipchain/report/json.h"
#include "chipchain/report/result_tables.h"
#include "chipchain/report/run_page.h"
#include "chipchain/report/sqlite.h"
#include "chipchain/report/summary.h"
#include "chipchain/report/text_table.h"
#include "chipchain/report/trace.h"
#include "chipchain/sim/run.h"
#include "chipchain/spec/embedded_models.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

const Model& minifab() {
    static const Model model = [] {
        Diagnostics warnings;
        return *compile(*embedded_model("minifab"), warnings);
    }();
    return model;
}

std::vector<ResultTable> tables(uint32_t replication) {
    RunOptions options;
    options.replication = replication;
    options.horizon = 30 * kDay;
    options.warmup = 5 * kDay;
    return result_tables(minifab(), run(minifab(), options));
}

struct TemporaryFolder {
    fs::path path;
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "chipchain-test-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() { fs::remove_all(path); }
    [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
};

const RunIdentity kIdentity{"0123", "test", 1, 30 * kDay, 5 * kDay};

TEST(ResultTables, every_row_is_complete) {
    for (const ResultTable& table : tables(0)) {
        EXPECT_EQ(table.cells.size() % table.schema->columns.size(), 0U) << table.schema->name;
        // a model without windows and without dated changes
        if (table.schema->name != "queue_time_window" && table.schema->name != "month") {
            EXPECT_GT(table.rows(), 0U) << table.schema->name;
        }
    }
}

TEST(ResultTables, states_of_a_group_sum_to_all_time) {
    const std::vector<ResultTable> all = tables(0);
    const ResultTable& t = all[2];
    for (size_t r = 0; r < t.rows(); ++r) {
        double sum = 0;
        for (const char* column :
             {"down_percent",
              "maintenance_percent",
              "setup_percent",
              "productive_percent",
              "standby_no_wip_percent",
              "standby_with_wip_percent",
              "standby_reserved_percent",
              "engineering_percent",
              "nonscheduled_percent"}) {
            sum += t.number(r, t.schema->index(column));
        }
        EXPECT_NEAR(sum, 100, 1e-9);
        const double oee = t.number(r, t.schema->index("e79_oee"));
        const double product = t.number(r, t.schema->index("e79_availability_efficiency")) *
                               t.number(r, t.schema->index("e79_operational_efficiency")) *
                               t.number(r, t.schema->index("e79_rate_efficiency")) *
                               t.number(r, t.schema->index("e79_quality_efficiency"));
        EXPECT_NEAR(oee, product, 1e-12);
    }
}

TEST(ResultFile, what_was_added_is_read_again) {
    const TemporaryFolder folder;
    {
        Result<ResultFile> file = ResultFile::open(folder.file("a.sqlite"), kIdentity, false);
        ASSERT_TRUE(file);
        for (const uint32_t r : {0U, 1U}) ASSERT_TRUE(file->add(r, tables(r)));
    }
    Result<ResultFile> again = ResultFile::open(folder.file("a.sqlite"), kIdentity, true);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->finished(), (std::vector<uint32_t>{0, 1}));
    const std::vector<ResultTable> known = tables(1), read = again->read(1);
    ASSERT_EQ(known.size(), read.size());
    for (size_t t = 1; t < known.size(); ++t)
        EXPECT_EQ(known[t].cells, read[t].cells) << known[t].schema->name;  // table 0 holds wall time
}

TEST(ResultFile, another_run_is_not_mixed_in) {
    const TemporaryFolder folder;
    ASSERT_TRUE(ResultFile::open(folder.file("a.sqlite"), kIdentity, false));
    RunIdentity other = kIdentity;
    other.seed = 2;
    const Result<ResultFile> file = ResultFile::open(folder.file("a.sqlite"), other, true);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error()[0].id, "results-of-another-run");
    EXPECT_NE(file.error()[0].message.find("its seed is 1, not 2"), std::string::npos) << file.error()[0].message;
}

TEST(ResultFile, a_kill_leaves_what_was_finished) {
    const TemporaryFolder folder;
    const std::string path = folder.file("killed.sqlite");
    const std::vector<ResultTable> all = tables(0);
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        Result<ResultFile> file = ResultFile::open(path, kIdentity, false);
        for (uint32_t r = 0; file; ++r) {
            if (!file->add(r, all)) break;
            if (r == 3 && write(ready[1], "x", 1) != 1) break;
        }
        _exit(1);
    }
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    usleep(20'000);  // somewhere inside a later transaction
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    Result<ResultFile> file = ResultFile::open(path, kIdentity, true);
    ASSERT_TRUE(file);
    const std::vector<uint32_t> finished = file->finished();
    ASSERT_GE(finished.size(), 4U);
    for (uint32_t r = 0; r < finished.size(); ++r) {
        EXPECT_EQ(finished[r], r);
        const std::vector<ResultTable> read_back = file->read(r);
        for (size_t t = 0; t < all.size(); ++t) EXPECT_EQ(all[t].cells.size(), read_back[t].cells.size());
    }
    ASSERT_TRUE(file->add(static_cast<uint32_t>(finished.size()), all)) << "a killed run can be continued";
}

TEST(ResultFile, a_file_that_cannot_be_written_is_told) {
    const Result<ResultFile> file = ResultFile::open("/proc/no/such/folder/a.sqlite", kIdentity, false);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error()[0].id, "file-not-writable");
}

TEST(Summary, means_and_intervals_over_replications) {
    const std::vector<std::vector<ResultTable>> all = {tables(0), tables(1), tables(2)};
    const Summary summary = summarise(same_table(all, "lot_type"));
    ASSERT_EQ(summary.rows.size(), 3U);
    EXPECT_EQ(summary.label(0, "lot_type"), "Pa");
    const MeanInterval& x = summary.value(0, "cycle_time_mean_d");
    double sum = 0;
    for (const auto& t : all) sum += t[1].number(0, t[1].schema->index("cycle_time_mean_d"));
    EXPECT_EQ(x.count, 3);
    EXPECT_NEAR(x.mean, sum / 3, 1e-12);
    EXPECT_GT(x.half_width, 0);
}

TEST(Summary, a_system_differs_from_itself_by_nothing) {
    const std::vector<std::vector<ResultTable>> all = {tables(0), tables(1)};
    for (const Difference& d :
         differences(same_table(all, "lot_type"), same_table(all, "lot_type"), {"cycle_time_mean_d", "shipped"})) {
        EXPECT_EQ(d.difference.mean, 0);
        EXPECT_TRUE(is_noise(d.difference));
    }
}

TEST(ReportText, pages_fit_their_width) {
    const std::vector<std::vector<ResultTable>> all = {tables(0), tables(1)};
    for (const size_t width : {60U, 80U, 120U, 300U}) {
        std::istringstream page(run_page(all, {width, 0}));
        for (std::string line; std::getline(page, line);) {
            const bool free_text = line.find("wider window") != std::string::npos || line.starts_with("model ") ||
                                   line.starts_with("WIP ") || line.starts_with("MSER");
            if (!free_text) {
                EXPECT_LE(text_width(line), width + 20) << line;
            }
        }
    }
}

TEST(ReportText, numbers_are_short) {
    EXPECT_EQ(short_number(0), "0.00");
    EXPECT_EQ(short_number(1.236), "1.24");
    EXPECT_EQ(short_number(12.36), "12.4");
    EXPECT_EQ(short_number(123.6), "124");
    EXPECT_EQ(short_number(1234567.8), "1,234,568");
    EXPECT_EQ(with_interval(51.339, 0.2149, 20), "51.34 ± 0.21");
    EXPECT_EQ(sparkline({0, 1, 2, 3}, 4), "▁▃▆█");
}

TEST(Csv, cells_with_commas_are_quoted) {
    static constexpr ColumnInfo kColumns[] = {{"a", ColumnKind::key, "", ""}, {"b", ColumnKind::value, "", ""}};
    static const TableSchema kSchema{"t", "", kColumns};
    ResultTable table;
    table.schema = &kSchema;
    table.cells = {Cell(std::string("x,\"y\"")), Cell(0.1), Cell(std::string("z")), Cell()};
    EXPECT_EQ(csv_text({&table}), "run,a,b\n0,\"x,\"\"y\"\"\",0.1\n0,z,\n");
}

TEST(Json, parses_and_holds_every_table) {
    const std::vector<std::vector<ResultTable>> all = {tables(0), tables(1)};
    const auto root = nlohmann::json::parse(json_text(all, true));
    for (const TableSchema& schema : result_schemas()) {
        if (schema.name != "queue_time_window") {
            EXPECT_TRUE(root["tables"].contains(schema.name)) << schema.name;
        }
    }
    EXPECT_EQ(root["tables"]["run"].size(), 2U);
    EXPECT_EQ(root["summary"]["lot_type"][0]["cycle_time_mean_d"]["n"], 2);
    EXPECT_FALSE(nlohmann::json::parse(json_text(all, false))["tables"].contains("step"));
}

TEST(Trace, is_json_and_lies_in_its_window) {
    Recorder recorder;
    recorder.from = 10 * kDay;
    recorder.until = 11 * kDay;
    recorder.tools = recorder.lots = true;
    RunOptions options;
    options.horizon = 11 * kDay;
    options.recorder = &recorder;
    const RunResult with = run(minifab(), options);
    options.recorder = nullptr;
    EXPECT_EQ(with.fingerprint, run(minifab(), options).fingerprint) << "a recorder changes no trajectory";
    const auto root = nlohmann::json::parse(trace_text(minifab(), recorder));
    EXPECT_GT(root["traceEvents"].size(), 100U);
    for (const auto& event : root["traceEvents"]) {
        if (event["ph"] != "X") continue;
        EXPECT_GE(event["dur"].get<int64_t>(), 0);
        EXPECT_GE(event["ts"].get<int64_t>() + event["dur"].get<int64_t>(), recorder.from);
        EXPECT_LT(event["ts"].get<int64_t>(), recorder.until);
    }
}

TEST(ExplainText, a_lot_s_phases_sum_to_its_stay) {
    Recorder recorder;
    recorder.lots = recorder.shipped = true;
    recorder.only_type = 0;
    recorder.only_number = 20;
    RunOptions options;
    options.horizon = 30 * kDay;
    options.recorder = &recorder;
    (void)run(minifab(), options);
    ASSERT_FALSE(recorder.lot_intervals.empty());
    Time sum = 0;
    for (const LotInterval& x : recorder.lot_intervals) sum += x.end - x.begin;
    const uint32_t serial = recorder.lot_intervals[0].lot;
    for (const ShippedLot& x : recorder.shipped_lots) {
        if (x.lot == serial) {
            EXPECT_EQ(sum, x.out - x.release);
        }
    }
    const std::string text = lot_text(minifab(), recorder, "Pa/21", 100);
    EXPECT_NE(text.find("lot Pa/21 (serial"), std::string::npos) << text;
    EXPECT_NE(text.find("tools busy"), std::string::npos) << text;
}

TEST(ExplainText, why_a_lot_waited_in_words) {
    LotInterval wait;
    wait.tools[static_cast<size_t>(ToolState::productive)] = 80;
    wait.tools[static_cast<size_t>(ToolState::down)] = 15;
    wait.tools[static_cast<size_t>(ToolState::standby_with_wip)] = 5;
    wait.passed_by = 2;
    EXPECT_EQ(wait_reason(wait), "tools busy 80 %, down 15 %, idle but not for this lot 5 %; 2 lots overtook it");
}

}  // namespace
}  // namespace chipchain
