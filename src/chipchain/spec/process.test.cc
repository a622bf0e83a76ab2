#include "chipchain/spec/process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "chipchain/spec/generate_line.h"
#include "chipchain/spec/reader.h"

namespace chipchain {
namespace {

Process resolved(std::string_view name, const std::map<std::string, double>& values = {}) {
    const Result<Spec> spec = embedded_process(name);
    EXPECT_TRUE(spec) << name;
    Result<Process> process = resolve_process(*spec, values);
    EXPECT_TRUE(process) << name << "\n" << (process ? "" : render_all(process.error(), spec->sources));
    return std::move(*process);
}

size_t visits_of(const Process& p, std::string_view operation) {
    return static_cast<size_t>(std::count_if(p.visits.begin(), p.visits.end(), [&](const Visit& v) {
        return p.rows.operations[v.operation].name.starts_with(operation);
    }));
}

const ClassLoad& load_of(const std::vector<ClassLoad>& loads, std::string_view name) {
    return *std::find_if(loads.begin(), loads.end(), [name](const ClassLoad& l) { return l.name == name; });
}

// does every process of the library resolve, and does every figure that claims a source name one?
TEST(Process, the_library_is_sound) {
    std::set<std::string> names;
    for (const EmbeddedProcessInfo& info : embedded_processes()) {
        names.insert(info.name);
        EXPECT_FALSE(info.note.empty()) << info.name;
        const Process p = resolved(info.name);
        EXPECT_EQ(p.head().name, info.name);
        EXPECT_FALSE(p.visits.empty());
        for (const ProcessToolSpec& t : p.rows.process_tools) EXPECT_FALSE(t.source.empty()) << info.name << t.name;
        for (const ProcessParameterSpec& q : p.rows.process_parameters) {
            EXPECT_FALSE(q.source.empty()) << info.name << q.name;
            EXPECT_FALSE(q.help.empty()) << info.name << q.name;
        }
        for (const OperationSpec& o : p.rows.operations)
            EXPECT_TRUE(o.mark == Mark::assumption || !o.source.empty()) << info.name << o.name;
        for (const ModuleSpec& m : p.rows.modules) EXPECT_FALSE(m.source.empty()) << info.name << m.name;
    }
    for (const char* name :
         {"logic14",
          "logic28",
          "logic7",
          "wafer-sort",
          "foplp-chip-last",
          "foplp-chip-first-face-up",
          "foplp-chip-first-face-down",
          "hdi-board",
          "smt-assembly",
          "test-floor"})
        EXPECT_TRUE(names.count(name) == 1) << name;
}

// do masks and operations close on the published numbers (fab facts 5.1, 5.2)?
TEST(Process, masks_and_operations_of_logic) {
    const Process p14 = resolved("logic14");
    EXPECT_EQ(visits_of(p14, "expose"), 61U);
    EXPECT_GE(p14.visits.size(), 814U);
    EXPECT_LE(p14.visits.size(), 1016U);
    const size_t m28 = visits_of(resolved("logic28"), "expose");
    EXPECT_TRUE(m28 >= 40 && m28 <= 50) << m28;
    const size_t m7 = visits_of(resolved("logic7"), "expose");
    EXPECT_TRUE(m7 >= 80 && m7 <= 85) << m7;
}

// are the tool visits of n redistribution layers those of backend facts 1.2, in all three flows?
TEST(Process, redistribution_layers_are_a_loop) {
    const struct {
        double n, exposures;
        double panels_per_h;  // through one tool of 50 panels/h
    } rows[] = {{1, 3, 16.7}, {2, 5, 10.0}, {3, 7, 7.1}, {4, 9, 5.6}, {6, 13, 3.8}};
    for (const char* flow : {"foplp-chip-last", "foplp-chip-first-face-up", "foplp-chip-first-face-down"}) {
        for (const auto& row : rows) {
            const Process p = resolved(flow, {{"rdl", row.n}});
            const auto n = static_cast<size_t>(row.n);
            EXPECT_EQ(visits_of(p, "expose"), 2 * n + 1) << flow;
            EXPECT_EQ(visits_of(p, "seed"), 2 * n) << flow;  // seed and seed_etch
            EXPECT_EQ(visits_of(p, "plate"), n) << flow;
            EXPECT_EQ(visits_of(p, "strip"), n) << flow;
            EXPECT_EQ(visits_of(p, "cure"), n + 1) << flow;
            EXPECT_NEAR(load_of(class_loads(p, 5000), "exposure").pieces_per_h, row.panels_per_h, 0.06) << flow;
        }
    }
}

// does the bottleneck move from placement of small parts to exposure of large ones (backend facts 1.3)?
TEST(Process, bottleneck_of_a_panel_line_moves_with_the_package) {
    const Process small = resolved("foplp-chip-first-face-up", {{"packages", 17689}, {"saw_m", 187.6}, {"rdl", 1}});
    const std::vector<ClassLoad> few = class_loads(small, 5000);
    EXPECT_EQ(few.front().name, "die_attach");
    EXPECT_NEAR(17689 * 0.36 / 3600, 1.77, 0.005);
    EXPECT_NEAR(few.front().minutes_per_piece / 60, 1.77, 0.03);  // with change of carrier and setups
    const Process large = resolved("foplp-chip-last", {{"packages", 169}, {"rdl", 3}});
    const std::vector<ClassLoad> many = class_loads(large, 5000);
    EXPECT_EQ(many.front().name, "exposure");
    EXPECT_NEAR(many.front().pieces_per_h, 50.0 / 7, 0.01);
    EXPECT_LT(load_of(many, "die_attach").minutes_per_piece, 3);  // 169 dies: 1 minute, and the setup
}

// do multi-site testers and spindles divide the time, rounded up to whole touchdowns?
TEST(Process, sites_share_the_units) {
    const auto minutes = [](double dies, double sites) {
        const Process p = resolved("wafer-sort", {{"gross_dies", dies}, {"sites", sites}});
        return p.tool_minutes[0];
    };
    EXPECT_NEAR(minutes(132, 1), 0.6 + 132 * 0.5 * 1.05, 1e-9);
    EXPECT_NEAR(minutes(132, 8), 0.6 + 17 * 0.5 * 1.05, 1e-9);
}

TEST(Process, a_derived_process_changes_rows_by_name) {
    const Process base = resolved("logic14");
    const Process derived = resolved("logic28");
    ASSERT_EQ(base.rows.modules.size(), derived.rows.modules.size());
    EXPECT_EQ(derived.rows.modules[1].name, "fins");
    EXPECT_EQ(derived.rows.modules[1].repeat, 1);
    EXPECT_EQ(derived.rows.modules[0].steps, base.rows.modules[0].steps);
    EXPECT_EQ(derived.rows.process_tools.size(), base.rows.process_tools.size());
    EXPECT_TRUE(derived.rows.modules[9].back);
}

// are all mistakes of a process told at once, with their places?
TEST(Process, mistakes) {
    const std::vector<ModelFile> files = {
        {"process.toml",
         "[line]\nname = \"p\"\n[[process]]\nname = \"p\"\n"
         "[[process_parameter]]\nname = \"rdl\"\nvalue = 1\n"
         "[[process_tool]]\nname = \"etch\"\narea = \"Etch\"\n"
         "[[process_tool]]\nname = \"wet\"\narea = \"Wet\"\nprocess_min = 1\n"
         "[[operation]]\nname = \"etch\"\ntool = \"ecth\"\n"
         "[[operation]]\nname = \"clean\"\ntool = \"wet\"\nrework_percent = 1\nrework_to = \"etch\"\n"
         "[[module]]\nname = \"m\"\nsteps = \"claen etch\"\nrepeat_by = \"rld\"\n"}};
    const Result<Spec> spec = read_model_text(files);
    ASSERT_TRUE(spec);
    const Result<Process> process = resolve_process(*spec, {{"mold_min", 3}});
    ASSERT_FALSE(process);
    EXPECT_EQ(
        render_all(process.error(), spec->sources),
        "error[no-time]: process tool 'etch' has no process time\n"
        "  --> process.toml:8:1\n"
        " 8 | [[process_tool]]\n"
        "   | ^^^^^^^^^^^^^^^^\n"
        "help: give process_min, process_by or unit_s with count\n\n"
        "error[unknown-process-tool]: operation 'etch' needs the process tool 'ecth', which is not declared\n"
        "  --> process.toml:17:8\n"
        " 17 | tool = \"ecth\"\n"
        "    |        ^^^^^^\n"
        "help: did you mean 'etch'?\n\n"
        "error[unknown-operation]: module 'm' names the operation 'claen', which is not declared\n"
        "  --> process.toml:25:9\n"
        " 25 | steps = \"claen etch\"\n"
        "    |         ^^^^^^^^^^^^\n"
        "help: did you mean 'clean'?\n\n"
        "error[unknown-parameter]: 'repeat_by' names the parameter 'rld', which the process does not have\n"
        "  --> process.toml:26:13\n"
        " 26 | repeat_by = \"rld\"\n"
        "    |             ^^^^^\n"
        "help: did you mean 'rdl'?\n\n"
        "error[unknown-parameter]: process 'p' has no parameter 'mold_min'\n"
        "help: its parameters: rdl\n\n"
        "5 errors\n");
}

TEST(Process, a_model_is_no_process) {
    const std::vector<ModelFile> files = {{"model.toml", "[line]\nname = \"p\"\n"}};
    const Result<Spec> spec = read_model_text(files);
    ASSERT_TRUE(spec);
    const Result<Process> process = resolve_process(*spec, {});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().front().id, "no-process");
    EXPECT_EQ(embedded_process("logic15").error().front().help, "did you mean 'logic14'?");
}

}  // namespace
}  // namespace chipchain
