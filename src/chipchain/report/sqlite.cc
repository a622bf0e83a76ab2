#include "chipchain/report/sqlite.h"

#include <filesystem>

#include <fmt/format.h>
#include <sqlite3.h>

#include "chipchain/report/files.h"
#include "chipchain/report/result_tables.h"

namespace chipchain {

namespace {

constexpr std::string_view kFormat = "chipchain-results-1";

struct Statement {
    sqlite3_stmt* handle = nullptr;
    Statement(sqlite3* db, const std::string& sql) { sqlite3_prepare_v2(db, sql.c_str(), -1, &handle, nullptr); }
    ~Statement() { sqlite3_finalize(handle); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    void bind(int index, const Cell& cell) {
        if (const auto* integer = std::get_if<int64_t>(&cell)) {
            sqlite3_bind_int64(handle, index, *integer);
        } else if (const auto* number = std::get_if<double>(&cell)) {
            sqlite3_bind_double(handle, index, *number);
        } else if (const auto* text = std::get_if<std::string>(&cell)) {
            sqlite3_bind_text(handle, index, text->data(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
        } else {
            sqlite3_bind_null(handle, index);
        }
    }
    // One step; true when a row is there.
    bool row() { return sqlite3_step(handle) == SQLITE_ROW; }
    std::string text(int column) {
        const auto* bytes = sqlite3_column_text(handle, column);
        return bytes == nullptr ? ""
                                : std::string(
                                      reinterpret_cast<const char*>(bytes),
                                      static_cast<size_t>(sqlite3_column_bytes(handle, column)));
    }
};

std::string create_sql(const TableSchema& schema) {
    std::string sql = fmt::format("CREATE TABLE \"{}\" (run INTEGER NOT NULL", schema.name);
    for (const ColumnInfo& column : schema.columns) sql += fmt::format(", \"{}\"", column.name);
    return sql + ")";
}

std::string insert_sql(const TableSchema& schema) {
    std::string sql = fmt::format("INSERT INTO \"{}\" VALUES (?", schema.name);
    for (size_t i = 0; i < schema.columns.size(); ++i) sql += ", ?";
    return sql + ")";
}

std::vector<std::pair<std::string, std::string>> identity_rows(const RunIdentity& x) {
    return {
        {"format", std::string(kFormat)},
        {"model_hash", x.model_hash},
        {"version", x.version},
        {"seed", fmt::format("{}", x.seed)},
        {"horizon_us", fmt::format("{}", x.horizon)},
        {"warmup_us", fmt::format("{}", x.warmup)}};
}

}  // namespace

struct ResultFile::Database {
    sqlite3* handle = nullptr;
    std::string path;
    ~Database() { sqlite3_close(handle); }

    bool run(const std::string& sql) {
        return sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    }
    [[nodiscard]] Diagnostics failure() const { return not_writable(path, sqlite3_errmsg(handle)); }

    bool make_tables(const RunIdentity& identity, std::span<const TableSchema> schemas) {
        bool good = run("BEGIN") && run("CREATE TABLE identity (key TEXT PRIMARY KEY, value TEXT)") &&
                    run("CREATE TABLE meta (\"table\" TEXT, \"column\" TEXT, kind TEXT, unit TEXT, meaning TEXT)");
        for (const auto& [key, value] : identity_rows(identity)) {
            Statement insert(handle, "INSERT INTO identity VALUES (?, ?)");
            insert.bind(1, key);
            insert.bind(2, value);
            good = good && sqlite3_step(insert.handle) == SQLITE_DONE;
        }
        constexpr std::string_view kKinds[] = {"key", "fact", "value"};
        for (const TableSchema& schema : schemas) {
            good = good && run(create_sql(schema));
            for (const ColumnInfo& column : schema.columns) {
                Statement insert(handle, "INSERT INTO meta VALUES (?, ?, ?, ?, ?)");
                int index = 1;
                for (const std::string_view text :
                     {schema.name, column.name, kKinds[static_cast<size_t>(column.kind)], column.unit, column.help}) {
                    insert.bind(index++, Cell(std::in_place_type<std::string>, text));
                }
                good = good && sqlite3_step(insert.handle) == SQLITE_DONE;
            }
        }
        return good && run("COMMIT");
    }

    // What keeps the file from being continued; empty when nothing does.
    std::string other_run(const RunIdentity& identity) {
        for (const auto& [key, value] : identity_rows(identity)) {
            Statement select(handle, "SELECT value FROM identity WHERE key = ?");
            select.bind(1, key);
            if (select.handle == nullptr || !select.row()) return "it is no chipchain result file";
            if (select.text(0) != value) return fmt::format("its {} is {}, not {}", key, select.text(0), value);
        }
        return {};
    }
};

ResultFile::ResultFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
ResultFile::ResultFile(ResultFile&&) noexcept = default;
ResultFile& ResultFile::operator=(ResultFile&&) noexcept = default;
ResultFile::~ResultFile() = default;

Result<ResultFile> ResultFile::open(
    const std::string& path,
    const RunIdentity& identity,
    bool resume,
    std::span<const TableSchema> schemas) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path target(path);
    if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
    const bool keep = resume && fs::exists(target, error);
    if (!keep) {
        for (const char* end : {"", "-wal", "-shm"}) fs::remove(path + end, error);
    }
    auto database = std::make_unique<Database>();
    database->path = path;
    const bool good = sqlite3_open(path.c_str(), &database->handle) == SQLITE_OK;
    // a write-ahead log keeps finished transactions through a kill; full sync is not needed for that
    if (!good || !database->run("PRAGMA journal_mode = WAL") || !database->run("PRAGMA synchronous = NORMAL")) {
        return tl::unexpected(database->failure());
    }
    if (keep) {
        const std::string why = database->other_run(identity);
        if (!why.empty()) {
            return tl::unexpected(Diagnostics{
                {Severity::error,
                 "results-of-another-run",
                 fmt::format("'{}' cannot be continued: {}", path, why),
                 {UINT32_MAX, 0, 0, 0},
                 "",
                 "name another file, or run without --resume"}});
        }
    } else if (!database->make_tables(identity, schemas)) {
        return tl::unexpected(database->failure());
    }
    return ResultFile(std::move(database));
}

std::vector<uint32_t> ResultFile::finished() const {
    std::vector<uint32_t> out;
    Statement select(database_->handle, "SELECT run FROM run ORDER BY run");
    while (select.row()) out.push_back(static_cast<uint32_t>(sqlite3_column_int64(select.handle, 0)));
    return out;
}

std::vector<ResultTable> ResultFile::read(uint32_t replication) const {
    std::vector<ResultTable> tables;
    for (const TableSchema& schema : result_schemas()) {
        ResultTable& table = tables.emplace_back();
        table.schema = &schema;
        Statement select(
            database_->handle,
            fmt::format("SELECT * FROM \"{}\" WHERE run = ? ORDER BY rowid", schema.name));
        select.bind(1, Cell(std::in_place_type<int64_t>, replication));
        while (select.row()) {
            for (int c = 1; c <= static_cast<int>(schema.columns.size()); ++c) {
                switch (sqlite3_column_type(select.handle, c)) {
                    case SQLITE_INTEGER:
                        table.cells.emplace_back(std::in_place_type<int64_t>, sqlite3_column_int64(select.handle, c));
                        break;
                    case SQLITE_FLOAT:
                        table.cells.emplace_back(std::in_place_type<double>, sqlite3_column_double(select.handle, c));
                        break;
                    case SQLITE_TEXT:
                        table.cells.emplace_back(std::in_place_type<std::string>, select.text(c));
                        break;
                    default:
                        table.cells.emplace_back();
                        break;
                }
            }
        }
    }
    return tables;
}

Result<void> ResultFile::add(uint32_t replication, const std::vector<ResultTable>& tables) {
    Database& db = *database_;
    bool good = db.run("BEGIN IMMEDIATE");
    for (const ResultTable& table : tables) {
        Statement insert(db.handle, insert_sql(*table.schema));
        for (size_t r = 0; good && r < table.rows(); ++r) {
            sqlite3_bind_int64(insert.handle, 1, replication);
            for (size_t c = 0; c < table.schema->columns.size(); ++c)
                insert.bind(static_cast<int>(c) + 2, table.at(r, c));
            good = sqlite3_step(insert.handle) == SQLITE_DONE && sqlite3_reset(insert.handle) == SQLITE_OK;
        }
    }
    if (good && db.run("COMMIT")) return {};
    const Diagnostics failure = db.failure();
    db.run("ROLLBACK");
    return tl::unexpected(failure);
}

}  // namespace chipchain
