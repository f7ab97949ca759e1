#include "manage/rate_text.h"

#include "manage/setting_faults.h"

#include <charconv>

namespace postern {
namespace {

std::optional<std::uint32_t> parse_count(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out == 0 || out > kMaxRate) return std::nullopt;
  return out;
}

}  // namespace

std::optional<RateLimit> parse_rate(std::string_view text) {
  if (text == "none") return RateLimit{};
  constexpr std::string_view kUnit = "/m";
  const std::size_t unit = text.find(kUnit);
  if (unit == std::string_view::npos) return std::nullopt;
  const auto per_minute = parse_count(text.substr(0, unit));
  if (!per_minute) return std::nullopt;
  const std::string_view rest = text.substr(unit + kUnit.size());
  if (rest.empty()) return RateLimit{*per_minute, 0};
  const auto burst = rest.front() == ':' ? parse_count(rest.substr(1)) : std::nullopt;
  if (!burst) return std::nullopt;
  return RateLimit{*per_minute, *burst};
}

std::string rate_in_words(const RateLimit& rate) {
  if (rate.per_minute == 0) return "no limit";
  const std::uint32_t burst = rate.burst == 0 ? rate.per_minute : rate.burst;
  return std::to_string(rate.per_minute) + " a minute, at most " + std::to_string(burst) + " at once";
}

}  // namespace postern
