#include "chipchain/report/chip_conform_tables.h"

#include "chipchain/report/table_rows.h"

namespace chipchain {

namespace {

using K = ColumnKind;

constexpr ColumnInfo kColumns[] = {
    {"network", K::key, "", "network or aimed case"},
    {"chip", K::key, "", "version of the chip"},
    {"programs", K::value, "", "legal schedules compiled and checked"},
    {"runs", K::value, "", "programs times inputs, simulated byte by byte"},
    {"equal", K::value, "", "of these, equal to the golden values in every tensor"},
    {"refused", K::value, "", "why this version cannot take the network; else empty"},
    {"network_sha256", K::fact, "", "of everything that fixes values"},
    {"values_sha256", K::fact, "", "over all tensors of the first input"},
};

constexpr TableSchema kSchemas[] = {{"chip_conform", "every network on every version", kColumns}};

}  // namespace

std::span<const TableSchema> chip_conform_schemas() { return kSchemas; }

ResultTable chip_conform_table(const ConformReport& report) {
    Rows rows(kSchemas[0]);
    for (const ConformRow& row : report.rows) {
        rows.text(report.networks[row.network]).text(report.versions[row.version]).count(row.programs);
        rows.count(row.combinations).count(row.equal).text(row.refused);
        rows.text(report.network_hashes[row.network]).text(report.output_hashes[row.network]);
    }
    return rows.take();
}

}  // namespace chipchain
