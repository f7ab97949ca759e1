// Set-password links, used well and ill, and changing a password.
#include "unit/portal/portal_site.h"

namespace postern {
namespace {

const std::string kNew = "password=velvet+anchor+pond&repeated=velvet+anchor+pond";

class PortalPassword : public testing::Test {
 protected:
  std::string hash() { return site_.store.credentials_of(ada_).value()->password_hash; }
  bool is_new() { return verify_password(hash(), Secret("velvet anchor pond")); }
  Page use(Browser& browser, const std::string& link, const std::string& fields = kNew) {
    return browser.post(link, fields + "&form_token=" + Browser::token(browser.get("/account/login")));
  }

  PortalSite site_;
  UserId ada_ = site_.add_user("ada@example.com", "ada", "glacier otter mundane");
};

TEST_F(PortalPassword, ALinkSetsItOnceAndThenOffersANewOne) {
  const std::string link = site_.add_link(ada_, UserLinkKind::set);
  Browser other(site_);
  other.log_in("ada", "glacier+otter+mundane");
  Browser browser(site_);
  for (int i = 0; i < 2; ++i) {  // Looking at it, as programs do that check mails, uses nothing up.
    const Page page = browser.get(link);
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.has("Choose a password"));
    EXPECT_TRUE(page.has("readonly value=\"ada\"")) << page.body;
  }
  const Page done = use(browser, link);
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.header("Location"), "/account/login?notice=password_set");
  EXPECT_TRUE(is_new());
  EXPECT_EQ(other.get("/account").status, 303);  // The session of before has ended.

  const std::string kept = hash();
  const Page again = use(browser, link, "password=other+words+here&repeated=other+words+here");
  EXPECT_EQ(again.status, 410);
  EXPECT_TRUE(again.has("This link was used already"));
  EXPECT_EQ(hash(), kept);
  EXPECT_EQ(browser.get(link).status, 410);
  EXPECT_TRUE(site_.mails().empty());
  const Page sent = browser.send(link, "/account/forgotten", "link=" + link.substr(link.rfind('/') + 1));
  EXPECT_EQ(sent.status, 200);
  ASSERT_EQ(site_.mails().size(), 1U);
  EXPECT_EQ(site_.mails()[0].effect.user, ada_);
}

TEST_F(PortalPassword, ALateLinkSaysSo) {
  const std::string link = site_.add_link(ada_);
  site_.clock.advance(std::chrono::minutes{60});
  Browser browser(site_);
  const Page page = browser.get(link);
  EXPECT_EQ(page.status, 410);
  EXPECT_TRUE(page.has("This link is too old"));
  EXPECT_TRUE(page.has("Send me a new link"));
  EXPECT_EQ(use(browser, link).status, 410);
  EXPECT_FALSE(is_new());
}

TEST_F(PortalPassword, AnAlteredLinkIsNobodys) {
  std::string link = site_.add_link(ada_);
  Browser browser(site_);
  std::string altered = link;
  altered.back() = altered.back() == 'A' ? 'B' : 'A';
  for (const std::string& each : {altered, link + "A", link.substr(0, link.size() - 1),
                                  std::string("/account/set-password/"), link + "/x", link + std::string(500, 'A')}) {
    const Page page = browser.get(each);
    EXPECT_EQ(page.status, 404) << each;
    EXPECT_EQ(use(browser, each).status, 404) << each;
  }
  EXPECT_TRUE(browser.get(altered).has("This link does not work"));
  EXPECT_TRUE(browser.get(altered).has("href=\"/account/forgotten\""));
  EXPECT_FALSE(is_new());
}

TEST_F(PortalPassword, ANewerPasswordReplacesLinks) {
  const std::string link = site_.add_link(ada_);
  Browser browser(site_);
  browser.log_in("ada", "glacier+otter+mundane");
  browser.send("/account/password", "/account/password", "current=glacier+otter+mundane&" + kNew);
  EXPECT_TRUE(is_new());
  Browser other(site_);
  EXPECT_TRUE(other.get(link).has("This link is out of date"));
  EXPECT_EQ(use(other, link, "password=other+words+here&repeated=other+words+here").status, 410);
  EXPECT_TRUE(is_new());
}

TEST_F(PortalPassword, OnlyGoodOnesAreTaken) {
  const std::string link = site_.add_link(ada_);
  Browser browser(site_);
  const std::pair<const char*, const char*> cases[] = {
      {"password=short&repeated=short", "is shorter than 8 characters"},
      {"password=velvet+anchor+pond&repeated=velvet+anchor+pont", "are not the same"},
      {"password=password123&repeated=password123", "is one of those that are tried first"},
      {"password=ADA%40example.com&repeated=ADA%40example.com", "is one of those that are tried first"},
      {"password=velvet+anchor+pond", "Enter the new password twice"},
      {"", "Enter the new password twice"}};
  for (const auto& [fields, fault] : cases) {
    const Page page = use(browser, link, fields);
    EXPECT_EQ(page.status, 422) << fields;
    EXPECT_TRUE(page.has(fault)) << fields << page.body;
    EXPECT_FALSE(page.has("velvet")) << fields;
  }
  EXPECT_FALSE(is_new());
  const std::string any =
      "%F0%9F%8C%8D%C3%A9+%00+x+0123456789012345678901234567890123456789012345678901234567890123456789";
  EXPECT_EQ(use(browser, link, "password=" + any + "&repeated=" + any).status, 303);
  EXPECT_TRUE(verify_password(hash(), Secret(std::string("\xF0\x9F\x8C\x8D\xC3\xA9 \0 x 0123456789012345678901234567890"
                                                         "123456789012345678901234567890123456789",
                                                         81))));
}

TEST_F(PortalPassword, ChangeAsksForThePresentOneAndKeepsOnlyThisSession) {
  Browser browser(site_);
  Browser other(site_);
  browser.log_in("ada", "glacier+otter+mundane");
  other.log_in("ada", "glacier+otter+mundane");
  const std::string before = browser.cookies["__Host-postern_member"];
  const Page wrong = browser.send("/account/password", "/account/password", "current=no&" + kNew);
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.has("The present password is wrong"));
  EXPECT_FALSE(is_new());
  const Page done = browser.send("/account/password", "/account/password", "current=glacier+otter+mundane&" + kNew);
  EXPECT_EQ(done.header("Location"), "/account?notice=password_changed");
  EXPECT_TRUE(is_new());
  EXPECT_NE(browser.cookies["__Host-postern_member"], before);
  EXPECT_TRUE(browser.get("/account?notice=password_changed").has("Your password has been changed"));
  EXPECT_EQ(other.get("/account").status, 303);
}

TEST_F(PortalPassword, ChangeNeedsASession) {
  Browser browser(site_);
  EXPECT_EQ(browser.get("/account/password").header("Location"), "/account/login?next=/account/password");
  const std::string token = Browser::token(browser.get("/account/login"));
  EXPECT_EQ(browser.post("/account/password", "current=glacier+otter+mundane&" + kNew + "&form_token=" + token).status,
            303);
  EXPECT_FALSE(is_new());
}

TEST_F(PortalPassword, NothingSecretIsLogged) {
  const std::string link = site_.add_link(ada_);
  Browser browser(site_);
  use(browser, link);
  browser.log_in("ada", "velvet+anchor+pond");
  EXPECT_EQ(site_.log.events, (std::vector<std::string>{"person.password_set", "person.login"}));
}

}  // namespace
}  // namespace postern
