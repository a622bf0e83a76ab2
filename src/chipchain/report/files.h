// Files that appear complete or not at all: written beside the target under another name, then renamed.
#pragma once

#include <string>
#include <string_view>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

// Writes `text` to `path`, making its folder. Ids: file-not-writable.
[[nodiscard]] Result<void> write_whole_file(const std::string& path, std::string_view text);

// The diagnostic for a file that cannot be written.
[[nodiscard]] Diagnostics not_writable(const std::string& path, const std::string& why);

}  // namespace chipchain
