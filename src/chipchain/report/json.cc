#include "chipchain/report/json.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "chipchain/report/run_page.h"
#include "chipchain/report/summary.h"

namespace chipchain {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Cell& cell) {
    if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
    if (const auto* number = std::get_if<double>(&cell)) return *number;
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return nullptr;
}

bool is_long(std::string_view table) {
    return table == "tool" || table == "step" || table.substr(0, 6) == "series" || table == "queue_time_window";
}

Json summary_json(const std::vector<std::vector<ResultTable>>& replications, std::string_view name) {
    const Summary summary = summarise(same_table(replications, name));
    Json rows = Json::array();
    for (const SummaryRow& row : summary.rows) {
        Json out;
        for (size_t c = 0; c < summary.schema->columns.size(); ++c) {
            const ColumnInfo& column = summary.schema->columns[c];
            const MeanInterval& value = row.values[c];
            if (column.kind != ColumnKind::value) {
                out[column.name] = to_json(row.labels[c]);
            } else if (value.count == 0) {
                out[column.name] = nullptr;
            } else {
                out[column.name] = {{"mean", value.mean}, {"n", value.count}};
                if (std::isfinite(value.half_width)) out[column.name]["half_width"] = value.half_width;
            }
        }
        rows.push_back(std::move(out));
    }
    return rows;
}

}  // namespace

std::string json_text(const std::vector<std::vector<ResultTable>>& replications, bool everything) {
    Json root;
    root["format"] = "chipchain-results-1";
    for (const std::string_view name : {"lot_type", "tool_group"}) {
        if (!same_table(replications, name).empty()) root["summary"][name] = summary_json(replications, name);
    }
    for (size_t i = 0; i < replications.size(); ++i) {
        for (const ResultTable& table : replications[i]) {
            if (is_long(table.schema->name) && !everything) continue;
            Json& rows = root["tables"][table.schema->name];
            if (rows.is_null()) rows = Json::array();
            for (size_t r = 0; r < table.rows(); ++r) {
                Json row;
                row["run"] = i;
                for (size_t c = 0; c < table.schema->columns.size(); ++c)
                    row[table.schema->columns[c].name] = to_json(table.at(r, c));
                rows.push_back(std::move(row));
            }
        }
    }
    return root.dump(1) + "\n";
}

std::string tables_json(std::string_view format, const std::vector<ResultTable>& tables) {
    Json root;
    root["format"] = format;
    for (const ResultTable& table : tables) {
        Json& rows = root["tables"][table.schema->name];
        rows = Json::array();
        for (size_t r = 0; r < table.rows(); ++r) {
            Json row;
            for (size_t c = 0; c < table.schema->columns.size(); ++c)
                row[table.schema->columns[c].name] = to_json(table.at(r, c));
            rows.push_back(std::move(row));
        }
    }
    return root.dump(1) + "\n";
}

}  // namespace chipchain
