#include "chipchain/spec/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <type_traits>

namespace chipchain {

namespace {

using V = std::string_view;

#include "chipchain/spec/schema_fields.inl"

// ---------------------------------------------------------------- the tables

constexpr V kWake[] = {"longest_idle", "least_setup", "lowest_index"};
constexpr V kBatchKey[] = {"none", "product_step", "step_name", "tool_group"};
constexpr V kPer[] = {"lot", "piece", "batch"};
constexpr V kScope[] = {"tool_group", "area", "area_at_once"};
constexpr V kPmKind[] = {"calendar", "pieces"};
constexpr V kPolicy[] = {"constant", "poisson", "list", "conwip", "workload", "ramp"};

using L = LineSpec;
constexpr FieldInfo kLine[] = {
    name<&L::name>("name", "name of the line").need(),
    name<&L::profile>("profile", "set of switches to start from").to("profile"),
    date<&L::start>("start", "date of the first simulated instant"),
    duration<&L::horizon>("horizon_d", "simulated time").range(1e-6, 365'250),
    duration<&L::warmup>("warmup_d", "statistics start so long after the start"),
    name<&L::rule>("rule", "dispatch rule of tool groups that name none").to("rule"),
    text<&L::note>("note", "free text: source, licence, assumptions"),
};

using Ru = RuleSpec;
constexpr FieldInfo kRule[] = {
    name<&Ru::name>("name", "name of the dispatch rule").need(),
    text<&Ru::rank>("rank", "rank keys in falling importance, as in \"priority, setup, fifo\"").need(),
    text<&Ru::help>("help", "one sentence about the rule"),
};

using T = ToolGroupSpec;
constexpr FieldInfo kToolGroup[] = {
    name<&T::name>("name", "name of the tool group").need(),
    name<&T::area>("area", "area it stands in; downs may hit a whole area").to("area"),
    integer<&T::tools>("tools", 1, 1'000'000, "number of identical tools"),
    duration<&T::load>("load_min", "load time of a lot or batch"),
    duration<&T::unload>("unload_min", "unload time of a lot or batch"),
    integer<&T::lots_inside>("lots_inside", 1, 1000, "lots that may be inside one tool; 2: cascading tool"),
    name<&T::rule>("rule", "dispatch rule; absent: the line's").to("rule"),
    choice<&T::wake>("wake", kWake, "which idle tool takes an arriving lot"),
    choice<&T::batch_key>("batch_key", kBatchKey, "lots with the same key may share a batch"),
    flag<&T::setup_avoidance>("setup_avoidance", "keep a setup as long as matching lots wait"),
    flag<&T::reservation>("reservation", "may be reserved by lots that ask for it"),
    name<&T::location>("location", "place for the transport table").to("location"),
    number<&T::capex_musd>("capex_musd", 0, 1e6, "price of one tool in million US$"),
    number<&T::floor_m2>("floor_m2", 0, 1e6, "floor space of one tool with its surroundings"),
    text<&T::source>("source", "where the figures of the group come from, or 'assumption'"),
};

using P = ProductSpec;
constexpr FieldInfo kProduct[] = {
    name<&P::name>("name", "name of the product").need(),
    name<&P::route>("route", "route it follows").need().to("route"),
    name<&P::family>("family", "product family, for reports"),
    integer<&P::gross_dies>("gross_dies", 0, 1e7, "whole dies of a piece; 0: no die yield is reported"),
    number<&P::die_area_mm2>("die_area_mm2", 0, 1e5, "area of a die that defects can kill"),
    number<&P::d0_start>("d0_start_per_cm2", 0, 1000, "defect density at the line's start"),
    number<&P::d0_final>("d0_final_per_cm2", 0, 1000, "defect density in the end"),
    duration<&P::tau>("d0_tau_d", "time constant of its fall; 0: the final density from the start"),
    number<&P::alpha>("d0_alpha", 0.01, 1e6, "cluster parameter of the negative binomial yield"),
};

using S = StepSpec;
constexpr double kMostSteps = 100'000;
constexpr FieldInfo kStep[] = {
    name<&S::route>("route", "route the step belongs to").need().to("route"),
    integer<&S::step>("step", 1, kMostSteps, "number of the step: 1, 2, 3, ... without gaps inside a route").need(),
    name<&S::name>("name", "name of the step"),
    name<&S::tool_group>("tool_group", "tool group that executes it").need().to("tool_group"),
    dist<&S::process>("process", "distribution of the process time"),
    mean<&S::process>("process_min", "mean process time of a lot, a piece or a batch").need(),
    half<&S::process>("process_half_min"),
    shape<&S::process>("process_shape"),
    choice<&S::per>("per", kPer, "what one process time is for"),
    integer<&S::batch_min>("batch_min_pieces", 0, 1e6, "least pieces to start a batch").need_when("per=batch"),
    integer<&S::batch_max>("batch_max_pieces", 0, 1e6, "most pieces in a batch").need_when("per=batch"),
    name<&S::setup>("setup", "setup the tool needs; absent: any setup serves and is kept").to("setup"),
    duration<&S::setup_time>("setup_time_min", "setup time of this step; absent: looked up in setup_change"),
    integer<&S::dedicate_step>("dedicate_step", 0, kMostSteps, "that step must run on the same tool; 0: none")
        .to("step"),
    duration<&S::lot_interval>(
        "lot_interval_min",
        "cascade: the next lot may start so long after this one; absent: none"),
    duration<&S::piece_interval>("piece_interval_min", "cascade: pieces enter so far apart; absent: none"),
    integer<&S::rework_step>("rework_step", 0, kMostSteps, "a lot to be reworked goes back to that step; 0: none")
        .to("step"),
    percent<&S::rework_percent>("rework_percent", "share of lots that are reworked"),
    percent<&S::sample_percent>("sample_percent", "share of lots that execute the step"),
    percent<&S::scrap_percent>("scrap_percent", "share of lots scrapped at the end of the step"),
    integer<&S::queue_time_step>(
        "queue_time_step",
        0,
        kMostSteps,
        "queue-time window from the end of this step to the start of that one; 0: none")
        .to("step"),
    duration<&S::queue_time_limit>("queue_time_limit_h", "longest allowed time in the queue-time window"),
};

using C = SetupChangeSpec;
constexpr FieldInfo kSetupChange[] = {
    name<&C::from>("from", "setup before; absent: any other").to("setup"),
    name<&C::to>("to", "setup after").need().to("setup"),
    duration<&C::time>("time_min", "time of the change").need(),
};

using G = SetupGroupSpec;
constexpr FieldInfo kSetupGroup[] = {
    name<&G::name>("name", "name of the group of setups").need(),
    name<&G::setup>("setup", "a setup that belongs to it").need().to("setup"),
    integer<&G::min_run>("min_run_lots", 1, 1e6, "lots to start in a setup before the next change"),
};

using D = DownSpec;
constexpr FieldInfo kDown[] = {
    name<&D::name>("name", "name of the cause").need(),
    choice<&D::scope>("scope", kScope, "what fails: each tool of a group, each tool of an area, or an area at once"),
    name<&D::target>("target", "tool group or area").need().to("tool_group or area"),
    dist<&D::time_to_failure>("time_to_failure", "distribution of the time from a repair to the next failure").need(),
    mean<&D::time_to_failure>("mttf_min", "mean time from a repair to the next failure")
        .need()
        .range(1e-6, 525'960'000),
    half<&D::time_to_failure>("mttf_half_min"),
    shape<&D::time_to_failure>("mttf_shape"),
    dist<&D::repair>("repair", "distribution of the repair time").need(),
    mean<&D::repair>("mttr_min", "mean repair time").need(),
    half<&D::repair>("mttr_half_min"),
    shape<&D::repair>("mttr_shape"),
    dist<&D::first>("first", "distribution of the time of the first failure").like("time_to_failure"),
    mean<&D::first>("first_min", "mean time of the first failure after the start"),
    half<&D::first>("first_half_min"),
    shape<&D::first>("first_shape"),
};

using M = PmSpec;
constexpr FieldInfo kPm[] = {
    name<&M::name>("name", "name of the maintenance").need(),
    choice<&M::scope>("scope", kScope, "each tool of a group, each tool of an area, or an area at once"),
    name<&M::target>("target", "tool group or area").need().to("tool_group or area"),
    choice<&M::kind>("kind", kPmKind, "counts calendar time, or pieces processed by the tool"),
    duration<&M::interval>("interval_d", "calendar time from one to the next").need_when("kind=calendar"),
    integer<&M::interval_pieces>("interval_pieces", 0, 1e9, "pieces from one to the next").need_when("kind=pieces"),
    dist<&M::duration>("duration", "distribution of the duration"),
    mean<&M::duration>("duration_h", "mean duration").need(),
    half<&M::duration>("duration_half_h"),
    shape<&M::duration>("duration_shape"),
    duration<&M::first>(
        "first_d",
        "time of the first one on the last tool of the group; tool k of n has it at k/n of this"),
    integer<&M::first_pieces>("first_pieces", 0, 1e9, "the same as a count of pieces"),
};

using Tr = TransportSpec;
constexpr FieldInfo kTransport[] = {
    name<&Tr::from>("from", "location left").need().to("location"),
    name<&Tr::to>("to", "location reached").need().to("location"),
    dist<&Tr::time>("time", "distribution of the transport time of a lot"),
    mean<&Tr::time>("time_min", "mean transport time of a lot").need(),
    half<&Tr::time>("time_half_min"),
    shape<&Tr::time>("time_shape"),
};

}  // namespace

}  // namespace chipchain

#include "chipchain/spec/schema_lots.inl"
#include "chipchain/spec/schema_ramp.inl"

namespace chipchain {

namespace {

// ---------------------------------------------------------------- access to rows

template <auto Rows>
size_t rows_size(const Spec& spec) {
    return (spec.*Rows).size();
}
template <auto Rows>
Row& rows_at(Spec& spec, size_t i) {
    return (spec.*Rows)[i];
}
template <auto Rows>
const Row& rows_at_const(const Spec& spec, size_t i) {
    return (spec.*Rows)[i];
}
template <auto Rows>
Row& rows_add(Spec& spec) {
    return (spec.*Rows).emplace_back();
}
template <auto Rows>
void rows_remove(Spec& spec, size_t i) {
    (spec.*Rows).erase((spec.*Rows).begin() + static_cast<ptrdiff_t>(i));
}
template <class RowType>
const Row& defaults_of() {
    static const RowType row;
    return row;
}

template <auto Rows>
constexpr TableInfo table(V name, V csv_file, std::span<const FieldInfo> fields, std::span<const V> unique, V help) {
    using RowType = typename MemberOf<Rows>::Type::value_type;
    TableInfo t;
    t.name = name;
    t.help = help;
    t.csv_file = csv_file;
    t.fields = fields;
    t.unique = unique;
    t.size = &rows_size<Rows>;
    t.row = &rows_at<Rows>;
    t.const_row = &rows_at_const<Rows>;
    t.add = &rows_add<Rows>;
    t.remove = &rows_remove<Rows>;
    t.defaults = &defaults_of<RowType>;
    return t;
}

template <auto Member>
constexpr TableInfo single_table(V name, std::span<const FieldInfo> fields, V help) {
    using RowType = typename MemberOf<Member>::Type;
    TableInfo t;
    t.name = name;
    t.help = help;
    t.fields = fields;
    t.single = true;
    t.size = [](const Spec&) -> size_t { return 1; };
    t.row = [](Spec& spec, size_t) -> Row& { return spec.*Member; };
    t.const_row = [](const Spec& spec, size_t) -> const Row& { return spec.*Member; };
    t.add = [](Spec& spec) -> Row& { return spec.*Member; };
    t.defaults = &defaults_of<RowType>;
    return t;
}

constexpr V kMarkHelp = "how the figures of the row are known";
constexpr V kSourceHelp = "where the figures of the row come from";

using Co = CostSpec;
constexpr FieldInfo kCost[] = {
    number<&Co::depreciation_years>(
        "depreciation_years",
        0.1,
        100,
        "straight-line life of tools; default: 5 to 7 years, chipfoundryservices.com"),
    percent<&Co::maintenance_percent>(
        "maintenance_percent",
        "of the price of the tools, per year; default: 10 to 15 %, silicon-fabrication-handbook"),
    number<&Co::floor_usd_per_m2_year>(
        "floor_usd_per_m2_year",
        0,
        1e9,
        "floor with its building and air; default: assumption"),
    number<&Co::staff_per_tool>("staff_per_tool", 0, 1e6, "people of all shifts per tool; default: assumption"),
    number<&Co::staff_usd_per_year>("staff_usd_per_year", 0, 1e9, "cost of one of them; default: assumption"),
    number<&Co::utilities_usd_per_tool_year>(
        "utilities_usd_per_tool_year",
        0,
        1e9,
        "power, water, gases of a tool; default: assumption"),
    number<&Co::materials_usd_per_piece>(
        "materials_usd_per_piece",
        0,
        1e9,
        "material and blank of a piece started; default: computed for a 14 nm wafer, 15 to 20 % "
        "(chipfoundryservices.com) of US$ 4,205 (IBS 2014)"),
    percent<&Co::line_yield_percent>(
        "line_yield_percent",
        "good pieces / pieces shipped by the routes; default: assumption (high 90s)"),
    text<&Co::source>("source", kSourceHelp),
};

using Pr = ProcessSpec;
constexpr FieldInfo kProcess[] = {
    name<&Pr::name>("name", "name of the process").need(),
    name<&Pr::base>("base", "process of the library whose rows this file changes by name"),
    flag<&Pr::own_modules>("own_modules", "the modules of the base are left out"),
    name<&Pr::piece>("piece", "what moves in lots: wafer, panel, board"),
    integer<&Pr::lot_pieces>("lot_pieces", 1, 100'000, "pieces of a lot"),
    number<&Pr::pieces_per_month>("starts_pieces_per_month", 0, 1e8, "starts when the command line names none"),
    number<&Pr::flow_factor>("flow_factor", 1, 100, "cycle time / raw process time of due dates and initial WIP"),
    percent<&Pr::hot_percent>("hot_percent", "share of the starts that are hot lots"),
    duration<&Pr::transport>("transport_min", "mean time between two tools; uniform within a third of it"),
    duration<&Pr::transfer>("transfer_h", "mean time between two factories; uniform within a third of it"),
    choice<&Pr::mark>("mark", kMarkNames, kMarkHelp),
    text<&Pr::source>("source", kSourceHelp),
    text<&Pr::note>("note", "what the process is"),
};

using Pp = ProcessParameterSpec;
constexpr FieldInfo kProcessParameter[] = {
    name<&Pp::name>("name", "name of the parameter").need(),
    number<&Pp::value>("value", 0, 1e9, "its value unless the command line gives one").need(),
    text<&Pp::unit>("unit", "unit of the value"),
    text<&Pp::help>("help", "what it is"),
    choice<&Pp::mark>("mark", kMarkNames, kMarkHelp),
    text<&Pp::source>("source", kSourceHelp),
};

using Pt = ProcessToolSpec;
constexpr FieldInfo kProcessTool[] = {
    name<&Pt::name>("name", "name of the class of tools").need(),
    name<&Pt::area>("area", "area its groups stand in").need(),
    integer<&Pt::front_groups>("front_groups", 1, 100, "most tool groups of the front end"),
    integer<&Pt::back_groups>("back_groups", 0, 100, "most of the back end; 0: the front end's serve it"),
    duration<&Pt::process>("process_min", "mean process time of a piece, lot or batch, without what follows"),
    text<&Pt::process_by>("process_by", "names of parameters whose product is minutes to add"),
    choice<&Pt::per>("per", kPer, "what one process time is for"),
    number<&Pt::unit_s>("unit_s", 0, 1e6, "seconds added per counted unit (die, package, hole, component)"),
    name<&Pt::unit_by>("unit_by", "parameter with the seconds per counted unit, in place of unit_s"),
    text<&Pt::count>("count", "names of parameters whose product is the number of units of a piece"),
    name<&Pt::sites>("sites", "parameter that says how many units are served at once"),
    percent<&Pt::retest_percent>("retest_percent", "share of units served twice"),
    number<&Pt::spread>("spread", 0, 1, "sigma of the lognormal that process times of operations are drawn from"),
    number<&Pt::cascade>("cascade", 0, 1, "entry interval / process time of a piece; 0: no cascade"),
    integer<&Pt::batch_lots>("batch_lots", 1, 1000, "most lots of a batch"),
    integer<&Pt::setups>("setups", 0, 100, "setups that operations are split over; 0: none"),
    flag<&Pt::setup_by_product>("setup_by_product", "each product needs a setup of its own"),
    duration<&Pt::setup_time>("setup_min", "time of a change of setup"),
    integer<&Pt::min_run>("min_run_lots", 1, 10'000, "lots to start in a setup before the next change"),
    percent<&Pt::utilisation>("utilisation_percent", "planned share of the available time"),
    duration<&Pt::mttf>("mttf_h", "mean time to failure; 0: never down"),
    duration<&Pt::mttr>("mttr_h", "mean time to repair"),
    duration<&Pt::pm_week>("pm_week_h", "duration of the weekly maintenance; 0: none"),
    duration<&Pt::pm_month>("pm_month_h", "of the monthly one; the quarterly one is twice as long; 0: none"),
    flag<&Pt::pm_by_pieces>("pm_by_pieces", "maintenance is due by pieces instead of the calendar"),
    number<&Pt::capex_musd>("capex_musd", 0, 1e6, "price of one tool in million US$"),
    number<&Pt::floor_m2>("floor_m2", 0, 1e6, "floor space of one tool"),
    choice<&Pt::mark>("mark", kMarkNames, kMarkHelp),
    text<&Pt::source>("source", kSourceHelp),
};

using Op = OperationSpec;
constexpr FieldInfo kOperation[] = {
    name<&Op::name>("name", "name of the operation").need(),
    name<&Op::tool>("tool", "class of tools that performs it").need().to("process_tool"),
    percent<&Op::sample_percent>("sample_percent", "share of lots that perform it"),
    percent<&Op::rework_percent>("rework_percent", "share of lots sent back"),
    name<&Op::rework_to>("rework_to", "operation earlier in the same pass of the module").to("operation"),
    percent<&Op::scrap_percent>("scrap_percent", "share of lots scrapped"),
    duration<&Op::queue_time_limit>("queue_time_limit_h", "limit to the next operation; 0: none"),
    flag<&Op::dedicated>("dedicated", "on the tool of the pass before"),
    choice<&Op::mark>("mark", kMarkNames, kMarkHelp),
    text<&Op::source>("source", kSourceHelp),
};

using Mo = ModuleSpec;
constexpr FieldInfo kModule[] = {
    name<&Mo::name>("name", "name of the module").need(),
    integer<&Mo::repeat>("repeat", 0, 1000, "passes"),
    text<&Mo::repeat_by>("repeat_by", "names of parameters whose product multiplies the passes"),
    flag<&Mo::back>("back_end", "uses the tool groups of the back end"),
    text<&Mo::steps>("steps", "names of operations with blanks between"),
    choice<&Mo::mark>("mark", kMarkNames, kMarkHelp),
    text<&Mo::source>("source", kSourceHelp),
};

#include "chipchain/spec/schema_flow.inl"

#include "chipchain/spec/schema_chip.inl"

#include "chipchain/spec/schema_scenario.inl"

constexpr V kByName[] = {"name"};
constexpr V kByChip[] = {"chip"};
constexpr V kByStep[] = {"route", "step"};
constexpr V kByFromTo[] = {"from", "to"};
constexpr V kBySetup[] = {"setup"};

constexpr TableInfo kTables[] = {
    single_table<&Spec::line>("line", kLine, "the line as a whole"),
    table<&Spec::rules>("rule", "", kRule, kByName, "dispatch rules; the built-in ones need no row"),
    table<&Spec::tool_groups>("tool_group", "tool_groups.csv", kToolGroup, kByName, "groups of identical tools"),
    table<&Spec::products>("product", "", kProduct, kByName, "what the line makes"),
    table<&Spec::steps>("step", "steps.csv", kStep, kByStep, "the steps of all routes"),
    table<&Spec::setup_changes>(
        "setup_change",
        "setup_changes.csv",
        kSetupChange,
        kByFromTo,
        "times to change a tool from one setup to another"),
    table<&Spec::setup_groups>(
        "setup_group",
        "setup_groups.csv",
        kSetupGroup,
        kBySetup,
        "setups with a minimum run; one row per setup"),
    table<&Spec::downs>("down", "downs.csv", kDown, {}, "unscheduled downs: failures and repairs of tools"),
    table<&Spec::pms>("pm", "pms.csv", kPm, {}, "scheduled (preventive) maintenance"),
    table<&Spec::transports>("transport", "", kTransport, kByFromTo, "transport times between locations"),
    table<&Spec::releases>("release", "", kRelease, kByName, "release lines: which lots start when"),
    table<&Spec::planned_lots>(
        "planned_lot",
        "planned_lots.csv",
        kPlannedLot,
        {},
        "lots of release lines with policy \"list\""),
    table<&Spec::wip_lots>("wip_lot", "wip.csv", kWipLot, kByName, "lots that are in the line at its start"),
    table<&Spec::costs>("cost", "", kCost, {}, "what a year of the line costs: one row; used by chipchain size"),
    table<&Spec::tool_installs>(
        "tool_install",
        "tool_installs.csv",
        kToolInstall,
        {},
        "tools that arrive after the start; the others are there from the start"),
    table<&Spec::shifts>("shift", "", kShift, {}, "crews: when tools are scheduled; tools without rows work always"),
    table<&Spec::shutdowns>("shutdown", "", kShutdown, {}, "dated time without production"),
    table<&Spec::ramps>("ramp", "ramp.csv", kRamp, {}, "rates of release lines with policy \"ramp\""),
    table<&Spec::learnings>("learning", "", kLearning, kByName, "what falls with experience"),
    table<&Spec::processes>("process", "", kProcess, kByName, "a process that chipchain new makes a line from"),
    table<&Spec::process_parameters>(
        "process_parameter",
        "parameters.csv",
        kProcessParameter,
        kByName,
        "figures of a process that the command line may set"),
    table<&Spec::process_tools>(
        "process_tool",
        "process_tools.csv",
        kProcessTool,
        kByName,
        "classes of tools of a process"),
    table<&Spec::operations>("operation", "operations.csv", kOperation, kByName, "operations of a process"),
    table<&Spec::modules>("module", "modules.csv", kModule, kByName, "the modules of a process in sequence"),
    table<&Spec::flows>("flow", "", kFlow, kByName, "a flow of stages from wafers to finished units"),
    table<&Spec::flow_stages>("flow_stage", "flow_stages.csv", kFlowStage, kByName, "stages of a flow in sequence"),
    table<&Spec::flow_losses>(
        "flow_loss",
        "flow_losses.csv",
        kFlowLoss,
        kByStageName,
        "losses of a stage, in sequence"),
    table<&Spec::flow_tests>("flow_test", "flow_tests.csv", kFlowTest, kByStageName, "tests of a stage, in sequence"),
    table<&Spec::flow_bins>("flow_bin", "flow_bins.csv", kFlowBin, kByStageName, "bins of sorted dies, best first"),
    table<&Spec::flow_parts>("flow_part", "flow_parts.csv", kFlowPart, kByStagePart, "parts of a stage's units"),
    single_table<&Spec::chip>("chip", kChip, "one version of an inference chip: instead of [line]"),
    table<&Spec::figures>("figure", "", kFigure, kByName, "the physical figures of a chip, with their provenance"),
    single_table<&Spec::fleet>("fleet", kFleet, "who computes with chips: instead of [line]"),
    table<&Spec::fleet_units>("fleet_unit", "", kFleetUnit, kByName, "kinds of units of a fleet"),
    table<&Spec::fleet_networks>("fleet_network", "", kFleetNetwork, {}, "networks that units run"),
    table<&Spec::fleet_builds>("fleet_build", "", kFleetBuild, {}, "units that are built in a span of time"),
    table<&Spec::fleet_versions>("fleet_version", "", kFleetVersion, kByChip, "versions of the chip and their shares"),
    single_table<&Spec::scenario>("scenario", kScenario, "a chain over the years: instead of [line]"),
    single_table<&Spec::overlay>("overlay", kOverlay, "changes on a scenario: instead of [line]"),
    table<&Spec::items>("item", "items.csv", kItem, kByName, "what lies in stores and moves between sites"),
    table<&Spec::sites>("site", "sites.csv", kSite, kByName, "own sites and suppliers"),
    table<&Spec::activities>("activity", "activities.csv", kActivity, kByName, "what sites make, or suppliers sell"),
    table<&Spec::activity_inputs>(
        "activity_input",
        "activity_inputs.csv",
        kActivityInput,
        kByActivityItem,
        "bills of material"),
    table<&Spec::activity_outputs>(
        "activity_output",
        "activity_outputs.csv",
        kActivityOutput,
        kByActivityItem,
        "bins and co-products"),
    table<&Spec::activity_yields>(
        "activity_yield",
        "activity_yields.csv",
        kActivityYield,
        kByActivityFrom,
        "yields by date"),
    table<&Spec::resources>(
        "resource",
        "resources.csv",
        kResource,
        kByName,
        "what limits activities: lines, allocations"),
    table<&Spec::resource_uses>(
        "resource_use",
        "resource_uses.csv",
        kResourceUse,
        kByResourceActivity,
        "what activities take of resources"),
    table<&Spec::resource_capacities>(
        "resource_capacity",
        "resource_capacities.csv",
        kResourceCapacity,
        kByResourceFrom,
        "capacities by date"),
    table<&Spec::clearings>(
        "clearing",
        "clearings.csv",
        kClearing,
        {},
        "clearing functions: output of a resource under load"),
    table<&Spec::curves>("curve", "curves.csv", kCurve, kByCurveDay, "points of curves, by day: ramps and recoveries"),
    table<&Spec::capacity_modules>(
        "capacity_module",
        "capacity_modules.csv",
        kCapacityModule,
        kByName,
        "capacity that can be bought"),
    table<&Spec::module_orders>("module_order", "module_orders.csv", kModuleOrder, {}, "modules decided already"),
    table<&Spec::lanes>("lane", "lanes.csv", kLane, kByFromToItem, "transport between sites"),
    table<&Spec::stores>(
        "store",
        "stores.csv",
        kStore,
        kByItemSite,
        "stocks, limits and safety stocks; others are empty and unlimited"),
    table<&Spec::pipelines>("pipeline", "pipelines.csv", kPipeline, {}, "output of what is under way at the start"),
    table<&Spec::contracts>("contract", "contracts.csv", kContract, kByName, "what was agreed with suppliers"),
    table<&Spec::qualifications>(
        "qualification",
        "qualifications.csv",
        kQualification,
        kByActivity,
        "activities that must be qualified first"),
    table<&Spec::substitutions>(
        "substitution",
        "substitutions.csv",
        kSubstitution,
        kByItemServes,
        "items that serve in place of others"),
    table<&Spec::programmes>("programme", "programmes.csv", kProgramme, kByName, "who waits for what"),
    table<&Spec::demands>("demand", "demands.csv", kDemand, {}, "what programmes ask for, by date"),
    table<&Spec::milestones>("milestone", "milestones.csv", kMilestone, kByName, "dates that are promised or claimed"),
    table<&Spec::disruptions>("disruption", "disruptions.csv", kDisruption, kByName, "outages, dated or by chance"),
    table<&Spec::budgets>("budget", "", kBudget, kByYear, "money for modules by year"),
    table<&Spec::uncertainties>(
        "uncertainty",
        "uncertainties.csv",
        kUncertainty,
        kByName,
        "what may turn out otherwise"),
    table<&Spec::changes>("change", "", kChange, {}, "changes of an overlay, in sequence"),
};

std::string number_text(double value) {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
}

// ticks_to_text() is exact up to 2^53 ticks (285 years); beyond, the number read from a file is a neighbour of the
// quotient
std::string exact_ticks_text(Time ticks, Time unit) {
    std::string text = ticks_to_text(ticks, unit);
    double up = std::strtod(text.c_str(), nullptr);
    double down = up;
    for (int i = 0; i < 4 && to_ticks(std::strtod(text.c_str(), nullptr), unit) != ticks; ++i) {
        up = std::nextafter(up, HUGE_VAL);
        down = std::nextafter(down, -HUGE_VAL);
        text = number_text(to_ticks(up, unit) == ticks ? up : down);
    }
    return text;
}

// 1234567 as 1,234,567
std::string grouped(double value) {
    if (value != std::floor(value) || std::abs(value) > 1e15) return number_text(value);
    std::string digits = std::to_string(static_cast<int64_t>(std::abs(value)));
    for (size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return (value < 0 ? "-" : "") + digits;
}

}  // namespace

std::span<const TableInfo> spec_tables() { return kTables; }

const TableInfo* find_table(std::string_view name) {
    for (const TableInfo& t : kTables) {
        if (t.name == name) return &t;
    }
    return nullptr;
}

size_t field_index(const TableInfo& table, std::string_view key) {
    for (size_t i = 0; i < table.fields.size(); ++i) {
        if (table.fields[i].key == key) return i;
    }
    return kNoField;
}

std::string expected_text(const FieldInfo& field) {
    switch (field.type) {
        case FieldType::text:
            return "a text";
        case FieldType::name:
            return "a name";
        case FieldType::integer:
            return "a whole number";
        case FieldType::number:
            return "a number";
        case FieldType::duration:
            return field.unit == kMinute ? "a number of minutes"
                   : field.unit == kHour ? "a number of hours"
                                         : "a number of days";
        case FieldType::percent:
            return "a percentage from 0 to 100";
        case FieldType::flag:
            return "true or false";
        case FieldType::date:
            return "a date as 2026-07-01 or 2026-07-01T06:30:00";
        case FieldType::choice: {
            std::string out = "one of ";
            for (size_t i = 0; i < field.values.size(); ++i) out += (i ? ", " : "") + std::string(field.values[i]);
            return out;
        }
    }
    return {};
}

std::string range_text(const FieldInfo& field) {
    switch (field.type) {
        case FieldType::integer:
        case FieldType::number:
        case FieldType::percent:
            return grouped(field.low) + " to " + grouped(field.high);
        case FieldType::duration:
            return grouped(field.low) + " to " + grouped(field.high) + " " + std::string(field.unit_name);
        case FieldType::text:
        case FieldType::name:
        case FieldType::flag:
        case FieldType::choice:
        case FieldType::date:
            return {};
    }
    return {};
}

std::string value_text(const FieldInfo& field, const Value& value, Time start) {
    switch (field.type) {
        case FieldType::text:
        case FieldType::name:
            return value.text;
        case FieldType::integer:
            return std::to_string(value.integer);
        case FieldType::number:
        case FieldType::percent:
            return number_text(value.number);
        case FieldType::duration:
            return exact_ticks_text(value.integer, field.unit);
        case FieldType::flag:
            return value.integer != 0 ? "true" : "false";
        case FieldType::choice:
            return std::string(field.values[static_cast<size_t>(value.integer)]);
        case FieldType::date:
            return date_text(start + value.integer);
    }
    return {};
}

std::string date_text(Time since_epoch) {
    std::string out = iso_date(since_epoch);
    const Time fraction = ((since_epoch % kSecond) + kSecond) % kSecond;
    if (fraction != 0) out += "." + std::to_string(kSecond + fraction).substr(1);
    return out;
}

bool parse_date(std::string_view text, Time& out) {
    // the shape first: base parses numbers leniently
    constexpr V kShape = "dddd-dd-ddTdd:dd:dd";
    if (text.size() != 10 && text.size() < kShape.size()) return false;
    for (size_t i = 0; i < std::min(text.size(), kShape.size()); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (kShape[i] == 'd' ? !digit : text[i] != kShape[i] && !(kShape[i] == 'T' && text[i] == ' ')) return false;
    }
    Time ticks = 0;
    if (!parse_iso_date(std::string(text.substr(0, kShape.size())), ticks)) return false;
    if (text.size() > kShape.size()) {
        const std::string_view fraction = text.substr(kShape.size() + 1);
        if (text[kShape.size()] != '.' || fraction.empty() || fraction.size() > 6) return false;
        Time part = 0;
        for (size_t i = 0; i < 6; ++i) {
            const char c = i < fraction.size() ? fraction[i] : '0';
            if (c < '0' || c > '9') return false;
            part = part * 10 + (c - '0');
        }
        ticks += part;
    }
    out = ticks;
    return true;
}

std::vector<const FieldInfo*> key_fields(const TableInfo& table) {
    std::vector<const FieldInfo*> out;
    for (const V key : table.unique) out.push_back(&table.fields[field_index(table, key)]);
    if (!out.empty() || table.single) return out;
    for (const FieldInfo& field : table.fields) {
        if (field.required && (field.type == FieldType::name || field.type == FieldType::date)) out.push_back(&field);
    }
    return out;
}

std::vector<std::string> key_parts(const TableInfo& table, const Row& row, Time start) {
    constexpr V kMidnight = "T00:00:00";
    std::vector<std::string> out;
    for (const FieldInfo* field : key_fields(table)) {
        std::string& text = out.emplace_back(value_text(*field, field->get(row), start));
        if (field->type == FieldType::date && text.ends_with(kMidnight)) text.resize(text.size() - kMidnight.size());
    }
    return out;
}

std::string row_key(const TableInfo& table, const Row& row, Time start) {
    std::string out;
    for (const std::string& part : key_parts(table, row, start)) out += part + "/";
    while (out.ends_with('/')) out.pop_back();
    return out;
}

bool same_model(const Spec& a, const Spec& b) {
    if (!(a.switches == b.switches)) return false;
    for (const TableInfo& t : kTables) {
        if (t.size(a) != t.size(b)) return false;
        for (size_t i = 0; i < t.size(a); ++i) {
            for (const FieldInfo& f : t.fields) {
                if (!(f.get(t.const_row(a, i)) == f.get(t.const_row(b, i)))) return false;
            }
        }
    }
    return true;
}

}  // namespace chipchain
