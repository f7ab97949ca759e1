// Passwords as the site hashes them, whichever WordPress it runs by now.
#pragma once

#include "base/guarded.h"
#include "base/random.h"
#include "crypto/password.h"
#include "store/mariadb/pool.h"
#include "store/wordpress/site_options.h"

namespace postern::wordpress {

// The rules are read from the site for each password: a query is nothing beside a hash. While the database cannot be
// reached the last ones known count; before any is known those of before 6.8, which every version accepts.
// What it is given must outlive it.
class SitePasswords final : public PasswordScheme {
 public:
  SitePasswords(mariadb::Pool& pool, const SiteOptionsReader& reader, Random& random)
      : pool_(pool), reader_(reader), state_(State{&random, {}, kDefaultBcryptCost}) {}

  // Errors: also internal, as hash_typed_password().
  Result<std::string> hash(const Secret& password) const override;
  bool verify(const std::string& hash, const Secret& password) const override;

 private:
  struct State {
    Random* random;
    PasswordRules rules = PasswordRules::before_6_8;
    int cost = kDefaultBcryptCost;
  };
  State refreshed() const;

  mariadb::Pool& pool_;
  const SiteOptionsReader& reader_;
  mutable Guarded<State> state_;
};

}  // namespace postern::wordpress
