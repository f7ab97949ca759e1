#include "decide/event_effects.h"

#include <gtest/gtest.h>

namespace postern {
namespace {

Webhook shop() {
  Webhook webhook;
  webhook.effects = {.add_courses = {{1}}, .add_spaces = {{2}}, .remove_spaces = {{3}}, .welcome_email = true};
  webhook.source.name = "stripe";
  webhook.source.products = {{"gold", {{4}, {2}}, {{5}}}, {"silver", {{6}}, {}}};
  return webhook;
}

Notice notice(SourceAction action, std::vector<std::string> products) {
  Notice out;
  out.action = action;
  out.products = std::move(products);
  return out;
}

TEST(EventEffectsTest, GrantDoesWhatTheWebhookDoesAndOpensTheProducts) {
  const EventEffects got = effects_of(shop(), notice(SourceAction::grant, {"silver", "gold", "unknown"}));
  EXPECT_EQ(got.effects.add_courses, (std::vector<SpaceId>{{1}, {5}}));
  EXPECT_EQ(got.effects.add_spaces, (std::vector<SpaceId>{{2}, {4}, {6}}));
  EXPECT_EQ(got.effects.remove_spaces, (std::vector<SpaceId>{{3}}));
  EXPECT_TRUE(got.effects.welcome_email);
  EXPECT_TRUE(got.may_create);
  EXPECT_EQ(got.nothing_because, "");
}

TEST(EventEffectsTest, RevokeTakesAwayWhatGrantAddsAndWhatTheWebhookRemoves) {
  const EventEffects got = effects_of(shop(), notice(SourceAction::revoke, {"gold"}));
  EXPECT_EQ(got.effects.remove_courses, (std::vector<SpaceId>{{1}, {5}}));
  EXPECT_EQ(got.effects.remove_spaces, (std::vector<SpaceId>{{3}, {2}, {4}}));
  EXPECT_TRUE(got.effects.add_spaces.empty());
  EXPECT_TRUE(got.effects.add_courses.empty());
  EXPECT_FALSE(got.effects.welcome_email);
  EXPECT_FALSE(got.may_create);
}

TEST(EventEffectsTest, AnUnknownProductLeavesTheWebhooksOwnEffects) {
  const EventEffects got = effects_of(shop(), notice(SourceAction::grant, {"unknown"}));
  EXPECT_EQ(got.effects, shop().effects);
}

TEST(EventEffectsTest, AWebhookThatOpensByProductOnlyIgnoresOtherProducts) {
  Webhook webhook = shop();
  webhook.effects = {};
  for (const SourceAction action : {SourceAction::grant, SourceAction::revoke}) {
    const EventEffects other = effects_of(webhook, notice(action, {"a", "b"}));
    EXPECT_EQ(other.nothing_because, "None of the event's products (a, b) is in the product map of this webhook.");
    EXPECT_FALSE(other.may_create);
    EXPECT_NE(effects_of(webhook, notice(action, {})).nothing_because, "");
  }
  EXPECT_EQ(effects_of(webhook, notice(SourceAction::grant, {"gold"})).nothing_because, "");
}

TEST(EventEffectsTest, AWebhookWithoutAnyEffectStillCreatesUsersOnGrant) {
  const EventEffects grant = effects_of({}, notice(SourceAction::grant, {}));
  EXPECT_TRUE(grant.may_create);
  EXPECT_EQ(grant.nothing_because, "");
  EXPECT_NE(effects_of({}, notice(SourceAction::revoke, {})).nothing_because, "");
}

TEST(EventEffectsTest, WhatIsIgnoredOrLinkedHasNoEffects) {
  Notice ignored = notice(SourceAction::ignore, {"gold"});
  ignored.ignored_because = "It means nothing here.";
  EXPECT_EQ(effects_of(shop(), ignored).nothing_because, "It means nothing here.");
  EXPECT_EQ(effects_of(shop(), ignored).effects, Effects());
  const EventEffects link = effects_of(shop(), notice(SourceAction::link, {"gold"}));
  EXPECT_EQ(link.effects, Effects());
  EXPECT_FALSE(link.may_create);
}

}  // namespace
}  // namespace postern
