// Does the HTML report hold exactly the tables it was given, whatever their texts are?
#include "chipchain/report/html_report.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "chipchain/report/table_rows.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kColumns[] = {
    {"milestone", K::key, "", "what is promised"},
    {"planned", K::fact, "date", "by the plan"},
    {"late_by_d", K::value, "d", "P50 after the plan"},
    {"runs", K::value, "", "replications"},
};
constexpr TableSchema kSchema = {"milestones", "promised <dates> & what came of them", kColumns};

constexpr std::string_view kPage =
    "<!doctype html><html><body><script type=\"application/json\" id=\"data\"></script><p>page</p></body></html>";

ResultTable table(const std::string& name = "AI5 volume") {
    Rows rows(kSchema);
    rows.text(name).text("2027-06-30").number(12.25).count(100);
    rows.text("empty").none().number(std::nan("")).none();
    return rows.take();
}

ReportMeta meta() {
    ReportMeta meta;
    meta.title = "Chain of AI5";
    meta.scenario = "ai5-chain";
    meta.start = "2025-11-01";
    meta.end = "2029-12-31";
    meta.model_hash = "1a2b";
    meta.seed = std::numeric_limits<uint64_t>::max();
    meta.replications = 100;
    meta.fingerprint = "77aa";
    meta.version = "0.1.0";
    meta.command = "chipchain run";
    meta.bucket_dates = {"2025-11-03", "2025-11-10"};
    meta.maps = {{"AI5 wafer", "wafer", 300, 300}};
    return meta;
}

// the text of the element the page reads
std::string embedded(const std::string& document) {
    const std::string open = "id=\"data\">";
    const size_t from = document.find(open) + open.size();
    return document.substr(from, document.find("</script>", from) - from);
}

}  // namespace

TEST(HtmlReport, is_the_page_with_the_data_in_its_place) {
    const std::string document = html_report(kPage, {table()}, meta());
    EXPECT_EQ(
        document,
        "<!doctype html><html><body><script type=\"application/json\" id=\"data\">" + chain_json({table()}, meta()) +
            "</script><p>page</p></body></html>");
}

TEST(HtmlReport, data_are_columns_once_and_rows_as_arrays) {
    const auto root = nlohmann::json::parse(chain_json({table()}, meta()));
    EXPECT_EQ(root["format"], "chipchain-chain-1");
    EXPECT_EQ(root["meta"]["seed"], "18446744073709551615");
    EXPECT_EQ(root["meta"]["replications"], 100);
    EXPECT_TRUE(root["meta"]["service_percent"].is_null());
    EXPECT_EQ(root["meta"]["maps"][0]["width_mm"], 300);
    ASSERT_EQ(root["tables"].size(), 1);
    const auto& t = root["tables"]["milestones"];
    EXPECT_EQ(
        t["columns"][2],
        nlohmann::json::parse(R"({"name":"late_by_d","kind":"value","unit":"d","help":"P50 after the plan"})"));
    EXPECT_EQ(t["rows"], nlohmann::json::parse(R"([["AI5 volume","2027-06-30",12.25,100],["empty",null,null,null]])"));
}

// Can a text of the model end the element, or open a comment that swallows it?
TEST(HtmlReport, no_text_leaves_its_script_element) {
    for (const std::string evil :
         {"</script><script>alert(1)</script>", "<!--<script>", "]]>", "\"quoted\" \\ \n\t", "\u2028 30 \u00b5m"}) {
        const std::string document = html_report(kPage, {table(evil)}, meta());
        const std::string data = embedded(document);
        EXPECT_EQ(data.find('<'), std::string::npos) << evil;
        EXPECT_EQ(nlohmann::json::parse(data)["tables"]["milestones"]["rows"][0][0], evil);
        EXPECT_TRUE(document.ends_with(data + "</script><p>page</p></body></html>")) << evil;
    }
}

TEST(HtmlReport, bytes_that_are_no_text_are_replaced) {
    const auto root = nlohmann::json::parse(chain_json(
        {table("a\xff"
               "b")},
        meta()));
    EXPECT_EQ(
        root["tables"]["milestones"]["rows"][0][0],
        "a\uFFFD"
        "b");
}

TEST(HtmlReport, is_the_same_every_time) {
    EXPECT_EQ(html_report(kPage, {table(), table("x")}, meta()), html_report(kPage, {table(), table("x")}, meta()));
}

// Do program and page agree? The page's tests read the same file (web/src/table.test.ts).
TEST(HtmlReport, data_are_those_of_the_page_s_tests) {
    const std::filesystem::path path = testing::project_folder() / "web" / "testdata" / "from_program.json";
    const std::string data = chain_json({table("</script>")}, meta()) + "\n";
    if (testing::updating()) testing::write_text(path, data);
    EXPECT_EQ(testing::read_text(path), data) << "CHIPCHAIN_UPDATE=1 makes it again";
}

TEST(HtmlReport, embedded_page_takes_data_and_needs_no_network) {
    if (report_page().empty()) GTEST_SKIP() << kNoReportPage;
    const std::string document = html_report(report_page(), {table()}, meta());
    EXPECT_EQ(embedded(document), chain_json({table()}, meta()));
    EXPECT_LT(report_page().size(), 1000000);
    for (const std::string_view outside : {"<script src", "<link rel=\"stylesheet\"", "url(http", "@import"})
        EXPECT_EQ(report_page().find(outside), std::string_view::npos) << outside;
}

TEST(HtmlReportDeathTest, page_without_a_place_is_our_mistake) {
    EXPECT_DEATH(static_cast<void>(html_report("<html></html>", {}, {})), "");
}

}  // namespace chipchain
