// Identifiers: integers that cannot be mixed up with another table's integers.
#pragma once

#include "base/clock.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  auto operator<=>(const Id&) const = default;
};

struct UserTag;
struct SpaceTag;
struct WebhookTag;
struct KeyTag;
struct OutboxTag;
struct DeliveryTag;

using UserId = Id<UserTag>;
using SpaceId = Id<SpaceTag>;  // A course is a space of kind `course` and shares the numbering.
using WebhookId = Id<WebhookTag>;
using KeyId = Id<KeyTag>;
using OutboxId = Id<OutboxTag>;

// A delivery's number is ordered by arrival: 43 bits of milliseconds since 1970 and 20 bits that tell
// deliveries of one millisecond apart. So a span of time is a span of numbers, and no index on time is needed.
using DeliveryId = Id<DeliveryTag>;

// The least number that a delivery written at `time` can have.
DeliveryId delivery_id_at(WallTime time);
// When it was written, roughly: the time within its number.
WallTime time_of(DeliveryId id);

// The 13 characters people see: Crockford's base 32, lower case. Source: https://www.crockford.com/base32.html
std::string to_text(DeliveryId id);
// Accepts either case. Nothing if `text` is not such an identifier.
std::optional<DeliveryId> parse_delivery_id(std::string_view text);

}  // namespace postern

template <class Tag>
struct std::hash<postern::Id<Tag>> {
  std::size_t operator()(const postern::Id<Tag>& id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
