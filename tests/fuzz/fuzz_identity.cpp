// Addresses, logins and names from any bytes: no crash, and what comes out can be stored.
#include "base/check.h"
#include "identity/email.h"
#include "identity/login.h"
#include "identity/name.h"

#include <cstdint>
#include <string>
#include <string_view>

using namespace postern;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string login = identity::sanitize_user(text, true);
  CHECK(identity::sanitize_user(login, true) == login);  // Else: a clean login is not clean.
  const std::string first = identity::stored_name(text);
  static_cast<void>(identity::name_text(identity::stored_display_name(first, "", login)));
  if (size > 2000) return 0;
  const std::string address(text);
  identity::LoginCandidates candidates(text, address + "@example.com", text, text);
  for (int i = 0; i < 8; ++i) {
    const std::string candidate = candidates.next();
    CHECK(!candidate.empty() && candidate.size() <= 60);  // Else: a candidate cannot be stored.
  }
  CHECK(identity::email_key(identity::email_key(text)) == identity::email_key(text));  // Else: a key is not stable.
  return 0;
}
