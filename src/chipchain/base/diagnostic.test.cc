#include "chipchain/base/diagnostic.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

Diagnostic make(Span span) {
    return {
        Severity::error,
        "unknown-tool-group",
        "step 14 of route 'logic' uses tool group 'lith_arf', which is not declared",
        span,
        "expected one of 41 tool groups",
        "did you mean 'litho_arf'?"};
}

// is the text form the one that base/diagnostic.h shows?
TEST(Diagnostic, text_form) {
    SourceMap sources;
    std::string text(87, '\n');
    sources.add("fab.toml", text + "tool_group = \"lith_arf\"\r\n");
    EXPECT_EQ(
        render(make({0, 88, 14, 10}), sources),
        "error[unknown-tool-group]: step 14 of route 'logic' uses tool group 'lith_arf', which is not declared\n"
        "  --> fab.toml:88:14\n"
        " 88 | tool_group = \"lith_arf\"\n"
        "    |              ^^^^^^^^^^ expected one of 41 tool groups\n"
        "help: did you mean 'litho_arf'?\n");
}

TEST(Diagnostic, no_place) {
    SourceMap sources;
    EXPECT_EQ(render({Severity::warning, "x", "m", {}, "", ""}, sources), "warning[x]: m\n");
    sources.add("a.csv", "");
    EXPECT_EQ(render({Severity::note, "x", "m", {}, "e", ""}, sources), "note[x]: m\n  --> a.csv\n");
    EXPECT_EQ(
        render({Severity::error, "x", "m", {0, 9, 9, 9}, "e", ""}, sources),
        "error[x]: m\n  --> a.csv:9:1\n 9 |\n   | ^ e\n");
    EXPECT_EQ(render({Severity::error, "x", "m", {7, 1, 1, 1}, "e", ""}, sources), "error[x]: m\n");
}

// do carets stand under the text behind tabs, multi-byte and wide characters?
TEST(Diagnostic, carets_are_aligned) {
    SourceMap sources;
    sources.add("t", "\tkey = 1\n\xc3\xa4\xe6\xbc\xa2 = 1\n\xff\x01 = 1\n");
    EXPECT_EQ(
        render({Severity::error, "x", "m", {0, 1, 8, 1}, "", ""}, sources),
        "error[x]: m\n  --> t:1:8\n 1 | \tkey = 1\n   | \t      ^\n");
    EXPECT_EQ(
        render({Severity::error, "x", "m", {0, 2, 9, 1}, "", ""}, sources),
        "error[x]: m\n  --> t:2:6\n 2 | \xc3\xa4\xe6\xbc\xa2 = 1\n   |       ^\n");
    EXPECT_EQ(
        render({Severity::error, "x", "m", {0, 2, 1, 5}, "", ""}, sources),
        "error[x]: m\n  --> t:2:1\n 2 | \xc3\xa4\xe6\xbc\xa2 = 1\n   | ^^^\n");
    EXPECT_EQ(
        render({Severity::error, "x", "m", {0, 3, 6, 1}, "", ""}, sources),
        "error[x]: m\n  --> t:3:6\n 3 | ?? = 1\n   |      ^\n");
}

TEST(Diagnostic, long_lines_are_cut) {
    SourceMap sources;
    sources.add("t", std::string(500, 'a') + "X" + std::string(500, 'b'));
    const std::string text = render({Severity::error, "x", "m", {0, 1, 501, 1}, "here", ""}, sources);
    EXPECT_EQ(
        text,
        "error[x]: m\n  --> t:1:501\n 1 | ..." + std::string(60, 'a') + "X" + std::string(59, 'b') + "...\n   | " +
            std::string(63, ' ') + "^ here\n");
}

TEST(Diagnostic, colours_only_when_asked) {
    SourceMap sources;
    sources.add("t", "a");
    const Diagnostic d{Severity::error, "x", "m", {0, 1, 1, 1}, "e", "h"};
    EXPECT_EQ(render(d, sources, false).find('\x1b'), std::string::npos);
    EXPECT_NE(render(d, sources, true).find("\x1b[1;31merror[x]\x1b[0m"), std::string::npos);
}

TEST(Diagnostic, all_in_order_and_counted) {
    SourceMap sources;
    sources.add("a", "1\n2\n");
    sources.add("b", "1\n");
    const Diagnostics list = {
        {Severity::error, "third", "m", {1, 1, 1, 0}, "", ""},
        {Severity::warning, "second", "m", {0, 2, 1, 0}, "", ""},
        {Severity::error, "first", "m", {0, 1, 1, 0}, "", ""}};
    const std::string text = render_all(list, sources);
    EXPECT_LT(text.find("first"), text.find("second"));
    EXPECT_LT(text.find("second"), text.find("third"));
    EXPECT_TRUE(text.ends_with("\n\n2 errors, 1 warning\n")) << text;
    const std::string cut = render_all(list, sources, false, 1);
    EXPECT_TRUE(cut.ends_with("\n\n... and 2 more\n2 errors, 1 warning\n")) << cut;
    EXPECT_EQ(render_all({}, sources), "");
    EXPECT_TRUE(has_errors(list));
    EXPECT_FALSE(has_errors({list[1]}));
}

TEST(Diagnostic, nearest_name) {
    const std::vector<std::string> names = {"etch", "litho_arf", "litho_euv"};
    EXPECT_EQ(nearest_name("lith_arf", names), "litho_arf");
    EXPECT_EQ(nearest_name("ecth", names), "etch");  // one transposition
    EXPECT_EQ(nearest_name("etching", names), "etch");
    EXPECT_EQ(nearest_name("cvd", names), "");
    EXPECT_EQ(nearest_name("", names), "");
    EXPECT_EQ(nearest_name("litho_xxx", names), "litho_arf");  // a tie goes to the first
    EXPECT_EQ(nearest_name("et", names), "");
}

TEST(Diagnostic, lines_of_a_source) {
    SourceMap sources;
    sources.add("t", "a\r\nb\n\nlast");
    EXPECT_EQ(sources.line(0, 1), "a");
    EXPECT_EQ(sources.line(0, 2), "b");
    EXPECT_EQ(sources.line(0, 3), "");
    EXPECT_EQ(sources.line(0, 4), "last");
    EXPECT_EQ(sources.line(0, 5), "");
    EXPECT_EQ(sources.line(0, 0), "");
    EXPECT_EQ(sources.line(1, 1), "");
}

}  // namespace
}  // namespace chipchain
