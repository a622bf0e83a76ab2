// Internal to compile(): the work in progress and the helpers that every chapter uses.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "chipchain/model/compile.h"

namespace chipchain {

// Names of one kind with their ids, in order of first appearance.
struct NameTable {
    std::unordered_map<std::string, uint32_t> ids;
    std::vector<std::string> names;
    uint32_t add(const std::string& name);
    [[nodiscard]] uint32_t find(const std::string& name) const;  // kNoIndex when absent
};

struct Compiler {
    const Spec& spec;
    Diagnostics& warnings;
    Model model;
    Diagnostics errors;
    NameTable groups;
    NameTable areas;
    NameTable locations;
    NameTable routes;
    NameTable products;
    NameTable setups;
    NameTable rules;
    NameTable releases;
    std::vector<std::vector<uint32_t>> spec_rows;      // [route][step number - 1]: row of Spec::steps
    std::vector<std::vector<uint32_t>> route_types;    // [route]: lot types that follow it
    std::vector<uint32_t> step_rows;                   // [step]: row of Spec::steps
};

// The place of a key's value in a row of `table`; the row's own place when the key is not stated.
[[nodiscard]] Span place(const Row& row, std::string_view table, std::string_view key);

void error(Compiler& c, std::string id, std::string message, Span span, std::string expected = {}, std::string help = {});
void warn(Compiler& c, std::string id, std::string message, Span span, std::string help = {});
// Reports a name that is not in `known`; `kind` as in "tool group".
void unknown(Compiler& c, std::string id, const std::string& who, const std::string& kind, const std::string& name,
             const NameTable& known, Span span);

// Chapters, in order.
void compile_groups(Compiler& c);
void compile_routes(Compiler& c);
void compile_setups(Compiler& c);
void compile_rules(Compiler& c);
void compile_transport(Compiler& c);
void compile_outages(Compiler& c);
void compile_lot_types(Compiler& c);
void compile_wip(Compiler& c);
void link_steps(Compiler& c);
void derive_times(Compiler& c);
void assign_classes(Compiler& c);
void check_loads(Compiler& c);
[[nodiscard]] uint64_t hash_model(const Model& model);

}  // namespace chipchain
