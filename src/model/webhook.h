// A named endpoint with a secret key in its URL, and what a delivery to it does.
#pragma once

#include "base/clock.h"
#include "base/ip.h"
#include "model/event.h"
#include "model/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Keyed hash of a webhook key: all that is needed to recognise one. See crypto/key_vault.h.
using KeyHash = std::array<std::byte, 32>;

struct WebhookKey {
  KeyId id;  // Counts from 1 within its webhook; the delivery log says which one was used.
  KeyHash hash{};
  std::string sealed;  // The key itself, encrypted with the key file, so that the URL can be shown again.
  WallTime created_at{};
  std::optional<WallTime> expires_at;  // Set on the old key when it is rotated: accepted before, refused from then on.
  bool operator==(const WebhookKey&) const = default;
};

// active: works. paused: requests are answered 200 and kept; they are applied in order when it is resumed. disabled:
// revoked for good (410).
enum class WebhookState { active, paused, disabled };

// What a delivery does. Applied in this order: courses added, courses removed, spaces added, spaces removed.
struct Effects {
  std::vector<SpaceId> add_courses;
  std::vector<SpaceId> remove_courses;
  std::vector<SpaceId> add_spaces;
  std::vector<SpaceId> remove_spaces;
  bool welcome_email = false;
  bool operator==(const Effects&) const = default;
};

// The dialect that is no preset: plain fields, see docs/http.md.
inline constexpr std::string_view kFormSource = "form";

// What the sender proves itself with. Several during a rotation; any that has not expired is accepted.
struct SourceSecret {
  std::int64_t id = 0;  // Counts from 1 within its webhook.
  std::string sealed;   // Encrypted with the key file.
  WallTime created_at{};
  std::optional<WallTime> expires_at;
  bool operator==(const SourceSecret&) const = default;
};

// What one type of event means at this webhook, whatever the preset says.
struct EventMeaning {
  std::string type;  // Exactly as the sender writes it.
  SourceAction action = SourceAction::ignore;
  bool operator==(const EventMeaning&) const = default;
};

// A condition that an event must meet, else it is ignored. As text; source/condition.h reads it.
struct WebhookCondition {
  std::string subject;
  std::string op;
  std::vector<std::string> values;
  bool operator==(const WebhookCondition&) const = default;
};

// A product, price or plan of the sender, and what it opens: added on grant and removed on revoke, beside what the
// webhook's own effects add.
struct ProductEffects {
  std::string product;  // Exactly as the sender writes it.
  std::vector<SpaceId> spaces;
  std::vector<SpaceId> courses;
  bool operator==(const ProductEffects&) const = default;
};

struct SourceSettings {
  std::string name{kFormSource};           // kFormSource, or that of a preset.
  std::vector<SourceSecret> secrets;       // Newest first.
  std::string webhook_id;                  // What the sender calls this webhook; some sign it.
  std::optional<SourceAction> url_action;  // For presets whose requests do not say what happened.
  std::vector<EventMeaning> events;        // The first that fits counts, before the preset's rules.
  std::vector<WebhookCondition> conditions;
  std::vector<ProductEffects> products;  // Each product once.
  // An event older than the last one applied for the same person and order changes nothing.
  bool skip_stale = true;
  bool operator==(const SourceSettings&) const = default;
};

// A token bucket: so many requests a minute on average, and at most `burst` at once.
struct RateLimit {
  std::uint32_t per_minute = 0;  // 0: no limit.
  std::uint32_t burst = 0;       // 0: as many as in a minute.
  bool operator==(const RateLimit&) const = default;
};

// Who may use the URL, how often and how long.
struct Protection {
  std::vector<IpNetwork> networks;     // Empty: from anywhere.
  RateLimit webhook_rate;              // All senders together.
  RateLimit address_rate;              // Each address; of IPv6 each /64.
  std::optional<WallTime> expires_at;  // From then on requests are refused with 410.
  bool operator==(const Protection&) const = default;
};

struct Webhook {
  WebhookId id;
  std::string name;
  WebhookState state = WebhookState::active;
  Effects effects;
  SourceSettings source;
  Protection protection;
  std::vector<WebhookKey> keys;  // Newest first. Removed webhooks have none.
  WallTime created_at{};
  std::string fault;  // Why it cannot be used: what the store holds of it is damaged. Empty: it can.
  bool operator==(const Webhook&) const = default;
};

std::string_view to_word(WebhookState state);
std::optional<WebhookState> parse_webhook_state(std::string_view word);

}  // namespace postern
