// Do the closed forms give the textbooks' numbers, and those of the Markov chain solved without any formula?
#include "chipchain/stats/queueing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "chipchain/stats/special.h"

namespace chipchain {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Returns the stationary probabilities of a continuous-time Markov chain of n states, given a function that calls
// `move(to, rate)` for every transition out of a state. Algorithm of Grassmann, Taksar and Heyman, Operations Research
// 33, 1985: elimination without subtraction.
std::vector<double> markov_chain(
    size_t n,
    const std::function<void(size_t, std::function<void(size_t, double)>)>& moves) {
    std::vector<double> q(n * n, 0.0);
    for (size_t i = 0; i < n; ++i) {
        moves(i, [&](size_t to, double rate) { q[i * n + to] += rate; });
    }
    for (size_t k = n - 1; k > 0; --k) {
        double out = 0;
        for (size_t j = 0; j < k; ++j) {
            out += q[k * n + j];
        }
        for (size_t i = 0; i < k; ++i) {
            const double factor = q[i * n + k] / out;
            q[i * n + k] = factor;
            for (size_t j = 0; factor != 0 && j < k; ++j) {
                q[i * n + j] += factor * q[k * n + j];
            }
        }
    }
    std::vector<double> p(n, 0.0);
    p[0] = 1;
    double sum = 1;
    for (size_t k = 1; k < n; ++k) {
        for (size_t i = 0; i < k; ++i) {
            p[k] += p[i] * q[i * n + k];
        }
        sum += p[k];
    }
    for (double& value : p) {
        value /= sum;
    }
    return p;
}

TEST(queueing, mm1_hair_salon_from_gross_and_harris) {
    // [GH] example 2.1: 5 customers an hour, 10 minutes each: L = 5, Lq = 25/6, W = 1 h, Wq = 50 minutes
    const StationMeans s = mmc(5, 6);
    EXPECT_NEAR(s.utilization, 5.0 / 6, 1e-15);
    EXPECT_NEAR(s.wip, 5, 1e-12);
    EXPECT_NEAR(s.queue_length, 25.0 / 6, 1e-12);
    EXPECT_NEAR(s.cycle_time, 1, 1e-12);
    EXPECT_NEAR(s.queue_time * 60, 50, 1e-10);
    EXPECT_NEAR(s.wait_probability, 5.0 / 6, 1e-14);
}

TEST(queueing, mmc_eye_clinic_from_gross_and_harris) {
    // [GH] example 2.2: 6 an hour, 20 minutes each, 3 doctors: p0 = 1/9, Lq = 8/9, L = 26/9, W = 28.9 minutes
    const StationMeans s = mmc(6, 3, 3);
    EXPECT_NEAR(s.queue_length, 8.0 / 9, 1e-14);
    EXPECT_NEAR(s.wip, 26.0 / 9, 1e-14);
    EXPECT_NEAR(s.cycle_time * 60, 28.9, 0.05);
    EXPECT_NEAR(s.wait_probability, 4.0 / 9, 1e-14);
}

TEST(queueing, unstable_stations_say_so) {
    for (const StationMeans& s :
         {mmc(7, 6), mmc(6, 6), mmc(18, 6, 3), mg1(2, 0.5, 0), full_batch(8, 2, 4), joining_batch(8, 2, 4)}) {
        EXPECT_FALSE(s.stable);
        EXPECT_GE(s.utilization, 1);
        EXPECT_EQ(s.cycle_time, kInf);
        EXPECT_EQ(s.wip, kInf);
    }
    EXPECT_EQ(mmc_cycle_time_exceeds(7, 6, 1, 3), 1.0);
    EXPECT_EQ(ggm_queue_time(1, 1, 1, 2, 1), kInf);
}

TEST(queueing, erlang_b_matches_the_published_table) {
    // the usual Erlang B table, 1 % loss: 1 line carries 0.0101 erlang, 5: 1.36, 10: 4.46, 20: 12.0, 50: 37.9,
    // 100: 84.1
    constexpr double kTable[][2] = {{1, 0.0101}, {5, 1.361}, {10, 4.461}, {20, 12.03}, {50, 37.90}, {100, 84.06}};
    for (const auto& row : kTable) {
        EXPECT_NEAR(erlang_b(static_cast<int64_t>(row[0]), row[1]), 0.01, 5e-5) << row[0];
    }
    EXPECT_EQ(erlang_b(0, 3), 1.0);
    EXPECT_EQ(erlang_c(2, 2), 1.0);
    EXPECT_NEAR(erlang_c(1, 0.7), 0.7, 1e-15);
    EXPECT_GT(erlang_c(10000, 9990), 0);  // no overflow of powers and factorials
    EXPECT_LT(erlang_c(10000, 9990), 1);
}

TEST(queueing, mmc_agrees_with_the_chain) {
    for (int64_t tools : {1, 2, 7}) {
        const double arrival = 0.7 * static_cast<double>(tools);
        const auto p = markov_chain(150, [&](size_t n, auto move) {
            if (n + 1 < 150) {
                move(n + 1, arrival);
            }
            if (n > 0) {
                move(n - 1, static_cast<double>(std::min<int64_t>(static_cast<int64_t>(n), tools)));
            }
        });
        double wip = 0;
        for (size_t n = 0; n < p.size(); ++n) {
            wip += static_cast<double>(n) * p[n];
        }
        EXPECT_NEAR(mmc(arrival, 1, tools).wip, wip, 1e-9) << tools;
    }
}

TEST(queueing, mmc_distributions_have_the_means) {
    for (int64_t tools : {1, 2, 5}) {
        for (double load : {0.3, 0.8}) {
            const double arrival = load * static_cast<double>(tools);
            const StationMeans s = mmc(arrival, 1, tools);
            EXPECT_NEAR(mmc_queue_time_exceeds(arrival, 1, tools, 0), s.wait_probability, 1e-15);
            EXPECT_NEAR(mmc_cycle_time_exceeds(arrival, 1, tools, 0), 1, 1e-14);
            // the integral of the tail is the mean (midpoint rule)
            double queue_time = 0;
            double cycle_time = 0;
            constexpr double kStep = 0.005;
            for (double t = kStep / 2; t < 250; t += kStep) {
                queue_time += kStep * mmc_queue_time_exceeds(arrival, 1, tools, t);
                cycle_time += kStep * mmc_cycle_time_exceeds(arrival, 1, tools, t);
            }
            EXPECT_NEAR(queue_time, s.queue_time, 1e-4);
            EXPECT_NEAR(cycle_time, s.cycle_time, 1e-4);
        }
    }
    // M/M/1: the cycle time is exponential with rate mu - lambda
    EXPECT_NEAR(mmc_cycle_time_exceeds(3, 4, 1, 2.5), deterministic_exp(-2.5), 1e-15);
    // c mu - lambda = mu is the limit of its neighbours
    const double at = mmc_cycle_time_exceeds(1, 1, 2, 1.3);
    EXPECT_NEAR(at, mmc_cycle_time_exceeds(1 + 1e-6, 1, 2, 1.3), 1e-6);
    EXPECT_NEAR(at, mmc_cycle_time_exceeds(1 - 1e-6, 1, 2, 1.3), 1e-6);
}

TEST(queueing, mg1_special_cases) {
    EXPECT_NEAR(mg1(5, 1.0 / 6, 1).wip, mmc(5, 6).wip, 1e-12);
    EXPECT_NEAR(mg1(5, 1.0 / 6, 0).queue_time, mmc(5, 6).queue_time / 2, 1e-12);  // M/D/1 waits half as long
    // M/E2/1 against its chain: states are the phases left to do, a lot brings two
    const double arrival = 0.7;
    constexpr size_t kStates = 240;
    const auto p = markov_chain(kStates, [&](size_t phases, auto move) {
        if (phases + 2 < kStates) {
            move(phases + 2, arrival);
        }
        if (phases > 0) {
            move(phases - 1, 2.0);
        }
    });
    double wip = 0;
    for (size_t phases = 0; phases < kStates; ++phases) {
        wip += static_cast<double>((phases + 1) / 2) * p[phases];
    }
    EXPECT_NEAR(mg1(arrival, 1, 0.5).wip, wip, 1e-9);
}

TEST(queueing, priorities_agree_with_the_chain) {
    // two classes, exponential times of different means; the state is (hot waiting, cold waiting, who is in process)
    constexpr size_t kRoom = 15;
    const PriorityClass classes[] = {{0.2, 1.0, 1.0}, {0.15, 1.5, 1.0}};
    // idle is state 0; busy states follow
    auto state = [](size_t hot, size_t cold, size_t in_process) { return 1 + (hot * kRoom + cold) * 2 + in_process; };
    const auto p = markov_chain(1 + 2 * kRoom * kRoom, [&](size_t s, auto move) {
        if (s == 0) {
            move(state(0, 0, 0), 0.2);
            move(state(0, 0, 1), 0.15);
            return;
        }
        const size_t in_process = (s - 1) % 2;
        const size_t cold = (s - 1) / 2 % kRoom;
        const size_t hot = (s - 1) / 2 / kRoom;
        if (hot + 1 < kRoom) {
            move(state(hot + 1, cold, in_process), 0.2);
        }
        if (cold + 1 < kRoom) {
            move(state(hot, cold + 1, in_process), 0.15);
        }
        const size_t next = hot > 0 ? state(hot - 1, cold, 0) : cold > 0 ? state(hot, cold - 1, 1) : 0;
        move(next, in_process == 0 ? 1.0 : 1 / 1.5);
    });
    double hot_queue = 0;
    double cold_queue = 0;
    for (size_t s = 1; s < p.size(); ++s) {
        hot_queue += static_cast<double>((s - 1) / 2 / kRoom) * p[s];
        cold_queue += static_cast<double>((s - 1) / 2 % kRoom) * p[s];
    }
    const auto means = mg1_priorities(classes);
    EXPECT_NEAR(means[0].queue_length, hot_queue, 1e-4);
    EXPECT_NEAR(means[1].queue_length, cold_queue, 1e-4);
    EXPECT_LT(means[0].queue_time, means[1].queue_time);
}

TEST(queueing, priorities_keep_the_conservation_law) {
    // Kleinrock: the sum of load * wait does not depend on the order of the classes
    const PriorityClass a{0.3, 1.0, 0.5};
    const PriorityClass b{0.2, 2.0, 2.0};
    const PriorityClass forward[] = {a, b};
    const PriorityClass backward[] = {b, a};
    const auto f = mg1_priorities(forward);
    const auto r = mg1_priorities(backward);
    EXPECT_NEAR(
        f[0].utilization * f[0].queue_time + f[1].utilization * f[1].queue_time,
        r[0].utilization * r[0].queue_time + r[1].utilization * r[1].queue_time,
        1e-12);
    // cold lots without end: a hot lot finds the tool busy with one of them for the rest of its exponential time
    const PriorityClass flooded[] = {{0.5, 1.0, 1.0}, {9.0, 1.0, 1.0}};
    const auto s = mg1_priorities(flooded);
    EXPECT_TRUE(s[0].stable);
    EXPECT_FALSE(s[1].stable);
    EXPECT_NEAR(s[0].queue_time, 1.0 / (1 - 0.5), 1e-12);
}

TEST(queueing, mmck_inspection_station_from_gross_and_harris) {
    // [GH] example 2.5: one car a minute, 6 minutes each, 3 stalls, room for 7: L = 6.06, Lq = 3.09, W = 12.3 minutes,
    // 30.4 cars an hour are turned away (the book goes on from p0 rounded to .00088, hence half a per cent)
    const StationMeans s = mmck(1, 1.0 / 6, 3, 7);
    EXPECT_NEAR(s.wip, 6.06, 0.005);
    EXPECT_NEAR(s.queue_length, 3.09, 0.005);
    EXPECT_NEAR(s.cycle_time, 12.3, 0.005 * 12.3);
    EXPECT_NEAR(60 * s.lost_share, 30.4, 0.005 * 30.4);
    EXPECT_NEAR(s.cycle_time - s.queue_time, 6, 1e-12);
    EXPECT_NEAR(mmck(2, 0.5, 5, 5).lost_share, erlang_b(5, 4), 1e-14);
    // equal rates, room for two: every state has probability 1/3, and of the accepted lots half find the tool busy
    EXPECT_NEAR(mmck(1, 1, 1, 2).wait_probability, 0.5, 1e-14);
    EXPECT_NEAR(mmck(1, 1, 1, 2).utilization, 2.0 / 3, 1e-14);
    EXPECT_NEAR(mmck(5, 6, 1, 400).wip, mmc(5, 6).wip, 1e-9);
    EXPECT_NEAR(mmck(5, 6, 1, 400).wait_probability, mmc(5, 6).wait_probability, 1e-9);
}

TEST(queueing, machine_repair_patrol_cars_from_winston) {
    // Winston, Operations Research, chapter 20, the Gotham patrol cars: 5 cars fail every 30 days, 2 crews, 3 days
    // each: probabilities .619 .310 .062 .009 .001 .000, L = .465, 4.535 good cars, down 3.08 days, a crew is idle .774
    // (the book goes on from pi0 rounded to .619)
    const RepairMeans r = machine_repair(5, 1.0 / 30, 1.0 / 3, 2);
    constexpr double kExpected[] = {0.619, 0.310, 0.062, 0.009, 0.001, 0.000};
    for (size_t n = 0; n < 6; ++n) {
        EXPECT_NEAR(r.probability[n], kExpected[n], 1e-3) << n;
    }
    EXPECT_NEAR(r.down_tools, 0.465, 1.1e-3);
    EXPECT_NEAR(r.availability * 5, 4.535, 1.1e-3);
    EXPECT_NEAR(r.down_time, 3.08, 0.01);
    EXPECT_NEAR(1 - r.crew_utilization, 0.774, 1e-3);
}

TEST(queueing, machine_repair_with_a_crew_per_tool_is_mttf_over_the_sum) {
    const RepairMeans r = machine_repair(40, 1.0 / 90, 1.0 / 10, 40);
    EXPECT_NEAR(r.availability, 0.9, 1e-12);
    EXPECT_NEAR(r.waiting_tools, 0, 1e-12);
    EXPECT_NEAR(r.down_time, 10, 1e-11);
    // a large fleet with one crew: the crew never rests, and no number overflows
    const RepairMeans overload = machine_repair(5000, 1, 1, 1);
    EXPECT_NEAR(overload.crew_utilization, 1, 1e-12);
    EXPECT_NEAR(overload.availability * 5000, 1, 1e-9);
}

TEST(queueing, jackson_two_servers_from_ross) {
    // Ross, Introduction to Probability Models, network of two servers: 4 and 5 arrive from outside, rates 8 and 10,
    // half of the first goes on to the second, a quarter of the second back: lambda = 6 and 8, L = 3 + 4, W = 7/9
    const JacksonStation stations[] = {{4, 8, 1}, {5, 10, 1}};
    const double routing[] = {0, 0.5, 0.25, 0};
    const auto net = jackson(stations, routing);
    ASSERT_TRUE(net.has_value());
    EXPECT_TRUE(net->stable);
    EXPECT_NEAR(net->arrival_rate[0], 6, 1e-12);
    EXPECT_NEAR(net->arrival_rate[1], 8, 1e-12);
    EXPECT_NEAR(net->station[0].wip, 3, 1e-12);
    EXPECT_NEAR(net->station[1].wip, 4, 1e-12);
    EXPECT_NEAR(net->cycle_time, 7.0 / 9, 1e-12);
}

TEST(queueing, jackson_reentrant_line_and_refusals) {
    // three visits to station 0 on average before a lot leaves from station 1
    const JacksonStation line[] = {{1, 10, 1}, {0, 2, 4}, {0, 1, 1}};
    const double loop[] = {0, 1, 0, 2.0 / 3, 0, 0, 0, 0, 0};
    const auto net = jackson(line, loop);
    ASSERT_TRUE(net.has_value());
    EXPECT_NEAR(net->arrival_rate[0], 3, 1e-12);
    EXPECT_NEAR(net->cycle_time, 3 * (mmc(3, 10).cycle_time + mmc(3, 2, 4).cycle_time), 1e-12);
    EXPECT_EQ(net->station[2].wip, 0.0);
    const double forever[] = {0, 1, 0, 1, 0, 0, 0, 0, 0};
    EXPECT_FALSE(jackson(line, forever).has_value());
    const double negative[] = {0, -0.1, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_FALSE(jackson(line, negative).has_value());
    const double above_one[] = {0, 0.6, 0.6, 0, 0, 0, 0, 0, 0};
    EXPECT_FALSE(jackson(line, above_one).has_value());
    const JacksonStation slow[] = {{1, 0.5, 1}};
    const double leave[] = {0};
    EXPECT_FALSE(jackson(slow, leave)->stable);
    EXPECT_EQ(jackson(slow, leave)->cycle_time, kInf);
    EXPECT_EQ(jackson({}, {})->cycle_time, 0.0);
}

TEST(queueing, erlang_m1_root_solves_its_equation) {
    for (int64_t phases : {1, 2, 5, 24}) {
        for (double load : {0.05, 0.5, 0.9, 0.999}) {
            const double rate = load * static_cast<double>(phases);
            const double s = erlang_m1_root(rate, 1, phases);
            EXPECT_GT(s, 0);
            EXPECT_LT(s, 1);
            const double right = deterministic_pow(rate / (rate + 1 - s), static_cast<double>(phases));
            EXPECT_NEAR(s, right, 1e-12);
        }
    }
    EXPECT_NEAR(erlang_m1_root(0.6, 1, 1), 0.6, 1e-14);  // M/M/1
    // E2/M/1 in closed form: the cubic without its root 1
    const double l = 1.2;
    EXPECT_NEAR(erlang_m1_root(l, 1, 2), ((2 * l + 1) - std::sqrt((2 * l + 1) * (2 * l + 1) - 4 * l * l)) / 2, 1e-13);
}

TEST(queueing, full_batch_agrees_with_the_chain) {
    for (int64_t batch : {1, 2, 6}) {
        for (double load : {0.3, 0.8}) {
            const double arrival = load * static_cast<double>(batch);
            const size_t b = static_cast<size_t>(batch);
            // state: lots waiting, twice, plus 1 when a batch is in process; idle only with fewer than b waiting
            constexpr size_t kRoom = 320;
            const auto p = markov_chain(2 * kRoom, [&](size_t s, auto move) {
                const size_t waiting = s / 2;
                const bool busy = s % 2 == 1;
                if (!busy && waiting >= b) {
                    move(2 * (waiting - b) + 1, 1.0);  // never reached
                    return;
                }
                if (!busy) {
                    move(waiting + 1 == b ? 1 : 2 * (waiting + 1), arrival);
                    return;
                }
                if (waiting + 1 < kRoom) {
                    move(2 * (waiting + 1) + 1, arrival);
                }
                move(waiting >= b ? 2 * (waiting - b) + 1 : 2 * waiting, 1.0);
            });
            double wip = 0;
            for (size_t s = 0; s < p.size(); ++s) {
                wip += p[s] * static_cast<double>(s / 2 + (s % 2) * b);
            }
            const StationMeans closed = full_batch(arrival, 1, batch);
            EXPECT_NEAR(closed.wip, wip, 1e-7 * wip) << batch << " " << load;
            EXPECT_NEAR(closed.utilization, load, 1e-12);
        }
    }
    EXPECT_NEAR(full_batch(5, 6, 1).cycle_time, mmc(5, 6).cycle_time, 1e-12);
}

TEST(queueing, joining_batch_car_wash_from_gross_and_harris) {
    // [GH] example 3.2: 20 cars an hour, 5 minutes, two at a time: r = 0.884, L = 7.6, W = 22.9 minutes
    const StationMeans s = joining_batch(20, 12, 2);
    EXPECT_NEAR(s.wip, 7.65, 0.05);
    EXPECT_NEAR(s.cycle_time * 60, 22.9, 0.1);
    EXPECT_NEAR(s.wip / (1 + s.wip), (std::sqrt(69.0) - 3) / 6, 1e-13);
    EXPECT_NEAR(joining_batch(5, 6, 1).wip, mmc(5, 6).wip, 1e-12);
    const auto p = markov_chain(300, [&](size_t n, auto move) {
        if (n + 1 < 300) {
            move(n + 1, 20);
        }
        if (n > 0) {
            move(n < 2 ? 0 : n - 2, 12);
        }
    });
    double wip = 0;
    for (size_t n = 0; n < p.size(); ++n) {
        wip += static_cast<double>(n) * p[n];
    }
    EXPECT_NEAR(s.wip, wip, 1e-9);
}

TEST(queueing, ggm_is_exact_for_one_poisson_fed_tool_and_close_for_many) {
    EXPECT_NEAR(ggm_queue_time(1, 0.4, 0.85, 1, 3), mg1(0.85 / 3, 3, 0.4).queue_time, 1e-11);
    // Sakasegawa's fit against Erlang C
    for (int64_t tools : {2, 3, 5, 10, 20}) {
        for (double u : {0.6, 0.8, 0.9, 0.95}) {
            const double exact = mmc(u * static_cast<double>(tools), 1, tools).queue_time;
            EXPECT_NEAR(ggm_queue_time(1, 1, u, tools, 1), exact, 0.05 * exact + 0.03) << tools << " " << u;
        }
    }
    EXPECT_EQ(ggm_queue_time(1, 1, 0, 3, 1), 0.0);
}

TEST(queueing, failures_hare_and_tortoise_from_factory_physics) {
    // [HS] chapter 8: t0 = 15 min, sigma0 = 3.35 min, availability 75 % both. Hare X19: up 12.4 h, down 4.133 h, so
    // te = 20 min, ce2 = 6.25. Tortoise 2000: up 1.9 h, down 0.633 h, so ce2 = 1.0
    const double c02 = 3.35 * 3.35 / (15 * 15);
    const EffectiveProcess hare = with_failures(15, c02, 744, 248, 1);
    EXPECT_NEAR(hare.availability, 0.75, 1e-12);
    EXPECT_NEAR(hare.mean, 20, 1e-12);
    EXPECT_NEAR(hare.scv, 6.25, 0.005);
    const EffectiveProcess tortoise = with_failures(15, c02, 114, 38, 1);
    EXPECT_NEAR(tortoise.mean, 20, 1e-12);
    EXPECT_NEAR(tortoise.scv, 1.0, 0.005);
}

TEST(queueing, setups_flexible_or_fast_from_factory_physics) {
    // [HS] chapter 8: t0 = 1 h, c0^2 = 0.0625, a 2 h setup with cs^2 = 0.0625 after 10 lots: te = 1.2 h, ce2 = 0.31
    const EffectiveProcess e = with_setups(1, 0.0625, 10, 2, 0.0625);
    EXPECT_NEAR(e.mean, 1.2, 1e-12);
    EXPECT_NEAR(e.scv, 0.31, 0.005);
    EXPECT_NEAR(with_setups(1, 0.3, 1, 0, 0).scv, 0.3, 1e-15);
}

TEST(queueing, departures_between_arrivals_and_process) {
    EXPECT_NEAR(departure_scv(1, 1, 0.7, 1), 1, 1e-15);  // Burke: Poisson in, Poisson out
    EXPECT_NEAR(departure_scv(1, 1, 0.7, 5), 1, 1e-15);
    EXPECT_NEAR(departure_scv(0.5, 6.25, 0.9, 1), 0.81 * 6.25 + 0.19 * 0.5, 1e-14);  // u^2 ce2 + (1 - u^2) ca2
}

TEST(queueing, full_batch_cycle_time_against_the_exact_form) {
    // Poisson lots and exponential batches: fill and process times are exact, the queue is Kingman's approximation of
    // the E_b/M/1 queue, an upper bound that becomes exact in heavy traffic
    for (double load : {0.9, 0.99}) {
        const double arrival = load * 6;
        const double exact = full_batch(arrival, 1, 6).cycle_time;
        const double fitted = full_batch_cycle_time(arrival, 1, 6, 1, 1);
        EXPECT_GT(fitted, exact);
        EXPECT_NEAR(fitted / exact, 1, 2 * (1 - load));
    }
    EXPECT_NEAR(full_batch_cycle_time(5, 1, 1, 1.0 / 6, 1), mmc(5, 6).cycle_time, 1e-11);
    EXPECT_EQ(full_batch_cycle_time(7, 1, 1, 1.0 / 6, 1), kInf);
}

}  // namespace
}  // namespace chipchain
