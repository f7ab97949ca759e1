// Looks a site's people up and manages them by hand: UserStore on the tables of WordPress and FluentCommunity, and the
// part of PersonStore that has to do with their passwords.
#pragma once

#include "base/clock.h"
#include "model/person.h"
#include "store/mariadb/pool.h"
#include "store/user_store.h"
#include "store/wordpress/new_users.h"
#include "store/wordpress/site_options.h"

#include <functional>

namespace postern::wordpress {

// What it refers to must outlive who was given it.
struct SiteUsersParts {
  mariadb::Pool& pool;
  const SiteOptionsReader& reader;
  const Clock& clock;
  std::function<Result<void>(mariadb::Connection&)> lock;  // Takes Postern's write lock; empty: there is none.
};

// Differs from the port in this: `because_of` of memberships is not known, the site has no place for it, and counts()
// knows of users and memberships only. A membership is one however many rows PHP has made of it.
class SiteUsers final : public UserStore {
 public:
  explicit SiteUsers(SiteUsersParts parts) : parts_(std::move(parts)) {}

  Result<std::optional<User>> find_user(std::string_view email_key) override;
  Result<std::optional<User>> user_by_id(UserId id) override;
  Result<UserList> list_users(const UserPage& page) override;
  Result<std::vector<Member>> members(SpaceId space, UserId after, std::size_t limit) override;
  Result<std::map<SpaceId, std::int64_t>> member_counts() override;
  Result<std::vector<MembershipRow>> memberships(UserId user) override;
  // The role: 'administrator', or the site's default role. As WordPress' set_role() does it.
  Result<void> set_administrator(UserId user, bool administrator) override;
  // Errors: also invalid (a role that administers the site).
  Result<void> edit_user(UserId user, const UserEdit& edit) override;
  // The user, their meta, profile and memberships. What they have written stays.
  Result<void> remove_user(UserId user) override;
  Result<void> set_membership(UserId user, const Membership& membership, WallTime at) override;
  Result<void> remove_membership(UserId user, SpaceId space) override;
  Result<Counts> counts() override;

  // As the functions of PersonStore. A hash with which nobody can log in ("*") is empty here.
  Result<std::optional<Credentials>> find_credentials(std::string_view name);
  Result<std::optional<Credentials>> credentials_of(UserId id);
  // Also makes void the link that a mail of WordPress' has, as WordPress does. Errors: not_found.
  Result<void> set_user_password(UserId id, const std::string& hash);
  // What wp-login.php will check a link's key against; see wordpress/reset_key.h. Errors: not_found.
  Result<void> set_reset_key(UserId id, const std::string& stored);

 private:
  template <class Work>
  Result<void> change(WallTime now, Work work);

  const SiteUsersParts parts_;
};

}  // namespace postern::wordpress
