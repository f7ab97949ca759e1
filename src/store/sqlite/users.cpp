// People and their memberships, looked up and changed by hand.
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace {

const std::string kUserColumns =
    "u.id, u.email_key, u.email, u.login, u.first_name, u.last_name, u.display_name, u.administrator, u.created_at";

User read_user(const Query& row) {
  User user;
  user.id.value = row.integer(0);
  user.email = row.is_null(2) ? row.text(1) : row.text(2);
  user.login = row.text(3);
  user.first_name = row.text(4);
  user.last_name = row.text(5);
  user.display_name = row.is_null(6) ? row.text(3) : row.text(6);
  user.administrator = row.integer(7) != 0;
  user.created_at = WallTime{std::chrono::milliseconds{row.integer(8)}};
  return user;
}

Error no_user(UserId id) {
  return {Errc::not_found, "There is no user with the number " + std::to_string(id.value) + ".", ""};
}

// The least text that is greater than all texts that begin with `prefix`; empty: there is none.
std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

Result<std::optional<User>> SqliteStore::find_user(std::string_view email_key) {
  static const std::string sql = "SELECT " + kUserColumns + " FROM users u WHERE email_key = ?1";
  return read([&](Connection& db) -> Result<std::optional<User>> {
    Query q = db.query(sql.c_str());
    q.bind(email_key);
    if (!TRY(q.step())) return std::optional<User>();
    return std::optional<User>(read_user(q));
  });
}

Result<std::vector<User>> SqliteStore::list_users(const UserPage& page) {
  static const std::string all = "SELECT " + kUserColumns + " FROM users u WHERE u.id > ?1 ORDER BY u.id LIMIT ?2";
  static const std::string in_space = "SELECT " + kUserColumns +
                                      " FROM memberships m JOIN users u ON u.id = m.user_id"
                                      " WHERE m.space_id = ?3 AND m.user_id > ?1 ORDER BY m.user_id LIMIT ?2";
  // Both ends of each range use an index; a user found by both stands once.
  static const std::string found =
      "SELECT " + kUserColumns +
      " FROM users u WHERE u.id IN (SELECT id FROM users WHERE email_key >= ?3 AND email_key < ?4"
      " UNION SELECT id FROM users WHERE login >= ?3 AND login < ?4) AND u.id > ?1"
      " AND (?5 = 0 OR EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.space_id = ?5))"
      " ORDER BY u.id LIMIT ?2";
  return read([&](Connection& db) -> Result<std::vector<User>> {
    const std::string from = lower(page.search);
    const std::string to = after_prefix(from);
    Query q = db.query(!page.search.empty() ? found.c_str() : page.member_of ? in_space.c_str() : all.c_str());
    q.bind(page.after ? page.after->value : 0).bind(static_cast<std::int64_t>(page.limit));
    if (!page.search.empty()) {
      q.bind(from).bind(to).bind(page.member_of ? page.member_of->value : 0);
    } else if (page.member_of) {
      q.bind(page.member_of->value);
    }
    std::vector<User> out;
    while (TRY(q.step())) out.push_back(read_user(q));
    return out;
  });
}

Result<std::vector<MembershipRow>> SqliteStore::memberships(UserId user) {
  return read([&](Connection& db) -> Result<std::vector<MembershipRow>> {
    Query q = db.query(
        "SELECT space_id, role, status, since, because_of FROM memberships WHERE user_id = ?1 ORDER BY space_id");
    q.bind(user.value);
    std::vector<MembershipRow> out;
    while (TRY(q.step())) {
      MembershipRow row;
      row.membership = {{q.integer(0)}, static_cast<Role>(q.integer(1)), static_cast<MembershipStatus>(q.integer(2))};
      row.since = WallTime{std::chrono::milliseconds{q.integer(3)}};
      if (!q.is_null(4)) row.because_of = DeliveryId{q.integer(4)};
      out.push_back(row);
    }
    return out;
  });
}

Result<void> SqliteStore::set_administrator(UserId user, bool administrator) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE users SET administrator = ?2 WHERE id = ?1");
    q.bind(user.value).bind(administrator ? 1 : 0);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return no_user(user);
    return {};
  });
}

Result<void> SqliteStore::remove_user(UserId user) {
  return write(true, [&](Connection& db) -> Result<void> {
    for (const char* sql : {"DELETE FROM memberships WHERE user_id = ?1", "DELETE FROM outbox WHERE user_id = ?1"}) {
      Query q = db.query(sql);
      q.bind(user.value);
      TRY(q.run());
    }
    Query q = db.query("DELETE FROM users WHERE id = ?1");
    q.bind(user.value);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return no_user(user);
    return {};
  });
}

Result<void> SqliteStore::set_membership(UserId user, const Membership& membership, WallTime at) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query(
        "INSERT INTO memberships(user_id, space_id, role, status, since)"
        " SELECT u.id, s.id, ?3, ?4, ?5 FROM users u, spaces s WHERE u.id = ?1 AND s.id = ?2"
        " ON CONFLICT DO UPDATE SET role = excluded.role, status = excluded.status, since = excluded.since,"
        " because_of = NULL");
    q.bind(user.value).bind(membership.space.value).bind(static_cast<std::int64_t>(membership.role));
    q.bind(static_cast<std::int64_t>(membership.status)).bind(at.time_since_epoch().count());
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) {
      return Error{Errc::not_found, "There is no such user, or no such space or course.", ""};
    }
    return {};
  });
}

Result<Counts> SqliteStore::counts() {
  return read([](Connection& db) -> Result<Counts> {
    Counts counts;
    counts.users = TRY(db.number("SELECT count(*) FROM users"));
    counts.memberships = TRY(db.number("SELECT count(*) FROM memberships"));
    counts.deliveries = TRY(db.number("SELECT rows FROM delivery_count"));
    counts.outbox = TRY(db.number("SELECT count(*) FROM outbox"));
    return counts;
  });
}

}  // namespace postern
