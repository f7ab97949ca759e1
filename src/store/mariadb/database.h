// The C API of MariaDB's client library with owners: connections close themselves, statements free themselves, errors
// become Results. It speaks to MariaDB and to MySQL.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "store/mariadb/fault.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct st_mysql;       // MYSQL
struct st_mysql_stmt;  // MYSQL_STMT

namespace postern::mariadb {

enum class Tls {
  off,
  unverified,  // Encrypted, but anybody could be at the other end: what PHP's MYSQLI_CLIENT_SSL gives.
  verified,    // The server's certificate must be signed by `tls_ca` and be made out for `host`.
};

// How strictly the server takes values.
enum class SqlMode {
  wordpress,  // As WordPress sets it: over-long values are cut, zero dates are taken.
  strict,     // Over-long values are refused; zero dates, which WordPress' tables have as defaults, are taken.
};

struct Address {
  std::string host;   // Empty or "localhost": the socket, or the client library's default one.
  unsigned port = 0;  // 0: 3306.
  std::string socket;
  std::string user;
  Secret password;
  std::string database;
  Tls tls = Tls::off;
  std::string tls_ca;  // A PEM file.
  std::string charset = "utf8mb4";
  std::string collation = "utf8mb4_unicode_520_ci";  // What WordPress compares with. Empty: the charset's default.
  SqlMode sql_mode = SqlMode::strict;
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds answer_timeout{30};  // For each reading and writing; then the connection is lost.
  std::chrono::seconds lock_timeout{10};    // InnoDB's wait for a row's lock.
};

// Every mode of `current` that WordPress takes out is out. Source: wpdb::set_sql_mode().
std::string wordpress_sql_mode(std::string_view current);

class Connection;

// A prepared statement in use: bind its parameters in order, then step through its rows. Bound text must live until
// the next step() or run(). Resets itself when it goes.
class Query {
 public:
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& bind(std::int64_t value);
  Query& bind_unsigned(std::uint64_t value);
  Query& bind(std::string_view text);
  // Of no character set: for columns that hold bytes, and for comparing with them.
  Query& bind_blob(std::string_view bytes);
  Query& bind_null();

  // True: there is a row. All rows are fetched at the first step: a query that may give many needs a LIMIT.
  // Errors: those of to_error().
  Result<bool> step();
  // For statements without rows: executes once and makes it ready to be bound again.
  Result<void> run();

  // Columns of the row. 0 and the empty text if it is null or, for a number, no number.
  std::int64_t integer(std::size_t column) const;
  std::uint64_t unsigned_integer(std::size_t column) const;
  std::string_view text(std::size_t column) const;  // Valid until the next step. A time is "2026-11-23 14:06:23".
  bool is_null(std::size_t column) const;

 private:
  friend class Connection;
  struct Parameter;
  struct Column;

  Query(Connection& connection, std::shared_ptr<st_mysql_stmt> statement);
  Result<void> execute();
  Result<void> fetch_all();
  Result<bool> next_row();
  Error failure();
  void reset();

  Connection& connection_;
  std::shared_ptr<st_mysql_stmt> owner_;  // Shared with the connection's cache, which may forget it meanwhile.
  st_mysql_stmt* statement_;              // Null: it could not be prepared; the connection knows why.
  std::vector<Parameter> parameters_;
  std::vector<Column> columns_;
  bool executed_ = false;
};

// One connection. One thread at a time.
class Connection {
 public:
  // Errors: those of to_error(). None of their texts holds the password.
  static Result<std::unique_ptr<Connection>> open(const Address& address);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // A cached statement, prepared once per connection and text. One Query per text at a time. An error of preparing is
  // given by the first step() or run().
  Query query(std::string_view sql);
  // Any text, without parameters or rows.
  Result<void> execute(std::string_view sql);
  // The first column of the first row; nothing if there is none or it is null.
  Result<std::optional<std::string>> value(std::string_view sql);

  // Of the last statement.
  std::uint64_t last_insert_id() const;
  std::uint64_t affected_rows() const;
  // By how much automatic numbers differ from row to row: not by 1 in a cluster.
  std::uint64_t id_increment() const { return id_increment_; }

  // Of the last failure since forget_fault(); Fault::none if there was none. With retry_after() it says what may help.
  Fault last_fault() const { return last_fault_; }
  void forget_fault() { last_fault_ = Fault::none; }
  std::uint64_t thread_id() const;  // The server's number of this connection.
  // "10.11.19-MariaDB-0+deb12u1"; "8.0.36" for MySQL.
  std::string server_version() const;

 private:
  friend class Query;
  explicit Connection(st_mysql* handle) : handle_(handle) {}
  Result<void> connect(const Address& address);
  Result<void> prepare_session(const Address& address);
  Error failure(unsigned number, std::string_view sql_state, std::string_view text);
  Error failure();

  struct CloseStatement {
    void operator()(st_mysql_stmt* statement) const;
  };

  st_mysql* handle_;
  std::unordered_map<std::string, std::shared_ptr<st_mysql_stmt>> statements_;
  Error prepare_error_{Errc::internal, "", ""};  // Of the last query() that could not be prepared.
  std::uint64_t id_increment_ = 1;
  std::uint64_t affected_rows_ = 0;
  std::uint64_t last_insert_id_ = 0;
  Fault last_fault_ = Fault::none;
};

// All or nothing: undone when it goes, unless commit() has succeeded. After an error that retry_after() answers with
// anything but `no`, only destruction is allowed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // An error leaves open whether the changes are there: the connection may have been lost after the server did it.
  Result<void> commit();

 private:
  explicit Transaction(Connection* connection) : connection_(connection) {}
  Connection* connection_;  // Null: over.
};

// `name` between backticks, its own ones doubled: for names, which cannot be parameters.
std::string quoted_name(std::string_view name);

}  // namespace postern::mariadb
