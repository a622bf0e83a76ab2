#include "chipchain/report/html_report.h"

#include <nlohmann/json.hpp>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPlace = "<script type=\"application/json\" id=\"data\"></script>";
constexpr std::string_view kPlaceEnd = "</script>";

std::string_view kind_name(ColumnKind kind) {
    switch (kind) {
        case ColumnKind::key:
            return "key";
        case ColumnKind::fact:
            return "fact";
        case ColumnKind::value:
            return "value";
    }
    return "";
}

Json cell_json(const Cell& cell) {
    if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
    if (const auto* number = std::get_if<double>(&cell)) return *number;
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return nullptr;
}

Json table_json(const ResultTable& table) {
    Json columns = Json::array();
    for (const ColumnInfo& c : table.schema->columns)
        columns.push_back({{"name", c.name}, {"kind", kind_name(c.kind)}, {"unit", c.unit}, {"help", c.help}});
    Json rows = Json::array();
    for (size_t r = 0; r < table.rows(); ++r) {
        Json row = Json::array();
        for (size_t c = 0; c < table.schema->columns.size(); ++c) row.push_back(cell_json(table.at(r, c)));
        rows.push_back(std::move(row));
    }
    return {{"help", table.schema->help}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

Json meta_json(const ReportMeta& meta) {
    Json maps = Json::array();
    for (const ReportMap& map : meta.maps)
        maps.push_back(
            {{"name", map.name}, {"kind", map.kind}, {"width_mm", map.width_mm}, {"height_mm", map.height_mm}});
    return {
        {"title", meta.title},
        {"scenario", meta.scenario},
        {"note", meta.note},
        {"start", meta.start},
        {"end", meta.end},
        {"model_hash", meta.model_hash},
        {"seed", std::to_string(meta.seed)},  // as text: a script reads numbers above 2^53 wrongly
        {"replications", meta.replications},
        {"service_percent", meta.service_percent > 0 ? Json(meta.service_percent) : Json(nullptr)},
        {"version", meta.version},
        {"fingerprint", meta.fingerprint},
        {"command", meta.command},
        {"bucket_dates", meta.bucket_dates},
        {"maps", std::move(maps)},
    };
}

}  // namespace

std::string chain_json(const std::vector<ResultTable>& tables, const ReportMeta& meta) {
    Json root;
    root["format"] = "chipchain-chain-1";
    root["meta"] = meta_json(meta);
    root["tables"] = Json::object();
    for (const ResultTable& table : tables) root["tables"][table.schema->name] = table_json(table);
    const std::string text = root.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        // only texts can have it
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

std::string html_report(std::string_view page, const std::vector<ResultTable>& tables, const ReportMeta& meta) {
    const size_t place = page.find(kPlace);
    CHECK(place != std::string_view::npos && page.find(kPlace, place + 1) == std::string_view::npos);
    const size_t inside = place + kPlace.size() - kPlaceEnd.size();
    std::string out(page.substr(0, inside));
    out += chain_json(tables, meta);
    out += page.substr(inside);
    return out;
}

}  // namespace chipchain
