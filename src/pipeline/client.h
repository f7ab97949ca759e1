// Who is asking, seen through proxies that are trusted and no others.
#pragma once

#include "base/ip.h"
#include "http/message.h"

#include <string>
#include <vector>

namespace postern {

struct Client {
  std::string ip;       // Of the client, as far as a trusted proxy vouches for it.
  bool secure = false;  // TLS all the way, or loopback: the URL's secret has not crossed a wire in the clear.
  bool tls = false;     // The client speaks TLS, to us or to a trusted proxy.
};

// `trusted_proxies`: only if the socket's peer is one of them do X-Forwarded-For (the rightmost address that is not a
// trusted proxy) and X-Forwarded-Proto count; from anybody else they are ignored.
Client identify_client(const http::Request& request, const std::vector<IpNetwork>& trusted_proxies);

}  // namespace postern
