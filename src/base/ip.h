// IP addresses, networks and ports, for trusted proxies and allow-lists.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// IPv4 addresses are kept as v4-mapped IPv6, so "::ffff:192.0.2.7" and "192.0.2.7" are one address.
class IpAddress {
 public:
  // Numeric forms only; no zone, no port. Nothing for anything else.
  static std::optional<IpAddress> parse(std::string_view text);
  bool is_loopback() const;
  bool is_v4() const;
  std::string to_text() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// "192.0.2.0/24", "2001:db8::/32", or a single address.
class IpNetwork {
 public:
  // Nothing if it is not a network, or if bits behind the prefix are set (a typing error that would widen or miss).
  static std::optional<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string to_text() const;
  bool operator==(const IpNetwork&) const = default;

 private:
  IpAddress base_;
  unsigned prefix_ = 128;  // Of the 128 bits.
};

// "443", "8000-8999".
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  // Nothing if it is no port between 1 and 65535, or no range of them.
  static std::optional<PortRange> parse(std::string_view text);
  std::string to_text() const;
  bool operator==(const PortRange&) const = default;
};

}  // namespace postern
