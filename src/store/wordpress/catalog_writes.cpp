#include "store/wordpress/catalog_writes.h"

#include "store/mariadb/insert.h"
#include "store/webhook_settings.h"
#include "wordpress/webhook_value.h"

#include <optional>

namespace postern::wordpress {
namespace {

using mariadb::Null;
using mariadb::Query;
using mariadb::Value;

// What the plugin writes for a new one.
constexpr std::string_view kSpaceSettings =
    "a:6:{s:20:\"restricted_post_only\";s:2:\"no\";s:5:\"emoji\";s:0:\"\";s:16:\"can_request_join\";s:3:\"yes\";"
    "s:18:\"custom_lock_screen\";s:2:\"no\";s:12:\"layout_style\";s:8:\"timeline\";s:12:\"show_sidebar\";s:3:\"yes\";}";
constexpr std::string_view kCourseSettings = "a:2:{s:11:\"course_type\";s:10:\"self_paced\";s:5:\"emoji\";s:0:\"\";}";

Error no_space(SpaceId id) {
  return {Errc::not_found, "There is no space or course with the number " + std::to_string(id.value) + ".", ""};
}

Error no_webhook(WebhookId id) {
  return {Errc::not_found, "There is no webhook with the number " + std::to_string(id.value) + ".", ""};
}

std::string_view type_of(SpaceKind kind) {
  return kind == SpaceKind::course ? "course" : "community";
}

// No index of the site's keeps slugs apart.
Result<void> require_free_slug(const SiteWrite& site, const Space& space, SpaceId own) {
  Query query = site.db.query(
      site.tables.sql("SELECT 1 FROM [fcom_spaces] WHERE slug = ? AND type IN ('community', 'course') AND id <> ? "
                      "LIMIT 1 FOR UPDATE"));
  query.bind(std::string_view(space.slug)).bind(own.value);
  if (!TRY(query.step())) return {};
  return Error{Errc::conflict, "The slug '" + space.slug + "' is taken by another space or course. Choose another.",
               ""};
}

Result<void> write_space_settings(const SiteWrite& site, SpaceId id, const Space& space) {
  Query query = site.db.query(
      site.tables.sql("INSERT INTO {space_settings} (space_id, needs_approval, archived) VALUES (?, ?, ?) ON DUPLICATE "
                      "KEY UPDATE needs_approval = VALUES(needs_approval), archived = VALUES(archived)"));
  query.bind(id.value).bind(std::int64_t{space.needs_approval}).bind(std::int64_t{space.archived});
  return query.run();
}

Result<bool> space_exists(const SiteWrite& site, SpaceId id) {
  Query query = site.db.query(
      site.tables.sql("SELECT 1 FROM [fcom_spaces] WHERE id = ? AND type IN ('community', 'course') FOR UPDATE"));
  query.bind(id.value);
  return query.step();
}

Result<void> delete_by_number(const SiteWrite& site, std::string_view sql, std::int64_t id) {
  Query query = site.db.query(site.tables.sql(sql));
  query.bind(id);
  return query.run();
}

std::vector<std::int64_t> numbers_of(const std::vector<SpaceId>& ids) {
  std::vector<std::int64_t> out;
  out.reserve(ids.size());
  for (const SpaceId id : ids) out.push_back(id.value);
  return out;
}

WebhookValue value_of(const Webhook& webhook) {
  return {webhook.name,
          numbers_of(webhook.effects.add_courses),
          numbers_of(webhook.effects.add_spaces),
          numbers_of(webhook.effects.remove_courses),
          numbers_of(webhook.effects.remove_spaces),
          webhook.effects.welcome_email};
}

Value expiry(const std::optional<WallTime>& at) {
  return at ? Value(std::int64_t{at->time_since_epoch().count()}) : Value(Null{});
}

std::string bytes_of(const KeyHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Result<void> delete_extras(const SiteWrite& site, WebhookId id) {
  TRY(delete_by_number(site, "DELETE FROM {webhook_settings} WHERE webhook_id = ?", id.value));
  TRY(delete_by_number(site, "DELETE FROM {webhook_keys} WHERE webhook_id = ?", id.value));
  return delete_by_number(site, "DELETE FROM {webhook_secrets} WHERE webhook_id = ?", id.value);
}

Result<void> insert_extras(const SiteWrite& site, const Webhook& webhook, WebhookId id, const KeyHash& key_hash) {
  const auto own = [&](std::string_view name) { return site.tables.own().own(name); };
  TRY(mariadb::insert_rows(
      site.db, {own("webhook_settings"), {"webhook_id", "key_hash", "state", "settings"}},
      {{id.value, bytes_of(key_hash), std::string(to_word(webhook.state)), write_webhook_settings(webhook)}}));
  std::vector<std::vector<Value>> keys;
  for (const WebhookKey& key : webhook.keys) {
    keys.push_back({id.value, key.id.value, bytes_of(key.hash), key.sealed,
                    std::int64_t{key.created_at.time_since_epoch().count()}, expiry(key.expires_at)});
  }
  TRY(mariadb::insert_rows(
      site.db, {own("webhook_keys"), {"webhook_id", "key_id", "hash", "sealed", "created_at", "expires_at"}}, keys));
  std::vector<std::vector<Value>> secrets;
  for (const SourceSecret& secret : webhook.source.secrets) {
    secrets.push_back({id.value, secret.id, secret.sealed, std::int64_t{secret.created_at.time_since_epoch().count()},
                       expiry(secret.expires_at)});
  }
  TRY(mariadb::insert_rows(
      site.db, {own("webhook_secrets"), {"webhook_id", "secret_id", "sealed", "created_at", "expires_at"}}, secrets));
  return {};
}

}  // namespace

Result<SpaceId> insert_space(const SiteWrite& site, const Space& space) {
  TRY(require_free_slug(site, space, SpaceId{}));
  // Within the first group of the menu, where it is seen.
  Query place = site.db.query(site.tables.sql(
      "SELECT MIN(CASE WHEN type = 'space_group' THEN id END), COALESCE(MAX(serial), 0) + 1 FROM [fcom_spaces]"));
  TRY(place.step());
  const Value group = place.is_null(0) ? Value(Null{}) : Value(place.integer(0));
  const std::string created = TRY(storable_time(site.db, site.options.zone, space.created_at));
  const std::string settings(space.kind == SpaceKind::course ? kCourseSettings : kSpaceSettings);
  const auto ids =
      TRY(mariadb::insert_rows(site.db,
                               {site.tables.name("fcom_spaces"),
                                {"parent_id", "title", "slug", "description", "type", "privacy", "status", "serial",
                                 "settings", "created_at", "updated_at"}},
                               {{group, space.title, space.slug, std::string(), std::string(type_of(space.kind)),
                                 std::string(to_word(space.privacy)), std::string("published"), place.integer(1),
                                 settings, created, site.local_now}}));
  const SpaceId id{static_cast<std::int64_t>(ids.front())};
  TRY(write_space_settings(site, id, space));
  return id;
}

Result<void> write_space(const SiteWrite& site, const Space& space) {
  if (!TRY(space_exists(site, space.id))) return no_space(space.id);
  TRY(require_free_slug(site, space, space.id));
  Query query = site.db.query(site.tables.sql(
      "UPDATE [fcom_spaces] SET title = ?, slug = ?, type = ?, privacy = ?, updated_at = ? WHERE id = ?"));
  query.bind(std::string_view(space.title)).bind(std::string_view(space.slug)).bind(type_of(space.kind));
  query.bind(to_word(space.privacy)).bind(std::string_view(site.local_now)).bind(space.id.value);
  TRY(query.run());
  return write_space_settings(site, space.id, space);
}

Result<void> delete_space(const SiteWrite& site, SpaceId id) {
  if (!TRY(space_exists(site, id))) return no_space(id);
  TRY(delete_by_number(site, "DELETE FROM [fcom_space_user] WHERE space_id = ?", id.value));
  TRY(delete_by_number(site, "DELETE FROM {space_settings} WHERE space_id = ?", id.value));
  return delete_by_number(site, "DELETE FROM [fcom_spaces] WHERE id = ?", id.value);
}

Result<WebhookId> insert_webhook(const SiteWrite& site, const Webhook& webhook, const KeyVault& vault) {
  if (webhook.keys.empty()) return Error{Errc::invalid, "A webhook of a WordPress site needs a key.", ""};
  const Secret key = TRY(vault.unseal(webhook.keys.front().sealed));
  const std::string created = TRY(storable_time(site.db, site.options.zone, webhook.created_at));
  const auto ids = TRY(mariadb::insert_rows(
      site.db, {site.tables.name("fcom_meta"), {"object_type", "meta_key", "value", "created_at", "updated_at"}},
      {{std::string("webhook"), std::string(key.reveal()), write_webhook_value(std::nullopt, value_of(webhook)),
        created, site.local_now}}));
  const WebhookId id{static_cast<std::int64_t>(ids.front())};
  TRY(insert_extras(site, webhook, id, webhook.keys.front().hash));
  return id;
}

Result<void> write_webhook(const SiteWrite& site, const Webhook& webhook, const KeyVault& vault) {
  Query row = site.db.query(
      site.tables.sql("SELECT meta_key, value FROM [fcom_meta] WHERE id = ? AND object_type = 'webhook' FOR UPDATE"));
  row.bind(webhook.id.value);
  if (!TRY(row.step())) return no_webhook(webhook.id);
  std::string key(row.text(0));
  const auto stored = row.is_null(1) ? std::nullopt : std::optional(std::string(row.text(1)));
  if (!webhook.keys.empty()) key = TRY(vault.unseal(webhook.keys.front().sealed)).reveal();
  WebhookValue value = value_of(webhook);
  const auto before = read_webhook_value(stored);
  if (before && !site.options.courses) {
    value.course_ids = before->course_ids;
    value.remove_course_ids = before->remove_course_ids;
  }
  const std::string text = write_webhook_value(stored, value);
  Query query =
      site.db.query(site.tables.sql("UPDATE [fcom_meta] SET meta_key = ?, value = ?, updated_at = ? WHERE id = ?"));
  query.bind(std::string_view(key)).bind(std::string_view(text)).bind(std::string_view(site.local_now));
  query.bind(webhook.id.value);
  TRY(query.run());
  TRY(delete_extras(site, webhook.id));
  return insert_extras(site, webhook, webhook.id, vault.hash(key));
}

Result<void> delete_webhook(const SiteWrite& site, WebhookId id) {
  TRY(delete_by_number(site, "DELETE FROM [fcom_meta] WHERE id = ? AND object_type = 'webhook'", id.value));
  if (site.db.affected_rows() == 0) return no_webhook(id);
  return delete_extras(site, id);
}

}  // namespace postern::wordpress
