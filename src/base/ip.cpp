#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace postern {
namespace {

constexpr std::array<std::uint8_t, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());
  IpAddress out;
  if (inet_pton(AF_INET, buffer.data(), out.bytes_.data() + kV4Prefix.size()) == 1) {
    std::copy(kV4Prefix.begin(), kV4Prefix.end(), out.bytes_.begin());
    return out;
  }
  if (inet_pton(AF_INET6, buffer.data(), out.bytes_.data()) == 1) return out;
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  constexpr std::array<std::uint8_t, 16> kV6Loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return bytes_ == kV6Loopback;
}

std::string IpAddress::to_text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool v4 = is_v4();
  const void* from = v4 ? bytes_.data() + kV4Prefix.size() : bytes_.data();
  inet_ntop(v4 ? AF_INET : AF_INET6, from, buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork out;
  out.base_ = *address;
  if (slash == std::string_view::npos) return out;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const unsigned width = address->is_v4() ? 32 : 128;
  if (bits > width) return std::nullopt;
  out.prefix_ = bits + (128 - width);
  for (unsigned bit = out.prefix_; bit < 128; ++bit) {
    if ((address->bytes()[bit / 8] & (0x80U >> (bit % 8))) != 0) return std::nullopt;
  }
  return out;
}

std::string IpNetwork::to_text() const {
  const unsigned width = base_.is_v4() ? 32 : 128;
  const unsigned bits = prefix_ - (128 - width);
  return base_.to_text() + (bits == width ? "" : "/" + std::to_string(bits));
}

bool IpNetwork::contains(const IpAddress& address) const {
  const unsigned whole = prefix_ / 8;
  if (std::memcmp(base_.bytes().data(), address.bytes().data(), whole) != 0) return false;
  if (prefix_ % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xffU << (8 - prefix_ % 8));
  return (base_.bytes()[whole] & mask) == (address.bytes()[whole] & mask);
}

std::optional<PortRange> PortRange::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return PortRange{*first, *last};
}

std::string PortRange::to_text() const {
  return std::to_string(first) + (first == last ? "" : "-" + std::to_string(last));
}

}  // namespace postern
