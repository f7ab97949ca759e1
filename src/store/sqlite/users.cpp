// People and their memberships, looked up and changed by hand.
#include "base/ascii.h"
#include "store/sqlite/sql_connection.h"
#include "store/sqlite/store_parts.h"
#include "store/sqlite/user_rows.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

namespace sqlite {

const std::string kUserColumns =
    "u.id, u.email_key, u.email, u.login, u.first_name, u.last_name, u.display_name, u.administrator, u.created_at,"
    " u.role, u.meta";
constexpr int kUserColumnCount = 11;

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
  if (!row.is_null(9)) user.role = row.text(9);
  user.meta = row.text(10);
  return user;
}

}  // namespace sqlite

using sqlite::kUserColumnCount;
using sqlite::kUserColumns;
using sqlite::read_user;

namespace {

Error no_user(UserId id) {
  return {Errc::not_found, "There is no user with the number " + std::to_string(id.value) + ".", ""};
}

// The least text that is greater than all texts that begin with `prefix`; empty: there is none.
std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// Role, status, since and because_of stand in the columns from `first` on.
MembershipRow read_membership(const Query& row, SpaceId space, int first) {
  MembershipRow out;
  out.membership = {space, static_cast<Role>(row.integer(first)),
                    static_cast<MembershipStatus>(row.integer(first + 1))};
  out.since = WallTime{std::chrono::milliseconds{row.integer(first + 2)}};
  if (!row.is_null(first + 3)) out.because_of = DeliveryId{row.integer(first + 3)};
  return out;
}

// One call of list_users(). Each statement walks along an index, so that a page costs what is looked at for it.
class UserPager {
 public:
  UserPager(Connection& db, const UserPage& page) : db_(db), page_(page), from_(ascii_lower(page.search)) {}

  Result<UserList> run() {
    if (page_.search.empty()) {
      TRY(page_.member_of ? in_space() : everybody());
    } else {
      TRY(found());
    }
    return std::move(out_);
  }

 private:
  // Takes the rows of `q` in turn; its column after the user's says whether the user belongs here. False: enough.
  Result<bool> take(Query& q) {
    while (TRY(q.step())) {
      if (out_.users.size() >= page_.limit || examined_ >= page_.max_examined) {
        out_.next = last_;
        return false;
      }
      ++examined_;
      last_.value = q.integer(0);
      if (q.integer(kUserColumnCount) != 0) out_.users.push_back(read_user(q));
    }
    return true;
  }

  Result<void> everybody() {
    static const std::string sql = "SELECT " + kUserColumns + ", 1 FROM users u WHERE u.id > ?1 ORDER BY u.id";
    Query q = db_.query(sql.c_str());
    q.bind(page_.after.value_or(UserId{}).value);
    TRY(take(q));
    return {};
  }

  Result<void> in_space() {
    static const std::string sql = "SELECT " + kUserColumns +
                                   ", 1 FROM memberships m JOIN users u ON u.id = m.user_id"
                                   " WHERE m.space_id = ?1 AND m.user_id > ?2 ORDER BY m.user_id";
    Query q = db_.query(sql.c_str());
    q.bind(page_.member_of->value).bind(page_.after.value_or(UserId{}).value);
    TRY(take(q));
    return {};
  }

  // By e-mail along one index, then those who have only the login along the other.
  Result<void> found() {
    static const std::string belongs =
        "(?3 = 0 OR EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.space_id = ?3))";
    static const std::string by_email = "SELECT " + kUserColumns + ", " + belongs +
                                        " FROM users u WHERE u.email_key >= ?1 AND u.email_key < ?2"
                                        " AND u.email_key > ?4 ORDER BY u.email_key";
    static const std::string by_login = "SELECT " + kUserColumns +
                                        ", NOT (u.email_key >= ?1 AND u.email_key < ?2) AND " + belongs +
                                        " FROM users u WHERE u.login >= ?1 AND u.login < ?2 AND u.login > ?4"
                                        " ORDER BY u.login";
    const std::string to = after_prefix(from_);
    std::string email;  // Begin behind these.
    std::string login;
    if (page_.after) {
      Query q = db_.query("SELECT email_key, login FROM users WHERE id = ?1");
      q.bind(page_.after->value);
      if (!TRY(q.step())) {
        return Error{Errc::invalid, "The page cannot go on: the user it ended with has been removed. Begin again.", ""};
      }
      const bool by_its_email = q.text(0).starts_with(from_);
      (by_its_email ? email : login) = q.text(by_its_email ? 0 : 1);
    }
    const std::int64_t space = page_.member_of ? page_.member_of->value : 0;
    if (login.empty()) {
      Query q = db_.query(by_email.c_str());
      q.bind(from_).bind(to).bind(space).bind(email);
      if (!TRY(take(q))) return {};
    }
    Query q = db_.query(by_login.c_str());
    q.bind(from_).bind(to).bind(space).bind(login);
    TRY(take(q));
    return {};
  }

  Connection& db_;
  const UserPage& page_;
  const std::string from_;
  std::size_t examined_ = 0;
  UserId last_;
  UserList out_;
};

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

Result<std::optional<User>> SqliteStore::user_by_id(UserId id) {
  static const std::string sql = "SELECT " + kUserColumns + " FROM users u WHERE id = ?1";
  return read([&](Connection& db) -> Result<std::optional<User>> {
    Query q = db.query(sql.c_str());
    q.bind(id.value);
    if (!TRY(q.step())) return std::optional<User>();
    return std::optional<User>(read_user(q));
  });
}

Result<UserList> SqliteStore::list_users(const UserPage& page) {
  return read([&](Connection& db) { return UserPager(db, page).run(); });
}

Result<std::vector<Member>> SqliteStore::members(SpaceId space, UserId after, std::size_t limit) {
  static const std::string sql = "SELECT " + kUserColumns +
                                 ", m.role, m.status, m.since, m.because_of FROM memberships m"
                                 " JOIN users u ON u.id = m.user_id WHERE m.space_id = ?1 AND m.user_id > ?2"
                                 " ORDER BY m.user_id LIMIT ?3";
  return read([&](Connection& db) -> Result<std::vector<Member>> {
    Query q = db.query(sql.c_str());
    q.bind(space.value).bind(after.value).bind(static_cast<std::int64_t>(limit));
    std::vector<Member> out;
    while (TRY(q.step())) out.push_back({read_user(q), read_membership(q, space, kUserColumnCount)});
    return out;
  });
}

Result<std::map<SpaceId, std::int64_t>> SqliteStore::member_counts() {
  return read([](Connection& db) -> Result<std::map<SpaceId, std::int64_t>> {
    Query q = db.query("SELECT space_id, n FROM space_members");
    std::map<SpaceId, std::int64_t> out;
    while (TRY(q.step())) out[{q.integer(0)}] = q.integer(1);
    return out;
  });
}

Result<std::vector<MembershipRow>> SqliteStore::memberships(UserId user) {
  return read([&](Connection& db) -> Result<std::vector<MembershipRow>> {
    Query q = db.query(
        "SELECT space_id, role, status, since, because_of FROM memberships WHERE user_id = ?1 ORDER BY space_id");
    q.bind(user.value);
    std::vector<MembershipRow> out;
    while (TRY(q.step())) out.push_back(read_membership(q, {q.integer(0)}, 1));
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

Result<void> SqliteStore::edit_user(UserId user, const UserEdit& edit) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query(
        "UPDATE users SET role = CASE ?2 WHEN 1 THEN ?3 ELSE role END, meta = CASE ?4 WHEN 1 THEN ?5 ELSE meta END"
        " WHERE id = ?1");
    q.bind(user.value).bind(edit.role ? 1 : 0);
    q.bind_or_null(edit.role && *edit.role != kDefaultUserRole ? std::string_view(*edit.role) : std::string_view());
    q.bind(edit.meta ? 1 : 0).bind_or_null(edit.meta ? std::string_view(*edit.meta) : std::string_view());
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) return no_user(user);
    return {};
  });
}

Result<void> SqliteStore::remove_user(UserId user) {
  return write(true, [&](Connection& db) -> Result<void> {
    for (const char* sql :
         {"DELETE FROM memberships WHERE user_id = ?1",
          "DELETE FROM sender_people WHERE email_key = (SELECT email_key FROM users WHERE id = ?1)",
          "DELETE FROM sender_orders WHERE email_key = (SELECT email_key FROM users WHERE id = ?1)"}) {
      Query q = db.query(sql);
      q.bind(user.value);
      TRY(q.run());
    }
    sqlite::SqlConnection own(db);
    TRY(remove_user_rows(own, user));
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

Result<void> SqliteStore::remove_membership(UserId user, SpaceId space) {
  return write(false, [&](Connection& db) -> Result<void> {
    Query q = db.query("DELETE FROM memberships WHERE user_id = ?1 AND space_id = ?2");
    q.bind(user.value).bind(space.value);
    TRY(q.run());
    if (sqlite3_changes(db.handle()) == 0) {
      return Error{Errc::not_found, "This person is not in this space or course.", ""};
    }
    return {};
  });
}

Result<Counts> SqliteStore::counts() {
  return read([](Connection& db) -> Result<Counts> {
    Counts counts;
    counts.users = TRY(db.number("SELECT rows FROM user_count"));
    counts.memberships = TRY(db.number("SELECT ifnull(sum(n), 0) FROM space_members"));
    counts.deliveries = TRY(db.number("SELECT rows FROM delivery_count"));
    counts.outbox = TRY(db.number("SELECT ifnull(sum(n), 0) FROM outbox_counts WHERE state = 0"));
    return counts;
  });
}

}  // namespace postern
