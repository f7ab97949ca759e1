#include "store/mariadb/lists.h"

#include "base/check.h"

namespace postern::mariadb {
namespace {

// Of one statement's values; a longer row goes alone. The server's max_allowed_packet is 16 MiB by default.
constexpr std::size_t kMostBytes = 4UL * 1024 * 1024;

std::size_t bytes_of(const Field& field) {
  const auto* text = std::get_if<std::string_view>(&field);
  return text == nullptr ? sizeof(std::int64_t) : text->size();
}

std::size_t bytes_of(std::span<const Field> row) {
  std::size_t out = 0;
  for (const Field& field : row) out += bytes_of(field);
  return out;
}

void bind(Query& query, std::span<const Field> row) {
  for (const Field& field : row) bind_value(query, field);
}

// How many rows go with the next statement.
std::size_t rows_at_once(std::span<const Field> fields, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t rows = 0;
  while (rows < kMostPlaces && rows * columns < fields.size()) {
    bytes += bytes_of(fields.subspan(rows * columns, columns));
    if (rows > 0 && bytes > kMostBytes) break;
    ++rows;
  }
  return rows;
}

}  // namespace

Result<std::uint64_t> upsert_rows(Connection& connection, const Upsert& upsert, std::size_t columns,
                                  std::span<const Field> fields, std::span<const Field> filler) {
  CHECK(columns > 0 && fields.size() % columns == 0);
  CHECK(filler.empty() || filler.size() == columns);
  const std::string row = "(" + repeated("?", columns, ",") + ")";
  std::uint64_t changed = 0;
  while (!fields.empty()) {
    const std::size_t rows = rows_at_once(fields, columns);
    const std::span<const Field> part = fields.first(rows * columns);
    const std::size_t places = places_for(rows);
    Query query = connection.query("INSERT INTO " + upsert.into + " VALUES " + repeated(row, places, ",") +
                                   " ON DUPLICATE KEY UPDATE " + upsert.on_duplicate);
    bind(query, part);
    for (std::size_t i = rows; i < places; ++i) bind(query, filler.empty() ? part.last(columns) : filler);
    TRY(query.run());
    changed += connection.affected_rows();
    fields = fields.subspan(part.size());
  }
  return changed;
}

}  // namespace postern::mariadb
