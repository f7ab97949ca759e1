#include "wordpress/php_value.h"

#include "base/check.h"

#include <algorithm>
#include <charconv>

namespace postern::wordpress {

PhpKey php_key(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Only the form that PHP itself would print: no zeros in front, no "-0".
  const bool canonical = error == std::errc() && end == text.data() + text.size() && std::to_string(number) == text;
  return canonical ? PhpKey(number) : PhpKey(std::string(text));
}

bool PhpArray::operator==(const PhpArray& other) const {
  return entries == other.entries;
}

const PhpValue* PhpValue::find(std::string_view key) const {
  const PhpArray* array = if_array();
  if (array == nullptr) return nullptr;
  const PhpKey wanted = php_key(key);
  const auto it = std::find_if(array->entries.begin(), array->entries.end(),
                               [&wanted](const PhpEntry& entry) { return entry.key == wanted; });
  return it == array->entries.end() ? nullptr : &it->value;
}

void set_entry(PhpValue& array, std::string_view key, PhpValue value) {
  PhpArray* to = array.if_array();
  CHECK(to != nullptr);
  PhpKey wanted = php_key(key);
  for (PhpEntry& entry : to->entries) {
    if (entry.key == wanted) {
      entry.value = std::move(value);
      return;
    }
  }
  to->entries.push_back({std::move(wanted), std::move(value)});
}

PhpValue php_list(const std::vector<std::int64_t>& numbers) {
  PhpArray out;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    out.entries.push_back({static_cast<std::int64_t>(i), PhpValue{numbers[i]}});
  }
  return PhpValue{std::move(out)};
}

}  // namespace postern::wordpress
