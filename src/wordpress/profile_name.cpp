#include "wordpress/profile_name.h"

#include "base/ascii.h"
#include "identity/login.h"

namespace postern::wordpress {
namespace {

bool is_falsy(std::string_view text) {
  return text.empty() || text == "0";
}

std::string only_name_characters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = ascii_lower(c);
    if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') out += c;
  }
  return out;
}

}  // namespace

ProfileNames::ProfileNames(std::string_view login, const std::vector<std::string>& fallbacks, std::string_view user)
    : base_(ascii_lower(login.substr(0, login.find('@')))), user_(user) {
  named_.push_back(identity::sanitize_username(base_));
  for (const std::string& each : fallbacks) {
    if (!is_falsy(each)) named_.push_back(identity::sanitize_username(only_name_characters(each)));
  }
}

std::string ProfileNames::next() {
  for (;;) {
    const std::size_t n = given_++;
    std::string out = n < named_.size() ? named_[n] : identity::numbered_username(base_, n - named_.size(), user_);
    if (identity::is_acceptable_username(out)) return out;
  }
}

}  // namespace postern::wordpress
