#include "chipchain/spec/embedded_models.h"

#include <fmt/format.h>

#include "chipchain/spec/embedded.h"
#include "chipchain/spec/embedded_folder.h"
#include "chipchain/spec/generate_reference_fab.h"
#include "chipchain/spec/reader.h"

namespace chipchain {

namespace {

constexpr std::string_view kFolder = "lines/";
constexpr std::string_view kReferenceFab = "reference-fab";
constexpr std::string_view kMillion = "reference-fab-1m";  // the same at 1,000,000 wafer starts a month

Spec million_fab() {
    ReferenceFabParameters parameters;
    parameters.wafers_per_month = 1'000'000;
    Spec spec = generate_reference_fab(parameters);
    spec.line.name = kMillion;
    return spec;
}

}  // namespace

std::vector<EmbeddedModelInfo> embedded_models() {
    std::vector<EmbeddedModelInfo> out = {
        {std::string(kReferenceFab),
         "Generated wafer fab of 40,000 wafer starts a month with the structure of SMT2020 and every feature."},
        {std::string(kMillion), "The same with tools for 1,000,000 wafer starts a month."}};
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with(kFolder) || !file.path.ends_with("/model.toml")) continue;
        const std::string name(file.path.substr(
            kFolder.size(),
            file.path.size() - kFolder.size() - std::string_view("/model.toml").size()));
        const Result<Spec> spec = read_model_text(embedded_folder(fmt::format("{}{}", kFolder, name)));
        out.push_back({name, spec ? spec->line.note.substr(0, spec->line.note.find('.') + 1) : ""});
    }
    return out;
}

Result<Spec> embedded_model(std::string_view name) {
    if (name == kReferenceFab) return generate_reference_fab();
    if (name == kMillion) return million_fab();
    const std::vector<ModelFile> files = embedded_folder(fmt::format("{}{}", kFolder, name));
    if (!files.empty()) return read_model_text(files);
    std::vector<std::string> names;
    for (const EmbeddedModelInfo& info : embedded_models()) names.push_back(info.name);
    const std::string near = nearest_name(name, names);
    return tl::unexpected(Diagnostics{
        {Severity::error,
         "unknown-model",
         fmt::format("there is no file or embedded model '{}'", name),
         {UINT32_MAX, 0, 0, 0},
         "",
         near.empty() ? fmt::format("embedded models: {}", fmt::join(names, ", "))
                      : fmt::format("did you mean '{}'?", near)}});
}

}  // namespace chipchain
