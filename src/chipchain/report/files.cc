#include "chipchain/report/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace chipchain {

Diagnostics not_writable(const std::string& path, const std::string& why) {
    return {
        {Severity::error,
         "file-not-writable",
         fmt::format("'{}' cannot be written: {}", path, why),
         {UINT32_MAX, 0, 0, 0},
         "",
         "check the permissions and the free space"}};
}

Result<void> write_whole_file(const std::string& path, std::string_view text) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path target(path);
    if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
    // a device or pipe is written to, never replaced
    const bool special = fs::exists(target, error) && !fs::is_regular_file(target, error);
    const std::string part = special ? path : path + ".writing";
    errno = 0;
    {
        std::ofstream out(part, std::ios::binary);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.close();
        if (!out) {
            const std::string why = std::strerror(errno);
            if (!special) fs::remove(part, error);
            return tl::unexpected(not_writable(path, why));
        }
    }
    if (special) return {};
    fs::rename(part, target, error);
    if (!error) return {};
    const std::string why = error.message();
    fs::remove(part, error);
    return tl::unexpected(not_writable(path, why));
}

}  // namespace chipchain
