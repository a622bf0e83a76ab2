#include "chipchain/spec/switches.h"

namespace chipchain {

namespace {

template <auto Member>
uint8_t get_field(const Switches& s) {
    return static_cast<uint8_t>(s.*Member);
}

template <auto Member, class Enum>
void set_field(Switches& s, uint8_t value) {
    s.*Member = static_cast<Enum>(value);
}

template <auto Member, class Enum>
constexpr SwitchInfo row(std::string_view name, std::span<const std::string_view> values, std::string_view help) {
    return {name, help, values, &get_field<Member>, &set_field<Member, Enum>};
}

using V = std::string_view;
constexpr V kSpread[] = {"half_width", "full_width"};
constexpr V kPmStart[] = {"wait", "preempt"};
constexpr V kPmInterval[] = {"due_to_due", "start_to_start", "end_to_start"};
constexpr V kPmFirst[] = {"spread", "spread_inside", "together"};
constexpr V kPmPieces[] = {"carry_over", "reset"};
constexpr V kDownLot[] = {"resume", "restart"};
constexpr V kDownIdle[] = {"stop", "ignore"};
constexpr V kMinRun[] = {"wait", "break_if_idle"};
constexpr V kMinRunArm[] = {"on_change", "on_start"};
constexpr V kBlankSetup[] = {"keep", "clear"};
constexpr V kSetupRank[] = {"none", "table_only", "all"};
constexpr V kSetupOrder[] = {"as_ranked", "first"};
constexpr V kBatchStart[] = {"minimum", "full", "any"};
constexpr V kCascadeLimit[] = {"two", "unlimited"};
constexpr V kCascadeEntry[] = {"overlapped", "serial"};
constexpr V kCascadeSetup[] = {"hidden", "added"};
constexpr V kToolChoice[] = {"random", "longest_available", "empty_first", "chained_first"};
constexpr V kReworkRepeat[] = {"yes", "no"};
constexpr V kReworkSkipped[] = {"no", "yes"};
constexpr V kQueueTime[] = {"measure", "rank", "gate", "scrap"};
constexpr V kReservation[] = {"by_lot", "off"};
constexpr V kShiftEnd[] = {"finish", "pause"};

using S = Switches;
constexpr SwitchInfo kTable[] = {
    row<&S::uniform_spread, UniformSpread>(
        "uniform_spread",
        kSpread,
        "the second number of a uniform is its half width (AutoSched OFFSET) or its full width"),
    row<&S::pm_start, PmStart>(
        "pm_start",
        kPmStart,
        "a due maintenance waits for the running lots, or interrupts them"),
    row<&S::pm_interval, PmInterval>(
        "pm_interval",
        kPmInterval,
        "calendar maintenance is due at fixed dates, or counts from start to start, or from end to start"),
    row<&S::pm_first, PmFirst>(
        "pm_first",
        kPmFirst,
        "first maintenance of tool k of n at k/n of the stated time, at k/(n + 1), or all together"),
    row<&S::pm_pieces, PmPieces>(
        "pm_pieces",
        kPmPieces,
        "piece counter when a maintenance starts: interval taken off, or set to 0"),
    row<&S::down_lot, DownLot>("down_lot", kDownLot, "an interrupted lot resumes after the repair, or starts again"),
    row<&S::down_idle, DownIdle>("down_idle", kDownIdle, "an idle tool that fails stops, or stays usable"),
    row<&S::min_run, MinRun>(
        "min_run",
        kMinRun,
        "in a minimum run without matching lots the tool waits, or the run is broken"),
    row<&S::min_run_arm, MinRunArm>(
        "min_run_arm",
        kMinRunArm,
        "a minimum run is armed when the setup changes, or at every start"),
    row<&S::blank_setup, BlankSetup>(
        "blank_setup",
        kBlankSetup,
        "a step without setup keeps the tool's setup, or clears it"),
    row<&S::setup_rank, SetupRank>(
        "setup_rank",
        kSetupRank,
        "rank key 'setup' counts nothing, the setup_change table, or step setup times too; "
        "groups with setup_avoidance always count all"),
    row<&S::setup_order, SetupOrder>(
        "setup_order",
        kSetupOrder,
        "rank key 'setup' stands where written, or always first"),
    row<&S::batch_start, BatchStart>(
        "batch_start",
        kBatchStart,
        "a batch starts from its minimum, when full, or from one lot"),
    row<&S::cascade_limit, CascadeLimit>("cascade_limit", kCascadeLimit, "lots inside a cascading tool"),
    row<&S::cascade_entry, CascadeEntry>(
        "cascade_entry",
        kCascadeEntry,
        "the next lot loads while the previous one is inside, or after its interval"),
    row<&S::cascade_setup, CascadeSetup>(
        "cascade_setup",
        kCascadeSetup,
        "a setup behind a lot inside a cascading tool counts from that lot's start (hidden), or is added"),
    row<&S::tool_choice, ToolChoice>(
        "tool_choice",
        kToolChoice,
        "among equally good available tools: a random one, the longest available, "
        "or cascading tools that are empty (or have a lot inside) first"),
    row<&S::rework_repeat, ReworkRepeat>(
        "rework_repeat",
        kReworkRepeat,
        "a step may send a lot back more than once, or once only"),
    row<&S::rework_skipped, ReworkSkipped>(
        "rework_skipped",
        kReworkSkipped,
        "rework is not drawn, or is drawn, at steps skipped by sampling"),
    row<&S::queue_time_action, QueueTimeAction>(
        "queue_time_action",
        kQueueTime,
        "queue-time windows are measured; ranked (late lots first); gated (entrance held); or violators scrapped"),
    row<&S::reservation, Reservation>(
        "reservation",
        kReservation,
        "lots with reserve = true hold a tool of their next step, or never do"),
    row<&S::shift_end, ShiftEnd>(
        "shift_end",
        kShiftEnd,
        "lots inside a tool when its shift ends or a shutdown begins are finished first, or stand still until it goes "
        "on"),
};

Switches autosched() { return {}; }

// docs/validation.md lists each deviation with its origin
Switches pyscfabsim() {
    Switches s;
    s.uniform_spread = UniformSpread::full_width;
    s.pm_start = PmStart::preempt;
    s.pm_interval = PmInterval::end_to_start;
    s.pm_first = PmFirst::together;
    s.pm_pieces = PmPieces::reset;
    s.down_idle = DownIdle::ignore;
    s.min_run = MinRun::break_if_idle;
    s.min_run_arm = MinRunArm::on_start;
    s.blank_setup = BlankSetup::clear;
    s.setup_rank = SetupRank::all;
    s.setup_order = SetupOrder::first;
    s.batch_start = BatchStart::full;
    s.cascade_limit = CascadeLimit::unlimited;
    s.rework_repeat = ReworkRepeat::no;
    s.rework_skipped = ReworkSkipped::yes;
    s.reservation = Reservation::off;
    return s;
}

constexpr ProfileInfo kProfiles[] = {
    {"autosched", "the rules of AutoSched AP as far as they are published (default)", &autosched},
    {"pyscfabsim", "the known deviations of PySCFabSim, so that speeds compare like for like", &pyscfabsim},
};

}  // namespace

std::span<const SwitchInfo> switch_table() { return kTable; }
std::span<const ProfileInfo> profile_table() { return kProfiles; }

bool find_profile(std::string_view name, Switches& out) {
    for (const ProfileInfo& profile : kProfiles) {
        if (profile.name == name) {
            out = profile.make();
            return true;
        }
    }
    return false;
}

}  // namespace chipchain
