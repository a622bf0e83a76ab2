#include "tests/plan/smps.h"

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "chipchain/base/check.h"

namespace chipchain::testing {

namespace {

using Line = std::vector<std::string>;  // words

// Section and words of every line; a section's name stands in column 0.
std::vector<std::pair<std::string, Line>> read_sections(const std::filesystem::path& path) {
    std::ifstream stream(path);
    CHECK(stream.good());
    std::vector<std::pair<std::string, Line>> lines;
    std::string section;
    std::string text;
    while (std::getline(stream, text)) {
        std::istringstream words(text);
        Line line;
        for (std::string word; words >> word;) {
            line.push_back(word);
        }
        if (line.empty() || text[0] == '*') {
            continue;
        }
        if (text[0] != ' ') {
            section = line[0];
            continue;
        }
        lines.emplace_back(section, line);
    }
    return lines;
}

struct CoreColumn {
    std::string name;
    bool integer = false;
    double cost = 0;
    double upper = kInfinity;
    std::vector<std::pair<std::string, double>> entries;
};

struct CoreRow {
    std::string name;
    char sense = 'E';
    double rhs = 0;
};

struct Core {
    std::string objective;
    std::vector<CoreRow> rows;
    std::vector<CoreColumn> columns;
    std::map<std::string, size_t> row_of, column_of;
};

void read_column(Core& core, const Line& line, bool& integer) {
    if (line[1] == "'MARKER'") {
        integer = line[2] == "'INTORG'";
        return;
    }
    if (core.column_of.emplace(line[0], core.columns.size()).second) {
        core.columns.push_back({.name = line[0], .integer = integer});
    }
    CoreColumn& column = core.columns[core.column_of.at(line[0])];
    for (size_t at = 1; at + 1 < line.size(); at += 2) {
        const double value = std::stod(line[at + 1]);
        if (line[at] == core.objective) {
            column.cost = value;
        } else {
            column.entries.emplace_back(line[at], value);
        }
    }
}

Core read_core(const std::filesystem::path& path) {
    Core core;
    bool integer = false;
    for (const auto& [section, line] : read_sections(path)) {
        if (section == "ROWS" && line[0] == "N") {
            core.objective = line[1];
        } else if (section == "ROWS") {
            core.row_of[line[1]] = core.rows.size();
            core.rows.push_back({.name = line[1], .sense = line[0][0]});
        } else if (section == "COLUMNS") {
            read_column(core, line, integer);
        } else if (section == "RHS") {
            for (size_t at = 1; at + 1 < line.size(); at += 2) {
                core.rows[core.row_of.at(line[at])].rhs = std::stod(line[at + 1]);
            }
        } else {
            CHECK(section == "BOUNDS" && line[0] == "UP");
            core.columns[core.column_of.at(line[2])].upper = std::stod(line[3]);
        }
    }
    return core;
}

struct Scenario {
    double probability = 0;
    std::map<std::pair<std::string, std::string>, double> changes;  // (column, row) -> coefficient
};

std::vector<Scenario> read_scenarios(const std::filesystem::path& path) {
    std::vector<Scenario> scenarios;
    for (const auto& [section, line] : read_sections(path)) {
        CHECK(section == "SCENARIOS");
        if (line[0] == "SC") {
            scenarios.push_back({.probability = std::stod(line[3])});
            continue;
        }
        for (size_t at = 1; at + 1 < line.size(); at += 2) {
            scenarios.back().changes[{line[0], line[at]}] = std::stod(line[at + 1]);
        }
    }
    return scenarios;
}

void add_rows(LinearProgram& lp, const Core& core, size_t first, size_t end) {
    for (size_t row = first; row < end; ++row) {
        const auto& [name, sense, rhs] = core.rows[row];
        lp.add_row(sense == 'L' ? -kInfinity : rhs, sense == 'G' ? kInfinity : rhs);
    }
}

}  // namespace

LinearProgram extensive_form(const std::filesystem::path& stem) {
    const Core core = read_core(stem.string() + ".cor");
    const std::vector<Scenario> scenarios = read_scenarios(stem.string() + ".sto");
    const auto periods = read_sections(stem.string() + ".tim");
    CHECK(periods.size() == 2);
    const size_t split_column = core.column_of.at(periods[1].second[0]);
    const size_t split_row = core.row_of.at(periods[1].second[1]);
    const size_t copies = core.rows.size() - split_row;

    LinearProgram lp;
    add_rows(lp, core, 0, split_row);
    for (size_t copy = 0; copy < scenarios.size(); ++copy) {
        add_rows(lp, core, split_row, core.rows.size());
    }
    const auto add_column = [&](const CoreColumn& column, size_t copy, const Scenario& scenario) {
        lp.add_column(column.cost * scenario.probability, 0, column.upper, column.integer);
        for (const auto& entry : column.entries) {
            const auto change = scenario.changes.find({column.name, entry.first});
            const size_t row = core.row_of.at(entry.first);
            const double value = change == scenario.changes.end() ? entry.second : change->second;
            // a first-stage column stands in the second stage of every scenario
            const bool all = row >= split_row && copy == SIZE_MAX;
            for (size_t s = 0; s < (all ? scenarios.size() : 1); ++s) {
                lp.add_entry(RowIndex(row + (row < split_row ? 0 : (all ? s : copy) * copies)), value);
            }
        }
    };
    for (size_t column = 0; column < split_column; ++column) {
        add_column(core.columns[column], SIZE_MAX, {.probability = 1});
    }
    for (size_t copy = 0; copy < scenarios.size(); ++copy) {
        for (size_t column = split_column; column < core.columns.size(); ++column) {
            add_column(core.columns[column], copy, scenarios[copy]);
        }
    }
    lp.finish();
    return lp;
}

}  // namespace chipchain::testing
