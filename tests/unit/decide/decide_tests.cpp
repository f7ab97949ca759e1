#include "decide/decide.h"

#include <map>

namespace postern {
namespace {

class Spaces final : public SpaceLookup {
 public:
  Spaces() {
    add({.id = {7}, .slug = "pub"});
    add({.id = {8}, .slug = "other"});
    add({.id = {9}, .slug = "hidden", .privacy = Privacy::secret});
    add({.id = {10}, .slug = "asks", .needs_approval = true});
    add({.id = {11}, .slug = "old", .archived = true});
    add({.id = {20}, .kind = SpaceKind::course, .slug = "c1"});
    add({.id = {21}, .kind = SpaceKind::course, .slug = "c2"});
  }
  const Space* find(SpaceId id) const override {
    const auto it = all_.find(id);
    return it == all_.end() ? nullptr : &it->second;
  }

 private:
  void add(const Space& space) { all_[space.id] = space; }
  std::map<SpaceId, Space> all_;
};

Effects add_space(SpaceId id) {
  return {.add_spaces = {id}};
}
Effects remove_space(SpaceId id) {
  return {.remove_spaces = {id}};
}
Facts known(std::vector<Membership> memberships = {}) {
  return {.user = UserId{1}, .memberships = std::move(memberships)};
}

struct Case {
  std::string name;
  Effects effects;
  Facts facts;
  std::vector<MembershipChange> changes;
  std::vector<EffectResult> results;
  std::string message;
};

using R = EffectResult;
using S = MembershipStatus;
using Kind = MembershipChange::Kind;

class Decide : public testing::TestWithParam<Case> {};

TEST_P(Decide, Table) {
  const Case& want = GetParam();
  const Decision got = decide(want.effects, want.facts, Spaces());
  EXPECT_EQ(got.create_user, !want.facts.user.has_value());
  EXPECT_EQ(got.changes, want.changes);
  std::vector<EffectResult> results;
  for (const SpaceOutcome& outcome : got.outcomes) results.push_back(outcome.result);
  EXPECT_EQ(results, want.results);
  EXPECT_EQ(got.message, want.message);
}

const Membership kActive{{7}, Role::member, S::active};
const Membership kPending{{7}, Role::member, S::pending};
const Membership kBlocked{{7}, Role::member, S::blocked};
const char* const kAdded = "Existing user added to spaces/courses successfully";
const char* const kNothing = "Existing user found, nothing to change";
const char* const kHindered = "Existing user found; not every space or course could be changed, see the results";
const char* const kWaits = "Existing user found; a membership is waiting for approval";
const char* const kRemoved = "Existing user removed from spaces/courses successfully";

INSTANTIATE_TEST_SUITE_P(
    Rules, Decide,
    testing::Values(
        Case{"NewUserJoins",
             add_space({7}),
             {},
             {{Kind::join, kActive}},
             {R::added},
             "User created and added to spaces/courses successfully"},
        Case{"NewUserWithoutEffects", {}, {}, {}, {}, "User created successfully"},
        Case{"KnownUserJoins", add_space({7}), known(), {{Kind::join, kActive}}, {R::added}, kAdded},
        Case{"MemberIsNotAddedTwice", add_space({7}), known({kActive}), {}, {R::already_member}, kNothing},
        Case{"PendingBecomesActive",
             add_space({7}),
             known({kPending}),
             {{Kind::update, kActive}},
             {R::activated},
             kAdded},
        Case{"PendingModeratorKeepsTheRole",
             add_space({7}),
             known({{{7}, Role::moderator, S::pending}}),
             {{Kind::update, {{7}, Role::moderator, S::active}}},
             {R::activated},
             kAdded},
        Case{"BlockedStaysBlocked", add_space({7}), known({kBlocked}), {}, {R::blocked}, kHindered},
        Case{"SecretSpaceIsJoinedDirectly",
             add_space({9}),
             known(),
             {{Kind::join, {{9}, Role::member, S::active}}},
             {R::added},
             kAdded},
        Case{"ApprovalMakesPending",
             add_space({10}),
             known(),
             {{Kind::join, {{10}, Role::member, S::pending}}},
             {R::pending_approval},
             kWaits},
        Case{"ApprovalTwiceStaysPending",
             add_space({10}),
             known({{{10}, Role::member, S::pending}}),
             {},
             {R::pending_approval},
             kWaits},
        Case{"ArchivedAddsNobody", add_space({11}), known(), {}, {R::unavailable}, kHindered},
        Case{"ArchivedStillLetsGo",
             remove_space({11}),
             known({{{11}, Role::member, S::active}}),
             {{Kind::leave, {{11}, Role::member, S::active}}},
             {R::removed},
             kRemoved},
        Case{"MissingSpaceNeverStopsTheRest",
             {.add_spaces = {{99}, {7}}},
             known(),
             {{Kind::join, kActive}},
             {R::not_found, R::added},
             "Existing user added to spaces/courses; not every space or course could be changed, see the results"},
        Case{"MemberIsRemoved", remove_space({7}), known({kActive}), {{Kind::leave, kActive}}, {R::removed}, kRemoved},
        Case{"RemovingTwiceIsNoError", remove_space({7}), known(), {}, {R::not_member}, kNothing},
        Case{"PendingIsRemovedToo",
             remove_space({7}),
             known({kPending}),
             {{Kind::leave, kPending}},
             {R::removed},
             kRemoved},
        Case{"BlockIsNotLiftedByRemoval", remove_space({7}), known({kBlocked}), {}, {R::blocked}, kHindered},
        Case{"AdministratorIsProtected",
             remove_space({7}),
             {.user = UserId{1}, .administrator = true, .memberships = {kActive}},
             {},
             {R::protected_},
             kHindered},
        Case{"RemovalWinsOverAddition",
             {.add_spaces = {{7}}, .remove_spaces = {{7}}},
             known({kActive}),
             {{Kind::leave, kActive}},
             {R::removed},
             kRemoved},
        Case{"RemovalWinsForANewUser",
             {.add_spaces = {{7}}, .remove_spaces = {{7}}},
             {},
             {},
             {R::not_member},
             "User created successfully"},
        Case{"NamedTwiceCountsOnce", {.add_spaces = {{7}, {7}}}, known(), {{Kind::join, kActive}}, {R::added}, kAdded},
        Case{"CoursesFirstAddsBeforeRemoves",
             {.add_courses = {{20}}, .remove_courses = {{21}}, .add_spaces = {{7}}, .remove_spaces = {{8}}},
             known({{{21}, Role::student, S::active}, {{8}, Role::member, S::active}}),
             {{Kind::join, {{20}, Role::student, S::active}},
              {Kind::leave, {{21}, Role::student, S::active}},
              {Kind::join, kActive},
              {Kind::leave, {{8}, Role::member, S::active}}},
             {R::added, R::removed, R::added, R::removed},
             "Existing user added to and removed from spaces/courses successfully"}),
    [](const auto& param) { return param.param.name; });

TEST(DecideWelcome, OnlyForANewUserAndOnlyIfTheWebhookSaysSo) {
  const Spaces spaces;
  EXPECT_TRUE(decide({.welcome_email = true}, {}, spaces).welcome_email);
  EXPECT_FALSE(decide({.welcome_email = false}, {}, spaces).welcome_email);
  EXPECT_FALSE(decide({.welcome_email = true}, known(), spaces).welcome_email);
}

TEST(DecideRole, StudentForWhoIsEnrolledAndForWhoJoinsACourse) {
  const Decision course_among_spaces = decide(add_space({20}), known(), Spaces());
  EXPECT_EQ(course_among_spaces.changes.at(0).membership.role, Role::student);
  EXPECT_EQ(course_among_spaces.outcomes.at(0).kind, SpaceKind::course);
  const Decision space_among_courses = decide({.add_courses = {{7}}}, known(), Spaces());
  EXPECT_EQ(space_among_courses.changes.at(0).membership.role, Role::student);
  EXPECT_EQ(space_among_courses.outcomes.at(0).kind, SpaceKind::space);
}

TEST(Advance, SameDeliveryAgainChangesNothing) {
  const Spaces spaces;
  const Effects effects{.add_courses = {{20}}, .remove_courses = {{21}}, .add_spaces = {{7}, {10}}};
  Facts facts = known({{{21}, Role::student, S::active}});
  advance(facts, decide(effects, facts, spaces).changes);
  EXPECT_TRUE(decide(effects, facts, spaces).changes.empty());
}

}  // namespace
}  // namespace postern
