#include "chipchain/study/sample_store.h"

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

namespace chipchain {

struct SampleStore::Database {
    sqlite3* handle = nullptr;
    sqlite3_stmt* insert = nullptr;
    sqlite3_stmt* select = nullptr;
};

namespace {

[[noreturn]] void fail(sqlite3* handle, const std::string& what) {
    const std::string why = handle != nullptr ? sqlite3_errmsg(handle) : "out of memory";
    throw std::runtime_error(fmt::format("{}: {}", what, why));
}

}  // namespace

SampleStore::SampleStore(const std::string& path) : database_(std::make_unique<Database>()) {
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
    Database& db = *database_;
    constexpr int kPatienceMs = 10'000;  // for another run that writes the file
    if (sqlite3_open(path.c_str(), &db.handle) != SQLITE_OK) fail(db.handle, "cannot open " + path);
    sqlite3_busy_timeout(db.handle, kPatienceMs);
    constexpr const char* kSetup =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE IF NOT EXISTS samples (key TEXT, replication INTEGER, sample TEXT, PRIMARY KEY (key, "
        "replication));";
    if (sqlite3_exec(db.handle, kSetup, nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(db.handle, "cannot write " + path);
    const bool prepared =
        sqlite3_prepare_v2(db.handle, "INSERT OR REPLACE INTO samples VALUES (?1, ?2, ?3)", -1, &db.insert, nullptr) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(
            db.handle,
            "SELECT sample, replication FROM samples WHERE key = ?1 AND replication >= ?2 AND replication < ?3 ORDER "
            "BY replication",
            -1,
            &db.select,
            nullptr) == SQLITE_OK;
    if (!prepared) fail(db.handle, "cannot use " + path);
}

SampleStore::~SampleStore() {
    sqlite3_finalize(database_->insert);
    sqlite3_finalize(database_->select);
    sqlite3_close(database_->handle);
}

void SampleStore::remove(const std::string& path) {
    std::error_code ignored;
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path + ending, ignored);
}

std::vector<ChainSample> SampleStore::read(const std::string& key, uint32_t first, uint32_t count) {
    const std::lock_guard lock(mutex_);
    std::vector<ChainSample> out;
    sqlite3_stmt* s = database_->select;
    sqlite3_bind_text(s, 1, key.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, first);
    sqlite3_bind_int64(s, 3, static_cast<int64_t>(first) + count);
    while (sqlite3_step(s) == SQLITE_ROW) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, 0));
        if (text == nullptr) continue;
        Result<ChainSample> sample = read_sample(text);
        const bool whole = sample && sample->replication == sqlite3_column_int64(s, 1);
        if (whole) out.push_back(std::move(*sample));
    }
    sqlite3_reset(s);
    return out;
}

void SampleStore::add(const std::string& key, const ChainSample& sample) {
    const std::string text = sample_text(sample);
    const std::lock_guard lock(mutex_);
    sqlite3_stmt* s = database_->insert;
    sqlite3_bind_text(s, 1, key.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, sample.replication);
    sqlite3_bind_text(s, 3, text.c_str(), -1, SQLITE_TRANSIENT);
    const int done = sqlite3_step(s);
    sqlite3_reset(s);
    if (done != SQLITE_DONE) fail(database_->handle, "cannot keep a replication");
}

}  // namespace chipchain
