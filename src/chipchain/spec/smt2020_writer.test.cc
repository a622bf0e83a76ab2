// Does a model in the SMT2020 form read back as itself, and is everything that the form cannot hold told?
#include "chipchain/spec/smt2020_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "chipchain/base/random.h"
#include "chipchain/model/testspec.h"
#include "chipchain/spec/embedded_models.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/smt2020_cells.h"
#include "chipchain/spec/smt2020_reader.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> ids(const Diagnostics& diagnostics) {
    std::vector<std::string> out;
    for (const Diagnostic& d : diagnostics) out.push_back(d.id);
    return out;
}

// A model that the form holds without any loss: every table, every word, every kind of calendar.
Spec full_spec() {
    Spec spec = testing::three_steps();
    spec.line.horizon = LineSpec().horizon;
    spec.line.start = civil_to_ticks(2018, 1, 1, 0, 0, 0);
    spec.line.rule = "priority_setup_fifo";
    spec.rules.push_back({{}, "priority_setup_fifo", "priority, setup, fifo", "FWLRANK rank_HP;rank_RSETUP;rank_FIFO"});
    spec.rules.push_back({{}, "priority_cr", "priority, cr", "FWLRANK rank_HP;rank_CR"});
    spec.tool_groups[0].wake = WakeRule::least_setup;
    spec.tool_groups[0].lots_inside = 2;
    spec.tool_groups[1].rule = "priority_cr";
    spec.tool_groups[1].setup_avoidance = true;
    spec.tool_groups[1].batch_key = BatchKey::product_step;
    spec.tool_groups[1].location = "Hold";
    StepSpec& first = spec.steps[0];
    first.process = {DistKind::triangular, 1'234'567'891, 7};
    first.lot_interval = 1;
    first.setup = "a";
    first.setup_time = 3 * kSecond;
    first.dedicate_step = 3;
    first.queue_time_step = 2;
    first.queue_time_limit = 4 * kHour + 1;
    spec.steps[1].process = {DistKind::lognormal, 77, 99};
    spec.steps[1].setup = "b";
    spec.steps[1].piece_interval = 11;
    spec.steps[2].rework_step = 1;
    spec.steps[2].rework_percent = 0.1 + 0.2;
    spec.steps[2].sample_percent = 100.0 / 3;
    spec.setup_changes.push_back({{}, "", "a", 72 * kMinute});
    spec.setup_changes.push_back({{}, "b", "a", 1});
    spec.setup_groups.push_back({{}, "gas", "a", 7});
    spec.setup_groups.push_back({{}, "gas", "b", 8});
    const DurationSpec week{DistKind::exponential, 7 * kDay, 0};
    spec.downs.push_back({{}, "fails", Scope::area, "Litho", week, {DistKind::uniform, 100, 100}, week});
    const DurationSpec spread{DistKind::triangular, 5 * kDay, kDay};
    spec.downs.push_back({{}, "breaks", Scope::tool_group, "etch", spread, week, spread});
    spec.pms.push_back({{}, "clean", Scope::tool_group, "etch", PmKind::calendar, kDay + 1, 0, {}, 0, 0});
    spec.pms.push_back({{}, "swap", Scope::area, "Litho", PmKind::pieces, 0, 900, spread, 0, 0});
    spec.transports.push_back({{}, "Fab", "Hold", {DistKind::uniform, 450 * kSecond, 150 * kSecond}});
    spec.releases[0].due_offset = 33 * kHour;
    ReleaseSpec& hot = testing::add_release(spec, "hot", "chip", 1.0 / 3);
    hot.policy = ReleasePolicy::poisson;
    hot.start = kDay;
    hot.priority = -3;
    hot.pieces = 7;
    hot.repeats = 0;
    hot.lots_per_release = 100'000;
    hot.reserve = true;
    spec.wip_lots.push_back({{}, "early", "chip", 20, 25, 3, 5 * kDay, -40 * kDay, true});
    return spec;
}

Spec read_again(const Spec& spec, bool lossy = false) {
    Diagnostics notes;
    const Result<std::vector<ModelFile>> files = smt2020_files(spec, lossy, notes);
    EXPECT_TRUE(files) << render_all(files.error(), {});
    if (!files) return {};
    SourceMap sources;
    const Result<Spec> again = read_smt2020_text(*files, spec.line.name, notes, &sources);
    EXPECT_TRUE(again) << render_all(again.error(), sources);
    return again ? *again : Spec{};
}

TEST(Smt2020Writer, every_field_comes_back) {
    const Spec spec = full_spec();
    Diagnostics notes;
    EXPECT_TRUE(smt2020_files(spec, false, notes));
    EXPECT_TRUE(notes.empty()) << render_all(notes, {});
    const Spec again = read_again(spec);
    for (const TableInfo& table : spec_tables()) {
        ASSERT_EQ(table.size(spec), table.size(again)) << table.name;
        for (size_t i = 0; i < table.size(spec); ++i) {
            for (const FieldInfo& f : table.fields) {
                EXPECT_EQ(f.get(table.const_row(spec, i)), f.get(table.const_row(again, i)))
                    << table.name << " " << f.key;
            }
        }
    }
}

// the columns and words of the published files, for programs that know no others
TEST(Smt2020Writer, the_text_of_the_files) {
    Diagnostics notes;
    const Result<std::vector<ModelFile>> files = smt2020_files(full_spec(), false, notes);
    ASSERT_TRUE(files);
    const auto text = [&files](const std::string& name) {
        for (const ModelFile& f : *files) {
            if (f.name == name) return f.contents;
        }
        return "no file " + name;
    };
    EXPECT_EQ(files->size(), 11U);
    EXPECT_EQ(
        text("tool.txt.1l"),
        "STNFAM\tSTN\tRULE\tFWLRANK\tWAKERESRANK\tBATCHCRITF\tBATCHPER\tLTIME\tLTUNITS\tULTIME\tULTUNITS\tSTNCAP\tSTNQT"
        "Y\t"
        "STNGRP\tSTNFAMSTEP_ACTLIST\tSTNFAMLOC\tPRERULERWL\tSETUPGRP\n"
        "etch\tetch\trule_HotLotFIRST\trank_HP;rank_RSETUP;rank_FIFO\twake_"
        "LeastSetupTime\t\t\t1\tmin\t1\tmin\t2\t2\tEtch\t"
        "Custom_actlist_ASISemiOpersDuringSetupAndAdditionalLoadUnload\tFab\tno\tgas\n"
        "litho\tlitho\trule_LSSU\trank_HP;rank_CR\t\tcrit_sameroutestep\tpiece\t0\tmin\t0\tmin\t\t1\tLitho\t"
        "Custom_actlist_ASISemiOpersDuringSetupAndAdditionalLoadUnload\tHold\tno\tgas\n");
    EXPECT_EQ(text("part.txt"), "PARTGRP\tPARTFAM\tPART\tROUTEFILE\tROUTE\nSaleable\t\tchip\troute_logic.txt\tlogic\n");
    EXPECT_EQ(
        text("WIP.txt"),
        "LOT\tPART\tPRIOR\tPIECES\tSTART\tCURSTEP\tDUE\tORDER\tHOTLOT\tTRACE\n"
        "early\tchip\t20\t25\t11/22/17 00:00:00\t3\t01/06/18 00:00:00\tO_Init_WIP\tyes\t\n");
    EXPECT_EQ(text("setupgrp.txt"), "SETUPGRP\tSETUP\tMINRUN\ngas\ta\t7\n\tb\t8\n");
    EXPECT_EQ(
        text("attach.txt"),
        "CALNAME\tCALTYPE\tRESTYPE\tRESNAME\tFOADIST\tFOA\tFOAUNITS\nfails\tdown\tstngrp\tLitho\texponential\t10080\tmi"
        "n\n"
        "breaks\tdown\tstnfam\tetch\t\t\t\nclean\tpm\tstnfam\tetch\tconstant\t0\tday\nswap\tpm\tstngrp\tLitho\tconstant"
        "\t0\t"
        "\n");
    EXPECT_TRUE(text("route_logic.txt").starts_with("ROUTE\tSTEP\tDESC\tSTNFAM\tPDIST\tPTIME\t"));
}

// is every number of ticks up to 71 years and every date the same after reading, whatever its digits?
TEST(Smt2020Writer, times_come_back_to_the_tick) {
    const RandomSource source{1, 0};
    Spec spec = testing::three_steps();
    for (uint64_t i = 0; i < 2000; ++i) {
        const RandomWords w = source.draw(Purpose::test, 0, i);
        const uint64_t bits = (static_cast<uint64_t>(w.word[0]) << 32 | w.word[1]) >> (w.word[2] % 60);
        const auto ticks = static_cast<Time>(bits % (uint64_t{1} << 51));
        testing::add_step(spec, "logic", "etch", 1).process = {DistKind::uniform, ticks, ticks / 3};
        spec.steps.back().queue_time_limit = ticks;
        spec.wip_lots.push_back({{}, "lot" + std::to_string(i), "chip", 10, 25, 1, ticks, -ticks / 2, false});
        spec.pms.push_back(
            {{}, "pm" + std::to_string(i), Scope::tool_group, "etch", PmKind::calendar, ticks, 0, {}, ticks, 0});
    }
    const Spec again = read_again(spec);
    ASSERT_EQ(again.steps.size(), spec.steps.size());
    for (size_t i = 3; i < spec.steps.size(); ++i) {
        ASSERT_EQ(again.steps[i].process, spec.steps[i].process);
        ASSERT_EQ(again.steps[i].queue_time_limit, spec.steps[i].queue_time_limit);
    }
    for (size_t i = 0; i < spec.pms.size(); ++i) {
        ASSERT_EQ(again.pms[i].interval, spec.pms[i].interval);
        ASSERT_EQ(again.pms[i].first, spec.pms[i].first);
        ASSERT_EQ(again.wip_lots[i].due, spec.wip_lots[i].due);
        ASSERT_EQ(again.wip_lots[i].start, spec.wip_lots[i].start);
    }
}

struct LossCase {
    const char* id;
    bool changes;  // an error unless losses are allowed
    std::function<void(Spec&)> make;
    std::function<bool(const Spec&)> instead;  // what the written model reads as
};

std::vector<LossCase> harmless_losses() {
    const auto any = [](const Spec&) { return true; };
    return {
        {"smt2020-not-held", false, [](Spec& s) { s.line.horizon = kDay; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.line.warmup = kDay; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.line.note = "n"; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.tool_groups[0].capex_musd = 1; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.tool_groups[0].floor_m2 = 1; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.tool_groups[0].source = "x"; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.rules[0].help = "my rule"; }, any},
        {"smt2020-not-held", false, [](Spec& s) { s.processes.emplace_back(); }, any},
        {"smt2020-own-notation",
         false,
         [](Spec& s) { s.steps[1].scrap_percent = 0.5; },
         [](const Spec& s) { return s.steps[1].scrap_percent == 0.5; }},
        {"smt2020-own-notation",
         false,
         [](Spec& s) { s.wip_lots[0].due += 1; },
         [](const Spec& s) { return s.wip_lots[0].due == 5 * kDay + 1; }},
        {"smt2020-renamed",
         false,
         [](Spec& s) { s.pms[1].name = "clean"; },
         [](const Spec& s) { return s.pms[1].name == "clean_2" && s.pms[1].interval_pieces == 900; }},
    };
}

std::vector<LossCase> changing_losses() {
    const auto any = [](const Spec&) { return true; };
    return {
        {"smt2020-release",
         true,
         [](Spec& s) {
             s.releases[1].policy = ReleasePolicy::list;
             s.releases[1].repeats = -1;
             s.planned_lots = {{{}, "hot", 2 * kDay, 9 * kDay}, {{}, "hot", kDay, 8 * kDay}};
         },
         [](const Spec& s) {
             return s.releases.size() == 3 && s.releases[1].start == kDay && s.releases[1].due_offset == 7 * kDay &&
                    s.releases[2].name == "hot_2" && s.releases[2].repeats == 1;
         }},
        {"smt2020-dated", true, [](Spec& s) { s.shutdowns.emplace_back(); }, any},
        {"smt2020-dated", true, [](Spec& s) { s.learnings.emplace_back(); }, any},
        {"smt2020-switch", true, [](Spec& s) { s.switches.pm_start = PmStart::preempt; }, any},
        {"smt2020-rank",
         true,
         [](Spec& s) { s.rules[1].rank = "priority, atc(2), -fifo, cr"; },
         [](const Spec& s) { return s.rules[1].rank == "priority, cr"; }},
        {"smt2020-choice", true, [](Spec& s) { s.tool_groups[0].wake = WakeRule::lowest_index; }, any},
        {"smt2020-choice", true, [](Spec& s) { s.tool_groups[1].batch_key = BatchKey::tool_group; }, any},
        {"smt2020-choice", true, [](Spec& s) { s.tool_groups[0].location = ""; }, any},
        {"smt2020-choice", true, [](Spec& s) { s.tool_groups[0].reservation = false; }, any},
        {"smt2020-choice",
         true,
         [](Spec& s) { s.downs[0].scope = Scope::area_at_once; },
         [](const Spec& s) { return s.downs[0].scope == Scope::area; }},
        {"smt2020-distribution",
         true,
         [](Spec& s) {
             s.steps[0].process = {DistKind::erlang, 600, 4};
         },
         [](const Spec& s) {
             return s.steps[0].process == DurationSpec{DistKind::lognormal, 600, 300};
         }},
        {"smt2020-distribution",
         true,
         [](Spec& s) {
             s.downs[0].first = {DistKind::uniform, 9, 1};
         },
         [](const Spec& s) {
             return s.downs[0].first == DurationSpec{DistKind::exponential, 9, 0};
         }},
        {"smt2020-release",
         true,
         [](Spec& s) { s.releases[1].policy = ReleasePolicy::conwip; },
         [](const Spec& s) { return s.releases.size() == 1; }},
        {"smt2020-start",
         true,
         [](Spec& s) { s.releases[0].start = kHour; },
         [](const Spec& s) { return s.releases[0].start == 0; }},
        {"smt2020-route",
         true,
         [](Spec& s) { testing::add_step(s, "spare", "etch", 1); },
         [](const Spec& s) { return s.steps.size() == 3; }},
        {"smt2020-route",
         true,
         [](Spec& s) {
             testing::add_step(s, "other", "etch", 1);
             s.products.insert(s.products.begin(), {{}, "first", "other", ""});
         },
         [](const Spec& s) { return s.steps[0].route == "other"; }},
    };
}

TEST(Smt2020Writer, losses_are_told) {
    std::vector<LossCase> cases = harmless_losses();
    const std::vector<LossCase> changing = changing_losses();
    cases.insert(cases.end(), changing.begin(), changing.end());
    for (const LossCase& c : cases) {
        Spec spec = full_spec();
        c.make(spec);
        Diagnostics notes;
        const Result<std::vector<ModelFile>> strict = smt2020_files(spec, false, notes);
        EXPECT_EQ(strict.has_value(), !c.changes) << c.id;
        if (!strict) {
            EXPECT_EQ(strict.error().front().help.substr(0, 13), "with --lossy:");
        }
        const std::vector<std::string> told = ids(strict ? notes : strict.error());
        EXPECT_EQ(std::count(told.begin(), told.end(), c.id), static_cast<int64_t>(told.size())) << c.id;
        EXPECT_FALSE(told.empty()) << c.id;
        Diagnostics warnings;
        ASSERT_TRUE(smt2020_files(spec, true, warnings)) << c.id;
        EXPECT_EQ(ids(warnings), told);
        EXPECT_TRUE(c.instead(read_again(spec, true))) << c.id;
    }
}

TEST(Smt2020Writer, all_losses_come_at_once) {
    Spec spec = full_spec();
    spec.line.note = "n";
    spec.switches.pm_start = PmStart::preempt;
    spec.rules[0].rank = "priority, odd";
    spec.tool_groups[0].wake = WakeRule::lowest_index;
    spec.tool_groups[0].name = "a\tb";
    for (StepSpec& s : spec.steps) s.process = {DistKind::erlang, kMinute, 2};
    spec.releases[0].product = " chip";
    spec.wip_lots[0].due = -2000 * 365 * kDay;
    spec.line.rule = "absent";
    Diagnostics notes;
    const Result<std::vector<ModelFile>> files = smt2020_files(spec, false, notes);
    ASSERT_FALSE(files);
    EXPECT_EQ(
        render_all(files.error(), {}),
        R"(error[smt2020-switch]: the form has no switch pm_start = "preempt"
help: with --lossy: it reads as "wait"; state it with --set

error[smt2020-name]: STNFAM cannot hold the name 'a	b'
help: use 1 to 200 bytes without tabs, line breaks and blanks at the ends

error[unknown-rule]: dispatch rule 'absent' is not declared
help: declare it with [[rule]], or use a built-in one

error[smt2020-choice]: the form has no wake rule "lowest_index"
help: with --lossy: the longest idle tool takes a lot

error[smt2020-distribution]: a process time is an erlang, which the form does not know (3 times)
help: with --lossy: a lognormal of the same mean and standard deviation is written

error[smt2020-name]: PART cannot hold the name ' chip'
help: use 1 to 200 bytes without tabs, line breaks and blanks at the ends

error[smt2020-date]: DUE is a date outside the years 1000 to 9999
help: correct the date, or the line's start

7 errors
)");
    EXPECT_EQ(ids(notes), std::vector<std::string>{"smt2020-not-held"});
    // names and dates have no substitute
    Diagnostics again;
    const Result<std::vector<ModelFile>> lossy = smt2020_files(spec, true, again);
    ASSERT_FALSE(lossy);
    EXPECT_EQ(
        ids(lossy.error()),
        (std::vector<std::string>{"smt2020-name", "unknown-rule", "smt2020-name", "smt2020-date"}));
}

TEST(Smt2020Writer, dates) {
    const auto at = [](int y, int mo, int d, int h) { return civil_to_ticks(y, mo, d, h, 0, 0); };
    EXPECT_EQ(smt2020_date(at(2018, 1, 31, 7)), "01/31/18 07:00:00");
    EXPECT_EQ(smt2020_date(at(2069, 12, 31, 23)), "12/31/69 23:00:00");
    EXPECT_EQ(smt2020_date(at(2070, 1, 1, 0)), "01/01/2070 00:00:00");
    EXPECT_EQ(smt2020_date(at(1969, 12, 31, 23)), "12/31/1969 23:00:00");
    EXPECT_EQ(smt2020_date(-1), "12/31/1969 23:59:59.999999");
    EXPECT_EQ(smt2020_date(at(999, 12, 31, 23)), "");
    EXPECT_EQ(smt2020_date(at(10000, 1, 1, 0)), "");
}

// does a folder appear as a whole or not at all, and does overwriting leave what is not of the form?
TEST(Smt2020Writer, folders) {
    const fs::path base = fs::temp_directory_path() / ("chipchain_smt2020_" + std::to_string(::getpid()));
    fs::remove_all(base);
    const std::string folder = (base / "test").string();
    const Spec spec = full_spec();
    Diagnostics notes;
    ASSERT_TRUE(write_smt2020(spec, folder, {}, notes));
    EXPECT_TRUE(notes.empty());
    EXPECT_TRUE(is_smt2020_folder(folder));
    const Result<Spec> again = read_smt2020(folder, notes);
    ASSERT_TRUE(again);
    EXPECT_TRUE(same_model(spec, *again));
    EXPECT_EQ(write_smt2020(spec, folder, {}, notes).error()[0].id, "folder-not-empty");
    testing::write_text(fs::path(folder) / "README.txt", "mine");
    testing::write_text(fs::path(folder) / "route_old.txt", "x");
    ASSERT_TRUE(write_smt2020(spec, folder, {false, true}, notes));
    EXPECT_TRUE(fs::exists(fs::path(folder) / "README.txt"));
    EXPECT_FALSE(fs::exists(fs::path(folder) / "route_old.txt"));
    // a model that cannot be written leaves no folder
    Spec bad = full_spec();
    bad.steps[0].name = "a\nb";
    EXPECT_EQ(write_smt2020(bad, (base / "bad").string(), {true, false}, notes).error()[0].id, "smt2020-name");
    EXPECT_FALSE(fs::exists(base / "bad"));
    // another name of the folder is another name of the line
    notes.clear();
    ASSERT_TRUE(write_smt2020(spec, (base / "named" / "").string(), {}, notes));
    EXPECT_EQ(ids(notes), std::vector<std::string>{"smt2020-renamed"});
    fs::remove_all(base);
}

}  // namespace
}  // namespace chipchain
