#include <gtest/gtest.h>

#include "chipchain/chip/instruction_faults.h"
#include "chipchain/chip/simulate_program.h"
#include "chipchain/chip/test_program.h"

namespace chipchain {
namespace {

using testing::ProgramCase;

// One edit of a sound program and what the checker must say of it.
struct FaultCase {
    std::string_view of;  // "matmul", "ws", "is", "vector", "pipeline"
    std::string piece;
    std::string by;
    std::string says;
};

const std::vector<FaultCase> kFaultCases = {
    // tables
    {"matmul", "arrays=1", "arrays=2", "tables: the number of streams"},
    {"matmul", "rows=2", "rows=0", "tables: the array is out of range"},
    {"matmul", "sram_bytes=64", "sram_bytes=4294967297", "tables: more SRAM"},
    {"matmul", "accumulator_rows=8", "accumulator_rows=4294967295", "tables: too many accumulators"},
    {"matmul", "dram_bytes=64", "dram_bytes=10", "tables: the constants do not fit"},
    {"matmul", "address=32 bytes=16", "address=60 bytes=16", "tables: tensor 2 leaves"},
    {"matmul", "address=32 bytes=16", "address=20 bytes=16", "tables: tensors 0 and 2 share"},
    {"matmul", "output tensor=2", "output tensor=3", "tables: input or output 3"},
    {"matmul", "input tensor=0", "input tensor=1", "tables: input 1 lies among the constants"},
    {"matmul", "requant scale=0.015625\n", "requant scale=0x7fc00000\n", "tables: requant 0: its scale"},
    {"matmul", "requant scale=0.015625\n", "requant mode=i32_single shift=1\n", "tables: requant 0: its multiplier"},
    {"matmul", "stream queue=store", "stream queue=vector", "tables: stream 2 has another"},
    {"vector", "op=max_pool", "op=conv", "tables: operation 0: it is no operation of the vector unit"},
    {"vector", "kernel=2,2", "kernel=0,2", "tables: operation 0: its window"},
    {"vector", "table=05", "table=", "tables: operation 3: its table"},
    {"vector", "exponentials=8388608", "exponentials=8388609", "tables: operation 4"},
    {"vector", "epsilon=1e-05", "epsilon=-1", "tables: operation 5"},
    {"vector", "ew_scale_y=0.1", "ew_scale_y=0", "tables: operation 2"},
    // one instruction by itself
    {"matmul", "load source=16", "load source=53", "bounds: its source leaves"},
    {"matmul", "source=0 target=12", "source=0 target=59", "bounds: its target leaves"},
    {"matmul", "count=1,1,3,2", "count=1,1,0,2", "bounds: a count"},
    {"matmul", "target_stride=0,0,2,1", "target_stride=0,0,1,1", "operand: its box writes a byte twice"},
    {"matmul", "store source=32 target=32", "store source=32 target=8", "bounds: it writes among the constants"},
    {"matmul", "store source=32", "store fill=true source=32", "operand: a store cannot fill"},
    {"matmul", "mma a_rows=1,4", "mma a_base=60 a_rows=1,4", "bounds: A leaves"},
    {"matmul", "b_base=12", "b_base=60", "bounds: B leaves"},
    {"matmul", "a_depth=1,1,3", "a_depth=1,1,2", "operand: A is 2 deep, B 3"},
    {"matmul", "a_depth=1,1,3", "a_depth=1,1,3 a_depth_first=3", "operand: a range of A"},
    {"matmul", "a_zero=1", "a_zero=256", "operand: the zero point of A"},
    {"matmul", "b_columns=2", "b_columns=3", "operand: B has 3 columns, the array 2"},
    {"matmul", "b_columns=2", "b_columns=2 b_column_stride=0", "operand: B has a byte twice"},
    {"matmul", "accumulator=4", "accumulator=5", "bounds: it leaves the 8 accumulator rows"},
    {"matmul", "parameters=2", "parameters=3", "operand: parameters 3 + 2 of 4"},
    {"matmul", "rq target=32", "rq target=56", "bounds: its target leaves"},
    {"matmul", "rq target=32 rows=1,4 row_stride=0,4", "rq target=32 rows=1,4 row_stride=0,1", "has a byte twice"},
    {"matmul", "columns=2 zero=100", "columns=2 zero=100 high=256", "operand: its clamp"},
    {"matmul", "rq target=32", "rq lookup=true target=32", "operand: operation 0 does not exist"},
    {"matmul", "mma ", "preload ", "operand: an output-stationary array has no preload"},
    {"matmul", "sync wait=true queue=load count=1", "sync wait=true core=1 queue=load count=1", "that is not there"},
    {"matmul", "sync\nhalt\nstream queue=fetch", "halt\nsync\nstream queue=fetch", "the last instruction must be halt"},
    {"matmul", "sync\nhalt\nstream queue=fetch", "halt\nhalt\nstream queue=fetch", "instructions after halt"},
    {"matmul", "mma a_rows", "rq\nmma a_rows", "queue: it cannot stand in the matrix queue"},
    {"ws",
     "a_depth_count=5 a_zero=3 b_base=72 b_depth=5",
     "a_depth_count=5 a_zero=3 b_base=72 b_depth=6",
     "depth 6 exceeds"},
    {"ws", "preload a_rows", "halt\npreload a_rows", "instructions after halt"},
    {"ws", "b_base=72 b_depth=5", "b_base=73 b_depth=5", "preload: its stationary operand is not the one"},
    {"ws", "mma a_rows", "mma a_signed=true a_rows", ""},
    {"is", "mma a_rows", "mma a_signed=true a_rows", "preload: its stationary operand is not the one"},
    {"is", "a_row_count=3", "a_row_count=4", "operand: 4 rows of A exceed the 3 columns"},
    {"vector", "pool node=0 target=40", "pool node=0 target=30", "operand: source and target overlap"},
    {"vector", "out_h0=2 out_h=2", "out_h0=3 out_h=2", ""},
    {"vector", "in_h0=1 in_h=3", "in_h0=2 in_h=2", "operand: output row 2 reads input rows 1 to 3, outside the tile"},
    {"vector", "in_h0=1 in_h=3", "in_h0=2 in_h=3", "operand: its tile leaves the tensor"},
    {"vector", "ew node=2 operation=2", "ew node=2 operation=1", "operand: operation 1 is of another kind"},
    {"vector", "elements=32 repeat=2", "elements=0 repeat=2", "operand: no elements"},
    {"vector", "target=128 elements=32", "target=8 elements=32", "operand: source and target overlap"},
    {"vector", "target=128 elements=32", "target=500 elements=32", "bounds: it leaves the SRAM"},
    {"vector",
     "source=192 target=192 rows=16 elements=2",
     "source=192 target=192 rows=8 elements=4",
     "rows of 4 elements"},
    {"vector", "copy node=6 target=224", "copy node=6 target=2", "operand: source and target overlap"},
    // order
    {"matmul",
     "sync wait=true queue=load count=2\n",
     "",
     "RAW: reads SRAM bytes 18 to 23, which core 0 load, instruction 3"},
    {"matmul", "sync wait=true queue=vector count=2\n", "", "reads SRAM bytes 32 to"},
    {"matmul", "queue=matrix count=2", "queue=matrix count=1", "RAW: reads accumulator rows 4 to 7"},
    {"matmul",
     "queue=load count=2",
     "queue=load count=3",
     "deadlock: waits for signal 3 of core 0 load, which ends after signal 2"},
    {"matmul", "load source=16", "sync wait=true queue=store count=1\nload source=16", "deadlock"},
    {"matmul", "accumulator=4 target=34", "accumulator=0 target=32", "unwritten: reads SRAM bytes 34 to 35"},
    {"matmul", "b_depth_stride=2\n", "b_depth_stride=2 accumulate=true\n", "unwritten: reads accumulator rows 0 to 3"},
    {"matmul", "target=0 count=1,1,1,12", "target=0 count=1,1,1,11", "unwritten: reads SRAM bytes 11 to 11"},
    {"matmul",
     "store source=32 target=32 count=1,1,1,16",
     "store source=32 target=32 count=1,1,1,15",
     "tensor 2: unwritten: nothing writes DRAM byte 47"},
    {"matmul", "load source=16", "load source=28", "unwritten: reads DRAM bytes 28 to 39"},
    {"pipeline", "sync wait=true queue=matrix count=1\nload", "load", "RAW: reads SRAM bytes 24 to 35"},
    {"pipeline", "sync wait=true queue=store count=1\n", "", "RAW: reads SRAM bytes 48 to 53"},
    {"pipeline",
     "sync wait=true queue=vector count=1\nsync wait=true queue=load count=3\n",
     "sync wait=true queue=load count=3\n",
     "RAW: reads accumulator rows 0 to 1"},
    {"matmul",
     "sync wait=true queue=matrix count=1\n",
     "sync wait=true queue=matrix count=1\ncopy count=1,1,1,4 target_stride=0,0,0,1 fill=true\n",
     "WAR: writes SRAM bytes 0 to 3, which core 0 matrix, instruction 4 (mma, node 0) reads"},
    {"matmul",
     "sync wait=true queue=matrix count=1\n",
     "copy target=18 count=1,1,1,4 target_stride=0,0,0,1 fill=true\nsync wait=true queue=matrix count=1\n",
     "WAW: writes SRAM bytes 18 to 21"},
};

std::string sound_text(std::string_view name) {
    if (name == "matmul") return testing::matmul_case().text;
    if (name == "ws") return testing::conv_case(Dataflow::weight_stationary).text;
    if (name == "is") return testing::conv_case(Dataflow::input_stationary).text;
    if (name == "vector") return testing::vector_case().text;
    return testing::pipeline_case().text;
}

// is every class of fault seen and named? Cases that expect nothing are sound programs that look odd.
TEST(CheckProgram, names_each_fault) {
    for (const FaultCase& c : kFaultCases) {
        const Result<Program> program = assemble(testing::replaced(sound_text(c.of), c.piece, c.by));
        ASSERT_TRUE(program.has_value()) << c.by << ": " << program.error().front().message;
        const std::vector<std::string> found = check_program(*program);
        if (c.says.empty()) continue;
        bool said = false;
        std::string all;
        for (const std::string& fault : found) {
            said = said || fault.find(c.says) != std::string::npos;
            all += fault + "\n";
        }
        EXPECT_TRUE(said) << c.by << "\nexpected: " << c.says << "\nfound:\n" << all;
    }
}

// are no more faults told than asked for?
TEST(CheckProgram, tells_at_most) {
    Program program = testing::pipeline_case().program();
    for (Stream& stream : program.streams)
        std::erase_if(stream.instructions, [](const Instruction& i) { return i.opcode() == Opcode::sync; });
    EXPECT_GT(check_program(program).size(), 10U);
    EXPECT_EQ(check_program(program, 3).size(), 3U);
    EXPECT_TRUE(check_program(program, 0).empty());
}

uint32_t next(uint32_t& state) { return (state = state * 1664525U + 1013904223U) >> 8; }

// Some field of some instruction takes another value.
void disturb(Program& program, uint32_t& state) {
    Stream& stream = program.streams[next(state) % program.streams.size()];
    if (stream.instructions.empty()) return;
    const size_t at = next(state) % stream.instructions.size();
    Instruction& i = stream.instructions[at];
    const uint32_t what = next(state) % 8;
    if (what == 0) {
        stream.instructions.erase(stream.instructions.begin() + static_cast<ptrdiff_t>(at));
    } else if (what == 1) {
        std::swap(i, stream.instructions[next(state) % stream.instructions.size()]);
    } else if (what == 2) {
        stream.instructions.insert(stream.instructions.begin() + static_cast<ptrdiff_t>(at), i);
    } else if (Sync* s = std::get_if<Sync>(&i.body)) {
        s->count = s->count + next(state) % 3 - 1;
        if (what == 3) s->queue = static_cast<QueueKind>(next(state) % kQueueKinds);
    } else if (Mma* m = std::get_if<Mma>(&i.body)) {
        if (what == 3) m->accumulate = !m->accumulate;
        if (what == 4) m->a.base += next(state) % 8;
        if (what == 5) m->accumulator += next(state) % 3;
        if (what == 6) m->b.base -= next(state) % 8;
    } else if (Rq* r = std::get_if<Rq>(&i.body)) {
        if (what < 5) r->target += next(state) % 7;
        if (what == 5) r->accumulator += 1;
        if (what == 6) r->rows[1] -= 1;
    } else if (Load* l = std::get_if<Load>(&i.body)) {
        if (what < 5) l->target += next(state) % 9;
        if (what == 5) l->source += next(state) % 9;
        if (what == 6) l->box.count[3] += next(state) % 3;
    } else if (Store* t = std::get_if<Store>(&i.body)) {
        if (what < 5) t->source += next(state) % 5;
        if (what >= 5) t->target += next(state) % 5;
    }
}

// does a program without faults give the same bytes in every legal order, with no poison, and does one that depends on
// the order have faults? Checker and simulator share no code for order.
TEST(CheckProgram, agrees_with_the_simulator) {
    uint32_t state = 2026;
    size_t sound = 0;
    size_t shown = 0;
    for (const ProgramCase& c : testing::all_cases()) {
        const Program program = c.program();
        const auto inputs = c.inputs(9);
        for (int round = 0; round < 150; ++round) {
            Program other = program;
            for (uint32_t n = 1 + next(state) % 2; n > 0; --n) disturb(other, state);
            const bool faulty = !check_program(other).empty();
            if (!structure_faults(other, 1).empty()) continue;
            const ProgramRun first = simulate_program(other, c.network, inputs, 0);
            bool depends = !first.faults.empty();
            for (uint64_t seed = 1; seed < 6 && !depends; ++seed) {
                const ProgramRun run = simulate_program(other, c.network, inputs, seed);
                depends = !run.faults.empty() || run.tensors != first.tensors;
            }
            if (depends) {
                EXPECT_TRUE(faulty) << disassemble(other);
            }
            sound += faulty ? 0 : 1;
            shown += depends ? 1 : 0;
        }
    }
    EXPECT_GT(sound, 100U);
    EXPECT_GT(shown, 100U);
}

}  // namespace
}  // namespace chipchain
