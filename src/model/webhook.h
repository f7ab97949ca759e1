// A named endpoint with a secret key in its URL, and what a delivery to it does.
#pragma once

#include "base/clock.h"
#include "model/ids.h"

#include <array>
#include <cstddef>
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

// active: works. paused: requests are answered 503 with Retry-After, nothing is changed. disabled: revoked for good
// (410).
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

struct Webhook {
  WebhookId id;
  std::string name;
  WebhookState state = WebhookState::active;
  Effects effects;
  std::vector<WebhookKey> keys;  // Newest first. Removed webhooks have none.
  WallTime created_at{};
  bool operator==(const Webhook&) const = default;
};

std::string_view to_word(WebhookState state);
std::optional<WebhookState> parse_webhook_state(std::string_view word);

}  // namespace postern
