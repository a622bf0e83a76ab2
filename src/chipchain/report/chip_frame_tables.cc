#include "chipchain/report/chip_frame_tables.h"

#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kColumns[] = {
    {"stream", K::key, "", "network and its rate"},
    {"frames_per_s", K::fact, "1/s", "that arrive"},
    {"priority", K::fact, "", "higher goes first, between layers"},
    {"frames", K::value, "frames", "that arrived"},
    {"done", K::value, "frames", "carried out"},
    {"missed", K::value, "frames", "done after their deadline, or dropped"},
    {"alone_ms", K::value, "ms", "latency on an idle chip"},
    {"mean_ms", K::value, "ms", "latency, from arrival to end"},
    {"p50_ms", K::value, "ms", "median latency"},
    {"p99_ms", K::value, "ms", "latency of 99 of 100 frames"},
    {"worst_ms", K::value, "ms", "greatest latency"},
};

constexpr TableSchema kSchemas[] = {{"chip_frames", "frames of several networks on one chip, batch 1", kColumns}};

}  // namespace

std::span<const TableSchema> chip_frame_schemas() { return kSchemas; }

ResultTable chip_frame_table(const FrameReport& report, const std::vector<FrameStream>& streams) {
    Rows rows(kSchemas[0]);
    for (size_t i = 0; i < report.streams.size(); ++i) {
        const StreamReport& s = report.streams[i];
        rows.text(s.name).number(streams[i].frames_per_second).number(streams[i].priority);
        rows.count(static_cast<uint64_t>(s.frames)).count(static_cast<uint64_t>(s.done));
        rows.count(static_cast<uint64_t>(s.missed)).number(s.alone_s * 1e3).number(s.mean_s * 1e3);
        rows.number(s.p50_s * 1e3).number(s.p99_s * 1e3).number(s.worst_s * 1e3);
    }
    return rows.take();
}

}  // namespace chipchain
