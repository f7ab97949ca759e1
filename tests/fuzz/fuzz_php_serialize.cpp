// Serialized values from any bytes: no crash, and what could be read is written so that it reads back the same.
#include "base/check.h"
#include "wordpress/php_serialize.h"

#include <cstdint>
#include <string>
#include <string_view>

using namespace postern::wordpress;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = php_unserialize(text);
  if (value) {
    const std::string written = php_serialize(*value);
    const auto again = php_unserialize(written);
    CHECK(again.has_value());                    // Else: what was written cannot be read.
    CHECK(php_serialize(*again) == written);     // Else: it reads as something else.
    CHECK(written.size() <= text.size() + 400);  // Else: a short text became a long one. A fraction may grow a little.
  }
  const auto stored = maybe_unserialize(maybe_serialize(text));
  CHECK(stored.has_value());
  // A text comes back as it was, whatever it looks like. Source: what maybe_serialize() is for.
  if (is_serialized(text, false)) CHECK(*stored->if_string() == text);
  return 0;
}
