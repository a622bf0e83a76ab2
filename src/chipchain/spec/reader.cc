#include "chipchain/spec/reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include <fmt/core.h>

#include "chipchain/spec/csv_reader.h"
#include "chipchain/spec/toml_reader.h"

namespace chipchain {

namespace {

namespace fs = std::filesystem;

// Adds a file of the model to the sources and returns its index; nothing when it was reported instead. The name is as
// written in [files], the span is where.
using Loader = std::function<std::optional<uint32_t>(Reading&, const std::string& name, Span span)>;

std::optional<uint32_t> load_file(Reading& reading, const fs::path& path, const std::string& shown, Span span) {
    std::error_code error;
    if (!fs::exists(path, error)) {
        const bool folder = fs::is_directory(path.parent_path(), error) && span.file == UINT32_MAX;
        reading.report(
            "file-not-found",
            fmt::format("there is no file '{}'", shown),
            span,
            "",
            folder ? "a folder holds model.toml, scenario.toml or chip.toml; check the name"
                   : "check the name and the folder");
        return {};
    }
    if (!fs::is_regular_file(path, error)) {
        reading.report("file-not-readable", fmt::format("'{}' is not a file", shown), span, "", "name a text file");
        return {};
    }
    const uintmax_t size = fs::file_size(path, error);
    if (error || size > kMaxFileBytes) {
        reading.report(
            "file-too-large",
            fmt::format("'{}' has {} bytes", shown, size),
            span,
            fmt::format("expected at most {} bytes", kMaxFileBytes),
            "split the table into several files");
        return {};
    }
    std::string text(size, '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(text.data(), static_cast<std::streamsize>(size));
    if (!in && !in.eof()) {
        reading
            .report("file-not-readable", fmt::format("'{}' cannot be read", shown), span, "", "check its permissions");
        return {};
    }
    text.resize(static_cast<size_t>(in.gcount()));
    return reading.spec.sources.add(shown, std::move(text));
}

// True when the name is relative and does not climb out of its folder.
bool is_inner_name(const std::string& name) {
    const fs::path path(name);
    if (name.empty() || name.find('\0') != std::string::npos || path.is_absolute() || path.has_root_name())
        return false;
    if (name.find('\\') != std::string::npos) return false;
    return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

// True when no link leads from the name to a place outside the model's folder.
bool stays_inside(const fs::path& folder, const std::string& name) {
    std::error_code error;
    const fs::path root = fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, error);
    if (error) return false;
    const fs::path target = fs::weakly_canonical(root / name, error);
    if (error) return false;
    const fs::path relative = target.lexically_relative(root);
    return !relative.empty() && *relative.begin() != "..";
}

void report_outside(Reading& reading, const std::string& name, Span span) {
    reading.report(
        "file-outside-model",
        fmt::format("'{}' is not inside the model's folder", name.substr(0, 80)),
        span,
        "expected a file name inside the folder of the model",
        "move the file into the model's folder");
}

// The whole reading of a model once its model file is loaded as source 0.
void read_all(Reading& reading, const Loader& load) {
    const std::vector<FileRequest> requests = read_toml(reading, 0);
    for (const FileRequest& request : requests) {
        if (!is_inner_name(request.name)) {
            report_outside(reading, request.name, request.span);
            continue;
        }
        const std::optional<uint32_t> file = load(reading, request.name, request.span);
        if (file) read_csv(reading, *request.table, *file);
    }
    for (const TableInfo& table : spec_tables()) check_unique(reading, table);
}

Result<Spec> finish(Reading& reading, SourceMap* sources) {
    if (!has_errors(reading.diagnostics)) return std::move(reading.spec);
    if (reading.dropped > 0) {
        reading.diagnostics.push_back(
            {Severity::note,
             "more-errors",
             fmt::format("{} more mistakes are not listed", reading.dropped),
             {0, 0, 0, 0},
             "",
             ""});
    }
    if (sources != nullptr) *sources = std::move(reading.spec.sources);
    return tl::unexpected(std::move(reading.diagnostics));
}

}  // namespace

Result<Spec> read_model(const std::string& path, SourceMap* sources) {
    Reading reading;
    std::error_code error;
    fs::path file(path);
    if (fs::is_directory(file, error)) {
        const fs::path folder = file;
        file = folder / "model.toml";
        for (const char* other : {"scenario.toml", "chip.toml"}) {
            if (!fs::exists(file, error) && fs::exists(folder / other, error)) file = folder / other;
        }
    }
    const fs::path folder = file.parent_path();
    const Span nowhere{UINT32_MAX, 0, 0, 0};
    if (load_file(reading, file, file.string(), nowhere)) {
        read_all(reading, [&folder](Reading& r, const std::string& name, Span span) -> std::optional<uint32_t> {
            if (!stays_inside(folder, name)) {
                report_outside(r, name, span);
                return {};
            }
            return load_file(r, folder / name, (folder / name).string(), span);
        });
    }
    return finish(reading, sources);
}

Result<Spec> read_model_text(std::span<const ModelFile> files, SourceMap* sources) {
    Reading reading;
    const auto load = [files](Reading& r, const std::string& name, Span span) -> std::optional<uint32_t> {
        for (const ModelFile& file : files) {
            if (file.name == name) return r.spec.sources.add(file.name, file.contents);
        }
        r.report(
            "file-not-found",
            fmt::format("there is no file '{}'", name.substr(0, 80)),
            span,
            "",
            "check the name and the folder");
        return {};
    };
    for (const ModelFile& file : files) {
        if (!file.name.ends_with(".toml")) continue;
        reading.spec.sources.add(file.name, file.contents);
        read_all(reading, load);
        return finish(reading, sources);
    }
    reading.report("file-not-found", "the model has no .toml file", {UINT32_MAX, 0, 0, 0}, "", "add model.toml");
    return finish(reading, sources);
}

}  // namespace chipchain
