// Writes the files of a model into a folder that appears complete or not at all, whatever the form of the files.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "chipchain/spec/reader.h"

namespace chipchain {

// What tells a folder of some form of a model from others.
struct FolderForm {
    std::string marker;                     // a folder without this file is never overwritten
    bool (*owns)(const std::string& name);  // files that overwriting replaces; all others stay
};

// Writes `files` into `folder`. A folder that exists and is not empty is refused (folder-not-empty) unless `overwrite`
// is set and it holds the marker: then the files that the form owns are replaced as a whole. Other ids:
// file-not-writable.
[[nodiscard]] Result<void>
write_folder(const std::vector<ModelFile>& files, const std::string& folder, const FolderForm& form, bool overwrite);

// before + stem + after with only letters, digits, '_' and '-' in the stem: a name that none of `taken` equals on any
// file system, and that is added to them in small letters.
[[nodiscard]] std::string
plain_file_name(std::string_view before, std::string_view stem, std::string_view after, std::set<std::string>& taken);

}  // namespace chipchain
