#include "chipchain/report/csv.h"

#include <fmt/format.h>

#include "chipchain/report/files.h"

namespace chipchain {

namespace {

void append_cell(std::string& out, const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    out += '"';
}

}  // namespace

std::string csv_text(const std::vector<const ResultTable*>& replications) {
    if (replications.empty()) return {};
    std::string out = "run";
    const auto columns = replications[0]->schema->columns;
    for (const ColumnInfo& column : columns) out += "," + std::string(column.name);
    out += "\n";
    for (size_t i = 0; i < replications.size(); ++i) {
        for (size_t r = 0; r < replications[i]->rows(); ++r) {
            out += fmt::format("{}", i);
            for (size_t c = 0; c < columns.size(); ++c) {
                out += ',';
                append_cell(out, replications[i]->text(r, c));
            }
            out += "\n";
        }
    }
    return out;
}

Result<void> write_csv(const std::string& folder, const std::vector<std::vector<ResultTable>>& replications) {
    if (replications.empty()) return {};
    for (size_t t = 0; t < replications[0].size(); ++t) {
        std::vector<const ResultTable*> same;
        for (const auto& tables : replications) same.push_back(&tables[t]);
        const std::string path = fmt::format("{}/{}.csv", folder, same[0]->schema->name);
        if (Result<void> written = write_whole_file(path, csv_text(same)); !written) return written;
    }
    return {};
}

}  // namespace chipchain
