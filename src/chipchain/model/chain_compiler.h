// What the parts of compile_chain() share; inside model/ only. Parts fill their arrays of the ChainModel and report
// what they cannot resolve; a part never stops at the first mistake. From build_activities() on every name is known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/model/chain_model.h"
#include "chipchain/model/compiler.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

struct ChainCompiler {
    const Spec& spec;
    Compiler& messages;
    ChainModel model = {};

    NameTable items = {};
    NameTable sites = {};
    NameTable activities = {};  // rows; their place in the model is activity_of_row
    NameTable resources = {};
    NameTable curves = {};
    NameTable modules = {};
    NameTable programmes = {};  // rows; their place in the model is programme_of_row
    std::vector<uint32_t> activity_of_row = {};
    std::vector<uint32_t> programme_of_row = {};
    std::vector<uint32_t> node_of = {};  // [place], kNoIndex: none
    std::vector<bool> available = {};    // [place] made there, in stock, or brought by lanes
    std::vector<bool> sinks = {};        // [place] some activity, programme or floor takes from it
    std::vector<bool> lane_used = {};    // [row of spec.lanes]

    // Every item could be at every site: a place is such a pair, a node one that is used.
    [[nodiscard]] size_t place(uint32_t item, uint32_t site) const { return size_t{item} * sites.size() + site; }
    [[nodiscard]] size_t places() const { return items.size() * sites.size(); }
    [[nodiscard]] bool good() const { return messages.errors.empty(); }
    // kNoIndex when the text is empty
    [[nodiscard]] uint32_t activity(const std::string& name) const;
    [[nodiscard]] uint32_t programme(const std::string& name) const;
};

// "5,000,000", "0.98": whole numbers with commas, others with six digits.
[[nodiscard]] std::string figure_text(double value);
// 2026-07-01
[[nodiscard]] std::string date_of(const ChainCompiler& c, Time t);
// What an uncertainty of a kind refers to.
[[nodiscard]] const NameTable& uncertain_names(const ChainCompiler& c, UncertainKind kind);
// compile_chain_rows.cc: points in order of date, equal ones as in the file
void sort_points(DatedFigure& figure);
// Starts of a lot of an activity that makes `quantity` of the item per start.
[[nodiscard]] int64_t lot_of_activity(const ChainItem& item, double quantity);

// compile_chain_names.cc
// "capacity module" of "capacity_module".
[[nodiscard]] std::string in_words(std::string_view table);
// "did you mean 'x'?", or to declare it.
[[nodiscard]] std::string name_help(const std::string& name, const NameTable& names, std::string_view table);
void name_rows(ChainCompiler& c);         // duplicates
void check_references(ChainCompiler& c);  // unknown-*
void add_figures(ChainCompiler& c);
// compile_chain_rows.cc: what rows say without a look at others
void check_scenario(ChainCompiler& c);
void make_buckets(ChainCompiler& c);
void add_items_and_sites(ChainCompiler& c);
void add_curves(ChainCompiler& c);
void add_resources(ChainCompiler& c);
void add_modules(ChainCompiler& c);
// compile_chain_nodes.cc; REQUIRES that every name is known
void add_activities(ChainCompiler& c);
void build_network(ChainCompiler& c);     // substitutions, nodes, arcs
void order_activities(ChainCompiler& c);  // bom-cycle
// compile_chain_terms.cc; all but the first REQUIRE nodes, and activities in their order
void check_kind_references(ChainCompiler& c);  // unknown-*, of milestones and uncertainties
void add_programmes(ChainCompiler& c);
void add_contracts(ChainCompiler& c);
void add_qualifications(ChainCompiler& c);
void add_pipelines(ChainCompiler& c);
void add_milestones(ChainCompiler& c);
void add_disruptions(ChainCompiler& c);
void add_uncertainties(ChainCompiler& c);
// compile_chain_checks.cc
void check_before_network(ChainCompiler& c);  // rows alone; REQUIRES add_activities()
void check_rows(ChainCompiler& c);            // REQUIRES the model but for its figures
// Starts of an activity that its resources allow in [from, until), all modules bought; infinite without resources.
[[nodiscard]] double starts_by_capacity(const ChainModel& m, uint32_t activity, Time from, Time until);
// compile_chain_reach.cc
void check_sources(ChainCompiler& c);  // missing-source; REQUIRES build_network()
void check_reach(ChainCompiler& c);    // what can come when; REQUIRES the model but for its figures
void check_units(ChainCompiler& c);    // unit-slip; likewise
// chain_hash.cc: of everything that changes a result
[[nodiscard]] uint64_t chain_hash(const ChainModel& model);

}  // namespace chipchain
