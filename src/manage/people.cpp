#include "manage/people.h"

#include "crypto/person_secrets.h"

namespace postern {

Result<MadeUserLink> make_user_link(PersonStore& store, const KeyVault& vault, Random& random, WallTime now,
                                    UserId user, const UserLinkPolicy& policy) {
  const std::optional<Credentials> known = TRY(store.credentials_of(user));
  if (!known) return Error{Errc::not_found, "There is no such user.", ""};
  const Secret secret = make_user_link_secret(random);
  MadeUserLink made;
  made.url = set_password_url(policy.base_url, secret);
  made.link = {.hash = user_link_hash(vault, secret.reveal()),
               .user = user,
               .kind = known->password_hash.empty() ? UserLinkKind::set : UserLinkKind::reset,
               .created_at = now,
               .expires_at = now + policy.lifetime};
  TRY(store.add_user_link(made.link));
  return made;
}

}  // namespace postern
