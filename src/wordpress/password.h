// Password hashes as a WordPress site writes and accepts them. Pure but for the salts. Any thread; making and checking
// take up to a quarter of a second of one core on purpose: call them from a bounded pool.
// Source: observed on WordPress 6.1 to 7.1; vectors in tests/data/wordpress/vectors.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>
#include <string_view>

namespace postern::wordpress {

// Which rules a site goes by. Before 6.8: "$P$" (phpass). Since: "$wp$2y$" (bcrypt of an HMAC), and "$P$" is accepted.
// A site before 6.8 lets nobody in whose hash begins with "$wp$"; when in doubt, take `before_6_8`.
enum class PasswordRules { before_6_8, since_6_8 };

constexpr int kDefaultBcryptCost = 10;  // PHP's own up to 8.3; 12 since 8.4. Any is accepted.

// The text that WordPress hashes and compares when a person types this password: WordPress puts backslashes before
// quotes and backslashes of every form, passwords included, and cuts white space off both ends.
Secret typed_password(const Secret& password);

// What WordPress would store for a person who types this password at wp-login.php. More than 4,096 bytes become "*",
// as there: nobody can log in with it, a reset link sets another.
// `bcrypt_cost` is 4 to 16. Errors: internal (the C library cannot make bcrypt hashes).
Result<std::string> hash_typed_password(const Secret& password, PasswordRules rules, Random& random,
                                        int bcrypt_cost = kDefaultBcryptCost);

// WordPress' wp_check_password(): does `typed` (see typed_password) belong to the hash? Also takes what else a site's
// table may hold: MD5 in hex, plain bcrypt, the hashes of crypt(3), since 6.8 Argon2. Compares in constant time.
// A hash that asks for far more work than any site's (bcrypt above cost 16, more than 2^20 rounds of another, more
// than 256 MiB) is not checked: false.
bool check_password(const Secret& typed, const std::string& hash, PasswordRules rules);

// The same with a given salt: eight characters of ./0-9A-Za-z. `cost` is the character that stands for the rounds.
std::string phpass_hash(std::string_view typed, char cost, std::string_view salt);
// `setting` is "$2y$", the cost, "$" and 22 characters of salt. Errors: internal (the setting cannot be used).
Result<std::string> wp_bcrypt_hash(std::string_view typed, const std::string& setting);
// Eight characters of `random`.
std::string phpass_salt(Random& random);

constexpr char kPhpassCost = 'B';  // 2^13 rounds, WordPress' own.

// Does `text` belong to a "$P$" hash (or "$H$", phpBB's)? Constant time.
bool check_phpass(std::string_view text, std::string_view hash);

// Takes the same time wherever they differ. Different lengths: false at once.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace postern::wordpress
