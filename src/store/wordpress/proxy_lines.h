// The lines for a web server that send just the webhooks' URLs to Postern and leave all else to WordPress. Pure.
#pragma once

#include <string>
#include <string_view>

namespace postern::wordpress {

struct ProxyLines {
  std::string nginx;   // For the server { } of the site, before its locations.
  std::string apache;  // For the <VirtualHost> of the site; .htaccess comes too late.
  std::string caddy;   // For the block of the site.
};

// The three shapes of URL: …/wp-json/fluent-community/v2/webhook/KEY, ?rest_route=/fluent-community/v2/webhook/KEY at
// the site's root or its index.php, and ?fcom_action=incoming_webhook&webhook=KEY on any path. Of a site that lies in a
// folder, that folder is taken off. `home` is the site's address; `upstream` is "127.0.0.1:8080".
ProxyLines proxy_lines(std::string_view home, std::string_view upstream);

}  // namespace postern::wordpress
