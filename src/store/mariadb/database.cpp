#include "store/mariadb/database.h"

#include <mysql.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace postern::mariadb {
namespace {

// What WordPress takes out of the session's mode. Source: wpdb::$incompatible_modes.
constexpr std::array<std::string_view, 6> kNotForWordPress{
    "NO_ZERO_DATE", "ONLY_FULL_GROUP_BY", "STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL", "ANSI"};

// Ways to log in that do not hand over the password itself. A server that asks for another one is refused.
constexpr const char* kSafePlugins = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

unsigned seconds_of(std::chrono::seconds time) {
  return static_cast<unsigned>(std::max<std::int64_t>(1, time.count()));
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                              std::string_view::npos;
}

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

void set_options(MYSQL* handle, const Address& address) {
  const unsigned connect_timeout = seconds_of(address.connect_timeout);
  const unsigned answer_timeout = seconds_of(address.answer_timeout);
  mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
  mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &answer_timeout);
  mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &answer_timeout);
  mysql_options(handle, MYSQL_SET_CHARSET_NAME, address.charset.c_str());
  const unsigned no_files = 0;  // Or the server could ask for any file of ours.
  mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no_files);
  mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, kSafePlugins);
  if (address.tls == Tls::off) return;
  const my_bool yes = 1;
  const my_bool verify = address.tls == Tls::verified ? 1 : 0;
  mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
  mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  if (!address.tls_ca.empty()) mysql_options(handle, MYSQL_OPT_SSL_CA, address.tls_ca.c_str());
}

}  // namespace

std::string wordpress_sql_mode(std::string_view current) {
  std::string out;
  while (!current.empty()) {
    const std::size_t end = std::min(current.find(','), current.size());
    const std::string_view mode = current.substr(0, end);
    current.remove_prefix(std::min(end + 1, current.size()));
    if (std::find(kNotForWordPress.begin(), kNotForWordPress.end(), mode) != kNotForWordPress.end()) continue;
    if (!is_plain_name(mode)) continue;
    if (!out.empty()) out += ',';
    out += mode;
  }
  return out;
}

std::string quoted_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + '`';
}

// --- Connection ---

void Connection::CloseStatement::operator()(st_mysql_stmt* statement) const {
  if (statement != nullptr) mysql_stmt_close(statement);
}

Result<std::unique_ptr<Connection>> Connection::open(const Address& address) {
  // The library's first call must not be made by two threads at once.
  static const int ready = mysql_library_init(0, nullptr, nullptr);
  MYSQL* handle = ready == 0 ? mysql_init(nullptr) : nullptr;
  if (handle == nullptr) return Error{Errc::unavailable, "The database's client library cannot be used.", ""};
  std::unique_ptr<Connection> connection(new Connection(handle));
  TRY(connection->connect(address));
  TRY(connection->prepare_session(address));
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  mysql_close(handle_);
}

Result<void> Connection::connect(const Address& address) {
  set_options(handle_, address);
  const bool by_socket = !address.socket.empty();
  // A Secret is a whole string: its text ends with a NUL.
  const char* password = address.password.reveal().data();
  if (mysql_real_connect(handle_, by_socket ? nullptr : or_null(address.host), or_null(address.user), password,
                         or_null(address.database), by_socket ? 0 : address.port, or_null(address.socket),
                         0) == nullptr) {
    return failure();
  }
  return {};
}

Result<void> Connection::prepare_session(const Address& address) {
  if (!address.collation.empty()) {
    if (!is_plain_name(address.charset) || !is_plain_name(address.collation)) {
      return Error{Errc::invalid, "The charset or collation of the database is not a name.", ""};
    }
    TRY(execute("SET NAMES " + address.charset + " COLLATE " + address.collation));
  }
  std::string mode = wordpress_sql_mode(TRY(value("SELECT @@SESSION.sql_mode")).value_or(""));
  if (address.sql_mode == SqlMode::strict) mode += mode.empty() ? "STRICT_ALL_TABLES" : ",STRICT_ALL_TABLES";
  TRY(execute("SET SESSION sql_mode = '" + mode +
              "', SESSION innodb_lock_wait_timeout = " + std::to_string(seconds_of(address.lock_timeout))));
  const std::string increment = TRY(value("SELECT @@SESSION.auto_increment_increment")).value_or("1");
  std::from_chars(increment.data(), increment.data() + increment.size(), id_increment_);
  return {};
}

Error Connection::failure(unsigned number, std::string_view sql_state, std::string_view text) {
  last_fault_ = fault_of(number);
  return to_error(number, sql_state, text);
}

Error Connection::failure() {
  return failure(mysql_errno(handle_), mysql_sqlstate(handle_), mysql_error(handle_));
}

Query Connection::query(std::string_view sql) {
  // More texts than our code has mean that somebody makes them up as he goes; the server has a limit for all clients.
  constexpr std::size_t kMaxStatements = 300;
  if (const auto it = statements_.find(std::string(sql)); it != statements_.end()) return {*this, it->second};
  if (statements_.size() >= kMaxStatements) statements_.clear();
  const std::shared_ptr<st_mysql_stmt> statement(mysql_stmt_init(handle_), CloseStatement());
  if (!statement) {
    prepare_error_ = failure();
    return {*this, nullptr};
  }
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) {
    prepare_error_ = failure(mysql_stmt_errno(statement.get()), mysql_stmt_sqlstate(statement.get()),
                             mysql_stmt_error(statement.get()));
    return {*this, nullptr};
  }
  statements_.emplace(std::string(sql), statement);
  return {*this, statement};
}

Result<void> Connection::execute(std::string_view sql) {
  if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) return failure();
  // An answer with rows must be taken, or the next statement would be out of order.
  if (MYSQL_RES* rows = mysql_store_result(handle_)) mysql_free_result(rows);
  if (mysql_errno(handle_) != 0) return failure();
  affected_rows_ = mysql_affected_rows(handle_);
  last_insert_id_ = mysql_insert_id(handle_);
  return {};
}

Result<std::optional<std::string>> Connection::value(std::string_view sql) {
  if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) return failure();
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(handle_), mysql_free_result);
  if (!rows) return failure();
  const MYSQL_ROW row = mysql_fetch_row(rows.get());
  if (row == nullptr || row[0] == nullptr) return std::optional<std::string>();
  return std::optional(std::string(row[0], mysql_fetch_lengths(rows.get())[0]));
}

std::uint64_t Connection::last_insert_id() const {
  return last_insert_id_;
}

std::uint64_t Connection::affected_rows() const {
  return affected_rows_;
}

std::uint64_t Connection::thread_id() const {
  return mysql_thread_id(handle_);
}

std::string Connection::server_version() const {
  const char* text = mysql_get_server_info(handle_);
  return text == nullptr ? "" : text;
}

// --- Query ---

struct Query::Parameter {
  enum class Kind { null, integer, unsigned_integer, text, blob } kind = Kind::null;
  std::uint64_t number = 0;
  std::string_view text;
  unsigned long length = 0;
};

struct Query::Column {
  std::vector<char> buffer;
  std::vector<char> longer;
  unsigned long length = 0;
  my_bool is_null = 0;
  my_bool is_cut = 0;
};

Query::Query(Connection& connection, std::shared_ptr<st_mysql_stmt> statement)
    : connection_(connection), owner_(std::move(statement)), statement_(owner_.get()) {}

Query::~Query() {
  reset();
}

Query& Query::bind(std::int64_t value) {
  parameters_.push_back({.kind = Parameter::Kind::integer, .number = static_cast<std::uint64_t>(value)});
  return *this;
}

Query& Query::bind_unsigned(std::uint64_t value) {
  parameters_.push_back({.kind = Parameter::Kind::unsigned_integer, .number = value});
  return *this;
}

Query& Query::bind(std::string_view text) {
  parameters_.push_back({.kind = Parameter::Kind::text, .text = text, .length = text.size()});
  return *this;
}

Query& Query::bind_blob(std::string_view bytes) {
  parameters_.push_back({.kind = Parameter::Kind::blob, .text = bytes, .length = bytes.size()});
  return *this;
}

Query& Query::bind_null() {
  parameters_.push_back({});
  return *this;
}

Error Query::failure() {
  return connection_.failure(mysql_stmt_errno(statement_), mysql_stmt_sqlstate(statement_),
                             mysql_stmt_error(statement_));
}

Result<void> Query::execute() {
  if (statement_ == nullptr) return connection_.prepare_error_;
  if (parameters_.size() != mysql_stmt_param_count(statement_)) {
    return Error{Errc::internal, "The database got too few or too many values for a statement.", ""};
  }
  std::vector<MYSQL_BIND> binds(parameters_.size());
  for (std::size_t i = 0; i < binds.size(); ++i) {
    Parameter& from = parameters_[i];
    MYSQL_BIND& to = binds[i];
    std::memset(&to, 0, sizeof(to));
    switch (from.kind) {
      case Parameter::Kind::null:
        to.buffer_type = MYSQL_TYPE_NULL;
        break;
      case Parameter::Kind::integer:
      case Parameter::Kind::unsigned_integer:
        to.buffer_type = MYSQL_TYPE_LONGLONG;
        to.is_unsigned = from.kind == Parameter::Kind::unsigned_integer ? 1 : 0;
        to.buffer = &from.number;
        break;
      case Parameter::Kind::text:
      case Parameter::Kind::blob:
        to.buffer_type = from.kind == Parameter::Kind::blob ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
        // The library only reads it. An empty view may have no address, which would mean NULL.
        to.buffer = const_cast<char*>(from.text.data() == nullptr ? "" : from.text.data());
        to.buffer_length = from.length;
        to.length = &from.length;
        break;
    }
  }
  if (!binds.empty() && mysql_stmt_bind_param(statement_, binds.data()) != 0) return failure();
  if (mysql_stmt_execute(statement_) != 0) return failure();
  executed_ = true;
  connection_.affected_rows_ = mysql_stmt_affected_rows(statement_);
  connection_.last_insert_id_ = mysql_stmt_insert_id(statement_);
  return {};
}

Result<void> Query::fetch_all() {
  constexpr std::size_t kFirstBytes = 64;  // Numbers and times fit; longer texts are fetched again.
  columns_.clear();
  columns_.resize(mysql_stmt_field_count(statement_));
  if (columns_.empty()) return {};
  std::vector<MYSQL_BIND> binds(columns_.size());
  for (std::size_t i = 0; i < binds.size(); ++i) {
    Column& column = columns_[i];
    column.buffer.resize(kFirstBytes);
    std::memset(&binds[i], 0, sizeof(MYSQL_BIND));
    binds[i].buffer_type = MYSQL_TYPE_STRING;
    binds[i].buffer = column.buffer.data();
    binds[i].buffer_length = column.buffer.size();
    binds[i].length = &column.length;
    binds[i].is_null = &column.is_null;
    binds[i].error = &column.is_cut;
  }
  if (mysql_stmt_bind_result(statement_, binds.data()) != 0) return failure();
  if (mysql_stmt_store_result(statement_) != 0) return failure();
  return {};
}

Result<bool> Query::next_row() {
  if (columns_.empty()) return false;
  const int code = mysql_stmt_fetch(statement_);
  if (code == MYSQL_NO_DATA) return false;
  if (code != 0 && code != MYSQL_DATA_TRUNCATED) return failure();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    // The library has the address of the first buffer: a longer text goes into one of its own.
    column.longer.clear();
    if (column.is_null != 0 || column.length <= column.buffer.size()) continue;
    column.longer.resize(column.length);
    MYSQL_BIND bind;
    std::memset(&bind, 0, sizeof(bind));
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = column.longer.data();
    bind.buffer_length = column.longer.size();
    bind.length = &column.length;
    if (mysql_stmt_fetch_column(statement_, &bind, static_cast<unsigned>(i), 0) != 0) return failure();
  }
  return true;
}

Result<bool> Query::step() {
  if (!executed_) {
    TRY(execute());
    TRY(fetch_all());
  }
  return next_row();
}

Result<void> Query::run() {
  TRY(execute());
  reset();
  return {};
}

void Query::reset() {
  if (executed_) mysql_stmt_free_result(statement_);
  executed_ = false;
  parameters_.clear();
  columns_.clear();
}

std::string_view Query::text(std::size_t column) const {
  const Column& from = columns_[column];
  if (from.is_null != 0) return {};
  return {from.longer.empty() ? from.buffer.data() : from.longer.data(), from.length};
}

std::int64_t Query::integer(std::size_t column) const {
  const std::string_view digits = text(column);
  std::int64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

std::uint64_t Query::unsigned_integer(std::size_t column) const {
  const std::string_view digits = text(column);
  std::uint64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

bool Query::is_null(std::size_t column) const {
  return columns_[column].is_null != 0;
}

// --- Transaction ---

Result<Transaction> Transaction::begin(Connection& connection) {
  TRY(connection.execute("START TRANSACTION"));
  return Transaction(&connection);
}

Transaction::Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // If even this fails, the connection is lost, and the server undoes the transaction by itself.
  if (connection_ != nullptr) static_cast<void>(connection_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  TRY(connection_->execute("COMMIT"));
  connection_ = nullptr;
  return {};
}

}  // namespace postern::mariadb
