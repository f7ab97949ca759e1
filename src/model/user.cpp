#include "model/user.h"

#include <algorithm>
#include <array>

namespace postern {

Result<void> check_user_role(std::string_view role) {
  constexpr std::size_t kMaxBytes = 60;
  constexpr std::array<std::string_view, 4> kAdministrators{"administrator", "admin", "super_admin", "superadmin"};
  const bool well_formed =
      !role.empty() && role.size() <= kMaxBytes && std::all_of(role.begin(), role.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (!well_formed) return Error{Errc::invalid, "a role is 1 to 60 of a-z, 0-9, '_' and '-', such as subscriber", ""};
  if (std::find(kAdministrators.begin(), kAdministrators.end(), role) != kAdministrators.end()) {
    return Error{Errc::invalid,
                 "'" + std::string(role) +
                     "' is not given to anybody here: an administrator is made by an operator only, with `postern user "
                     "edit EMAIL --administrator`",
                 ""};
  }
  return {};
}

}  // namespace postern
