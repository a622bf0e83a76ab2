// Do the options of chipchain chip refuse what is no number, and do its files say what they were made from?
#include "chipchain/cli/chip.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "chipchain/cli/exit.h"
#include "chipchain/cli/option_checks.h"

namespace chipchain {
namespace {

// Parses and carries out; -1 for what the parser refuses. Texts go to *out.
int run(const std::vector<std::string>& words, std::string* out = nullptr) {
    CLI::App app;
    ChipChoices choices;
    add_chip(app, choices);
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    reversed.emplace_back("chip");
    try {
        app.parse(reversed);
    } catch (const CLI::ParseError&) {
        return -1;
    }
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = chip_verb(app, choices);
    const std::string text = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    if (out != nullptr) *out = text;
    return code;
}

nlohmann::json json_of(std::vector<std::string> words) {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("chip_cli_" + std::to_string(::getpid()) + ".json");
    words.insert(words.end(), {"--json", file.string()});
    std::string text;
    EXPECT_EQ(run(words, &text), kExitGood) << text;
    std::ifstream in(file);
    nlohmann::json json = nlohmann::json::parse(in);
    std::filesystem::remove(file);
    return json;
}

// every spelling of what is no number
TEST(ChipOptions, no_number_is_refused) {
    for (const char* text : {"nan", "NaN", "-NAN", "nan(0)", "inf"}) {
        EXPECT_NE(finite_number(text), "") << text;
        EXPECT_EQ(run({"power", "tiny", "--ambient", text}), -1) << text;
        for (const char* option : {"--seconds", "--jitter-ms", "--deadline-ms", "--offset-ms"})
            EXPECT_EQ(run({"frames", "tiny@5", option, text}), -1) << option << text;
    }
    EXPECT_EQ(finite_number("-12.5e3"), "");
}

// streams that cannot be: no rate, one in 30,000 years, no number, more frames than can be carried out
TEST(ChipOptions, streams_are_bounded) {
    for (const char* bad : {"tiny", "tiny@", "tiny@0", "tiny@1e-12", "tiny@nan", "tiny@inf", "tiny@5:x", "@5"}) {
        std::string text;
        EXPECT_EQ(run({"frames", bad, "--chip", "hw3"}, &text), kExitMistake) << bad;
        EXPECT_NE(text.find("error[frame-stream]"), std::string::npos) << text;
    }
    std::string text;
    EXPECT_EQ(run({"frames", "tiny@1000000", "--seconds", "3600", "--chip", "hw3"}, &text), kExitMistake);
    EXPECT_NE(text.find("error[frame-count]: 3600000000 frames"), std::string::npos) << text;
    EXPECT_EQ(run({"frames", "tiny@5", "--deadline-ms", "1,2", "--chip", "hw3"}, &text), kExitMistake);
    EXPECT_NE(text.find("--deadline-ms has 2 values for 1 streams"), std::string::npos) << text;
}

// do options reach the streams, and do equal streams get names of their own?
TEST(ChipOptions, frames) {
    const nlohmann::json json = json_of(
        {"frames",
         "tiny@30",
         "tiny@30",
         "--chip",
         "hw3",
         "--seconds",
         "1",
         "--deadline-ms",
         "7,9",
         "--offset-ms",
         "500",
         "--newest-only"});
    const nlohmann::json& rows = json["tables"]["chip_frames"];
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["stream"], "tiny@30");
    EXPECT_EQ(rows[1]["stream"], "tiny@30 #2");
    EXPECT_NEAR(rows[0]["deadline_ms"].get<double>(), 7, 1e-9);
    EXPECT_NEAR(rows[1]["deadline_ms"].get<double>(), 9, 1e-9);
    EXPECT_EQ(rows[0]["frames"], 15);
    EXPECT_EQ(rows[0]["priority"], 0);
    const nlohmann::json& identity = json["tables"]["chip_identity"];
    ASSERT_EQ(identity.size(), 3U);
    EXPECT_NE(identity[0]["options"].get<std::string>().find("--newest-only"), std::string::npos);
}

// are all versions compared with the first, and does the file say what it was made from?
TEST(ChipOptions, power) {
    const nlohmann::json json =
        json_of({"power", "tiny", "--versions", "odd-8x8,hw3,odd-13x7", "--seed", "5", "--ambient", "30"});
    const nlohmann::json& days = json["tables"]["chip_day"];
    ASSERT_EQ(days.size(), 3U);
    EXPECT_TRUE(days[0]["gap_percent"].is_null());
    EXPECT_TRUE(days[1]["gap_percent"].is_number());
    EXPECT_TRUE(days[2]["gap_percent"].is_number());
    EXPECT_EQ(days[0]["runs"], days[2]["runs"]);
    EXPECT_EQ(json["tables"]["chip_duty"].size(), 9U);
    const nlohmann::json& identity = json["tables"]["chip_identity"];
    ASSERT_EQ(identity.size(), 4U);
    EXPECT_EQ(identity[0]["kind"], "network");
    EXPECT_EQ(identity[2]["name"], "hw3");
    EXPECT_EQ(identity[2]["seed"], 5);
    EXPECT_EQ(identity[2]["options"], "--requant f32-rne --ambient 30");
    EXPECT_EQ(json["tables"]["chip_sorting"][0]["seed"], 5);
}

// does the energy of a run by chip run agree with the power of chip power over its runs per second?
TEST(ChipOptions, energy_agrees_with_power) {
    const nlohmann::json run = json_of({"run", "tiny", "--chip", "hw3"})["tables"]["chip_run"][0];
    const nlohmann::json power = json_of({"power", "tiny", "--versions", "hw3"})["tables"]["chip_power"][0];
    EXPECT_EQ(power["state"], "steady");
    const double joules = power["with_dram_w"].get<double>() / power["runs_per_s"].get<double>();
    EXPECT_NEAR(run["energy_mj"].get<double>() / (joules * 1e3), 1, 1e-9);
    EXPECT_NEAR(run["runs_per_s"].get<double>() / power["runs_per_s"].get<double>(), 1, 1e-9);
    EXPECT_NEAR(run["junction_c"].get<double>(), power["junction_c"].get<double>(), 1e-6);
}

}  // namespace
}  // namespace chipchain
