// One request to the pages for people on its way.
#pragma once

#include "portal/portal.h"

namespace postern {

struct Portal::Visit {
  const http::Request& request;
  Client client;
  std::string_view path;             // Without a trailing '/'.
  std::optional<LivePerson> person;  // Who is logged in.
  Secret form_secret;                // What the forms of this browser are bound to.
  bool new_form_secret = false;      // It has to be sent as a cookie.
  std::vector<std::string> cookies;  // Further values of Set-Cookie.
  std::function<void()> afterwards;
};

inline bool only_reads(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

// 303: whatever the method was, GET the other address. `target` is a path of ours, or what return_to() has given.
http::Response redirect(std::string target);

}  // namespace postern
