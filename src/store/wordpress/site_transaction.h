// The part of a provisioning transaction that is the site's: people, memberships and the counts of webhooks, in the
// tables of WordPress and FluentCommunity. The log, repeat keys and the outbox are written by others.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "store/mariadb/database.h"
#include "store/transaction.h"
#include "store/wordpress/site_options.h"
#include "store/wordpress/site_tables.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace postern::wordpress {

// Lives within one open transaction of `db`, in which Postern's write lock is held: Postern is never concurrent with
// itself. Against PHP, which knows no such lock, rows are read with locks: nobody registers an address, takes a login
// or changes a membership between its being read and the commit. (At READ COMMITTED that holds for what is there, not
// for what is not: use REPEATABLE READ, the server's default.)
// As Transaction: one thread; errors are those of to_error(), others as named; after one only destruction is allowed.
// The number of statements does not grow with the batch, up to 256 rows each.
class SiteTransaction {
 public:
  SiteTransaction(mariadb::Connection& db, const SiteTables& tables, SiteOptions options)
      : db_(db), tables_(tables), options_(std::move(options)) {}

  // As Transaction::facts(). An address is compared exactly, but for the case of ASCII letters, whatever the column's
  // collation takes for equal; of several users with one address the one with the lowest number counts. An address
  // with an '&' is found as WordPress stores it.
  Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries);

  // As Transaction::logins_taken(), as the database compares. Also taken: the name of a profile, and a login from which
  // this WordPress can make no nicename.
  Result<std::vector<bool>> logins_taken(std::span<const std::string> logins);

  // As Transaction::apply(), but for users, profiles, memberships and the counts of webhooks only. Fills in
  // `delivery.user` of those it creates. `now` is when users register and rows change.
  // Errors: also invalid (a user whom WordPress would refuse, or a site that would make administrators of everybody).
  Result<void> apply(std::span<Change> changes, WallTime now);

  // As Transaction::refuses_new_users().
  const std::string& refuses_new_users() const { return options_.refuses_new_users; }
  const SiteOptions& options() const { return options_; }

 private:
  mariadb::Connection& db_;
  const SiteTables& tables_;
  const SiteOptions options_;
};

}  // namespace postern::wordpress
