// Does a small SMT2020 folder become the spec that it says, and is everything else reported?
#include "chipchain/spec/smt2020_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chipchain/spec/schema.h"
#include "chipchain/spec/writer.h"

namespace chipchain {
namespace {

// '|' stands for a tab
std::string tabs(std::string text) {
    std::replace(text.begin(), text.end(), '|', '\t');
    return text;
}

std::vector<ModelFile> small_fab() {
    return {
        {"tool.txt.1l",
         tabs("STNFAM|STN|RULE|FWLRANK|WAKERESRANK|BATCHCRITF|BATCHPER|LTIME|LTUNITS|ULTIME|ULTUNITS|STNCAP|STNQTY|"
              "STNGRP|STNFAMLOC|SETUPGRP\n"
              "etch|etch|rule_HotLotFIRST|rank_HP;rank_RSETUP;rank_FIFO||||1.0|min|1.0|min||3.0|Dry_Etch|Fab|\n"
              "gas|gas|rule_LSSU|rank_HP;rank_RSETUP;rank_CR|wake_LeastSetupTime|||1|min|1|min|2.0|2|Implant|Fab|"
              "Implant_Gas\n"
              "tube|tube|rule_HotLotFIRST|rank_HP;rank_RSETUP;rank_FIFO||crit_sameroutestep|piece|1|min|1|min||1|"
              "Diffusion|Fab|\n")},
        {"part.txt", tabs("PARTGRP|PARTFAM|PART|ROUTEFILE|ROUTE\nSaleable|family|p|route.txt|r\n")},
        {"route.txt",
         tabs("ROUTE|STEP|DESC|STNFAM|PDIST|PTIME|PTIME2|PTUNITS|PTPER|BATCHMN|BATCHMX|SETUP|WHEN|STIME|STUNITS|SVESTN|"
              "FORSTEP|PartInterval|"
              "PartIntUnits|RWKSTEP|REWORK|RWKTYPE|StepPercent|STEP_CQT|CQT|CQTUNITS|IGNORE\n"
              "r|1|001_Etch|etch|uniform|30|1.5|min|per_lot|||||||yes|3|||||||2|4|hr|x\n"
              "r|2|002_Gas|gas|constant|1.5||min|per_piece|||SU1|need|||||1.125|min||||||||x\n"
              "r|3|003_Etch|etch|uniform|2|0.1|hr|per_lot|||||||||||1|1.8|lot|40||||x\n"
              "r|4|004_Tube|tube|exponential|400||min|per_batch|75|100||||||||||||||||x\n")},
        {"order.txt",
         tabs("LOT|PART|PRIOR|PIECES|START|RDIST|REPEAT|RUNITS|RPT#|LOTSPERRPT|DUE|ORDER|HOTLOT\n"
              "L|p|10|25|01/01/18 00:00:00|constant|51.69|min|200|1|01/02/18 12:00:00|O|no\n"
              "H|p|20|25|01/02/18 00:00:00|exponential|2016|min|20|1|01/03/18 00:00:00|O|yes\n")},
        {"WIP.txt",
         tabs("LOT|PART|PRIOR|PIECES|START|CURSTEP|DUE|ORDER|HOTLOT|TRACE\nI1|p|10|25|01/01/18 00:00:00|3|01/01/18 "
              "06:00:00|O\n")},
        {"attach.txt",
         tabs("CALNAME|CALTYPE|RESTYPE|RESNAME|FOADIST|FOA|FOAUNITS\nB|down|stngrp|Dry_Etch|exponential|10080|min\n"
              "P|pm|stnfam|etch|constant|900|\nC|pm|stnfam|gas||28|day\n")},
        {"downcal.txt",
         tabs("DOWNCALNAME|DOWNCALTYPE|MTTFDIST|MTTF|MTTFUNITS|MTTRDIST|MTTR|MTTRUNITS|IGNORE\n"
              "B|mttf_by_cal|exponential|10080|min|exponential|231.84|min|x\n")},
        {"pmcal.txt",
         tabs("PMCALNAME|PMCALTYPE|MTBPM|MTBPMUNITS|MTTRDIST|MTTR|MTTR2|MTTRUNITS|IGNORE\n"
              "P|mtbpm_by_pieces|1000||uniform|8.74|1.75|hr|x\nC|mtbpm_by_cal|30|day|uniform|13.76|2.75|hr|x\n")},
        {"setup.txt", tabs("CURSETUP|NEWSETUP|STIME|STUNITS|IGNORE\n|SU1|72|min|x\n")},
        {"setupgrp.txt", tabs("SETUPGRP|SETUP|MINRUN|IGNORE\nImplant_Gas|SU1|7|x\n")},
        {"fromto.txt", tabs("FROMLOC|TOLOC|DDIST|DTIME|DTIME2|DUNITS\nFab|Fab|uniform|7.5|2.5|min\n")},
    };
}

std::vector<std::string> ids(const Diagnostics& diagnostics) {
    std::vector<std::string> out;
    for (const Diagnostic& d : diagnostics) out.push_back(d.id);
    return out;
}

// The diagnostics after one text of one file was replaced by another.
Diagnostics broken(const std::string& file, const std::string& from, const std::string& to) {
    std::vector<ModelFile> files = small_fab();
    for (ModelFile& f : files) {
        if (f.name != file) continue;
        const size_t at = f.contents.find(tabs(from));
        EXPECT_NE(at, std::string::npos) << from;
        f.contents.replace(at, tabs(from).size(), tabs(to));
    }
    Diagnostics notes;
    const Result<Spec> spec = read_smt2020_text(files, "small", notes);
    return spec ? notes : spec.error();
}

TEST(Smt2020, every_column_arrives) {
    Diagnostics notes;
    SourceMap sources;
    const Result<Spec> spec = read_smt2020_text(small_fab(), "small", notes, &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources);
    const Spec& s = *spec;
    EXPECT_EQ(s.line.name, "small");
    EXPECT_EQ(s.line.rule, "priority_setup_fifo");
    ASSERT_EQ(s.tool_groups.size(), 3U);
    EXPECT_EQ(s.tool_groups[0].tools, 3);
    EXPECT_EQ(s.tool_groups[0].load, kMinute);
    EXPECT_EQ(s.tool_groups[0].rule, "");
    EXPECT_EQ(s.tool_groups[1].rule, "priority_setup_cr");
    EXPECT_TRUE(s.tool_groups[1].setup_avoidance);
    EXPECT_EQ(s.tool_groups[1].wake, WakeRule::least_setup);
    EXPECT_EQ(s.tool_groups[1].lots_inside, 2);
    EXPECT_EQ(s.tool_groups[2].batch_key, BatchKey::product_step);
    ASSERT_EQ(s.steps.size(), 4U);
    EXPECT_EQ(s.steps[0].process, (DurationSpec{DistKind::uniform, 30 * kMinute, 3 * kMinute / 2}));
    EXPECT_EQ(s.steps[0].dedicate_step, 3);
    EXPECT_EQ(s.steps[0].queue_time_step, 2);
    EXPECT_EQ(s.steps[0].queue_time_limit, 4 * kHour);
    EXPECT_EQ(s.steps[1].piece_interval, to_ticks(1.125, kMinute));
    EXPECT_EQ(s.steps[1].setup, "SU1");
    EXPECT_EQ(s.steps[1].setup_time, -1);
    EXPECT_EQ(s.steps[2].process.mean, 2 * kHour);
    EXPECT_EQ(s.steps[2].rework_step, 1);
    EXPECT_EQ(s.steps[2].rework_percent, 1.8);
    EXPECT_EQ(s.steps[2].sample_percent, 40);
    EXPECT_EQ(s.steps[3].process.kind, DistKind::exponential);
    EXPECT_EQ(s.steps[3].batch_max, 100);
    EXPECT_EQ(s.releases[0].due_offset, 36 * kHour);
    EXPECT_EQ(s.releases[1].start, kDay);
    EXPECT_EQ(s.releases[1].policy, ReleasePolicy::poisson);
    EXPECT_TRUE(s.releases[1].reserve);
    EXPECT_EQ(s.wip_lots[0].step, 3);
    EXPECT_EQ(s.wip_lots[0].due, 6 * kHour);
    EXPECT_EQ(s.downs[0].scope, Scope::area);
    EXPECT_EQ(s.pms[0].interval_pieces, 1000);
    EXPECT_EQ(s.pms[0].first_pieces, 900);
    EXPECT_EQ(s.pms[1].interval, 30 * kDay);
    EXPECT_EQ(s.pms[1].first, 28 * kDay);
    EXPECT_EQ(s.setup_groups[0].min_run, 7);
    EXPECT_EQ(s.transports[0].time.half, 5 * kMinute / 2);
    for (const Diagnostic& d : notes) EXPECT_EQ(d.id, "column-without-effect") << d.message;
}

TEST(Smt2020, native_files_hold_the_same_model) {
    Diagnostics notes;
    const Result<Spec> spec = read_smt2020_text(small_fab(), "small", notes);
    ASSERT_TRUE(spec);
    const Result<Spec> again = read_model_text(model_files(*spec));
    ASSERT_TRUE(again) << render_all(again.error(), {});
    EXPECT_TRUE(same_model(*spec, *again));
}

TEST(Smt2020, what_is_not_known_is_reported) {
    using Ids = std::vector<std::string>;
    EXPECT_EQ(ids(broken("tool.txt.1l", "STNGRP", "STNGRPS")), Ids{"unknown-column"});
    EXPECT_EQ(ids(broken("tool.txt.1l", "rule_LSSU", "rule_LSU")), Ids{"unknown-value"});
    EXPECT_EQ(ids(broken("tool.txt.1l", "rank_CR", "rank_XY")), Ids{"unknown-value"});
    EXPECT_EQ(ids(broken("tool.txt.1l", "Implant_Gas", "Implant_Gaz")), Ids{"unknown-setup"});
    EXPECT_EQ(ids(broken("tool.txt.1l", "3.0|Dry", "3.5|Dry")), Ids{"wrong-type"});
    EXPECT_EQ(ids(broken("part.txt", "route.txt", "rout.txt")).front(), "file-not-found");
    EXPECT_EQ(ids(broken("route.txt", "|30|1.5", "|thirty|1.5")).front(), "wrong-type");
    EXPECT_EQ(ids(broken("route.txt", "|30|1.5", "|30|40")), Ids{"distribution-parameters"});
    EXPECT_EQ(ids(broken("route.txt", "|4|hr", "|4|hours")), Ids{"unknown-value"});
    EXPECT_EQ(ids(broken("route.txt", "per_batch", "per_tube")), Ids{"unknown-value"});
    EXPECT_EQ(ids(broken("order.txt", "01/02/18 12", "02/30/18 12")), Ids{"wrong-type"});
    EXPECT_EQ(ids(broken("attach.txt", "P|pm", "PP|pm")).front(), "unknown-calendar");
    EXPECT_EQ(ids(broken("attach.txt", "|900|", "|900|day")), Ids{"unknown-value"});
    const Diagnostics noted = broken("attach.txt", "C|pm|stnfam|gas||28|day\n", "");
    EXPECT_NE(
        std::find_if(noted.begin(), noted.end(), [](const Diagnostic& d) { return d.id == "unused-row"; }),
        noted.end());
}

TEST(Smt2020, several_mistakes_come_at_once) {
    std::vector<ModelFile> files = small_fab();
    files[0].contents = tabs("STNFAM|STNQTY|COLOUR\netch|many|red\n");
    files.erase(files.begin() + 3);  // order.txt
    Diagnostics notes;
    const Result<Spec> spec = read_smt2020_text(files, "small", notes);
    ASSERT_FALSE(spec);
    const std::vector<std::string> found = ids(spec.error());
    for (const char* id : {"unknown-column", "wrong-type", "file-not-found"}) {
        EXPECT_NE(std::find(found.begin(), found.end(), id), found.end()) << id;
    }
}

TEST(Smt2020, bytes_that_are_no_text) {
    std::vector<ModelFile> files = small_fab();
    files[2].contents = std::string("\0\xff\x01", 3);
    Diagnostics notes;
    const Result<Spec> spec = read_smt2020_text(files, "small", notes);
    ASSERT_FALSE(spec);
    EXPECT_EQ(ids(spec.error()).front(), "not-text");
}

// do files that other programs saved mean the same: byte-order mark, CRLF, other letters in file names, columns in
// another order, dates as spreadsheets write them?
TEST(Smt2020, variants_of_the_files_mean_the_same) {
    Diagnostics notes;
    const Result<Spec> plain = read_smt2020_text(small_fab(), "small", notes);
    ASSERT_TRUE(plain);
    std::vector<ModelFile> files = small_fab();
    for (ModelFile& file : files) {
        std::string changed = "\xef\xbb\xbf";
        std::istringstream lines(file.contents);
        for (std::string line; std::getline(lines, line);) {
            const auto width = static_cast<size_t>(
                std::count(file.contents.begin(), file.contents.begin() + file.contents.find('\n'), '\t') + 1);
            std::vector<std::string> cells(1);
            for (const char c : line) {
                if (c == '\t') {
                    cells.emplace_back();
                } else {
                    cells.back() += c;
                }
            }
            cells.resize(width);
            for (size_t i = width; i-- > 0;) changed += cells[i] + (i > 0 ? "\t" : "\r\n");
        }
        for (const auto& [from, to] :
             {std::pair{"01/01/18 00:00:00", "1/1/2018 0:00"},
              std::pair{"01/02/18 00:00:00", "1/2/18"},
              std::pair{"01/02/18 12:00:00", "01/02/2018 12:00:00.000"}}) {
            for (size_t at = changed.find(from); at != std::string::npos; at = changed.find(from, at + 1))
                changed.replace(at, std::string(from).size(), to);
        }
        file.contents = changed;
        if (file.name != "route.txt") {
            for (char& c : file.name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
    }
    SourceMap sources;
    const Result<Spec> spec = read_smt2020_text(files, "small", notes, &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources);
    EXPECT_TRUE(same_model(*plain, *spec));
}

TEST(Smt2020, files_that_may_be_absent) {
    std::vector<ModelFile> files = small_fab();
    std::erase_if(files, [](const ModelFile& f) {
        return f.name != "tool.txt.1l" && f.name != "part.txt" && f.name != "route.txt" && f.name != "order.txt";
    });
    for (ModelFile& f : files) {
        const size_t at = f.contents.find("Implant_Gas");
        if (at != std::string::npos) f.contents.erase(at, 11);
    }
    Diagnostics notes;
    SourceMap sources;
    const Result<Spec> spec = read_smt2020_text(files, "small", notes, &sources);
    ASSERT_TRUE(spec) << render_all(spec.error(), sources);
    EXPECT_TRUE(spec->pms.empty() && spec->wip_lots.empty() && spec->transports.empty());
    EXPECT_EQ(spec->releases.size(), 2U);
}

// does simulated time begin with the orders even when lots in the line started earlier, and is that told?
TEST(Smt2020, lots_that_started_before_the_line) {
    std::vector<ModelFile> files = small_fab();
    for (ModelFile& f : files) {
        if (f.name == "WIP.txt") f.contents.replace(f.contents.find("01/01/18"), 8, "12/31/17");
    }
    Diagnostics notes;
    const Result<Spec> spec = read_smt2020_text(files, "small", notes);
    ASSERT_TRUE(spec);
    EXPECT_EQ(spec->line.start, civil_to_ticks(2018, 1, 1, 0, 0, 0));
    EXPECT_EQ(spec->wip_lots[0].start, -kDay);
    EXPECT_EQ(spec->wip_lots[0].due, 6 * kHour);
    EXPECT_EQ(ids(notes).back(), "wip-before-start");
}

TEST(Smt2020, cells_that_no_model_can_hold) {
    using Ids = std::vector<std::string>;
    EXPECT_EQ(
        ids(broken(
            "route.txt",
            "001_Etch",
            "001\x01"
            "Etch")),
        Ids{"invalid-name"});
    EXPECT_EQ(ids(broken("setupgrp.txt", "Implant_Gas", "")).front(), "invalid-name");
    EXPECT_EQ(ids(broken("order.txt", "01/02/18 12:00:00", "12/31/17 12:00:00")), Ids{"out-of-range"});
    EXPECT_EQ(ids(broken("order.txt", "01/02/18 12:00:00", "01/02/18 12:00:00.1234567")), Ids{"wrong-type"});
    EXPECT_EQ(ids(broken("order.txt", "01/02/18 12:00:00", "01/02/18 12")), Ids{"wrong-type"});
}

}  // namespace
}  // namespace chipchain
