// chipchain chip show: the figures of a chip.
#include <fmt/format.h>

#include "chipchain/base/version.h"
#include "chipchain/cli/chip_load.h"
#include "chipchain/cli/chip_verbs.h"
#include "chipchain/cli/exit.h"
#include "chipchain/cli/load.h"
#include "chipchain/cli/table_files.h"
#include "chipchain/cli/terminal.h"
#include "chipchain/report/chip_tables.h"
#include "chipchain/report/json.h"
#include "chipchain/report/table_page.h"

namespace chipchain {

int chip_show_verb(const ChipChoices& c) {
    const std::optional<std::vector<ChipModel>> chips = load_chips({c.chip});
    if (!chips) return kExitMistake;
    const ChipModel& chip = chips->front();
    const std::vector<ResultTable> tables{chip_figure_table(chip)};
    if (c.json != "-") {
        fmt::print(
            "{}: {}\n  {}, {}, {:.1f} TOPS at full rate\n  {}\n\n{}",
            chip.name,
            chip.title,
            chip.foundry,
            chip.node,
            peak_tops(chip.shape),
            chip.note,
            table_page(tables.front(), window_width()));
    }
    const RunIdentity identity{chip.name, std::string(version()), 0, 0, 0};
    const Result<void> written = write_tables({c.json, c.csv, c.sqlite}, identity, chip_figure_schemas(), tables, [&] {
        return tables_json("chipchain-chip-1", tables);
    });
    if (written) return kExitGood;
    print_diagnostics(written.error(), {});
    return kExitFailed;
}

}  // namespace chipchain
