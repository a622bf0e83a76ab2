#include "chipchain/report/chip_frame_tables.h"

#include "chipchain/report/chip_identity.h"
#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kColumns[] = {
    {"stream", K::key, "", "network, its rate and its priority"},
    {"frames", K::value, "frames", "that arrived: done, dropped and waiting"},
    {"missed", K::value, "", "frames done after their deadline, dropped, or overdue"},
    {"dropped", K::value, "", "frames replaced by a newer one before they began"},
    {"waiting", K::value, "", "frames not done at the end of the run"},
    {"deadline_ms", K::fact, "ms", "greatest good latency"},
    {"p50_ms", K::value, "ms", "latency that half of the frames keep; none: the others were dropped or are overdue"},
    {"p99_ms", K::value, "ms", "latency that 99 of 100 frames keep; none: more were dropped or are overdue"},
    {"worst_ms", K::value, "ms", "greatest latency of a frame that was done, from when it was due to its end"},
    {"mean_ms", K::value, "ms", "mean latency of frames that were done"},
    {"alone_ms", K::value, "ms", "latency on an idle chip"},
    {"done", K::value, "", "frames carried out"},
    {"late", K::value, "", "frames of the done: after their deadline"},
    {"overdue", K::value, "", "frames of the waiting: past their deadline"},
    {"frames_per_s", K::fact, "1/s", "that arrive"},
    {"priority", K::fact, "", "higher goes first, between layers"},
};

constexpr TableSchema kSchemas[] = {
    {"chip_frames", "frames of several networks on one chip, batch 1", kColumns},
    kChipIdentitySchema};

}  // namespace

std::span<const TableSchema> chip_frame_schemas() { return kSchemas; }

ResultTable chip_frame_table(const FrameReport& report, const std::vector<FrameStream>& streams) {
    Rows rows(kSchemas[0]);
    const auto count = [&rows](int64_t n) { rows.count(static_cast<uint64_t>(n)); };
    for (size_t i = 0; i < report.streams.size(); ++i) {
        const StreamReport& s = report.streams[i];
        rows.text(s.name);
        for (const int64_t n : {s.frames, s.missed, s.dropped, s.waiting}) count(n);
        for (const double seconds : {s.deadline_s, s.p50_s, s.p99_s, s.worst_s, s.mean_s, s.alone_s})
            rows.number(seconds * 1e3);
        for (const int64_t n : {s.done, s.late, s.overdue}) count(n);
        rows.number(streams[i].frames_per_second);
        count(streams[i].priority);
    }
    return rows.take();
}

}  // namespace chipchain
