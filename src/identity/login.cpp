#include "identity/login.h"

#include "identity/email.h"
#include "identity/tables.h"
#include "identity/text.h"

#include <algorithm>

namespace postern::identity {
namespace {

constexpr std::size_t kMaxLoginBytes = 60;  // Source: wp_users.user_login varchar(60).
constexpr std::string_view kStandIn = "user";
constexpr std::size_t kNamed = 4;  // Candidates before those with a number: wished, local part, first name, last name.

bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string without_octets(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      i += 3;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// Deletes "&…;" with at least one character between, none of them a line feed; the shortest.
std::string without_entities(std::string_view text) {
  std::string out;
  std::size_t end = 0;  // The next ';' or line feed; looked for again only when it has been passed.
  for (std::size_t i = 0; i < text.size();) {
    const bool begins = text[i] == '&' && i + 1 < text.size() && text[i + 1] != '\n';
    if (begins && end < i + 2) end = std::min(text.find_first_of(";\n", i + 2), text.size());
    if (begins && end < text.size() && text[end] == ';') {
      i = end + 1;
    } else {
      out += text[i++];
    }
  }
  return out;
}

template <class Class>
std::string only(std::string_view text, Class is_member) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), is_member);
  return out;
}

std::string collapse_blanks(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_php_space(text[i])) {
      out += text[i];
    } else if (i == 0 || !is_php_space(text[i - 1])) {
      out += ' ';
    }
  }
  return out;
}

// WordPress makes the name in a user's URLs from the first characters of the login, without its punctuation, and
// refuses a login that leaves none. Source: WordPress 6.9, empty_user_nicename.
bool makes_nicename(std::string_view login) {
  constexpr std::size_t kMaxNicenameCharacters = 50;
  const std::string_view start = login.substr(0, kMaxNicenameCharacters);
  return std::any_of(start.begin(), start.end(), is_word_char);
}

// As it can be stored; empty if nothing is left, or if it is too long to be one.
std::string storable(std::string_view text) {
  std::string login = sanitize_user(text, true);
  if (login == "0" || login.size() > kMaxLoginBytes || !makes_nicename(login)) login.clear();
  return login;
}

}  // namespace

std::string sanitize_user(std::string_view text, bool strict) {
  std::string out = without_entities(without_octets(remove_accents(strip_all_tags(text))));
  if (strict) {
    out = only(out, [](char c) { return is_word_char(c) || c == ' ' || c == '.' || c == '-' || c == '@'; });
  }
  return collapse_blanks(trim(out));
}

bool validate_username(std::string_view text) {
  return sanitize_user(text, true) == text && !text.empty() && text != "0";
}

std::string sanitize_username(std::string_view text) {
  const std::string lower = ascii_lower(text);
  return only(sanitize_user(lower.substr(0, lower.find('@')), false), is_word_char);
}

bool is_reserved_username(std::string_view text) {
  return std::binary_search(kReservedNames.begin(), kReservedNames.end(), text);
}

bool is_acceptable_username(std::string_view text) {
  constexpr std::size_t kShortest = 3;
  return text.size() >= kShortest && !is_reserved_username(ascii_lower(text));
}

std::string numbered_username(std::string_view base, std::size_t n, std::string_view suffix) {
  std::string out(base);
  if (n == 0) return out;
  const std::size_t number = n + 1;
  for (std::size_t hundred = 100; hundred <= number; hundred += 100) {
    out += suffix;
    out += '-';
  }
  return out + std::to_string(number);
}

LoginCandidates::LoginCandidates(std::string_view wished, std::string_view email, std::string_view first_name,
                                 std::string_view last_name)
    : wished_(wished),
      local_(only(ascii_lower(email.substr(0, email.find('@'))), is_local_char)),
      first_name_(first_name),
      last_name_(last_name) {}

std::string LoginCandidates::next() {
  while (true) {
    if (given_ == kNamed) given_ += numbered_from_;
    std::string login = candidate(given_++);
    if (!login.empty()) return login;
  }
}

std::size_t LoginCandidates::numbered_before() const {
  return given_ > kNamed ? given_ - kNamed - 1 : 0;
}

// Empty: this one is none.
std::string LoginCandidates::candidate(std::size_t n) const {
  if (n == 0) return storable(sanitize_user(wished_, false));
  if (n < kNamed) {
    const auto allowed_in_names = [](char c) { return is_word_char(c) || c == '-'; };
    const std::string text = n == 1   ? sanitize_username(local_)
                             : n == 2 ? sanitize_username(only(first_name_, allowed_in_names))
                                      : sanitize_username(only(last_name_, allowed_in_names));
    return is_acceptable_username(text) ? storable(text) : std::string();
  }
  std::string base = local_;
  if (sanitize_user(base, true).empty()) base = kStandIn;
  const std::string raw = numbered_username(base, n - kNamed, "");
  if (!is_acceptable_username(raw)) return {};
  std::string login = sanitize_user(raw, true);
  if (login.size() <= kMaxLoginBytes) return storable(login);
  // Too long: the base gives way to the number.
  const std::string number = n == kNamed ? "" : std::to_string(n - kNamed + 1);
  login = sanitize_user(base, true).substr(0, kMaxLoginBytes - number.size());
  return (makes_nicename(login) ? login : std::string(kStandIn)) + number;
}

}  // namespace postern::identity
