// Values as PHP knows them, as far as they occur in the tables of a WordPress site.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace postern::wordpress {

struct PhpEntry;

// An array's key: PHP knows integers and strings only.
using PhpKey = std::variant<std::int64_t, std::string>;

// What PHP makes of a string that is used as a key: the text of an integer ("5", "-3", not "05") is that integer.
PhpKey php_key(std::string_view text);

// Keeps the order of its entries, as PHP does; no key occurs twice.
struct PhpArray {
  std::vector<PhpEntry> entries;

  bool operator==(const PhpArray& other) const;
};

// An object, as its serialized text: it is kept as it is and never made into anything.
struct PhpObject {
  std::string class_name;
  std::string serialized;

  bool operator==(const PhpObject&) const = default;
};

struct PhpNull {
  bool operator==(const PhpNull&) const = default;
};

struct PhpValue {
  std::variant<PhpNull, bool, std::int64_t, double, std::string, PhpArray, PhpObject> data;

  const std::string* if_string() const { return std::get_if<std::string>(&data); }
  const std::int64_t* if_integer() const { return std::get_if<std::int64_t>(&data); }
  const PhpArray* if_array() const { return std::get_if<PhpArray>(&data); }
  PhpArray* if_array() { return std::get_if<PhpArray>(&data); }
  // The entry of an array with this key; null if there is none, or if this is no array.
  const PhpValue* find(std::string_view key) const;

  bool operator==(const PhpValue&) const = default;
};

struct PhpEntry {
  PhpKey key;
  PhpValue value;

  bool operator==(const PhpEntry&) const = default;
};

// Makes `value` the one with this key: in place if there is one already, else at the end. Precondition: an array.
void set_entry(PhpValue& array, std::string_view key, PhpValue value);

// A list 0, 1, 2, … of integers.
PhpValue php_list(const std::vector<std::int64_t>& numbers);

}  // namespace postern::wordpress
