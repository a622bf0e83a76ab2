#include "chipchain/spec/folder_writer.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace chipchain {

std::string
plain_file_name(std::string_view before, std::string_view stem, std::string_view after, std::set<std::string>& taken) {
    std::string plain;
    for (const char c : stem.substr(0, 80)) {
        const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
        plain += kept ? c : '_';
    }
    for (int n = 1;; ++n) {
        const std::string name = fmt::format("{}{}{}{}", before, plain, n == 1 ? "" : fmt::format("_{}", n), after);
        std::string folded = name;
        std::transform(folded.begin(), folded.end(), folded.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        if (taken.insert(folded).second) return name;
    }
}

namespace {

namespace fs = std::filesystem;

Result<void> failed(std::string id, std::string message, std::string help) {
    const Span nowhere{UINT32_MAX, 0, 0, 0};
    return tl::unexpected(
        Diagnostics{{Severity::error, std::move(id), std::move(message), nowhere, "", std::move(help)}});
}

// the folder to write into, before it gets its name
Result<void> write_files(const std::vector<ModelFile>& files, const fs::path& folder) {
    for (const ModelFile& file : files) {
        std::ofstream out(folder / file.name, std::ios::binary | std::ios::trunc);
        out.write(file.contents.data(), static_cast<std::streamsize>(file.contents.size()));
        out.close();
        if (!out) {
            return failed(
                "file-not-writable",
                fmt::format("'{}' cannot be written", (folder / file.name).string()),
                "check the permissions and the free space");
        }
    }
    return {};
}

// moves what does not belong to the model from the old folder into the new one
bool keep_other_files(const fs::path& from, const fs::path& to, const FolderForm& form) {
    std::error_code error;
    std::vector<fs::path> others;
    for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
        const fs::path& path = entry.path();
        const bool ours = entry.is_regular_file(error) && form.owns(path.filename().string());
        if (!ours) others.push_back(path);
    }
    for (const fs::path& path : others) {
        if (!error) fs::rename(path, to / path.filename(), error);
    }
    return !error;
}

}  // namespace

Result<void>
write_folder(const std::vector<ModelFile>& files, const std::string& folder, const FolderForm& form, bool overwrite) {
    std::error_code error;
    fs::path target = fs::absolute(folder, error).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();
    const bool exists = fs::exists(target, error);
    if (exists && !fs::is_directory(target, error)) {
        return failed("folder-not-empty", fmt::format("'{}' is a file", folder), "name a new folder");
    }
    const bool full = exists && !fs::is_empty(target, error);
    if (full && (!overwrite || !fs::exists(target / form.marker, error))) {
        return failed(
            "folder-not-empty",
            fmt::format("the folder '{}' is not empty", folder),
            overwrite ? fmt::format("it holds no {}: name the folder of such a model", form.marker)
                      : std::string("name a new folder, or allow overwriting"));
    }
    const fs::path fresh = target.string() + ".writing";
    const fs::path old = target.string() + ".replaced";
    const auto cannot = [&folder](const std::error_code& why) {
        return failed(
            "file-not-writable",
            fmt::format("the folder '{}' cannot be written: {}", folder, why.message()),
            "check the permissions, the free space, and for a left-over folder *.writing or *.replaced");
    };
    fs::create_directories(target.parent_path(), error);
    if (!fs::create_directory(fresh, error))
        return cannot(error ? error : std::make_error_code(std::errc::file_exists));
    if (Result<void> written = write_files(files, fresh); !written) {
        fs::remove_all(fresh, error);
        return written;
    }
    if (full) {
        fs::rename(target, old, error);
    } else if (exists) {
        fs::remove(target, error);
    }
    if (!error) fs::rename(fresh, target, error);
    if (error) {
        const std::error_code why = error;
        if (full && !fs::exists(target, error)) fs::rename(old, target, error);
        fs::remove_all(fresh, error);
        return cannot(why);
    }
    if (full && keep_other_files(old, target, form)) fs::remove_all(old, error);
    return {};
}

}  // namespace chipchain
