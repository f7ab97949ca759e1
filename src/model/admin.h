// The people who operate Postern, and what they may do.
#pragma once

#include "base/clock.h"
#include "model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

struct AdminTag;
struct TokenTag;
using AdminId = Id<AdminTag>;
using TokenId = Id<TokenTag>;

// Each may do what the ones before it may.
// viewer: sees everything but payloads and URLs. admin: changes webhooks, spaces, people. owner: also admins, tokens,
// sessions of others, the audit log.
enum class AdminRole { viewer, admin, owner };

// What a route asks for. Ordered: who has one has all before it.
enum class Permission { view, payloads, manage, own };

struct Admin {
  AdminId id;
  std::string email;  // As written; compared as identity/email.h says.
  std::string name;
  AdminRole role = AdminRole::viewer;
  bool disabled = false;
  bool pending = false;  // Has not set a password yet.
  bool totp = false;     // A second factor is asked for.
  WallTime created_at{};
  std::optional<WallTime> last_login_at;
  bool operator==(const Admin&) const = default;
};

Permission permission_of(AdminRole role);

std::string_view to_word(AdminRole role);
std::string_view to_word(Permission permission);
std::optional<AdminRole> parse_admin_role(std::string_view word);
std::optional<Permission> parse_permission(std::string_view word);

}  // namespace postern
