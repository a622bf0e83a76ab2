// What a result of chips was made from, so that it can be made again: networks and chips by hash, seed, options,
// program version, and a fingerprint of what came out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chipchain/chip/chip_model.h"
#include "chipchain/report/table.h"

namespace chipchain {

struct ChipInput {
    std::string kind;  // "network" or "chip"
    std::string name;
    std::string sha256;  // network_hash() or chip_hash()
};
struct ChipIdentity {
    std::string verb;  // "run"
    uint64_t seed = 0;
    std::string options;  // all that change the result, as they would be typed
    std::vector<ChipInput> inputs;
};

// SHA-256 of the dataflow and of every figure with its range, in order of ChipFigure: the same for two chips that
// differ in names, marks and sources alone.
[[nodiscard]] std::string chip_hash(const ChipModel& chip);
// SHA-256 of hashes, seed and options, for RunIdentity::model_hash; names and version have no part in it.
[[nodiscard]] std::string identity_hash(const ChipIdentity& identity);
// SHA-256 of all cells of these tables.
[[nodiscard]] std::string tables_fingerprint(const std::vector<ResultTable>& tables);

inline constexpr ColumnInfo kChipIdentityColumns[] = {
    {"kind", ColumnKind::key, "", "network or chip"},
    {"name", ColumnKind::key, "", "its name"},
    {"sha256", ColumnKind::fact, "", "network: of all that fixes values; chip: of every figure with its range"},
    {"verb", ColumnKind::fact, "", "sub-command of chipchain chip"},
    {"options", ColumnKind::fact, "", "that change the result"},
    {"seed", ColumnKind::fact, "", "of what is drawn"},
    {"version", ColumnKind::fact, "", "program version and commit"},
    {"fingerprint", ColumnKind::fact, "", "SHA-256 of the cells of all other tables"},
};
inline constexpr TableSchema kChipIdentitySchema = {
    "chip_identity",
    "what the tables were made from",
    kChipIdentityColumns};
// One row per network and chip. `tables`: all others.
[[nodiscard]] ResultTable chip_identity_table(const ChipIdentity& identity, const std::vector<ResultTable>& tables);

}  // namespace chipchain
