#include "model/delivery.h"
#include "model/ids.h"
#include "model/space.h"
#include "model/webhook.h"

namespace postern {
namespace {

template <class Enum, class Parse>
void round_trip(std::initializer_list<Enum> all, Parse parse) {
  for (const Enum each : all) EXPECT_EQ(parse(to_word(each)), each) << to_word(each);
  EXPECT_FALSE(parse("nonsense"));
  EXPECT_FALSE(parse(""));
}

TEST(Words, AreReadBackAsWritten) {
  round_trip({SpaceKind::space, SpaceKind::course}, parse_space_kind);
  round_trip({Privacy::public_, Privacy::private_, Privacy::secret}, parse_privacy);
  round_trip({Role::member, Role::student, Role::moderator, Role::admin}, parse_role);
  round_trip({MembershipStatus::active, MembershipStatus::pending, MembershipStatus::blocked}, parse_membership_status);
  round_trip({WebhookState::active, WebhookState::paused, WebhookState::disabled}, parse_webhook_state);
  round_trip({DeliveryStatus::processed, DeliveryStatus::rejected, DeliveryStatus::failed, DeliveryStatus::duplicate},
             parse_delivery_status);
  round_trip({Dialect::rest, Dialect::plugin}, parse_dialect);
  round_trip({EffectResult::added, EffectResult::already_member, EffectResult::activated,
              EffectResult::pending_approval, EffectResult::blocked, EffectResult::removed, EffectResult::not_member,
              EffectResult::protected_, EffectResult::not_found, EffectResult::unavailable},
             parse_effect_result);
}

TEST(DeliveryIds, AreOrderedByTimeAndReadBack) {
  const WallTime now{std::chrono::milliseconds{1'790'000'000'000}};
  const DeliveryId id = delivery_id_at(now);
  EXPECT_LT(DeliveryId{id.value + 1'000'000}, delivery_id_at(now + std::chrono::milliseconds{1}));
  for (const DeliveryId each : {id, DeliveryId{id.value + 12'345}, DeliveryId{1}, DeliveryId{INT64_MAX}}) {
    const std::string text = to_text(each);
    EXPECT_EQ(text.size(), 13U);
    EXPECT_EQ(parse_delivery_id(text), each) << text;
  }
  EXPECT_LT(to_text(id), to_text(DeliveryId{id.value + 1}));
  for (const char* bad : {"", "0", "!!!!!!!!!!!!!", "00000000000000"}) EXPECT_FALSE(parse_delivery_id(bad)) << bad;
}

TEST(Explain, NamesTheSpaceAndTheReason) {
  for (const EffectResult each : {EffectResult::added, EffectResult::blocked, EffectResult::protected_}) {
    EXPECT_THAT(explain(each, "Premium"), testing::HasSubstr("Premium"));
  }
}

}  // namespace
}  // namespace postern
