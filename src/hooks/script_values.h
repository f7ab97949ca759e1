// What scripts are given, as JSON objects: docs/hooks.md.
#pragma once

#include "model/delivery.h"
#include "model/user.h"
#include "model/webhook.h"

#include <span>
#include <string>

namespace postern {

// Never a key. Spaces by their slugs; those that do not exist any more are left out.
std::string webhook_value(const Webhook& webhook, std::span<const Space> spaces);
std::string user_value(const User& user);
// Of a processed delivery.
std::string outcome_value(const Delivery& delivery);

}  // namespace postern
