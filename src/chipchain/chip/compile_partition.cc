#include "chipchain/chip/compile_partition.h"

#include <optional>

namespace chipchain {

namespace {

struct Grid {
    int64_t lines = 1;    // parts
    int64_t columns = 1;  // parts, or of groups
};

// How many parts the columns may have: whole blocks of the array, or groups.
int64_t column_units(const CompileContext& context, const MatrixView& view) {
    return view.groups > 1 ? view.groups : divide_up(view.group_n, context.shape.columns);
}

// Numbers of parts of which none makes the largest part of a smaller number no shorter.
std::vector<int64_t> useful_parts(int64_t count, int64_t most) {
    std::vector<int64_t> list;
    for (int64_t size = divide_up(count, most); size <= count;) {
        list.push_back(divide_up(count, size));
        // the next size that needs fewer parts
        const int64_t fewer = list.back() - 1;
        if (fewer == 0) break;
        size = divide_up(count, fewer);
    }
    return list;
}

std::vector<Grid> grids(const CompileContext& context, const MatrixView& view) {
    const int64_t cores = context.shape.arrays;
    std::vector<Grid> list;
    for (int64_t columns : useful_parts(column_units(context, view), cores)) {
        for (int64_t lines = std::min(cores / columns, view.rows());; lines /= 2) {
            list.push_back({lines, columns});
            if (lines == 1) break;
        }
    }
    return list;
}

std::vector<MatrixShare> shares_of(const CompileContext& context, const MatrixView& view, const Grid& grid) {
    const int64_t units = column_units(context, view);
    const auto cores = static_cast<int64_t>(context.shape.arrays);
    const auto first = static_cast<int64_t>(context.pick(view.node, Choice::first_core, context.shape.arrays));
    std::vector<MatrixShare> shares;
    for (int64_t c = 0; c < grid.columns; ++c) {
        const Span64 unit = part(units, grid.columns, c);
        for (int64_t l = 0; l < grid.lines; ++l) {
            MatrixShare share;
            share.core = static_cast<uint32_t>((first + c * grid.lines + l) % cores);
            share.lines = part(view.rows(), grid.lines, l);
            share.sharers = grid.lines;
            share.groups = view.groups > 1 ? unit : Span64{0, 1};
            share.columns = view.groups > 1 ? Span64{0, view.group_n}
                                            : Span64{
                                                  unit.begin * context.shape.columns,
                                                  std::min(view.group_n, unit.end * context.shape.columns)};
            shares.push_back(share);
        }
    }
    return shares;
}

// A share as long as the longest in every direction, for which all tiles fit.
MatrixShare largest(const std::vector<MatrixShare>& shares) {
    MatrixShare most = shares.front();
    const auto longer = [](Span64& a, const Span64& b) {
        if (b.count() > a.count()) a = b;
    };
    for (const MatrixShare& s : shares) {
        longer(most.lines, s.lines);
        longer(most.groups, s.groups);
        longer(most.columns, s.columns);
    }
    return most;
}

}  // namespace

MatrixPlan plan_matrix(const CompileContext& context, const MatrixView& view) {
    std::vector<Grid> list = grids(context, view);
    if (context.options.schedule_seed != 0) list = {list[context.pick(view.node, Choice::split, list.size())]};
    MatrixPlan best;
    best.view = view;
    for (const Grid& grid : list) {
        std::vector<MatrixShare> shares = shares_of(context, view, grid);
        const auto used = static_cast<uint32_t>(grid.lines * grid.columns);
        const MatrixShare most = largest(shares);
        if (best.found && least_cycles(context, view, most, used) >= best.tiles.cycles) continue;
        const TileSearch search = tile_matrix(context, view, most, used);
        if (!search.found) {
            if (best.least_bytes == 0 || search.least_bytes < best.least_bytes) best.least_bytes = search.least_bytes;
            continue;
        }
        if (best.found && search.tiles.cycles >= best.tiles.cycles) continue;
        best.found = true;
        best.tiles = search.tiles;
        best.shares = std::move(shares);
    }
    return best;
}

std::vector<CorePart> divide_among_cores(const CompileContext& context, uint32_t node, int64_t count, int64_t least) {
    const auto cores = static_cast<int64_t>(context.shape.arrays);
    int64_t parts = std::clamp<int64_t>(count / std::max<int64_t>(least, 1), 1, cores);
    if (context.options.schedule_seed != 0) {
        parts = std::min(count, 1 + static_cast<int64_t>(context.pick(node, Choice::split, context.shape.arrays)));
    }
    const auto first = static_cast<int64_t>(context.pick(node, Choice::first_core, context.shape.arrays));
    std::vector<CorePart> result;
    for (int64_t i = 0; i < parts; ++i) {
        result.push_back({static_cast<uint32_t>((first + i) % cores), part(count, parts, i)});
    }
    return result;
}

}  // namespace chipchain
