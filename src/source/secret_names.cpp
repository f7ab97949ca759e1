#include "source/secret_names.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <string>

namespace postern {
namespace {

constexpr std::array<std::string_view, 18> kWords{
    "pass",   "pwd",     "secret",   "token",    "api_key", "apikey", "api-key", "authoriz", "auth_code",
    "credit", "cardnum", "card_num", "card[num", "cvc",     "cvv",    "iban",    "ssn",      "private_key"};

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string lower = ascii_lower(name);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace postern
