#include "model/admin.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<AdminRole, 3> kRoles{
    {{AdminRole::viewer, "viewer"}, {AdminRole::admin, "admin"}, {AdminRole::owner, "owner"}}};
constexpr words::Table<Permission, 4> kPermissions{{{Permission::view, "view"},
                                                    {Permission::payloads, "payloads"},
                                                    {Permission::manage, "manage"},
                                                    {Permission::own, "own"}}};

}  // namespace

Permission permission_of(AdminRole role) {
  switch (role) {
    case AdminRole::viewer:
      return Permission::view;
    case AdminRole::admin:
      return Permission::manage;
    case AdminRole::owner:
      return Permission::own;
  }
  return Permission::view;
}

std::string_view to_word(AdminRole role) {
  return words::word_of(kRoles, role);
}
std::string_view to_word(Permission permission) {
  return words::word_of(kPermissions, permission);
}
std::optional<AdminRole> parse_admin_role(std::string_view word) {
  return words::parse(kRoles, word);
}
std::optional<Permission> parse_permission(std::string_view word) {
  return words::parse(kPermissions, word);
}

}  // namespace postern
