// docs/api/openapi.yaml and the router know the same operations, and the same of them need no login.
#include "admin/description_routes.h"
#include "admin/endpoint_routes.h"
#include "admin/ui_pages.h"
#include "unit/admin/account_fixture.h"
#include "unit/admin/resource_site.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace postern {
namespace {

struct Operation {
  std::string name;   // "GET /webhooks/{id}"
  bool open = false;  // Needs no login.
  auto operator<=>(const Operation&) const = default;
};

std::set<Operation> described() {
  std::set<Operation> out;
  std::istringstream yaml{std::string(find_asset("docs/openapi.yaml")->identity)};
  std::string path;
  Operation operation;
  const auto keep = [&] {
    if (!operation.name.empty()) out.insert(operation);
    operation = {};
  };
  bool in_paths = false;
  for (std::string line; std::getline(yaml, line);) {
    if (!line.starts_with(" ")) {
      keep();
      in_paths = line == "paths:";
    }
    if (!in_paths) continue;
    if (line.starts_with("  /")) {
      keep();
      path = line.substr(2, line.size() - 3);
    }
    for (const char* method : {"get", "post", "put", "patch", "delete"}) {
      if (line != std::string("    ") + method + ":") continue;
      keep();
      operation.name = method;
      std::transform(operation.name.begin(), operation.name.end(), operation.name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      operation.name += " " + path;
    }
    if (line == "      security: []") operation.open = true;
  }
  keep();
  return out;
}

// Names of what stands in a path do not matter.
std::string without_names(std::string_view pattern) {
  std::string out;
  bool inside = false;
  for (const char c : pattern) {
    if (!inside) out += c;
    if (c == '{') inside = true;
    if (c == '}') {
      inside = false;
      out += c;
    }
  }
  return out;
}

TEST_F(AccountFixture, TheDescriptionAndTheRouterAgree) {
  ResourceSite resources(std::make_unique<MemoryStore>());
  Routes rest;
  add_description_routes(rest);
  Routes accounts;
  const auto passwords = PasswordDesk::create(system_random_).value();
  LoginThrottle throttle(clock_);
  add_account_routes(accounts, {store_, vault_, random_, clock_, sessions_, audit_, *passwords, throttle,
                                [] { return std::string("https://postern.example"); }});
  const auto sender = CurlSender::create({}).value();
  Routes endpoints;
  add_endpoint_routes(endpoints, {store_, vault_, random_, clock_, *sender, {}});
  std::set<Operation> routed;
  for (const Routes* routes : {&accounts, &resources.routes, &endpoints, &rest}) {
    for (const Route& route : routes->all()) {
      routed.insert({std::string(route.method) + " " + without_names(route.pattern), !route.permission.has_value()});
    }
  }
  std::set<Operation> wanted;
  for (const Operation& each : described()) wanted.insert({without_names(each.name), each.open});
  EXPECT_GT(wanted.size(), 60U);
  for (const Operation& each : wanted) EXPECT_TRUE(routed.contains(each)) << "only described: " << each.name;
  for (const Operation& each : routed) EXPECT_TRUE(wanted.contains(each)) << "not described: " << each.name;
}

}  // namespace
}  // namespace postern
