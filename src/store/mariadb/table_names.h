// Postern's own tables in somebody else's database: "{outbox}" in a statement stands for the table
// `{prefix}postern_outbox`.
#pragma once

#include "store/mariadb/database.h"

#include <string>
#include <string_view>
#include <utility>

namespace postern::mariadb {

// `text` with every name between `open` and `close` replaced by the quoted `table(name)`.
template <class Table>
std::string with_tables(std::string_view text, char open, char close, Table table) {
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find(open);
    const std::size_t end = begin == text.npos ? text.npos : text.find(close, begin);
    out += text.substr(0, end == text.npos ? text.npos : begin);
    if (end == text.npos) break;
    out += quoted_name(table(text.substr(begin + 1, end - begin - 1)));
    text.remove_prefix(end + 1);
  }
  return out;
}

// Immutable; any thread.
class TableNames {
 public:
  // `prefix` is that of the site's tables, "wp_".
  explicit TableNames(std::string prefix) : prefix_(std::move(prefix)) {}

  // "outbox" becomes "wp_postern_outbox".
  std::string own(std::string_view name) const { return prefix_ + "postern_" + std::string(name); }

  // `text` with every {name} replaced by the quoted name of that own table. Text in quotes must not hold braces.
  std::string sql(std::string_view text) const {
    return with_tables(text, '{', '}', [this](std::string_view name) { return own(name); });
  }

  const std::string& prefix() const { return prefix_; }

 private:
  std::string prefix_;
};

}  // namespace postern::mariadb
