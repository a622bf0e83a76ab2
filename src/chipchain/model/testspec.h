// Small specs for the tests of this folder and of those behind it.
#pragma once

#include <string>

#include "chipchain/spec/spec.h"

namespace chipchain::testing {

inline DurationSpec minutes(double mean, double half = 0) {
    return {half > 0 ? DistKind::uniform : DistKind::constant, to_ticks(mean, kMinute), to_ticks(half, kMinute)};
}

inline ToolGroupSpec& add_group(Spec& spec, const std::string& name, int64_t tools, const std::string& area = "Etch") {
    ToolGroupSpec& row = spec.tool_groups.emplace_back();
    row.name = name;
    row.tools = tools;
    row.area = area;
    return row;
}

inline StepSpec& add_step(Spec& spec, const std::string& route, const std::string& group, double process_min) {
    int64_t number = 1;
    for (const StepSpec& step : spec.steps) number += step.route == route;
    StepSpec& row = spec.steps.emplace_back();
    row.route = route;
    row.step = number;
    row.name = std::to_string(number) + "_" + group;
    row.tool_group = group;
    row.process = minutes(process_min);
    return row;
}

inline void add_product(Spec& spec, const std::string& name, const std::string& route) {
    ProductSpec& row = spec.products.emplace_back();
    row.name = name;
    row.route = route;
}

inline ReleaseSpec& add_release(Spec& spec, const std::string& name, const std::string& product, double interval_min) {
    ReleaseSpec& row = spec.releases.emplace_back();
    row.name = name;
    row.product = product;
    row.interval = to_ticks(interval_min, kMinute);
    return row;
}

// Three steps on two tool groups, one product, one release line: valid and without any warning.
inline Spec three_steps() {
    Spec spec;
    spec.line.name = "test";
    spec.line.horizon = 100 * kDay;
    ToolGroupSpec& etch = add_group(spec, "etch", 2);
    etch.load = kMinute;
    etch.unload = kMinute;
    add_group(spec, "litho", 1, "Litho");
    add_step(spec, "logic", "etch", 20);
    add_step(spec, "logic", "litho", 1).per = ProcessUnit::piece;
    add_step(spec, "logic", "etch", 30);
    add_product(spec, "chip", "logic");
    add_release(spec, "regular", "chip", 60);
    return spec;
}

}  // namespace chipchain::testing
