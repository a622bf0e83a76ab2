// How long a network takes on a chip, at three fidelities that bound each other: roofline <= folds <= events in time.
//
//   roofline  multiplications / peak, and the bytes that must come from DRAM / bandwidth
//   folds     closed forms of a systolic array, fold by fold (SCALE-Sim v3, chip facts 3.1), with the same bytes
//   events    the program itself: queues, SRAM banks, DRAM with rows, banks and refresh (timing_events.h)
//
// Both closed forms are lower bounds of what a program can reach: nodes pass through the matrix queue and the vector
// queue in order, vector work overlaps with matrix work, and DRAM brings nothing but constants (once), network inputs
// and network outputs, as early as it can. Of node i, with its matrix cycles m and vector cycles v, and with D the
// cycles that DRAM needs for the nodes up to i:
//   matrix = max(matrix + m, D) when m > 0;   vector = max(vector + v, D) when v > 0;
//   finish = max(finish, matrix, vector), and for a node without either max(finish, D).
// A node's cycles are how far it moves `finish`: 0 for a vector operation that hides behind products.
// NVDLA's sheet, where each layer stands alone, is nvdla_roofline.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/network/integer_network.h"

namespace chipchain {

// One matrix product as an array sees it; of a conv M = n*oh*ow, K = kh*kw*c/groups, N = k/groups, `repeats` groups.
struct MatrixProduct {
    int64_t m = 0, n = 0, k = 0, repeats = 1;
};

struct FoldOptions {
    bool off_by_one = true;  // SCALE-Sim v3 reports one cycle less (its issue 125)
    // How results leave an output-stationary array: overlapped with the next fold, as SCALE-Sim v3 computes, or
    // counted, R cycles more per fold, as its papers write (2R + C + K - 2; scale-sim-v3 issue 4). No matter for ws and
    // is.
    enum class Drain : uint8_t { overlapped, counted } drain = Drain::overlapped;
};

// Stall-free compute cycles of one product on one array, `repeats` times:
//   os ceil(M/R) ceil(N/C) (K + R + C - 2) - 1;  ws ceil(K/R) ceil(N/C) (2R + C + M - 2) - 1;
//   is ceil(K/R) ceil(M/C) (2R + C + N - 2) - 1  (SCALE-Sim v3 commit 1d62b68; chip facts 3.1, 146 points).
[[nodiscard]] int64_t
fold_cycles(const MatrixProduct& p, int64_t rows, int64_t columns, Dataflow dataflow, const FoldOptions& options = {});

// The same without the off-by-one on several arrays that share the product as well as can be, and its parts. os: folds
// are dealt out; ws and is: column folds (of N or M) are dealt out and the streamed operand is cut between arrays; the
// folds of K stay on one array, where their sums accumulate. One array: fold_cycles() with off_by_one false.
struct FoldParts {
    int64_t cycles = 0;      // = streaming + fill_drain
    int64_t streaming = 0;   // cycles in which rows of operands pass
    int64_t fill_drain = 0;  // operands entering and results leaving the array
};
[[nodiscard]] FoldParts share_folds(
    const MatrixProduct& p,
    int64_t arrays,
    int64_t rows,
    int64_t columns,
    Dataflow dataflow,
    FoldOptions::Drain drain = FoldOptions::Drain::overlapped);

// The least of it for the groups of a convolution, which a compiler may join: j groups are one product of depth j K and
// j N columns whose other blocks are zeros. No mix of joined groups and no division among arrays takes less than
// repeats / arrays times the least cost(j) / j. Products without repeats: share_folds().
[[nodiscard]] FoldParts
share_groups(const MatrixProduct& p, int64_t arrays, int64_t rows, int64_t columns, Dataflow dataflow);

// The matrix products of a node, empty for vector operations. A matmul whose right operand serves all leading
// dimensions is one product; else there are as many repeats as leading dimensions.
[[nodiscard]] std::vector<MatrixProduct> products_of(const IntegerNetwork& network, const IntegerNode& node);

// Elements that a node sends through the vector unit: requantised outputs, elementwise and table outputs, window cells
// of pools, three passes over the rows of softmax and layer normalisation; 0 for moves.
[[nodiscard]] int64_t vector_elements(const IntegerNetwork& network, const IntegerNode& node);

// Bytes that must pass the DRAM for each node, at least: constants at their first use, network inputs at their first
// use, network outputs.
[[nodiscard]] std::vector<int64_t> compulsory_bytes(const IntegerNetwork& network);

// Where the time of a node goes; shares of `cycles` that sum to it exactly: all are multiples of 2^-20 of a cycle.
struct NodeTiming {
    uint32_t node = 0;
    double cycles = 0;
    double useful = 0;      // multiplications / multipliers
    double fold_waste = 0;  // rows and columns without work
    double fill_drain = 0;  // operands entering and results leaving the array
    double dependency = 0;  // waiting for another queue
    double bandwidth = 0;   // waiting for DRAM or SRAM
    double vector = 0;      // vector unit alone at work
    // roofline and folds: what the node would take by itself, the longest of its products, its vector work and its
    // bytes from DRAM; no share of `cycles`, which is how far it moves the end of the network
    double alone = 0;
};

struct NetworkTiming {
    std::vector<NodeTiming> nodes;
    double cycles = 0;
    double seconds = 0;
    double utilisation = 0;     // multiplications / (cycles * all multipliers)
    uint64_t dram_bytes = 0;    // closed forms: that must cross it; events: that do, in whole bursts
    uint64_t shared_bytes = 0;  // of the shared on-chip memory, buffered constants included, in lines; events only
};

[[nodiscard]] NetworkTiming time_roofline(const IntegerNetwork& network, const ChipShape& shape);
[[nodiscard]] NetworkTiming time_folds(const IntegerNetwork& network, const ChipShape& shape);

// The sum of the shares, for tests and reports: equals node.cycles.
[[nodiscard]] double sum_of_shares(const NodeTiming& node);

}  // namespace chipchain
