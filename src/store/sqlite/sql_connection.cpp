#include "store/sqlite/sql_connection.h"

#include <memory>

namespace postern::sqlite {
namespace {

class Statement final : public sql::Statement {
 public:
  Statement(Connection& connection, const char* text) : query_(connection.query(text)) {}
  void bind_integer(std::int64_t value) override { query_.bind(value); }
  void bind_text(std::string_view text) override { query_.bind(text); }
  void bind_blob(std::string_view bytes) override { query_.bind_blob(bytes); }
  void bind_null() override { query_.bind_null(); }
  Result<bool> step() override { return query_.step(); }
  Result<void> run() override { return query_.run(); }
  std::int64_t integer(int column) const override { return query_.integer(column); }
  std::string_view text(int column) const override { return query_.text(column); }
  bool is_null(int column) const override { return query_.is_null(column); }

 private:
  Query query_;
};

}  // namespace

sql::Query SqlConnection::query(const char* text) {
  return sql::Query(std::make_unique<Statement>(connection_, text));
}

}  // namespace postern::sqlite
