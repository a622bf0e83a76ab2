// What is wrong with rows of a scenario whose names are known: dates, contracts, substitutions, modules, and rows that
// do nothing. REQUIRES the whole model but for its figures and hash.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "chipchain/model/chain_compiler.h"

namespace chipchain {

namespace {

Span place_of(std::string_view table, const Row& row, std::string_view key) { return span_of(table, row, key); }

// Dates of a table that the scenario does not reach: one warning with their number.
struct Outside {
    size_t count = 0;
    Span first;
    std::string shown;

    void look(const ChainCompiler& c, std::string_view table, const Row& row, std::string_view key, Time t, Time low) {
        if (t >= low && t < c.model.end) return;
        if (count++ > 0) return;
        first = place_of(table, row, key);
        shown = fmt::format("{} '{}'", key, date_of(c, t));
    }
    void tell(ChainCompiler& c, std::string_view table) const {
        if (count == 0) return;
        c.messages.warning(
            "date-outside-scenario",
            count == 1 ? fmt::format("the {} of a row of {} is outside the scenario", shown, table)
                       : fmt::format("{} rows of {} are outside the scenario, the first with {}", count, table, shown),
            first,
            fmt::format("expected {} to {}", date_of(c, 0), date_of(c, c.model.end - kDay)),
            "correct the year, or remove the row");
    }
};

void check_dates(ChainCompiler& c) {
    const Spec& s = c.spec;
    constexpr Time kPast = INT64_MIN;  // what began before the start holds
    Outside demand;
    for (const DemandSpec& row : s.demands) demand.look(c, "demand", row, "date", row.date, 0);
    demand.tell(c, "demand");
    Outside pipeline;
    for (const PipelineSpec& row : s.pipelines) pipeline.look(c, "pipeline", row, "date", row.date, 0);
    pipeline.tell(c, "pipeline");
    Outside milestone;
    for (const MilestoneSpec& row : s.milestones) milestone.look(c, "milestone", row, "date", row.date, 0);
    milestone.tell(c, "milestone");
    Outside disruption;
    for (const DisruptionSpec& row : s.disruptions) {
        if (row.date != DisruptionSpec().date) disruption.look(c, "disruption", row, "date", row.date, 0);
    }
    disruption.tell(c, "disruption");
    Outside activity;
    for (const ActivitySpec& row : s.activities) activity.look(c, "activity", row, "from", row.from, kPast);
    activity.tell(c, "activity");
    Outside capacity;
    for (const ResourceCapacitySpec& row : s.resource_capacities)
        capacity.look(c, "resource_capacity", row, "from", row.from, kPast);
    capacity.tell(c, "resource_capacity");
    Outside yields;
    for (const ActivityYieldSpec& row : s.activity_yields)
        yields.look(c, "activity_yield", row, "from", row.from, kPast);
    yields.tell(c, "activity_yield");
    Outside contract;
    for (const ContractSpec& row : s.contracts) {
        if (row.until > row.from) contract.look(c, "contract", row, "until", std::min(row.until, c.model.end) - 1, 0);
        contract.look(c, "contract", row, "from", row.from, kPast);
    }
    contract.tell(c, "contract");
}

void check_period(
    ChainCompiler& c,
    std::string_view table,
    const Row& row,
    const std::string& name,
    Time from,
    Time until) {
    if (until > from) return;
    c.messages.error(
        "period-empty",
        fmt::format("{} '{}' ends on {}, and begins on {}", table, name, date_of(c, until), date_of(c, from)),
        place_of(table, row, "until"),
        "expected a date after the begin",
        "until is the first day after the period");
}

void check_periods(ChainCompiler& c) {
    for (const ContractSpec& row : c.spec.contracts) check_period(c, "contract", row, row.name, row.from, row.until);
    for (const ActivitySpec& row : c.spec.activities) {
        if (row.until != ActivitySpec().until)
            check_period(c, "activity", row, row.name, std::max<Time>(row.from, 0), row.until);
    }
    for (const DemandSpec& row : c.spec.demands) {
        if (row.until != DemandSpec().until) check_period(c, "demand", row, row.programme, row.date, row.until);
    }
}

// ---------------------------------------------------------------- contracts

void check_limits(ChainCompiler& c, const ContractSpec& row) {
    const bool pieces = row.maximum > 0 && row.minimum > row.maximum;
    const bool shares = row.least_share_percent > row.most_share_percent;
    if (!pieces && !shares) return;
    c.messages.error(
        "contract-limits",
        fmt::format(
            "contract '{}' has {} {}, above {} {}",
            row.name,
            pieces ? "minimum" : "least_share_percent",
            figure_text(pieces ? row.minimum : row.least_share_percent),
            pieces ? "maximum" : "most_share_percent",
            figure_text(pieces ? row.maximum : row.most_share_percent)),
        place_of("contract", row, pieces ? "minimum" : "least_share_percent"),
        pieces ? fmt::format("expected at most {}", figure_text(row.maximum)) : "expected at most the greatest share",
        "exchange the two, or correct the larger one");
}

void check_overlaps(ChainCompiler& c) {
    for (size_t b = 0; b < c.spec.contracts.size(); ++b) {
        const ContractSpec& row = c.spec.contracts[b];
        for (size_t a = 0; a < b; ++a) {
            const ContractSpec& other = c.spec.contracts[a];
            if (other.activity != row.activity || other.until <= row.from || row.until <= other.from) continue;
            c.messages.error(
                "contract-overlap",
                fmt::format(
                    "contracts '{}' and '{}' of activity '{}' are both valid on {}",
                    other.name,
                    row.name,
                    row.activity,
                    date_of(c, std::max(other.from, row.from))),
                place_of("contract", row, "from"),
                fmt::format("expected a period after {}", date_of(c, other.until - kDay)),
                "a start counts for one contract: let the periods follow each other");
            break;
        }
    }
}

void check_contract_capacity(ChainCompiler& c) {
    for (size_t i = 0; i < c.spec.contracts.size(); ++i) {
        const ContractSpec& row = c.spec.contracts[i];
        const Time from = std::max<Time>(row.from, 0);
        const Time until = std::min(row.until, c.model.end);
        if (row.minimum <= 0 || until <= from || row.until > c.model.end || row.from < 0) continue;
        const double most = starts_by_capacity(c.model, c.model.contracts[i].activity, from, until);
        if (row.minimum <= most * (1 + 1e-9)) continue;
        c.messages.warning(
            "contract-above-capacity",
            fmt::format(
                "contract '{}' has a minimum of {} starts, and the resources of '{}' allow {} in its period",
                row.name,
                figure_text(row.minimum),
                row.activity,
                figure_text(most)),
            place_of("contract", row, "minimum"),
            fmt::format("expected at most {}", figure_text(most)),
            "the shortfall is paid in any case: correct the minimum, the period or the capacity");
    }
}

// ---------------------------------------------------------------- single rows

void check_substitutions(ChainCompiler& c) {
    for (const SubstitutionSpec& row : c.spec.substitutions) {
        if (row.item == row.serves) {
            c.messages.error(
                "substitution-of-itself",
                fmt::format("item '{}' is to serve in place of itself", row.item),
                place_of("substitution", row, "serves"),
                "expected another item",
                "remove the row");
        }
        if (row.programme.empty()) continue;
        const std::string& wanted = c.spec.programmes[c.programmes.find(row.programme)].item;
        if (wanted == row.serves) continue;
        c.messages.error(
            "substitution-mismatch",
            fmt::format("programme '{}' waits for '{}', not for '{}'", row.programme, wanted, row.serves),
            place_of("substitution", row, "serves"),
            fmt::format("expected '{}'", wanted),
            "name the item of the programme, or leave the programme out");
    }
}

void check_lanes(ChainCompiler& c) {
    for (size_t r = 0; r < c.spec.lanes.size(); ++r) {
        const LaneSpec& row = c.spec.lanes[r];
        if (c.lane_used[r]) continue;
        c.messages.warning(
            "unused-lane",
            fmt::format(
                "the lane from '{}' to '{}' carries nothing: {}",
                row.from,
                row.to,
                row.item.empty() ? "no item that is there is needed at its end"
                                 : fmt::format("'{}' is not there, or not needed at its end", row.item)),
            row.span,
            {},
            "remove it, or check what is made at the one site and needed at the other");
    }
}

void check_uncertainties(ChainCompiler& c) {
    for (const UncertaintySpec& row : c.spec.uncertainties) {
        if (row.low_percent <= 100 && row.high_percent >= 100) continue;
        const bool low = row.low_percent > 100;
        c.messages.error(
            "uncertainty-range",
            fmt::format(
                "uncertainty '{}' runs from {:g} % to {:g} %, and its mode is 100 %",
                row.name,
                row.low_percent,
                row.high_percent),
            place_of("uncertainty", row, low ? "low_percent" : "high_percent"),
            low ? "expected at most 100" : "expected at least 100",
            "what is expected stands in the other tables; low and high say how far it may be off");
    }
}

void check_disruptions(ChainCompiler& c) {
    for (size_t i = 0; i < c.spec.disruptions.size(); ++i) {
        const DisruptionSpec& row = c.spec.disruptions[i];
        const ChainDisruption& disruption = c.model.disruptions[i];
        const DatedFigure& share = c.model.curves[disruption.recovery].share;
        if (share.points.empty() || share.points.back().value < 1) {
            c.messages.warning(
                "no-recovery",
                fmt::format("after disruption '{}' capacity never comes back in full", row.name),
                place_of("disruption", row, "recovery"),
                "expected a curve that ends at 100 %",
                fmt::format("add a last point to curve '{}'", row.recovery));
        }
        if (disruption.resource != kNoIndex && c.model.resources[disruption.resource].site != disruption.site) {
            c.messages.error(
                "resource-elsewhere",
                fmt::format("disruption '{}': resource '{}' is not at '{}'", row.name, row.resource, row.site),
                place_of("disruption", row, "resource"),
                fmt::format("expected a resource of '{}'", row.site),
                fmt::format("it is at '{}'", c.model.sites[c.model.resources[disruption.resource].site].name));
        }
        if (disruption.date < 0 && disruption.chance_per_year == 0) {
            c.messages.warning(
                "unused-row",
                fmt::format("disruption '{}' has neither a date nor a chance: it never happens", row.name),
                row.span,
                {},
                "give it percent_per_year or a date");
        }
    }
}

// The first capacity of a module decided at `decided`.
Time live_from(const ChainModel& m, const ChainModule& module, Time decided) {
    Time live = decided + module.build;
    if (module.ramp == kNoIndex) return live;
    const auto& points = m.curves[module.ramp].share.points;
    const auto first =
        std::find_if(points.begin(), points.end(), [](const DatedValue& p) { return p.value > 0 || p.linear; });
    return first == points.end() ? kNever : live + first->from;
}

void check_modules(ChainCompiler& c) {
    for (size_t i = 0; i < c.model.modules.size(); ++i) {
        const ChainModule& module = c.model.modules[i];
        const CapacityModuleSpec& row = c.spec.capacity_modules[i];
        Time first = live_from(c.model, module, std::max<Time>(module.from, 0));
        if (!module.ordered.empty()) first = std::min(first, live_from(c.model, module, module.ordered.front().first));
        if (first < c.model.end) continue;
        c.messages.warning(
            "module-too-late",
            fmt::format(
                "module '{}' has no capacity before the end: decided on {}, built in {} d",
                row.name,
                date_of(c, std::max<Time>(module.from, 0)),
                ticks_to_text(module.build, kDay)),
            place_of("capacity_module", row, "build_d"),
            fmt::format("expected capacity before {}", date_of(c, c.model.end)),
            "let it be decided earlier, or end the scenario later");
    }
}

double total_demand(const ChainModel& m, const ChainProgramme& p) { return p.due(0, m.end); }

void check_milestones(ChainCompiler& c) {
    for (size_t i = 0; i < c.spec.milestones.size(); ++i) {
        const MilestoneSpec& row = c.spec.milestones[i];
        if (row.kind != MilestoneKind::delivered) continue;
        const double all = total_demand(c.model, c.model.programmes[c.model.milestones[i].of]);
        if (row.quantity <= all) continue;
        c.messages.warning(
            "milestone-above-demand",
            fmt::format(
                "milestone '{}' wants {} pieces delivered, and '{}' asks for {} in all",
                row.name,
                figure_text(row.quantity),
                row.of,
                figure_text(all)),
            place_of("milestone", row, "quantity"),
            fmt::format("expected at most {}", figure_text(all)),
            "no more is delivered than is asked for: correct the one or the other");
    }
}

void check_activities(ChainCompiler& c) {
    for (const ActivitySpec& row : c.spec.activities) {
        const bool supplier = c.model.sites[c.sites.find(row.site)].kind == SiteKind::supplier;
        if (!supplier || row.cost_usd > 0) continue;
        c.messages.warning(
            "no-price",
            fmt::format("activity '{}' of supplier '{}' costs nothing", row.name, row.site),
            row.span,
            "expected cost_usd",
            "the plan would buy as much there as it can");
    }
    for (const ActivityInputSpec& row : c.spec.activity_inputs) {
        const ActivitySpec& activity = c.spec.activities[c.activities.find(row.activity)];
        bool made = activity.item == row.item;
        for (const ActivityOutputSpec& output : c.spec.activity_outputs)
            made = made || (output.activity == row.activity && output.item == row.item);
        if (!made) continue;
        c.messages.error(
            "makes-its-input",
            fmt::format(
                "activity '{}' makes '{}' of '{}', with a lead of {} d",
                row.activity,
                row.item,
                row.item,
                ticks_to_text(activity.lead.mean, kDay)),
            place_of("activity_input", row, "item"),
            "expected an item that it does not make",
            "give what goes in and what comes out an item each");
    }
}

void check_unused(ChainCompiler& c) {
    std::vector<bool> items(c.items.size());
    for (const ChainNode& node : c.model.nodes) items[node.item] = true;
    for (const ItemSpec& row : c.spec.items) {
        if (items[c.items.find(row.name)]) continue;
        c.messages.warning(
            "unused-item",
            fmt::format("item '{}' is neither made nor needed anywhere", row.name),
            row.span,
            {},
            "remove it, or name it in an activity, a store or a programme");
    }
    std::vector<bool> resources(c.resources.size());
    for (const ChainActivity& a : c.model.activities) {
        for (const ResourceShare& use : a.uses) resources[use.resource] = true;
    }
    for (const ResourceSpec& row : c.spec.resources) {
        if (resources[c.resources.find(row.name)]) continue;
        c.messages.warning(
            "unused-row",
            fmt::format("resource '{}' is used by no activity", row.name),
            row.span,
            {},
            "add [[resource_use]], or remove it");
    }
    for (const ProgrammeSpec& row : c.spec.programmes) {
        const ChainProgramme& programme = c.model.programmes[c.programme(row.name)];
        if (std::any_of(programme.demands.begin(), programme.demands.end(), [](const ChainDemand& d) {
                return d.quantity > 0;
            }))
            continue;
        c.messages.warning(
            "no-demand",
            fmt::format("programme '{}' asks for nothing", row.name),
            row.span,
            {},
            "add [[demand]] rows, or remove it");
    }
}

}  // namespace

double starts_by_capacity(const ChainModel& m, uint32_t activity, Time from, Time until) {
    double most = std::numeric_limits<double>::infinity();
    for (const ResourceShare& use : m.activities[activity].uses) {
        if (use.quantity <= 0) continue;
        double capacity = m.capacity_per_week(use.resource, from, until);
        for (const ChainModule& module : m.modules) {
            if (module.resource == use.resource)
                capacity += static_cast<double>(module.most) * module.capacity_per_week;
        }
        most = std::min(most, capacity * in_weeks(until - from) / use.quantity);
    }
    return most;
}

void check_before_network(ChainCompiler& c) {
    check_periods(c);
    check_substitutions(c);
    check_uncertainties(c);
    check_activities(c);
    for (const ContractSpec& row : c.spec.contracts) check_limits(c, row);
    check_overlaps(c);
    for (const LaneSpec& row : c.spec.lanes) {
        if (row.from != row.to) continue;
        c.messages.error(
            "lane-to-itself",
            fmt::format("a lane leads from '{}' to '{}'", row.from, row.to),
            place_of("lane", row, "to"),
            "expected another site",
            "what lies at a site needs no lane there");
    }
}

void check_rows(ChainCompiler& c) {
    check_dates(c);
    check_contract_capacity(c);
    check_lanes(c);
    check_disruptions(c);
    check_modules(c);
    check_milestones(c);
    check_unused(c);
}

}  // namespace chipchain
