#include "store/mariadb/insert.h"

#include "base/check.h"

#include <algorithm>
#include <array>

namespace postern::mariadb {
namespace {

// Few sizes, so that few statements are prepared.
constexpr std::array<std::size_t, 5> kSizes{256, 64, 16, 4, 1};
constexpr std::size_t kMaxParameters = 65'535;  // Of a prepared statement.

std::string statement_for(const InsertInto& into, std::size_t rows) {
  std::string names;
  for (const std::string& column : into.columns) names += (names.empty() ? "" : ", ") + quoted_name(column);
  const std::string row = "(" + repeated("?", into.columns.size(), ", ") + ")";
  return "INSERT INTO " + quoted_name(into.table) + " (" + names + ") VALUES " + repeated(row, rows, ", ");
}

}  // namespace

Result<std::vector<std::uint64_t>> insert_rows(Connection& connection, const InsertInto& into,
                                               const std::vector<std::vector<Value>>& rows) {
  std::vector<std::uint64_t> ids;
  ids.reserve(rows.size());
  for (std::size_t at = 0; at < rows.size();) {
    const auto* size = std::find_if(kSizes.begin(), kSizes.end(), [&](std::size_t each) {
      return each <= rows.size() - at && (each * into.columns.size() <= kMaxParameters || each == 1);
    });
    Query query = connection.query(statement_for(into, *size));
    for (std::size_t i = 0; i < *size; ++i) {
      CHECK(rows[at + i].size() == into.columns.size());
      for (const Value& value : rows[at + i]) bind_value(query, value);
    }
    TRY(query.run());
    const std::uint64_t first = connection.last_insert_id();
    for (std::size_t i = 0; i < *size; ++i) ids.push_back(first == 0 ? 0 : first + i * connection.id_increment());
    at += *size;
  }
  return ids;
}

}  // namespace postern::mariadb
