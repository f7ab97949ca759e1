// What the event of a sender asks for at a webhook: its action and its products, as effects. Pure.
#pragma once

#include "model/event.h"
#include "model/webhook.h"

#include <string>

namespace postern {

struct EventEffects {
  Effects effects;
  bool may_create = true;       // Nobody becomes a user because something was taken away.
  std::string nothing_because;  // Not empty: there is nothing to do for anybody, and this is why.
};

// grant: what the webhook adds and removes, and what its product map opens for the event's products. revoke: all that
// those name is removed. ignore, link: nothing. The rules in words: docs/sources.md.
EventEffects effects_of(const Webhook& webhook, const Notice& notice);

}  // namespace postern
