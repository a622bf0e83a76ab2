// Closed forms of queueing theory: what a simulation must agree with, and first sizes of tool groups.
//
// Rates and times may have any unit as long as it is the same one: with rates per hour, times are hours. `tools` is the
// number of identical parallel tools of a station, "lot" is what queues, scv is the squared coefficient of variation
// (variance / mean^2).
// Sources: Gross and Harris, Fundamentals of Queueing Theory, 3rd ed. 1998 [GH]; Hopp and Spearman, Factory Physics,
// 3rd ed. 2008 [HS].
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace chipchain {

// The steady state of one station. For an unstable station all means are +inf, and utilization is the offered load per
// tool, >= 1.
struct StationMeans {
    bool stable = true;
    double utilization = 0;       // busy share of each tool
    double wait_probability = 0;  // share of lots that must wait (0 where the formula does not give it)
    double queue_time = 0;        // mean wait before the process starts
    double cycle_time = 0;        // queue_time + process time
    double queue_length = 0;      // mean lots waiting
    double wip = 0;               // mean lots waiting or in process
    double lost_share = 0;        // share of arrivals turned away at a full station
};

// Returns the probability that all tools are busy when lots that find them so are lost, for offered_load = arrival rate
// * process time (Erlang B), by the stable recurrence B(c) = a B(c-1) / (c + a B(c-1)). [GH] 2.5.
double erlang_b(int64_t tools, double offered_load);

// Returns the probability that a lot must wait (Erlang C); 1 when offered_load >= tools. [GH] 2.3.
double erlang_c(int64_t tools, double offered_load);

// Returns the M/M/c station: Poisson arrivals, exponential process times of mean 1 / process_rate. tools = 1 is M/M/1.
// [GH] 2.2, 2.3. REQUIRES rates > 0, tools >= 1.
StationMeans mmc(double arrival_rate, double process_rate, int64_t tools = 1);

// Returns the probability that the wait, or the cycle time, of a first-come-first-served M/M/c lot exceeds t.
// 1 for an unstable station. [GH] 2.3.
double mmc_queue_time_exceeds(double arrival_rate, double process_rate, int64_t tools, double t);
double mmc_cycle_time_exceeds(double arrival_rate, double process_rate, int64_t tools, double t);

// Returns the M/G/1 station by the Pollaczek-Khinchine formula W_q = (1 + scv) / 2 * u / (1 - u) * process_time.
// scv = 1 is M/M/1, scv = 0 is M/D/1. [GH] 5.1.
StationMeans mg1(double arrival_rate, double process_time, double process_scv);

// One priority class of mg1_priorities.
struct PriorityClass {
    double arrival_rate = 0;
    double process_time = 0;
    double process_scv = 1;
};

// Returns the M/G/1 station per class, class 0 first in line, without preemption: a hot lot waits for the lot in
// process and for its equals. W_q(k) = R / ((1 - s(k-1)) (1 - s(k))), R = sum of rate * E[process^2] / 2, s(k) = load
// of classes 0..k. Cobham, Operations Research 2, 1954; [GH] 3.4. utilization is the load of the class alone; a class
// is unstable when s(k) >= 1, the ones before it are not.
std::vector<StationMeans> mg1_priorities(std::span<const PriorityClass> classes);

// Returns the stationary probabilities of a birth-death process with states 0..n, n = up.size() = down.size():
// up[i] is the rate from i to i + 1, down[i] the rate from i + 1 back to i (> 0). [GH] chapter 2.
std::vector<double> birth_death(std::span<const double> up, std::span<const double> down);

// Returns the M/M/c/K station: at most `capacity` lots, waiting or in process; an arrival at a full station is lost.
// The means are those of the accepted lots. Always stable. [GH] 2.4. REQUIRES capacity >= tools.
StationMeans mmck(double arrival_rate, double process_rate, int64_t tools, int64_t capacity);

// Machine repair: `tools` tools that fail at failure_rate each while they run, and `crews` crews that repair one tool
// each at repair_rate. Everything is exponential.
struct RepairMeans {
    double availability = 0;          // mean share of tools that run
    double down_tools = 0;            // mean tools waiting for a crew or in repair
    double waiting_tools = 0;         // mean tools waiting for a crew
    double down_time = 0;             // mean time from failure to running again
    double crew_utilization = 0;      // busy share of each crew
    std::vector<double> probability;  // [tools + 1] of n tools down
};

// Returns the finite-source queue M/M/c//N. [GH] 2.7.
RepairMeans machine_repair(int64_t tools, double failure_rate, double repair_rate, int64_t crews);

// One station of a Jackson network.
struct JacksonStation {
    double external_rate = 0;  // Poisson arrivals from outside
    double process_rate = 0;
    int64_t tools = 1;
};

struct JacksonMeans {
    bool stable = true;                 // every station is
    std::vector<double> arrival_rate;   // [station] total, solution of the traffic equations
    std::vector<StationMeans> station;  // [station]
    double wip = 0;
    double cycle_time = 0;  // from outside to outside = wip / sum of external rates
};

// Returns the open Jackson network: lots go from station i to j with probability routing[i * n + j] and leave with the
// rest. Each station behaves as M/M/c at its total arrival rate. Jackson, Operations Research 5, 1957; [GH] 4.2.
// Nothing when the traffic equations have no finite non-negative solution: a set of stations that lots enter and never
// leave, negative probabilities or a row sum above 1. REQUIRES routing.size() = n * n.
std::optional<JacksonMeans> jackson(std::span<const JacksonStation> stations, std::span<const double> routing);

// Returns the least positive root s < 1 of s = (arrival_rate / (arrival_rate + process_rate (1 - s)))^phases: the
// probability that an arrival of an E_phases/M/1 queue (Erlang arrivals, each phase at arrival_rate) must wait.
// 1 when unstable (arrival_rate >= phases * process_rate). [GH] 5.3.1 (GI/M/1).
double erlang_m1_root(double arrival_rate, double process_rate, int64_t phases);

// Returns a batch tool with the full-batch rule: lots arrive Poisson at arrival_rate, exactly `batch` of them start
// together, a batch takes an exponential time of mean 1 / process_rate. The means are per lot and contain the time
// until the batch is full, (batch - 1) / (2 arrival_rate) on average; after that, batches form an E_batch/M/1 queue.
// wait_probability is that of a full batch. batch = 1 is M/M/1.
StationMeans full_batch(double arrival_rate, double process_rate, int64_t batch);

// Returns a batch tool that starts with any number of lots up to `batch` and lets later lots join the batch in process
// while there is room ([GH] 3.2.2, partial batch M/M^[K]/1): wip = r / (1 - r) with r the root in (0, 1) of
// process_rate r^(batch + 1) - (arrival_rate + process_rate) r + arrival_rate = 0.
// Only utilization (offered load per place), wip, cycle_time, queue_length and queue_time (cycle time less the mean
// process time) are given.
StationMeans joining_batch(double arrival_rate, double process_rate, int64_t batch);

// Returns the mean queue time of a G/G/m station, (ca2 + ce2) / 2 * u^(sqrt(2 (m + 1)) - 1) / (m (1 - u)) * te, with
// ca2 and ce2 the scv of interarrival and effective process times. An approximation; exact for M/G/1. +inf for u >= 1.
// [HS] chapter 8, VUT equation for parallel machines (Sakasegawa 1977 times the variability term of Kingman 1961).
double ggm_queue_time(double ca2, double ce2, double utilization, int64_t tools, double te);

// Returns the mean cycle time of a lot at one batch tool with full batches and any distributions: time to fill the
// batch, then G/G/1 of batches with arrival scv ca2 / batch. +inf when unstable. [HS] chapter 9, parallel batching.
double full_batch_cycle_time(double arrival_rate, double ca2, int64_t batch, double batch_time, double batch_scv);

// Returns the scv of the departures of a G/G/m station, 1 + (1 - u^2)(ca2 - 1) + u^2 / sqrt(m) (ce2 - 1). [HS]
// eq. 8.11.
double departure_scv(double ca2, double ce2, double utilization, int64_t tools);

// The process time as the queue sees it.
struct EffectiveProcess {
    double availability = 1;
    double mean = 0;  // t_e
    double scv = 0;   // c_e^2
};

// Returns the effective process time of a tool that fails while it processes: A = mttf / (mttf + mttr), t_e = t_0 / A,
// c_e^2 = c_0^2 + (1 + c_r^2) A (1 - A) mttr / t_0. [HS] chapter 8, preemptive outages.
// Time to failure is exponential.
EffectiveProcess with_failures(double process_time, double process_scv, double mttf, double mttr, double repair_scv);

// Returns the effective process time with a setup after every `run` lots on average (geometric):
// t_e = t_0 + t_s / N, variance_e = var_0 + var_s / N + (N - 1) / N^2 * t_s^2. [HS] chapter 8,
// nonpreemptive outages.
EffectiveProcess with_setups(double process_time, double process_scv, double run, double setup_time, double setup_scv);

}  // namespace chipchain
