// Every vector of the real functions' outputs.
#include "identity/email.h"
#include "identity/login.h"
#include "identity/name.h"
#include "identity/text.h"
#include "support/vectors.h"

#include <functional>
#include <set>

namespace postern {
namespace {

namespace json = boost::json;

struct VectorFile {
  std::string name;
  std::size_t count;  // So that a file that was lost or emptied fails.
  std::function<std::string(const std::string&)> function;
};

std::string yes(bool value, const std::string& in) {
  return value ? in : "<false>";
}

std::string want_of(const json::value& out, const std::string& in) {
  if (const bool* value = out.if_bool()) return *value ? in : "<false>";
  return text_of(out);
}

class Vectors : public testing::TestWithParam<VectorFile> {};

TEST_P(Vectors, AllCases) {
  const json::array cases = vector_cases(GetParam().name);
  EXPECT_EQ(cases.size(), GetParam().count);
  for (const json::value& each : cases) {
    const std::string in = text_of(each.at("in"));
    EXPECT_EQ(GetParam().function(in), want_of(each.at("out"), in)) << json::serialize(each);
  }
}

INSTANTIATE_TEST_SUITE_P(
    WordPress, Vectors,
    testing::Values(
        VectorFile{"is_email", 962, [](const std::string& in) { return yes(identity::is_email(in), in); }},
        VectorFile{"sanitize_email", 962, [](const std::string& in) { return identity::sanitize_email(in); }},
        VectorFile{"user_email_stored", 962, [](const std::string& in) { return identity::stored_email(in); }},
        VectorFile{"sanitize_user", 1106, [](const std::string& in) { return identity::sanitize_user(in, false); }},
        VectorFile{"sanitize_user_strict", 1106,
                   [](const std::string& in) { return identity::sanitize_user(in, true); }},
        VectorFile{"validate_username", 1106,
                   [](const std::string& in) { return yes(identity::validate_username(in), in); }},
        VectorFile{"remove_accents", 398, [](const std::string& in) { return identity::remove_accents(in); }},
        VectorFile{"wp_strip_all_tags", 197, [](const std::string& in) { return identity::strip_all_tags(in); }},
        VectorFile{"sanitize_text_field", 202, [](const std::string& in) { return identity::sanitize_text_field(in); }},
        VectorFile{"user_first_name", 588, [](const std::string& in) { return identity::stored_name(in); }},
        VectorFile{"fc_sanitize_username", 335, [](const std::string& in) { return identity::sanitize_username(in); }},
        VectorFile{"fc_reserved_usernames", 125,
                   [](const std::string& in) { return yes(identity::is_reserved_username(in), in); }}),
    [](const auto& param) { return param.param.name; });

TEST(RemoveAccents, WholeTable) {
  const json::array cases = vector_cases("remove_accents_table");
  EXPECT_EQ(cases.size(), 311U);
  for (const json::value& each : cases) {
    EXPECT_EQ(identity::remove_accents(text_of(each.at("in").at("char"))), text_of(each.at("out")))
        << json::serialize(each);
  }
}

TEST(Entities, EveryNameIsLeftAloneAndNothingElse) {
  const json::array cases = vector_cases("kses_entity_names");
  EXPECT_EQ(cases.size(), 253U);
  for (const json::value& each : cases) {
    const std::string entity = "&" + text_of(each.at("in")) + ";";
    EXPECT_EQ(identity::normalize_entities(entity), entity);
  }
  EXPECT_EQ(identity::normalize_entities("&nope; &AMP; & &#39; &#x0041; &#0; &#x110000;"),
            "&amp;nope; &amp;AMP; &amp; &#039; &#x41; &amp;#0; &amp;#x110000;");
}

TEST(DisplayName, AllCases) {
  const json::array cases = vector_cases("display_name");
  EXPECT_EQ(cases.size(), 252U);
  for (const json::value& each : cases) {
    const json::value& in = each.at("in");
    const json::value& out = each.at("out");
    const std::string first = identity::stored_name(text_of(in.at("first_name")));
    const std::string last = identity::stored_name(text_of(in.at("last_name")));
    EXPECT_EQ(first, text_of(out.at("first_name"))) << json::serialize(each);
    EXPECT_EQ(last, text_of(out.at("last_name"))) << json::serialize(each);
    const std::string display = identity::stored_display_name(first, last, text_of(in.at("user_login")));
    const bool too_long = identity::count_characters(display) > identity::kMaxDisplayNameCharacters;
    EXPECT_EQ(too_long, out.at("insert_fails_too_long").as_bool()) << json::serialize(each);
    EXPECT_EQ(display, text_of(out.at("display_name"))) << json::serialize(each);
  }
}

// The users and profiles that a FluentCommunity vector starts from. The database compares with a collation that knows
// neither case nor accents.
std::set<std::string> profile_names(const json::value& users) {
  std::set<std::string> out;
  for (const json::value& user : users.as_array()) {
    if (const auto* name = user.as_object().if_contains("xprofile_username")) {
      out.insert(identity::ascii_lower(identity::remove_accents(text_of(*name))));
    }
  }
  return out;
}

// FluentCommunity's createUserNameFromStrings(), put together from our pieces, for a user who is to be made.
std::string create_username(std::string_view email, const json::array& fallbacks, const std::set<std::string>& taken) {
  const auto available = [&](const std::string& name) {
    return identity::is_acceptable_username(name) &&
           !taken.contains(identity::ascii_lower(identity::remove_accents(name)));
  };
  const std::string local(email.substr(0, email.find('@')));
  if (std::string name = identity::sanitize_username(local); available(name)) return name;
  for (const json::value& fallback : fallbacks) {
    std::string word;
    for (const char c : text_of(fallback)) {
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-') word += c;
    }
    if (std::string name = identity::sanitize_username(word); available(name)) return name;
  }
  for (std::size_t n = 0;; ++n) {
    std::string name = identity::numbered_username(identity::ascii_lower(local), n, "");
    if (available(name)) return name;
  }
}

TEST(FluentCommunity, CreateUsernameForANewUser) {
  std::size_t run = 0;
  for (const json::value& each : vector_cases("fc_create_username")) {
    const json::value& in = each.at("in");
    if (!in.at("user_id").is_null()) continue;  // For an existing user: only the WordPress store needs that.
    ++run;
    EXPECT_EQ(
        create_username(text_of(in.at("maybe_email")), in.at("fallbacks").as_array(), profile_names(in.at("users"))),
        text_of(each.at("out")))
        << json::serialize(each);
  }
  EXPECT_GT(run, 100U);
}

}  // namespace
}  // namespace postern
