#include "chipchain/stats/queueing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "chipchain/base/check.h"
#include "chipchain/stats/special.h"

namespace chipchain {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Returns x^n by repeated multiplication.
double integer_power(double x, int64_t n) {
    double result = 1;
    for (; n > 0; n >>= 1) {
        if (n & 1) {
            result *= x;
        }
        x *= x;
    }
    return result;
}

StationMeans unstable(double utilization) {
    StationMeans out;
    out.stable = false;
    out.utilization = utilization;
    out.wait_probability = 1;
    out.queue_time = out.cycle_time = out.queue_length = out.wip = kInf;
    return out;
}

// Fills the other means from the queue time by Little's law.
void complete(StationMeans& out, double arrival_rate, double process_time) {
    out.cycle_time = out.queue_time + process_time;
    out.queue_length = arrival_rate * out.queue_time;
    out.wip = arrival_rate * out.cycle_time;
}

}  // namespace

double erlang_b(int64_t tools, double offered_load) {
    double b = 1;
    for (int64_t c = 1; c <= tools; ++c) {
        b = offered_load * b / (static_cast<double>(c) + offered_load * b);
    }
    return b;
}

double erlang_c(int64_t tools, double offered_load) {
    const double utilization = offered_load / static_cast<double>(tools);
    if (utilization >= 1) {
        return 1;
    }
    const double b = erlang_b(tools, offered_load);
    return b / (1 - utilization * (1 - b));
}

StationMeans mmc(double arrival_rate, double process_rate, int64_t tools) {
    CHECK(arrival_rate > 0 && process_rate > 0 && tools >= 1);
    StationMeans out;
    const double capacity = static_cast<double>(tools) * process_rate;
    out.utilization = arrival_rate / capacity;
    if (out.utilization >= 1) {
        return unstable(out.utilization);
    }
    out.wait_probability = erlang_c(tools, arrival_rate / process_rate);
    out.queue_time = out.wait_probability / (capacity - arrival_rate);
    complete(out, arrival_rate, 1 / process_rate);
    return out;
}

double mmc_queue_time_exceeds(double arrival_rate, double process_rate, int64_t tools, double t) {
    const double slack = static_cast<double>(tools) * process_rate - arrival_rate;
    if (slack <= 0) {
        return 1;
    }
    return erlang_c(tools, arrival_rate / process_rate) * deterministic_exp(-slack * t);
}

double mmc_cycle_time_exceeds(double arrival_rate, double process_rate, int64_t tools, double t) {
    const double slack = static_cast<double>(tools) * process_rate - arrival_rate;
    if (slack <= 0) {
        return 1;
    }
    // the process time is exponential(process_rate); with probability C a wait exponential(slack) comes before it
    const double wait = erlang_c(tools, arrival_rate / process_rate);
    const double no_wait_tail = deterministic_exp(-process_rate * t);
    const double gap = slack - process_rate;
    const double both_tail = std::fabs(gap) < 1e-9 * process_rate
                                 ? (1 + process_rate * t) * no_wait_tail
                                 : (slack * no_wait_tail - process_rate * deterministic_exp(-slack * t)) / gap;
    return (1 - wait) * no_wait_tail + wait * both_tail;
}

StationMeans mg1(double arrival_rate, double process_time, double process_scv) {
    const PriorityClass only{arrival_rate, process_time, process_scv};
    return mg1_priorities(std::span(&only, 1))[0];
}

std::vector<StationMeans> mg1_priorities(std::span<const PriorityClass> classes) {
    // the mean remaining process time that an arrival finds; a saturated class gets what its betters leave of the tool
    double residual = 0;
    double busy = 0;
    for (const PriorityClass& c : classes) {
        const double share = std::min(c.arrival_rate * c.process_time, 1 - busy);
        residual += 0.5 * share * c.process_time * (1 + c.process_scv);
        busy += share;
    }
    std::vector<StationMeans> out;
    double load_before = 0;
    for (const PriorityClass& c : classes) {
        const double load = c.arrival_rate * c.process_time;
        const double load_through = load_before + load;
        StationMeans means = unstable(load);
        if (load_through < 1) {
            means = StationMeans();
            means.utilization = load;
            means.wait_probability = busy;
            means.queue_time = residual / ((1 - load_before) * (1 - load_through));
            complete(means, c.arrival_rate, c.process_time);
        }
        out.push_back(means);
        load_before = load_through;
    }
    return out;
}

std::vector<double> birth_death(std::span<const double> up, std::span<const double> down) {
    CHECK(up.size() == down.size());
    std::vector<double> p(up.size() + 1, 0.0);
    p[0] = 1;
    double sum = 1;
    for (size_t n = 1; n < p.size(); ++n) {
        p[n] = p[n - 1] * (up[n - 1] / down[n - 1]);
        sum += p[n];
        if (sum > 1e200) {
            for (size_t i = 0; i <= n; ++i) {
                p[i] *= 1e-200;
            }
            sum *= 1e-200;
        }
    }
    for (double& value : p) {
        value /= sum;
    }
    return p;
}

StationMeans mmck(double arrival_rate, double process_rate, int64_t tools, int64_t capacity) {
    CHECK(arrival_rate > 0 && process_rate > 0 && tools >= 1 && capacity >= tools);
    const size_t k = static_cast<size_t>(capacity);
    std::vector<double> up(k, arrival_rate);
    std::vector<double> down(k);
    for (size_t n = 0; n < k; ++n) {
        down[n] = process_rate * static_cast<double>(std::min<int64_t>(static_cast<int64_t>(n) + 1, tools));
    }
    const std::vector<double> p = birth_death(up, down);
    StationMeans out;
    out.lost_share = p[k];
    double waiting_states = 0;
    for (size_t n = 0; n <= k; ++n) {
        const double lots = static_cast<double>(n);
        const double excess = std::max(lots - static_cast<double>(tools), 0.0);
        out.wip += lots * p[n];
        out.queue_length += excess * p[n];
        waiting_states += static_cast<int64_t>(n) >= tools && n < k ? p[n] : 0;
    }
    const double accepted_rate = arrival_rate * (1 - out.lost_share);
    out.utilization = accepted_rate / (process_rate * static_cast<double>(tools));
    out.wait_probability = waiting_states / (1 - out.lost_share);
    out.queue_time = out.queue_length / accepted_rate;
    out.cycle_time = out.wip / accepted_rate;
    return out;
}

RepairMeans machine_repair(int64_t tools, double failure_rate, double repair_rate, int64_t crews) {
    CHECK(tools >= 1 && crews >= 1 && failure_rate > 0 && repair_rate > 0);
    const size_t count = static_cast<size_t>(tools);
    std::vector<double> up(count);
    std::vector<double> down(count);
    for (size_t n = 0; n < count; ++n) {
        up[n] = failure_rate * static_cast<double>(count - n);
        down[n] = repair_rate * static_cast<double>(std::min<int64_t>(static_cast<int64_t>(n) + 1, crews));
    }
    RepairMeans out;
    out.probability = birth_death(up, down);
    double busy_crews = 0;
    for (size_t n = 0; n <= count; ++n) {
        const double broken = static_cast<double>(n);
        const double in_repair = std::min(broken, static_cast<double>(crews));
        out.down_tools += broken * out.probability[n];
        busy_crews += in_repair * out.probability[n];
    }
    const double total = static_cast<double>(tools);
    out.waiting_tools = out.down_tools - busy_crews;
    out.availability = (total - out.down_tools) / total;
    out.down_time = out.down_tools / (failure_rate * (total - out.down_tools));
    out.crew_utilization = busy_crews / static_cast<double>(crews);
    return out;
}

namespace {

// Solves matrix * x = right by Gaussian elimination with partial pivoting, in place; the solution is in `right`.
// Returns false when a pivot vanishes. matrix is n x n, row by row.
bool solve_linear(std::vector<double>& matrix, std::vector<double>& right) {
    const size_t n = right.size();
    for (size_t column = 0; column < n; ++column) {
        size_t pivot = column;
        for (size_t row = column + 1; row < n; ++row) {
            if (std::fabs(matrix[row * n + column]) > std::fabs(matrix[pivot * n + column])) {
                pivot = row;
            }
        }
        if (std::fabs(matrix[pivot * n + column]) < 1e-12) {
            return false;
        }
        for (size_t i = 0; i < n; ++i) {
            std::swap(matrix[pivot * n + i], matrix[column * n + i]);
        }
        std::swap(right[pivot], right[column]);
        for (size_t row = column + 1; row < n; ++row) {
            const double factor = matrix[row * n + column] / matrix[column * n + column];
            for (size_t i = column; i < n; ++i) {
                matrix[row * n + i] -= factor * matrix[column * n + i];
            }
            right[row] -= factor * right[column];
        }
    }
    for (size_t row = n; row-- > 0;) {
        for (size_t i = row + 1; i < n; ++i) {
            right[row] -= matrix[row * n + i] * right[i];
        }
        right[row] /= matrix[row * n + row];
    }
    return true;
}

bool is_routing(std::span<const double> routing, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (size_t j = 0; j < n; ++j) {
            if (!(routing[i * n + j] >= 0)) {
                return false;
            }
            sum += routing[i * n + j];
        }
        if (sum > 1 + 1e-9) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<JacksonMeans> jackson(std::span<const JacksonStation> stations, std::span<const double> routing) {
    const size_t n = stations.size();
    CHECK(routing.size() == n * n);
    if (!is_routing(routing, n)) {
        return std::nullopt;
    }

    // traffic equations: rate[j] - sum over i of rate[i] * routing[i][j] = external[j]
    JacksonMeans out;
    std::vector<double> matrix(n * n);
    double external_sum = 0;
    for (size_t j = 0; j < n; ++j) {
        for (size_t i = 0; i < n; ++i) {
            matrix[j * n + i] = (i == j ? 1.0 : 0.0) - routing[i * n + j];
        }
        out.arrival_rate.push_back(stations[j].external_rate);
        external_sum += stations[j].external_rate;
    }
    if (!solve_linear(matrix, out.arrival_rate)) {
        return std::nullopt;
    }

    // every station is an M/M/c queue of its own
    for (size_t j = 0; j < n; ++j) {
        const double rate = std::max(out.arrival_rate[j], 0.0);
        StationMeans means;
        if (rate > 0) {
            means = mmc(rate, stations[j].process_rate, stations[j].tools);
        }
        out.stable = out.stable && means.stable;
        out.wip += means.wip;
        out.station.push_back(means);
    }
    out.cycle_time = external_sum > 0 ? out.wip / external_sum : 0.0;
    return out;
}

double erlang_m1_root(double arrival_rate, double process_rate, int64_t phases) {
    CHECK(arrival_rate > 0 && process_rate > 0 && phases >= 1);
    const double stages = static_cast<double>(phases);
    if (arrival_rate >= stages * process_rate) {
        return 1;
    }
    // f(s) = (...)^phases - s is convex with f(0) > 0: Newton's method from 0 climbs to the least root
    double s = 0;
    for (int i = 0; i < 200; ++i) {
        const double denominator = arrival_rate + process_rate * (1 - s);
        const double power = integer_power(arrival_rate / denominator, phases);
        const double slope = stages * power * process_rate / denominator - 1;
        const double next = s - (power - s) / slope;
        if (!(next > s && next < 1)) {
            break;
        }
        s = next;
    }
    return s;
}

StationMeans full_batch(double arrival_rate, double process_rate, int64_t batch) {
    CHECK(batch >= 1);
    const double size = static_cast<double>(batch);
    StationMeans out;
    out.utilization = arrival_rate / (size * process_rate);
    if (out.utilization >= 1) {
        return unstable(out.utilization);
    }
    const double s = erlang_m1_root(arrival_rate, process_rate, batch);
    out.wait_probability = s;
    out.queue_time = 0.5 * (size - 1) / arrival_rate + s / (process_rate * (1 - s));
    complete(out, arrival_rate, 1 / process_rate);
    return out;
}

StationMeans joining_batch(double arrival_rate, double process_rate, int64_t batch) {
    CHECK(arrival_rate > 0 && process_rate > 0 && batch >= 1);
    StationMeans out;
    out.utilization = arrival_rate / (static_cast<double>(batch) * process_rate);
    if (out.utilization >= 1) {
        return unstable(out.utilization);
    }
    // g(r) = mu r^(b+1) - (lambda + mu) r + lambda is convex with g(0) > 0 and g(1) = 0: climb from 0 to the lesser
    // root
    double r = 0;
    for (int i = 0; i < 200; ++i) {
        const double power = integer_power(r, batch);
        const double value = process_rate * power * r - (arrival_rate + process_rate) * r + arrival_rate;
        const double slope = process_rate * static_cast<double>(batch + 1) * power - (arrival_rate + process_rate);
        const double next = r - value / slope;
        if (!(next > r && next < 1)) {
            break;
        }
        r = next;
    }
    out.wip = r / (1 - r);
    out.cycle_time = out.wip / arrival_rate;
    out.queue_time = out.cycle_time - 1 / process_rate;
    out.queue_length = arrival_rate * out.queue_time;
    return out;
}

double ggm_queue_time(double ca2, double ce2, double utilization, int64_t tools, double te) {
    CHECK(tools >= 1 && utilization >= 0);
    if (utilization >= 1) {
        return kInf;
    }
    const double m = static_cast<double>(tools);
    const double crowding = deterministic_pow(utilization, std::sqrt(2 * (m + 1)) - 1) / (m * (1 - utilization));
    return 0.5 * (ca2 + ce2) * crowding * te;
}

double full_batch_cycle_time(double arrival_rate, double ca2, int64_t batch, double batch_time, double batch_scv) {
    CHECK(batch >= 1 && arrival_rate > 0);
    const double size = static_cast<double>(batch);
    const double fill = 0.5 * (size - 1) / arrival_rate;
    const double utilization = arrival_rate * batch_time / size;
    return fill + ggm_queue_time(ca2 / size, batch_scv, utilization, 1, batch_time) + batch_time;
}

double departure_scv(double ca2, double ce2, double utilization, int64_t tools) {
    const double square = utilization * utilization;
    return 1 + (1 - square) * (ca2 - 1) + square / std::sqrt(static_cast<double>(tools)) * (ce2 - 1);
}

EffectiveProcess with_failures(double process_time, double process_scv, double mttf, double mttr, double repair_scv) {
    EffectiveProcess out;
    out.availability = mttf / (mttf + mttr);
    out.mean = process_time / out.availability;
    const double a = out.availability;
    out.scv = process_scv + (1 + repair_scv) * a * (1 - a) * mttr / process_time;
    return out;
}

EffectiveProcess with_setups(double process_time, double process_scv, double run, double setup_time, double setup_scv) {
    EffectiveProcess out;
    out.mean = process_time + setup_time / run;
    const double process_variance = process_scv * process_time * process_time;
    const double setup_square = setup_time * setup_time;
    const double variance = process_variance + setup_scv * setup_square / run + (run - 1) / (run * run) * setup_square;
    out.scv = variance / (out.mean * out.mean);
    return out;
}

}  // namespace chipchain
