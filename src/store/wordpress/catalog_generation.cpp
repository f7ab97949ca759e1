#include "store/wordpress/catalog_generation.h"

#include "crypto/key_vault.h"
#include "wordpress/webhook_value.h"

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;

constexpr int kAttempts = 5;

// 64 bits of the hash of each row, folded into one number. The count of runs is cut out; where it is written for the
// first time the array's length changes too, which only the fingerprint can tell from a real change.
constexpr std::string_view kLook =
    "SELECT c.generation, c.checksum, c.fingerprint, CONCAT_WS('/', c.changes, "
    "(SELECT CONCAT_WS(':', COUNT(*), COALESCE(BIT_XOR(CAST(CONV(LEFT(SHA1(CONCAT_WS('|', id, HEX(meta_key), "
    "IFNULL(REGEXP_REPLACE(value, 's:13:\"running_count\";(i:[0-9]+|s:[0-9]+:\"[0-9]+\");', ''), 'null'), "
    "IFNULL(created_at, ''))), 16), 16, 10) AS UNSIGNED)), 0)) FROM [fcom_meta] WHERE object_type = 'webhook'), "
    "(SELECT CONCAT_WS(':', COUNT(*), COALESCE(BIT_XOR(CAST(CONV(LEFT(SHA1(CONCAT_WS('|', id, type, HEX(slug), "
    "HEX(title), IFNULL(privacy, ''), IFNULL(created_at, ''))), 16), 16, 10) AS UNSIGNED)), 0)) FROM [fcom_spaces] "
    "WHERE type IN ('community', 'course')), "
    "(SELECT COALESCE(MAX(SHA1(value)), '') FROM [fcom_meta] WHERE object_type = 'option' AND meta_key = "
    "'fluent_community_features')) FROM {catalog} AS c WHERE c.id = 1";

// Texts of a hash's input: each with its length before it, so that no two lists give one text.
void append(std::string& out, const Query& row, std::size_t columns) {
  for (std::size_t i = 0; i < columns; ++i) {
    out += row.is_null(i) ? "-" : std::to_string(row.text(i).size());
    out += ':';
    out += row.text(i);
  }
}

std::string bytes_of(const std::array<std::byte, 16>& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

Result<CatalogGeneration::Look> CatalogGeneration::look(Connection& db) const {
  Query row = db.query(tables_.sql(kLook));
  if (!TRY(row.step())) {
    return Error{Errc::internal, "The site's own table of the catalog is empty.", tables_.own().own("catalog")};
  }
  return Look{row.integer(0), std::string(row.text(3)), std::string(row.text(1)), std::string(row.text(2))};
}

// Of everything that the catalog is made of, but for the counts of runs.
Result<std::string> CatalogGeneration::fingerprint_within(Connection& db) const {
  std::string all;
  Query webhooks = db.query(
      tables_.sql("SELECT id, meta_key, created_at, value FROM [fcom_meta] WHERE object_type = 'webhook' ORDER BY id"));
  while (TRY(webhooks.step())) {
    append(all, webhooks, 3);
    const std::string value = webhooks.is_null(3) ? "" : without_runs(webhooks.text(3));
    all += std::to_string(value.size()) + ":" + value;
  }
  Query spaces = db.query(
      tables_.sql("SELECT id, type, slug, title, privacy, created_at FROM [fcom_spaces] WHERE type IN ('community', "
                  "'course') ORDER BY id"));
  while (TRY(spaces.step())) append(all, spaces, 6);
  Query others = db.query(
      tables_.sql("SELECT c.changes, m.value FROM {catalog} AS c LEFT JOIN [fcom_meta] AS m ON m.object_type = "
                  "'option' AND m.meta_key = 'fluent_community_features' WHERE c.id = 1 ORDER BY m.id"));
  while (TRY(others.step())) append(all, others, 2);
  return bytes_of(fingerprint(all));
}

// Gives what the rows are now its number, unless somebody else does so at the same moment.
Result<CatalogGeneration::Look> CatalogGeneration::renew() {
  for (int attempt = 1;; ++attempt) {
    std::string print;
    const auto read = [&](Connection& db) -> Result<Look> {
      Look out = TRY(look(db));
      if (!out.is_known()) print = TRY(fingerprint_within(db));
      return out;
    };
    Look seen = TRY(pool_.write(read));  // One view of all rows; nothing is written.
    if (seen.is_known()) return seen;
    const std::int64_t next = seen.generation + (print == seen.known_fingerprint ? 0 : 1);
    const auto give = [&](Connection& db) -> Result<bool> {
      Query query = db.query(
          tables_.sql("UPDATE {catalog} SET generation = ?, checksum = ?, fingerprint = ? WHERE id = 1 AND generation "
                      "= ? AND checksum = ?"));
      query.bind(next).bind(seen.checksum).bind(print).bind(seen.generation).bind(seen.known_checksum);
      TRY(query.run());
      return db.affected_rows() == 1;
    };
    const bool renewed = TRY(pool_.write(give));
    if (renewed) {
      seen.generation = next;
      seen.known_checksum = seen.checksum;
      return seen;
    }
    if (attempt == kAttempts) {
      return Error{Errc::unavailable, "Spaces and webhooks of the site change faster than they can be read.", ""};
    }
  }
}

Result<std::int64_t> CatalogGeneration::now() {
  const Look seen = TRY(pool_.read([&](Connection& db) { return look(db); }));
  return seen.is_known() ? seen.generation : TRY(renew()).generation;
}

Result<std::optional<std::int64_t>> CatalogGeneration::within(Connection& db) {
  const Look here = TRY(look(db));
  if (here.is_known()) return std::optional(here.generation);
  const Look outside = TRY(renew());
  return outside.checksum == here.checksum ? std::optional(outside.generation) : std::nullopt;
}

Result<void> CatalogGeneration::raise(Connection& db, const SiteTables& tables) {
  return db.query(tables.sql("UPDATE {catalog} SET changes = changes + 1 WHERE id = 1")).run();
}

}  // namespace postern::wordpress
