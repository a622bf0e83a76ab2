// Small scenarios for the tests of this folder and of those behind it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "chipchain/model/chain_model.h"
#include "chipchain/spec/spec.h"

namespace chipchain::testing {

inline ItemSpec& add_item(Spec& spec, const std::string& name, ItemKind kind) {
    ItemSpec& row = spec.items.emplace_back();
    row.name = name;
    row.kind = kind;
    return row;
}

inline ActivitySpec&
add_activity(Spec& spec, const std::string& name, const std::string& site, const std::string& item, double lead_d) {
    ActivitySpec& row = spec.activities.emplace_back();
    row.name = name;
    row.site = site;
    row.item = item;
    row.lead.mean = to_ticks(lead_d, kDay);
    return row;
}

inline void add_input(Spec& spec, const std::string& activity, const std::string& item, double quantity = 1) {
    ActivityInputSpec& row = spec.activity_inputs.emplace_back();
    row.activity = activity;
    row.item = item;
    row.quantity = quantity;
}

inline LaneSpec& add_lane(Spec& spec, const std::string& from, const std::string& to, const std::string& item = "") {
    LaneSpec& row = spec.lanes.emplace_back();
    row.from = from;
    row.to = to;
    row.item = item;
    return row;
}

inline DemandSpec& add_demand(Spec& spec, const std::string& programme, Time date, double quantity) {
    DemandSpec& row = spec.demands.emplace_back();
    row.programme = programme;
    row.date = date;
    row.quantity = quantity;
    return row;
}

inline void add_resource(Spec& spec, const std::string& name, const std::string& site, const std::string& activity) {
    ResourceSpec& row = spec.resources.emplace_back();
    row.name = name;
    row.site = site;
    row.capacity_per_week = 100;
    ResourceUseSpec& use = spec.resource_uses.emplace_back();
    use.resource = name;
    use.activity = activity;
}

inline ProgrammeSpec&
add_programme(Spec& spec, const std::string& name, const std::string& item, const std::string& site) {
    ProgrammeSpec& row = spec.programmes.emplace_back();
    row.name = name;
    row.item = item;
    row.site = site;
    return row;
}

// Wafers of a fab become dies (lead 70 d), packages at another site (14 d), which wait 7 d away for cars: valid and
// without any warning. A year from 2026-01-01, 26 weeks first.
inline Spec small_chain() {
    Spec spec;
    spec.scenario.name = "small";
    spec.scenario.start = civil_to_ticks(2026, 1, 1, 0, 0, 0);
    spec.scenario.end = civil_to_ticks(2027, 1, 1, 0, 0, 0);
    add_item(spec, "die", ItemKind::die);
    add_item(spec, "chip", ItemKind::package).value_usd = 100;
    for (const char* name : {"fab", "osat", "plant"}) spec.sites.emplace_back().name = name;
    add_activity(spec, "wafers", "fab", "die", 70).quantity = 500;
    add_activity(spec, "packages", "osat", "chip", 14);
    add_input(spec, "packages", "die");
    add_resource(spec, "fab line", "fab", "wafers");
    add_lane(spec, "fab", "osat");
    add_lane(spec, "osat", "plant").travel.mean = 7 * kDay;
    add_programme(spec, "cars", "chip", "plant").late_usd_per_week = 10;
    add_demand(spec, "cars", 200 * kDay, 1000);
    return spec;
}

// The model of a scenario that must be without mistakes and warnings.
inline ChainModel compiled_chain(const Spec& spec) {
    Diagnostics warnings;
    Result<ChainModel> model = compile_chain(spec, warnings);
    EXPECT_TRUE(warnings.empty()) << render_all(warnings, spec.sources);
    EXPECT_TRUE(model) << (model ? "" : render_all(model.error(), spec.sources));
    return model ? std::move(*model) : ChainModel();
}

}  // namespace chipchain::testing
