// Spaces and courses, and what it means to be in one.
#pragma once

#include "base/clock.h"
#include "model/ids.h"

#include <optional>
#include <string>
#include <string_view>

namespace postern {

enum class SpaceKind { space, course };
enum class Privacy { public_, private_, secret };

struct Space {
  SpaceId id;
  SpaceKind kind = SpaceKind::space;
  std::string slug;   // Unique among spaces and courses together; a-z 0-9 and '-'.
  std::string title;  // For people.
  Privacy privacy = Privacy::public_;
  bool needs_approval = false;  // A new membership is `pending` until somebody approves it.
  bool archived = false;        // Nobody is added any more; who is in stays in, and can be removed.
  WallTime created_at{};
  bool operator==(const Space&) const = default;
};

enum class Role { member, student, moderator, admin };
enum class MembershipStatus { active, pending, blocked };

// A user's place in one space or course.
struct Membership {
  SpaceId space;
  Role role = Role::member;
  MembershipStatus status = MembershipStatus::active;
  bool operator==(const Membership&) const = default;
};

// The words that stand in the database, the API and the CLI. Parsing an unknown word gives nothing.
std::string_view to_word(SpaceKind kind);
std::string_view to_word(Privacy privacy);
std::string_view to_word(Role role);
std::string_view to_word(MembershipStatus status);
std::optional<SpaceKind> parse_space_kind(std::string_view word);
std::optional<Privacy> parse_privacy(std::string_view word);
std::optional<Role> parse_role(std::string_view word);
std::optional<MembershipStatus> parse_membership_status(std::string_view word);

}  // namespace postern
