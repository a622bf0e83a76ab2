// Who waits, what was agreed, what is promised and what may happen. REQUIRES nodes, and activities in their order.
#include <algorithm>

#include <fmt/format.h>

#include "chipchain/model/chain_compiler.h"

namespace chipchain {

namespace {

// The programme's own node, then the items that serve in place of its own.
void add_serving_nodes(ChainCompiler& c, ChainProgramme& programme, const ProgrammeSpec& row) {
    const uint32_t site = c.sites.find(row.site);
    programme.node = c.node_of[c.place(c.items.find(row.item), site)];
    programme.nodes = {programme.node};
    programme.nodes_from = {0};
    for (const SubstitutionSpec& substitution : c.spec.substitutions) {
        if (substitution.programme != row.name || substitution.item == row.item) continue;
        const size_t place = c.place(c.items.find(substitution.item), site);
        if (!c.available[place]) continue;
        programme.nodes.push_back(c.node_of[place]);
        programme.nodes_from.push_back(std::max<Time>(substitution.from, 0));
    }
}

// [contract] the following one of the same activity
void link_contracts(ChainModel& m) {
    for (uint32_t a = 0; a < m.contracts.size(); ++a) {
        for (uint32_t b = 0; b < m.contracts.size(); ++b) {
            const ChainContract& next = m.contracts[b];
            if (a == b || next.activity != m.contracts[a].activity || next.from < m.contracts[a].until) continue;
            uint32_t& found = m.contracts[a].next;
            if (found == kNoIndex || next.from < m.contracts[found].from) found = b;
        }
    }
}

std::string_view table_of(UncertainKind kind) {
    switch (kind) {
        case UncertainKind::demand:
            return "programme";
        case UncertainKind::yield:
        case UncertainKind::lead:
        case UncertainKind::price:
            return "activity";
        case UncertainKind::capacity:
            return "resource";
        case UncertainKind::build:
            return "capacity_module";
    }
    return "";
}

}  // namespace

const NameTable& uncertain_names(const ChainCompiler& c, UncertainKind kind) {
    switch (kind) {
        case UncertainKind::demand:
            return c.programmes;
        case UncertainKind::yield:
        case UncertainKind::lead:
        case UncertainKind::price:
            return c.activities;
        case UncertainKind::capacity:
            return c.resources;
        case UncertainKind::build:
            return c.modules;
    }
    return c.activities;
}

uint32_t ChainCompiler::activity(const std::string& name) const { return activity_of_row[activities.find(name)]; }
uint32_t ChainCompiler::programme(const std::string& name) const { return programme_of_row[programmes.find(name)]; }

// `of` of milestones and uncertainties refers to another table by the kind of the row.
void check_kind_references(ChainCompiler& c) {
    const auto check = [&c](
                           std::string_view table,
                           const Row& row,
                           const std::string& whose,
                           const std::string& of,
                           const NameTable& names,
                           std::string_view what) {
        if (names.find(of) != kNoIndex) return;
        std::string id = fmt::format("unknown-{}", what);
        std::replace(id.begin(), id.end(), '_', '-');
        c.messages.error(
            std::move(id),
            fmt::format("{} '{}' names {} '{}', which is not declared", table, whose, in_words(what), of),
            span_of(table, row, "of"),
            one_of(names.size(), in_words(what)),
            name_help(of, names, what));
    };
    for (const MilestoneSpec& row : c.spec.milestones) {
        const bool delivered = row.kind == MilestoneKind::delivered;
        check(
            "milestone",
            row,
            row.name,
            row.of,
            delivered ? c.programmes : c.activities,
            delivered ? "programme" : "activity");
    }
    for (const UncertaintySpec& row : c.spec.uncertainties)
        check("uncertainty", row, row.name, row.of, uncertain_names(c, row.kind), table_of(row.kind));
}

void add_programmes(ChainCompiler& c) {
    std::vector<uint32_t> order(c.spec.programmes.size());
    for (uint32_t r = 0; r < order.size(); ++r) order[r] = r;
    std::stable_sort(order.begin(), order.end(), [&c](uint32_t a, uint32_t b) {
        return c.spec.programmes[a].priority < c.spec.programmes[b].priority;
    });
    c.programme_of_row.assign(order.size(), kNoIndex);
    for (const uint32_t r : order) {
        const ProgrammeSpec& row = c.spec.programmes[r];
        c.programme_of_row[r] = static_cast<uint32_t>(c.model.programmes.size());
        ChainProgramme& programme = c.model.programmes.emplace_back();
        programme.name = row.name;
        add_serving_nodes(c, programme, row);
        programme.priority = row.priority;
        programme.value_usd = row.value_usd;
        programme.late_usd_per_week = row.late_usd_per_week;
        programme.unmet_usd = row.unmet_usd > 0 ? row.unmet_usd : row.late_usd_per_week;
        programme.backlog = row.backlog;
        programme.spread = row.spread_percent / 100;
        programme.floor = row.floor_percent / 100;
    }
    for (const DemandSpec& row : c.spec.demands) {
        ChainDemand& demand = c.model.programmes[c.programme(row.programme)].demands.emplace_back();
        demand.begin = row.date;
        demand.end = std::max(row.date, row.until);
        demand.quantity = row.quantity;
    }
}

void add_contracts(ChainCompiler& c) {
    for (const ContractSpec& row : c.spec.contracts) {
        ChainContract& contract = c.model.contracts.emplace_back();
        contract.name = row.name;
        contract.activity = c.activity(row.activity);
        contract.from = row.from;
        contract.until = row.until;
        contract.minimum = row.minimum;
        contract.maximum = row.maximum;
        contract.shortfall_usd = row.shortfall_usd;
        contract.carry = row.carry_percent / 100;
        contract.option_starts = row.option_starts;
        contract.option_usd = row.option_usd;
        contract.exercise_usd = row.exercise_usd;
        contract.prepaid_usd = row.prepaid_usd;
        contract.change = row.change_percent / 100;
        contract.least_share = row.least_share_percent / 100;
        contract.most_share = row.most_share_percent / 100;
        contract.notice = row.notice;
    }
    link_contracts(c.model);
}

void add_qualifications(ChainCompiler& c) {
    for (const QualificationSpec& row : c.spec.qualifications) {
        const auto number = static_cast<uint32_t>(c.model.qualifications.size());
        ChainQualification& qualification = c.model.qualifications.emplace_back();
        qualification.activity = c.activity(row.activity);
        qualification.from = row.from;
        qualification.duration = row.duration;
        qualification.decided = row.decided;
        qualification.cost_usd = row.cost_usd;
        qualification.starts = row.pieces;
        ChainActivity& activity = c.model.activities[qualification.activity];
        activity.qualification = number;
        if (row.decided) activity.from = std::max(activity.from, row.from + row.duration);
    }
}

void add_pipelines(ChainCompiler& c) {
    for (const PipelineSpec& row : c.spec.pipelines)
        c.model.pipelines.push_back({c.activity(row.activity), row.date, row.quantity});
}

void add_milestones(ChainCompiler& c) {
    for (const MilestoneSpec& row : c.spec.milestones) {
        ChainMilestone& milestone = c.model.milestones.emplace_back();
        milestone.name = row.name;
        milestone.kind = row.kind;
        milestone.of = row.kind == MilestoneKind::delivered ? c.programme(row.of) : c.activity(row.of);
        milestone.quantity = row.quantity;
        milestone.date = row.date;
        milestone.note = row.note;
    }
}

void add_disruptions(ChainCompiler& c) {
    for (const DisruptionSpec& row : c.spec.disruptions) {
        ChainDisruption& disruption = c.model.disruptions.emplace_back();
        disruption.name = row.name;
        disruption.site = c.sites.find(row.site);
        disruption.resource = row.resource.empty() ? kNoIndex : c.resources.find(row.resource);
        disruption.chance_per_year = row.percent_per_year / 100;
        disruption.date = row.date < 0 ? -1 : row.date;
        disruption.recovery = c.curves.find(row.recovery);
        disruption.scrap = row.scrap_percent / 100;
    }
}

void add_uncertainties(ChainCompiler& c) {
    for (const UncertaintySpec& row : c.spec.uncertainties) {
        ChainUncertainty& uncertainty = c.model.uncertainties.emplace_back();
        uncertainty.name = row.name;
        uncertainty.kind = row.kind;
        const uint32_t number = uncertain_names(c, row.kind).find(row.of);
        const bool of_activity = table_of(row.kind) == "activity";
        uncertainty.of = of_activity                         ? c.activity_of_row[number]
                         : row.kind == UncertainKind::demand ? c.programme_of_row[number]
                                                             : number;
        uncertainty.low = row.low_percent / 100;
        uncertainty.high = row.high_percent / 100;
    }
}

}  // namespace chipchain
