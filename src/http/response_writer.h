// A response as bytes. No I/O.
#pragma once

#include "http/message.h"

#include <ctime>
#include <string>

namespace postern::http {

struct ResponseContext {
  bool head = false;       // The request was HEAD: no body is sent.
  bool keep_alive = true;  // The connection stays open.
  bool http10 = false;     // The client speaks HTTP/1.0 and has to be told that it stays open.
  std::string_view date;   // The value of the Date field; empty: none.
};

// Appends the whole response. Content-Length always tells the truth; `Cache-Control: no-store` and
// `X-Content-Type-Options: nosniff` are added unless the response has its own. A header value never ends its line:
// CR, LF and NUL in it become spaces.
void write_response(std::string& out, const Response& response, const ResponseContext& context);

// Appends the head of a response whose body is streamed: without Content-Length, `chunked` or until the connection
// ends.
void write_head(std::string& out, const Response& response, const ResponseContext& context, bool chunked);

// "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 §5.6.7.
std::string http_date(std::time_t seconds);

}  // namespace postern::http
