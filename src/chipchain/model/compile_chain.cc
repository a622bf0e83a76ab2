#include "chipchain/model/chain_compiler.h"

namespace chipchain {

Result<ChainModel> compile_chain(const Spec& spec, Diagnostics& warnings) {
    Compiler messages{spec, warnings};
    ChainCompiler c{spec, messages};
    if (spec.scenario.name.empty()) {
        messages.error(
            "no-scenario",
            "this is no scenario: it has no [scenario] with a name",
            spec.scenario.span,
            "expected [scenario]",
            "docs/scenario.md shows a small one; chipchain list names the embedded ones");
        return tl::unexpected(std::move(messages.errors));
    }
    check_ranges(messages);
    if (!c.good()) return tl::unexpected(std::move(messages.errors));

    // every row by itself; mistakes are collected
    check_scenario(c);
    name_rows(c);
    check_references(c);
    check_kind_references(c);
    if (!c.good()) return tl::unexpected(std::move(messages.errors));

    // every name is known from here on
    make_buckets(c);
    add_items_and_sites(c);
    add_curves(c);
    add_resources(c);
    add_modules(c);
    add_activities(c);
    check_before_network(c);
    if (!c.good()) return tl::unexpected(std::move(messages.errors));

    build_network(c);
    check_sources(c);
    order_activities(c);
    if (!c.good()) return tl::unexpected(std::move(messages.errors));

    // nodes and activities have their numbers from here on
    add_programmes(c);
    add_contracts(c);
    add_qualifications(c);
    add_pipelines(c);
    add_milestones(c);
    add_disruptions(c);
    add_uncertainties(c);
    check_rows(c);
    check_reach(c);
    check_units(c);
    if (!c.good()) return tl::unexpected(std::move(messages.errors));
    add_figures(c);
    c.model.hash = chain_hash(c.model);
    return std::move(c.model);
}

}  // namespace chipchain
