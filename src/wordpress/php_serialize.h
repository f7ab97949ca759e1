// PHP's serialize() and unserialize(), and WordPress' rules of when it uses them. Pure. Any thread.
// Source: observed on PHP 8.2 and WordPress 7.1; vectors in tests/data/wordpress/vectors.
#pragma once

#include "base/result.h"
#include "wordpress/php_value.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::wordpress {

// Damaged or hostile text costs no more than this.
struct PhpLimits {
  std::size_t text_bytes = 16U * 1024 * 1024;  // A longtext of a site may be large; more is not read.
  std::size_t depth = 64;                      // Arrays in arrays. WordPress' own options have about five.
  std::size_t values = 1'000'000;              // All entries together.
};

std::string php_serialize(const PhpValue& value);

// Reads the value at the front of `text`; like PHP, it ignores what follows. Objects are kept as their text.
// Stricter than PHP in two things: references (R:, r:) and escaped strings (S:) are refused.
// Errors: invalid (at which byte, and what is wrong there; the message holds no text of the value), too_large.
Result<PhpValue> php_unserialize(std::string_view text, const PhpLimits& limits = {});

// WordPress' is_serialized(). Says only what a text looks like: it may be damaged all the same.
bool is_serialized(std::string_view text, bool strict);
// What WordPress stores for a string: itself, or the string serialized if it looks serialized already, so that it
// comes back as the string it was. Source: maybe_serialize().
std::string maybe_serialize(std::string_view text);
// What WordPress reads from a stored text: its value if it looks serialized, else the text.
// Errors: those of php_unserialize(). Source: maybe_unserialize(), which gives `false` instead.
Result<PhpValue> maybe_unserialize(std::string_view text, const PhpLimits& limits = {});

}  // namespace postern::wordpress
