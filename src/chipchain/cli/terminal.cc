#include "chipchain/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace chipchain {

size_t window_width() {
    constexpr size_t kDefault = 100;  // assumption: what a page of documentation shows without breaking lines
    winsize size{};
    if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char* columns = std::getenv("COLUMNS");
    const long width = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
    return width >= 40 && width <= 1000 ? static_cast<size_t>(width) : kDefault;
}

bool stdout_has_color() {
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
    return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

std::string clock_text(double seconds) {
    const int64_t s = std::llround(std::clamp(seconds, 0.0, 359'999.0));
    if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
    return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string
progress_text(double share, uint32_t finished, uint32_t count, double events_per_s, double low_s, double high_s) {
    const std::string low = clock_text(low_s), high = clock_text(high_s);
    std::string out = fmt::format("{:3.0f} %", std::floor(100 * std::clamp(share, 0.0, 1.0)));
    if (count > 1) out += fmt::format(" · {} of {} replications", finished, count);
    out += fmt::format(" · {:.1f} M events/s · {} left", events_per_s / 1e6, low == high ? low : low + " to " + high);
    return out;
}

ProgressLine::ProgressLine(const Progress& progress, uint32_t count, Time ticks_per_replication)
    : progress_(progress), count_(count), ticks_(std::max<Time>(1, ticks_per_replication)) {
    if (isatty(STDERR_FILENO) != 0) thread_ = std::thread([this] { draw(); });
}

ProgressLine::~ProgressLine() {
    end_ = true;
    if (!thread_.joinable()) return;
    thread_.join();
    fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::draw() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    auto last = begin;
    double last_share = 0, recent_rate = 0;
    while (!end_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const auto now = Clock::now();
        const double seconds = std::chrono::duration<double>(now - begin).count();
        if (seconds < 0.5) continue;
        const double share = static_cast<double>(progress_.ticks.load()) / (static_cast<double>(ticks_) * count_);
        const double since = std::chrono::duration<double>(now - last).count();
        if (since > 1) {
            recent_rate = (share - last_share) / since;
            last_share = share;
            last = now;
        }
        const double mean_rate = share / seconds;
        const double left = 1 - share;
        const double a = mean_rate > 0 ? left / mean_rate : 0;
        const double b = recent_rate > 0 ? left / recent_rate : a;
        const double rate = static_cast<double>(progress_.events.load()) / seconds;
        fmt::print(
            stderr,
            "\r\x1b[K{}",
            progress_text(share, progress_.finished, count_, rate, std::min(a, b), std::max(a, b)));
        std::fflush(stderr);
    }
}

}  // namespace chipchain
