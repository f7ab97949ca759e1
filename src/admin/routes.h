// The table of the admin API: which method and path leads to which handler, and what one must be allowed for it.
#pragma once

#include "admin/call.h"
#include "admin/reply.h"
#include "http/server.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

struct Route {
  enum class Body { none, json };

  std::string_view method;               // "GET"
  std::string_view pattern;              // "/webhooks/{id}/rotate", below /api/v1
  std::optional<Permission> permission;  // Empty: no login needed.
  Body body = Body::none;
  std::function<Reply(Call&)> handle;
  // Instead of `handle`, for what is sent piece by piece; it answers the exchange itself. GET only.
  std::function<void(Call&, http::Exchange)> stream;
};

// Built once, then read by any thread.
class Routes {
 public:
  // Two routes with the same method and pattern are a bug.
  void add(Route route);

  struct Match {
    const Route* route = nullptr;     // Null: none with this method.
    std::vector<std::string> values;  // Of the {…}, decoded.
    std::string allow;                // The methods there are; empty: no such path.
  };
  Match find(std::string_view method, std::string_view path) const;
  const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace postern
