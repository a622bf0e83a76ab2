#include "chipchain/chip/mutations.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/simulate_program.h"

namespace chipchain {

namespace {

constexpr MutationInfo kMutations[] = {
    {Mutation::half_away, "half_away", "ties away from zero", false},
    {Mutation::zero_before_round, "zero_before_round", "the zero point is added before rounding", false},
    {Mutation::reciprocal, "reciprocal", "a product with 1 / scale instead of the quotient", false},
    {Mutation::saturating_accumulator, "saturating_accumulator", "sums stop at the ends of 32 bits", false},
    {Mutation::int16_spill, "int16_spill", "partial sums are kept in 16 bits every 16 terms", false},
    {Mutation::fused, "fused", "a multiply-add with one rounding", false},
    {Mutation::dropped_token, "dropped_token", "a wait is left out", true},
    {Mutation::stale_sram, "stale_sram", "a load into a place used before is left out", true},
    {Mutation::pad_value, "pad_value", "padding is filled with another byte", true},
    {Mutation::channel_scale, "channel_scale", "the scales of two channels change places", true},
};

constexpr size_t kSpillTerms = 16;  // assumption: the depth of a small array

int32_t limited(double value, const Clamp& clamp) {
    return static_cast<int32_t>(std::clamp<double>(value, clamp.low, clamp.high));
}

// The sum of the terms as the mistaken accumulator holds it.
int32_t mutated_sum(Mutation mutation, const SumTerms& terms) {
    int64_t sum = 0;
    size_t i = 0;
    for (int32_t product : terms.products) {
        sum += product;
        if (mutation == Mutation::saturating_accumulator) sum = std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX);
        if (mutation == Mutation::int16_spill && ++i % kSpillTerms == 0) {
            sum = std::clamp<int64_t>(sum, INT16_MIN, INT16_MAX);
        }
    }
    sum += terms.bias;
    if (mutation == Mutation::saturating_accumulator) sum = std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX);
    return static_cast<int32_t>(static_cast<uint32_t>(sum));
}

int32_t mutated_requantise(Mutation mutation, int32_t sum, const Rescale& rescale, const Clamp& clamp) {
    if (rescale.mode != RequantMode::f32_rne) return requantise(sum, rescale, clamp);
    const float value = static_cast<float>(sum) * rescale.scale;
    if (mutation == Mutation::half_away) {
        return limited(double{std::round(value)} + clamp.zero, clamp);
    }
    if (mutation == Mutation::zero_before_round) {
        return limited(double{std::nearbyint(value + static_cast<float>(clamp.zero))}, clamp);
    }
    return requantise(sum, rescale, clamp);
}

int32_t mutated_pair(Mutation mutation, bool is_sum, int32_t a, int32_t b, const Elementwise& e) {
    const float left = dequantise(a, e.scale_a, e.zero_a);
    const float right = dequantise(b, e.scale_b, e.zero_b);
    float both = is_sum ? left + right : left * right;
    if (mutation == Mutation::fused && is_sum)
        both = __builtin_fmaf(static_cast<float>(a - e.zero_a), e.scale_a, right);
    if (mutation == Mutation::reciprocal) {
        const float inverse = 1.0F / e.scale_y;
        return limited(double{std::nearbyint(both * inverse)} + e.clamp.zero, e.clamp);
    }
    if (mutation == Mutation::half_away) {
        return limited(double{std::round(both / e.scale_y)} + e.clamp.zero, e.clamp);
    }
    if (mutation == Mutation::zero_before_round) {
        const float value = both / e.scale_y;
        return limited(double{std::nearbyint(value + static_cast<float>(e.clamp.zero))}, e.clamp);
    }
    return quantise(both, e.scale_y, e.clamp);
}

void run_mutated_node(Mutation mutation, const IntegerNetwork& network, const IntegerNode& node, TensorBytes& values) {
    run_golden_node(network, node, values);
    const bool is_sum =
        node.op == IntegerOp::conv || node.op == IntegerOp::matmul || node.op == IntegerOp::average_pool;
    const bool is_pair = node.op == IntegerOp::add || node.op == IntegerOp::multiply;
    if (!is_sum && !is_pair) return;
    std::vector<uint8_t>& y = values[node.output];
    for (size_t place = 0; place < y.size(); ++place) {
        if (is_sum) {
            const SumTerms terms = sum_terms(network, node, values, static_cast<int64_t>(place));
            const int32_t sum = mutated_sum(mutation, terms);
            y[place] = static_cast<uint8_t>(mutated_requantise(mutation, sum, terms.rescale, terms.clamp));
            continue;
        }
        const auto number = [&](size_t operand) {
            const TensorId id = node.inputs[operand];
            return value_of(values[id][place % values[id].size()], network.tensors[id].quant.type);
        };
        y[place] = static_cast<uint8_t>(
            mutated_pair(mutation, node.op == IntegerOp::add, number(0), number(1), node.elementwise));
    }
}

// Bytes that differ between the golden and the mistaken executor.
uint64_t count_differing(Mutation mutation, const ConformCase& c, std::string& how) {
    uint64_t differing = 0;
    for (const auto& inputs : c.inputs) {
        const TensorBytes expected = run_golden(c.network, inputs);
        const TensorBytes found = run_mutated(mutation, c.network, inputs);
        const Divergence d = first_divergence(c.network, expected, found);
        if (d.node == UINT32_MAX) continue;
        differing += static_cast<uint64_t>(d.differing);
        if (how.empty()) how = fmt::format("{}: {}", c.name, divergence_text(c.network, d));
    }
    return differing;
}

// ---- mistakes in programs ----

// Where a load brings other bytes to a place that an earlier load of the same core filled: (stream, index). A load that
// brings the same bytes again is left out: without it nothing changes.
std::vector<std::pair<size_t, size_t>> repeated_loads(const Program& program) {
    std::vector<std::pair<size_t, size_t>> places;
    for (size_t s = 0; s < program.streams.size(); ++s) {
        std::map<uint64_t, const Load*> last;
        const auto& instructions = program.streams[s].instructions;
        for (size_t i = 0; i < instructions.size(); ++i) {
            const Load* load = std::get_if<Load>(&instructions[i].body);
            if (load == nullptr || load->fill) continue;
            const Load*& before = last[load->target];
            if (before != nullptr && before->source != load->source) places.emplace_back(s, i);
            before = load;
        }
    }
    return places;
}

template <class Wanted>
std::vector<std::pair<size_t, size_t>> places_of(const Program& program, Wanted wanted) {
    std::vector<std::pair<size_t, size_t>> places;
    for (size_t s = 0; s < program.streams.size(); ++s) {
        const auto& instructions = program.streams[s].instructions;
        for (size_t i = 0; i < instructions.size(); ++i) {
            if (wanted(instructions[i])) places.emplace_back(s, i);
        }
    }
    return places;
}

// Fills of vector and load queues, as padding is made.
const Transfer* fill_of(const Instruction& instruction) {
    const Load* load = std::get_if<Load>(&instruction.body);
    const Copy* copy = std::get_if<Copy>(&instruction.body);
    if (load != nullptr && load->fill) return load;
    return copy != nullptr && copy->fill ? copy : nullptr;
}

std::vector<std::pair<size_t, size_t>> mutation_places(Mutation mutation, const Program& program) {
    if (mutation == Mutation::stale_sram) return repeated_loads(program);
    if (mutation == Mutation::pad_value) {
        return places_of(program, [](const Instruction& i) { return fill_of(i) != nullptr; });
    }
    if (mutation == Mutation::dropped_token) {
        return places_of(program, [](const Instruction& i) {
            const Sync* sync = std::get_if<Sync>(&i.body);
            return sync != nullptr && sync->is_wait;
        });
    }
    // neighbours with different scales
    std::vector<std::pair<size_t, size_t>> places;
    for (size_t i = 1; i < program.requants.size(); ++i) {
        if (!(program.requants[i].rescale == program.requants[i - 1].rescale)) places.emplace_back(0, i);
    }
    return places;
}

// What the suite notices of a mistaken program: the checker's fault, else the first difference; or nothing.
std::string
noticed(const Program& program, const ConformCase& c, const std::vector<TensorBytes>& expected, bool checked) {
    if (checked) {
        const auto found = check_program(program, 1);
        if (!found.empty()) return "checker: " + found[0];
    }
    for (size_t i = 0; i < c.inputs.size(); ++i) {
        for (uint64_t seed = 0; seed < 4; ++seed) {
            const std::string found = check_run(program, c.network, c.inputs[i], expected[i], seed);
            if (!found.empty()) return found;
        }
    }
    return "";
}

// The mutants of one program bug in the cases: `caught` of `places`.
void try_programs(
    Mutation mutation,
    const std::vector<ConformCase>& cases,
    size_t most_places,
    bool checked,
    MutationResult& result) {
    // several cores and folds, memories small enough that places are used again
    const std::vector<ChipVersion> all = standard_versions();
    for (const ConformCase& c : cases) {
        std::vector<TensorBytes> expected;
        for (const auto& inputs : c.inputs) expected.push_back(run_golden(c.network, inputs));
        for (const std::string_view name : {"8x8-ws", "13x7-os", "8x8-is"}) {
            const auto v =
                std::find_if(all.begin(), all.end(), [&](const ChipVersion& row) { return row.name == name; });
            const Result<Program> program = compile_network(c.network, v->shape);
            if (!program) continue;
            const size_t count = mutation_places(mutation, *program).size();
            const size_t step = std::max<size_t>(1, count / std::max<size_t>(1, most_places));
            for (size_t place = 0; place < count; place += step) {
                const std::string found = noticed(*mutated_program(mutation, *program, place), c, expected, checked);
                if (found.empty()) continue;
                ++result.differing;
                if (result.how.empty()) result.how = fmt::format("{} on {}: {}", c.name, name, found);
            }
            result.places += (count + step - 1) / step;
        }
    }
}

}  // namespace

std::span<const MutationInfo> mutations() { return kMutations; }

const MutationInfo& info(Mutation mutation) {
    const MutationInfo& row = kMutations[static_cast<size_t>(mutation)];
    CHECK(row.mutation == mutation);
    return row;
}

TensorBytes
run_mutated(Mutation mutation, const IntegerNetwork& network, const std::vector<std::vector<uint8_t>>& inputs) {
    CHECK(!info(mutation).in_program);
    TensorBytes values = start_values(network, inputs);
    for (const IntegerNode& node : network.nodes) run_mutated_node(mutation, network, node, values);
    return values;
}

std::optional<Program> mutated_program(Mutation mutation, const Program& program, size_t place) {
    CHECK(info(mutation).in_program);
    const auto places = mutation_places(mutation, program);
    if (place >= places.size()) return std::nullopt;
    Program result = program;
    const auto [stream, index] = places[place];
    if (mutation == Mutation::channel_scale) {
        std::swap(result.requants[index].rescale, result.requants[index - 1].rescale);
        return result;
    }
    Instruction& instruction = result.streams[stream].instructions[index];
    if (mutation == Mutation::dropped_token) {
        // a wait for nothing
        std::get<Sync>(instruction.body).count = 0;
    } else if (mutation == Mutation::stale_sram) {
        auto& instructions = result.streams[stream].instructions;
        instructions.erase(instructions.begin() + static_cast<ptrdiff_t>(index));
    } else {
        Transfer* fill = std::get_if<Load>(&instruction.body);
        if (fill == nullptr) fill = &std::get<Copy>(instruction.body);
        fill->fill_byte = static_cast<uint8_t>(fill->fill_byte ^ 0x15);
    }
    return result;
}

size_t MutationReport::caught() const {
    return static_cast<size_t>(std::count_if(results.begin(), results.end(), [](const auto& r) { return r.caught; }));
}

size_t MutationReport::caught_by_plain() const {
    return static_cast<size_t>(
        std::count_if(results.begin(), results.end(), [](const auto& r) { return r.caught_by_plain; }));
}

double MutationReport::score() const {
    return results.empty() ? 0 : 100.0 * static_cast<double>(caught()) / static_cast<double>(results.size());
}

MutationReport run_mutations(uint64_t seed, size_t most_places) {
    MutationReport report;
    std::vector<ConformCase> aimed = aimed_cases(seed);
    aimed.push_back(aimed_case(Aim::beyond_2_31, seed));
    const std::vector<ConformCase> plain = plain_cases(seed);
    const std::vector<ConformCase> programs = {
        aimed_case(Aim::padding, seed),
        aimed_case(Aim::channel_scales, seed),
        aimed_case(Aim::ties, seed)};
    for (const MutationInfo& row : kMutations) {
        MutationResult result;
        result.mutation = row.mutation;
        std::string unused;
        if (row.in_program) {
            try_programs(row.mutation, programs, most_places, true, result);
            MutationResult other;
            // plain data alone, as a suite without a checker
            try_programs(row.mutation, plain, most_places, false, other);
            result.caught = result.places > 0 && result.differing == result.places;
            result.caught_by_plain = other.differing > 0;
        } else {
            for (const ConformCase& c : aimed) result.differing += count_differing(row.mutation, c, result.how);
            for (const ConformCase& c : plain) {
                result.caught_by_plain = count_differing(row.mutation, c, unused) > 0 || result.caught_by_plain;
            }
            result.caught = result.differing > 0;
        }
        report.results.push_back(std::move(result));
    }
    return report;
}

std::string mutation_text(const MutationReport& report) {
    std::string text;
    for (const MutationResult& r : report.results) {
        const MutationInfo& row = info(r.mutation);
        const std::string amount = row.in_program ? fmt::format("{} of {} mutants", r.differing, r.places)
                                                  : fmt::format("{} bytes", r.differing);
        text += fmt::format(
            "{:<24} {:<7} {:>20}  plain data: {:<7} {}\n",
            row.name,
            r.caught ? "caught" : "MISSED",
            amount,
            r.caught_by_plain ? "caught" : "missed",
            r.how);
    }
    text += fmt::format(
        "mutation score {:.0f} % ({} of {}); plain random data {} of {}\n",
        report.score(),
        report.caught(),
        report.results.size(),
        report.caught_by_plain(),
        report.results.size());
    return text;
}

}  // namespace chipchain
