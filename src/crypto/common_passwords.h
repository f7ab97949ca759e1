// Passwords that too many people use. Source of the rule: OWASP ASVS 5.0, 6.2.4.
#pragma once

#include "base/secret.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace postern {

// Is the password one of the list, case ignored, as it is or without the digits and punctuation around it?
bool is_common_password(const Secret& password);

// How many entries of at least 12 characters the list has.
std::size_t count_common_passwords();

// The list, sorted, in pieces: each entry is a capital letter that says how many characters it has in common with the
// one before ('A' none, 'B' one, …), and the rest of it. Written by tools/make_common_passwords.py.
extern const std::span<const std::string_view> kCommonPasswords;

}  // namespace postern
