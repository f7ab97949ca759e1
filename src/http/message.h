// A request and a response as values. Nothing here knows a socket, and nothing in http/ knows a webhook.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::http {

struct Header {
  std::string_view name;   // As sent; compare with header_is() or Request::header().
  std::string_view value;  // Without the white space around it.
};

// Why the body of a request could not be read although its head could. The connection is closed after the reply.
struct Refusal {
  int status = 400;          // 400, 408, 411, 413, 415, 417, 431, 503
  std::string_view code;     // malformed_body, body_too_large, …; a literal
  std::string_view message;  // What happened, why, what to do; a literal
};

// A request whose head is valid. All views point into the connection's buffer and live until the Exchange that
// came with it has been answered or dropped: copy what must live longer.
struct Request {
  std::string_view method;  // As sent; methods are case-sensitive.
  std::string_view target;  // As sent, origin form or absolute form. May hold a secret: never log it.
  std::string_view path;    // Not decoded, begins with '/'; or "*".
  std::string_view query;   // Not decoded, without '?'.
  std::span<const Header> headers;
  std::string_view body;     // Complete, chunks joined; empty if refused.
  std::string_view peer_ip;  // Numeric, of the socket: "192.0.2.7", "2001:db8::1".
  bool tls = false;          // This very connection is encrypted.
  std::optional<Refusal> refusal;

  // The value of the first header of that name, ASCII case ignored.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json; charset=utf-8";  // A literal.
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers;  // Names are literals; values have no CR, LF, NUL.
  bool close = false;                                             // Close the connection after this response.
};

// The reason phrase for a status; "Unknown" if there is none.
std::string_view reason_phrase(int status);

// ASCII case-insensitive equality, for header names and tokens.
bool iequals(std::string_view a, std::string_view b);

}  // namespace postern::http
