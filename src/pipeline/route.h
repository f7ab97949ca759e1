// Which requests are for a webhook, and which key they name.
#pragma once

#include "model/delivery.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct WebhookRoute {
  Dialect dialect = Dialect::rest;
  std::string key;  // Percent-decoded; may be empty or nonsense. A secret: do not log it.
};

// Recognises all webhook URLs (docs/http.md):
//   /wp-json/fluent-community/v2/webhook/{key}               (also below /index.php)
//   /?rest_route=/fluent-community/v2/webhook/{key}          (also /index.php?rest_route=…)
//   {any path}?fcom_action=incoming_webhook&webhook={key}
// The fixed part of a path is compared without regard to ASCII case, a trailing slash is ignored, and of a repeated
// parameter the last one counts, as WordPress does. Source: WordPress' rest_api_loaded().
std::optional<WebhookRoute> route_webhook(std::string_view path, std::string_view query);

// The URL to hand to people.
std::string webhook_url(std::string_view base_url, std::string_view key);

}  // namespace postern
