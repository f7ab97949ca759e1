#include "identity/login.h"
#include "identity/text.h"
#include "support/vectors.h"
#include "wordpress/profile_name.h"

#include <set>

namespace postern::wordpress {
namespace {

namespace json = boost::json;

std::string as_the_database_compares(const std::string& text) {
  return identity::ascii_lower(identity::remove_accents(text));
}

// What isUsernameAvailable() looks at: every other user's login when the name is for a user, and all profiles.
TEST(ProfileNames, AreThoseOfFluentCommunity) {
  std::size_t compared = 0;
  for (const json::value& each : vector_cases("fc_create_username")) {
    const json::object& in = each.at("in").as_object();
    const json::value& target = in.at("user_id");
    std::set<std::string> taken;
    for (const json::value& user : in.at("users").as_array()) {
      if (!target.is_null() && user.at("ID") == target) continue;
      const json::value* profile = user.as_object().if_contains("xprofile_username");
      if (profile != nullptr) taken.insert(as_the_database_compares(text_of(*profile)));
      if (!target.is_null()) taken.insert(as_the_database_compares(text_of(user.at("user_login"))));
    }
    std::vector<std::string> fallbacks;
    for (const json::value& fallback : in.at("fallbacks").as_array()) fallbacks.push_back(text_of(fallback));
    const std::string number = target.is_null() ? "" : std::to_string(target.as_int64());
    ProfileNames names(text_of(in.at("maybe_email")), fallbacks, number);
    std::string got = names.next();
    for (int tries = 0; taken.count(got) != 0 && tries < 1'000; ++tries) got = names.next();
    EXPECT_EQ(got, text_of(each.at("out"))) << json::serialize(in);
    ++compared;
  }
  EXPECT_GT(compared, 100U);
}

TEST(ProfileNames, NeverEndAndAreNeverReserved) {
  ProfileNames names("admin", {"root", "ab", "0", ""}, "7");
  for (int i = 0; i < 500; ++i) {
    const std::string name = names.next();
    EXPECT_TRUE(identity::is_acceptable_username(name)) << name;
    EXPECT_EQ(name.substr(0, 5), "admin");
  }
}

}  // namespace
}  // namespace postern::wordpress
