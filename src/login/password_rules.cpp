#include "login/password_rules.h"

#include "base/utf8.h"
#include "crypto/common_passwords.h"
#include "identity/email.h"

namespace postern {

std::optional<std::string> password_fault(const Secret& password, std::string_view email,
                                          std::size_t least_characters) {
  if (utf8::count(password.reveal()) < least_characters) {
    return "is shorter than " + std::to_string(least_characters) +
           " characters. A few words that do not belong together are fine";
  }
  if (password.reveal().size() > kMaxPasswordBytes) {
    return "is longer than " + std::to_string(kMaxPasswordBytes) + " bytes. Choose a shorter one";
  }
  const bool is_email = !email.empty() && identity::email_key(password.reveal()) == identity::email_key(email);
  if (is_email || is_common_password(password)) {
    return "is one of those that are tried first. Choose one that nobody else would";
  }
  return std::nullopt;
}

}  // namespace postern
