// What a password that is to be set must be like. Source: OWASP ASVS 5.0, 6.2.
#pragma once

#include "base/secret.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

constexpr std::size_t kMaxPasswordBytes = 4096;

// What is wrong with it, as the end of a sentence ("is shorter than …"); nothing if it is good: at least so many
// characters, at most kMaxPasswordBytes, none of the common ones, not the e-mail address.
std::optional<std::string> password_fault(const Secret& password, std::string_view email, std::size_t least_characters);

}  // namespace postern
