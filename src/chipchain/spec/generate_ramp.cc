#include "chipchain/spec/generate_ramp.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr Time kWave = 91 * kDay;  // tools arrive by quarters: assumption
constexpr double kMonth = 30;      // days

// Wave w of n brings the tools that make w + 1 of n parts of the group, at least one tool at first: the tools of a
// quarter are there before its releases.
void install_tools(Spec& line, const RampParameters& p) {
    const int64_t waves = std::max<int64_t>(1, (p.end - p.begin) / kWave);
    for (const ToolGroupSpec& group : line.tool_groups) {
        int64_t there = 0;
        for (int64_t wave = 0; wave < waves; ++wave) {
            const int64_t wanted = (group.tools * (wave + 1) + waves - 1) / waves;
            if (wanted == there) continue;
            ToolInstallSpec row;
            row.tool_group = group.name;
            row.tools = wanted - there;
            row.date = wave * kWave;
            row.qualification = p.qualification;
            line.tool_installs.push_back(row);
            there = wanted;
        }
    }
}

void add_rate(Spec& line, const std::string& release, Time date, double pieces_per_month) {
    RampSpec row;
    row.release = release;
    row.date = date;
    row.pieces_per_month = pieces_per_month;
    line.ramps.push_back(row);
}

void ramp_releases(Spec& line, const RampParameters& p) {
    const Time first = p.qualification + kDay;
    const Time full = p.end - p.begin;
    double starts = 0;
    for (ReleaseSpec& r : line.releases) {
        const double rate = static_cast<double>(r.pieces) * kMonth / in_days(r.interval);
        starts += rate;
        r.policy = ReleasePolicy::ramp;
        r.interval = 0;
        r.start = 0;
        add_rate(line, r.name, first, rate * p.first_percent / 100);
        add_rate(line, r.name, std::max(full, first + kDay), rate);
    }
    if (p.engineering_percent <= 0) return;
    ReleaseSpec engineering = line.releases.front();
    engineering.name = "engineering";
    engineering.engineering = true;
    line.releases.push_back(engineering);
    add_rate(line, engineering.name, first, starts * p.engineering_percent / 100);
    add_rate(line, engineering.name, std::max(full, first + kDay), starts * p.engineering_percent / 1000);
}

void learn(Spec& line, const RampParameters& p) {
    LearningSpec scrap;
    scrap.name = "line yield";
    scrap.quantity = LearningQuantity::scrap;
    scrap.start = p.scrap_factor;
    scrap.tau = p.tau;
    line.learnings.push_back(scrap);
    for (ProductSpec& product : line.products) {
        product.gross_dies = p.gross_dies;
        product.die_area_mm2 = p.die_area_mm2;
        product.d0_start = p.d0_start;
        product.d0_final = p.d0_final;
        product.tau = p.tau;
    }
}

}  // namespace

Spec ramped_line(Spec line, const RampParameters& p) {
    CHECK(p.end > p.begin && !line.releases.empty());
    line.line.start = p.begin;
    line.line.horizon = p.end - p.begin + 365 * kDay;
    line.line.warmup = 0;
    line.line.note += fmt::format(
        " Ramp: quarterly waves of tools, qualification {:g} d, releases from {:g} % to the full rate, engineering "
        "lots, "
        "scrap and defects that fall with {:g} d: assumptions.",
        in_days(p.qualification),
        p.first_percent,
        in_days(p.tau));
    line.wip_lots.clear();
    install_tools(line, p);
    ramp_releases(line, p);
    learn(line, p);
    return line;
}

}  // namespace chipchain
