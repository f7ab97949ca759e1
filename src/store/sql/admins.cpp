// Admins, their passwords, second factors and one-time links.
#include "store/sql/account_rows.h"
#include "store/sql/own_tables.h"

namespace postern::sql {
namespace {

const std::string kAdminColumns =
    "id, email, name, role, disabled, password_hash, totp, totp_sealed, created_at, last_login_at";

AdminRecord read_admin(const Query& row) {
  AdminRecord record;
  Admin& admin = record.admin;
  admin.id.value = row.integer(0);
  admin.email = row.text(1);
  admin.name = row.text(2);
  admin.role = static_cast<AdminRole>(row.integer(3));
  admin.disabled = row.integer(4) != 0;
  admin.pending = row.is_null(5);
  record.password_hash = row.text(5);
  admin.totp = row.integer(6) != 0;
  record.totp_sealed = row.text(7);
  admin.created_at = time_at(row, 8);
  admin.last_login_at = time_or_null(row, 9);
  return record;
}

Error no_admin() {
  return {Errc::not_found, "There is no such admin.", ""};
}

Error last_owner() {
  return {Errc::conflict, "This is the last owner who can log in. Make somebody else an owner first.", ""};
}

// For statements with the admin's id as their only parameter. Returns how many rows they changed.
Result<std::int64_t> run_for(Connection& db, const char* sql, AdminId id) {
  Query q = db.query(sql);
  q.bind(id.value);
  TRY(q.run());
  return db.changes();
}

Result<bool> is_last_owner(Connection& db, AdminId id) {
  Query q = db.query(
      "SELECT EXISTS(SELECT 1 FROM {admins} WHERE role = 2 AND disabled = 0 AND password_hash IS NOT NULL AND id = ?1)"
      " AND NOT EXISTS(SELECT 1 FROM {admins} WHERE role = 2 AND disabled = 0 AND password_hash IS NOT NULL"
      " AND id != ?1)");
  q.bind(id.value);
  TRY(q.step());
  return q.integer(0) != 0;
}

Result<void> end_access(Connection& db, AdminId id) {
  TRY(run_for(db, "DELETE FROM {sessions} WHERE admin_id = ?1", id));
  TRY(run_for(db, "DELETE FROM {one_time_links} WHERE admin_id = ?1", id));
  return {};
}

Result<void> put_password(Connection& db, AdminId id, const std::string& hash) {
  Query q = db.query("UPDATE {admins} SET password_hash = ?1 WHERE id = ?2");
  q.bind(hash).bind(id.value);
  TRY(q.run());
  TRY(run_for(db, "DELETE FROM {api_tokens} WHERE created_by = ?1", id));
  return end_access(db, id);
}

Result<AdminId> insert_admin(Connection& db, const Admin& admin, const std::string& email_key) {
  Query q = db.query("INSERT INTO {admins}(email_key, email, name, role, created_at) VALUES(?, ?, ?, ?, ?)");
  q.bind(email_key).bind(admin.email).bind(admin.name).bind(static_cast<std::int64_t>(admin.role));
  q.bind(number_of(admin.created_at));
  if (auto done = q.run(); !done) {
    if (done.error().code != Errc::conflict) return done.error();
    return Error{Errc::conflict, "There is an admin with this e-mail address already.", ""};
  }
  return AdminId{db.last_id()};
}

Result<std::optional<OneTimeLink>> usable_link(Connection& db, const KeyHash& hash, WallTime now) {
  Query q = db.query(
      "SELECT kind, admin_id, created_at, expires_at FROM {one_time_links} l WHERE hash = ?1"
      " AND (expires_at IS NULL OR expires_at > ?2)"
      " AND CASE kind WHEN 0 THEN NOT EXISTS(SELECT 1 FROM {admins})"
      " ELSE EXISTS(SELECT 1 FROM {admins} a WHERE a.id = l.admin_id AND a.disabled = 0) END");
  q.bind_blob(blob_view(hash)).bind(number_of(now));
  if (!TRY(q.step())) return std::optional<OneTimeLink>();
  OneTimeLink link;
  link.hash = hash;
  link.kind = static_cast<LinkKind>(q.integer(0));
  link.admin.value = q.integer(1);
  link.created_at = time_at(q, 2);
  link.expires_at = time_or_null(q, 3);
  return std::optional(link);
}

}  // namespace

Result<void> lock_admin(Connection& db, AdminId id) {
  TRY(db.lock(Lock::accounts));
  Query q = db.query("SELECT 1 FROM {admins} WHERE id = ?1");
  q.bind(id.value);
  if (!TRY(q.step())) return no_admin();
  return {};
}

Result<std::vector<AdminRecord>> OwnTables::admins() {
  static const std::string sql = "SELECT " + kAdminColumns + " FROM {admins} ORDER BY id";
  return read([](Connection& db) -> Result<std::vector<AdminRecord>> {
    Query q = db.query(sql.c_str());
    std::vector<AdminRecord> out;
    while (TRY(q.step())) out.push_back(read_admin(q));
    return out;
  });
}

Result<std::optional<AdminRecord>> OwnTables::find_admin(AdminId id) {
  static const std::string sql = "SELECT " + kAdminColumns + " FROM {admins} WHERE id = ?1";
  return read([&](Connection& db) -> Result<std::optional<AdminRecord>> {
    Query q = db.query(sql.c_str());
    q.bind(id.value);
    if (!TRY(q.step())) return std::optional<AdminRecord>();
    return std::optional(read_admin(q));
  });
}

Result<std::optional<AdminRecord>> OwnTables::find_admin_by_email(std::string_view email_key) {
  static const std::string sql = "SELECT " + kAdminColumns + " FROM {admins} WHERE email_key = ?1";
  return read([&](Connection& db) -> Result<std::optional<AdminRecord>> {
    Query q = db.query(sql.c_str());
    q.bind(email_key);
    if (!TRY(q.step())) return std::optional<AdminRecord>();
    return std::optional(read_admin(q));
  });
}

Result<AdminId> OwnTables::add_admin(const Admin& admin, const std::string& email_key) {
  return write([&](Connection& db) -> Result<AdminId> {
    TRY(db.lock(Lock::accounts));
    return insert_admin(db, admin, email_key);
  });
}

Result<void> OwnTables::change_admin(AdminId id, const AdminChange& change) {
  return write([&](Connection& db) -> Result<void> {
    TRY(lock_admin(db, id));
    const bool gives_up = change.disabled.value_or(false) || (change.role && *change.role != AdminRole::owner);
    if (gives_up && TRY(is_last_owner(db, id))) return last_owner();
    Query q = db.query(
        "UPDATE {admins} SET name = coalesce(?1, name), role = coalesce(?2, role), disabled = coalesce(?3, disabled)"
        " WHERE id = ?4");
    if (change.name) {
      q.bind(*change.name);
    } else {
      q.bind_null();
    }
    if (change.role) {
      q.bind(static_cast<std::int64_t>(*change.role));
    } else {
      q.bind_null();
    }
    if (change.disabled) {
      q.bind(*change.disabled ? 1 : 0);
    } else {
      q.bind_null();
    }
    q.bind(id.value);
    TRY(q.run());
    if (change.disabled.value_or(false)) return end_access(db, id);
    return {};
  });
}

Result<void> OwnTables::remove_admin(AdminId id) {
  return write([&](Connection& db) -> Result<void> {
    TRY(lock_admin(db, id));
    if (TRY(is_last_owner(db, id))) return last_owner();
    TRY(end_access(db, id));
    TRY(run_for(db, "DELETE FROM {api_tokens} WHERE created_by = ?1", id));
    TRY(run_for(db, "DELETE FROM {recovery_codes} WHERE admin_id = ?1", id));
    TRY(run_for(db, "DELETE FROM {admins} WHERE id = ?1", id));
    return {};
  });
}

Result<void> OwnTables::set_password(AdminId id, const std::string& hash) {
  return write([&](Connection& db) -> Result<void> {
    TRY(lock_admin(db, id));
    return put_password(db, id, hash);
  });
}

Result<void> OwnTables::record_login(AdminId id, WallTime at) {
  return write([&](Connection& db) -> Result<void> {
    Query q = db.query("UPDATE {admins} SET last_login_at = ?1 WHERE id = ?2");
    q.bind(number_of(at)).bind(id.value);
    return q.run();
  });
}

Result<void> OwnTables::prepare_totp(AdminId id, const std::string& sealed) {
  return write([&](Connection& db) -> Result<void> {
    TRY(lock_admin(db, id));
    Query in_use = db.query("SELECT 1 FROM {admins} WHERE id = ?1 AND totp = 1");
    in_use.bind(id.value);
    if (TRY(in_use.step())) return Error{Errc::conflict, "A second factor is in use. Remove it first.", ""};
    Query q = db.query("UPDATE {admins} SET totp_sealed = ?1 WHERE id = ?2");
    q.bind_blob(sealed).bind(id.value);
    return q.run();
  });
}

Result<void> OwnTables::confirm_totp(AdminId id, std::int64_t step, const std::vector<KeyHash>& recovery_codes) {
  return write([&](Connection& db) -> Result<void> {
    Query q =
        db.query("UPDATE {admins} SET totp = 1, totp_step = ?1 WHERE id = ?2 AND totp = 0 AND totp_sealed IS NOT NULL");
    q.bind(step).bind(id.value);
    TRY(q.run());
    if (db.changes() == 0) {
      return Error{Errc::conflict, "No second factor waits to be confirmed. Begin again.", ""};
    }
    TRY(run_for(db, "DELETE FROM {recovery_codes} WHERE admin_id = ?1", id));
    Query code = db.query("INSERT INTO {recovery_codes}(admin_id, hash) VALUES(?,?)");
    for (const KeyHash& each : recovery_codes) {
      code.bind(id.value).bind_blob(blob_view(each));
      TRY(code.run());
    }
    return {};
  });
}

Result<void> OwnTables::remove_totp(AdminId id) {
  return write([&](Connection& db) -> Result<void> {
    TRY(lock_admin(db, id));
    TRY(run_for(db, "DELETE FROM {recovery_codes} WHERE admin_id = ?1", id));
    TRY(run_for(db, "UPDATE {admins} SET totp = 0, totp_sealed = NULL WHERE id = ?1", id));
    return {};
  });
}

Result<bool> OwnTables::use_totp_step(AdminId id, std::int64_t step) {
  return write([&](Connection& db) -> Result<bool> {
    Query q = db.query("UPDATE {admins} SET totp_step = ?1 WHERE id = ?2 AND totp_step < ?1");
    q.bind(step).bind(id.value);
    TRY(q.run());
    return db.changes() > 0;
  });
}

Result<bool> OwnTables::use_recovery_code(AdminId id, const KeyHash& code) {
  return write([&](Connection& db) -> Result<bool> {
    Query q = db.query("DELETE FROM {recovery_codes} WHERE admin_id = ?1 AND hash = ?2");
    q.bind(id.value).bind_blob(blob_view(code));
    TRY(q.run());
    return db.changes() > 0;
  });
}

Result<void> OwnTables::add_link(const OneTimeLink& link) {
  return write([&](Connection& db) -> Result<void> {
    TRY(db.lock(Lock::accounts));
    TRY(run_for(db, "DELETE FROM {one_time_links} WHERE admin_id = ?1", link.admin));
    Query q =
        db.query("INSERT INTO {one_time_links}(admin_id, hash, kind, created_at, expires_at) VALUES(?, ?, ?, ?, ?)");
    q.bind(link.admin.value).bind_blob(blob_view(link.hash)).bind(static_cast<std::int64_t>(link.kind));
    q.bind(number_of(link.created_at));
    bind_time(q, link.expires_at);
    return q.run();
  });
}

Result<std::optional<OneTimeLink>> OwnTables::find_link(const KeyHash& hash, WallTime now) {
  return read([&](Connection& db) { return usable_link(db, hash, now); });
}

Result<AdminId> OwnTables::redeem_link(const KeyHash& hash, WallTime now, const Redemption& redemption) {
  return write([&](Connection& db) -> Result<AdminId> {
    TRY(db.lock(Lock::accounts));
    const std::optional<OneTimeLink> link = TRY(usable_link(db, hash, now));
    if (!link) return Error{Errc::not_found, "This link does not work any more. Ask for a new one.", ""};
    AdminId id = link->admin;
    if (link->kind == LinkKind::first) {
      const Admin admin{
          .email = redemption.email, .name = redemption.name, .role = AdminRole::owner, .created_at = now};
      id = TRY(insert_admin(db, admin, redemption.email_key));
    }
    TRY(run_for(db, "DELETE FROM {one_time_links} WHERE admin_id = ?1", link->admin));
    TRY(put_password(db, id, redemption.password_hash));
    return id;
  });
}

}  // namespace postern::sql
