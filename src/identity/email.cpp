#include "identity/email.h"

#include "identity/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace postern::identity {
namespace {

constexpr std::size_t kMaxStoredBytes = 100;  // Source: wp_users.user_email varchar(100).

constexpr std::array<bool, 256> local_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = '0'; c <= '9'; ++c) table[c] = true;
  for (std::size_t c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+/=?^_`{|}~.-")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kLocal = local_table();

bool is_domain_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_domain(std::string_view domain) {
  std::size_t parts = 0;
  while (true) {
    const std::size_t dot = domain.find('.');
    const std::string_view part = domain.substr(0, dot);
    if (part.empty() || part.front() == '-' || part.back() == '-') return false;
    if (!std::all_of(part.begin(), part.end(), is_domain_char)) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts >= 2;
    domain.remove_prefix(dot + 1);
  }
}

// What both functions ask first.
std::size_t split(std::string_view text) {
  constexpr std::size_t kShortest = 6;
  const std::size_t at = text.size() < kShortest ? std::string_view::npos : text.find('@', 1);
  // strpos(…, '@', 1) finds a later one when the first byte is '@'; the split is at the first of all.
  return at == std::string_view::npos ? at : text.find('@');
}

bool is_valid(std::string_view text, bool allow_newline) {
  const std::size_t at = split(text);
  if (at == std::string_view::npos) return false;
  std::string_view local = text.substr(0, at);
  if (allow_newline && !local.empty() && local.back() == '\n') local.remove_suffix(1);
  return !local.empty() && std::all_of(local.begin(), local.end(), is_local_char) && is_domain(text.substr(at + 1));
}

std::string_view trim_also(std::string_view text, char also) {
  constexpr std::string_view kBlank(" \t\n\r\0\x0b", 6);
  const auto cut = [&](char c) { return c == also || kBlank.find(c) != std::string_view::npos; };
  while (!text.empty() && cut(text.front())) text.remove_prefix(1);
  while (!text.empty() && cut(text.back())) text.remove_suffix(1);
  return text;
}

// Every run of two or more dots goes altogether.
std::string drop_dot_runs(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && text[end] == '.') ++end;
    if (end - i == 1) out += '.';
    if (end == i) out += text[end++];
    i = end;
  }
  return out;
}

}  // namespace

bool is_local_char(char c) {
  return kLocal[static_cast<unsigned char>(c)];
}

bool is_email(std::string_view text) {
  return is_valid(text, true);
}

std::string sanitize_email(std::string_view text) {
  const std::size_t at = split(text);
  if (at == std::string_view::npos) return {};
  std::string out;
  std::copy_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), std::back_inserter(out), is_local_char);
  if (out.empty()) return {};
  const std::string without_runs = drop_dot_runs(text.substr(at + 1));
  std::string_view domain = trim_also(without_runs, '.');
  if (domain.find('.') == std::string_view::npos) return {};
  out += '@';
  std::size_t parts = 0;
  while (!domain.empty()) {
    const std::size_t dot = std::min(domain.find('.'), domain.size());
    std::string part;
    for (const char c : trim_also(domain.substr(0, dot), '-')) {
      if (is_domain_char(c)) part += c;
    }
    if (!part.empty()) {
      if (parts++ > 0) out += '.';
      out += part;
    }
    domain.remove_prefix(std::min(dot + 1, domain.size()));
  }
  return parts < 2 ? std::string() : out;
}

std::string stored_email(std::string_view text) {
  // WordPress gets it slashed: of a NUL, the zero of its "\\0" is left.
  return normalize_entities(sanitize_email(trim(add_slashes(text))));
}

std::optional<std::string> parse_email(std::string_view text) {
  const std::string_view email = trim(text);
  if (email.size() > kMaxStoredBytes || !is_valid(email, false)) return std::nullopt;
  return std::string(email);
}

std::string email_key(std::string_view email) {
  return ascii_lower(email);
}

}  // namespace postern::identity
