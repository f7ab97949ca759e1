// Where a login leads: to a place that is ours, and to no other.
#pragma once

#include <string>
#include <string_view>

namespace postern {

struct ReturnPolicy {
  std::string own_host;       // "postern.example:8443"
  std::string cookie_domain;  // Hosts of this domain and below it are ours; empty: own_host only.
};

// Is it one of our hosts? The port does not count in the domain.
bool is_own_host(std::string_view host, const ReturnPolicy& policy);

// `wanted` if it is a path ("/course/1?x=2") or an http(s) URL of one of our hosts; else "/account". What it gives has
// no character that means something in a header.
std::string return_to(std::string_view wanted, const ReturnPolicy& policy);

// Does it lead to another host than the portal's own? `target` as return_to() gives it.
inline bool leads_away(std::string_view target) {
  return !target.starts_with('/');
}

// `text` as the value of a query parameter.
std::string query_escaped(std::string_view text);

}  // namespace postern
