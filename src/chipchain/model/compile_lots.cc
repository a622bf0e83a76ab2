#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "chipchain/model/compiler.h"

namespace chipchain {

namespace {

// The product's number and route, or kNoIndex in `product` after reporting it.
struct ProductRoute {
    uint32_t product = kNoIndex;
    uint32_t route = kNoIndex;
};

ProductRoute find_product(Compiler& c, const std::string& name, const std::string& whose, Span span) {
    ProductRoute found;
    found.product = c.products.find(name);
    if (found.product != kNoIndex) {
        found.route = c.product_routes[found.product];
    } else {
        c.error(
            "unknown-product",
            fmt::format("{} has product '{}', which is not declared", whose, name),
            span,
            one_of(c.products.size(), "product"),
            near_help(name, c.products));
    }
    return found;
}

void note_pieces(Compiler& c, uint32_t route, uint32_t pieces) {
    if (route == kNoIndex) return;
    if (c.route_pieces[route] == 0) c.route_pieces[route] = pieces;
    c.route_most_pieces[route] = std::max(c.route_most_pieces[route], pieces);
}

// What the policy of a release line needs, so that it neither stands still nor releases without end at one instant.
void check_policy(Compiler& c, const ReleaseSpec& row, LotType& type) {
    const std::string who = fmt::format("release line '{}'", row.name);
    const auto fail = [&](std::string_view key, const char* what) {
        c.error(
            "release-policy",
            fmt::format("{} {}", who, what),
            span_of("release", row, key),
            "expected more than 0");
    };
    switch (row.policy) {
        case ReleasePolicy::constant:
        case ReleasePolicy::poisson:
            if (row.interval <= 0 && (row.repeats < 0 || row.repeats > 1))
                fail("interval_min", "has no interval between releases");
            break;
        case ReleasePolicy::list:
        case ReleasePolicy::ramp:
            break;
        case ReleasePolicy::conwip:
            if (row.wip_limit_lots <= 0) fail("wip_limit_lots", "keeps a constant WIP but states no WIP limit");
            break;
        case ReleasePolicy::workload:
            if (row.workload_limit <= 0) fail("workload_limit_h", "limits a workload but states no limit");
            type.workload_group = c.groups.find(row.workload_group);
            if (type.workload_group == kNoIndex) {
                c.error(
                    "unknown-tool-group",
                    fmt::format(
                        "{} limits the workload of tool group '{}', which is not declared",
                        who,
                        row.workload_group),
                    span_of("release", row, "workload_group"),
                    one_of(c.groups.size(), "tool group"),
                    near_help(row.workload_group, c.groups));
            }
            break;
    }
}

LotType lot_type(Compiler& c, const ReleaseSpec& row) {
    const ProductRoute found =
        find_product(c, row.product, fmt::format("release line '{}'", row.name), span_of("release", row, "product"));
    LotType type;
    type.product = found.product;
    type.route = found.route;
    type.priority = row.priority;
    type.pieces = static_cast<uint32_t>(row.pieces);
    type.policy = row.policy;
    type.start = row.start;
    type.interval = row.interval;
    type.repeats = row.repeats;
    type.lots_per_release = static_cast<uint32_t>(row.lots_per_release);
    type.due_offset = row.due_offset;
    type.reserve = row.reserve;
    type.engineering = row.engineering;
    type.wip_limit_lots = static_cast<uint64_t>(row.wip_limit_lots);
    type.workload_limit = row.workload_limit;
    check_policy(c, row, type);
    return type;
}

}  // namespace

void compile_releases(Compiler& c) {
    for (const ReleaseSpec& row : c.spec.releases) {
        if (c.releases.find(row.name) != kNoIndex) {
            c.error(
                "duplicate-name",
                fmt::format("release line '{}' is declared twice", row.name),
                span_of("release", row, "name"));
            continue;
        }
        c.releases.add(row.name);
        c.model.lot_types.push_back(lot_type(c, row));
        note_pieces(c, c.model.lot_types.back().route, c.model.lot_types.back().pieces);
    }
    c.model.lot_type_names = c.releases.names();
}

namespace {

// The release line of a planned lot, or kNoIndex after reporting it.
uint32_t planned_release(Compiler& c, const PlannedLotSpec& row) {
    const uint32_t release = c.releases.find(row.release);
    const Span span = span_of("planned_lot", row, "release");
    if (release == kNoIndex) {
        c.error(
            "unknown-release",
            fmt::format("a planned lot belongs to release line '{}', which is not declared", row.release),
            span,
            one_of(c.releases.size(), "release line"),
            near_help(row.release, c.releases));
    } else if (c.model.lot_types[release].policy != ReleasePolicy::list) {
        c.error(
            "planned-lot-not-list",
            fmt::format("a planned lot belongs to release line '{}', whose policy is not \"list\"", row.release),
            span);
        return kNoIndex;
    }
    return release;
}

}  // namespace

void compile_planned_lots(Compiler& c) {
    Model& m = c.model;
    std::vector<std::vector<PlannedLot>> lots(m.lot_types.size());
    size_t late = 0;
    Span first_late;
    for (const PlannedLotSpec& row : c.spec.planned_lots) {
        const uint32_t release = planned_release(c, row);
        if (release == kNoIndex) continue;
        if (row.time < 0) {
            c.error(
                "out-of-range",
                fmt::format("a planned lot of release line '{}' starts before the line does", row.release),
                span_of("planned_lot", row, "start"),
                fmt::format("expected {} or later", iso_date(c.spec.line.start)));
        }
        if (row.due < row.time && late++ == 0) first_late = span_of("planned_lot", row, "due");
        lots[release].push_back({row.time, row.due});
    }
    if (late > 0)
        c.warning("due-before-start", fmt::format("{} planned lots are due before they start", late), first_late);
    for (size_t i = 0; i < lots.size(); ++i) {
        LotType& type = m.lot_types[i];
        std::stable_sort(lots[i].begin(), lots[i].end(), [](const PlannedLot& a, const PlannedLot& b) {
            return a.time < b.time;
        });
        type.first_planned = static_cast<uint32_t>(m.planned_lots.size());
        type.planned_count = static_cast<uint32_t>(lots[i].size());
        m.planned_lots.insert(m.planned_lots.end(), lots[i].begin(), lots[i].end());
        if (type.policy == ReleasePolicy::list && lots[i].empty()) {
            const ReleaseSpec* row = nullptr;
            for (const ReleaseSpec& r : c.spec.releases) {
                if (row == nullptr && r.name == m.lot_type_names[i]) row = &r;
            }
            c.error(
                "release-without-lots",
                fmt::format("release line '{}' has policy \"list\" but no planned lots", m.lot_type_names[i]),
                row != nullptr ? span_of("release", *row, "policy") : Span{});
        }
    }
}

namespace {

// The type of initial lots that no release line matches.
uint32_t add_wip_type(Compiler& c, const WipLotSpec& row, const ProductRoute& found) {
    LotType type;
    type.product = found.product;
    type.route = found.route;
    type.priority = row.priority;
    type.pieces = static_cast<uint32_t>(row.pieces);
    type.due_offset = std::clamp<Time>(row.due - row.start, 0, kMostTime);
    type.reserve = row.reserve;
    type.repeats = 0;
    type.released = false;
    type.first_planned = static_cast<uint32_t>(c.model.planned_lots.size());
    c.model.lot_types.push_back(type);
    c.model.lot_type_names.push_back(fmt::format("{} priority {}", row.product, row.priority));
    return static_cast<uint32_t>(c.model.lot_types.size() - 1);
}

void add_wip_lot(Compiler& c, const WipLotSpec& row, const ProductRoute& found, uint32_t type) {
    const Route& route = c.model.routes[found.route];
    if (row.step > route.step_count) {
        if (route.step_count == 0) return;  // the route was reported
        c.error(
            "unknown-step",
            fmt::format(
                "lot '{}' waits for step {}, which route '{}' does not have",
                row.name,
                row.step,
                c.routes.names()[found.route]),
            span_of("wip_lot", row, "step"),
            fmt::format("expected a step from 1 to {}", route.step_count));
        return;
    }
    WipLot lot;
    lot.type = type;
    lot.pieces = static_cast<uint32_t>(row.pieces);
    lot.step = route.first_step + static_cast<uint32_t>(row.step - 1);
    lot.due = row.due;
    lot.start = row.start;
    lot.priority = row.priority;
    lot.reserve = row.reserve;
    note_pieces(c, found.route, lot.pieces);
    c.model.wip_lots.push_back(lot);
    c.model.wip_lot_names.push_back(row.name);
}

}  // namespace

void compile_wip_lots(Compiler& c) {
    std::map<std::pair<uint32_t, int64_t>, uint32_t> types;
    for (size_t i = 0; i < c.model.lot_types.size(); ++i) {
        types.try_emplace({c.model.lot_types[i].product, c.model.lot_types[i].priority}, static_cast<uint32_t>(i));
    }
    NameTable names;
    size_t late = 0;
    Span first_late;
    for (const WipLotSpec& row : c.spec.wip_lots) {
        const size_t before = names.size();
        if (names.add(row.name) < before && !row.name.empty()) {
            c.error(
                "duplicate-name",
                fmt::format("lot '{}' is declared twice", row.name),
                span_of("wip_lot", row, "name"));
        }
        if (row.due < row.start && late++ == 0) first_late = span_of("wip_lot", row, "due");
        const ProductRoute found =
            find_product(c, row.product, fmt::format("lot '{}'", row.name), span_of("wip_lot", row, "product"));
        if (found.route == kNoIndex) continue;
        auto at = types.find({found.product, row.priority});
        if (at == types.end()) at = types.try_emplace({found.product, row.priority}, add_wip_type(c, row, found)).first;
        add_wip_lot(c, row, found, at->second);
    }
    if (late > 0)
        c.warning("due-before-start", fmt::format("{} lots in the line are due before they started", late), first_late);
}

void compile_priorities(Compiler& c) {
    Model& m = c.model;
    std::map<int64_t, uint32_t, std::greater<>> levels;
    for (const LotType& type : m.lot_types) levels[type.priority] = 0;
    for (const WipLot& lot : m.wip_lots) levels[lot.priority] = 0;
    uint32_t next = 0;
    for (auto& [priority, level] : levels) level = next++;
    for (LotType& type : m.lot_types) type.priority_level = levels[type.priority];
    for (WipLot& lot : m.wip_lots) lot.priority_level = levels[lot.priority];
    m.priority_levels = std::max<uint32_t>(next, 1);
}

}  // namespace chipchain
