#include "store/sqlite/database.h"

#include <utility>

namespace postern::sqlite {

Error failure(sqlite3* db) {
  const int extended = sqlite3_extended_errcode(db);
  std::string detail = sqlite3_errmsg(db);
  detail += " (SQLite " + std::to_string(extended) + ")";
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return {Errc::unavailable, "The disk is full.", std::move(detail)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, "The database is busy.", std::move(detail)};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
      return {Errc::unavailable, "The database cannot be read or written.", std::move(detail)};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::unavailable, "The database file is damaged.", std::move(detail)};
    case SQLITE_CONSTRAINT:
      return {Errc::conflict, "That exists already.", std::move(detail)};
    default:
      return {Errc::internal, "The database refused a statement.", std::move(detail)};
  }
}

Query& Query::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Query& Query::bind(std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Query& Query::bind_blob(std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Query& Query::bind_null() {
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Result<bool> Query::step() {
  if (statement_ == nullptr) return failure(db_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(db_);
}

Result<void> Query::run() {
  while (TRY(step())) {
  }
  reset();
  return {};
}

void Query::reset() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
  bound_ = 0;
}

std::string_view Query::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, int flags,
                                                     std::chrono::milliseconds busy_timeout) {
  // Nobody reads SQLite's memory statistics, and keeping them costs a lock on every allocation.
  static const int no_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(no_statistics);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Connection> connection(new Connection(db));
  if (code != SQLITE_OK) return failure(db);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, static_cast<int>(busy_timeout.count()));
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(db_);
}

Query Connection::query(const char* sql) {
  Statement& statement = statements_[sql];
  if (statement.prepared == nullptr) {
    const bool touched_before = std::exchange(touched_, false);
    sqlite3_stmt* prepared = nullptr;
    std::string text = sql;
    std::erase_if(text, [](char c) { return c == '{' || c == '}'; });
    sqlite3_prepare_v3(db_, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    statement.prepared.reset(prepared);
    statement.touches = std::exchange(touched_, touched_before);
  }
  if (statement.touches) touched_ = true;
  return {db_, statement.prepared.get()};
}

void Connection::watch(Watch matters) {
  watch_ = matters;
  sqlite3_set_authorizer(db_, &Connection::authorize, this);
}

// Called while a statement is prepared, once for each thing that it may do.
int Connection::authorize(void* self, int action, const char* table, const char* column, const char* /*database*/,
                          const char* /*trigger*/) {
  auto& connection = *static_cast<Connection*>(self);
  const auto text = [](const char* name) { return std::string_view(name == nullptr ? "" : name); };
  if (connection.watch_(action, text(table), text(column))) connection.touched_ = true;
  return SQLITE_OK;
}

Result<void> Connection::execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failure(db_);
  return {};
}

Result<std::int64_t> Connection::number(const char* sql) {
  Query q = query(sql);
  if (!TRY(q.step())) return Error{Errc::internal, "The database gave no answer.", sql};
  return q.integer(0);
}

}  // namespace postern::sqlite
