#include "source/secret_names.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace postern {
namespace {

// Sorted.
constexpr std::array<std::string_view, 18> kWords{
    "api-key", "api_key", "apikey", "auth_code", "authoriz",    "card[num", "card_num", "cardnum", "credit",
    "cvc",     "cvv",     "iban",   "pass",      "private_key", "pwd",      "secret",   "ssn",     "token"};
static_assert(std::is_sorted(kWords.begin(), kWords.end()));

// The words that begin with a letter, in either case: most of a name is passed over without looking at any.
struct Range {
  std::uint8_t begin = 0;
  std::uint8_t end = 0;
};
constexpr std::array<Range, 256> kBeginningWith = [] {
  std::array<Range, 256> ranges{};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    const auto c = static_cast<unsigned char>(kWords[i].front());
    if (ranges[c].end == 0) ranges[c].begin = static_cast<std::uint8_t>(i);
    ranges[c].end = static_cast<std::uint8_t>(i + 1);
    ranges[static_cast<unsigned char>(c - 'a' + 'A')] = ranges[c];
  }
  return ranges;
}();

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char w, char c) { return w == ascii_lower(c); });
}

}  // namespace

bool is_secret_name(std::string_view name) {
  for (; !name.empty(); name.remove_prefix(1)) {
    const Range range = kBeginningWith[static_cast<unsigned char>(name.front())];
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (begins_with(name, kWords[i])) return true;
    }
  }
  return false;
}

}  // namespace postern
