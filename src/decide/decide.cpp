#include "decide/decide.h"

#include <algorithm>

namespace postern {
namespace {

bool contains(const std::vector<SpaceId>& ids, SpaceId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

const Membership* find(const std::vector<Membership>& memberships, SpaceId space) {
  const auto it =
      std::find_if(memberships.begin(), memberships.end(), [&](const Membership& m) { return m.space == space; });
  return it == memberships.end() ? nullptr : &*it;
}

// A role that stands above what a delivery gives is kept. Who is enrolled is a student, and so is who joins a course.
Role role_after(const Membership* before, SpaceKind listed_as, const Space& space) {
  if (before != nullptr && (before->role == Role::admin || before->role == Role::moderator)) return before->role;
  const bool course = listed_as == SpaceKind::course || space.kind == SpaceKind::course;
  return course ? Role::student : Role::member;
}

class Rules {
 public:
  Rules(const Facts& facts, const SpaceLookup& spaces, Decision& out) : facts_(facts), spaces_(spaces), out_(out) {}

  void add(const std::vector<SpaceId>& ids, const std::vector<SpaceId>& removed, SpaceKind listed_as) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool named_before = std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) !=
                                ids.begin() + static_cast<std::ptrdiff_t>(i);
      if (!named_before && !contains(removed, ids[i])) add_one(ids[i], listed_as);
    }
  }

  void remove(const std::vector<SpaceId>& ids, SpaceKind listed_as) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool named_before = std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids[i]) !=
                                ids.begin() + static_cast<std::ptrdiff_t>(i);
      if (!named_before) remove_one(ids[i], listed_as);
    }
  }

 private:
  // `listed_as` counts for a space that nobody knows any more.
  void report(SpaceId id, SpaceKind listed_as, const Space* space, EffectResult result) {
    if (space == nullptr) {
      out_.outcomes.push_back({id, listed_as, std::string(), result});
    } else {
      out_.outcomes.push_back({id, space->kind, space->slug, result});
    }
  }

  void add_one(SpaceId id, SpaceKind listed_as) {
    const Space* space = spaces_.find(id);
    if (space == nullptr) return report(id, listed_as, space, EffectResult::not_found);
    const Membership* before = find(facts_.memberships, id);
    if (before != nullptr && before->status == MembershipStatus::active) {
      return report(id, listed_as, space, EffectResult::already_member);
    }
    if (before != nullptr && before->status == MembershipStatus::blocked) {
      return report(id, listed_as, space, EffectResult::blocked);
    }
    if (space->archived) return report(id, listed_as, space, EffectResult::unavailable);
    const Role role = role_after(before, listed_as, *space);
    if (space->needs_approval) {
      if (before == nullptr) {
        out_.changes.push_back({MembershipChange::Kind::join, {id, role, MembershipStatus::pending}});
      }
      return report(id, listed_as, space, EffectResult::pending_approval);
    }
    const bool joins = before == nullptr;
    out_.changes.push_back(
        {joins ? MembershipChange::Kind::join : MembershipChange::Kind::update, {id, role, MembershipStatus::active}});
    report(id, listed_as, space, joins ? EffectResult::added : EffectResult::activated);
  }

  // Leaving works in an archived space too: a refund must take access away whatever else has happened.
  void remove_one(SpaceId id, SpaceKind listed_as) {
    const Space* space = spaces_.find(id);
    if (space == nullptr) return report(id, listed_as, space, EffectResult::not_found);
    if (facts_.administrator) return report(id, listed_as, space, EffectResult::protected_);
    const Membership* before = find(facts_.memberships, id);
    if (before == nullptr) return report(id, listed_as, space, EffectResult::not_member);
    // To delete a blocked membership would let the next addition in.
    if (before->status == MembershipStatus::blocked) return report(id, listed_as, space, EffectResult::blocked);
    out_.changes.push_back({MembershipChange::Kind::leave, {id, before->role, before->status}});
    report(id, listed_as, space, EffectResult::removed);
  }

  const Facts& facts_;
  const SpaceLookup& spaces_;
  Decision& out_;
};

bool has(const Decision& decision, EffectResult result) {
  return std::any_of(decision.outcomes.begin(), decision.outcomes.end(),
                     [&](const SpaceOutcome& outcome) { return outcome.result == result; });
}

// The sentence of the reply. What went well first, then what did not.
std::string sentence(const Decision& decision) {
  const bool joined = has(decision, EffectResult::added) || has(decision, EffectResult::activated);
  const bool left = has(decision, EffectResult::removed);
  const bool waits = has(decision, EffectResult::pending_approval);
  const bool hindered = has(decision, EffectResult::blocked) || has(decision, EffectResult::protected_) ||
                        has(decision, EffectResult::not_found) || has(decision, EffectResult::unavailable);

  std::string out = decision.create_user ? "User created" : "Existing user";
  if (joined && left) {
    out += decision.create_user ? ", added to and removed from spaces/courses"
                                : " added to and removed from spaces/courses";
  } else if (joined) {
    out += decision.create_user ? " and added to spaces/courses" : " added to spaces/courses";
  } else if (left) {
    out += decision.create_user ? " and removed from spaces/courses" : " removed from spaces/courses";
  } else if (!decision.create_user && !waits && !hindered) {
    return "Existing user found, nothing to change";
  } else if (!decision.create_user) {
    out += " found";
  }
  if (!waits && !hindered) return out + " successfully";
  if (waits) out += "; a membership is waiting for approval";
  if (hindered) out += "; not every space or course could be changed, see the results";
  return out;
}

}  // namespace

Decision decide(const Effects& effects, const Facts& facts, const SpaceLookup& spaces) {
  Decision decision;
  decision.create_user = !facts.user.has_value();
  Rules rules(facts, spaces, decision);
  rules.add(effects.add_courses, effects.remove_courses, SpaceKind::course);
  rules.remove(effects.remove_courses, SpaceKind::course);
  rules.add(effects.add_spaces, effects.remove_spaces, SpaceKind::space);
  rules.remove(effects.remove_spaces, SpaceKind::space);
  decision.welcome_email = decision.create_user && effects.welcome_email;
  decision.message = sentence(decision);
  return decision;
}

void advance(Facts& facts, const std::vector<MembershipChange>& changes) {
  for (const MembershipChange& change : changes) {
    const auto same = [&](const Membership& m) { return m.space == change.membership.space; };
    std::erase_if(facts.memberships, same);
    if (change.kind != MembershipChange::Kind::leave) facts.memberships.push_back(change.membership);
  }
}

}  // namespace postern
