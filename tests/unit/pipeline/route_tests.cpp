#include "pipeline/client.h"
#include "pipeline/route.h"

#include <optional>

namespace postern {
namespace {

struct RouteCase {
  const char* path;
  const char* query;
  std::optional<Dialect> dialect;
  const char* key = "";
};

TEST(Route, Table) {
  const RouteCase cases[] = {
      {"/wp-json/fluent-community/v2/webhook/abc", "", Dialect::rest, "abc"},
      {"/wp-json/fluent-community/v2/webhook/abc/", "", Dialect::rest, "abc"},
      {"/WP-JSON/Fluent-Community/v2/webhook/aBc", "", Dialect::rest, "aBc"},
      {"/wp-json/fluent-community/v2/webhook/a%62c", "", Dialect::rest, "abc"},
      {"/wp-json/fluent-community/v2/webhook/a+b%2Bc%", "", Dialect::rest, "a+b+c%"},
      {"/portal/", "fcom_action=incoming_webhook&webhook=a+b%2Bc%", Dialect::plugin, "a b+c%"},
      {"/index.php/wp-json/fluent-community/v2/webhook/abc", "", Dialect::rest, "abc"},
      {"/wp-json/fluent-community/v2/webhook/", "", Dialect::rest, ""},
      {"/wp-json/fluent-community/v2/webhook/a/b", "", std::nullopt},
      {"/wp-json/fluent-community/v2/webhooks/abc", "", std::nullopt},
      {"/wp-json/fluent-community/v3/webhook/abc", "", std::nullopt},
      {"/", "rest_route=/fluent-community/v2/webhook/abc", Dialect::rest, "abc"},
      {"/", "rest_route=%2Ffluent-community%2Fv2%2Fwebhook%2Fabc", Dialect::rest, "abc"},
      {"/index.php", "rest_route=/fluent-community/v2/webhook/abc&x=1", Dialect::rest, "abc"},
      {"/", "rest_route=fluent-community/v2/webhook/abc", std::nullopt},
      {"/other", "rest_route=/fluent-community/v2/webhook/abc", std::nullopt},
      {"/portal/", "fcom_action=incoming_webhook&webhook=abc", Dialect::plugin, "abc"},
      {"/", "webhook=abc&fcom_action=incoming_webhook", Dialect::plugin, "abc"},
      {"/any/path", "fcom_action=incoming_webhook&webhook=a%20c", Dialect::plugin, "a c"},
      {"/portal/", "fcom_action=incoming_webhook&webhook=x&webhook=abc", Dialect::plugin, "abc"},
      {"/portal/", "fcom_action=INCOMING_WEBHOOK&webhook=abc", std::nullopt},
      {"/portal/", "fcom_action=incoming_webhook", std::nullopt},
      {"/portal/", "webhook=abc", std::nullopt},
      {"/", "", std::nullopt},
      {"*", "", std::nullopt},
  };
  for (const RouteCase& c : cases) {
    const auto route = route_webhook(c.path, c.query);
    ASSERT_EQ(route.has_value(), c.dialect.has_value()) << c.path << "?" << c.query;
    if (!route) continue;
    EXPECT_EQ(route->dialect, *c.dialect) << c.path << "?" << c.query;
    EXPECT_EQ(route->key, c.key) << c.path << "?" << c.query;
  }
}

TEST(Route, TheUrlHandedOutIsRecognised) {
  EXPECT_EQ(webhook_url("https://example.com/", "k"), "https://example.com/wp-json/fluent-community/v2/webhook/k");
}

struct ClientCase {
  std::string name;
  const char* peer;
  bool tls;
  std::vector<http::Header> headers;
  const char* trusted;
  const char* ip;
  bool secure;
};

TEST(Client, OnlyATrustedProxyIsBelieved) {
  const ClientCase cases[] = {
      {"PlainFromOutside", "203.0.113.9", false, {}, "", "203.0.113.9", false},
      {"TlsFromOutside", "203.0.113.9", true, {}, "", "203.0.113.9", true},
      {"PlainLoopback", "127.0.0.1", false, {}, "", "127.0.0.1", true},
      {"UntrustedForgesHttps", "203.0.113.9", false, {{"X-Forwarded-Proto", "https"}}, "", "203.0.113.9", false},
      {"UntrustedForgesAddress",
       "203.0.113.9",
       true,
       {{"X-Forwarded-For", "10.0.0.1"}},
       "10.0.0.0/8",
       "203.0.113.9",
       true},
      {"LoopbackProxyNotTrusted", "127.0.0.1", false, {{"X-Forwarded-For", "198.51.100.1"}}, "", "127.0.0.1", true},
      {"TrustedProxy",
       "10.0.0.2",
       false,
       {{"X-Forwarded-For", "198.51.100.1"}, {"x-forwarded-proto", "HTTPS"}},
       "10.0.0.0/8",
       "198.51.100.1",
       true},
      {"TrustedProxySaysHttp", "127.0.0.1", false, {{"X-Forwarded-Proto", "http"}}, "127.0.0.1", "127.0.0.1", false},
      {"TrustedProxySaysNothing", "10.0.0.2", false, {}, "10.0.0.0/8", "10.0.0.2", false},
      {"RightmostUntrustedCounts",
       "10.0.0.2",
       true,
       {{"X-Forwarded-For", "1.2.3.4, 198.51.100.1, 10.0.0.3"}},
       "10.0.0.0/8",
       "198.51.100.1",
       true},
      {"OverSeveralLines",
       "10.0.0.2",
       true,
       {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "10.0.0.3"}},
       "10.0.0.0/8",
       "198.51.100.1",
       true},
      {"NonsenseStopsTheWalk",
       "10.0.0.2",
       true,
       {{"X-Forwarded-For", "198.51.100.1, unknown, 10.0.0.3"}},
       "10.0.0.0/8",
       "10.0.0.3",
       true},
  };
  for (const ClientCase& c : cases) {
    http::Request request;
    request.peer_ip = c.peer;
    request.tls = c.tls;
    request.headers = c.headers;
    std::vector<IpNetwork> trusted;
    if (*c.trusted != '\0') trusted.push_back(*IpNetwork::parse(c.trusted));
    const Client client = identify_client(request, trusted);
    EXPECT_EQ(client.ip, c.ip) << c.name;
    EXPECT_EQ(client.secure, c.secure) << c.name;
  }
}

}  // namespace
}  // namespace postern
