#include "store/wordpress/catalog_rows.h"

#include "store/sql/rows.h"
#include "store/webhook_settings.h"
#include "wordpress/webhook_value.h"

#include <algorithm>

namespace postern::wordpress {
namespace {

using mariadb::Connection;
using mariadb::Query;

constexpr const char* kTableKind = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";

// Own settings of a webhook.
struct Extras {
  std::string key_hash;  // Of the key in the plugin's row at that time: they belong to that webhook, and to no later
                         // one that has got its number.
  std::string state;
  std::string settings;
  std::vector<WebhookKey> keys;
  std::vector<SourceSecret> secrets;
};
using AllExtras = std::map<std::int64_t, Extras>;

Result<AllExtras> read_extras(Connection& db, const SiteTables& tables) {
  AllExtras out;
  Query settings = db.query(tables.sql("SELECT webhook_id, key_hash, state, settings FROM {webhook_settings}"));
  while (TRY(settings.step())) {
    out[settings.integer(0)] = {.key_hash = std::string(settings.text(1)),
                                .state = std::string(settings.text(2)),
                                .settings = std::string(settings.text(3))};
  }
  Query keys = db.query(
      tables.sql("SELECT webhook_id, key_id, hash, sealed, created_at, expires_at FROM {webhook_keys} ORDER BY "
                 "webhook_id, key_id DESC"));
  while (TRY(keys.step())) {
    out[keys.integer(0)].keys.push_back(sql::webhook_key_at(keys, 1U));
  }
  Query secrets = db.query(
      tables.sql("SELECT webhook_id, secret_id, sealed, created_at, expires_at FROM {webhook_secrets} ORDER BY "
                 "webhook_id, secret_id DESC"));
  while (TRY(secrets.step())) {
    out[secrets.integer(0)].secrets.push_back(sql::source_secret_at(secrets, 1U));
  }
  return out;
}

std::vector<SpaceId> spaces_of(const std::vector<std::int64_t>& ids) {
  std::vector<SpaceId> out;
  for (const std::int64_t id : ids) {
    if (std::find(out.begin(), out.end(), SpaceId{id}) == out.end()) out.push_back({id});
  }
  return out;
}

Effects effects_of(const WebhookValue& value, bool courses) {
  Effects out;
  if (courses) {
    out.add_courses = spaces_of(value.course_ids);
    out.remove_courses = spaces_of(value.remove_course_ids);
  }
  out.add_spaces = spaces_of(value.space_ids);
  out.remove_spaces = spaces_of(value.remove_space_ids);
  out.welcome_email = value.welcome_email;
  return out;
}

Result<void> add_extras(const Extras& extras, Webhook& webhook) {
  webhook.state = parse_webhook_state(extras.state).value_or(WebhookState::active);
  webhook.source.secrets = extras.secrets;
  for (const WebhookKey& key : extras.keys) {
    const bool known = std::any_of(webhook.keys.begin(), webhook.keys.end(),
                                   [&](const WebhookKey& each) { return each.hash == key.hash; });
    if (!known) webhook.keys.push_back(key);
  }
  return read_webhook_settings(extras.settings, webhook);
}

// The number and time of the key in the plugin's row: 1 and its own, if Postern has never changed it.
void name_key(const Extras& extras, WebhookKey& key) {
  for (const WebhookKey& each : extras.keys) {
    if (each.hash != key.hash) continue;
    key.id = each.id;
    key.created_at = each.created_at;
    key.expires_at = each.expires_at;
  }
}

}  // namespace

std::vector<std::string> catalog_tables(const SiteTables& tables) {
  const auto table = [&](std::string_view text) { return tables.sql(text) + kTableKind; };
  return {
      table("CREATE TABLE IF NOT EXISTS {webhook_settings} (webhook_id BIGINT NOT NULL PRIMARY KEY, key_hash "
            "VARBINARY(32) NOT NULL, state VARCHAR(16) NOT NULL, settings LONGTEXT NOT NULL)"),
      table("CREATE TABLE IF NOT EXISTS {webhook_keys} (webhook_id BIGINT NOT NULL, key_id BIGINT NOT NULL, hash "
            "VARBINARY(32) NOT NULL, sealed VARBINARY(512) NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT "
            "NULL, PRIMARY KEY (webhook_id, key_id))"),
      table("CREATE TABLE IF NOT EXISTS {webhook_secrets} (webhook_id BIGINT NOT NULL, secret_id BIGINT NOT NULL, "
            "sealed BLOB NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NULL, PRIMARY KEY (webhook_id, "
            "secret_id))"),
      table("CREATE TABLE IF NOT EXISTS {space_settings} (space_id BIGINT NOT NULL PRIMARY KEY, needs_approval "
            "TINYINT NOT NULL, archived TINYINT NOT NULL)"),
      table("CREATE TABLE IF NOT EXISTS {catalog} (id TINYINT NOT NULL PRIMARY KEY, generation BIGINT NOT NULL, "
            "changes BIGINT NOT NULL, checksum VARBINARY(255) NOT NULL, fingerprint VARBINARY(16) NOT NULL)"),
      tables.sql("INSERT IGNORE INTO {catalog} VALUES (1, 1, 0, '', '')"),
  };
}

std::string KeySealer::seal(const std::string& key) const {
  return sealed_.with([&](State& state) {
    const auto it = state.sealed.find(key);
    if (it != state.sealed.end()) return it->second;
    if (state.sealed.size() >= kMost) state.sealed.clear();
    return state.sealed[key] = vault_.seal(Secret(key), *state.random);
  });
}

Result<std::vector<Space>> read_spaces(Connection& db, const SiteTables& tables, const TimeZone& zone) {
  std::vector<Space> out;
  Query row = db.query(
      tables.sql("SELECT s.id, s.type, s.slug, s.title, s.privacy, s.created_at, COALESCE(o.needs_approval, 0), "
                 "COALESCE(o.archived, 0) FROM [fcom_spaces] AS s LEFT JOIN {space_settings} AS o ON o.space_id = s.id "
                 "WHERE s.type IN ('community', 'course') ORDER BY s.id"));
  while (TRY(row.step())) {
    Space space;
    space.id.value = row.integer(0);
    space.kind = row.text(1) == "course" ? SpaceKind::course : SpaceKind::space;
    space.slug = row.text(2);
    space.title = row.text(3);
    space.privacy = parse_privacy(row.text(4)).value_or(Privacy::private_);
    space.created_at = zone.from_local(row.text(5)).value_or(WallTime{});
    space.needs_approval = row.integer(6) != 0;
    space.archived = row.integer(7) != 0;
    out.push_back(std::move(space));
  }
  return out;
}

Result<std::vector<Webhook>> read_webhooks(Connection& db, const SiteTables& tables, const SiteOptions& options,
                                           const KeySealer& sealer) {
  const AllExtras extras = TRY(read_extras(db, tables));
  std::vector<Webhook> out;
  Query row = db.query(
      tables.sql("SELECT id, meta_key, value, created_at FROM [fcom_meta] WHERE object_type = 'webhook' ORDER BY id"));
  while (TRY(row.step())) {
    Webhook webhook;
    webhook.id.value = row.integer(0);
    webhook.created_at = options.zone.from_local(row.text(3)).value_or(WallTime{});
    const auto value = read_webhook_value(row.is_null(2) ? std::nullopt : std::optional(row.text(2)));
    if (value) {
      webhook.name = value->title;
      webhook.effects = effects_of(*value, options.courses);
    } else {
      webhook.fault = "What FluentCommunity has stored of this webhook cannot be read: " + value.error().message +
                      " Save the webhook anew.";
    }
    const std::string text(row.text(1));
    WebhookKey key{.id = KeyId{1}, .hash = sealer.vault().hash(text), .sealed = sealer.seal(text)};
    key.created_at = webhook.created_at;
    const std::string_view hash(reinterpret_cast<const char*>(key.hash.data()), key.hash.size());
    const auto own = extras.find(webhook.id.value);
    const bool has_extras = own != extras.end() && own->second.key_hash == hash;
    if (has_extras) name_key(own->second, key);
    webhook.keys.push_back(std::move(key));
    if (has_extras) TRY(add_extras(own->second, webhook));
    out.push_back(std::move(webhook));
  }
  return out;
}

}  // namespace postern::wordpress
