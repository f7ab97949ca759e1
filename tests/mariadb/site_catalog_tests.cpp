#include "store/wordpress/site_catalog.h"
#include "support/wordpress_site.h"
#include "wordpress/php_serialize.h"
#include "wordpress/webhook_value.h"

#include <algorithm>

namespace postern::wordpress {
namespace {

constexpr const char* kPlain = "2715b18cdca3407ddf4a02e63e1f08cc";

class SiteCatalogTest : public testing::Test {
 protected:
  SiteCatalogTest()
      : pool_(site_.server().address(site_.database())),
        catalog_({.pool = pool_, .reader = site_.reader(), .sealer = site_.sealer(), .clock = site_.clock()}) {}

  CatalogData load() {
    auto data = catalog_.load_catalog();
    EXPECT_TRUE(data) << data.error().message << data.error().detail;
    return data ? *std::move(data) : CatalogData();
  }
  Webhook webhook(std::int64_t id) {
    const CatalogData data = load();
    const auto it = std::find_if(data.webhooks.begin(), data.webhooks.end(),
                                 [&](const Webhook& each) { return each.id.value == id; });
    return it == data.webhooks.end() ? Webhook() : *it;
  }
  std::int64_t generation() { return catalog_.catalog_generation().value(); }
  WebhookKey key(const std::string& text, std::int64_t id) {
    return {KeyId{id}, site_.vault().hash(text), site_.vault().seal(Secret(text), random_), site_.clock().now(), {}};
  }

  WordpressSite site_;
  SeededRandom random_{7};
  mariadb::Pool pool_;
  SiteCatalog catalog_;
};

TEST_F(SiteCatalogTest, ReadsWhatThePluginHas) {
  const CatalogData data = load();
  ASSERT_EQ(data.spaces.size(), 7U) << "groups are no spaces";
  EXPECT_EQ(data.spaces[0].slug, "pub-space");
  EXPECT_EQ(data.spaces[2].privacy, Privacy::secret);
  EXPECT_EQ(data.spaces[6].kind, SpaceKind::course);
  EXPECT_FALSE(data.spaces[6].archived) << "drafts are joined directly";
  EXPECT_EQ(data.spaces[0].created_at, site_.reader().read(site_.db())->zone.from_local("2026-11-23 14:06:22"));
  ASSERT_EQ(data.webhooks.size(), 23U);
  const Webhook& plain = data.webhooks.front();
  EXPECT_EQ(plain.id, WebhookId{2});
  EXPECT_EQ(plain.name, "plain");
  EXPECT_EQ(plain.effects.add_spaces, std::vector<SpaceId>{{3}});
  EXPECT_FALSE(plain.effects.welcome_email);
  ASSERT_EQ(plain.keys.size(), 1U);
  EXPECT_EQ(plain.keys[0].hash, site_.vault().hash(kPlain));
  EXPECT_EQ(site_.vault().unseal(plain.keys[0].sealed).value().reveal(), kPlain);
  EXPECT_EQ(load().webhooks, data.webhooks) << "what has not changed is equal";
  const Catalog catalog(load(), {});
  EXPECT_TRUE(catalog.find_key(site_.vault().hash(kPlain)));
  for (const char* near : {"2715B18CDCA3407DDF4A02E63E1F08CC", "2715b18cdca3407ddf4a02e63e1f08cc ",
                           "2715b18cdc\xC3\xA1"
                           "3407ddf4a02e63e1f08cc",
                           ""}) {
    EXPECT_FALSE(catalog.find_key(site_.vault().hash(near))) << near << ": the site's collation takes it for equal";
  }
}

TEST_F(SiteCatalogTest, ADamagedWebhookSaysSoAndHarmsNoOther) {
  site_.run("UPDATE wp_fcom_meta SET value = 'a:1:{broken' WHERE id = 2");
  const Webhook damaged = webhook(2);
  EXPECT_NE(damaged.fault.find("FluentCommunity"), std::string::npos);
  EXPECT_TRUE(damaged.effects.add_spaces.empty());
  EXPECT_TRUE(webhook(4).fault.empty());
  const auto source = prepare_source(damaged, {});
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->problem, damaged.fault);
  Webhook mended = damaged;
  mended.name = "mended";
  ASSERT_TRUE(catalog_.update_webhook(mended));
  EXPECT_TRUE(webhook(2).fault.empty());
  EXPECT_EQ(webhook(2).name, "mended");
}

TEST_F(SiteCatalogTest, TheGenerationRisesWithWhatCountsOnly) {
  const std::int64_t first = generation();
  EXPECT_EQ(generation(), first);
  EXPECT_EQ(load().generation, first);
  // What PHP or a delivery does when a webhook has run, the first time and later.
  for (int run = 1; run <= 2; ++run) {
    const std::string value = count_runs(site_.value("SELECT value FROM wp_fcom_meta WHERE id = 2"), 1).value();
    mariadb::Query query =
        site_.db().query("UPDATE wp_fcom_meta SET value = ?, updated_at = '2026-12-01 00:00:00' WHERE id = 2");
    query.bind(std::string_view(value));
    ASSERT_TRUE(query.run());
    EXPECT_EQ(generation(), first) << "a run is no change";
  }
  std::int64_t last = first;
  for (const char* sql :
       {"UPDATE wp_fcom_meta SET value = REPLACE(value, 's:5:\"plain\"', 's:5:\"Plain\"') WHERE id = 2",
        "UPDATE wp_fcom_meta SET meta_key = 'x' WHERE id = 2", "DELETE FROM wp_fcom_meta WHERE id = 3",
        "UPDATE wp_fcom_meta SET value = NULL WHERE id = 4", "UPDATE wp_fcom_spaces SET title = 'T' WHERE id = 3",
        "UPDATE wp_fcom_spaces SET slug = 'PUB-space' WHERE id = 3", "DELETE FROM wp_fcom_spaces WHERE id = 4",
        "UPDATE wp_fcom_spaces SET type = 'space_group' WHERE id = 5",
        "INSERT INTO wp_fcom_meta (object_type, meta_key, value) VALUES ('option', 'fluent_community_features', "
        "'a:1:{s:13:\"course_module\";s:2:\"no\";}')"}) {
    site_.run(sql);
    EXPECT_GT(generation(), last) << sql;
    EXPECT_EQ(load().generation, generation());
    last = generation();
  }
  EXPECT_TRUE(webhook(6).effects.add_courses.empty()) << "the course module is off";
}

TEST_F(SiteCatalogTest, ATransactionSeesItsOwnGeneration) {
  const std::int64_t first = generation();
  site_.run("START TRANSACTION");
  EXPECT_EQ(catalog_.generation().within(site_.db()).value(), first);
  auto php = site_.server().connect(site_.database());
  MariaDbServer::run(*php, "UPDATE wp_fcom_spaces SET title = 'T' WHERE id = 3");
  EXPECT_EQ(catalog_.generation().within(site_.db()).value(), first) << "its view is that of before";
  EXPECT_EQ(generation(), first + 1);
  site_.run("ROLLBACK");
  EXPECT_EQ(catalog_.generation().within(site_.db()).value(), first + 1);
}

TEST_F(SiteCatalogTest, EditsThePluginsRowAndKeepsTheRestBeside) {
  site_.run(
      "UPDATE wp_fcom_meta SET value = 'a:3:{s:5:\"title\";s:1:\"x\";s:5:\"color\";s:3:\"red\";s:13:"
      "\"running_count\";i:7;}' WHERE id = 2");
  Webhook edited = webhook(2);
  edited.name = "Shop \xF0\x9F\x9B\x92";
  edited.state = WebhookState::paused;
  edited.effects = {{{7}}, {{8}}, {{4}}, {{3}}, true};
  edited.source.skip_stale = false;
  edited.source.secrets = {{1, "sealed\0x", site_.clock().now(), {}}};
  edited.protection.webhook_rate = {60, 10};
  WebhookKey old = edited.keys.front();
  old.expires_at = site_.clock().now() + std::chrono::hours(24);
  edited.keys = {key("a-new-key", 2), old};
  const std::uint64_t changes = catalog_.own_changes();
  ASSERT_TRUE(catalog_.update_webhook(edited, generation()));
  EXPECT_EQ(catalog_.own_changes(), changes + 1);

  const Webhook read = webhook(2);
  EXPECT_EQ(read.keys.size(), 2U);
  EXPECT_EQ(read.keys[0].id, KeyId{2});
  EXPECT_EQ(read.keys[1], old);
  Webhook same = read;
  same.keys[0].sealed = edited.keys[0].sealed;  // Sealed again when it was read.
  EXPECT_EQ(same, edited);
  EXPECT_EQ(site_.value("SELECT meta_key FROM wp_fcom_meta WHERE id = 2"), "a-new-key");
  const auto value = php_unserialize(site_.value("SELECT value FROM wp_fcom_meta WHERE id = 2"));
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->find("color")->if_string(), "red");
  EXPECT_EQ(*value->find("running_count")->if_integer(), 7);
  EXPECT_EQ(*value->find("send_wp_welcome_email")->if_string(), "yes");
  EXPECT_EQ(catalog_.update_webhook(edited, generation() - 1).error().code, Errc::unavailable);
  EXPECT_EQ(catalog_.update_webhook(Webhook{.id = WebhookId{99}}).error().code, Errc::not_found);
}

TEST_F(SiteCatalogTest, AddsAndRemovesWebhooks) {
  Webhook made{.name = "Made", .created_at = site_.clock().now()};
  made.effects.add_spaces = {{3}};
  made.keys = {key("made-key", 1)};
  const auto id = catalog_.add_webhook(made);
  ASSERT_TRUE(id) << id.error().message << id.error().detail;
  made.id = *id;
  Webhook read = webhook(id->value);
  read.keys[0].sealed = made.keys[0].sealed;
  EXPECT_EQ(read, made);
  EXPECT_EQ(site_.value("SELECT CONCAT(object_type, IFNULL(object_id, '-'), created_at) FROM wp_fcom_meta WHERE id = " +
                        std::to_string(id->value)),
            "webhook-2026-11-24 11:30:00");
  ASSERT_TRUE(catalog_.remove_webhook(*id));
  EXPECT_EQ(catalog_.remove_webhook(*id).error().code, Errc::not_found);
  EXPECT_EQ(site_.value("SELECT COUNT(*) FROM wp_postern_webhook_keys"), "0");
}

TEST_F(SiteCatalogTest, SettingsOfARemovedWebhookAreNotThoseOfTheNextWithItsNumber) {
  Webhook paused = webhook(2);
  paused.state = WebhookState::paused;
  ASSERT_TRUE(catalog_.update_webhook(paused));
  site_.run("UPDATE wp_fcom_meta SET meta_key = 'another' WHERE id = 2");
  EXPECT_EQ(webhook(2).state, WebhookState::active);
  EXPECT_EQ(webhook(2).keys.size(), 1U);
}

TEST_F(SiteCatalogTest, CoursesSurviveWhileTheirModuleIsOff) {
  site_.run(
      "INSERT INTO wp_fcom_meta (object_type, meta_key, value) VALUES ('option', 'fluent_community_features', "
      "'a:1:{s:13:\"course_module\";s:2:\"no\";}')");
  Webhook multi = webhook(6);
  multi.name = "renamed";
  ASSERT_TRUE(catalog_.update_webhook(multi));
  site_.run("DELETE FROM wp_fcom_meta WHERE meta_key = 'fluent_community_features'");
  EXPECT_EQ(webhook(6).effects.add_courses.size(), 3U);
}

TEST_F(SiteCatalogTest, EditsSpaces) {
  Space space{.kind = SpaceKind::course,
              .slug = "rust-101",
              .title = "Rust",
              .privacy = Privacy::secret,
              .needs_approval = true,
              .created_at = site_.clock().now()};
  const auto id = catalog_.add_space(space);
  ASSERT_TRUE(id) << id.error().message << id.error().detail;
  space.id = *id;
  EXPECT_EQ(load().spaces.back(), space);
  EXPECT_EQ(catalog_.add_space(space).error().code, Errc::conflict);
  space.archived = true;
  space.title = "Rust 102";
  ASSERT_TRUE(catalog_.update_space(space, generation()));
  EXPECT_EQ(load().spaces.back(), space);
  space.slug = "pub-space";
  EXPECT_EQ(catalog_.update_space(space).error().code, Errc::conflict);
  EXPECT_EQ(catalog_.update_space(Space{.id = SpaceId{1}}).error().code, Errc::not_found) << "a group";
  ASSERT_TRUE(catalog_.remove_space(SpaceId{3}));
  EXPECT_EQ(site_.value("SELECT COUNT(*) FROM wp_fcom_space_user WHERE space_id = 3"), "0");
  EXPECT_EQ(catalog_.remove_space(SpaceId{3}).error().code, Errc::not_found);
}

}  // namespace
}  // namespace postern::wordpress
