// The generation of a site's catalog: a number that rises whenever a space or webhook has changed, whoever changed it.
// PHP changes rows and tells nobody, so what is in them is compared; what counts runs is left out, since that changes
// with every delivery.
#pragma once

#include "base/result.h"
#include "store/mariadb/pool.h"
#include "store/wordpress/site_tables.h"

#include <cstdint>
#include <optional>
#include <string>

namespace postern::wordpress {

// Stands in {catalog}: the number, and a checksum of the rows that it was given for. Any thread.
class CatalogGeneration {
 public:
  CatalogGeneration(mariadb::Pool& pool, const SiteTables& tables) : pool_(pool), tables_(tables) {}

  // As of now. One statement, which reads the rows of webhooks and spaces on the server and sends two short texts; a
  // few more if they have changed. Errors of all: those of to_error().
  Result<std::int64_t> now();
  // As the open transaction of `db` sees it. Nothing: PHP has just changed something that is to be seen outside first.
  // Begin the transaction anew then.
  Result<std::optional<std::int64_t>> within(mariadb::Connection& db);

  // Within a transaction that changes what is not in the plugin's rows, or must not be taken for unchanged.
  static Result<void> raise(mariadb::Connection& db, const SiteTables& tables);

 private:
  // What the rows are now, and for which ones the number was given.
  struct Look {
    std::int64_t generation = 0;
    std::string checksum;
    std::string known_checksum;
    std::string known_fingerprint;
    bool is_known() const { return checksum == known_checksum; }
  };
  Result<Look> look(mariadb::Connection& db) const;
  Result<std::string> fingerprint_within(mariadb::Connection& db) const;
  Result<Look> renew();

  mariadb::Pool& pool_;
  const SiteTables& tables_;
};

}  // namespace postern::wordpress
