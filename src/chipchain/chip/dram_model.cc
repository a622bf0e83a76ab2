#include "chipchain/chip/dram_model.h"

#include <algorithm>
#include <cmath>

namespace chipchain {

namespace {

constexpr std::string_view kRamulator =
    "LPDDR5_6400, 16 Gb x16, of Ramulator 2 (CMU-SAFARI/ramulator2, src/dram/impl/LPDDR5.cpp, tCK 1.25 ns)";

constexpr std::array<DramFigure, 17> kFigures{{
    {"channel_rate", 12.8e9, "bytes/s", "6,400 MT/s x 16 bits"},
    {"burst_bytes", 64, "bytes", "BL32 x 16 bits"},
    {"interleave_bytes", 256, "bytes", "assumption"},
    {"row_bytes", 2048, "bytes", kRamulator},
    {"banks", 16, "", kRamulator},
    {"activate", 18.75, "ns", kRamulator},
    {"precharge", 18.75, "ns", kRamulator},
    {"row_active", 42.5, "ns", kRamulator},
    {"write_recovery", 35, "ns", kRamulator},
    {"read_precharge", 5, "ns", kRamulator},
    {"activate_gap", 5, "ns", kRamulator},
    {"four_activates", 20, "ns", kRamulator},
    {"read_to_write", 2.5, "ns", "nCL + nBL + 2 - nCWL from command to command, of the same preset"},
    {"write_to_read", 31.25, "ns", "nWTRS + nCL of the same preset"},
    {"refresh", 280, "ns", kRamulator},
    {"refresh_interval", 3906, "ns", kRamulator},
    {"rows_asked", 2, "", "assumption: one to be asked for while the other is on its way"},
}};

constexpr double kMostChannels = 1024;

}  // namespace

std::span<const DramFigure> dram_figures() { return kFigures; }
double dram_figure(DramKey key) { return kFigures[static_cast<size_t>(key)].value; }

Ticks DramModel::ticks(DramKey key) const { return static_cast<Ticks>(std::ceil(dram_figure(key) * ticks_per_ns_)); }

DramModel::DramModel(const ChipShape& shape) {
    if (!(shape.dram_bytes_per_second > 0)) return;
    ticks_per_ns_ = shape.clock_ghz * static_cast<double>(kTicksPerCycle);
    const double wanted = std::round(shape.dram_bytes_per_second / dram_figure(DramKey::channel_rate));
    const double channels = std::clamp(wanted, 1.0, kMostChannels);
    bytes_per_tick_ = shape.dram_bytes_per_second / (1e9 * ticks_per_ns_);
    burst_ = static_cast<Ticks>(std::ceil(dram_figure(DramKey::burst_bytes) * channels / bytes_per_tick_));
    activate_ = ticks(DramKey::activate);
    precharge_ = ticks(DramKey::precharge);
    row_active_ = ticks(DramKey::row_active);
    write_recovery_ = ticks(DramKey::write_recovery);
    read_precharge_ = ticks(DramKey::read_precharge);
    activate_gap_ = ticks(DramKey::activate_gap);
    four_activates_ = ticks(DramKey::four_activates);
    read_to_write_ = ticks(DramKey::read_to_write);
    write_to_read_ = ticks(DramKey::write_to_read);
    refresh_ = ticks(DramKey::refresh);
    interval_ = ticks(DramKey::refresh_interval);
    interleave_ = static_cast<uint64_t>(dram_figure(DramKey::interleave_bytes));
    row_bytes_ = static_cast<uint64_t>(dram_figure(DramKey::row_bytes));
    banks_ = static_cast<uint64_t>(dram_figure(DramKey::banks));
    row_blocks_ = static_cast<uint32_t>(channels) * static_cast<uint32_t>(row_bytes_ / interleave_);
    // the latency of a first byte holds the activation, which is counted where it happens
    const double way_ns = std::max(0.0, shape.dram_latency_ns - dram_figure(DramKey::activate));
    way_ = static_cast<Ticks>(std::ceil(way_ns * ticks_per_ns_));
    channels_.resize(static_cast<size_t>(channels));
    for (Channel& channel : channels_) {
        channel.banks.resize(banks_);
        // all at once: a transfer is spread over all channels, and one that stands still would hold up the others
        channel.refresh = interval_;
    }
}

Ticks DramModel::peak_ticks(uint64_t bytes) const {
    return exists() ? static_cast<Ticks>(std::ceil(static_cast<double>(bytes) / bytes_per_tick_)) : 0;
}

void DramModel::pass_refreshes(Channel& channel, Ticks now) {
    const Ticks due = std::max(now, channel.bus);
    if (due < channel.refresh) return;
    const Ticks missed = (due - channel.refresh) / interval_;
    const Ticks last = channel.refresh + missed * interval_;
    channel.bus = std::max(channel.bus, last + refresh_);
    channel.refresh = last + interval_;
    counts_.refreshes += static_cast<uint64_t>(missed) + 1;
    for (Bank& bank : channel.banks) {
        bank.row = -1;
        bank.activate = std::max(bank.activate, last + refresh_);
    }
}

void DramModel::open_row(Channel& channel, Bank& bank, int64_t row, Ticks now) {
    Ticks at = std::max(now, bank.activate);
    if (bank.row >= 0) at = std::max(now, bank.precharge) + precharge_;
    if (channel.activations > 0) at = std::max(at, channel.activated[(channel.activations - 1) % 4] + activate_gap_);
    if (channel.activations >= 4) at = std::max(at, channel.activated[channel.activations % 4] + four_activates_);
    channel.activated[channel.activations++ % 4] = at;
    bank.row = row;
    bank.column = at + activate_;
    bank.precharge = at + row_active_;
}

Ticks DramModel::serve(Ticks arrival, uint64_t address, uint32_t bursts, bool write) {
    const uint64_t block = address / interleave_;
    Channel& channel = channels_[block % channels_.size()];
    // consecutive rows of a channel lie in consecutive banks
    const uint64_t within = block / channels_.size() * interleave_ + address % interleave_;
    Bank& bank = channel.banks[within / row_bytes_ % banks_];
    const auto row = static_cast<int64_t>(within / row_bytes_ / banks_);
    pass_refreshes(channel, arrival);
    if (bank.row == row) {
        ++counts_.row_hits;
    } else {
        ++counts_.row_misses;
        open_row(channel, bank, row, arrival);
    }
    Ticks bus = channel.bus;
    if (channel.used && channel.wrote != write) {
        bus += write ? read_to_write_ : write_to_read_;
        ++counts_.turnarounds;
    }
    const Ticks start = std::max({arrival, bank.column, bus});
    channel.bus = start + burst_ * bursts;
    channel.wrote = write;
    channel.used = true;
    counts_.bursts += bursts;
    bank.precharge = std::max(bank.precharge, channel.bus + (write ? write_recovery_ : read_precharge_));
    return channel.bus;
}

}  // namespace chipchain
