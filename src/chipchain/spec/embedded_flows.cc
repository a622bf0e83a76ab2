#include "chipchain/spec/embedded_flows.h"

#include <fmt/format.h>

#include "chipchain/spec/embedded.h"
#include "chipchain/spec/reader.h"
#include "chipchain/spec/rows.h"

namespace chipchain {

namespace {

constexpr std::string_view kFolder = "flows/";
constexpr std::string_view kEnding = ".toml";

Result<Spec> read_embedded(const EmbeddedFile& file) {
    const ModelFile files[] = {{std::string(file.path), std::string(file.contents)}};
    return read_model_text(files);
}

// The name of a flow file; "" for any other file.
std::string_view flow_name(const EmbeddedFile& file) {
    if (!file.path.starts_with(kFolder) || !file.path.ends_with(kEnding)) return {};
    return file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kEnding.size());
}

}  // namespace

std::vector<EmbeddedFlowInfo> embedded_flows() {
    std::vector<EmbeddedFlowInfo> out;
    for (const EmbeddedFile& file : embedded_files()) {
        if (flow_name(file).empty()) continue;
        const Result<Spec> spec = read_embedded(file);
        out.push_back({std::string(flow_name(file)), spec && !spec->flows.empty() ? spec->flows.front().note : ""});
    }
    return out;
}

Result<Spec> embedded_flow(std::string_view name) {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files()) {
        if (flow_name(file).empty()) continue;
        if (flow_name(file) == name) return read_embedded(file);
        names.emplace_back(flow_name(file));
    }
    return tl::unexpected(Diagnostics{
        {Severity::error,
         "unknown-flow",
         fmt::format("there is no file or embedded flow '{}'", name),
         {UINT32_MAX, 0, 0, 0},
         "",
         did_you_mean(name, names, fmt::format("embedded flows: {}", joined(names)))}});
}

}  // namespace chipchain
