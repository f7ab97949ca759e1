#include "store/mariadb/sql_connection.h"

#include <memory>
#include <variant>
#include <vector>

namespace postern::mariadb {
namespace {

class Statement final : public sql::Statement {
 public:
  Statement(Connection& connection, const SqlText& text) : text_(text), query_(connection.query(text.sql)) {}
  void bind_integer(std::int64_t value) override { bind(value); }
  void bind_text(std::string_view text) override { bind(text); }
  void bind_blob(std::string_view bytes) override { bind(Blob{bytes}); }
  void bind_null() override { bind(std::monostate()); }

  Result<bool> step() override {
    TRY(hand_over());
    return query_.step();
  }
  Result<void> run() override {
    TRY(hand_over());
    TRY(query_.run());
    values_.clear();
    handed_over_ = false;
    return {};
  }

  std::int64_t integer(int column) const override { return query_.integer(static_cast<std::size_t>(column)); }
  std::string_view text(int column) const override { return query_.text(static_cast<std::size_t>(column)); }
  bool is_null(int column) const override { return query_.is_null(static_cast<std::size_t>(column)); }

 private:
  struct Blob {
    std::string_view bytes;
  };
  using Value = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;

  void bind(Value value) { values_.push_back(value); }

  // Values were bound by number, "?" take them by place: some more than once.
  Result<void> hand_over() {
    if (handed_over_) return {};
    handed_over_ = true;
    for (const std::size_t number : text_.parameters) {
      if (number >= values_.size())
        return Error{Errc::internal, "The database got too few values for a statement.", ""};
      const Value& value = values_[number];
      if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        query_.bind(*integer);
      } else if (const auto* text = std::get_if<std::string_view>(&value)) {
        query_.bind(*text);
      } else if (const auto* blob = std::get_if<Blob>(&value)) {
        query_.bind_blob(blob->bytes);
      } else {
        query_.bind_null();
      }
    }
    return {};
  }

  const SqlText& text_;
  Query query_;
  std::vector<Value> values_;
  bool handed_over_ = false;
};

}  // namespace

sql::Query SqlConnection::query(const char* text) {
  return sql::Query(std::make_unique<Statement>(connection_, texts_.of(text)));
}

Result<void> SqlConnection::lock(sql::Lock lock) {
  sql::Query q = query("UPDATE {locks} SET turns = turns + 1 WHERE id = ?1");
  q.bind(static_cast<std::int64_t>(lock));
  TRY(q.run());
  if (changes() == 1) return {};
  return Error{Errc::internal, "The database has lost a row of Postern's own: a lock.", ""};
}

}  // namespace postern::mariadb
