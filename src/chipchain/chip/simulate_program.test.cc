#include "chipchain/chip/simulate_program.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "chipchain/chip/test_program.h"

namespace chipchain {
namespace {

using testing::ProgramCase;

// does each seed of each hand-made program give the golden bytes, with nothing read that was not written?
TEST(SimulateProgram, gives_golden_bytes) {
    for (const ProgramCase& c : testing::all_cases()) {
        ASSERT_EQ(faults(c.network), std::vector<std::string>{});
        const Program program = c.program();
        EXPECT_EQ(check_program(program), std::vector<std::string>{});
        for (uint32_t seed = 0; seed < 20; ++seed) {
            const auto inputs = c.inputs(seed);
            const ProgramRun run = simulate_program(program, c.network, inputs, seed);
            EXPECT_EQ(run.faults, std::vector<std::string>{});
            EXPECT_EQ(run.poisoned_reads, 0U);
            const TensorBytes golden = run_golden(c.network, inputs);
            const Divergence divergence = first_divergence(c.network, golden, run.tensors);
            EXPECT_EQ(divergence.node, UINT32_MAX) << divergence_text(c.network, divergence);
            for (const TensorId id : c.network.outputs) EXPECT_EQ(run.tensors[id], golden[id]);
            int64_t products = 0;
            for (const IntegerNode& node : c.network.nodes) products += multiply_count(c.network, node);
            EXPECT_EQ(run.multiplications, static_cast<uint64_t>(products));
        }
    }
}

struct Fate {
    bool checked = false;    // the checker objects
    bool simulated = false;  // some seed shows a fault or other bytes
};

Fate fate_of(const ProgramCase& c, const Program& program, uint64_t seeds) {
    Fate fate;
    fate.checked = !check_program(program).empty();
    const auto inputs = c.inputs(1);
    const TensorBytes golden = run_golden(c.network, inputs);
    for (uint64_t seed = 0; seed < seeds && !fate.simulated; ++seed) {
        const ProgramRun run = simulate_program(program, c.network, inputs, seed);
        fate.simulated = !run.faults.empty() || first_divergence(c.network, golden, run.tensors).node != UINT32_MAX;
    }
    return fate;
}

// is a wait that is left out seen by the checker, and does it show in some run? Waits that others imply may go.
TEST(SimulateProgram, dropped_wait_shows) {
    size_t needed = 0;
    size_t implied = 0;
    for (const ProgramCase& c : testing::all_cases()) {
        const Program program = c.program();
        for (size_t s = 0; s < program.streams.size(); ++s) {
            for (size_t i = 0; i < program.streams[s].instructions.size(); ++i) {
                const Sync* sync = std::get_if<Sync>(&program.streams[s].instructions[i].body);
                if (sync == nullptr || !sync->is_wait) continue;
                Program without = program;
                auto& stream = without.streams[s].instructions;
                stream.erase(stream.begin() + static_cast<ptrdiff_t>(i));
                const Fate fate = fate_of(c, without, 512);
                EXPECT_EQ(fate.checked, fate.simulated) << "stream " << s << " instruction " << i;
                ++(fate.checked ? needed : implied);
            }
        }
    }
    EXPECT_GT(needed, 40U);
    EXPECT_EQ(implied, 1U);
}

// is a signal that is left out a fault of both?
TEST(SimulateProgram, dropped_signal_shows) {
    const ProgramCase c = testing::pipeline_case();
    const Program program = c.program();
    size_t dropped = 0;
    for (size_t s = 0; s < program.streams.size(); ++s) {
        if (program.streams[s].queue == QueueKind::store) continue;  // nobody waits for the last stores
        Program without = program;
        auto& stream = without.streams[s].instructions;
        const auto is_signal = [](const Instruction& i) {
            const Sync* sync = std::get_if<Sync>(&i.body);
            return sync != nullptr && !sync->is_wait;
        };
        const auto last = std::find_if(stream.rbegin(), stream.rend(), is_signal);
        if (last == stream.rend()) continue;
        stream.erase(std::next(last).base());
        ++dropped;
        const Fate fate = fate_of(c, without, 8);
        EXPECT_TRUE(fate.checked) << s;
        EXPECT_TRUE(fate.simulated) << s;
    }
    EXPECT_GE(dropped, 3U);
}

// do equal seeds give equal runs, and do programs that cannot run say why?
TEST(SimulateProgram, repeats_and_refuses) {
    const ProgramCase c = testing::matmul_case();
    Program program = c.program();
    const auto inputs = c.inputs(5);
    const ProgramRun once = simulate_program(program, c.network, inputs, 3);
    const ProgramRun again = simulate_program(program, c.network, inputs, 3);
    EXPECT_EQ(once.tensors, again.tensors);
    EXPECT_EQ(once.instructions, 24U);
    EXPECT_FALSE(simulate_program(program, c.network, {}, 3).faults.empty());
    EXPECT_FALSE(simulate_program(program, c.network, {{1, 2}}, 3).faults.empty());
    program.dram_bytes = uint64_t{1} << 39;
    const ProgramRun large = simulate_program(program, c.network, inputs, 3);
    ASSERT_EQ(large.faults.size(), 1U);
    EXPECT_NE(large.faults[0].find("memory:"), std::string::npos);
}

// does the array keep what was preloaded, whatever happens to SRAM after?
TEST(SimulateProgram, array_holds_the_preloaded_operand) {
    const ProgramCase c = testing::conv_case(Dataflow::weight_stationary);
    // the first fold's weights are overwritten between its preload and its mma, in the matrix queue's sight
    std::string text = c.text;
    const size_t mma = text.find("mma ");
    text.insert(mma, "sync\nsync wait=true queue=vector count=1\n");
    text = testing::replaced(
        text,
        "sync wait=true queue=matrix count=1\n",
        "sync wait=true queue=matrix count=1\ncopy source=0 target=72 count=1,1,1,15 target_stride=0,0,0,1 "
        "fill=true\nsync\n"
        "sync wait=true queue=matrix count=2\n");
    text = testing::replaced(
        text,
        "sync wait=true queue=vector count=1\nstore",
        "sync wait=true queue=vector count=2\nstore");
    const Result<Program> program = assemble(text);
    ASSERT_TRUE(program.has_value());
    EXPECT_EQ(check_program(*program), std::vector<std::string>{});
    const auto inputs = c.inputs(2);
    const TensorBytes golden = run_golden(c.network, inputs);
    for (uint64_t seed = 0; seed < 8; ++seed)
        EXPECT_EQ(simulate_program(*program, c.network, inputs, seed).tensors[2], golden[2]);
}

}  // namespace
}  // namespace chipchain
