#include "store/sqlite/sqlite_store.h"

#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_transaction.h"
#include "store/sqlite/store_parts.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>

namespace postern {
namespace {

// When the write-ahead log is so many times as large as checkpoint() would have left it, nobody calls that, as in the
// command line: then a commit does the work.
constexpr int kOverdue = 4;
constexpr std::uint64_t kLeastFreeBytes = 8UL * 1024 * 1024;
constexpr std::uint64_t kQuickCheckUpToBytes = 32UL * 1024 * 1024;

Result<void> make_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  std::filesystem::create_directories(folder, error);
  if (error) {
    return Error{Errc::unavailable,
                 "The data folder " + folder.string() + " cannot be created: " + error.message() +
                     ". Create it, or name another with --data.",
                 ""};
  }
  ::chmod(folder.c_str(), 0700);
  return {};
}

Error cannot_open(const std::string& path, const Error& error) {
  return {Errc::unavailable,
          "The database " + path + " cannot be opened: " + error.detail +
              ". Check that the folder exists, that this user may write to it, and that the disk is not full.",
          error.detail};
}

Result<void> check_pages(sqlite::Connection& connection, const std::string& path) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path, ignored);
  if (ignored || size > kQuickCheckUpToBytes) return {};
  sqlite::Query q = connection.query("PRAGMA quick_check(1)");
  const Result<bool> row = q.step();
  if (row && *row && q.text(0) == "ok") return {};
  return Error{Errc::invalid,
               "The database " + path +
                   " is damaged. Nothing was changed. Put back a backup, or move the file away to start anew.",
               row ? std::string(q.text(0)) : row.error().detail};
}

// Source: https://www.sqlite.org/c3ref/wal_hook.html
int after_commit(void* writer, sqlite3* db, const char* name, int pages) {
  auto& own = *static_cast<Writer*>(writer);
  own.log_pages = pages;
  // A failure matters no more here than for SQLite's own hook: the commit is done, and the next one tries again.
  if (pages >= own.most_log_pages) sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return SQLITE_OK;
}

// Copies what no reader still needs as it was. Errors: those of sqlite::failure(), but not that somebody else is at it.
Result<void> copy_log(sqlite::Connection& connection) {
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  return sqlite::failure(connection.handle());
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteOptions& options) {
  auto parts = std::make_unique<Parts>(options);
  if (parts->options.migrations.empty()) parts->options.migrations = sqlite::migrations();
  const std::string& path = options.path;
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  if (error) {
    return Error{Errc::unavailable,
                 "The database " + path + " cannot be looked at: " + error.message() +
                     ". Run this as the user who runs the server, or name another folder with --data.",
                 ""};
  }
  if (!exists && !options.create) {
    return Error{
        Errc::not_found,
        "There is no Postern database at " + path + ". Start `postern serve` first, or name the folder with --data.",
        ""};
  }
  TRY(make_folder(path));
  TRY(sqlite::check_file(path, parts->options.migrations.size()));

  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const mode_t before = ::umask(0077);
  auto opened = sqlite::Connection::open(path, flags, options.busy_timeout);
  ::umask(before);
  if (!opened) return cannot_open(path, opened.error());
  parts->writer.connection = *std::move(opened);
  sqlite::Connection& writer = *parts->writer.connection;
  writer.watch(changes_known_people);

  if (exists) TRY(check_pages(writer, path));
  TRY(sqlite::migrate(writer, path, parts->options.migrations));
  const std::string settings =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -" +
      std::to_string(options.cache_bytes / 1024);
  if (const Result<void> set = writer.execute(settings); !set) return cannot_open(path, set.error());
  parts->writer.most_log_pages = kOverdue * options.checkpoint_pages;
  sqlite3_wal_hook(writer.handle(), after_commit, &parts->writer);
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<Transaction>> SqliteStore::begin() {
  return SqliteTransaction::begin(parts_->writer);
}

Result<void> SqliteStore::checkpoint() {
  if (parts_->writer.log_pages < parts_->options.checkpoint_pages) return {};
  const std::lock_guard lock(parts_->checkpoint_mutex);
  if (parts_->checkpointer == nullptr) {
    parts_->checkpointer =
        TRY(sqlite::Connection::open(parts_->options.path, SQLITE_OPEN_READWRITE, parts_->options.busy_timeout));
    TRY(parts_->checkpointer->execute("PRAGMA synchronous = FULL"));
  }
  // Most of the work is done beside the commits. What they have added meanwhile is little, and is done while none can
  // add more: only after a copy of everything does the next commit begin the log anew instead of making it longer.
  TRY(copy_log(*parts_->checkpointer));
  const std::lock_guard no_commit(parts_->writer.mutex);
  parts_->writer.log_pages = 0;
  return copy_log(*parts_->checkpointer);
}

Result<bool> SqliteStore::warm_portion() {
  if (parts_->writer.known.people_complete) return false;
  const std::lock_guard lock(parts_->writer.mutex);
  return SqliteTransaction::read_people(parts_->writer, parts_->options.people_portion);
}

Result<void> SqliteStore::check_writable() {
  const std::unique_lock lock(parts_->writer.mutex, std::try_to_lock);
  if (!lock.owns_lock()) {
    if (parts_->writer.last_commit_ok) return {};
    return Error{Errc::unavailable, "The last commit failed.", ""};
  }
  struct statvfs disk {};
  if (::statvfs(parts_->options.path.c_str(), &disk) != 0) {
    return Error{Errc::unavailable, "The database file is gone.", ""};
  }
  if (static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize < kLeastFreeBytes) {
    return Error{Errc::unavailable, "The disk is almost full.", ""};
  }
  sqlite::Connection& writer = *parts_->writer.connection;
  sqlite3_busy_timeout(writer.handle(), 0);
  Result<void> begun = writer.execute("BEGIN IMMEDIATE; UPDATE delivery_count SET rows = rows; ROLLBACK");
  const bool busy = !begun && (sqlite3_errcode(writer.handle()) & 0xff) == SQLITE_BUSY;
  if (sqlite3_get_autocommit(writer.handle()) == 0) static_cast<void>(writer.execute("ROLLBACK"));
  sqlite3_busy_timeout(writer.handle(), static_cast<int>(parts_->options.busy_timeout.count()));
  if (busy) return {};  // Another process is writing, so it can be done.
  return begun;
}

Result<void> SqliteStore::backup(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    return Error{Errc::conflict, "The file " + path + " exists already. Name a new one.", ""};
  }
  // VACUUM INTO creates the file itself: with the owner's rights only.
  const mode_t before = ::umask(0077);
  auto connection = sqlite::Connection::open(parts_->options.path, SQLITE_OPEN_READWRITE, parts_->options.busy_timeout);
  Result<void> done = connection ? Result<void>() : Result<void>(connection.error());
  if (connection) {
    sqlite::Query q = (*connection)->query("VACUUM INTO ?1");
    q.bind(path);
    done = q.run();
  }
  ::umask(before);
  if (done) return {};
  std::filesystem::remove(path, ignored);
  return Error{Errc::unavailable, "The backup " + path + " could not be written: " + done.error().detail + ".", ""};
}

Result<std::vector<std::string>> SqliteStore::check() {
  return read([](sqlite::Connection& c) -> Result<std::vector<std::string>> {
    std::vector<std::string> problems;
    {
      sqlite::Query q = c.query("PRAGMA integrity_check(20)");
      while (TRY(q.step())) {
        if (q.text(0) != "ok") problems.push_back("The database is damaged: " + std::string(q.text(0)));
      }
    }
    const auto count = [&](const char* sql, const char* what) -> Result<void> {
      if (const std::int64_t n = TRY(c.number(sql)); n > 0) problems.push_back(std::to_string(n) + what);
      return {};
    };
    TRY(count("SELECT count(*) FROM memberships WHERE user_id NOT IN (SELECT id FROM users)",
              " memberships belong to users who do not exist"));
    TRY(count("SELECT count(*) FROM memberships WHERE space_id NOT IN (SELECT id FROM spaces)",
              " memberships belong to spaces that do not exist"));
    TRY(count("SELECT count(*) FROM outbox WHERE user_id IS NOT NULL AND user_id NOT IN (SELECT id FROM users)",
              " effects in the outbox are for users who do not exist"));
    TRY(count("SELECT abs((SELECT count(*) FROM deliveries) - rows) FROM delivery_count",
              " deliveries more or fewer in the log than counted"));
    TRY(count("SELECT abs((SELECT count(*) FROM users) - rows) FROM user_count", " users more or fewer than counted"));
    TRY(
        count("SELECT count(*) FROM space_members s"
              " WHERE n <> (SELECT count(*) FROM memberships m WHERE m.space_id = s.space_id)",
              " spaces or courses have more or fewer members than counted"));
    return problems;
  });
}

void SqliteStore::limit_pages(std::int64_t pages) {
  const std::lock_guard lock(parts_->writer.mutex);
  static_cast<void>(parts_->writer.connection->execute("PRAGMA max_page_count = " + std::to_string(pages)));
}

}  // namespace postern
