#include "chipchain/plan/guaranteed_service.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What follows from the network alone.
struct Chain {
    const ServiceNetwork& network;
    std::vector<uint32_t> order;                // stages, suppliers first
    std::vector<std::vector<uint32_t>> inputs;  // [stage] arcs that end there
    std::vector<int32_t> longest;               // [stage] longest replenishment time M = T + longest SI
    std::vector<double> demand_mean;            // [stage]
    std::vector<double> demand_sigma;           // [stage]
    std::vector<std::vector<double>> stock;     // [stage][net time] safety stock, units
    std::vector<double> holding;                // [stage]

    [[nodiscard]] int32_t time(uint32_t k) const { return network.stages[k].processing_time; }
    [[nodiscard]] double cost(uint32_t k, int32_t net) const { return holding[k] * stock[k][static_cast<size_t>(net)]; }
};

// stages so that every arc goes from an earlier to a later one; least index first
std::vector<uint32_t> suppliers_first(const ServiceNetwork& network) {
    const size_t n = network.stages.size();
    std::vector<uint32_t> waiting(n);
    std::vector<std::vector<uint32_t>> next(n);
    for (const ServiceArc& arc : network.arcs) {
        CHECK(arc.from < n && arc.to < n && arc.quantity_per >= 0);
        ++waiting[arc.to];
        next[arc.from].push_back(arc.to);
    }
    std::vector<uint32_t> order;
    for (uint32_t k = 0; k < n; ++k) {
        if (waiting[k] == 0) order.push_back(k);
    }
    for (size_t i = 0; i < order.size(); ++i) {
        for (const uint32_t to : next[order[i]]) {
            if (--waiting[to] == 0) order.push_back(to);
        }
    }
    CHECK(order.size() == n);  // acyclic
    return order;
}

// Customers' demands through the quantities of all paths: exact also where paths meet again.
void spread_demand(Chain& chain) {
    const ServiceNetwork& network = chain.network;
    const size_t n = network.stages.size();
    std::vector<double> variance(n);
    chain.demand_mean.assign(n, 0);
    for (size_t customer = 0; customer < n; ++customer) {
        const ServiceStage& stage = network.stages[customer];
        if (stage.demand_mean == 0 && stage.demand_sigma == 0) continue;
        std::vector<double> quantity(n);
        quantity[customer] = 1;
        for (auto k = chain.order.rbegin(); k != chain.order.rend(); ++k) {
            if (quantity[*k] == 0) continue;
            for (const uint32_t a : chain.inputs[*k]) {
                quantity[network.arcs[a].from] += network.arcs[a].quantity_per * quantity[*k];
            }
        }
        for (size_t k = 0; k < n; ++k) {
            chain.demand_mean[k] += quantity[k] * stage.demand_mean;
            variance[k] += quantity[k] * quantity[k] * stage.demand_sigma * stage.demand_sigma;
        }
    }
    for (const double v : variance) chain.demand_sigma.push_back(std::sqrt(v));
}

Chain make_chain(const ServiceNetwork& network) {
    const size_t n = network.stages.size();
    Chain chain = {network, suppliers_first(network), std::vector<std::vector<uint32_t>>(n), {}, {}, {}, {}, {}};
    for (uint32_t a = 0; a < network.arcs.size(); ++a) chain.inputs[network.arcs[a].to].push_back(a);
    spread_demand(chain);
    chain.longest.assign(n, 0);
    for (const uint32_t k : chain.order) {
        const ServiceStage& stage = network.stages[k];
        CHECK(stage.processing_time >= 0 && stage.inbound_time >= 0 && stage.promise.value_or(0) >= 0);
        int32_t inbound = stage.inbound_time;
        for (const uint32_t a : chain.inputs[k]) inbound = std::max(inbound, chain.longest[network.arcs[a].from]);
        chain.longest[k] = inbound + stage.processing_time;
    }
    for (uint32_t k = 0; k < n; ++k) {
        const ServiceStage& stage = network.stages[k];
        const double z = stage.safety_factor.value_or(network.safety_factor);
        CHECK(stage.holding_cost >= 0 && stage.demand_sigma >= 0 && stage.processing_time_sigma >= 0 && z >= 0);
        const double lateness = chain.demand_mean[k] * stage.processing_time_sigma;
        std::vector<double> stock;
        for (int32_t net = 0; net <= chain.longest[k]; ++net) {
            stock.push_back(z * std::sqrt(chain.demand_sigma[k] * chain.demand_sigma[k] * net + lateness * lateness));
        }
        chain.stock.push_back(std::move(stock));
        chain.holding.push_back(stage.holding_cost);
    }
    return chain;
}

// The plan in which suppliers' times are met and nobody waits for nothing: SI as short, S no longer than it can be.
ServicePlan settle(const Chain& chain, std::span<const int32_t> outbound_times) {
    ServicePlan plan;
    plan.stages.resize(outbound_times.size());
    for (const uint32_t k : chain.order) {
        const ServiceStage& stage = chain.network.stages[k];
        StageService& service = plan.stages[k];
        service.inbound_time = stage.inbound_time;
        for (const uint32_t a : chain.inputs[k]) {
            const uint32_t supplier = chain.network.arcs[a].from;
            service.inbound_time = std::max(service.inbound_time, plan.stages[supplier].outbound_time);
        }
        const int32_t reach = service.inbound_time + stage.processing_time;
        CHECK(outbound_times[k] >= 0);
        service.outbound_time = std::min({outbound_times[k], reach, stage.promise.value_or(reach)});
        service.net_time = reach - service.outbound_time;
        service.demand_mean = chain.demand_mean[k];
        service.demand_sigma = chain.demand_sigma[k];
        service.safety_stock = chain.stock[k][static_cast<size_t>(service.net_time)];
        service.cost = chain.cost(k, service.net_time);
    }
    for (const StageService& service : plan.stages) plan.cost += service.cost;
    plan.lower_bound = plan.cost;
    return plan;
}

// ---------------------------------------------------------------------------------------------------------------------

// The arcs that the dynamic programme sees, as a forest in which every stage but the roots has a parent.
struct Forest {
    struct Child {
        uint32_t stage;
        bool supplies;  // the parent
    };
    std::vector<uint32_t> order;               // children before parents
    std::vector<std::vector<Child>> children;  // [stage]
    std::vector<bool> root;                    // [stage]
    std::vector<bool> supplies;                // [stage] it supplies its parent
};

Forest make_forest(const ServiceNetwork& network, const std::vector<bool>& relaxed) {
    const size_t n = network.stages.size();
    std::vector<std::vector<Forest::Child>> neighbours(n);
    size_t kept = 0;
    for (size_t a = 0; a < network.arcs.size(); ++a) {
        if (relaxed[a]) continue;
        ++kept;
        neighbours[network.arcs[a].to].push_back({network.arcs[a].from, true});
        neighbours[network.arcs[a].from].push_back({network.arcs[a].to, false});
    }
    Forest forest = {{}, std::vector<std::vector<Forest::Child>>(n), std::vector<bool>(n), std::vector<bool>(n)};
    std::vector<bool> seen(n);
    size_t roots = 0;
    for (uint32_t root = 0; root < n; ++root) {
        if (seen[root]) continue;
        seen[root] = true;
        forest.root[root] = true;
        ++roots;
        forest.order.push_back(root);
        for (size_t i = forest.order.size() - 1; i < forest.order.size(); ++i) {
            const uint32_t k = forest.order[i];
            for (const Forest::Child& child : neighbours[k]) {
                if (seen[child.stage]) continue;
                seen[child.stage] = true;
                forest.supplies[child.stage] = child.supplies;
                forest.children[k].push_back(child);
                forest.order.push_back(child.stage);
            }
        }
    }
    CHECK(kept + roots == n);  // the arcs that are left form a forest
    std::reverse(forest.order.begin(), forest.order.end());
    return forest;
}

// The limits that branching sets, [stage].
struct Limits {
    std::vector<int32_t> outbound_most;  // S <=
    std::vector<int32_t> inbound_least;  // SI >=
    std::vector<int32_t> inbound_most;   // SI <=
};

// What a period costs beside the stock, [stage]: the prices of the relaxed arcs that start or end there.
struct Prices {
    std::vector<double> outbound;
    std::vector<double> inbound;
};

// A solution of the forest: service times that may violate relaxed arcs. cost = infinity: there is none.
struct Relaxation {
    double cost = 0;
    std::vector<int32_t> outbound;
    std::vector<int32_t> inbound;
};

// least[x] = the least cost of a stage and all below it when its time towards the parent is x (or better), at[x] = the
// time at which it is reached, other[t] = the best time on the other side when the time towards the parent is t
struct Table {
    std::vector<double> least;
    std::vector<int32_t> at;
    std::vector<int32_t> other;
};

// [time] costs of the children on one side of stage k, for S (supplies = false) or SI (supplies = true) of the stage
std::vector<double>
children_cost(const Forest& forest, const std::vector<Table>& tables, uint32_t k, bool supplies, int32_t most) {
    std::vector<double> sum(static_cast<size_t>(most) + 1);
    for (const Forest::Child& child : forest.children[k]) {
        if (child.supplies != supplies) continue;
        const std::vector<double>& least = tables[child.stage].least;
        for (size_t x = 0; x < sum.size(); ++x) sum[x] += least[std::min(x, least.size() - 1)];
    }
    return sum;
}

// f(S) of Graves and Willems when the stage supplies its parent, else g(SI), before taking the best of better times
Table stage_table(
    const Chain& chain,
    const Forest& forest,
    const Limits& limits,
    const Prices& prices,
    const std::vector<Table>& tables,
    uint32_t k) {
    const int32_t time = chain.time(k);
    const int32_t inbound_end = chain.longest[k] - time;
    std::vector<double> below = children_cost(forest, tables, k, true, inbound_end);
    std::vector<double> above = children_cost(forest, tables, k, false, chain.longest[k]);
    for (size_t x = 0; x < below.size(); ++x) below[x] += prices.inbound[k] * static_cast<double>(x);
    for (size_t x = 0; x < above.size(); ++x) above[x] += prices.outbound[k] * static_cast<double>(x);
    const bool by_outbound = forest.root[k] || forest.supplies[k];
    Table table;
    table.least.assign(static_cast<size_t>(by_outbound ? chain.longest[k] : inbound_end) + 1, kInfinity);
    table.at.assign(table.least.size(), 0);
    table.other.assign(table.least.size(), 0);
    for (int32_t inbound = limits.inbound_least[k]; inbound <= limits.inbound_most[k]; ++inbound) {
        const int32_t last = std::min(limits.outbound_most[k], inbound + time);
        for (int32_t outbound = 0; outbound <= last; ++outbound) {
            const double cost = below[static_cast<size_t>(inbound)] + above[static_cast<size_t>(outbound)] +
                                chain.cost(k, inbound + time - outbound);
            const auto x = static_cast<size_t>(by_outbound ? outbound : inbound);
            if (cost < table.least[x]) {
                table.least[x] = cost;
                table.other[x] = by_outbound ? inbound : outbound;
            }
        }
    }
    std::iota(table.at.begin(), table.at.end(), 0);
    return table;
}

// a parent accepts any S up to its SI, and any SI from its S on: the best of better times
void take_best(Table& table, bool supplies) {
    const size_t size = table.least.size();
    for (size_t i = 1; i < size; ++i) {
        const size_t x = supplies ? i : size - 1 - i;
        const size_t better = supplies ? x - 1 : x + 1;
        if (table.least[better] < table.least[x]) {
            table.least[x] = table.least[better];
            table.at[x] = table.at[better];
        }
    }
}

Relaxation solve_forest(const Chain& chain, const Forest& forest, const Limits& limits, const Prices& prices) {
    const size_t n = chain.network.stages.size();
    std::vector<Table> tables(n);
    for (const uint32_t k : forest.order) {
        tables[k] = stage_table(chain, forest, limits, prices, tables, k);
        if (!forest.root[k]) take_best(tables[k], forest.supplies[k]);
    }

    // from the roots down: `wanted` is the parent's time that the stage must meet
    Relaxation found = {0, std::vector<int32_t>(n), std::vector<int32_t>(n)};
    std::vector<int32_t> wanted(n);
    for (auto it = forest.order.rbegin(); it != forest.order.rend(); ++it) {
        const uint32_t k = *it;
        const Table& table = tables[k];
        size_t x = static_cast<size_t>(wanted[k]);
        if (forest.root[k]) {
            x = static_cast<size_t>(std::min_element(table.least.begin(), table.least.end()) - table.least.begin());
            found.cost += table.least[x];
        }
        if (found.cost == kInfinity) return found;
        const int32_t mine = table.at[std::min(x, table.at.size() - 1)];
        const int32_t other = table.other[static_cast<size_t>(mine)];
        const bool by_outbound = forest.root[k] || forest.supplies[k];
        found.outbound[k] = by_outbound ? mine : other;
        found.inbound[k] = by_outbound ? other : mine;
        for (const Forest::Child& child : forest.children[k]) {
            wanted[child.stage] = child.supplies ? found.inbound[k] : found.outbound[k];
        }
    }
    return found;
}

// ---------------------------------------------------------------------------------------------------------------------

// Carries the limits along all arcs: a supplier must not be later than its customer waits at most.
void tighten(const Chain& chain, Limits& limits) {
    for (auto it = chain.order.rbegin(); it != chain.order.rend(); ++it) {
        for (const uint32_t a : chain.inputs[*it]) {
            int32_t& most = limits.outbound_most[chain.network.arcs[a].from];
            most = std::min(most, limits.inbound_most[*it]);
        }
    }
}

Limits first_limits(const Chain& chain) {
    Limits limits;
    for (uint32_t k = 0; k < chain.network.stages.size(); ++k) {
        const ServiceStage& stage = chain.network.stages[k];
        limits.outbound_most.push_back(std::min(chain.longest[k], stage.promise.value_or(chain.longest[k])));
        limits.inbound_least.push_back(stage.inbound_time);
        limits.inbound_most.push_back(chain.longest[k] - stage.processing_time);
    }
    return limits;
}

// A set of plans still to be looked at: those within the limits cost at least `bound`.
struct Branch {
    Limits limits;
    std::vector<double> price;  // [relaxed arc] with which the bound was found
    Relaxation relaxation;      // violates an arc
    double bound = 0;
    uint64_t number = 0;
};

struct CostsMore {
    bool operator()(const Branch& a, const Branch& b) const {
        if (a.bound != b.bound) return a.bound > b.bound;
        return a.number > b.number;
    }
};

// the arcs outside of a spanning forest of the longest replenishment times, which bind most
std::vector<uint32_t> arcs_to_relax(const Chain& chain) {
    const std::vector<ServiceArc>& arcs = chain.network.arcs;
    std::vector<uint32_t> by_length(arcs.size());
    std::iota(by_length.begin(), by_length.end(), 0);
    std::stable_sort(by_length.begin(), by_length.end(), [&](uint32_t a, uint32_t b) {
        return chain.longest[arcs[a].from] > chain.longest[arcs[b].from];
    });
    std::vector<uint32_t> group(chain.network.stages.size());
    std::iota(group.begin(), group.end(), 0);
    std::vector<uint32_t> relaxed;
    for (const uint32_t a : by_length) {
        const uint32_t from = group[arcs[a].from];
        const uint32_t to = group[arcs[a].to];
        if (from == to) {
            relaxed.push_back(a);
            continue;
        }
        for (uint32_t& g : group) {
            if (g == from) g = to;
        }
    }
    std::sort(relaxed.begin(), relaxed.end());
    return relaxed;
}

class Search {
 public:
    Search(const Chain& chain, std::span<const uint32_t> relaxed_arcs, uint64_t most_trees);
    ServicePlan run();

 private:
    // periods by which the customer of a relaxed arc waits too short
    [[nodiscard]] int32_t violation(const Relaxation& relaxation, uint32_t arc) const {
        const ServiceArc& a = chain_.network.arcs[arc];
        return relaxation.outbound[a.from] - relaxation.inbound[a.to];
    }
    [[nodiscard]] std::optional<uint32_t> worst_arc(const Relaxation& relaxation) const;
    Relaxation solve(const Limits& limits, std::span<const double> price);
    void raise_bound(Branch& branch, int steps);
    void look_at(Limits limits, std::vector<double> price);
    void split(Branch branch);
    [[nodiscard]] bool worth_it(double bound) const { return bound < best_.cost * kSame; }

    // two plans of the same cost, added in another order, differ by rounding
    static constexpr double kSame = 1 - 1e-12;
    // of raise_bound(), at the root and elsewhere. Assumption: tried on random networks of 30 to 108 stages
    static constexpr int kFirstSteps = 200;
    static constexpr int kSteps = 10;

    const Chain& chain_;
    std::vector<uint32_t> relaxed_;
    Forest forest_;
    uint64_t most_trees_;
    uint64_t trees_ = 0;
    ServicePlan best_;
    std::priority_queue<Branch, std::vector<Branch>, CostsMore> open_;
};

std::vector<bool> marked(size_t size, std::span<const uint32_t> places) {
    std::vector<bool> marks(size);
    for (const uint32_t place : places) marks[place] = true;
    return marks;
}

Search::Search(const Chain& chain, std::span<const uint32_t> relaxed_arcs, uint64_t most_trees)
    : chain_(chain),
      relaxed_(relaxed_arcs.begin(), relaxed_arcs.end()),
      forest_(make_forest(chain.network, marked(chain.network.arcs.size(), relaxed_arcs))),
      most_trees_(most_trees) {
    best_.cost = kInfinity;
}

// the relaxed arc that is violated most, or none
std::optional<uint32_t> Search::worst_arc(const Relaxation& relaxation) const {
    std::optional<uint32_t> worst;
    int32_t most = 0;
    for (const uint32_t a : relaxed_) {
        const int32_t late = violation(relaxation, a);
        if (late > most) {
            most = late;
            worst = a;
        }
    }
    return worst;
}

// The forest with a price on each period of violation; its cost is a lower bound for any prices >= 0.
Relaxation Search::solve(const Limits& limits, std::span<const double> price) {
    const size_t n = chain_.network.stages.size();
    Prices prices = {std::vector<double>(n), std::vector<double>(n)};
    for (size_t r = 0; r < relaxed_.size(); ++r) {
        prices.outbound[chain_.network.arcs[relaxed_[r]].from] += price[r];
        prices.inbound[chain_.network.arcs[relaxed_[r]].to] -= price[r];
    }
    Relaxation relaxation = solve_forest(chain_, forest_, limits, prices);
    ++trees_;
    if (relaxation.cost < kInfinity) {
        ServicePlan plan = settle(chain_, relaxation.outbound);
        if (plan.cost < best_.cost) best_ = std::move(plan);
    }
    return relaxation;
}

// Moves the prices towards the best bound: subgradient steps of Polyak's length (Held, Wolfe and Crowder, Mathematical
// Programming 6, 1974), shorter after a few that did not help. A solution that violates no arc cannot be split, so the
// one before is kept.
void Search::raise_bound(Branch& branch, int steps) {
    constexpr int kPatience = 5;  // assumption
    std::vector<double> price = branch.price;
    double length = 1;
    int idle = 0;
    for (int step = 0; step < steps && worth_it(branch.bound); ++step) {
        const Relaxation relaxation = solve(branch.limits, price);
        if (relaxation.cost > branch.bound) {
            branch.bound = relaxation.cost;
            branch.price = price;
            if (worst_arc(relaxation)) branch.relaxation = relaxation;
            idle = 0;
        } else if (++idle == kPatience) {
            length /= 2;
            idle = 0;
        }
        double square = 0;
        for (const uint32_t a : relaxed_) {
            const double late = violation(relaxation, a);
            square += late * late;
        }
        if (square == 0) break;
        const double unit = length * (best_.cost - relaxation.cost) / square;
        for (size_t r = 0; r < relaxed_.size(); ++r) {
            price[r] = std::max(0.0, price[r] + unit * violation(relaxation, relaxed_[r]));
        }
    }
}

void Search::look_at(Limits limits, std::vector<double> price) {
    const bool first = trees_ == 0;
    tighten(chain_, limits);
    const std::vector<double> free(relaxed_.size());
    Branch branch = {std::move(limits), std::move(price), {}, 0, trees_};
    branch.relaxation = solve(branch.limits, free);
    branch.bound = branch.relaxation.cost;
    // without a violated arc solve() has already made it the best plan, or it costs as much
    if (branch.bound == kInfinity || !worst_arc(branch.relaxation)) return;
    raise_bound(branch, first ? kFirstSteps : kSteps);
    if (worth_it(branch.bound)) open_.push(std::move(branch));
}

// Either the customer of a violated arc waits for `middle` or longer, or both its times are below.
void Search::split(Branch branch) {
    const uint32_t arc = *worst_arc(branch.relaxation);
    const ServiceArc& a = chain_.network.arcs[arc];
    const int32_t middle = branch.relaxation.inbound[a.to] + (violation(branch.relaxation, arc) + 1) / 2;
    Limits late = branch.limits;
    late.inbound_least[a.to] = std::max(late.inbound_least[a.to], middle);
    look_at(std::move(late), branch.price);
    branch.limits.inbound_most[a.to] = std::min(branch.limits.inbound_most[a.to], middle - 1);
    look_at(std::move(branch.limits), std::move(branch.price));
}

ServicePlan Search::run() {
    look_at(first_limits(chain_), std::vector<double>(relaxed_.size()));
    while (!open_.empty() && worth_it(open_.top().bound) && trees_ < most_trees_) {
        Branch branch = open_.top();
        open_.pop();
        split(std::move(branch));
    }
    best_.optimal = open_.empty() || !worth_it(open_.top().bound);
    best_.lower_bound = best_.optimal ? best_.cost : open_.top().bound;
    best_.trees = trees_;
    return std::move(best_);
}

}  // namespace

ServicePlan place_safety_stock(const ServiceNetwork& network, uint64_t most_trees) {
    const Chain chain = make_chain(network);
    return Search(chain, arcs_to_relax(chain), most_trees).run();
}

ServicePlan place_safety_stock_relaxing(
    const ServiceNetwork& network,
    std::span<const uint32_t> relaxed_arcs,
    uint64_t most_trees) {
    const Chain chain = make_chain(network);
    return Search(chain, relaxed_arcs, most_trees).run();
}

ServicePlan service_plan_of(const ServiceNetwork& network, std::span<const int32_t> outbound_times) {
    CHECK(outbound_times.size() == network.stages.size());
    return settle(make_chain(network), outbound_times);
}

}  // namespace chipchain
