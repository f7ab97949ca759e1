// What an e-mail address is, by WordPress' own rules. Pure; bytes in, bytes out. Any thread.
// Source: WordPress is_email(), sanitize_email(); vectors in tests/data/wordpress/vectors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::identity {

// May stand before the '@' of an address.
bool is_local_char(char c);
// WordPress' is_email(), quirk included: one newline just before the '@' passes.
bool is_email(std::string_view text);
// WordPress' sanitize_email(): "" if hopeless.
std::string sanitize_email(std::string_view text);
// What WordPress would store in wp_users.user_email: trimmed, sanitized, '&' as an entity.
std::string stored_email(std::string_view text);

// An address as Postern accepts it: outer white space trimmed, is_email(), no control bytes anywhere (so without
// that quirk), at most 100 bytes (the column of a WordPress site). Never cut, never corrected.
std::optional<std::string> parse_email(std::string_view text);

// Two addresses are the same person if and only if their keys are equal: the address with ASCII letters in lower case.
std::string email_key(std::string_view email);

}  // namespace postern::identity
