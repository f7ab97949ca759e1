#include "crypto/common_passwords.h"

#include "base/ascii.h"

#include <string>

namespace postern {
namespace {

constexpr std::size_t kLeastLength = 12;

// Calls visit(entry) for each entry until it returns false.
template <class Visit>
void each_entry(Visit visit) {
  std::string entry;
  bool begun = false;
  for (const std::string_view piece : kCommonPasswords) {
    for (const char c : piece) {
      if (c < 'A' || c > 'Z') {
        entry += c;
        continue;
      }
      if (begun && !visit(entry)) return;
      entry.resize(static_cast<std::size_t>(c - 'A'));
      begun = true;
    }
  }
  if (begun) visit(entry);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool is_common_password(const Secret& password) {
  const std::string whole = ascii_lower(password.reveal());
  std::string_view core = whole;
  while (!core.empty() && !is_letter(core.front())) core.remove_prefix(1);
  while (!core.empty() && !is_letter(core.back())) core.remove_suffix(1);
  bool found = core.empty();  // Nothing but digits and punctuation.
  each_entry([&](const std::string& entry) {
    found = found || entry == whole || entry == core;
    return !found;
  });
  return found;
}

std::size_t count_common_passwords() {
  std::size_t count = 0;
  each_entry([&](const std::string& entry) {
    if (entry.size() >= kLeastLength) ++count;
    return true;
  });
  return count;
}

}  // namespace postern
