// Where outgoing events may go. Whoever may set an endpoint's URL must not be able to reach the inside of our network
// through us: what is decided here is decided on the URL when it is set and sent to, and again on the address that is
// really connected to, since a name may lead elsewhere by then.
#pragma once

#include "base/ip.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct OutgoingPolicy {
  std::vector<IpNetwork> allow;  // May be connected to although they are not public.
  std::vector<PortRange> ports;  // Only these.
};

// Why this address must not be connected to: "10.0.0.7 is a private address"; nothing: it may. Everything is refused
// that is not public: loopback, private, shared, link-local, multicast, reserved, documentation, and IPv6 addresses
// that lead to an IPv4 address (mapped ones are judged as what they are mapped to).
// Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries.
std::optional<std::string> refusal(const IpAddress& address, const OutgoingPolicy& policy);
std::optional<std::string> refusal(std::uint16_t port, const OutgoingPolicy& policy);

constexpr std::size_t kMaxUrlBytes = 2000;

// Is this a URL that events may be sent to, as far as can be told without asking the DNS?
// Errors: invalid; the message says what is wrong with it and what would be right.
Result<void> check_url(std::string_view text, const OutgoingPolicy& policy);

}  // namespace postern
