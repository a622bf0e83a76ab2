#include "chipchain/report/summary.h"

#include <map>

#include "chipchain/base/check.h"

namespace chipchain {

namespace {

std::string key_of(const ResultTable& table, size_t row) {
    std::string key;
    for (size_t c = 0; c < table.schema->columns.size(); ++c) {
        if (table.schema->columns[c].kind != ColumnKind::key) continue;
        key += (key.empty() ? "" : "/") + table.text(row, c);
    }
    return key;
}

bool has_value(const Cell& cell) {
    return std::holds_alternative<int64_t>(cell) || std::holds_alternative<double>(cell);
}

using RowIndex = std::map<std::string, size_t>;

RowIndex index_rows(const ResultTable& table) {
    RowIndex rows;
    for (size_t r = 0; r < table.rows(); ++r) rows.emplace(key_of(table, r), r);
    return rows;
}

}  // namespace

const MeanInterval& Summary::value(size_t row, std::string_view column) const {
    return rows[row].values[schema->index(column)];
}

std::string Summary::label(size_t row, std::string_view column) const {
    return cell_text(rows[row].labels[schema->index(column)]);
}

Summary summarise(const std::vector<const ResultTable*>& replications) {
    Summary summary;
    if (replications.empty()) return summary;
    summary.schema = replications[0]->schema;
    const size_t columns = summary.schema->columns.size();
    RowIndex index;
    std::vector<std::vector<std::vector<double>>> samples;  // [row][column][replication that has a value]
    for (const ResultTable* table : replications) {
        CHECK(table->schema == summary.schema);
        for (size_t r = 0; r < table->rows(); ++r) {
            const auto [found, is_new] = index.emplace(key_of(*table, r), summary.rows.size());
            if (is_new) {
                summary.rows.push_back({std::vector<Cell>(columns), std::vector<MeanInterval>(columns)});
                samples.emplace_back(columns);
            }
            for (size_t c = 0; c < columns; ++c) {
                const Cell& cell = table->at(r, c);
                if (summary.schema->columns[c].kind != ColumnKind::value) {
                    if (is_new) summary.rows.back().labels[c] = cell;
                } else if (has_value(cell)) {
                    samples[found->second][c].push_back(cell_number(cell));
                }
            }
        }
    }
    for (size_t r = 0; r < samples.size(); ++r) {
        for (size_t c = 0; c < columns; ++c) summary.rows[r].values[c] = mean_interval(samples[r][c]);
    }
    return summary;
}

std::vector<Difference> differences(
    const std::vector<const ResultTable*>& first,
    const std::vector<const ResultTable*>& second,
    const std::vector<std::string_view>& columns) {
    std::vector<Difference> out;
    if (first.empty() || first.size() != second.size()) return out;
    const TableSchema& schema = *first[0]->schema;
    std::vector<RowIndex> a_rows, b_rows;
    for (const ResultTable* t : first) a_rows.push_back(index_rows(*t));
    for (const ResultTable* t : second) b_rows.push_back(index_rows(*t));
    for (size_t r = 0; r < first[0]->rows(); ++r) {
        const std::string key = key_of(*first[0], r);
        for (const std::string_view column : columns) {
            const size_t c = schema.index(column);
            std::vector<double> a, b;
            for (size_t i = 0; i < first.size(); ++i) {
                const auto in_a = a_rows[i].find(key);
                const auto in_b = b_rows[i].find(key);
                if (in_a == a_rows[i].end() || in_b == b_rows[i].end()) continue;
                const Cell& x = first[i]->at(in_a->second, c);
                const Cell& y = second[i]->at(in_b->second, c);
                if (!has_value(x) || !has_value(y)) continue;
                a.push_back(cell_number(x));
                b.push_back(cell_number(y));
            }
            if (a.empty()) continue;
            const MeanInterval difference = paired_interval(b, a);
            out.push_back({key, c, mean_interval(a), mean_interval(b), difference, judge(difference)});
        }
    }
    return out;
}

}  // namespace chipchain
