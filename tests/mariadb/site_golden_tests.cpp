// Replays the requests that were recorded on a real site against SiteTransaction, and compares every row.
//
// Those of tests/data/plugin that need no HTTP: the fields of each request are read, decided on and written as the
// server does it. site_differences.json, beside this file, lists each case in which Postern writes other rows, with
// the reason and those rows; a case listed there that does not differ is an error too. When a difference is wanted,
// enter what the failure shows.
#include "support/percent.h"
#include "support/site_rows.h"
#include "support/vectors.h"
#include "support/wordpress_site.h"

#include <fstream>

namespace postern {
namespace {

namespace json = boost::json;

constexpr const char* kPlainKey = "2715b18cdca3407ddf4a02e63e1f08cc";

std::string body_of(const json::object& request) {
  std::string out;
  for (const json::value& field : request.at("fields").as_array()) {
    std::string value(field.at(1).as_string());
    value = value.starts_with("base64:") ? decode_base64(value.substr(7)) : RecordedRows::expand(value);
    out +=
        (out.empty() ? "" : "&") + percent_encode(std::string(field.at(0).as_string())) + "=" + percent_encode(value);
  }
  return out;
}

std::string key_of(const json::object& request) {
  const std::string path(request.at("path").as_string());
  return path.substr(path.find("webhook=") + 8);
}

// "… 247 more of the same form": the profiles busy4, busy5, …
std::vector<std::string> setup_of(const json::object& recorded) {
  std::vector<std::string> out;
  const json::value* setup = recorded.if_contains("setup_sql");
  for (const json::value& each : setup == nullptr ? json::array() : setup->as_array()) {
    const std::string sql(each.as_string());
    if (!sql.starts_with("\u2026 ")) {
      out.push_back(sql);
      continue;
    }
    for (int more = std::stoi(sql.substr(4)); more > 0; --more) {
      const std::string n = std::to_string(out.size() + 1);
      out.push_back("INSERT INTO wp_fcom_xprofile (user_id,username,status,display_name) VALUES (" +
                    std::to_string(5001 + out.size()) + ",'busy" + n + "','active','x')");
    }
  }
  return out;
}

// A row of 04-email-validation.json as the case that it stands for.
json::object email_case(const json::object& row) {
  json::object out{{"id", row.at("email")}, {"request", {{"path", std::string("webhook=") + kPlainKey}}}};
  out["request"].as_object()["fields"] = json::array{json::array{"email", row.at("email")}};
  const json::value* user = row.if_contains("new_user");
  if (user == nullptr) {
    out["db"] = json::object();
    return out;
  }
  json::object inserted = user->as_object();
  inserted["ID"] = "19";
  const json::value login = inserted.at("user_login");
  out["db"] = json::parse(R"({"wp_options": {"update": [{"option_name": "user_count", "option_value": ["18", "19"]}]},
      "wp_fcom_space_user": {"insert": [{"id": "15", "space_id": "3", "user_id": "19", "status": "active",
                                         "role": "member"}]},
      "wp_fcom_meta": {"update": [{"pk": "2", "running_count": [null, 1], "updated_at": "<NOW_LOCAL>"}]}})");
  json::object& db = out["db"].as_object();
  db["wp_users"] = {{"insert", json::array{inserted}}};
  db["wp_usermeta"] = {
      {"insert", json::array{json::array{"STD12@256", "19", {{"nickname", login}}},
                             json::array{"268", "19", "wp_capabilities", "a:1:{s:10:\"subscriber\";b:1;}"},
                             json::array{"269", "19", "wp_user_level", "0"}}}};
  db["wp_fcom_xprofile"] = {
      {"insert",
       json::array{
           {{"id", "17"}, {"user_id", "19"}, {"username", row.at("xprofile_username")}, {"display_name", login}}}}};
  return out;
}

class SiteGolden : public testing::Test {
 protected:
  // What the requests of this case change.
  json::object replay(const json::object& recorded, json::object& want) {
    site_.run("START TRANSACTION");
    for (const std::string& sql : setup_of(recorded)) site_.run(sql);
    const SiteRows before = SiteRows::read(site_.db());
    want = RecordedRows(before).read(recorded.at("db").as_object());
    const json::value* several = recorded.if_contains("requests");
    for (const json::value& request : several == nullptr ? json::array{recorded.at("request")} : several->as_array()) {
      deliver(request.as_object());
    }
    const SiteRows after = SiteRows::read(site_.db());
    site_.run("ROLLBACK");
    for (const auto& [table, next] : first_numbers_) {
      const auto rows = after.tables.find(table);
      const bool used = rows != after.tables.end() && !rows->second.empty() &&
                        rows->second.rbegin()->first >= SiteRows::padded(std::to_string(next));
      if (used) site_.run("ALTER TABLE " + table + " AUTO_INCREMENT = " + std::to_string(next));
    }
    return compare_rows(before, after, {"2026-11-24 06:00:00", "2026-11-24 11:30:00"});
  }

  void deliver(const json::object& request) {
    std::vector<Arrival> arrivals;
    arrivals.push_back(site_.arrival(key_of(request), body_of(request)));
    site_.deliver(arrivals);
    ASSERT_TRUE(site_.result()) << site_.result().error().message << " " << site_.result().error().detail;
    // The hash belongs to the password as WordPress' login form will send it.
    const Arrival& arrival = arrivals.front();
    if (!arrival.delivery.user_created || arrival.event.password.empty()) return;
    const std::string hash =
        site_.value("SELECT user_pass FROM wp_users WHERE ID = " + std::to_string(arrival.delivery.user->value));
    EXPECT_TRUE(wordpress::check_password(wordpress::typed_password(arrival.event.password), hash,
                                          wordpress::PasswordRules::since_6_8));
  }

  void replay_file(const std::string& folder, const std::string& file) {
    const json::array cases = json::parse(read_file(folder + "/" + file + ".json")).as_array();
    std::size_t replayed = 0;
    for (const json::value& each : cases) {
      const json::object recorded = file.starts_with("04") ? email_case(each.as_object()) : each.as_object();
      if (!recorded.contains("request") && !recorded.contains("requests")) continue;
      const std::string name = prefix_ + file + "/" + std::string(recorded.at("id").as_string());
      json::object want;
      const json::object got = replay(recorded, want);
      compare(name, got, want);
      ++replayed;
    }
    EXPECT_GT(replayed, cases.size() - 2);
  }

  void compare(const std::string& name, const json::object& got, const json::object& want) {
    const json::value* known = differences_.at("cases").as_object().if_contains(name);
    if (known == nullptr) {
      EXPECT_EQ(got, want) << "DIFFERS " << json::serialize(name)
                           << ": {\"reason\": \"?\", \"postern\": " << json::serialize(got) << "},\nRECORDED "
                           << json::serialize(want);
      return;
    }
    const std::string reason(known->at("reason").as_string());
    EXPECT_TRUE(differences_.at("reasons").as_object().contains(reason)) << name << ": " << reason;
    EXPECT_EQ(got, known->at("postern").as_object())
        << "DIFFERS " << json::serialize(name) << ": {\"reason\": " << json::serialize(reason)
        << ", \"postern\": " << json::serialize(got) << "},";
    EXPECT_NE(got, want) << name << " is listed in site_differences.json, and does not differ.";
  }

  WordpressSite site_;
  std::string prefix_;
  std::map<std::string, int> first_numbers_{{"wp_users", 19},
                                            {"wp_usermeta", 256},
                                            {"wp_fcom_xprofile", 17},
                                            {"wp_fcom_space_user", 15},
                                            {"wp_fcom_meta", 25}};
  const json::object differences_ =
      json::parse(read_file(std::string(POSTERN_TEST_DATA) + "/../mariadb/site_differences.json")).as_object();
};

TEST_F(SiteGolden, WritesTheRowsOfWordPress71) {
  for (const char* file :
       {"01-new-user", "02-user-login", "03-generated-username", "04-email-validation", "05-existing-user",
        "06-spaces-courses", "08-names-content", "09-passwords", "10-welcome-mail", "11-settings"}) {
    replay_file(std::string(POSTERN_TEST_DATA) + "/plugin", file);
  }
}

TEST_F(SiteGolden, WritesTheRowsOfWordPress68) {
  prefix_ = "wp6.8.8/";
  site_.run("DELETE FROM wp_usermeta WHERE meta_key = 'infinite_scrolling'");
  site_.run("UPDATE wp_options SET option_value = '60421' WHERE option_name = 'db_version'");
  first_numbers_["wp_usermeta"] = 238;
  site_.run("ALTER TABLE wp_usermeta AUTO_INCREMENT = 1");
  site_.run("UPDATE wp_usermeta SET umeta_id = umeta_id + 1000");
  site_.run("SET @n = 0");
  site_.run("UPDATE wp_usermeta SET umeta_id = (@n := @n + 1) ORDER BY umeta_id");
  site_.run("ALTER TABLE wp_usermeta AUTO_INCREMENT = 238");
  for (const char* file : {"01-new-user", "02-user-login", "11-settings"}) {
    replay_file(std::string(POSTERN_TEST_DATA) + "/plugin/wp6.8.8", file);
  }
}

}  // namespace
}  // namespace postern
