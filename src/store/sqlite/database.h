// SQLite's C API with owners: connections close themselves, statements reset themselves, errors become Results.
#pragma once

#include "base/result.h"

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace postern::sqlite {

// A prepared statement in use: bind its parameters in order, step through its rows. Resets itself when it goes.
// Bound text must live until the next step() after it has been bound.
class Query {
 public:
  // `statement` may be null: then every step fails with the connection's error.
  Query(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() { reset(); }

  Query& bind(std::int64_t value);
  Query& bind(std::string_view text);
  Query& bind_blob(std::string_view bytes);
  Query& bind_null();
  // Null for the empty text, so that it takes no room in the row.
  Query& bind_or_null(std::string_view text) { return text.empty() ? bind_null() : bind(text); }

  // True: there is a row. Errors: unavailable (full, busy, I/O), conflict (a constraint), internal.
  Result<bool> step();
  // For statements without rows: steps once and makes it ready to be bound again.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  // Valid until the next step or reset.
  std::string_view text(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

// The error of the last call on `db`, as ours. `message` is for the caller, `detail` has SQLite's own words.
Error failure(sqlite3* db);

// One connection. One thread at a time.
class Connection {
 public:
  // `flags` as for sqlite3_open_v2. Errors: those of failure().
  static Result<std::unique_ptr<Connection>> open(const std::string& path, int flags,
                                                  std::chrono::milliseconds busy_timeout);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // A cached statement: prepared once per connection. `sql` must never move: its address is the cache's key. One
  // Query per statement at a time. Braces, which stand around names of tables in store/sql, are left out.
  Query query(const char* sql);
  // Any text, without parameters or rows.
  Result<void> execute(const std::string& sql);
  // The first column of the first row.
  Result<std::int64_t> number(const char* sql);
  sqlite3* handle() const { return db_; }

  // Does a statement matter that does this (SQLITE_INSERT, …) to this column of this table?
  // Source: https://www.sqlite.org/c3ref/set_authorizer.html
  using Watch = bool (*)(int action, std::string_view table, std::string_view column);
  // From now on touched() tells whether a statement was used that matters, be it through a trigger. Before
  // the first query().
  void watch(Watch matters);
  bool touched() const { return touched_; }
  void forget_touched() { touched_ = false; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Statement {
    std::unique_ptr<sqlite3_stmt, Finalize> prepared;
    bool touches = false;
  };
  explicit Connection(sqlite3* db) : db_(db) {}
  static int authorize(void* self, int action, const char* table, const char* column, const char*, const char*);
  sqlite3* db_;
  std::unordered_map<const char*, Statement> statements_;
  Watch watch_ = nullptr;
  bool touched_ = false;
};

}  // namespace postern::sqlite
