// What a login is, and how one is generated, by the rules of WordPress and FluentCommunity. Pure. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::identity {

// WordPress' sanitize_user(). `strict` leaves only A-Z a-z 0-9 space _ . - @.
std::string sanitize_user(std::string_view text, bool strict);
// WordPress' validate_username().
bool validate_username(std::string_view text);
// FluentCommunity's ProfileHelper::sanitizeUserName().
std::string sanitize_username(std::string_view text);
// One of FluentCommunity's reserved names (exact match on the lower-case name).
bool is_reserved_username(std::string_view text);

// The logins to try for a new person, best first; the first that is free is taken. Every candidate is a login that
// can be stored as it is: strictly sanitized, 1 to 60 bytes, not empty, not "0". The list never ends.
//
// Order, as FluentCommunity does it: the wished login (if it survives sanitizing; reserved names are allowed there);
// the e-mail's local part; the names; then the local part with a number: base, base2, base3, …
// A candidate of the generator is skipped if it is reserved or shorter than three bytes.
// Where the original gives up for ever (nothing left after sanitizing, longer than 60) this moves on: the base is
// cut to make room for the number, and "user" stands in for a base of which nothing is left.
class LoginCandidates {
 public:
  // The texts are copied. What no address may have before its '@' is not looked at.
  LoginCandidates(std::string_view wished, std::string_view email, std::string_view first_name,
                  std::string_view last_name);
  std::string next();

  // Those with a number depend on the local part alone, so that who has found out that the first `taken` of them are
  // taken need not ask for them again, for anybody with the same `base`.
  const std::string& base() const { return local_; }
  void skip_numbered(std::size_t taken) { numbered_from_ = taken; }
  // How many of the numbered ones next() has been past, the one given last not counted.
  std::size_t numbered_before() const;

 private:
  std::string candidate(std::size_t n) const;

  std::string wished_;
  std::string local_;  // Of the address: what stands before the '@'.
  std::string first_name_;
  std::string last_name_;
  std::size_t given_ = 0;
  std::size_t numbered_from_ = 0;
};

// FluentCommunity's isUsernameAvailable() as far as the name itself goes: at least three bytes, and not reserved.
bool is_acceptable_username(std::string_view text);

// FluentCommunity's base, base2, …: `n` counts from 0. At every multiple of 100 the base grows by `suffix` and a dash.
std::string numbered_username(std::string_view base, std::size_t n, std::string_view suffix);

}  // namespace postern::identity
