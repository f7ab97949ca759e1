// The keys of WordPress' set-password links: `wp-login.php?action=rp&key=…&login=…` and the column
// `user_activation_key` that they are checked against. Pure but for the randomness. Any thread.
// Source: observed on WordPress 6.7 and 7.1; vectors in tests/data/wordpress/vectors.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "wordpress/password.h"

#include <chrono>
#include <string>
#include <string_view>

namespace postern::wordpress {

constexpr std::chrono::seconds kResetKeyLifetime{86400};  // Filterable on a site; this is the default.

// Twenty characters of a-zA-Z0-9, each equally likely: 119 bits.
Secret make_reset_key(Random& random);

// What `user_activation_key` holds for it: "<seconds since 1970>:<hash>". A site before 6.8 refuses the hash of later
// ones, later ones accept both.
std::string stored_reset_key(const Secret& key, WallTime now, PasswordRules rules, Random& random);

// WordPress' wp_fast_hash(): "$generic$" and a keyed BLAKE2b of 30 bytes. For texts that nobody can guess only.
std::string fast_hash(std::string_view text);

enum class ResetKeyState { ok, expired, invalid };
// What the site says to `offered`, of which everything but letters and digits is dropped. `expired`: the right key, but
// too old, or stored without a time. Compares in constant time. Source: check_password_reset_key().
ResetKeyState check_reset_key(const Secret& offered, std::string_view stored, WallTime now, PasswordRules rules);

}  // namespace postern::wordpress
