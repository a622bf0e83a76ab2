// For tests only: where the files of this folder and of docs/ are, and golden files that one command makes again
// (CHIPCHAIN_UPDATE=1 ctest -L fast).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace chipchain::testing {

inline std::filesystem::path project_folder() { return CHIPCHAIN_SOURCE_DIR; }
inline std::filesystem::path spec_folder() { return project_folder() / "src" / "chipchain" / "spec"; }

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline bool updating() { return std::getenv("CHIPCHAIN_UPDATE") != nullptr; }

}  // namespace chipchain::testing
