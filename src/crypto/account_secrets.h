// The secrets of accounts: session cookies, API tokens, one-time links, recovery codes. All are made of the kernel's
// randomness and kept as keyed hashes only. A hash is taken for one purpose: that of a token is of no use as a link.
#pragma once

#include "crypto/key_vault.h"
#include "model/account.h"

#include <string>
#include <string_view>
#include <vector>

namespace postern {

// What an API token begins with, so that it is recognised where it does not belong.
constexpr std::string_view kTokenPrefix = "pst_";

Secret make_session_secret(Random& random);   // 256 bits, 43 characters.
std::string make_session_id(Random& random);  // 96 bits, 16 characters; no secret.
Secret make_api_token(Random& random);        // "pst_" and 43 characters.
Secret make_link_secret(Random& random);      // 43 characters.
// 80 bits each, as people write them down: "k7f2-m9qx-4tpr-w8bn".
std::vector<Secret> make_recovery_codes(Random& random, std::size_t count = 10);

KeyHash session_hash(const KeyVault& vault, std::string_view secret);
KeyHash token_hash(const KeyVault& vault, std::string_view token);
KeyHash link_hash(const KeyVault& vault, std::string_view secret);
// Case, blanks and '-' in the code do not count.
KeyHash recovery_code_hash(const KeyVault& vault, AdminId admin, std::string_view code);
// Of whatever is compared only: what an Idempotency-Key belongs to, a request's body.
KeyHash reply_hash(const KeyVault& vault, std::string_view text);
// What pages of ours have to send along with a change: a function of the session's secret.
std::string csrf_token(const KeyVault& vault, std::string_view session_secret);

// The hash of an audit row: over the hash before it and all of its own fields.
KeyHash audit_hash(const KeyVault& vault, const KeyHash& previous, const AuditRow& row);

// The address that a person opens. The secret stands behind '#', which no browser sends to anybody.
std::string setup_url(std::string_view base_url, const Secret& link);

// Equal in constant time.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace postern
