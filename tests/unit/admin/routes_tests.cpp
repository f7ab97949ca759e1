#include "admin/routes.h"

namespace postern {
namespace {

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    for (const auto& [method, pattern] :
         {std::pair("GET", "/webhooks"), std::pair("POST", "/webhooks"), std::pair("GET", "/webhooks/{id}"),
          std::pair("GET", "/webhooks/new"), std::pair("PUT", "/users/{id}/memberships/{space}")}) {
      routes_.add({.method = method, .pattern = pattern});
    }
  }
  std::string found(std::string_view method, std::string_view path) {
    const Routes::Match match = routes_.find(method, path);
    std::string out(match.route == nullptr ? "none, allow " + match.allow : std::string(match.route->pattern));
    for (const std::string& value : match.values) out += " " + value;
    return out;
  }
  Routes routes_;
};

TEST_F(RoutesTest, Table) {
  EXPECT_EQ(found("GET", "/webhooks"), "/webhooks");
  EXPECT_EQ(found("GET", "/webhooks/7"), "/webhooks/{id} 7");
  EXPECT_EQ(found("GET", "/webhooks/new"), "/webhooks/new");
  EXPECT_EQ(found("PUT", "/users/3/memberships/a%20b+c"), "/users/{id}/memberships/{space} 3 a b+c");
  EXPECT_EQ(found("DELETE", "/webhooks"), "none, allow GET, POST");
  for (const char* path : {"", "/", "/nothing", "/webhooks/", "/webhooks/7/8", "/users/3/memberships", "webhooks7"}) {
    EXPECT_EQ(found("GET", path), "none, allow ") << path;
  }
}

}  // namespace
}  // namespace postern
