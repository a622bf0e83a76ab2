// chipchain chip frames: camera frames at fixed rates on one chip that several networks share.
#include <charconv>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/frame_loop.h"
#include "chipchain/chip/timing_events.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/chip_frame_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"

namespace chipchain {

namespace {

constexpr double kMostFrames = 1e6;  // of a second, so that a run ends

// "resnet50@288" or "resnet50@288:2": network, frames a second, priority.
std::optional<FrameStream> read_stream(const std::string& text, std::string& network) {
    const size_t at = text.rfind('@');
    if (at == std::string::npos || at == 0) return {};
    const size_t colon = text.find(':', at);
    const char* const end = text.data() + std::min(colon, text.size());
    FrameStream stream;
    const auto rate = std::from_chars(text.data() + at + 1, end, stream.frames_per_second);
    if (rate.ec != std::errc{} || rate.ptr != end) return {};
    if (!(stream.frames_per_second > 0) || stream.frames_per_second > kMostFrames) return {};
    if (colon != std::string::npos) {
        const char* const last = text.data() + text.size();
        const auto priority = std::from_chars(text.data() + colon + 1, last, stream.priority);
        if (priority.ec != std::errc{} || priority.ptr != last) return {};
    }
    network = text.substr(0, at);
    stream.name = text;
    return stream;
}

std::optional<std::vector<FrameStream>> load_streams(const ChipChoices& c, const ChipShape& shape) {
    std::vector<FrameStream> streams;
    bool good = true;
    for (const std::string& text : c.networks) {
        std::string name;
        std::optional<FrameStream> stream = read_stream(text, name);
        if (!stream) {
            print_diagnostics(
                {{Severity::error,
                  "frame-stream",
                  fmt::format("'{}' is no stream of frames", text),
                  {UINT32_MAX, 0, 0, 0},
                  "expected NETWORK@FRAMES_PER_SECOND or NETWORK@FRAMES_PER_SECOND:PRIORITY",
                  "write for example resnet50@288:2"}},
                {});
            good = false;
            continue;
        }
        const std::optional<LoadedNetwork> network = load_network({name, {}, c.requant});
        good = good && network;
        if (!network) continue;
        const Result<Program> program = compile_network(network->lowered.network, shape);
        if (!program) {
            print_diagnostics(program.error(), {});
            good = false;
            continue;
        }
        stream->layer_seconds = layer_seconds(time_events(*program, network->lowered.network), shape);
        stream->jitter_s = c.jitter_ms * 1e-3;
        streams.push_back(std::move(*stream));
    }
    if (!good) return {};
    return streams;
}

}  // namespace

int chip_frames_verb(const ChipChoices& c) {
    const std::optional<std::vector<ChipModel>> chips = load_chips({c.chip});
    if (!chips) return kExitMistake;
    const std::optional<std::vector<FrameStream>> streams = load_streams(c, chips->front().shape);
    if (!streams) return kExitMistake;
    const FrameReport report = run_frames(*streams, {c.seconds, c.seed});
    const std::vector<ResultTable> tables{chip_frame_table(report, *streams)};
    if (c.json != "-") {
        fmt::print(
            "{} s of frames on {}: {:.1f} % of the time asked for, {:.1f} % busy{}\n{}",
            c.seconds,
            chips->front().name,
            report.offered_percent,
            report.busy_percent,
            report.offered_percent > 100 ? " (more than it can do: queues grow)" : "",
            table_page(tables[0], window_width()));
    }
    const RunIdentity identity{chips->front().name, std::string(version()), c.seed, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_frame_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
