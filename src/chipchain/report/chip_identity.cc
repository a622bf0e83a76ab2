#include "chipchain/report/chip_identity.h"

#include <span>

#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/chip_figures.h"
#include "chipchain/network/tensor.h"
#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

std::string hash_of(const std::string& text) { return sha256_hex(std::as_bytes(std::span(text))); }

}  // namespace

std::string chip_hash(const ChipModel& chip) {
    std::string text = fmt::format("dataflow {}\n", static_cast<int>(chip.shape.dataflow));
    for (const FigureInfo& info : figure_table()) {
        const Figure& figure = figure_of(chip, info.figure);
        if (figure.known) text += fmt::format("{} {} {} {}\n", info.name, figure.value, figure.low, figure.high);
    }
    return hash_of(text);
}

std::string identity_hash(const ChipIdentity& identity) {
    std::string text = fmt::format("{}\n{}\n{}\n", identity.verb, identity.options, identity.seed);
    for (const ChipInput& input : identity.inputs) text += fmt::format("{} {}\n", input.kind, input.sha256);
    return hash_of(text);
}

std::string tables_fingerprint(const std::vector<ResultTable>& tables) {
    std::string text;
    for (const ResultTable& table : tables) {
        text += fmt::format("{} {}\n", table.schema->name, table.rows());
        for (const Cell& cell : table.cells) text += fmt::format("{} {}\n", cell.index(), cell_text(cell));
    }
    return hash_of(text);
}

ResultTable chip_identity_table(const ChipIdentity& identity, const std::vector<ResultTable>& tables) {
    const std::string fingerprint = tables_fingerprint(tables);
    Rows rows(kChipIdentitySchema);
    for (const ChipInput& input : identity.inputs) {
        rows.text(input.kind).text(input.name).text(input.sha256).text(identity.verb).text(identity.options);
        rows.count(identity.seed).text(std::string(version())).text(fingerprint);
    }
    return rows.take();
}

}  // namespace chipchain
