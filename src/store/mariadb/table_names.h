// Postern's own tables in somebody else's database: "{outbox}" in a statement stands for the table
// `{prefix}postern_outbox`.
#pragma once

#include "store/mariadb/database.h"

#include <string>
#include <string_view>
#include <utility>

namespace postern::mariadb {

// Immutable; any thread.
class TableNames {
 public:
  // `prefix` is that of the site's tables, "wp_".
  explicit TableNames(std::string prefix) : prefix_(std::move(prefix)) {}

  // "outbox" becomes "wp_postern_outbox".
  std::string own(std::string_view name) const { return prefix_ + "postern_" + std::string(name); }

  // `text` with every {name} replaced by the quoted name of that own table. Text in quotes must not hold braces.
  std::string sql(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
      const std::size_t open = text.find('{');
      const std::size_t close = open == text.npos ? text.npos : text.find('}', open);
      out += text.substr(0, close == text.npos ? text.npos : open);
      if (close == text.npos) break;
      out += quoted_name(own(text.substr(open + 1, close - open - 1)));
      text.remove_prefix(close + 1);
    }
    return out;
  }

  const std::string& prefix() const { return prefix_; }

 private:
  std::string prefix_;
};

}  // namespace postern::mariadb
