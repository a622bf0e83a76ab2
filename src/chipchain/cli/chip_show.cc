// chipchain chip show: the figures of a chip.
#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/chip/nvdla_roofline.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/chip_identity.h"
#include "chipchain/report/chip_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"

namespace chipchain {

namespace {

std::string show_page(const ChipModel& chip, const ResultTable& figures) {
    std::string out = fmt::format("{}: {}\n  ", chip.name, chip.title);
    for (const std::string& text : {chip.foundry, chip.node}) out += text.empty() ? "" : text + ", ";
    out += fmt::format("{:.1f} TOPS at full rate\n", peak_tops(chip.shape));
    if (!chip.note.empty()) out += fmt::format("  {}\n", chip.note);
    return out + "\n" + table_page(figures, window_width());
}

}  // namespace

int chip_show_verb(const ChipChoices& c) {
    const std::optional<std::vector<ChipModel>> chips = load_chips({c.chip});
    if (!chips) return kExitMistake;
    const ChipModel& chip = chips->front();
    std::vector<ResultTable> tables{chip_figure_table(chip)};
    if (c.json != "-") fmt::print("{}", show_page(chip, tables.front()));
    if (c.json != "-" && c.bounds) {
        const ChipShape& s = chip.shape;
        fmt::print("\n{}", explain_bounds(nvdla_resnet50(), s.rows, s.columns, s.clock_ghz));
    }
    const ChipIdentity made{"show", 0, "", {{"chip", chip.name, chip_hash(chip)}}};
    tables.push_back(chip_identity_table(made, tables));
    const RunIdentity identity{identity_hash(made), std::string(version()), 0, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_figure_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
