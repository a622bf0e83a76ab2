// The terminal under the program: its width, and a progress line that is drawn on a terminal only.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "chipchain/base/time.h"
#include "chipchain/study/replicate.h"

namespace chipchain {

// Columns of the window of stdout; COLUMNS or 100 when it is no terminal.
[[nodiscard]] size_t window_width();

// Whether stdout is a terminal and the user has not set NO_COLOR.
[[nodiscard]] bool stdout_has_color();

// The text of a progress line: share done, replications, speed, and the remaining time between two bounds (from the
// mean rate of the whole run and from the rate of the last seconds).
[[nodiscard]] std::string
progress_text(double share, uint32_t finished, uint32_t count, double events_per_s, double low_s, double high_s);

// "0:12", "1:02:03"
[[nodiscard]] std::string clock_text(double seconds);

// Draws the line on stderr from a thread of its own until it is destroyed; does nothing when stderr is no terminal.
class ProgressLine {
 public:
    ProgressLine(const Progress& progress, uint32_t count, Time ticks_per_replication);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

 private:
    void draw();
    const Progress& progress_;
    uint32_t count_;
    Time ticks_;
    std::atomic<bool> end_{false};
    std::thread thread_;
};

}  // namespace chipchain
