// The routes of mail, on both stores.
#include "unit/admin/resource_site.h"

#include <gmock/gmock.h>

namespace postern {
namespace {

using testing::HasSubstr;

class FakeTransport final : public MailTransport {
 public:
  MailResult send(const Mail& mail) override {
    sent.push_back(mail);
    return next;
  }
  std::vector<Mail> sent;
  MailResult next{MailResult::Kind::sent, 250, "The mail server took it.", "250 2.0.0 Taken"};
};

class MailRoutesTest : public testing::TestWithParam<bool> {
 protected:
  MailRoutesTest() {
    Settings& settings = site_.effective.settings;
    settings.mail.transport = MailTransportKind::smtp;
    settings.mail.host = "smtp.example.com";
    settings.mail.from = "gate@example.com";
    settings.site.name = "My Site";
  }
  std::unique_ptr<Store> make_store() {
    if (!GetParam()) return std::make_unique<MemoryStore>();
    SqliteOptions options;
    options.path = folder_.file("postern.db");
    return SqliteStore::open(options).value();
  }
  static std::string text(const boost::json::value& value) { return value.as_string().c_str(); }

  TempFolder folder_;
  FakeTransport transport_;
  ResourceSite site_{make_store(), &transport_};
};

TEST_P(MailRoutesTest, ShowsHowMailsLeaveAndWhatTheySay) {
  const Answer shown = site_.get("/mail", Permission::view);
  ASSERT_EQ(shown.status, 200);
  EXPECT_EQ(text(shown.body.at("transport")), "smtp");
  EXPECT_EQ(text(shown.body.at("from")), "gate@example.com");
  EXPECT_EQ(text(shown.body.at("from_name")), "My Site");
  EXPECT_EQ(text(shown.body.at("server")), "smtp.example.com:587");
  EXPECT_TRUE(shown.body.at("problem").is_null());
  const auto& welcome = shown.body.at("templates").as_array().at(0);
  EXPECT_EQ(text(welcome.at("name")), "welcome");
  EXPECT_EQ(text(welcome.at("parts").at("subject").at("body")), "[{{site_name}}] Login Details");
  EXPECT_FALSE(welcome.at("parts").at("subject").at("custom").as_bool());
  EXPECT_EQ(text(welcome.at("variables").at(0).at("name")), "site_name");
}

TEST_P(MailRoutesTest, SaysWhatIsWrongWithTheSetup) {
  site_.effective.settings.mail = {};
  EXPECT_TRUE(site_.get("/mail").body.at("problem").is_null());  // Nobody wants a mail.
  site_.post("/webhooks", R"({"name":"Shop","welcome_email":true})");
  EXPECT_EQ(text(site_.get("/mail").body.at("problem")),
            "No mail server is configured, so the welcome e-mail of 'Shop' is not sent. Set mail.transport, mail.host "
            "and mail.from.");
  bool listed = false;
  const Answer overview = site_.get("/overview");
  for (const auto& each : overview.body.at("attention").as_array()) {
    listed = listed || text(each.at("kind")) == "mail";
  }
  EXPECT_TRUE(listed);
  site_.effective.settings.mail.transport = MailTransportKind::smtp;
  site_.effective.settings.mail.host = "mail.example.com";
  site_.effective.settings.mail.security = MailSecurity::none;
  EXPECT_THAT(text(site_.get("/mail").body.at("problem")), HasSubstr("in the clear"));
}

TEST_P(MailRoutesTest, APartIsReplacedAndGivenBack) {
  const Answer changed = site_.call("PUT", "/mail/templates/welcome", R"({"subject":"Hi {{first_name}}","html":""})");
  ASSERT_EQ(changed.status, 200);
  EXPECT_EQ(text(changed.body.at("parts").at("subject").at("body")), "Hi {{first_name}}");
  EXPECT_TRUE(changed.body.at("parts").at("subject").at("custom").as_bool());
  EXPECT_TRUE(changed.body.at("parts").at("html").at("custom").as_bool());
  EXPECT_FALSE(changed.body.at("parts").at("text").at("custom").as_bool());
  ASSERT_EQ(changed.audit.size(), 1U);
  EXPECT_EQ(changed.audit[0].action, "mail.template");
  EXPECT_EQ(changed.audit[0].target, "mail welcome");
  const Answer back = site_.call("PUT", "/mail/templates/welcome", R"({"subject":null})");
  EXPECT_EQ(text(back.body.at("parts").at("subject").at("body")), "[{{site_name}}] Login Details");
  EXPECT_TRUE(back.body.at("parts").at("html").at("custom").as_bool());
  EXPECT_EQ(site_.call("PUT", "/mail/templates/farewell", R"({"subject":"x"})").status, 404);
  EXPECT_EQ(site_.call("PUT", "/mail/templates/welcome", R"({"subject":"x"})", {}, Permission::view).status, 403);
}

TEST_P(MailRoutesTest, WhatIsWrongInAPartIsNamed) {
  const std::string wrong = R"({"subject":"a\nb","text":"{{nmae}}","html":"{{{login}}}"})";
  const Answer refused = site_.call("PUT", "/mail/templates/welcome", wrong);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.errors(), HasSubstr("subject it has more than one line; "));
  EXPECT_THAT(refused.errors(), HasSubstr("text line 1: there is no variable 'nmae'. There are: site_name"));
  EXPECT_THAT(refused.errors(), HasSubstr("html line 1: a value cannot be written unescaped"));
  EXPECT_EQ(site_.post("/mail/preview", R"({"template":"welcome","text":"{{#login}}"})").status, 422);
  EXPECT_EQ(site_.post("/mail/preview", R"({"template":"farewell"})").status, 422);
  EXPECT_EQ(site_.call("PUT", "/mail/templates/welcome", R"({"subjcet":"x"})").status, 422);
  EXPECT_EQ(site_.store().mail_templates().value().size(), 0U);
}

TEST_P(MailRoutesTest, APreviewKeepsNothing) {
  const Answer shown =
      site_.call("POST", "/mail/preview",
                 R"({"template":"welcome","text":"{{login}} at {{site_name}}: {{login_url}}"})", {}, Permission::view);
  ASSERT_EQ(shown.status, 200);
  EXPECT_EQ(text(shown.body.at("subject")), "[My Site] Login Details");
  EXPECT_EQ(text(shown.body.at("text")), "ada at My Site: https://gate.example.com/account/login");
  EXPECT_EQ(site_.store().mail_templates().value().size(), 0U);
}

TEST_P(MailRoutesTest, ATestIsSentAtOnceAndWrittenDown) {
  const Answer sent = site_.post("/mail/test", R"({"to":"ada@example.com","template":"password"})");
  ASSERT_EQ(sent.status, 200);
  EXPECT_TRUE(sent.body.at("sent").as_bool());
  EXPECT_EQ(text(sent.body.at("detail")), "The mail server took it. It said: 250 2.0.0 Taken");
  ASSERT_EQ(transport_.sent.size(), 1U);
  EXPECT_EQ(transport_.sent[0].subject, "[My Site] Password Reset");
  EXPECT_EQ(transport_.sent[0].to.address(), "ada@example.com");
  ASSERT_EQ(sent.audit.size(), 1U);
  EXPECT_EQ(sent.audit[0].action, "mail.test");
  transport_.next = {MailResult::Kind::refused, 550, "The mail server refused it: 550 No", "550 No"};
  const Answer refused = site_.post("/mail/test", R"({"to":"ada@example.com"})");
  EXPECT_FALSE(refused.body.at("sent").as_bool());
  EXPECT_EQ(text(refused.body.at("detail")), "The mail server refused it: 550 No");
  EXPECT_EQ(site_.call("POST", "/mail/test", R"({"to":"a@b.co"})", {}, Permission::view).status, 403);
}

// Security 20.
TEST_P(MailRoutesTest, ATestGoesToOneAddressOnly) {
  for (const std::string to : {"ada", "ada@example.com, eve@example.com", "ada@example.com\\nBcc: eve@example.com"}) {
    EXPECT_EQ(site_.post("/mail/test", R"({"to":")" + to + "\"}").status, 422) << to;
  }
  EXPECT_TRUE(transport_.sent.empty());
}

TEST_P(MailRoutesTest, WithoutAMailServerATestSaysSo) {
  ResourceSite site(make_store());
  const Answer answer = site.post("/mail/test", R"({"to":"ada@example.com"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.body.at("sent").as_bool());
  EXPECT_THAT(text(answer.body.at("detail")), HasSubstr("No mail server is configured"));
}

INSTANTIATE_TEST_SUITE_P(Stores, MailRoutesTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace postern
