// chipchain chip frames: camera frames at fixed rates on one chip that several networks share.
#include <algorithm>
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
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"

namespace chipchain {

namespace {

Diagnostics mistake(const char* id, std::string message, std::string expected, std::string help) {
    return {{Severity::error, id, std::move(message), {UINT32_MAX, 0, 0, 0}, std::move(expected), std::move(help)}};
}

// "resnet50@288" or "resnet50@288:2": network, frames a second, priority.
std::optional<FrameStream> read_stream(const std::string& text, std::string& network) {
    const size_t at = text.rfind('@');
    if (at == std::string::npos || at == 0) return {};
    const size_t colon = text.find(':', at);
    const char* const end = text.data() + std::min(colon, text.size());
    FrameStream stream;
    const auto rate = std::from_chars(text.data() + at + 1, end, stream.frames_per_second);
    if (rate.ec != std::errc{} || rate.ptr != end) return {};
    // also false for nan
    const double frames = stream.frames_per_second;
    if (!(frames >= kLeastFrameRate && frames <= kMostFrameRate)) return {};
    if (colon != std::string::npos) {
        const char* const last = text.data() + text.size();
        const auto priority = std::from_chars(text.data() + colon + 1, last, stream.priority);
        if (priority.ec != std::errc{} || priority.ptr != last) return {};
    }
    network = text.substr(0, at);
    stream.name = text;
    return stream;
}

// Mistakes of the command line that no single stream makes.
Diagnostics mistakes_of(const ChipChoices& c, const std::vector<FrameStream>& streams) {
    Diagnostics out;
    const auto add = [&out](Diagnostics more) { out.insert(out.end(), more.begin(), more.end()); };
    for (const auto& [name, values] : {std::pair("--deadline-ms", &c.deadlines_ms), {"--offset-ms", &c.offsets_ms}}) {
        if (values->size() <= 1 || values->size() == c.networks.size()) continue;
        add(mistake(
            "frame-stream",
            fmt::format("{} has {} values for {} streams", name, values->size(), c.networks.size()),
            "",
            "give one value for all streams, or as many as streams in their order, separated by commas"));
    }
    double frames = 0;
    for (const FrameStream& stream : streams) frames += stream.frames_per_second * c.seconds;
    if (frames > kMostFrames) {
        add(mistake(
            "frame-count",
            fmt::format("{:.0f} frames arrive in {} s", frames, c.seconds),
            "",
            fmt::format(
                "at most {:.0f} can be carried out: shorten the run with --seconds or lower the rates",
                kMostFrames)));
    }
    return out;
}

// The stream, with the options that hold for it and a name of its own.
void finish_stream(const ChipChoices& c, const std::vector<FrameStream>& before, FrameStream& stream, size_t index) {
    const auto of_stream = [index](const std::vector<double>& values) {
        return values.empty() ? 0 : values[values.size() == 1 ? 0 : index] * 1e-3;
    };
    stream.jitter_s = c.jitter_ms * 1e-3;
    stream.deadline_s = of_stream(c.deadlines_ms);
    stream.offset_s = of_stream(c.offsets_ms);
    stream.newest_only = c.newest_only;
    const std::string name = stream.name;
    const auto taken = [&](const std::string& text) {
        return std::any_of(before.begin(), before.end(), [&](const FrameStream& s) { return s.name == text; });
    };
    for (size_t copy = 2; taken(stream.name); ++copy) stream.name = fmt::format("{} #{}", name, copy);
}

// `made`: the networks are added to it.
std::optional<std::vector<FrameStream>> load_streams(const ChipChoices& c, const ChipShape& shape, ChipIdentity& made) {
    std::vector<FrameStream> streams;
    std::vector<std::string> networks;
    Diagnostics mistakes;
    for (const std::string& text : c.networks) {
        std::string name;
        std::optional<FrameStream> stream = read_stream(text, name);
        if (stream) {
            streams.push_back(std::move(*stream));
            networks.push_back(std::move(name));
            continue;
        }
        const Diagnostics bad = mistake(
            "frame-stream",
            fmt::format("'{}' is no stream of frames", text),
            "",
            fmt::format(
                "write NETWORK@RATE or NETWORK@RATE:PRIORITY with {} to {} frames a second, as resnet50@288:2",
                kLeastFrameRate,
                kMostFrameRate));
        mistakes.insert(mistakes.end(), bad.begin(), bad.end());
    }
    const Diagnostics whole = mistakes_of(c, streams);
    mistakes.insert(mistakes.end(), whole.begin(), whole.end());
    if (!mistakes.empty()) {
        print_diagnostics(mistakes, {});
        return {};
    }
    std::vector<FrameStream> done;
    for (size_t i = 0; i < streams.size(); ++i) {
        FrameStream& stream = streams[i];
        const std::optional<LoadedNetwork> network = load_network({networks[i], {}, c.requant});
        if (!network) return {};
        const IntegerNetwork& integer = network->lowered.network;
        const Result<Program> program = compile_network(integer, shape);
        if (!program) {
            print_diagnostics(program.error(), {});
            return {};
        }
        stream.layer_seconds = layer_seconds(time_events(*program, integer), shape);
        finish_stream(c, done, stream, i);
        made.inputs.push_back({"network", stream.name, network_hash(integer)});
        done.push_back(std::move(stream));
    }
    return done;
}

// As they would be typed.
std::string options_text(const ChipChoices& c) {
    std::string out;
    for (const std::string& stream : c.networks) out += stream + " ";
    out += fmt::format("--requant {} --seconds {} --jitter-ms {}", c.requant, c.seconds, c.jitter_ms);
    if (!c.deadlines_ms.empty()) out += fmt::format(" --deadline-ms {}", fmt::join(c.deadlines_ms, ","));
    if (!c.offsets_ms.empty()) out += fmt::format(" --offset-ms {}", fmt::join(c.offsets_ms, ","));
    return out + (c.newest_only ? " --newest-only" : "");
}

}  // namespace

int chip_frames_verb(const ChipChoices& c) {
    const std::optional<std::vector<ChipModel>> chips = load_chips({c.chip});
    if (!chips) return kExitMistake;
    const ChipModel& chip = chips->front();
    ChipIdentity made{"frames", c.seed, options_text(c), {{"chip", chip.name, chip_hash(chip)}}};
    const std::optional<std::vector<FrameStream>> streams = load_streams(c, chip.shape, made);
    if (!streams) return kExitMistake;
    const FrameReport report = run_frames(*streams, {c.seconds, c.seed});
    std::vector<ResultTable> tables{chip_frame_table(report, *streams)};
    if (c.json != "-") {
        fmt::print(
            "{} s of frames on {}: {:.1f} % of the time asked for, {:.1f} % busy{}\n{}",
            c.seconds,
            chip.name,
            report.offered_percent,
            report.busy_percent,
            report.offered_percent > 100 ? " (more than it can do: queues grow)" : "",
            table_page(tables[0], window_width()));
    }
    tables.push_back(chip_identity_table(made, tables));
    const RunIdentity identity{identity_hash(made), std::string(version()), c.seed, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_frame_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
