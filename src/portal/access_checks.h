// Answers proxies that ask whether a visitor of theirs may see something: GET /auth/space/{slug}, /auth/course/{slug}.
#pragma once

#include "base/log.h"
#include "http/message.h"
#include "portal/portal.h"

namespace postern {

// 200 with X-Postern-User (the login), -Email and -Role for an active member; 401 with the address of the login in
// Location for nobody; 403 with the cause in X-Postern-Reason for all others. That is what nginx' auth_request expects,
// and what Traefik's forwardAuth and Caddy's forward_auth pass on to the browser: for them a 401 is a page that leads
// to the login by itself. Any thread; one read of the store. Source:
// https://nginx.org/en/docs/http/ngx_http_auth_request_module.html,
// https://doc.traefik.io/traefik/middlewares/http/forwardauth/,
// https://caddyserver.com/docs/caddyfile/directives/forward_auth
class AccessChecks {
 public:
  struct Parts {
    PersonSessions& sessions;
    Log& log;
  };
  // All parts and `policy` must outlive it.
  AccessChecks(Parts parts, const PortalPolicy& policy) : parts_(parts), policy_(policy) {}

  // For paths under /auth/.
  PortalAnswer answer(const http::Request& request);

 private:
  PortalAnswer decide(const http::Request& request, const Client& client);
  http::Response log_in_first(const http::Request& request) const;
  void show(http::Response& response, HtmlPage page) const;
  http::Response refuse(int status, std::string_view reason, std::string_view message) const;

  Parts parts_;
  const PortalPolicy& policy_;
};

// What the visitor of a proxy had asked for, as far as it is one of our places: a path or a whole URL; empty: unknown.
// Only proxies that are trusted are believed (X-Forwarded-Proto, -Host and -Uri).
std::string wanted_address(const http::Request& request, const PortalPolicy& policy);

}  // namespace postern
