#include "chipchain/plan/exposure.h"

#include <algorithm>
#include <map>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

constexpr double kSolverError = 1e-9;  // relative, of what a solver returns

void check_network(const ExposureNetwork& network) {
    for (const ExposureNode& node : network.nodes) {
        CHECK(node.capacity >= 0 && node.stock >= 0 && node.ttr_weeks >= 0);
        CHECK(node.capacity_left >= 0 && node.capacity_left <= 1);
    }
    for (const ExposureProduct& product : network.products) {
        CHECK(product.demand >= 0 && product.stock >= 0 && product.loss_usd >= 0);
    }
    for (const ExposureArc& arc : network.arcs) {
        CHECK(arc.product < network.products.size() && arc.node < network.nodes.size() && arc.use > 0);
    }
}

// units per week of each node during the outage
std::vector<double> capacities(const ExposureNetwork& network, std::span<const uint32_t> nodes_out) {
    std::vector<double> capacity;
    for (const ExposureNode& node : network.nodes) capacity.push_back(node.capacity);
    for (const uint32_t i : nodes_out) capacity[i] = network.nodes[i].capacity * network.nodes[i].capacity_left;
    return capacity;
}

// The rows and arc columns that both programs share; their bounds are those of time 0.
struct Program {
    LinearProgram program;
    std::vector<RowIndex> node_rows;  // sum of use * y <= stock
    struct Need {
        uint32_t product;
        RowIndex row;  // sum of y >= -stock
    };
    std::vector<Need> needs;  // one per part of a product, one for a product without parts
};

Program make_program(const ExposureNetwork& network) {
    Program p;
    for (const ExposureNode& node : network.nodes) p.node_rows.push_back(p.program.add_row(-kInfinity, node.stock));
    std::map<std::pair<uint32_t, uint32_t>, RowIndex> rows;
    std::vector<bool> made(network.products.size());
    const auto need = [&](uint32_t product) {
        const RowIndex row = p.program.add_row(-network.products[product].stock, kInfinity);
        p.needs.push_back({product, row});
        return row;
    };
    for (const ExposureArc& arc : network.arcs) {
        const auto [at, fresh] = rows.try_emplace({arc.product, arc.part});
        if (fresh) at->second = need(arc.product);
        made[arc.product] = true;
    }
    for (uint32_t j = 0; j < network.products.size(); ++j) {
        if (!made[j]) need(j);
    }
    for (const ExposureArc& arc : network.arcs) {
        p.program.add_column(0, 0, kInfinity);
        p.program.add_entry(p.node_rows[arc.node], arc.use);
        p.program.add_entry(rows.at({arc.product, arc.part}), 1);
    }
    return p;
}

// adds the lost units, solves for the time of the outage
void find_impact(
    const ExposureNetwork& network,
    std::span<const double> capacity,
    double weeks,
    Solver& solver,
    Exposure& result) {
    Program p = make_program(network);
    std::vector<ColumnIndex> lost;
    for (uint32_t j = 0; j < network.products.size(); ++j) {
        lost.push_back(p.program.add_column(network.products[j].loss_usd, 0, kInfinity));
        for (const Program::Need& need : p.needs) {
            if (need.product == j) p.program.add_entry(need.row, 1);
        }
    }
    for (const Program::Need& need : p.needs) {
        const ExposureProduct& product = network.products[need.product];
        p.program.set_row_bounds(need.row, product.demand * weeks - product.stock, kInfinity);
    }
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        p.program.set_row_bounds(p.node_rows[i], -kInfinity, capacity[i] * weeks + network.nodes[i].stock);
    }
    solver.load(std::move(p.program));
    const LpSolution solution = solver.solve();
    result.status = solution.status;
    if (solution.status != SolveStatus::optimal) return;
    result.impact_usd = solution.objective;
    for (const ColumnIndex column : lost) result.lost.push_back(solution.primal[column.value]);
}

// A column that multiplies demands, and capacities where `with_capacity`; maximised.
ColumnIndex add_multiplier(
    const ExposureNetwork& network,
    std::span<const double> capacity,
    bool with_capacity,
    double most,
    Program& p) {
    const ColumnIndex column = p.program.add_column(-1, 0, most);
    for (const Program::Need& need : p.needs) {
        const double demand = network.products[need.product].demand;
        if (demand > 0) p.program.add_entry(need.row, -demand);
    }
    for (size_t i = 0; with_capacity && i < network.nodes.size(); ++i) {
        if (capacity[i] > 0) p.program.add_entry(p.node_rows[i], -capacity[i]);
    }
    return column;
}

// The share of all demands that goes on for ever: without stocks, one week of capacity for a share of a week's demand.
void find_sustained_share(
    const ExposureNetwork& network,
    std::span<const double> capacity,
    Solver& solver,
    Exposure& result) {
    Program p = make_program(network);
    for (const Program::Need& need : p.needs) p.program.set_row_bounds(need.row, 0, kInfinity);
    for (size_t i = 0; i < network.nodes.size(); ++i) p.program.set_row_bounds(p.node_rows[i], -kInfinity, capacity[i]);
    const ColumnIndex share = add_multiplier(network, capacity, false, 1, p);
    solver.load(std::move(p.program));
    const LpSolution solution = solver.solve();
    result.status = solution.status;
    if (solution.status == SolveStatus::optimal) result.sustained_share = solution.primal[share.value];
}

// The longest time, with stocks. Asked only where it is finite: verdicts "unbounded" are made with tolerances.
void find_survival(const ExposureNetwork& network, std::span<const double> capacity, Solver& solver, Exposure& result) {
    find_sustained_share(network, capacity, solver, result);
    if (result.status != SolveStatus::optimal) return;
    if (result.sustained_share >= 1 - kSolverError) {
        result.sustained_share = 1;
        result.tts_weeks = kInfinity;
        return;
    }
    Program p = make_program(network);
    const ColumnIndex time = add_multiplier(network, capacity, true, kInfinity, p);
    solver.load(std::move(p.program));
    const LpSolution solution = solver.solve();
    result.status = solution.status;
    if (solution.status == SolveStatus::optimal) result.tts_weeks = solution.primal[time.value];
}

}  // namespace

Exposure
exposure_of(const ExposureNetwork& network, std::span<const uint32_t> nodes_out, double weeks, Solver& solver) {
    check_network(network);
    CHECK(weeks >= 0);
    const std::vector<double> capacity = capacities(network, nodes_out);
    Exposure result;
    find_impact(network, capacity, weeks, solver, result);
    if (result.status == SolveStatus::optimal) find_survival(network, capacity, solver, result);
    result.safe = result.status == SolveStatus::optimal && result.tts_weeks >= weeks * (1 - kSolverError);
    return result;
}

std::vector<Exposure> rank_exposures(const ExposureNetwork& network, Solver& solver) {
    std::vector<Exposure> exposures;
    for (uint32_t i = 0; i < network.nodes.size(); ++i) {
        const uint32_t out[] = {i};
        exposures.push_back(exposure_of(network, out, network.nodes[i].ttr_weeks, solver));
        exposures.back().node = i;
    }
    std::stable_sort(exposures.begin(), exposures.end(), [](const Exposure& a, const Exposure& b) {
        if (a.impact_usd != b.impact_usd) return a.impact_usd > b.impact_usd;
        return a.tts_weeks < b.tts_weeks;
    });
    return exposures;
}

}  // namespace chipchain
