// One request to the admin API on its way through a handler.
#pragma once

#include "http/message.h"
#include "model/admin.h"
#include "pipeline/client.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

// Who asks.
struct Principal {
  std::optional<AdminId> admin;  // Empty for a token and for nobody.
  std::optional<TokenId> token;
  std::string name;                      // For the audit log: the admin's e-mail, or "token <name>".
  std::optional<Permission> permission;  // The highest; empty: not logged in.
  std::string session;                   // Id of the session (never its secret); empty for a token.

  bool may(Permission wanted) const { return permission && *permission >= wanted; }
};

// What an admin did, for the audit log. Values hold no secret.
struct AuditEntry {
  std::string action;  // "webhook.add"
  std::string target;  // "webhook 3"
  boost::json::value before;
  boost::json::value after;
};

// Lives as long as the handler runs. The views point into the request.
class Call {
 public:
  Call(const http::Request& request, Client client) : request_(request), client_(std::move(client)) {}

  const http::Request& request() const { return request_; }
  const Client& client() const { return client_; }
  Principal principal;
  std::vector<std::string> path;  // What stood for each {…} of the route, decoded.
  boost::json::object body;       // Empty if the route takes none.

  // The n-th {…} of the route as a number, 0 if it is none: no row has the number 0.
  std::int64_t id(std::size_t n = 0) const;
  // The last value of a query parameter, decoded.
  std::optional<std::string> query(std::string_view name) const;
  // Names of query parameters that are none of `known`: a typing error is told, not ignored.
  std::vector<std::string> unknown_query(std::initializer_list<std::string_view> known) const;
  // ?limit=, between 1 and 200; 50 if it is missing or nonsense.
  std::size_t limit() const;
  // If-Match, without its quotes; empty: not sent.
  std::string if_match() const;

  // Is written after the handler has answered without a problem.
  void audit(AuditEntry entry) { audit_.push_back(std::move(entry)); }
  const std::vector<AuditEntry>& audit_entries() const { return audit_; }

 private:
  const http::Request& request_;
  Client client_;
  std::vector<AuditEntry> audit_;
};

}  // namespace postern
