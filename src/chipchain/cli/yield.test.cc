// Does `chipchain yield` give the published counts and yields, and does it tell every mistake of a command line at
// once?
#include "chipchain/cli/yield.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "chipchain/report/map_e142.h"
#include "chipchain/report/map_g85.h"
#include "chipchain/spec/diagnostic_ids.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

// "yield die --die 26x16.5 --half-field" as the program reads it.
struct Line {
    YieldVerb verb = YieldVerb::die;
    YieldChoices choices;
};

Line line_of(const std::string& text) {
    Line out;
    std::istringstream in("chipchain " + text);
    std::string word;
    while (in >> word) out.choices.arguments.push_back(word);
    const std::vector<std::string>& words = out.choices.arguments;
    out.verb = words.at(2) == "die" ? YieldVerb::die : words.at(2) == "panel" ? YieldVerb::panel : YieldVerb::board;
    for (size_t i = 3; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        const std::string name = words[i].substr(2, equals == std::string::npos ? equals : equals - 2);
        if (equals != std::string::npos) {
            out.choices.given[name] = words[i].substr(equals + 1);
            continue;
        }
        const auto options = yield_options();
        const auto flag = std::find_if(options.begin(), options.end(), [&name](const YieldOption& o) {
            return o.name == name && o.form == OptionForm::flag;
        });
        out.choices.given[name] = flag != options.end() ? "1" : words.at(++i);
    }
    return out;
}

std::string said(const std::string& text, std::vector<std::string>* ids = nullptr) {
    const Line line = line_of(text);
    SourceMap sources;
    const Result<YieldRequest> request =
        parse_yield_request(line.verb, line.choices.given, line.choices.arguments, sources);
    Diagnostics all;
    if (!request) all = request.error();
    if (request) {
        const Result<YieldAnswer> answer = answer_request(*request, line.choices);
        if (!answer) all = answer.error();
    }
    for (const Diagnostic& d : all) {
        if (ids != nullptr) ids->push_back(d.id);
    }
    return all.empty() ? "ok\n" : render_all(all, sources);
}

struct Answered {
    YieldRequest request;
    YieldAnswer answer;
};
Answered answered(const std::string& text) {
    const Line line = line_of(text);
    SourceMap sources;
    const Result<YieldRequest> request =
        parse_yield_request(line.verb, line.choices.given, line.choices.arguments, sources);
    EXPECT_TRUE(request) << said(text);
    const Result<YieldAnswer> answer = answer_request(*request, line.choices);
    EXPECT_TRUE(answer) << said(text);
    return {*request, *answer};
}

double figure(const YieldAnswer& answer, const std::string& name) {
    for (const YieldFigure& f : answer.figures) {
        if (f.name == name) return f.value;
    }
    ADD_FAILURE() << name;
    return -1;
}

// a half-reticle die, backend facts 4.1 and 4.2: 132 gross; 107, 88, 74, 62 good
TEST(YieldVerb, half_reticle_die) {
    const Answered a = answered("yield die --die 26x16.5 --street 0.1 --edge 3 --notch 5");
    EXPECT_EQ(a.answer.devices, 132U);
    std::vector<double> good;
    for (const YieldRow& row : a.answer.rows) {
        if (row.chosen) good.push_back(row.good);
    }
    ASSERT_EQ(good.size(), 4U);
    const double expected[] = {107, 88, 74, 62};
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(std::floor(good[i] + 0.5), expected[i]);
    const std::string page = yield_page(a.request, a.answer, 120);
    EXPECT_NE(page.find("* 107 / 88 / 74 / 62 good of 132"), std::string::npos) << page;
    // what was given and what was not
    EXPECT_NE(page.find("given"), std::string::npos);
    EXPECT_NE(page.find("assumption: no flat"), std::string::npos);
    EXPECT_EQ(a.answer.map.devices(), 132U);
}

// AI5-class sizes of backend facts 4.1
TEST(YieldVerb, dies_of_other_shapes) {
    EXPECT_EQ(answered("yield die --die 33x13 --notch 5").answer.devices, 131U);
    EXPECT_EQ(answered("yield die --die 26x33 --notch 5").answer.devices, 64U);
}

// backend facts 1.6: 169 packages of 50 mm on 700 x 700 with a 10 mm edge; 0.98^3 by the layers
TEST(YieldVerb, panel) {
    const Answered a =
        answered("yield panel --panel 700x700 --package 50x50 --rdl 3 --rdl-yield 0.98 --panel-cost 1000");
    EXPECT_EQ(a.answer.devices, 169U);
    EXPECT_NEAR(figure(a.answer, "utilisation"), 86.2, 0.05);
    ASSERT_EQ(a.answer.rows.size(), 1U);
    EXPECT_NEAR(a.answer.rows[0].device_yield, 0.941192, 1e-12);
    EXPECT_NEAR(a.answer.rows[0].cost_per_good_usd, 1000 / (169 * 0.941192), 1e-9);
    EXPECT_EQ(a.request.number("street"), 0.2);
    EXPECT_EQ(a.answer.map.devices(), 169U);
    EXPECT_EQ(a.answer.map.rows, 13U);
}

// packages both upright and turned stand on no common grid: they are drawn, but no map file is made
TEST(YieldVerb, mixed_packing_has_no_grid) {
    const Answered a = answered("yield panel --panel 300x300 --package 110x60 --edge 0 --street 0 --rotate mixed");
    if (a.answer.map.rows == 0) {
        EXPECT_EQ(a.answer.overlay.loose.size(), a.answer.devices);
    }
    EXPECT_GE(
        a.answer.devices,
        answered("yield panel --panel 300x300 --package 110x60 --edge 0 --street 0").answer.devices);
}

TEST(YieldVerb, board_in_inches) {
    const Answered a = answered("yield board --board 5x7in");
    // 18 x 24 in with 0.75 in border: 16.5 x 22.5 in; routed 0.1 in apart: 3 x 3 upright
    EXPECT_NEAR(a.request.number("border"), 19.05, 1e-12);
    EXPECT_NEAR(a.request.number("gap"), 2.54, 1e-12);
    EXPECT_EQ(a.answer.devices, 9U);
    EXPECT_EQ(a.answer.map.kind, SubstrateKind::board_panel);
    EXPECT_NEAR(figure(a.answer, "utilisation"), 100 * 9 * 35 / 371.25, 1e-6);
}

// every shot counted once, every die of a shot in it; the two products share all dies
TEST(YieldVerb, shots_and_products) {
    const Answered a = answered("yield die --die 12x10 --field 26x33 --partial-shots --products 2");
    EXPECT_EQ(figure(a.answer, "dies of a full shot"), 6);
    EXPECT_EQ(figure(a.answer, "shots"), static_cast<double>(a.answer.overlay.shots.size()));
    EXPECT_EQ(figure(a.answer, "product 1") + figure(a.answer, "product 2"), static_cast<double>(a.answer.devices));
    EXPECT_EQ(a.answer.map.count(1) + a.answer.map.count(2), a.answer.devices);
    const Answered whole = answered("yield die --die 12x10 --field 26x33");
    EXPECT_LT(whole.answer.devices, a.answer.devices);
    EXPECT_EQ(figure(whole.answer, "shots"), figure(whole.answer, "full shots"));
    EXPECT_EQ(figure(answered("yield die --die 12x10 --half-field").answer, "dies of a full shot"), 2);
}

// are as many drawn bad as the model says, and does a map file of a drawn map come back?
TEST(YieldVerb, sample) {
    const Answered a = answered("yield die --die 10x10 --d0 0.5 --sample 400 --cluster device --alpha 2");
    const double expected = 1 / (1.25 * 1.25);  // (1 + 0.5 / 2)^-2
    EXPECT_NEAR(
        figure(a.answer, "drawn: mean of good devices") / static_cast<double>(a.answer.devices),
        expected,
        0.01);
    EXPECT_LT(a.answer.map.good(), a.answer.map.devices());
    EXPECT_GE(a.answer.overlay.defects.size(), a.answer.map.devices() - a.answer.map.good());
    SourceMap sources;
    const Result<SubstrateMap> g85 = parse_map("a.xml", g85_text(a.answer.map), sources);
    const Result<SubstrateMap> e142 = parse_map("b.xml", e142_text(a.answer.map), sources);
    ASSERT_TRUE(g85 && e142);
    EXPECT_TRUE(same_map(*g85, held_in_file(a.answer.map)));
    EXPECT_TRUE(same_map(*g85, *e142));
    EXPECT_EQ(g85->substrate_id, "SUBSTRATE-1");
}

TEST(YieldVerb, json) {
    const Answered a = answered("yield die --die 10x10 --d0 0.1 --wafer-cost 9346");
    const std::string text = yield_json(a.request, a.answer);
    EXPECT_NE(text.find("\"name\": \"wafer-cost\""), std::string::npos);
    EXPECT_NE(text.find("\"cost_per_good_usd\""), std::string::npos);
}

// the same package on all formats: the counts of backend facts 1.6
TEST(YieldVerb, formats) {
    const std::string page = formats_page(answered("yield panel --package 50x50").request, 160);
    EXPECT_NE(page.find("700x700"), std::string::npos) << page;
    EXPECT_NE(page.find("169"), std::string::npos) << page;
    EXPECT_NE(page.find("121"), std::string::npos) << page;
}

// Each command of the page (after "$ chipchain ") and what is said of it.
TEST(YieldVerb, mistakes) {
    const std::filesystem::path path =
        testing::project_folder() / "src" / "chipchain" / "cli" / "testdata" / "yield_mistakes.md";
    std::istringstream in(testing::read_text(path));
    const std::string prompt = "$ chipchain ";
    std::string page;
    std::string line;
    size_t cases = 0;
    while (std::getline(in, line)) {
        page += line + "\n";
        if (!line.starts_with(prompt)) continue;
        const std::string command = line.substr(prompt.size());
        std::string block;
        while (std::getline(in, line) && line != "```") block += line + "\n";
        std::vector<std::string> ids;
        const std::string now = said(command, &ids);
        if (!testing::updating()) {
            EXPECT_EQ(now, block) << command;
        }
        for (const std::string& id : ids) {
            const auto table = diagnostic_table();
            EXPECT_TRUE(std::any_of(table.begin(), table.end(), [&id](const DiagnosticInfo& d) { return d.id == id; }))
                << id;
        }
        page += now + "```\n";
        ++cases;
    }
    EXPECT_GE(cases, 6U);
    if (testing::updating()) testing::write_text(path, page);
}

}  // namespace
}  // namespace chipchain
