#include "chipchain/chain/flow_model.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chipchain/base/check.h"
#include "chipchain/chain/stage.h"
#include "chipchain/spec/rows.h"
#include "chipchain/spec/schema.h"
#include "chipchain/stats/special.h"
#include "chipchain/yield/boards.h"

namespace chipchain {

namespace {

constexpr double kMm2PerCm2 = 100.0;
constexpr size_t kMostReasons = 120;  // a reason is one byte, and tests have a reason each and 127 blocks of steps

constexpr double kLeastPlaces = 0.01;  // share of places that get parts: below, lots without any would never end

MicroUsd micro(double usd) { return std::llround(usd * 1e6); }

class FlowCompiler {
 public:
    explicit FlowCompiler(const Spec& spec) : spec_(spec) {}

    Result<FlowModel> compile() {
        if (spec_.flows.size() != 1 || spec_.flow_stages.empty()) {
            report(
                "no-flow",
                fmt::format("the file has {} flows and {} stages", spec_.flows.size(), spec_.flow_stages.size()),
                {UINT32_MAX, 0, 0, 0},
                "",
                "a flow file has one [[flow]] and its [[flow_stage]] rows");
            return tl::unexpected(std::move(diagnostics_));
        }
        read_head(spec_.flows.front());
        check_references();
        note_marks();
        for (const FlowStageSpec& row : spec_.flow_stages) read_stage(row);
        if (out_.reasons.size() > kMostReasons || spec_.flow_bins.size() > kMostReasons) {
            report(
                "too-many-losses",
                fmt::format(
                    "the flow has {} kinds of loss and {} bins",
                    out_.reasons.size() - 1,
                    spec_.flow_bins.size()),
                spec_.flows.front().span,
                fmt::format("expected at most {} of each", kMostReasons - 1),
                "join those that nobody tells apart");
        }
        if (!diagnostics_.empty()) return tl::unexpected(std::move(diagnostics_));
        out_.final_store = out_.stages.back().bins.front().store;
        return std::move(out_);
    }

 private:
    void report(std::string id, std::string message, Span span, std::string expected = {}, std::string help = {}) {
        diagnostics_.push_back(
            {Severity::error, std::move(id), std::move(message), span, std::move(expected), std::move(help)});
    }

    // The place of a key's value, or of the row when the file does not state it.
    static Span at(std::string_view table, const Row& row, std::string_view key) {
        const size_t field = field_index(*find_table(table), key);
        return field < row.spans.size() && (row.given >> field & 1) != 0 ? row.spans[field] : row.span;
    }

    void read_head(const FlowSpec& head) {
        out_.name = head.name;
        out_.lot_wafers = static_cast<uint32_t>(head.lot_wafers);
        out_.horizon = head.months * 30 * kDay;
        out_.trace_share = head.trace_percent / 100;
        out_.reasons.push_back({"good", 0});
        for (const FlowStageSpec& s : spec_.flow_stages) stage_names_.push_back(s.name);
    }

    template <class Rows>
    void check_stage_names(std::string_view table, const Rows& rows) {
        for (const auto& row : rows) {
            if (std::find(stage_names_.begin(), stage_names_.end(), row.stage) != stage_names_.end()) continue;
            report(
                "unknown-flow-stage",
                fmt::format("[[{}]] belongs to the stage '{}', which is not declared", table, row.stage),
                at(table, row, "stage"),
                fmt::format("expected one of {} stages", stage_names_.size()),
                did_you_mean(row.stage, stage_names_, "add a [[flow_stage]] with that name"));
        }
    }

    void check_references() {
        check_stage_names("flow_loss", spec_.flow_losses);
        check_stage_names("flow_test", spec_.flow_tests);
        check_stage_names("flow_bin", spec_.flow_bins);
        check_stage_names("flow_part", spec_.flow_parts);
    }

    void note_mark(Mark mark, std::string name) {
        ++out_.rows;
        if (mark == Mark::assumption) out_.assumptions.push_back(std::move(name));
    }

    void note_marks() {
        for (const FlowStageSpec& r : spec_.flow_stages) note_mark(r.mark, r.name);
        for (const FlowPartSpec& r : spec_.flow_parts) {
            if (r.purchased) note_mark(r.mark, fmt::format("{}: {}", r.stage, r.part));
        }
        for (const FlowLossSpec& r : spec_.flow_losses) note_mark(r.mark, fmt::format("{}: {}", r.stage, r.name));
        for (const FlowTestSpec& r : spec_.flow_tests) note_mark(r.mark, fmt::format("{}: {}", r.stage, r.name));
        for (const FlowBinSpec& r : spec_.flow_bins) note_mark(r.mark, fmt::format("{}: {}", r.stage, r.name));
    }

    uint8_t add_reason(std::string name) {
        out_.reasons.push_back({std::move(name), static_cast<uint32_t>(out_.stages.size())});
        return static_cast<uint8_t>(out_.reasons.size() - 1);  // too many: reported at the end
    }

    uint32_t store_of(const std::string& product) const {
        for (uint32_t i = 0; i < out_.stores.size(); ++i) {
            if (out_.stores[i].product == product) return i;
        }
        return kNoStore;
    }
    uint32_t add_store(const std::string& product) {
        if (const uint32_t known = store_of(product); known != kNoStore) return known;
        out_.stores.push_back({product, false});
        return static_cast<uint32_t>(out_.stores.size() - 1);
    }

    void read_stage(const FlowStageSpec& row) {
        FlowStage stage;
        const FlowKindInfo& kind = flow_kind(row.kind);
        stage.name = row.name;
        stage.kind = row.kind;
        stage.wafers_per_month = row.wafers_per_month > 0 ? row.wafers_per_month : spec_.flows.front().wafers_per_month;
        stage.lot_pieces = static_cast<uint64_t>(row.lot_pieces);
        stage.single_pieces = row.kind == FlowKind::wafer_sort;
        stage.attach = row.attach;
        stage.cycle_time = row.cycle_time;
        stage.piece_cost = micro(row.piece_usd);
        stage.unit_cost = micro(row.unit_usd);
        if (kind.from_wafers && !(stage.wafers_per_month > 0)) {
            report(
                "no-wafers",
                fmt::format("stage '{}' gets no wafers", row.name),
                at("flow_stage", row, "wafers_per_month"),
                "",
                "give wafers_per_month in [[flow]] or in the stage");
        }
        read_geometry(row, kind, stage);
        read_cores(row, stage);
        read_bins(row, kind, stage);
        for (const FlowPartSpec& p : spec_.flow_parts) {
            if (p.stage == row.name) read_part(p, kind, stage);
        }
        for (const FlowLossSpec& l : spec_.flow_losses) {
            if (l.stage == row.name) read_loss(l, row, kind, stage);
        }
        for (const FlowTestSpec& t : spec_.flow_tests) {
            if (t.stage == row.name) read_test(t, stage);
        }
        const bool needs = !kind.from_wafers && stage.parts.empty();
        if (needs) {
            report(
                "missing-parts",
                fmt::format("stage '{}' takes no parts", row.name),
                at("flow_stage", row, "kind"),
                fmt::format("expected a [[flow_part]] for a stage of kind {}", kind.name),
                "name the product it takes from a stage before it");
        }
        finish_stage(stage);
        out_.stages.push_back(std::move(stage));
    }

    void read_geometry(const FlowStageSpec& row, const FlowKindInfo& kind, FlowStage& stage) {
        stage.piece_units = static_cast<uint64_t>(row.piece_units);
        const bool panel = row.panel_x_mm > 0 && row.panel_y_mm > 0 && !kind.from_wafers;
        const bool sized = row.unit_x_mm > 0 && row.unit_y_mm > 0;
        if (stage.piece_units > 0) return;
        if (!sized || !(panel || kind.from_wafers)) {
            report(
                "no-units",
                fmt::format("it is not said how many units a {} of stage '{}' has", kind.piece, row.name),
                row.span,
                "",
                fmt::format("give unit_x_mm, unit_y_mm{} or piece_units", kind.from_wafers ? "" : " and the panel"));
            return;
        }
        stage.width_mm = kind.from_wafers ? row.wafer_mm : row.panel_x_mm;
        stage.height_mm = kind.from_wafers ? row.wafer_mm : row.panel_y_mm;
        stage.region = kind.from_wafers ? usable_region(WaferShape{row.wafer_mm, row.edge_mm, row.notch_mm, 0})
                                        : usable_region(PanelShape{row.panel_x_mm, row.panel_y_mm, row.edge_mm, {}});
        const double least = std::min(stage.width_mm, stage.height_mm);
        const bool fits =
            row.unit_x_mm <= stage.width_mm && row.unit_y_mm <= stage.height_mm && 2 * row.edge_mm < least;
        if (fits) {
            stage.cell = device_cell(row.unit_x_mm, row.unit_y_mm, row.street_mm);
            stage.placement = place(stage.region, stage.cell, Centring::best);
        }
        stage.piece_units = stage.placement.devices;
        stage.has_map = stage.piece_units > 0;
        if (stage.has_map) return;
        report(
            "unit-too-large",
            fmt::format(
                "no {} of {} x {} mm fits on a {} of {} x {} mm with an edge of {} mm",
                kind.unit,
                row.unit_x_mm,
                row.unit_y_mm,
                kind.piece,
                stage.width_mm,
                stage.height_mm,
                row.edge_mm),
            at("flow_stage", row, "unit_x_mm"),
            "",
            fmt::format("make the {} smaller or the {} larger", kind.unit, kind.piece));
    }

    void read_cores(const FlowStageSpec& row, FlowStage& stage) {
        if (row.cores == 0) return;
        const double area = row.unit_x_mm * row.unit_y_mm;
        const double of_cores = static_cast<double>(row.cores) * row.core_mm2;
        if (row.core_mm2 > 0 && of_cores <= area) {
            stage.cores = {static_cast<uint32_t>(row.cores), row.core_mm2 / kMm2PerCm2, (area - of_cores) / kMm2PerCm2};
            return;
        }
        report(
            "flow-cores",
            fmt::format("{} cores of {} mm2 on a die of {:.6g} mm2", row.cores, row.core_mm2, area),
            at("flow_stage", row, "core_mm2"),
            "expected cores with an area that fit on the die",
            "correct cores, core_mm2 or the size of the die");
    }

    void read_bins(const FlowStageSpec& row, const FlowKindInfo& kind, FlowStage& stage) {
        for (const FlowBinSpec& b : spec_.flow_bins) {
            if (b.stage != row.name) continue;
            if (!kind.from_wafers) {
                report(
                    "unused-bins",
                    fmt::format("stage '{}' of kind {} has no bins", row.name, kind.name),
                    b.span,
                    "",
                    "only wafer_sort sorts into bins");
                continue;
            }
            const uint32_t least = static_cast<uint32_t>(b.least_cores);
            if (least > stage.cores.cores || (!stage.bins.empty() && least > stage.bins.back().least_cores)) {
                report(
                    "core-order",
                    fmt::format("bin '{}' needs {} cores", b.name, least),
                    at("flow_bin", b, "least_cores"),
                    stage.bins.empty() ? fmt::format("expected at most the {} cores of the die", stage.cores.cores)
                                       : fmt::format("expected at most {}", stage.bins.back().least_cores),
                    "bins stand in falling order of cores");
            }
            stage.bins.push_back({b.name, add_store(b.product), least, b.share_percent / 100});
        }
        if (!stage.bins.empty()) return;
        if (store_of(row.product) != kNoStore && !kind.from_wafers) {
            report(
                "duplicate-product",
                fmt::format("'{}' is made by a stage before '{}'", row.product, row.name),
                at("flow_stage", row, "product"),
                "expected a product of its own",
                "name what leaves each stage differently");
        }
        stage.bins.push_back({"good", add_store(row.product), 0, 1});
    }

    void read_part(const FlowPartSpec& row, const FlowKindInfo& kind, FlowStage& stage) {
        if (kind.from_wafers) {
            report(
                "unused-parts",
                fmt::format("stage '{}' of kind {} takes no parts", row.stage, kind.name),
                row.span,
                "",
                "wafers come from the fab");
            return;
        }
        FlowPart part;
        part.name = row.part;
        part.quantity = static_cast<uint32_t>(row.quantity);
        if (row.purchased) {
            part.price = micro(row.price_usd);
            part.bad = 1 - deterministic_pow(1 - row.bad_ppm / 1e6, static_cast<double>(row.quantity));
            part.reason = add_reason(fmt::format("bad {}", row.part));
        } else {
            part.store = store_of(row.part);
            const bool own = part.store == stage.bins.front().store;
            if (part.store == kNoStore || own) report_part(row);
            if (part.store != kNoStore) out_.stores[part.store].consumed = true;
        }
        stage.parts.push_back(part);
    }

    void report_part(const FlowPartSpec& row) {
        std::vector<std::string> products;
        for (const FlowStore& s : out_.stores) products.push_back(s.product);
        for (const FlowStageSpec& s : spec_.flow_stages) {
            if (s.product != row.part) continue;
            report(
                "part-made-later",
                fmt::format("stage '{}' takes '{}', which stage '{}' makes", row.stage, row.part, s.name),
                at("flow_part", row, "part"),
                "expected a product of an earlier stage",
                "put the stages in the sequence of the flow");
            return;
        }
        report(
            "unknown-part",
            fmt::format("stage '{}' takes '{}', which no stage makes", row.stage, row.part),
            at("flow_part", row, "part"),
            "expected a product of an earlier stage",
            did_you_mean(row.part, products, "add the stage that makes it, or purchased = true with its price"));
    }

    void read_loss(const FlowLossSpec& row, const FlowStageSpec& of, const FlowKindInfo& kind, FlowStage& stage) {
        FlowLoss loss;
        loss.scope = row.scope;
        loss.found = row.scope == FlowScope::piece ? 1 : row.found_percent / 100;
        loss.reason = add_reason(row.name);
        const bool allowed = row.scope == FlowScope::unit || (row.scope == FlowScope::piece && kind.has_pieces) ||
                             (row.scope != FlowScope::piece && kind.has_pieces && !kind.from_wafers) ||
                             (row.scope == FlowScope::part && !kind.from_wafers);
        if (!allowed) {
            report(
                "flow-scope",
                fmt::format("loss '{}' has a scope that stage '{}' of kind {} has not", row.name, row.stage, kind.name),
                at("flow_loss", row, "scope"),
                "",
                "wafers have units and pieces, panels all scopes, stages without panels units and parts");
        }
        const double yield = deterministic_pow(row.yield_percent / 100, static_cast<double>(row.repeat));
        const Opportunities joints[] = {{row.name, row.opportunities, row.dpmo}};
        loss.other = yield * assembly_yield(joints);
        double survives = loss.other;
        if (row.d0_per_cm2 > 0) survives *= defect_yield(row, of, stage, loss);
        if (loss.scope == FlowScope::part) {
            double parts = 0;
            for (const FlowPart& p : stage.parts) parts += p.store == kNoStore ? 0 : p.quantity;
            survives = deterministic_pow(survives, parts);
        }
        loss.failing = 1 - survives;
        stage.single_pieces = stage.single_pieces || loss.shared || loss.scope == FlowScope::piece;
        stage.losses.push_back(loss);
    }

    double defect_yield(const FlowLossSpec& row, const FlowStageSpec& of, FlowStage& stage, FlowLoss& loss) {
        const Result<YieldModel> model = find_yield_model(row.model, at("flow_loss", row, "model"));
        if (!model) {
            diagnostics_.insert(diagnostics_.end(), model.error().begin(), model.error().end());
            return 1;
        }
        const double area = (row.area_mm2 > 0 ? row.area_mm2 : of.unit_x_mm * of.unit_y_mm) / kMm2PerCm2;
        loss.mean_defects = row.d0_per_cm2 * area;
        loss.alpha = row.alpha > 0 ? row.alpha : kNoClustering;
        loss.shared = row.cluster == FlowCluster::piece && row.alpha > 0;
        loss.d0_per_cm2 = row.d0_per_cm2;
        loss.by_cores = of.kind == FlowKind::wafer_sort && of.cores > 0 && row.area_mm2 == 0;
        const bool gamma = *model == YieldModel::negative_binomial;
        if ((loss.shared || loss.by_cores) && !gamma) {
            report(
                "flow-cluster",
                fmt::format("loss '{}' needs a gamma density, '{}' has none", row.name, row.model),
                at("flow_loss", row, "model"),
                "expected negative-binomial",
                "defects shared by a piece, and dies with spare cores, are sampled from negative-binomial");
            return 1;
        }
        if (*model == YieldModel::bose_einstein && !(row.alpha > 0)) loss.alpha = 1;
        if (!loss.by_cores) return die_yield(*model, row.d0_per_cm2, area, loss.alpha);
        double failing = 0;
        stage.bin_shares = bin_shares(stage, loss, -1, &failing);
        return 1 - failing;
    }

    void read_test(const FlowTestSpec& row, FlowStage& stage) {
        FlowTest test;
        test.name = row.name;
        test.coverage = row.coverage_percent / 100;
        test.false_share = row.false_percent / 100;
        test.retests = static_cast<uint32_t>(row.retests);
        test.repair = row.repair_percent / 100;
        test.insertion = micro(row.insertion_usd);
        test.repair_cost = micro(row.repair_usd);
        test.false_reason = add_reason(fmt::format("good, rejected by {}", row.name));
        const Result<EscapeForm> form = find_escape_form(row.form, at("flow_test", row, "form"));
        if (form) {
            test.form = *form;
        } else {
            diagnostics_.insert(diagnostics_.end(), form.error().begin(), form.error().end());
        }
        stage.tests.push_back(test);
    }

    void finish_stage(FlowStage& stage) {
        if (stage.bin_shares.empty()) {
            double failing = 0;
            stage.bin_shares = bin_shares(stage, {}, -1, &failing);
        }
        if (stage.bin_shares.back() > 0) stage.no_bin_reason = add_reason("fits no bin");
        expect_stage(out_, stage);
        if (stage.parts.empty() || stage.expected.parts >= kLeastPlaces) return;
        report(
            "too-few-places",
            fmt::format("place losses of stage '{}' leave {:.3g} of its places", stage.name, stage.expected.parts),
            spec_.flow_stages[out_.stages.size()].span,
            fmt::format("expected at least {}", kLeastPlaces),
            "correct the losses of scope place, or use attach = \"first\"");
    }

    const Spec& spec_;
    Diagnostics diagnostics_;
    std::vector<std::string> stage_names_;
    FlowModel out_;
};

}  // namespace

Result<FlowModel> compile_flow(const Spec& spec) { return FlowCompiler(spec).compile(); }

std::vector<double> bin_shares(const FlowStage& stage, const FlowLoss& loss, double density, double* failing) {
    std::vector<double> cores = {1};
    if (loss.by_cores) {
        cores = density < 0 ? harvest_bins(stage.cores, loss.d0_per_cm2, loss.alpha)
                            : harvest_bins(stage.cores, loss.d0_per_cm2 * density);
    }
    std::vector<double> shares(stage.bins.size() + 1);
    double enough = 0;  // dies with the cores of the least demanding bin
    for (size_t working = 0; working < cores.size(); ++working) {
        double left = cores[working];
        if (working >= stage.bins.back().least_cores || !loss.by_cores) enough += left;
        for (size_t b = 0; b < stage.bins.size(); ++b) {
            if (loss.by_cores && working < stage.bins[b].least_cores) continue;
            shares[b] += left * stage.bins[b].share;
            left *= 1 - stage.bins[b].share;
        }
    }
    *failing = std::min(1.0, std::max(0.0, 1 - enough));
    double rest = 1;
    for (size_t b = 0; b + 1 < shares.size(); ++b) {
        shares[b] = enough > 0 ? std::min(rest, shares[b] / enough) : 0;
        rest -= shares[b];
    }
    shares.back() = rest < 1e-12 ? 0 : rest;  // rounding of a sum that is 1
    return shares;
}

}  // namespace chipchain
