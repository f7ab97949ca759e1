#include "effects/outgoing/guard.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace postern {
namespace {

struct Special {
  std::string_view network;
  std::string_view what;
};

// Longer prefixes before the ones that hold them.
constexpr std::array<Special, 29> kSpecial{{{"0.0.0.0/8", "an address of this network"},
                                            {"10.0.0.0/8", "a private address"},
                                            {"100.64.0.0/10", "a shared address behind a carrier's NAT"},
                                            {"127.0.0.0/8", "a loopback address"},
                                            {"169.254.0.0/16", "a link-local address"},
                                            {"172.16.0.0/12", "a private address"},
                                            {"192.0.0.0/24", "a reserved address"},
                                            {"192.0.2.0/24", "an address for documentation"},
                                            {"192.88.99.0/24", "a reserved address"},
                                            {"192.168.0.0/16", "a private address"},
                                            {"198.18.0.0/15", "an address for benchmarks"},
                                            {"198.51.100.0/24", "an address for documentation"},
                                            {"203.0.113.0/24", "an address for documentation"},
                                            {"224.0.0.0/4", "a multicast address"},
                                            {"240.0.0.0/4", "a reserved address"},
                                            {"::/128", "the unspecified address"},
                                            {"::1/128", "a loopback address"},
                                            {"64:ff9b::/96", "an IPv4 address behind NAT64"},
                                            {"64:ff9b:1::/48", "an IPv4 address behind NAT64"},
                                            {"2001::/23", "a reserved or tunnelled address"},
                                            {"2001:db8::/32", "an address for documentation"},
                                            {"2002::/16", "an IPv4 address behind 6to4"},
                                            {"3fff::/20", "an address for documentation"},
                                            {"fc00::/7", "a private address"},
                                            {"fe80::/10", "a link-local address"},
                                            {"fec0::/10", "a private address"},
                                            {"ff00::/8", "a multicast address"},
                                            {"5f00::/16", "a reserved address"},
                                            {"100::/8", "a reserved address"}}};
// Of IPv6 only what is handed out as global unicast is public. Source: IANA IPv6 Address Space, 2000::/3.
constexpr std::string_view kGlobalUnicast = "2000::/3";

bool within(const IpAddress& address, std::string_view network) {
  const auto parsed = IpNetwork::parse(network);
  CHECK(parsed.has_value());
  return parsed && parsed->contains(address);
}

Error wrong(std::string message) {
  return {Errc::invalid, std::move(message), ""};
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

// The last label of a name that no resolver may take for a number: 127.1, 0x7f.1, 10.0.0.08.
bool ends_like_a_number(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);
  const std::size_t dot = host.rfind('.');
  const std::string_view label = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (label.starts_with("0x") || label.starts_with("0X")) return true;
  return !label.empty() && std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// `host` is what libcurl made of the URL; it must be what was written, so that nobody reads it in another way.
Result<void> check_host(std::string_view url, std::string host, const OutgoingPolicy& policy) {
  const bool bracketed = host.starts_with('[');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed) {
    const std::string_view written = url.substr(url.find("://") + 3, host.size());
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    if (!std::equal(written.begin(), written.end(), host.begin(), host.end(), same)) {
      return wrong("The URL's host is written in an unusual way. Write the name, or the address as 192.0.2.7.");
    }
  }
  if (const auto address = IpAddress::parse(host)) {
    const std::optional<std::string> why = refusal(*address, policy);
    if (!why) return {};
    return wrong("The URL leads to an address that is not public: " + *why + ". outgoing.allow can allow its network.");
  }
  if (bracketed || ends_like_a_number(host)) {
    return wrong("The URL's host is no address in its usual form. Write it as 192.0.2.7 or [2001:db8::7], or a name.");
  }
  return {};
}

}  // namespace

std::optional<std::string> refusal(const IpAddress& address, const OutgoingPolicy& policy) {
  const auto allows = [&](const IpNetwork& each) { return each.contains(address); };
  if (std::any_of(policy.allow.begin(), policy.allow.end(), allows)) return std::nullopt;
  for (const Special& special : kSpecial) {
    if (within(address, special.network)) return address.to_text() + " is " + std::string(special.what);
  }
  if (!address.is_v4() && !within(address, kGlobalUnicast)) return address.to_text() + " is a reserved address";
  return std::nullopt;
}

std::optional<std::string> refusal(std::uint16_t port, const OutgoingPolicy& policy) {
  const auto holds = [&](const PortRange& each) { return each.first <= port && port <= each.last; };
  if (std::any_of(policy.ports.begin(), policy.ports.end(), holds)) return std::nullopt;
  return "port " + std::to_string(port) + " is none of outgoing.ports";
}

Result<void> check_url(std::string_view text, const OutgoingPolicy& policy) {
  if (text.empty() || text.size() > kMaxUrlBytes) {
    return wrong("The URL must have 1 to " + std::to_string(kMaxUrlBytes) + " characters.");
  }
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), plain)) {
    return wrong("The URL has a character that must be escaped: a blank, a backslash, or one beyond ASCII.");
  }
  const Url url(curl_url());
  const std::string copy(text);
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (parsed != CURLUE_OK) return wrong("It is no URL such as https://example.com/events.");
  const std::string scheme = part(url, CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http") return wrong("The URL must begin with https:// (or http://).");
  if (copy.find("://") != scheme.size()) return wrong("It is no URL such as https://example.com/events.");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty() ||
      copy.substr(0, copy.find_first_of("/?#", scheme.size() + 3)).find('@') != std::string::npos) {
    return wrong("The URL must not hold a user or a password; events are signed instead.");
  }
  if (!part(url, CURLUPART_FRAGMENT).empty()) return wrong("The URL must not have a fragment (#…).");
  TRY(check_host(text, part(url, CURLUPART_HOST), policy));
  const std::string port_text = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::uint16_t port = 0;
  std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (const auto why = refusal(port, policy)) return wrong("The URL cannot be used: " + *why + ".");
  return {};
}

}  // namespace postern
