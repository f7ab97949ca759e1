#include "model/space.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<SpaceKind, 2> kKinds{{{SpaceKind::space, "space"}, {SpaceKind::course, "course"}}};
constexpr words::Table<Privacy, 3> kPrivacies{
    {{Privacy::public_, "public"}, {Privacy::private_, "private"}, {Privacy::secret, "secret"}}};
constexpr words::Table<Role, 4> kRoles{
    {{Role::member, "member"}, {Role::student, "student"}, {Role::moderator, "moderator"}, {Role::admin, "admin"}}};
constexpr words::Table<MembershipStatus, 3> kStatuses{{{MembershipStatus::active, "active"},
                                                       {MembershipStatus::pending, "pending"},
                                                       {MembershipStatus::blocked, "blocked"}}};

}  // namespace

std::string_view to_word(SpaceKind kind) {
  return words::word_of(kKinds, kind);
}
std::string_view to_word(Privacy privacy) {
  return words::word_of(kPrivacies, privacy);
}
std::string_view to_word(Role role) {
  return words::word_of(kRoles, role);
}
std::string_view to_word(MembershipStatus status) {
  return words::word_of(kStatuses, status);
}
std::optional<SpaceKind> parse_space_kind(std::string_view word) {
  return words::parse(kKinds, word);
}
std::optional<Privacy> parse_privacy(std::string_view word) {
  return words::parse(kPrivacies, word);
}
std::optional<Role> parse_role(std::string_view word) {
  return words::parse(kRoles, word);
}
std::optional<MembershipStatus> parse_membership_status(std::string_view word) {
  return words::parse(kStatuses, word);
}

}  // namespace postern
