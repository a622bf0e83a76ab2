#include "chipchain/sim/result.h"

#include <fmt/format.h>

namespace chipchain {

namespace {

void expect_equal(std::vector<std::string>& out, const std::string& what, int64_t left, int64_t right) {
    if (left != right) out.push_back(fmt::format("{}: {} != {} (difference {})", what, left, right, left - right));
}

// The months together are the whole run, and in each the tool states sum to the calendar time of all tools.
void check_months(std::vector<std::string>& out, const RunResult& r) {
    const Months& months = r.months;
    if (months.begin.empty()) return;
    int64_t shipped = 0;
    int64_t scrapped = 0;
    for (const MonthOfType& type : months.types) {
        shipped += static_cast<int64_t>(type.shipped_pieces);
        scrapped += static_cast<int64_t>(type.scrapped_pieces);
    }
    expect_equal(out, "months: pieces shipped", shipped, static_cast<int64_t>(r.pieces_shipped));
    expect_equal(out, "months: pieces scrapped", scrapped, static_cast<int64_t>(r.pieces_scrapped));
    const size_t groups = months.states.size() / months.begin.size();
    for (size_t i = 0; i < months.begin.size(); ++i) {
        Time sum = 0;
        for (size_t g = 0; g < groups; ++g) {
            for (const Time time : months.states[i * groups + g]) sum += time;
        }
        const Time all = (months.end[i] - months.begin[i]) * static_cast<Time>(r.tools.size());
        expect_equal(out, fmt::format("month {}: state times = tools * length", i), sum, all);
    }
}

}  // namespace

std::vector<std::string> check_identities(const RunResult& r) {
    std::vector<std::string> out;
    const auto number = [](uint64_t x) { return static_cast<int64_t>(x); };
    expect_equal(
        out,
        "lots: initial + released = shipped + scrapped + inside",
        number(r.initial_lots + r.released),
        number(r.shipped + r.scrapped + r.inside));
    expect_equal(
        out,
        "pieces: in = shipped + scrapped + inside",
        number(r.pieces_in),
        number(r.pieces_shipped + r.pieces_scrapped + r.pieces_inside));
    expect_equal(out, "Little: integral of WIP = sum of residence times", r.wip_area, r.residence);
    Time stay = r.open_stay;
    for (const StepResult& step : r.steps) stay += step.transport_time + step.queue_time + step.process_time;
    expect_equal(out, "stay: residence = transport + queue + process + open visits", r.residence, stay);
    for (size_t t = 0; t < r.tools.size(); ++t) {
        Time sum = 0;
        for (const Time time : r.tools[t].time) sum += time;
        if (sum != r.window) expect_equal(out, fmt::format("tool {}: state times = window", t), sum, r.window);
        if (out.size() > 20) break;
    }
    check_months(out, r);
    int64_t areas = 0;
    for (const LotTypeResult& type : r.lot_types) areas += type.wip_area;
    expect_equal(out, "WIP: sum over lot types = total", areas, r.wip_area);
    return out;
}

}  // namespace chipchain
