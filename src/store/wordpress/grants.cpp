#include "store/wordpress/grants.h"

#include <algorithm>
#include <optional>

namespace postern::wordpress {
namespace {

// A name at the front of `text`: between backticks, or up to a mark. Taken off it.
std::string take_name(std::string_view& text) {
  std::string out;
  if (!text.starts_with('`')) {
    const std::size_t end = std::min(text.find_first_of(". "), text.size());
    out = text.substr(0, end);
    text.remove_prefix(end);
    return out;
  }
  for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
    if (text[0] == '`') {
      if (!text.starts_with("``")) break;
      text.remove_prefix(1);
    }
    out += text[0];
  }
  if (!text.empty()) text.remove_prefix(1);
  return out;
}

// "SELECT, INSERT (`a`, `b`), DELETE" without those that are for single columns.
std::vector<std::string> read_privileges(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    std::size_t end = 0;
    for (int open = 0; end < list.size() && (open > 0 || list[end] != ','); ++end) {
      if (list[end] == '(') ++open;
      if (list[end] == ')') --open;
    }
    std::string_view one = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.empty() && one.find('(') == std::string_view::npos) out.emplace_back(one);
  }
  return out;
}

std::optional<Grant> read_grant(std::string_view line) {
  constexpr std::string_view kBegin = "GRANT ";
  if (!line.starts_with(kBegin)) return std::nullopt;
  line.remove_prefix(kBegin.size());
  const std::size_t on = line.find(" ON ");
  if (on == std::string_view::npos) return std::nullopt;
  Grant out;
  out.privileges = read_privileges(line.substr(0, on));
  line.remove_prefix(on + 4);
  out.database = take_name(line);
  if (!line.starts_with('.')) return std::nullopt;
  line.remove_prefix(1);
  out.table = take_name(line);
  if (out.database == "*") out.database = "%";
  return out;
}

// LIKE without its backtracking: the last '%' is the only place to go back to.
bool matches(std::string_view text, std::string_view pattern) {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (!escaped && p < pattern.size() && pattern[p] == '%') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() &&
               (escaped ? pattern[p + 1] == text[t] : pattern[p] == '_' || pattern[p] == text[t])) {
      p += escaped ? 2 : 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

}  // namespace

void Grants::add(std::string_view line) {
  if (auto grant = read_grant(line)) grants_.push_back(*std::move(grant));
}

bool Grants::allows(std::string_view privilege, std::string_view database, std::string_view table) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    // Where a table is named, the database's name is no pattern.
    const bool here =
        grant.table == "*" ? matches(database, grant.database) : grant.table == table && grant.database == database;
    if (!here) return false;
    return std::any_of(grant.privileges.begin(), grant.privileges.end(), [&](const std::string& each) {
      return each == privilege || each == "ALL PRIVILEGES" || each == "ALL";
    });
  });
}

}  // namespace postern::wordpress
