// What the tables of settings are written with: each function ties a member of Settings to a kind of value.
// For config/definition*.cpp only.
#pragma once

#include "base/time_text.h"
#include "config/definition.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace postern::settings {

inline Error expected(std::string what) {
  return {Errc::invalid, std::move(what), ""};
}

inline Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return expected("it is not a whole number");
  return value;
}

inline Result<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "0" || text == "no" || text == "off") return false;
  return expected("it is neither true nor false");
}

inline std::string size_text(std::size_t bytes) {
  constexpr std::size_t kKi = 1024;
  if (bytes > 0 && bytes % (kKi * kKi) == 0) return fmt::format("{}MiB", bytes / (kKi * kKi));
  if (bytes > 0 && bytes % kKi == 0) return fmt::format("{}KiB", bytes / kKi);
  return std::to_string(bytes);
}

inline std::string duration_text(std::chrono::seconds time) {
  const auto n = time.count();
  if (n > 0 && n % 86400 == 0) return fmt::format("{}d", n / 86400);
  if (n > 0 && n % 3600 == 0) return fmt::format("{}h", n / 3600);
  if (n > 0 && n % 60 == 0) return fmt::format("{}m", n / 60);
  return fmt::format("{}s", n);
}

// `member` is a function that gives the member's address.
template <class Member>
SettingReader text_reader(Member member) {
  return [member](Settings& settings, std::string_view text) -> Result<void> {
    *member(settings) = std::string(text);
    return {};
  };
}
template <class Member>
SettingWriter text_writer(Member member) {
  return
      [member](const Settings& settings) { return *member(const_cast<Settings&>(settings)); };  // NOLINT: not changed
}

template <class Member>
SettingDefinition text(std::string_view key, std::string_view about, Member member, std::string_view expects = "text") {
  return {key, expects, about, text_reader(member), text_writer(member)};
}

template <class Member>
SettingDefinition flag(std::string_view key, std::string_view about, Member member) {
  return {key, "true or false", about,
          [member](Settings& settings, std::string_view value) -> Result<void> {
            *member(settings) = TRY(parse_bool(value));
            return {};
          },
          [member](const Settings& settings) {
            return std::string(*member(const_cast<Settings&>(settings)) ? "true" : "false");  // NOLINT: not changed
          }};
}

template <class Member>
SettingDefinition size(std::string_view key, std::string_view about, Member member, std::size_t least,
                       std::size_t most) {
  return {key, "a size in bytes, such as 4096, 64KiB or 1MiB", about,
          [=](Settings& settings, std::string_view value) -> Result<void> {
            const std::size_t bytes = TRY(parse_size(value));
            if (bytes < least || bytes > most) {
              return expected(fmt::format("it is not between {} and {}", size_text(least), size_text(most)));
            }
            *member(settings) = bytes;
            return {};
          },
          [member](const Settings& settings) {
            return size_text(*member(const_cast<Settings&>(settings)));  // NOLINT: not changed
          }};
}

template <class Member>
SettingDefinition number(std::string_view key, std::string_view about, Member member, std::int64_t least,
                         std::int64_t most) {
  return {key, "a whole number", about,
          [=](Settings& settings, std::string_view value) -> Result<void> {
            const std::int64_t n = TRY(parse_integer(value));
            if (n < least || n > most) return expected(fmt::format("it is not between {} and {}", least, most));
            *member(settings) = static_cast<std::remove_reference_t<decltype(*member(settings))>>(n);
            return {};
          },
          [member](const Settings& settings) {
            return std::to_string(*member(const_cast<Settings&>(settings)));  // NOLINT: not changed
          }};
}

template <class Member>
SettingDefinition duration(std::string_view key, std::string_view about, Member member, std::chrono::seconds least,
                           std::chrono::seconds most) {
  return {key, "a time, such as 30s, 15m, 24h or 30d", about,
          [=](Settings& settings, std::string_view value) -> Result<void> {
            const auto time = parse_duration(value);
            if (!time) return expected("it is not a time such as 30s, 15m, 24h or 30d");
            if (*time < least || *time > most) {
              return expected(fmt::format("it is not between {} and {}", duration_text(least), duration_text(most)));
            }
            auto& target = *member(settings);
            target = std::chrono::duration_cast<std::remove_reference_t<decltype(target)>>(*time);
            return {};
          },
          [member](const Settings& settings) {
            return duration_text(*member(const_cast<Settings&>(settings)));  // NOLINT: not changed
          }};
}

template <class Enum, std::size_t N>
using Words = std::array<std::pair<std::string_view, Enum>, N>;

// One of a few words.
template <class Member, class Enum, std::size_t N>
SettingDefinition choice(std::string_view key, std::string_view expects, std::string_view about, Member member,
                         Words<Enum, N> words) {
  return {key, expects, about,
          [=](Settings& settings, std::string_view value) -> Result<void> {
            for (const auto& [word, meaning] : words) {
              if (word != value) continue;
              *member(settings) = meaning;
              return {};
            }
            return expected("it is none of them");
          },
          [=](const Settings& settings) {
            const Enum now = *member(const_cast<Settings&>(settings));  // NOLINT: not changed
            for (const auto& [word, meaning] : words) {
              if (meaning == now) return std::string(word);
            }
            return std::string();
          }};
}

// Never shown. `least`: characters; empty is always allowed.
template <class Member>
SettingDefinition secret(std::string_view key, std::string_view expects, std::string_view about, Member member,
                         std::size_t least) {
  return {key,
          expects,
          about,
          [=](Settings& settings, std::string_view value) -> Result<void> {
            if (!value.empty() && value.size() < least) {
              return expected(fmt::format("it is shorter than {} characters", least));
            }
            *member(settings) = Secret(std::string(value));
            return {};
          },
          [=](const Settings& settings) {
            const bool none = member(const_cast<Settings&>(settings))->empty();  // NOLINT: not changed
            return std::string(none ? "" : "********");
          },
          true};
}

}  // namespace postern::settings
