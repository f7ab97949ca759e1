// One table per enumeration: value <-> word. Used by the .cpp files of this layer only.
#pragma once

#include "base/check.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace postern::words {

template <class Enum, std::size_t N>
using Table = std::array<std::pair<Enum, std::string_view>, N>;

template <class Enum, std::size_t N>
std::string_view word_of(const Table<Enum, N>& table, Enum value) {
  for (const auto& [each, word] : table) {
    if (each == value) return word;
  }
  CHECK(false && "an enumerator without a word");
  return {};
}

template <class Enum, std::size_t N>
std::optional<Enum> parse(const Table<Enum, N>& table, std::string_view text) {
  for (const auto& [value, word] : table) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace postern::words
