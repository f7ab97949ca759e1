#include "store/mariadb/sql_texts.h"

#include <algorithm>
#include <charconv>

namespace postern::mariadb {

SqlText translate(std::string_view text, const TableNames& names) {
  SqlText out;
  const std::string named = names.sql(text);
  std::size_t greatest = 0;  // Number of a parameter so far: "?" without one takes the next.
  for (std::size_t at = 0; at < named.size();) {
    const char c = named[at];
    if (c == '\'' || c == '`' || c == '"') {
      const std::size_t end = std::min(named.find(c, at + 1), named.size() - 1);
      std::string quoted = named.substr(at, end + 1 - at);
      if (c == '"') quoted.front() = quoted.back() = '`';
      out.sql += quoted;
      at = end + 1;
      continue;
    }
    out.sql += c;
    ++at;
    if (c != '?') continue;
    std::size_t number = 0;
    const char* const digits = named.data() + at;
    at += static_cast<std::size_t>(std::from_chars(digits, named.data() + named.size(), number).ptr - digits);
    if (number == 0) number = greatest + 1;
    greatest = std::max(greatest, number);
    out.parameters.push_back(number - 1);
  }
  return out;
}

const SqlText& SqlTexts::of(const char* text) {
  return texts_.with([&](auto& texts) -> const SqlText& {
    std::unique_ptr<const SqlText>& found = texts[text];
    if (found == nullptr) found = std::make_unique<const SqlText>(translate(text, names_));
    return *found;
  });
}

}  // namespace postern::mariadb
