// An INSERT of many rows with few statements: each row costs less than alone, because the tables are opened once and
// the place of the next row is found beside the one before (docs/performance.md).
#pragma once

#include "store/sqlite/database.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace postern::sqlite {

// Immutable, any thread; must live as long as the connections that have used it.
template <std::size_t kAtOnce>
class ManyRows {
 public:
  // `into`: table and columns, "t(a, b)"; `row`: the places of one row, "(?,?)".
  ManyRows(std::string_view into, std::string_view row) : one_(text(into, row, 1)), many_(text(into, row, kAtOnce)) {}

  // `bind(Query&, row, place)` binds the values of a row. They must live until a row is bound that gets the same place
  // again: places are 0 to kAtOnce - 1. Errors: those of Query::run().
  template <class Row, class Bind>
  Result<void> insert(Connection& db, std::span<const Row> rows, Bind bind) const {
    while (!rows.empty()) {
      const std::size_t count = rows.size() >= kAtOnce ? kAtOnce : 1;
      Query q = db.query(count == 1 ? one_.c_str() : many_.c_str());
      for (std::size_t place = 0; place < count; ++place) bind(q, rows[place], place);
      TRY(q.run());
      rows = rows.subspan(count);
    }
    return {};
  }

 private:
  static std::string text(std::string_view into, std::string_view row, std::size_t rows) {
    std::string out = "INSERT INTO " + std::string(into) + " VALUES";
    for (std::size_t i = 0; i < rows; ++i) {
      if (i > 0) out += ',';
      out += row;
    }
    return out;
  }

  const std::string one_;
  const std::string many_;
};

}  // namespace postern::sqlite
