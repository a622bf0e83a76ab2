// What the parts of compile() share; inside model/ only. Each part reads rows of the Spec, fills its arrays of the
// Model and reports what it cannot resolve; a part never stops at the first mistake. The parts from compile_classes()
// on run only when no error was found, so that every reference is valid there.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chipchain/base/diagnostic.h"
#include "chipchain/model/model.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

inline constexpr uint32_t kMostTools = 5'000'000;
inline constexpr size_t kMostSetups = 5'000;       // the change table has a cell per pair
inline constexpr size_t kMostLocations = 2'000;    // the transport table has a cell per pair
inline constexpr Time kMostTime = 100 * kLongest;  // of one visit or one route; kNever is 2.9 times that

// Names with dense numbers in order of first appearance.
class NameTable {
 public:
    uint32_t add(const std::string& name);
    [[nodiscard]] uint32_t find(const std::string& name) const;  // kNoIndex when absent
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] size_t size() const { return names_.size(); }

 private:
    std::unordered_map<std::string, uint32_t> index_;
    std::vector<std::string> names_;
};

struct Compiler {
    const Spec& spec;
    Diagnostics& warnings;
    Model model = {};
    Diagnostics errors = {};

    NameTable rules = {};
    NameTable groups = {};
    NameTable areas = {};
    NameTable locations = {};
    NameTable setups = {};  // number 0 is "no setup"
    NameTable routes = {};
    NameTable products = {};
    NameTable releases = {};
    std::vector<std::vector<uint32_t>> groups_of_area = {};
    std::vector<uint32_t> step_rows = {};       // [step] row of Spec::steps
    std::vector<uint32_t> product_routes = {};  // [product]; kNoIndex when unknown
    std::vector<uint32_t> product_counts = {};  // [route] products that follow it
    std::vector<uint32_t> route_pieces = {};    // [route] pieces of its first lot type; 0: no lots
    std::vector<uint32_t> route_most_pieces = {};
    std::vector<std::vector<uint32_t>> qualification_curves = {};  // [tool group] Model::learning_curves
    std::vector<uint32_t> avoidance_rules = {};  // [rule] its variant with the setup in front, or kNoIndex

    void error(std::string id, std::string message, Span span, std::string expected = {}, std::string help = {});
    void warning(std::string id, std::string message, Span span, std::string expected = {}, std::string help = {});
};

// The place of a key's value in the file, or the row's when the row does not state it.
[[nodiscard]] Span span_of(std::string_view table, const Row& row, std::string_view key);
// "did you mean 'x'?" or nothing.
[[nodiscard]] std::string near_help(const std::string& name, const NameTable& table);
// "one of 41 tool groups"
[[nodiscard]] std::string one_of(size_t count, std::string_view what);
// time * threshold / 2^32: the sampled part of a duration. Sums and products that stay at kMostTime + 1 instead of
// overflowing
[[nodiscard]] Time share_of(Time time, uint64_t threshold);
[[nodiscard]] Time limited_sum(Time a, Time b);
[[nodiscard]] Time limited_product(Time a, uint64_t factor);

// compile_ranges.cc: values outside their field's range, in rows made by a program (a reader has checked its own)
void check_ranges(Compiler& c);
// compile_groups.cc
void compile_rules(Compiler& c);
void compile_tool_groups(Compiler& c);
void compile_setups(Compiler& c);
void compile_transports(Compiler& c);
// compile_routes.cc
void compile_routes(Compiler& c);
void compile_products(Compiler& c);
// compile_steps.cc: what one step says beyond its names
void compile_step_references(Compiler& c);
// compile_lots.cc
void compile_releases(Compiler& c);
void compile_planned_lots(Compiler& c);
void compile_wip_lots(Compiler& c);
void compile_priorities(Compiler& c);
// compile_stops.cc
void compile_downs(Compiler& c);
void compile_pms(Compiler& c);
// The tool groups that a row with scope and target hits; empty after reporting an unknown one. `area` is set for areas.
[[nodiscard]] std::vector<uint32_t>
scope_targets(Compiler& c, Scope scope, const std::string& target, const std::string& whose, Span span, uint32_t& area);
// compile_learning.cc
void compile_learning(Compiler& c);
void compile_die_yields(Compiler& c);
// compile_calendars.cc: installs, shifts, shutdowns
void compile_installs(Compiler& c);
void compile_shifts(Compiler& c);
void compile_shutdowns(Compiler& c);
void finish_calendars(Compiler& c);
// compile_ramps.cc
void compile_ramps(Compiler& c);
// compile_times.cc; REQUIRES no errors so far
void compile_classes(Compiler& c);
void compile_times(Compiler& c);
void compile_workloads(Compiler& c);
// compile_load.cc; REQUIRES no errors so far
void check_reach(Compiler& c);
void check_load(Compiler& c);
// model_hash.cc: of everything but the hash itself
[[nodiscard]] uint64_t model_hash(const Model& model);

}  // namespace chipchain
