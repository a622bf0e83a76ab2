// Turns a line at full rate (generate_line.h) into one that begins with its first tools: tools arrive in quarterly
// waves and are qualified, releases follow a dated rate, engineering lots run beside them, scrap and defects fall.
// Shapes and defaults are assumptions of fab facts 5.6 and 5.7; every one of them becomes a row to edit.
#pragma once

#include "chipchain/spec/spec.h"

namespace chipchain {

struct RampParameters {
    Time begin = 0;                  // date of the first tool, ticks since 1970
    Time end = 0;                    // date of the full rate; REQUIRES end > begin
    Time qualification = 30 * kDay;  // of a tool: assumption
    double first_percent = 5;        // of the full rate, when the first tools are qualified: assumption
    double engineering_percent = 5;  // of the full rate at first, a tenth of that at the end: assumption
    int64_t gross_dies = 132;        // 26 x 16.5 mm half reticle (backend facts 4.1); 0: no die yield
    double die_area_mm2 = 429;
    double d0_start = 0.8;    // per cm2: 0.5 to 1.0 (fab facts 5.6)
    double d0_final = 0.09;   // 0.08 to 0.1 (fab facts 5.6)
    Time tau = 315 * kDay;    // 3 to 4 quarters (fab facts 5.6)
    double scrap_factor = 5;  // of line scrap at the beginning: assumption
};

// Returns the ramped line. It begins empty; its horizon ends a year after the full rate; statistics cover all of it.
[[nodiscard]] Spec ramped_line(Spec line, const RampParameters& parameters);

}  // namespace chipchain
