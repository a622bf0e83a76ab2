#include "chipchain/spec/embedded_folder.h"

#include <string>

#include "chipchain/spec/embedded.h"

namespace chipchain {

std::vector<ModelFile> embedded_folder(std::string_view folder) {
    const std::string prefix = std::string(folder) + "/";
    std::vector<ModelFile> files;
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with(prefix)) continue;
        files.push_back({std::string(file.path.substr(prefix.size())), std::string(file.contents)});
    }
    return files;
}

}  // namespace chipchain
