#include "pipeline/client.h"

#include <algorithm>

namespace postern {
namespace {

bool is_trusted(const std::vector<IpNetwork>& proxies, const IpAddress& address) {
  return std::any_of(proxies.begin(), proxies.end(), [&](const IpNetwork& each) { return each.contains(address); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Walks a list header from the right, over all its lines.
template <class Visit>
void each_from_the_right(const http::Request& request, std::string_view name, Visit visit) {
  for (std::size_t i = request.headers.size(); i-- > 0;) {
    if (!http::iequals(request.headers[i].name, name)) continue;
    std::string_view rest = request.headers[i].value;
    while (true) {
      const std::size_t comma = rest.rfind(',');
      const std::string_view item = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!visit(item)) return;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
}

}  // namespace

Client identify_client(const http::Request& request, const std::vector<IpNetwork>& trusted_proxies) {
  Client client{std::string(request.peer_ip), request.tls, request.tls};
  const auto peer = IpAddress::parse(request.peer_ip);
  if (!peer) return client;
  if (trusted_proxies.empty() || !is_trusted(trusted_proxies, *peer)) {
    client.secure = client.secure || peer->is_loopback();
    return client;
  }
  each_from_the_right(request, "x-forwarded-for", [&](std::string_view item) {
    const auto address = IpAddress::parse(item);
    if (!address) return false;  // Whatever stands to the left of nonsense cannot be trusted.
    client.ip = address->to_text();
    return is_trusted(trusted_proxies, *address);
  });
  bool says = false;
  each_from_the_right(request, "x-forwarded-proto", [&](std::string_view item) {
    says = true;
    client.tls = http::iequals(item, "https");
    client.secure = client.tls;
    return false;
  });
  if (!says) client.secure = request.tls || peer->is_loopback();
  return client;
}

}  // namespace postern
