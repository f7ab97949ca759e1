// The cookie that a session lives in.
#pragma once

#include "admin/call.h"
#include "base/secret.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// "__Host-postern_session" where the client speaks TLS, else "postern_session".
// Source: RFC 6265bis §4.1.3.2 (the prefix).
std::string_view session_cookie_name(const Client& client);

// What the client sent as the session's secret; empty: nothing.
Secret presented_session(const Call& call);

// The value of Set-Cookie that starts a session, and the one that ends it.
std::string session_cookie(const Client& client, const Secret& secret, std::chrono::seconds lifetime);
std::string ended_session_cookie(const Client& client);

}  // namespace postern
