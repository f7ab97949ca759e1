#include "admin/csv.h"

#include <algorithm>
#include <array>

namespace postern {
namespace {

bool looks_like_a_formula(std::string_view cell) {
  constexpr std::array<std::string_view, 11> kBegins{
      "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
  return std::any_of(kBegins.begin(), kBegins.end(), [&](std::string_view each) { return cell.starts_with(each); });
}

}  // namespace

void append_csv(std::string& out, const std::vector<std::string>& cells) {
  bool first = true;
  for (const std::string& cell : cells) {
    if (!first) out += ',';
    first = false;
    out += '"';
    if (looks_like_a_formula(cell)) out += '\'';
    for (const char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

}  // namespace postern
