// A DRAM as timing_events sees it: channels with a data bus each, banks with one open row, activations, turnarounds of
// the bus and refresh; requests are served in the order in which they arrive.
//
// Peak bandwidth is ChipShape::dram_bytes_per_second, split evenly among so many channels that each is about one of
// LPDDR5 at 6,400 MT/s and 16 bits. No request is faster than its share of the peak, so a DRAM can only be slower than
// bytes / bandwidth.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "chipchain/chip/chip_model.h"

namespace chipchain {

// Time of the event-driven model: 2^-20 of a cycle of the chip, so that bursts of a fraction of a cycle add up right.
using Ticks = int64_t;
inline constexpr Ticks kTicksPerCycle = Ticks{1} << 20;

struct DramFigure {
    std::string_view name;
    double value = 0;
    std::string_view unit;
    std::string_view source;
};
// In the order of the table in dram_model.cc.
enum class DramKey : uint8_t {
    channel_rate,      // bytes per second of one channel
    burst_bytes,       // of one burst: 16 bits x 32
    interleave_bytes,  // of consecutive addresses on one channel
    row_bytes,         // of a bank
    banks,             // of a channel
    activate,          // tRCD
    precharge,         // tRPpb
    row_active,        // tRAS
    write_recovery,    // tWR
    read_precharge,    // tRTP
    activate_gap,      // tRRD
    four_activates,    // tFAW
    read_to_write,     // gap of the data bus
    write_to_read,
    refresh,           // tRFCab
    refresh_interval,  // tREFI
    rows_asked,        // rows of every channel that one queue has under way
};
[[nodiscard]] std::span<const DramFigure> dram_figures();
[[nodiscard]] double dram_figure(DramKey key);

class DramModel {
 public:
    explicit DramModel(const ChipShape& shape);

    struct Counts {
        uint64_t bursts = 0;
        uint64_t row_hits = 0;    // requests
        uint64_t row_misses = 0;  // requests that opened a row, another one open or none
        uint64_t turnarounds = 0;
        uint64_t refreshes = 0;  // that a request met or that passed before it
    };

    // False when the shape has no bandwidth: then nothing takes time.
    [[nodiscard]] bool exists() const { return burst_ > 0; }
    // `bursts` of one block of interleave_bytes, written or read. Calls come in the order of `arrival`. Returns when
    // the last burst has passed the bus.
    Ticks serve(Ticks arrival, uint64_t address, uint32_t bursts, bool write);
    // Least ticks that so many bytes take at peak, rounded up.
    [[nodiscard]] Ticks peak_ticks(uint64_t bytes) const;
    [[nodiscard]] Ticks way() const { return way_; }                   // between core and DRAM, once per transfer
    [[nodiscard]] uint32_t row_blocks() const { return row_blocks_; }  // blocks in one row of every channel
    [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
    struct Bank {
        int64_t row = -1;     // open one
        Ticks column = 0;     // earliest data after its activation
        Ticks precharge = 0;  // earliest
        Ticks activate = 0;   // earliest, of a closed bank
    };
    struct Channel {
        std::vector<Bank> banks;
        std::array<Ticks, 4> activated{};  // the last four, ring
        uint32_t activations = 0;
        Ticks bus = 0;      // free from then on
        Ticks refresh = 0;  // the next one
        bool wrote = false;
        bool used = false;
    };
    [[nodiscard]] Ticks ticks(DramKey key) const;
    void pass_refreshes(Channel& channel, Ticks now);
    void open_row(Channel& channel, Bank& bank, int64_t row, Ticks now);

    double ticks_per_ns_ = 0;
    Ticks burst_ = 0;
    double bytes_per_tick_ = 0;
    Ticks way_ = 0;
    uint32_t row_blocks_ = 1;
    std::vector<Channel> channels_;
    // the figures in ticks
    Ticks activate_ = 0, precharge_ = 0, row_active_ = 0, write_recovery_ = 0, read_precharge_ = 0, activate_gap_ = 0;
    Ticks four_activates_ = 0, read_to_write_ = 0, write_to_read_ = 0, refresh_ = 0, interval_ = 0;
    uint64_t interleave_ = 1, row_bytes_ = 1, banks_ = 1;
    Counts counts_;
};

}  // namespace chipchain
