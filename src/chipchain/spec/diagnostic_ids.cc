#include "chipchain/spec/diagnostic_ids.h"

#include <vector>

#include <fmt/core.h>

#include "chipchain/base/diagnostic.h"

namespace chipchain {

namespace {

constexpr DiagnosticInfo kTable[] = {
    // ---------------------------------------------------------------- files
    {"file-not-found", "A file of the model does not exist.", "[files]\nstep = \"rout_a.csv\"",
     "Correct the name; names in [files] are relative to the folder of model.toml."},
    {"file-not-readable", "A file exists but is not a regular file or cannot be read.", "[files]\nstep = \"routes\"   # a folder",
     "Name a file, and check its permissions."},
    {"file-not-writable", "A file or folder cannot be written.", "",
     "Check the permissions and the free space; remove a left-over folder '*.writing' or '*.replaced'."},
    {"file-outside-model", "A name in [files] leads outside the model's folder.", "[files]\nstep = \"../other/steps.csv\"",
     "A model is one folder: move the file into it. Absolute paths, '..' and links that lead out are refused."},
    {"file-too-large", "A file is larger than 64 MiB.", "", "Split the table: [files] takes a list, step = [\"a.csv\", \"b.csv\"]."},
    {"folder-not-empty", "A model is to be written into a folder that holds something.", "",
     "Name a new folder, or allow overwriting when the folder holds a model."},
    {"empty-file", "A file has no content.", "", "Fill it, or remove it from [files]."},
    {"not-text", "A file is not UTF-8 text.", "a spreadsheet (.xlsx) named steps.csv, or a CSV file in Latin-1",
     "Save it as UTF-8 text; in a spreadsheet choose \"CSV UTF-8\"."},
    {"too-many-rows", "A table has more than 2,000,000 rows.", "", "Split the model."},
    {"more-errors", "More than 10,000 mistakes were found; the rest is counted only.", "", "Repair the first ones: they often cause the others."},

    // ---------------------------------------------------------------- syntax
    {"toml-syntax", "A .toml file is not valid TOML; reading stops at that place.", "[tool_group]]\nname = litho",
     "See the place: texts stand in quotes, rows of a table begin with [[table]]. CSV files of the model are checked nevertheless."},
    {"csv-syntax", "A line of a CSV file breaks the quoting rules of RFC 4180, or the columns are not separated by commas.",
     "logic,1,pad \"A\" etch,etch",
     "Put the whole cell in quotes and double the quotes inside: \"pad \"\"A\"\" etch\"."},
    {"csv-columns", "A line of a CSV file has more or fewer cells than the header.", "route,step,tool_group\nlogic,1",
     "Give one cell per column; an absent value is a blank cell; a cell with a comma stands in quotes."},
    {"duplicate-key", "A key, a table or a column is stated twice.", "[line]\nname = \"a\"\nname = \"b\"", "Remove one of the two."},

    // ---------------------------------------------------------------- tables and values
    {"unknown-table", "The model file has a table that chipchain does not know.", "[[toolgroup]]\nname = \"litho\"",
     "Use the nearest name; docs/reference.md lists all tables."},
    {"missing-table", "A table that every model needs is absent.", "a file without [line]", "Write it: [line] and under it name = \"...\"."},
    {"unknown-key", "A table has a key that it does not know.", "[[tool_group]]\nname = \"litho\"\nload = 1",
     "Use the nearest name. A key with a dimension carries its unit: load_min."},
    {"unknown-column", "A file of an SMT2020 folder has a column that chipchain does not know.", "STNFAN",
     "Correct the name; docs/smt2020.md lists the columns. A column named IGNORE is a comment."},
    {"column-without-effect", "A column is known but has no effect on a simulation.", "ORDER", "Nothing: the note says that it was seen."},
    {"file-not-used", "A file of an SMT2020 folder is named by nothing.", "route_9.txt", "Name it in part.txt, or remove it."},
    {"unknown-calendar", "attach.txt names a calendar that downcal.txt or pmcal.txt does not have.", "BREAK_Lito", "Correct the name, or add the calendar."},
    {"missing-key", "A key is absent that the table needs, always or in this case.",
     "[[release]]\nname = \"r\"\nproduct = \"p\"          # policy \"constant\" needs interval_min", "State the key."},
    {"wrong-type", "A value has another type than its key.", "tools = \"four\"", "Write a value of the type that is expected."},
    {"out-of-range", "A number is outside the range of its key.", "sample_percent = 120",
     "The range stands behind the carets, in the unit of the key."},
    {"unknown-value", "A text is not one of the values of its key.", "wake = \"fastest\"", "Use one of the listed values."},
    {"invalid-name", "A name is empty, longer than 200 bytes, or has control characters or blanks at its ends.", "name = \" litho\"",
     "Choose a plainer name."},
    {"duplicate-name", "Two rows of a table carry the same name, or two steps of a route the same number.",
     "[[product]]\nname = \"p\"\n[[product]]\nname = \"p\"", "Rename one of the two, or remove it."},
    {"distribution-parameters", "The parameters of a duration do not fit its distribution.",
     "process = \"uniform\"\nprocess_min = 5\nprocess_half_min = 6",
     "constant, exponential: mean; uniform, triangular: mean and half width (at most the mean); lognormal: mean and standard "
     "deviation; erlang: mean and shape."},
    {"unknown-profile", "There is no profile of that name.", "[line]\nprofile = \"autoshed\"", "docs/reference.md lists the profiles."},
    {"unknown-switch", "There is no switch of that name.", "[switches]\npm_strt = \"wait\"", "docs/reference.md lists the switches."},

    // ---------------------------------------------------------------- names that lead nowhere
    {"unknown-tool-group", "A row names a tool group that is not declared.", "tool_group = \"lith_arf\"", "Declare it with [[tool_group]], or correct the name."},
    {"unknown-route", "A product names a route without steps.", "[[product]]\nname = \"p\"\nroute = \"logik\"",
     "Give steps of that route, or correct the name."},
    {"unknown-product", "A release line or a lot names a product that is not declared.", "product = \"P1\"", "Declare it with [[product]], or correct the name."},
    {"unknown-rule", "A tool group or the line names a dispatch rule that does not exist.", "rule = \"fifo_hot\"",
     "Declare it with [[rule]], or use a built-in one."},
    {"unknown-model", "There is no embedded model of that name.", "chipchain run minifabb", "chipchain list names the embedded models."},
    {"unknown-area", "A down or a maintenance names an area in which no tool group stands.", "scope = \"area\"\ntarget = \"Lito\"",
     "Correct the name, or give tool groups that area."},
    {"unknown-setup", "A setup is named that no step uses.", "[[setup_change]]\nto = \"SU9\"", "Correct the name, or remove the row."},
    {"unknown-step", "A step refers to a step number that its route does not have.", "rework_step = 900", "Use a number of a step of the same route."},
    {"unknown-release", "A planned lot names a release line that is not declared.", "release = \"hot\"", "Declare it with [[release]], or correct the name."},
    {"unknown-location", "A transport row names a location at which no tool group stands.", "from = \"Fap\"", "Correct the name, or give tool groups that location."},
    {"unknown-rank-key", "A dispatch rule uses a rank key that does not exist.", "rank = \"priority, fiffo\"", "Use the nearest name."},
    {"invalid-rank", "The rank of a dispatch rule cannot be read.", "rank = \"priority,, fifo\"",
     "Write keys with commas between them, most important first: \"priority, setup, fifo\"; '-' turns a key round."},

    // ---------------------------------------------------------------- the model as a whole
    {"step-gap", "The steps of a route are not numbered 1, 2, 3, ... without gaps.", "steps 1, 2, 4", "Renumber the steps."},
    {"rework-not-earlier", "A rework leads to a later step.", "step = 5\nrework_step = 7", "A lot is reworked from an earlier step or from the step itself."},
    {"rework-endless", "A rework of 100 % would never end.", "rework_percent = 100", "Use a share below 100, or switch rework_repeat = \"no\"."},
    {"queue-time-backward", "A queue-time window ends at an earlier step or at the step itself.", "step = 5\nqueue_time_step = 5",
     "The window runs from the end of this step to the start of a later one."},
    {"queue-time-limit-missing", "A queue-time window has no limit, or a limit has no window.", "queue_time_step = 9",
     "State queue_time_step and queue_time_limit_h together."},
    {"batch-limits", "The limits of a batch contradict each other or no lot can meet them.",
     "per = \"batch\"\nbatch_min_pieces = 100\nbatch_max_pieces = 75", "State 1 <= batch_min_pieces <= batch_max_pieces, at least one lot."},
    {"cascade-conflict", "A step has a cascade interval but cannot cascade, or two intervals that exclude each other.",
     "lot_interval_min = 5     # on a tool group with lots_inside = 1",
     "Give the tool group lots_inside = 2; use lot_interval_min with per = \"lot\" and piece_interval_min with per = \"piece\"."},
    {"dedication-not-found", "A dedication leads to a step of another tool group.", "dedicate_step = 40", "Both steps of a dedication must use one tool group."},
    {"dedicate-backward", "A dedication binds an earlier step or the step itself.", "step = 40\ndedicate_step = 12",
     "State it at the first of the two steps: that step's tool is kept for the later one."},
    {"setup-conflict", "A setup appears in contradicting rows.", "[[setup_change]] twice from A to B", "Keep one of them."},
    {"no-release-and-no-wip", "Nothing would ever happen: the model has neither release lines nor lots in the line.", "", "Add [[release]], or a WIP file."},
    {"product-without-route", "A product has no route, so its lots could not start.", "[[product]]\nname = \"p\"", "Give it the route whose steps it follows."},
    {"planned-lot-not-list", "A planned lot belongs to a release line whose policy is not \"list\".", "policy = \"constant\"", "Set policy = \"list\" on that release line."},
    {"release-without-lots", "A release line with policy \"list\" has no planned lots.", "policy = \"list\"", "Add rows to planned_lot, or use another policy."},
    {"release-policy", "A release line lacks what its policy needs, or would release lots without end at one instant.",
     "policy = \"conwip\"      # without wip_limit_lots",
     "constant, poisson: interval_min; conwip: wip_limit_lots; workload: workload_group and a workload_limit_h of at least one lot."},
    {"due-before-start", "Lots are due before they start.", "", "Correct the dates, if the lots are not late in truth."},
    {"warmup-beyond-horizon", "The warm-up ends at or after the horizon, so that no statistics are left.", "horizon_d = 30\nwarmup_d = 30", "Use a shorter warm-up or a longer horizon."},
    {"capacity-exceeded", "A tool group has more work than its tools can do; its queue would grow without end.", "", "Add tools, or release fewer lots."},
    {"too-large", "The model exceeds a limit of the program.", "", "Split the model."},
    {"unreachable-step", "No lot can reach a step: its sampling share is 0 and nothing leads to it.", "sample_percent = 0", "Remove the step, or give it a share."},
    {"unreachable-route", "A route is used by no product.", "", "Remove it, or add the product."},
    {"unreachable-tool-group", "A tool group is used by no step.", "", "Remove it, or let a step use it."},
    {"unused-row", "A row has no effect on the simulation.", "", "Remove it, or correct the name it refers to."},
};

}  // namespace

std::span<const DiagnosticInfo> diagnostic_table() { return kTable; }

const DiagnosticInfo* find_diagnostic(std::string_view id) {
    for (const DiagnosticInfo& info : kTable) {
        if (info.id == id) return &info;
    }
    return nullptr;
}

std::string explain(std::string_view id) {
    const DiagnosticInfo* info = find_diagnostic(id);
    if (info == nullptr) {
        std::vector<std::string> ids;
        for (const DiagnosticInfo& row : kTable) ids.emplace_back(row.id);
        const std::string near = nearest_name(id, ids);
        return fmt::format("There is no diagnostic '{}'.{}\n", id, near.empty() ? "" : fmt::format(" Did you mean '{}'?", near));
    }
    std::string out = fmt::format("{}\n\n{}\n", info->id, info->sentence);
    if (!info->example.empty()) {
        out += "\nFor example:\n\n    ";
        for (const char c : info->example) out += c == '\n' ? "\n    " : std::string(1, c);
        out += "\n";
    }
    return out + fmt::format("\nHow to fix it: {}\n", info->fix);
}

}  // namespace chipchain
