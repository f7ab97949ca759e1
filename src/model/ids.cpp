#include "model/ids.h"

#include "base/ascii.h"

namespace postern {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kLength = 13;

constexpr unsigned kSequenceBits = 20;

}  // namespace

DeliveryId delivery_id_at(WallTime time) {
  return DeliveryId{static_cast<std::int64_t>(time.time_since_epoch().count()) << kSequenceBits};
}

WallTime time_of(DeliveryId id) {
  return WallTime{std::chrono::milliseconds{id.value >> kSequenceBits}};
}

std::string to_text(DeliveryId id) {
  std::string out(kLength, '0');
  auto rest = static_cast<std::uint64_t>(id.value);
  for (std::size_t i = kLength; i-- > 0; rest >>= 5U) out[i] = kAlphabet[rest & 31U];
  return out;
}

std::optional<DeliveryId> parse_delivery_id(std::string_view text) {
  if (text.size() != kLength) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(ascii_lower(c));
    if (digit == std::string_view::npos || (value >> 59U) != 0) return std::nullopt;
    value = (value << 5U) | digit;
  }
  if ((value >> 63U) != 0) return std::nullopt;
  return DeliveryId{static_cast<std::int64_t>(value)};
}

}  // namespace postern
