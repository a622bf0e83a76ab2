// The open choices of fab semantics (research: where published documents leave a rule open) as named switches. A
// profile is a full set of them; `autosched` is the default and `pyscfabsim` reproduces that simulator's known
// deviations. The table in switches.cc is the single source: parser, help, reference page and tests iterate over it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chipchain {

enum class UniformSpread : uint8_t { half_width, full_width };  // what the second number of a uniform means
enum class PmStart : uint8_t { wait, preempt };                 // a due calendar PM and a running lot
enum class PmInterval : uint8_t { due_to_due, start_to_start, end_to_start };
enum class PmFirst : uint8_t { spread, spread_inside, together };  // first occurrence over the tools of a group
enum class PmPieces : uint8_t { carry_over, reset };  // piece counter when a PM starts: minus interval, or 0
enum class DownLot : uint8_t { resume, restart };     // what happens to the interrupted lot
enum class DownIdle : uint8_t { stop, ignore };       // does an idle tool that fails become unavailable
enum class MinRun : uint8_t { wait, break_if_idle };  // no matching lot waits during a minimum run
enum class MinRunArm : uint8_t { on_change, on_start };
enum class BlankSetup : uint8_t { keep, clear };  // step without setup: tool keeps or loses its setup
enum class SetupRank : uint8_t {
    none,
    table_only,
    all
};  // what rank key `setup` sees: nothing, setup_change only, or step times too
enum class SetupOrder : uint8_t { as_ranked, first };  // pyscfabsim ranks setup before everything
enum class BatchStart : uint8_t { minimum, full, any };
enum class CascadeLimit : uint8_t { two, unlimited };
enum class CascadeEntry : uint8_t { overlapped, serial };  // next lot's load and setup during the previous lot's tail
enum class CascadeSetup : uint8_t { hidden, added };       // does a setup run behind the lot inside a cascading tool
enum class ToolChoice : uint8_t { random, longest_available, empty_first, chained_first };  // among equally good tools
enum class ReworkRepeat : uint8_t { yes, no };   // may the same step send a lot back again
enum class ReworkSkipped : uint8_t { no, yes };  // draw rework at steps skipped by sampling
enum class QueueTimeAction : uint8_t { measure, rank, gate, scrap };
enum class Reservation : uint8_t { by_lot, off };
enum class ShiftEnd : uint8_t { finish, pause };  // lots inside a tool when its shift ends

struct Switches {
    UniformSpread uniform_spread = UniformSpread::half_width;
    PmStart pm_start = PmStart::wait;
    PmInterval pm_interval = PmInterval::due_to_due;
    PmFirst pm_first = PmFirst::spread;
    PmPieces pm_pieces = PmPieces::carry_over;
    DownLot down_lot = DownLot::resume;
    DownIdle down_idle = DownIdle::stop;
    MinRun min_run = MinRun::wait;
    MinRunArm min_run_arm = MinRunArm::on_change;
    BlankSetup blank_setup = BlankSetup::keep;
    SetupRank setup_rank = SetupRank::none;
    SetupOrder setup_order = SetupOrder::as_ranked;
    BatchStart batch_start = BatchStart::minimum;
    CascadeLimit cascade_limit = CascadeLimit::two;
    CascadeEntry cascade_entry = CascadeEntry::overlapped;
    CascadeSetup cascade_setup = CascadeSetup::hidden;
    ToolChoice tool_choice = ToolChoice::random;
    ReworkRepeat rework_repeat = ReworkRepeat::yes;
    ReworkSkipped rework_skipped = ReworkSkipped::no;
    QueueTimeAction queue_time_action = QueueTimeAction::measure;
    Reservation reservation = Reservation::by_lot;
    ShiftEnd shift_end = ShiftEnd::finish;
    bool operator==(const Switches&) const = default;
};

// One row per switch: name in files, meaning, values in enum order, and access as a number.
struct SwitchInfo {
    std::string_view name;
    std::string_view help;
    std::span<const std::string_view> values;
    uint8_t (*get)(const Switches&);
    void (*set)(Switches&, uint8_t);
};

[[nodiscard]] std::span<const SwitchInfo> switch_table();

struct ProfileInfo {
    std::string_view name;
    std::string_view help;
    Switches (*make)();
};

[[nodiscard]] std::span<const ProfileInfo> profile_table();

// The switches of a profile; nullptr-safe: false when there is no such profile.
bool find_profile(std::string_view name, Switches& out);

}  // namespace chipchain
