// Spaces, courses and webhooks.
#include "store/sql/rows.h"
#include "store/sqlite/store_parts.h"
#include "store/webhook_settings.h"

#include <array>
#include <unordered_map>

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace {

// In the order of webhook_effects.action.
template <class EffectsRef>
auto effect_lists(EffectsRef& effects) {
  return std::array{&effects.add_courses, &effects.remove_courses, &effects.add_spaces, &effects.remove_spaces};
}

Result<std::vector<Space>> read_spaces(Connection& db) {
  std::vector<Space> out;
  Query q =
      db.query("SELECT id, kind, slug, title, privacy, needs_approval, archived, created_at FROM spaces ORDER BY id");
  while (TRY(q.step())) {
    Space space;
    space.id.value = q.integer(0);
    space.kind = static_cast<SpaceKind>(q.integer(1));
    space.slug = q.text(2);
    space.title = q.text(3);
    space.privacy = static_cast<Privacy>(q.integer(4));
    space.needs_approval = q.integer(5) != 0;
    space.archived = q.integer(6) != 0;
    space.created_at = sql::time_at(q, 7);
    out.push_back(std::move(space));
  }
  return out;
}

Result<std::vector<Webhook>> read_webhooks(Connection& db) {
  std::vector<Webhook> out;
  std::unordered_map<std::int64_t, std::size_t> index;
  Query webhooks = db.query("SELECT id, name, state, welcome_email, created_at, settings FROM webhooks ORDER BY id");
  while (TRY(webhooks.step())) {
    Webhook webhook;
    webhook.id.value = webhooks.integer(0);
    webhook.name = webhooks.text(1);
    webhook.state = static_cast<WebhookState>(webhooks.integer(2));
    webhook.effects.welcome_email = webhooks.integer(3) != 0;
    webhook.created_at = sql::time_at(webhooks, 4);
    TRY(read_webhook_settings(webhooks.text(5), webhook));
    index[webhook.id.value] = out.size();
    out.push_back(std::move(webhook));
  }
  Query effects =
      db.query("SELECT webhook_id, action, space_id FROM webhook_effects ORDER BY webhook_id, action, position");
  while (TRY(effects.step())) {
    const auto lists = effect_lists(out[index.at(effects.integer(0))].effects);
    const auto action = static_cast<std::size_t>(effects.integer(1));
    if (action < lists.size()) lists[action]->push_back({effects.integer(2)});
  }
  Query keys = db.query(
      "SELECT webhook_id, key_id, hash, sealed, created_at, expires_at FROM webhook_keys ORDER BY webhook_id, key_id "
      "DESC");
  while (TRY(keys.step())) {
    out[index.at(keys.integer(0))].keys.push_back(sql::webhook_key_at(keys, 1));
  }
  Query secrets = db.query(
      "SELECT webhook_id, secret_id, sealed, created_at, expires_at FROM webhook_secrets ORDER BY webhook_id,"
      " secret_id DESC");
  while (TRY(secrets.step())) {
    out[index.at(secrets.integer(0))].source.secrets.push_back(sql::source_secret_at(secrets, 1));
  }
  return out;
}

Error no_space(SpaceId id) {
  return {Errc::not_found, "There is no space or course with the number " + std::to_string(id.value) + ".", ""};
}

Error no_webhook(WebhookId id) {
  return {Errc::not_found, "There is no webhook with the number " + std::to_string(id.value) + ".", ""};
}

Result<void> require_generation(Connection& db, CatalogStore::Generation wanted) {
  if (!wanted || TRY(db.number("SELECT generation FROM catalog")) == *wanted) return {};
  return Error{Errc::unavailable, "Spaces or webhooks have changed meanwhile.", ""};
}

// What a constraint on the slug means to people.
Error slug_error(Error error, const Space& space) {
  if (error.code != Errc::conflict) return error;
  return {Errc::conflict, "The slug '" + space.slug + "' is taken by another space or course. Choose another.", ""};
}

Result<void> write_parts(Connection& db, const Webhook& webhook, WebhookId id) {
  Query effect = db.query("INSERT INTO webhook_effects(webhook_id, action, position, space_id) VALUES(?,?,?,?)");
  const auto lists = effect_lists(webhook.effects);
  for (std::size_t action = 0; action < lists.size(); ++action) {
    std::int64_t position = 0;
    for (const SpaceId space : *lists[action]) {
      effect.bind(id.value).bind(static_cast<std::int64_t>(action)).bind(position++).bind(space.value);
      TRY(effect.run());
    }
  }
  Query key = db.query(
      "INSERT INTO webhook_keys(webhook_id, key_id, hash, sealed, created_at, expires_at) VALUES(?,?,?,?,?,?)");
  for (const WebhookKey& each : webhook.keys) {
    key.bind(id.value).bind(each.id.value).bind_blob(sql::blob_view(each.hash)).bind_blob(each.sealed);
    key.bind(each.created_at.time_since_epoch().count());
    if (each.expires_at) {
      key.bind(each.expires_at->time_since_epoch().count());
    } else {
      key.bind_null();
    }
    TRY(key.run());
  }
  Query secret =
      db.query("INSERT INTO webhook_secrets(webhook_id, secret_id, sealed, created_at, expires_at) VALUES(?,?,?,?,?)");
  for (const SourceSecret& each : webhook.source.secrets) {
    secret.bind(id.value).bind(each.id).bind_blob(each.sealed).bind(each.created_at.time_since_epoch().count());
    if (each.expires_at) {
      secret.bind(each.expires_at->time_since_epoch().count());
    } else {
      secret.bind_null();
    }
    TRY(secret.run());
  }
  return {};
}

}  // namespace

Result<std::int64_t> SqliteStore::catalog_generation() {
  return read([](Connection& db) { return db.number("SELECT generation FROM catalog"); });
}

Result<CatalogData> SqliteStore::load_catalog() {
  return read([](Connection& db) -> Result<CatalogData> {
    TRY(db.query("BEGIN").run());  // One view of all the tables.
    const auto load = [&]() -> Result<CatalogData> {
      CatalogData data;
      data.generation = TRY(db.number("SELECT generation FROM catalog"));
      data.spaces = TRY(read_spaces(db));
      data.webhooks = TRY(read_webhooks(db));
      data.endpoints = TRY(db.number("SELECT EXISTS(SELECT 1 FROM endpoints)")) != 0;
      return data;
    };
    Result<CatalogData> data = load();
    TRY(db.query("COMMIT").run());
    return data;
  });
}

std::uint64_t SqliteStore::own_changes() const {
  return parts_->own_changes.load(std::memory_order_acquire);
}

Result<SpaceId> SqliteStore::add_space(const Space& space) {
  return write(true, [&](Connection& db) -> Result<SpaceId> {
    Query q = db.query(
        "INSERT INTO spaces(kind, slug, title, privacy, needs_approval, archived, created_at) VALUES(?,?,?,?,?,?,?)");
    q.bind(static_cast<std::int64_t>(space.kind)).bind(space.slug).bind(space.title);
    q.bind(static_cast<std::int64_t>(space.privacy)).bind(space.needs_approval ? 1 : 0).bind(space.archived ? 1 : 0);
    q.bind(space.created_at.time_since_epoch().count());
    if (auto done = q.run(); !done) return slug_error(done.error(), space);
    return SpaceId{sqlite3_last_insert_rowid(db.handle())};
  });
}

Result<void> SqliteStore::update_space(const Space& space, Generation if_generation) {
  return write(true, [&](Connection& db) -> Result<void> {
    TRY(require_generation(db, if_generation));
    Query q = db.query(
        "UPDATE spaces SET kind = ?, slug = ?, title = ?, privacy = ?, needs_approval = ?, archived = ? WHERE id = ?");
    q.bind(static_cast<std::int64_t>(space.kind)).bind(space.slug).bind(space.title);
    q.bind(static_cast<std::int64_t>(space.privacy)).bind(space.needs_approval ? 1 : 0).bind(space.archived ? 1 : 0);
    q.bind(space.id.value);
    if (auto done = q.run(); !done) return slug_error(done.error(), space);
    if (sqlite3_changes(db.handle()) == 0) return no_space(space.id);
    return {};
  });
}

Result<void> SqliteStore::remove_space(SpaceId id, Generation if_generation) {
  return write(true, [&](Connection& db) -> Result<void> {
    TRY(require_generation(db, if_generation));
    Query members = db.query(
        "DELETE FROM memberships WHERE (user_id, space_id) IN"
        " (SELECT user_id, space_id FROM memberships WHERE space_id = ?1)");
    members.bind(id.value);
    TRY(members.run());
    Query q = db.query("DELETE FROM spaces WHERE id = ?1");
    q.bind(id.value);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return no_space(id);
    return {};
  });
}

Result<WebhookId> SqliteStore::add_webhook(const Webhook& webhook) {
  return write(true, [&](Connection& db) -> Result<WebhookId> {
    Query q = db.query("INSERT INTO webhooks(name, state, welcome_email, created_at, settings) VALUES(?,?,?,?,?)");
    q.bind(webhook.name).bind(static_cast<std::int64_t>(webhook.state)).bind(webhook.effects.welcome_email ? 1 : 0);
    const std::string settings = write_webhook_settings(webhook);
    q.bind(webhook.created_at.time_since_epoch().count()).bind_or_null(settings);
    TRY(q.run());
    const WebhookId id{sqlite3_last_insert_rowid(db.handle())};
    TRY(write_parts(db, webhook, id));
    return id;
  });
}

Result<void> SqliteStore::update_webhook(const Webhook& webhook, Generation if_generation) {
  return write(true, [&](Connection& db) -> Result<void> {
    TRY(require_generation(db, if_generation));
    Query q = db.query("UPDATE webhooks SET name = ?, state = ?, welcome_email = ?, settings = ? WHERE id = ?");
    q.bind(webhook.name).bind(static_cast<std::int64_t>(webhook.state)).bind(webhook.effects.welcome_email ? 1 : 0);
    const std::string settings = write_webhook_settings(webhook);
    q.bind_or_null(settings).bind(webhook.id.value);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return no_webhook(webhook.id);
    for (const char* sql :
         {"DELETE FROM webhook_effects WHERE webhook_id = ?1", "DELETE FROM webhook_keys WHERE webhook_id = ?1",
          "DELETE FROM webhook_secrets WHERE webhook_id = ?1"}) {
      Query old = db.query(sql);
      old.bind(webhook.id.value);
      TRY(old.run());
    }
    return write_parts(db, webhook, webhook.id);
  });
}

Result<void> SqliteStore::remove_webhook(WebhookId id, Generation if_generation) {
  return write(true, [&](Connection& db) -> Result<void> {
    TRY(require_generation(db, if_generation));
    Query q = db.query("DELETE FROM webhooks WHERE id = ?1");  // Effects and keys go with it.
    q.bind(id.value);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return no_webhook(id);
    return {};
  });
}

}  // namespace postern
