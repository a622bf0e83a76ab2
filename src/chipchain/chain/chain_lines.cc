#include "chipchain/chain/chain_lines.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "chipchain/chain/chain_draws.h"
#include "chipchain/model/compile.h"
#include "chipchain/spec/generate_line.h"

namespace chipchain {

namespace {

constexpr double kDaysPerMonth = 30;  // of LineParameters
constexpr double kDaysPerWeek = 7;

struct LineUser {
    uint32_t activity = 0;
    double pieces_per_start = 1;
};

std::vector<LineUser> users_of(const ChainModel& m, uint32_t resource) {
    std::vector<LineUser> out;
    for (uint32_t a = 0; a < m.activities.size(); ++a) {
        for (const ResourceShare& use : m.activities[a].uses) {
            if (use.resource == resource && use.quantity > 0) out.push_back({a, use.quantity});
        }
    }
    return out;
}

// Pieces a week in the busiest bucket.
double busiest(const ChainModel& m, const ChainSchedule& schedule, const std::vector<LineUser>& users) {
    double most = 0;
    for (size_t b = 0; b < m.buckets.size(); ++b) {
        double pieces = 0;
        for (const LineUser& user : users) {
            const std::vector<double>& total = schedule.starts[user.activity];
            pieces += (total[b] - (b > 0 ? total[b - 1] : 0)) * user.pieces_per_start;
        }
        most = std::max(most, pieces / m.buckets[b].weeks());
    }
    return most;
}

// Capacity in the middle of a bucket: the file's and modules decided, without outages.
double capacity(const ChainModel& m, const ChainSchedule& schedule, uint32_t resource, size_t bucket) {
    const Bucket& b = m.buckets[bucket];
    double sum = m.resources[resource].capacity_per_week.mean(b.begin, b.end);
    for (uint32_t i = 0; i < m.modules.size(); ++i) {
        if (m.modules[i].resource != resource) continue;
        for (const auto& [date, count] : schedule.modules[i]) {
            sum +=
                static_cast<double>(count) * m.modules[i].capacity_per_week * m.module_share(i, date, b.begin, b.end);
        }
    }
    return sum;
}

// Tools of each group by bucket: their share of all is that of the capacity in the line's rate, at least one tool from
// the first capacity on; a tool once there stays.
void install_tools(Spec& line, const ChainModel& m, const ChainSchedule& schedule, uint32_t resource, double rate) {
    std::vector<int64_t> there(line.tool_groups.size(), 0);
    for (size_t b = 0; b < m.buckets.size(); ++b) {
        const bool last = b + 1 == m.buckets.size();
        const double share = std::min(1.0, capacity(m, schedule, resource, b) / rate);
        for (size_t g = 0; g < there.size(); ++g) {
            const ToolGroupSpec& group = line.tool_groups[g];
            auto wanted = static_cast<int64_t>(std::ceil(static_cast<double>(group.tools) * share - 1e-9));
            if (last) wanted = std::max<int64_t>(wanted, 1);  // a group without any tool is no group
            if (wanted <= there[g]) continue;
            ToolInstallSpec row;
            row.tool_group = group.name;
            row.tools = wanted - there[g];
            row.date = m.buckets[b].begin;
            line.tool_installs.push_back(row);
            there[g] = wanted;
        }
    }
    for (size_t g = 0; g < there.size(); ++g) line.tool_groups[g].tools = there[g];
    const bool from_start = std::all_of(line.tool_installs.begin(), line.tool_installs.end(), [](const auto& row) {
        return row.date <= 0;
    });
    if (from_start) line.tool_installs.clear();
}

// A line that is only fed from outside and scraps nothing.
void feed_from_outside(Model& line) {
    for (LotType& type : line.lot_types) type.repeats = 0;
    for (Step& step : line.steps) step.scrap_threshold = 0;
}

// The lot type of a product that has most of its lots.
uint32_t main_type(const Model& line, uint32_t product) {
    uint32_t best = kNoIndex;
    for (uint32_t i = 0; i < line.lot_types.size(); ++i) {
        const LotType& type = line.lot_types[i];
        if (type.product != product || !type.released || type.engineering) continue;
        if (best == kNoIndex || type.interval < line.lot_types[best].interval) best = i;
    }
    return best;
}

Result<ChainLine>
make_line(const ChainModel& m, const ChainSchedule& schedule, uint32_t resource, const std::vector<LineUser>& users) {
    const ChainResource& row = m.resources[resource];
    const double rate = std::max(row.sized_per_week, busiest(m, schedule, users));
    LineParameters parameters;
    parameters.name = row.name;
    parameters.products = static_cast<uint32_t>(users.size());
    parameters.pieces_per_month = rate * kDaysPerMonth / kDaysPerWeek;
    Result<Spec> spec = library_line(row.process, parameters);
    if (!spec) return tl::unexpected(spec.error());
    spec->line.start = m.start;
    spec->line.horizon = m.end;
    spec->line.warmup = 0;
    spec->wip_lots.clear();
    install_tools(*spec, m, schedule, resource, rate);
    Diagnostics warnings;  // of a library line sized by us: nothing that the user could mend
    Result<Model> line = compile(*spec, warnings);
    if (!line) return tl::unexpected(line.error());
    feed_from_outside(*line);
    ChainLine out;
    out.resource = resource;
    out.seed = name_key(row.name);
    out.model = std::move(*line);
    return out;
}

}  // namespace

Result<ChainLines>
ChainLines::make(const ChainModel& m, const ChainSchedule& schedule, const std::vector<uint32_t>& resources) {
    ChainLines out;
    out.ways_.resize(m.activities.size());
    for (uint32_t r = 0; r < m.resources.size(); ++r) {
        const bool wanted = resources.empty() || std::find(resources.begin(), resources.end(), r) != resources.end();
        std::vector<LineUser> users = users_of(m, r);
        // an activity goes through one line
        users.erase(
            std::remove_if(
                users.begin(),
                users.end(),
                [&out](const LineUser& user) { return out.ways_[user.activity].line != kNoIndex; }),
            users.end());
        if (!wanted || m.resources[r].process.empty() || users.empty()) continue;
        if (std::max(m.resources[r].sized_per_week, busiest(m, schedule, users)) <= 0) continue;
        Result<ChainLine> line = make_line(m, schedule, r, users);
        if (!line) return tl::unexpected(line.error());
        for (uint32_t i = 0; i < users.size(); ++i) {
            Way& way = out.ways_[users[i].activity];
            way.line = static_cast<uint32_t>(out.lines_.size());
            way.type = main_type(line->model, i);
            way.pieces_per_start = users[i].pieces_per_start;
            line->lot_pieces = line->model.lot_types[way.type].pieces;
        }
        out.lines_.push_back(std::move(*line));
    }
    return out;
}

}  // namespace chipchain
