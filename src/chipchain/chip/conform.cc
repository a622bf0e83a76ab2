#include "chipchain/chip/conform.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chip/compile.h"
#include "chipchain/chip/fast_executor.h"
#include "chipchain/chip/simulate_program.h"

namespace chipchain {

namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;

ChipVersion version(
    std::string name,
    uint32_t arrays,
    uint32_t rows,
    uint32_t columns,
    Dataflow dataflow,
    uint64_t sram,
    uint32_t accumulator_rows) {
    ChipVersion v;
    v.name = std::move(name);
    v.shape.arrays = arrays;
    v.shape.rows = rows;
    v.shape.columns = columns;
    v.shape.dataflow = dataflow;
    v.shape.sram_bytes = sram;
    v.shape.sram_banks = 4;
    v.shape.accumulator_rows = accumulator_rows;
    v.shape.vector_lanes = std::max(1U, columns);
    return v;
}

// Carries out tasks 0..count-1 on threads; each task writes to its own place.
template <class Task>
void in_parallel(size_t count, unsigned threads, Task task) {
    std::atomic<size_t> next{0};
    const auto work = [&] {
        for (size_t i = next++; i < count; i = next++) task(i);
    };
    std::vector<std::thread> workers;
    for (unsigned i = 1; i < std::min<size_t>(threads, count); ++i) workers.emplace_back(work);
    work();
    for (std::thread& worker : workers) worker.join();
}

// The reference of one case: values per input.
struct Reference {
    std::vector<TensorBytes> values;
    std::string trace_hash;
    std::vector<std::string> failures;
    Coverage coverage;
    uint64_t tensors = 0;
    uint64_t bytes = 0;
};

void count_written(const IntegerNetwork& network, const TensorBytes& found, uint64_t& tensors, uint64_t& bytes) {
    for (const IntegerNode& node : network.nodes) {
        if (found[node.output].empty()) continue;
        ++tensors;
        bytes += found[node.output].size();
    }
}

Reference make_reference(const ConformCase& c, const ConformOptions& options) {
    Reference reference;
    const FastNetwork wide(c.network, FastPath::automatic);
    const FastNetwork portable(c.network, FastPath::portable);
    for (size_t i = 0; i < c.inputs.size(); ++i) {
        TensorBytes fast = wide.run(c.inputs[i]);
        TensorBytes expected = options.golden ? run_golden(c.network, c.inputs[i]) : fast;
        const TensorBytes plain = portable.run(c.inputs[i]);
        const auto compare = [&](const TensorBytes& found, std::string_view executor) {
            count_written(c.network, found, reference.tensors, reference.bytes);
            const Divergence d = first_divergence(c.network, expected, found);
            if (d.node == UINT32_MAX) return;
            reference.failures.push_back(
                fmt::format("{} input {}, {}: {}", c.name, i, executor, divergence_text(c.network, d)));
        };
        if (options.golden) compare(fast, "fast executor");
        compare(plain, "portable executor");
        reference.coverage.add(examine(c.network, expected, options.examined_per_node));
        if (i == 0) {
            std::string all;
            for (const std::string& hash : trace_hashes(c.network, expected)) all += hash;
            reference.trace_hash = sha256_hex(std::as_bytes(std::span(all)));
        }
        reference.values.push_back(std::move(expected));
    }
    return reference;
}

// One version of one case: its row, and what it adds to the report.
struct Part {
    ConformRow row;
    ConformReport counts;
};

Part check_version(
    const ConformCase& c,
    const ChipVersion& v,
    const Reference& reference,
    const ConformOptions& options) {
    Part part;
    for (uint64_t seed : options.schedule_seeds) {
        const Result<Program> program = compile_schedule(c.network, v.shape, seed);
        if (!program) {
            part.row.refused = fmt::format("{}: {}", program.error()[0].id, program.error()[0].message);
            break;
        }
        ++part.row.programs;
        for (const std::string& fault : check_program(*program, 1)) {
            part.counts.failures.push_back(fmt::format("{} on {}, schedule {}: {}", c.name, v.name, seed, fault));
        }
        for (size_t i = 0; i < c.inputs.size(); ++i) {
            ++part.row.combinations;
            const std::string found =
                check_run(*program, c.network, c.inputs[i], reference.values[i], seed + i, &part.counts);
            if (found.empty()) {
                ++part.row.equal;
            } else {
                part.counts.failures.push_back(
                    fmt::format("{} input {} on {}, schedule {}: {}", c.name, i, v.name, seed, found));
            }
        }
    }
    return part;
}

}  // namespace

std::vector<ChipVersion> standard_versions() {
    using enum Dataflow;
    return {
        version("1x1-os", 1, 1, 1, output_stationary, 64 * kKiB, 64),
        version("1x1-ws", 1, 1, 1, weight_stationary, 64 * kKiB, 16),
        version("8x8-os", 1, 8, 8, output_stationary, 64 * kKiB, 64),
        version("8x8-ws", 2, 8, 8, weight_stationary, 128 * kKiB, 256),
        version("8x8-is", 1, 8, 8, input_stationary, 64 * kKiB, 32),
        version("13x7-os", 3, 13, 7, output_stationary, 96 * kKiB, 39),
        version("13x7-ws", 1, 13, 7, weight_stationary, 256 * kKiB, 101),
        version("7x13-is", 5, 7, 13, input_stationary, 96 * kKiB, 64),
        version("60x16x16-ws", 60, 16, 16, weight_stationary, 64 * kKiB, 128),
        version("96x96-os", 1, 96, 96, output_stationary, 32 * kMiB, 192),
        version("96x96-is", 2, 96, 96, input_stationary, 1 * kMiB, 512),
        version("128x128-ws", 4, 128, 128, weight_stationary, 64 * kMiB, 2'048),
        version("128x128-os", 8, 128, 128, output_stationary, 2 * kMiB, 256),
        version("256x256-os", 1, 256, 256, output_stationary, 4 * kMiB, 512),
        version("256x256-is", 2, 256, 256, input_stationary, 8 * kMiB, 1'024)};
}

ConformCase drawn_case(std::string name, IntegerNetwork network, size_t runs, uint64_t seed) {
    ConformCase c;
    c.name = std::move(name);
    for (size_t i = 0; i < runs; ++i) c.inputs.push_back(drawn_inputs(network, seed + i));
    c.network = std::move(network);
    return c;
}

std::string check_run(
    const Program& program,
    const IntegerNetwork& network,
    const std::vector<std::vector<uint8_t>>& inputs,
    const TensorBytes& expected,
    uint64_t seed,
    ConformReport* counts) {
    const ProgramRun run = simulate_program(program, network, inputs, seed);
    if (!run.faults.empty()) return run.faults[0];
    if (run.poisoned_reads > 0) return fmt::format("{} reads of bytes that nothing wrote", run.poisoned_reads);
    for (TensorId id : network.outputs) {
        if (run.tensors[id].size() != expected[id].size()) {
            return fmt::format("output '{}' is not in memory", network.tensors[id].name);
        }
    }
    const Divergence d = first_divergence(network, expected, run.tensors);
    if (counts != nullptr) {
        count_written(network, run.tensors, counts->tensors_compared, counts->bytes_compared);
        counts->instructions += run.instructions;
        for (const Stream& stream : program.streams) {
            for (const Instruction& i : stream.instructions)
                ++counts->coverage.opcodes[static_cast<size_t>(i.opcode())];
        }
    }
    return d.node == UINT32_MAX ? "" : divergence_text(network, d);
}

ConformReport conform(
    const std::vector<ConformCase>& cases,
    const std::vector<ChipVersion>& versions,
    const ConformOptions& options) {
    ConformReport report;
    for (const ChipVersion& v : versions) report.versions.push_back(v.name);
    std::vector<Reference> references(cases.size());
    in_parallel(cases.size(), options.threads, [&](size_t i) { references[i] = make_reference(cases[i], options); });
    std::vector<Part> parts(cases.size() * versions.size());
    in_parallel(parts.size(), options.threads, [&](size_t i) {
        const size_t c = i / versions.size();
        parts[i] = check_version(cases[c], versions[i % versions.size()], references[c], options);
    });
    // in one order, whoever was first
    for (size_t c = 0; c < cases.size(); ++c) {
        Reference& reference = references[c];
        report.networks.push_back(cases[c].name);
        report.network_hashes.push_back(network_hash(cases[c].network));
        report.output_hashes.push_back(reference.trace_hash);
        report.failures.insert(report.failures.end(), reference.failures.begin(), reference.failures.end());
        report.coverage.add(reference.coverage);
        report.tensors_compared += reference.tensors;
        report.bytes_compared += reference.bytes;
    }
    for (size_t i = 0; i < parts.size(); ++i) {
        Part& part = parts[i];
        part.row.network = static_cast<uint32_t>(i / versions.size());
        part.row.version = static_cast<uint32_t>(i % versions.size());
        report.rows.push_back(part.row);
        report.failures.insert(report.failures.end(), part.counts.failures.begin(), part.counts.failures.end());
        report.coverage.add(part.counts.coverage);
        report.tensors_compared += part.counts.tensors_compared;
        report.bytes_compared += part.counts.bytes_compared;
        report.instructions += part.counts.instructions;
    }
    return report;
}

Result<Program> compile_schedule(const IntegerNetwork& network, const ChipShape& shape, uint64_t seed) {
    CompileOptions compile;
    compile.schedule_seed = seed;
    compile.double_buffer = seed % 2 == 0;
    return compile_network(network, shape, compile);
}

bool ConformReport::holds() const {
    if (!failures.empty()) return false;
    std::vector<bool> compared(networks.size(), false);
    for (const ConformRow& row : rows) compared[row.network] = compared[row.network] || row.combinations > 0;
    return !networks.empty() && std::find(compared.begin(), compared.end(), false) == compared.end();
}

std::string conform_text(const ConformReport& report) {
    uint64_t combinations = 0;
    uint64_t equal = 0;
    uint64_t programs = 0;
    std::string refused;
    for (const ConformRow& row : report.rows) {
        combinations += row.combinations;
        equal += row.equal;
        programs += row.programs;
        if (!row.refused.empty()) {
            refused += fmt::format(
                "  {} on {}: {}\n",
                report.networks[row.network],
                report.versions[row.version],
                row.refused);
        }
    }
    const Coverage& c = report.coverage;
    std::string text = fmt::format(
        "{} networks x {} versions: {} programs, {} of {} runs equal in every tensor\n"
        "{} tensors, {} bytes compared; {} instructions simulated\n",
        report.networks.size(),
        report.versions.size(),
        programs,
        equal,
        combinations,
        report.tensors_compared,
        report.bytes_compared,
        report.instructions);
    if (!refused.empty()) text += "refused by the compiler, with its reason:\n" + refused;
    text += "operations:";
    for (const IntegerOpInfo& row : integer_ops()) {
        text += fmt::format(" {} {}", row.name, c.operations[static_cast<size_t>(row.op)]);
    }
    text += "\nopcodes:";
    for (size_t i = 0; i < kOpcodes; ++i)
        text += fmt::format(" {} {}", info(static_cast<Opcode>(i)).name, c.opcodes[i]);
    text += fmt::format(
        "\nrequantisations examined: f32_rne {} i32_single {} i32_double {}\n"
        "exact ties: {} to the lower, {} to the upper, {} with an odd zero point, {} below zero\n"
        "clamped: {} low, {} high; sums beyond 2^24: {}, of 2^30 and more: {}; ties of {} elementwise results: {}\n",
        c.modes[0],
        c.modes[1],
        c.modes[2],
        c.ties_to_lower,
        c.ties_to_upper,
        c.odd_zero_ties,
        c.negative_ties,
        c.clamped_low,
        c.clamped_high,
        c.beyond_2_24,
        c.near_2_31,
        c.sums,
        c.sum_ties);
    for (size_t i = 0; i < report.failures.size() && i < 20; ++i) text += "FAILED " + report.failures[i] + "\n";
    return text;
}

}  // namespace chipchain
