// A folder of the library that is embedded into the program, as the reader takes it.
#pragma once

#include <string_view>
#include <vector>

#include "chipchain/spec/reader.h"

namespace chipchain {

// The files below a folder of library/ ("lines/minifab"), named relative to it, in order of path; none when there is no
// such folder.
[[nodiscard]] std::vector<ModelFile> embedded_folder(std::string_view folder);

}  // namespace chipchain
