#include "store/sqlite/sqlite_transaction.h"

#include "store/sql/outbox_rows.h"
#include "store/sqlite/delivery_rows.h"
#include "store/sqlite/sql_connection.h"

#include <algorithm>
#include <cstring>

namespace postern {

using sqlite::Query;

namespace {

// Role and status stand in `column` and the next one.
Membership read_membership(const Query& row, SpaceId space, int column) {
  return {space, static_cast<Role>(row.integer(column)), static_cast<MembershipStatus>(row.integer(column + 1))};
}

}  // namespace

Result<std::unique_ptr<Transaction>> SqliteTransaction::begin(Writer& writer) {
  std::unique_lock lock(writer.mutex);
  if (const Result<void> begun = writer.connection->query("BEGIN IMMEDIATE").run(); !begun) {
    writer.last_commit_ok = false;
    return begun.error();
  }
  std::unique_ptr<SqliteTransaction> transaction(new SqliteTransaction(writer, std::move(lock)));
  TRY(transaction->learn());
  return std::unique_ptr<Transaction>(std::move(transaction));
}

Result<bool> SqliteTransaction::read_people(Writer& writer, std::int64_t portion) {
  sqlite::Connection& db = *writer.connection;
  KnownState& known = writer.known;
  TRY(db.query("BEGIN").run());  // One view of version, users and memberships.
  const auto read = [&]() -> Result<bool> {
    const std::int64_t version = TRY(db.number("PRAGMA data_version"));
    if (version != known.people_version) known.forget_people();
    known.people_version = version;
    const std::int64_t from = known.people_read_to.value;
    Query users = db.query("SELECT id, email_key FROM users WHERE id > ?1 ORDER BY id LIMIT ?2");
    users.bind(from).bind(portion);
    std::int64_t rows = 0;
    for (; TRY(users.step()); ++rows) {
      known.people_read_to = {users.integer(0)};
      known.people.learn_user(users.text(1), known.people_read_to);
    }
    Query memberships =
        db.query("SELECT user_id, space_id, role, status FROM memberships WHERE user_id > ?1 AND user_id <= ?2");
    memberships.bind(from).bind(known.people_read_to.value);
    while (TRY(memberships.step())) {
      const SpaceId space{memberships.integer(1)};
      known.people.learn_membership({memberships.integer(0)}, space, read_membership(memberships, space, 2));
    }
    return rows == portion;
  };
  Result<bool> more = read();
  if (!more) known.forget_people();
  TRY(db.query("COMMIT").run());
  if (more && !*more) known.people_complete = true;
  return more;
}

SqliteTransaction::~SqliteTransaction() {
  if (!open_) return;
  writer_.known.data_version = -1;
  writer_.known.forget_people();
  static_cast<void>(db_.query("ROLLBACK").run());
}

void KnownState::forget_people() {
  people.forget();
  people_read_to = {};
  people_complete = false;
}

Result<void> SqliteTransaction::learn() {
  const std::int64_t version = TRY(db_.number("PRAGMA data_version"));
  if (version != writer_.known.people_version) writer_.known.forget_people();
  writer_.known.people_version = version;
  if (version == writer_.known.data_version) return {};
  writer_.known.generation = TRY(db_.number("SELECT generation FROM catalog"));
  writer_.known.administrators.clear();
  Query administrators = db_.query("SELECT id FROM users WHERE administrator = 1");
  while (TRY(administrators.step())) writer_.known.administrators.insert(administrators.integer(0));
  writer_.known.held.clear();
  Query held = db_.query("SELECT webhook_id, count(*), sum(bytes) FROM held_requests GROUP BY webhook_id");
  while (TRY(held.step())) writer_.known.held[{held.integer(0)}] = {held.integer(1), held.integer(2)};
  writer_.known.last_delivery.value =
      TRY(db_.number("SELECT max(ifnull((SELECT max(id) FROM deliveries), 0),"
                     " ifnull((SELECT max(delivery_id) FROM held_requests), 0))"));
  writer_.known.data_version = version;
  return {};
}

Result<std::optional<UserId>> SqliteTransaction::user_of(std::string_view email_key) {
  if (const auto known = writer_.known.people.find_user(email_key)) return known;
  // Answered from the index alone; the row is never looked at.
  Query q = db_.query("SELECT id FROM users WHERE email_key = ?1");
  q.bind(email_key);
  if (!TRY(q.step())) return std::optional<UserId>();
  const UserId user{q.integer(0)};
  writer_.known.people.learn_user(email_key, user);
  return std::optional<UserId>(user);
}

Result<std::optional<Membership>> SqliteTransaction::membership_of(UserId user, SpaceId space) {
  if (const auto known = writer_.known.people.find_membership(user, space)) return known->membership;
  Query q = db_.query("SELECT role, status FROM memberships WHERE user_id = ?1 AND space_id = ?2");
  q.bind(user.value).bind(space.value);
  std::optional<Membership> membership;
  if (TRY(q.step())) membership = read_membership(q, space, 0);
  writer_.known.people.learn_membership(user, space, membership);
  return membership;
}

// In three rounds, so that the memory that one round looks at has come when it is looked at: each person's lies
// somewhere else.
Result<std::vector<Facts>> SqliteTransaction::facts(std::span<const FactsQuery> queries) {
  KnownPeople& people = writer_.known.people;
  for (const FactsQuery& query : queries) people.prefetch_user(query.email_key);
  std::vector<Facts> out(queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    out[i].user = TRY(user_of(queries[i].email_key));
    if (!out[i].user) continue;
    for (const SpaceId space : queries[i].spaces) people.prefetch_membership(*out[i].user, space);
  }
  for (std::size_t i = 0; i < queries.size(); ++i) {
    Facts& facts = out[i];
    if (!facts.user) continue;
    facts.administrator = writer_.known.administrators.contains(facts.user->value);
    for (const SpaceId space : queries[i].spaces) {
      if (const auto membership = TRY(membership_of(*facts.user, space))) facts.memberships.push_back(*membership);
    }
  }
  return out;
}

Result<std::vector<bool>> SqliteTransaction::logins_taken(std::span<const std::string> logins) {
  std::vector<bool> out;
  out.reserve(logins.size());
  Query q = db_.query("SELECT 1 FROM users WHERE login = ?1");
  for (const std::string& login : logins) {
    q.bind(login);
    out.push_back(TRY(q.step()));
    q.reset();
  }
  return out;
}

Result<std::vector<std::optional<Repeat>>> SqliteTransaction::repeats(std::span<const RepeatKey> keys) {
  std::vector<std::optional<Repeat>> out;
  out.reserve(keys.size());
  Query q = db_.query("SELECT delivery_id, body_hash FROM repeat_keys WHERE webhook_id = ?1 AND hash = ?2");
  for (const RepeatKey& key : keys) {
    q.bind(key.webhook.value).bind_blob(sql::blob_view(key.hash));
    std::optional<Repeat>& repeat = out.emplace_back();
    if (TRY(q.step())) {
      repeat.emplace().first.value = q.integer(0);
      const std::string_view hash = q.text(1);
      std::memcpy(repeat->body_hash.data(), hash.data(), std::min(hash.size(), repeat->body_hash.size()));
    }
    q.reset();
  }
  return out;
}

Result<std::vector<std::optional<WallTime>>> SqliteTransaction::order_times(std::span<const OrderKey> orders) {
  std::vector<std::optional<WallTime>> out;
  out.reserve(orders.size());
  Query q = db_.query("SELECT event_at FROM sender_orders WHERE webhook_id = ?1 AND email_key = ?2 AND reference = ?3");
  for (const OrderKey& order : orders) {
    q.bind(order.webhook.value).bind(order.email_key).bind_blob(sql::blob_view(order.reference));
    std::optional<WallTime>& time = out.emplace_back();
    if (TRY(q.step())) time = WallTime{std::chrono::milliseconds{q.integer(0)}};
    q.reset();
  }
  return out;
}

Result<std::vector<std::optional<std::string>>> SqliteTransaction::people_of(std::span<const PersonNumber> numbers) {
  std::vector<std::optional<std::string>> out;
  out.reserve(numbers.size());
  Query q = db_.query("SELECT ifnull(email, email_key) FROM sender_people WHERE webhook_id = ?1 AND external_id = ?2");
  for (const PersonNumber& number : numbers) {
    q.bind(number.webhook.value).bind(number.external_id);
    std::optional<std::string>& email = out.emplace_back();
    if (TRY(q.step())) email = std::string(q.text(0));
    q.reset();
  }
  return out;
}

Result<HeldTotal> SqliteTransaction::held_requests(WebhookId webhook) {
  const auto held = writer_.known.held.find(webhook);
  return held == writer_.known.held.end() ? HeldTotal{} : held->second;
}

Result<std::optional<Delivery>> SqliteTransaction::delivery(DeliveryId id) {
  static const std::string sql = "SELECT " + kDeliveryColumns + " FROM deliveries WHERE id = ?1";
  Query q = db_.query(sql.c_str());
  q.bind(id.value);
  if (!TRY(q.step())) return std::optional<Delivery>();
  return std::optional<Delivery>(read_delivery(q));
}

Result<void> SqliteTransaction::apply(std::span<Change> changes) {
  std::vector<const Delivery*> rows;
  rows.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    TRY(apply_one(changes, i));
    rows.push_back(&changes[i].delivery);
  }
  inserted_ += static_cast<std::int64_t>(rows.size());
  return sqlite::insert_deliveries(db_, rows);
}

Result<void> SqliteTransaction::apply_one(std::span<Change> changes, std::size_t index) {
  Change& change = changes[index];
  Delivery& delivery = change.delivery;
  if (change.create) {
    delivery.user = TRY(create_user(change));
  } else if (change.created_by) {
    delivery.user = changes[*change.created_by].delivery.user;
  }
  if (delivery.user) {
    for (const MembershipChange& each : change.memberships) TRY(change_membership(*delivery.user, each, delivery));
  }
  if (change.releases) TRY(release(change));
  count(delivery);
  writer_.known.last_delivery = std::max(writer_.known.last_delivery, delivery.id);
  if (change.repeat_key) TRY(remember_repeat(change));
  if (!change.orders.empty()) TRY(remember_orders(change));
  if (change.number) TRY(remember_number(change));
  if (!change.held.empty()) TRY(hold(change));
  if (!change.effects.empty()) TRY(enqueue(change));
  return {};
}

Result<UserId> SqliteTransaction::create_user(const Change& change) {
  const NewUser& user = *change.create;
  Query q = db_.query(
      "INSERT INTO users(email_key, email, login, first_name, last_name, display_name, password_hash, created_at,"
      " role, meta) VALUES(?,?,?,?,?,?,?,?,?,?)");
  q.bind(change.email_key).bind_or_null(user.email == change.email_key ? std::string_view() : user.email);
  q.bind(user.login).bind_or_null(user.first_name).bind_or_null(user.last_name);
  q.bind_or_null(user.display_name == user.login ? std::string_view() : user.display_name);
  q.bind_or_null(user.password_hash).bind(change.delivery.received_at.time_since_epoch().count());
  q.bind_or_null(user.role == kDefaultUserRole ? std::string_view() : user.role).bind_or_null(user.meta);
  TRY(q.run());
  const UserId id{sqlite3_last_insert_rowid(db_.handle())};
  writer_.known.people.learn_user(change.email_key, id);
  return id;
}

Result<void> SqliteTransaction::change_membership(UserId user, const MembershipChange& change,
                                                  const Delivery& because) {
  const Membership& membership = change.membership;
  if (change.kind == MembershipChange::Kind::leave) {
    Query q = db_.query("DELETE FROM memberships WHERE user_id = ?1 AND space_id = ?2");
    q.bind(user.value).bind(membership.space.value);
    writer_.known.people.learn_membership(user, membership.space, std::nullopt);
    return q.run();
  }
  Query q = db_.query(
      "INSERT INTO memberships(user_id, space_id, role, status, since, because_of) VALUES(?,?,?,?,?,?)"
      " ON CONFLICT DO UPDATE SET role = excluded.role, status = excluded.status, since = excluded.since,"
      " because_of = excluded.because_of");
  q.bind(user.value).bind(membership.space.value).bind(static_cast<std::int64_t>(membership.role));
  q.bind(static_cast<std::int64_t>(membership.status)).bind(because.received_at.time_since_epoch().count());
  q.bind(because.id.value);
  writer_.known.people.learn_membership(user, membership.space, membership);
  return q.run();
}

Result<void> SqliteTransaction::remember_repeat(const Change& change) {
  Query q = db_.query("INSERT INTO repeat_keys(webhook_id, hash, delivery_id, body_hash) VALUES(?,?,?,?)");
  q.bind(change.repeat_key->webhook.value).bind_blob(sql::blob_view(change.repeat_key->hash));
  q.bind(change.delivery.id.value).bind_blob(sql::blob_view(change.body_hash));
  return q.run();
}

Result<void> SqliteTransaction::remember_orders(const Change& change) {
  Query q = db_.query(
      "INSERT INTO sender_orders(webhook_id, email_key, reference, event_at, delivery_id) VALUES(?,?,?,?,?)"
      " ON CONFLICT DO UPDATE SET event_at = max(event_at, excluded.event_at), delivery_id = excluded.delivery_id");
  for (const OrderKey& order : change.orders) {
    q.bind(order.webhook.value).bind(order.email_key).bind_blob(sql::blob_view(order.reference));
    q.bind(change.order_time.time_since_epoch().count()).bind(change.delivery.id.value);
    TRY(q.run());
  }
  return {};
}

Result<void> SqliteTransaction::remember_number(const Change& change) {
  Query q = db_.query(
      "INSERT INTO sender_people(webhook_id, external_id, email_key, email) VALUES(?,?,?,?)"
      " ON CONFLICT DO UPDATE SET email_key = excluded.email_key, email = excluded.email");
  q.bind(change.number->webhook.value).bind(change.number->external_id).bind(change.number_email_key);
  q.bind_or_null(change.number_email == change.number_email_key ? std::string_view() : change.number_email);
  return q.run();
}

Result<void> SqliteTransaction::hold(const Change& change) {
  const auto bytes = static_cast<std::int64_t>(change.held.size());
  Query q =
      db_.query("INSERT INTO held_requests(delivery_id, webhook_id, email_key, bytes, request) VALUES(?,?,?,?,?)");
  q.bind(change.delivery.id.value).bind(change.delivery.webhook.value).bind_or_null(change.held_email_key);
  q.bind(bytes).bind_blob(change.held);
  TRY(q.run());
  HeldTotal& total = writer_.known.held[change.delivery.webhook];
  ++total.requests;
  total.bytes += bytes;
  return {};
}

Result<void> SqliteTransaction::release(const Change& change) {
  const Delivery& delivery = change.delivery;
  Query kept = db_.query("DELETE FROM held_requests WHERE delivery_id = ?1 RETURNING bytes");
  kept.bind(delivery.id.value);
  if (!TRY(kept.step())) return Error{Errc::not_found, "That is not held any more.", ""};
  const std::int64_t bytes = kept.integer(0);
  kept.reset();
  const auto held = writer_.known.held.find(delivery.webhook);
  if (held != writer_.known.held.end()) {
    held->second.bytes -= bytes;
    if (--held->second.requests == 0) writer_.known.held.erase(held);
  }
  Query row = db_.query("DELETE FROM deliveries WHERE id = ?1");
  row.bind(delivery.id.value);
  TRY(row.run());
  inserted_ -= sqlite3_changes(db_.handle());  // None, if it has left the log meanwhile.
  if (delivery.status == DeliveryStatus::rejected || delivery.status == DeliveryStatus::failed) {
    Query repeat = db_.query("DELETE FROM repeat_keys WHERE delivery_id = ?1");
    repeat.bind(delivery.id.value);
    TRY(repeat.run());
  }
  Delivery before;
  before.received_at = delivery.received_at;
  before.webhook = delivery.webhook;
  before.status = DeliveryStatus::held;
  count(before, -1);
  return {};
}

Result<void> SqliteTransaction::enqueue(const Change& change) {
  const Delivery& delivery = change.delivery;
  sqlite::SqlConnection db(db_);
  for (const EffectKind kind : change.effects) {
    TRY(sql::insert_effect(
        db, {.kind = kind, .delivery = delivery.id, .user = delivery.user, .due_at = delivery.received_at},
        delivery.received_at));
  }
  return {};
}

void SqliteTransaction::count(const Delivery& delivery, std::int64_t by) {
  const std::int64_t hour = hours_since_1970(delivery.received_at);
  const auto same = [&](const Count& each) {
    return each.webhook == delivery.webhook && each.status == delivery.status && each.hour == hour;
  };
  auto it = std::find_if(counts_.begin(), counts_.end(), same);
  if (it == counts_.end()) it = counts_.insert(it, Count{hour, delivery.webhook, delivery.status});
  it->deliveries += by;
  if (delivery.user_created) it->new_users += by;
}

Result<void> SqliteTransaction::write_counts() {
  Query q = db_.query(
      "INSERT INTO delivery_counts(hour, webhook_id, status, n, new_users) VALUES(?,?,?,?,?)"
      " ON CONFLICT DO UPDATE SET n = n + excluded.n, new_users = new_users + excluded.new_users");
  for (const Count& each : counts_) {
    q.bind(each.hour).bind(each.webhook.value).bind(static_cast<std::int64_t>(each.status));
    q.bind(each.deliveries).bind(each.new_users);
    TRY(q.run());
  }
  return {};
}

Result<void> SqliteTransaction::commit() {
  if (!counts_.empty()) {
    Query q = db_.query("UPDATE delivery_count SET rows = rows + ?1");
    q.bind(inserted_);
    TRY(q.run());
    TRY(write_counts());
  }
  Result<void> done = db_.query("COMMIT").run();
  writer_.last_commit_ok = done.has_value();
  if (done) open_ = false;
  return done;
}

}  // namespace postern
