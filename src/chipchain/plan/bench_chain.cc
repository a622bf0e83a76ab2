#include "chipchain/plan/bench_chain.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/random.h"

namespace chipchain {

namespace {

constexpr BenchChainSize kSizes[] = {
    {"s", 10, 3, 2, 2, 2, 52, 0},
    {"m44", 40, 5, 4, 3, 3, 26, 18},
    {"m", 40, 5, 4, 3, 3, 104, 0},
};
constexpr uint32_t kRegions = 4;
constexpr uint64_t kSeed = 2026;

// Figures of the generator are made up: assumption, in the range of real ones.
class Generator {
 public:
    explicit Generator(const BenchChainSize& size) : size_(size) {}

    ChainModel make() {
        m_.name = fmt::format("plan-{}", size_.name);
        constexpr Time kMonth = 30 * kDay;
        Time t = 0;
        for (uint32_t i = 0; i < size_.weeks; ++i, t += kWeek) m_.buckets.push_back({t, t + kWeek});
        for (uint32_t i = 0; i < size_.months; ++i, t += kMonth) m_.buckets.push_back({t, t + kMonth});
        m_.end = t;
        m_.sites.push_back({"hub", SiteKind::own, "", 0});
        const std::array<uint32_t, 3> sites = {size_.fabs, size_.packagers, size_.boards};
        for (uint32_t stage = 0; stage < 3; ++stage) first_[stage + 1] = first_[stage] + sites[stage];
        load_.assign(first_[3], 0);
        for (uint32_t p = 0; p < size_.products; ++p) product(p, sites);
        resources(sites);
        return std::move(m_);
    }

 private:
    double draw(double low, double high) {
        const RandomWords w = source_.draw(Purpose::generate, 0, index_++);
        return low + (high - low) * unit_open(wide(w.word[0], w.word[1]));
    }

    void product(uint32_t p, const std::array<uint32_t, 3>& sites) {
        constexpr const char* kStages[] = {"die", "package", "board"};
        constexpr ItemKind kKinds[] = {ItemKind::die, ItemKind::package, ItemKind::board};
        const double weekly = draw(200, 2000);
        uint32_t before = kNoIndex;
        for (uint32_t stage = 0; stage < 3; ++stage) {
            const auto item = static_cast<uint32_t>(m_.items.size());
            ChainItem made;
            made.name = fmt::format("{}-{}", kStages[stage], p);
            made.kind = kKinds[stage];
            made.holding_usd_per_week = draw(0.05, 0.3) * (stage + 1);
            made.lot = 100;
            m_.items.push_back(made);
            const auto node = static_cast<uint32_t>(m_.nodes.size());
            ChainNode where;
            where.item = item;
            m_.nodes.push_back(where);
            for (uint32_t c = 0; c < std::min(size_.choices, sites[stage]); ++c) {
                ChainActivity activity;
                const uint32_t site = (p + c) % sites[stage];
                activity.name = fmt::format("{} at {}-{}", made.name, kStages[stage], site);
                if (before != kNoIndex) activity.inputs.push_back({before, 1});
                const double pieces = stage == 0 ? std::floor(draw(50, 200)) : 1;
                activity.outputs.push_back({node, pieces});
                const auto resource = first_[stage] + site;
                activity.uses.push_back({resource, draw(0.8, 1.2)});
                load_[resource] += weekly / pieces / std::min(size_.choices, sites[stage]);
                activity.lead.mean = static_cast<Time>(stage == 0 ? draw(8, 14) : draw(1, 4)) * kWeek;
                activity.yield.by_date.before = draw(0.85, 0.99);
                activity.cost_usd = stage == 0 ? draw(3000, 16000) : draw(2, 30);
                activity.lot = stage == 0 ? 25 : 100;
                m_.activities.push_back(std::move(activity));
            }
            before = node;
        }
        // what is under way fills the lead time
        for (uint32_t week = 0; week < 20; ++week) {
            m_.pipelines.push_back({first_activity_of(p), week * kWeek, weekly});
        }
        for (uint32_t r = 0; r < kRegions; ++r) region(p, r, before, weekly / kRegions);
    }

    [[nodiscard]] uint32_t first_activity_of(uint32_t p) const {
        const std::string name = fmt::format("die-{} ", p);
        for (uint32_t a = 0; a < m_.activities.size(); ++a) {
            if (m_.activities[a].name.starts_with(name)) return a;
        }
        return 0;
    }

    void region(uint32_t p, uint32_t r, uint32_t node, double weekly) {
        ChainProgramme programme;
        programme.name = fmt::format("region-{} of {}", r, p);
        programme.node = node;
        programme.nodes = {node};
        programme.nodes_from = {0};
        programme.priority = r + 1;
        programme.late_usd_per_week = draw(5, 60);
        programme.unmet_usd = 10 * programme.late_usd_per_week;
        for (Time t = 0; t < m_.end; t += kWeek) {
            const double season = 1 + 0.3 * std::sin(static_cast<double>(t) / static_cast<double>(26 * kWeek) + r);
            programme.demands.push_back({t, t, weekly * season * draw(0.8, 1.2)});
        }
        m_.programmes.push_back(std::move(programme));
    }

    void resources(const std::array<uint32_t, 3>& sites) {
        constexpr const char* kStages[] = {"fab", "packager", "board plant"};
        for (uint32_t stage = 0; stage < 3; ++stage) {
            for (uint32_t i = 0; i < sites[stage]; ++i) {
                ChainResource resource;
                resource.name = fmt::format("{} {}", kStages[stage], i);
                resource.capacity_per_week.before = 1.15 * load_[first_[stage] + i];
                m_.resources.push_back(std::move(resource));
            }
        }
    }

    const BenchChainSize& size_;
    ChainModel m_;
    RandomSource source_{kSeed, 0};
    uint64_t index_ = 0;
    std::array<uint32_t, 4> first_ = {0, 0, 0, 0};  // first resource of each stage
    std::vector<double> load_;                      // [resource] units a week
};

}  // namespace

std::span<const BenchChainSize> bench_chain_sizes() { return kSizes; }

ChainModel bench_chain(const BenchChainSize& size) { return Generator(size).make(); }

}  // namespace chipchain
