// The state of the naive simulator; see naive_sim.h. Chapters: naive_sim.cc (events, the way of a lot),
// naive_dispatch.cc (rank, choice, start), naive_tools.cc (availability, outages, reservation).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "chipchain/base/random.h"
#include "chipchain/stats/fingerprint.h"
#include "tests/sim/naive_sim.h"

namespace chipchain::testing {

inline constexpr uint32_t kNobody = UINT32_MAX;

// Priorities of rule 1.1.
enum class Kind : uint8_t { up, done, entry, calendar, down, pm, release, arrival, crossing, sample };

struct NaiveEvent {
    Time time = 0;
    Kind kind = Kind::sample;
    uint64_t sequence = 0;
    uint32_t a = 0;
    uint32_t b = 0;
    auto operator<=>(const NaiveEvent&) const = default;
};

// Lots are never reused.
struct NaiveLot {
    uint32_t type = 0, key_type = 0, number = 0, pieces = 0, level = 0;
    Time release = 0, due = 0;
    bool initial = false, reserve = false, left_line = false;
    uint32_t serial = 0;
    uint32_t region = 0;
    uint32_t step = 0;
    uint32_t visit = 0;
    Time process = 0;  // drawn, of all pieces
    Time arrival = 0, start = 0, done = 0;
    uint64_t arrival_order = 0;
    uint64_t done_event = 0;  // sequence of the one that counts
    uint32_t tool = kNobody;
    uint32_t reserved_tool = kNobody;
    bool requests = false;                    // waits for a tool to reserve
    Time work = 0;                            // still counted in its workload line
    std::map<uint32_t, uint32_t> dedication;  // slot -> tool
    std::map<uint32_t, Time> open;            // window -> opening
    std::set<uint32_t> reworked;              // steps that sent it back
};

struct NaiveOutage {
    uint32_t row = 0;
    uint64_t count = 0;
    bool due = false;
    uint64_t due_order = 0;
    Time area_repair = 0;
    uint64_t pieces = 0;  // counter of a piece maintenance
    uint64_t threshold = 0;
    Time due_at = 0;  // calendar maintenance
};

// What the calendar plans for a tool (13).
enum class ToolPlan : uint8_t { open, closed, qualification };

struct NaiveTool {
    uint32_t group = 0;
    uint32_t setup = 0;
    uint32_t run_left = 0;                      // lots of the minimum run
    std::vector<std::vector<uint32_t>> inside;  // lots or batches, first in first out
    bool entry_busy = false;
    Time entry_at = 0;
    uint64_t entry_event = 0;
    Time last_begin = 0;
    Time setup_until = 0;
    bool down = false, ignored = false, maintained = false;
    ToolPlan plan = ToolPlan::open;
    bool paused = false;
    Time outage_end = 0;
    uint32_t reserved_for = kNobody;
    uint64_t available_order = 0;
    std::vector<NaiveOutage> downs, pms;
};

struct NaiveType {
    uint64_t releases = 0;  // release events, for conwip and workload: lots
    uint64_t lots = 0;
    uint64_t inside = 0;
    Time work = 0;
    bool asked = false;
};

struct Choice {
    uint32_t lot = kNobody;
    uint32_t tool = kNobody;
    std::vector<double> rank;
    std::vector<uint32_t> bin;
};

class Naive {
 public:
    Naive(const Model& model, const NaiveOptions& options);
    NaiveResult run();

 private:
    // naive_sim.cc
    uint64_t schedule(Time time, Kind kind, uint32_t a, uint32_t b);
    [[nodiscard]] Time first_maintenance(Time first, uint32_t tool) const;
    void start_clocks();
    void place_initial_lots();
    void advance(Time to);
    void apply(const NaiveEvent& event);
    void add_trace(uint32_t region, uint64_t a, uint64_t b, const std::function<std::string()>& text);
    [[nodiscard]] RandomWords words(const NaiveLot& lot, Purpose purpose, uint32_t visit) const;
    [[nodiscard]] Time draw(const Distribution& d, Purpose purpose, uint32_t entity, uint64_t index) const;
    [[nodiscard]] Time draw_process(const NaiveLot& lot) const;
    [[nodiscard]] bool draws_rework(uint32_t lot, uint32_t step, uint32_t word);
    void on_done(uint32_t first);
    void complete_step(uint32_t lot);
    void go_on(uint32_t lot, uint32_t step, std::optional<uint32_t> location);
    void arrive(uint32_t lot);
    void wait_in_queue(uint32_t lot);
    void leave(uint32_t lot, bool scrapped);
    void ask_for_release(uint32_t type, Time when);
    void on_release(uint32_t type);
    void release_lot(uint32_t type, Time due);
    void clear_statistics();
    // naive_regions.cc
    void find_regions();
    [[nodiscard]] bool is_one_piece() const;
    [[nodiscard]] uint32_t place(uint32_t step) const;
    [[nodiscard]] std::set<std::pair<uint32_t, uint32_t>> neighbours() const;
    void enter_region(NaiveLot& lot);
    [[nodiscard]] uint64_t fingerprint() const;
    // naive_dispatch.cc
    void assign(uint32_t group);
    [[nodiscard]] Time window_end(const NaiveLot& lot) const;
    [[nodiscard]] bool is_late(const NaiveLot& lot) const;
    [[nodiscard]] double rank_value(const RankTerm& term, uint32_t lot, Time setup) const;
    [[nodiscard]] std::vector<double> rank(uint32_t lot, Time setup) const;
    [[nodiscard]] bool
    goes_before(const std::vector<double>& x, uint32_t lot_x, const std::vector<double>& y, uint32_t lot_y) const;
    [[nodiscard]] uint32_t best_of(const std::vector<uint32_t>& bin) const;
    [[nodiscard]] bool is_eligible(uint32_t tool, const Step& step) const;
    [[nodiscard]] uint32_t choose_tool(uint32_t lot, uint32_t visit, const Step& step) const;
    [[nodiscard]] Choice find_choice(uint32_t group) const;
    [[nodiscard]] bool bin_is_open(const std::vector<uint32_t>& bin, const Step& step) const;
    [[nodiscard]] Time queued_work(uint32_t group) const;
    [[nodiscard]] double line_wip(uint32_t step) const;
    [[nodiscard]] double mean_process(uint32_t group) const;
    [[nodiscard]] double mean_setup() const;
    void start(const Choice& choice);
    void start_on(const std::vector<uint32_t>& lots, uint32_t tool);
    void scrap_late(uint32_t lot);
    void close_windows(uint32_t lot);
    Time change_setup(NaiveTool& tool, const Step& step);
    void take_from_queue(uint32_t lot);
    // naive_tools.cc
    [[nodiscard]] ToolState state_of(const NaiveTool& tool) const;
    [[nodiscard]] bool has_outage_due(const NaiveTool& tool) const;
    [[nodiscard]] bool is_available(uint32_t tool) const;
    void settled(uint32_t tool);
    void settle_outages(uint32_t tool);
    void outage_due(uint32_t tool);
    void delay_inside(uint32_t tool, Time delay, bool restart);
    void begin_failure(uint32_t tool, size_t index);
    void begin_maintenance(uint32_t tool, size_t index);
    void on_down(uint32_t tool, uint32_t row);
    void on_area_down(uint32_t row);
    void on_pm_due(uint32_t tool, uint32_t row);
    void on_up(uint32_t tool, uint32_t code);
    void count_pieces(uint32_t tool, uint64_t pieces);
    void reserve_ahead(uint32_t lot);
    void give_back(uint32_t lot);
    // naive_ramp.cc
    [[nodiscard]] ToolPlan plan_of(uint32_t tool, Time t) const;
    [[nodiscard]] Time next_date(uint32_t group, Time t) const;
    [[nodiscard]] Time opens_again(uint32_t tool) const;
    [[nodiscard]] bool is_shut(const NaiveTool& tool) const;
    [[nodiscard]] bool belongs_to_line(uint32_t tool) const;
    [[nodiscard]] Time clock_start(uint32_t tool) const;
    void start_calendars();
    void on_calendar(uint32_t group);
    [[nodiscard]] Time ramp_date(const LotType& type, uint64_t n) const;
    [[nodiscard]] uint64_t scrap_threshold(uint32_t step) const;
    [[nodiscard]] uint64_t rework_threshold(uint32_t step) const;
    [[nodiscard]] Time learned(uint32_t step, Time time) const;
    void lose_reservation(uint32_t tool);

    const Model& m_;
    NaiveOptions options_;
    RandomSource random_;
    std::vector<uint32_t> region_;           // [tool group]
    std::vector<Fingerprint> fingerprints_;  // [region]
    std::vector<uint32_t> entered_;          // [region] lots
    NaiveResult result_;
    Time now_ = 0;
    Time warmup_ = 0;
    uint64_t next_sequence_ = 1;
    uint64_t next_order_ = 1;
    std::set<NaiveEvent> events_;
    std::vector<NaiveLot> lots_;
    std::vector<NaiveTool> tools_;
    std::vector<NaiveType> types_;
    std::vector<uint64_t> area_failures_;           // [Model::downs row]
    std::vector<std::vector<uint32_t>> waiting_;    // [tool group] in order of arrival
    std::vector<std::vector<uint32_t>> requests_;   // [tool group] lots, in order of asking
    std::vector<std::vector<uint32_t>> with_tool_;  // [tool group] arrived at the tool they reserved
    std::vector<double> mean_process_;              // [tool group]
    double mean_setup_ = 1;
    std::set<uint32_t> changed_;  // tool groups to assign
};

}  // namespace chipchain::testing
