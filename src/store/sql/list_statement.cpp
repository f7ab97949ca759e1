#include "store/sql/list_statement.h"

#include "base/check.h"

#include <bit>

namespace postern::sql {

ListStatement::ListStatement(const std::string& begin) {
  for (std::size_t length = 1; length <= kMost; length *= 2) {
    std::string text = begin + "(?";
    for (std::size_t i = 1; i < length; ++i) text += ",?";
    texts_.push_back(text + ")");
  }
}

Query ListStatement::query(Connection& db, std::size_t length) const {
  CHECK(length >= 1 && length <= kMost);
  return db.query(texts_[static_cast<std::size_t>(std::bit_width(std::bit_ceil(length))) - 1].c_str());
}

void ListStatement::bind_list(Query& query, std::span<const std::int64_t> list) {
  for (std::size_t i = 0; i < std::bit_ceil(list.size()); ++i) query.bind(list[std::min(i, list.size() - 1)]);
}

}  // namespace postern::sql
