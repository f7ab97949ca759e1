#include "model/user.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

TEST(UserRole, IsAShortWordAndNeverAnAdministrators) {
  for (const char* role : {"subscriber", "customer", "shop_manager", "vip-2", "a"}) {
    EXPECT_TRUE(check_user_role(role)) << role;
  }
  EXPECT_TRUE(check_user_role(std::string(60, 'a')));
  for (const std::string& role :
       {std::string(), std::string(61, 'a'), std::string("Customer"), std::string("a b"), std::string("a\n"),
        std::string("administrator"), std::string("admin"), std::string("super_admin"), std::string("superadmin")}) {
    EXPECT_EQ(check_user_role(role).error().code, Errc::invalid) << role;
  }
}

}  // namespace
}  // namespace postern
