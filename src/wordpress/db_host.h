// The constant DB_HOST: one text for host, port and socket. Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::wordpress {

struct DbHost {
  std::string host;   // Empty or "localhost" without a socket: the client library's default socket.
  unsigned port = 0;  // 0: the default. Not checked: WordPress hands on what is written.
  std::string socket;
  bool is_ipv6 = false;

  bool operator==(const DbHost&) const = default;
};

// As WordPress reads it: "host", "host:port", "host:/socket", ":/socket", "[v6]", "[v6]:port", "v6". Nothing for a text
// that it cannot read and takes for a host's name as a whole, such as "host:12:34". "p:host", which PHP's own client
// would take for a lasting connection, is the host "p" to WordPress.
// Source: wpdb::parse_db_host(); vectors in tests/data/wordpress/vectors.
std::optional<DbHost> parse_db_host(std::string_view text);

}  // namespace postern::wordpress
