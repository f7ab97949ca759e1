// Admins, their sessions and tokens, and the audit log of a MemoryStore.
#include "store/memory/memory_data.h"

#include <algorithm>

namespace postern {
namespace {

Error no_admin() {
  return {Errc::not_found, "There is no such admin.", ""};
}

Error last_owner() {
  return {Errc::conflict, "This is the last owner who can log in. Make somebody else an owner first.", ""};
}

bool can_own(const AdminRecord& record) {
  return record.admin.role == AdminRole::owner && !record.admin.disabled && !record.password_hash.empty();
}

// May `id` cease to be an owner?
bool is_last_owner(const MemoryStore::Data& data, AdminId id) {
  if (!can_own(data.admins.at(id).record)) return false;
  return std::none_of(data.admins.begin(), data.admins.end(),
                      [&](const auto& each) { return each.first != id && can_own(each.second.record); });
}

void end_access(MemoryStore::Data& data, AdminId id) {
  std::erase_if(data.sessions, [&](const Session& each) { return each.admin == id; });
  std::erase_if(data.links, [&](const OneTimeLink& each) { return each.admin == id; });
}

void end_tokens(MemoryStore::Data& data, AdminId id) {
  std::erase_if(data.tokens, [&](const auto& each) { return each.second.created_by == id; });
}

void put_password(MemoryStore::Data& data, AdminId id, const std::string& hash) {
  AdminRecord& record = data.admins.at(id).record;
  record.password_hash = hash;
  record.admin.pending = false;
  end_access(data, id);
  end_tokens(data, id);
}

std::optional<OneTimeLink> usable_link(const MemoryStore::Data& data, const KeyHash& hash, WallTime now) {
  const auto it =
      std::find_if(data.links.begin(), data.links.end(), [&](const auto& each) { return each.hash == hash; });
  if (it == data.links.end() || (it->expires_at && *it->expires_at <= now)) return std::nullopt;
  if (it->kind == LinkKind::first) return data.admins.empty() ? std::optional(*it) : std::nullopt;
  return data.admins.at(it->admin).record.admin.disabled ? std::nullopt : std::optional(*it);
}

}  // namespace

Result<std::vector<AdminRecord>> MemoryStore::admins() {
  const std::lock_guard lock(mutex_);
  std::vector<AdminRecord> out;
  for (const auto& each : data_->admins) out.push_back(each.second.record);
  return out;
}

Result<std::optional<AdminRecord>> MemoryStore::find_admin(AdminId id) {
  const std::lock_guard lock(mutex_);
  const auto it = data_->admins.find(id);
  return it == data_->admins.end() ? std::optional<AdminRecord>() : it->second.record;
}

Result<std::optional<AdminRecord>> MemoryStore::find_admin_by_email(std::string_view email_key) {
  const std::lock_guard lock(mutex_);
  for (const auto& each : data_->admins) {
    if (each.second.email_key == email_key) return std::optional(each.second.record);
  }
  return std::optional<AdminRecord>();
}

Result<AdminId> MemoryStore::add_admin(const Admin& admin, const std::string& email_key) {
  const std::scoped_lock lock(writing_, mutex_);
  for (const auto& each : data_->admins) {
    if (each.second.email_key == email_key) return Error{Errc::conflict, "The e-mail address is taken.", ""};
  }
  const AdminId id{data_->next_admin++};
  Data::Operator& made = data_->admins[id];
  made.email_key = email_key;
  made.record.admin = {.id = id,
                       .email = admin.email,
                       .name = admin.name,
                       .role = admin.role,
                       .pending = true,
                       .created_at = admin.created_at};
  return id;
}

Result<void> MemoryStore::change_admin(AdminId id, const AdminChange& change) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->admins.find(id);
  if (it == data_->admins.end()) return no_admin();
  const bool gives_up = change.disabled.value_or(false) || (change.role && *change.role != AdminRole::owner);
  if (gives_up && is_last_owner(*data_, id)) return last_owner();
  Admin& admin = it->second.record.admin;
  if (change.name) admin.name = *change.name;
  if (change.role) admin.role = *change.role;
  if (change.disabled) admin.disabled = *change.disabled;
  if (admin.disabled) end_access(*data_, id);
  return {};
}

Result<void> MemoryStore::remove_admin(AdminId id) {
  const std::scoped_lock lock(writing_, mutex_);
  if (!data_->admins.contains(id)) return no_admin();
  if (is_last_owner(*data_, id)) return last_owner();
  end_access(*data_, id);
  end_tokens(*data_, id);
  data_->admins.erase(id);
  return {};
}

Result<void> MemoryStore::set_password(AdminId id, const std::string& hash) {
  const std::scoped_lock lock(writing_, mutex_);
  if (!data_->admins.contains(id)) return no_admin();
  put_password(*data_, id, hash);
  return {};
}

Result<void> MemoryStore::record_login(AdminId id, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  if (const auto it = data_->admins.find(id); it != data_->admins.end()) it->second.record.admin.last_login_at = at;
  return {};
}

Result<void> MemoryStore::prepare_totp(AdminId id, const std::string& sealed) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->admins.find(id);
  if (it == data_->admins.end()) return no_admin();
  if (it->second.record.admin.totp) return Error{Errc::conflict, "A second factor is in use. Remove it first.", ""};
  it->second.record.totp_sealed = sealed;
  return {};
}

Result<void> MemoryStore::confirm_totp(AdminId id, std::int64_t step, const std::vector<KeyHash>& recovery_codes) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->admins.find(id);
  if (it == data_->admins.end() || it->second.record.admin.totp || it->second.record.totp_sealed.empty()) {
    return Error{Errc::conflict, "No second factor waits to be confirmed. Begin again.", ""};
  }
  it->second.record.admin.totp = true;
  it->second.totp_step = step;
  it->second.recovery_codes = recovery_codes;
  return {};
}

Result<void> MemoryStore::remove_totp(AdminId id) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->admins.find(id);
  if (it == data_->admins.end()) return no_admin();
  it->second.record.admin.totp = false;
  it->second.record.totp_sealed.clear();
  it->second.recovery_codes.clear();
  return {};
}

Result<bool> MemoryStore::use_totp_step(AdminId id, std::int64_t step) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->admins.find(id);
  if (it == data_->admins.end() || step <= it->second.totp_step) return false;
  it->second.totp_step = step;
  return true;
}

Result<bool> MemoryStore::use_recovery_code(AdminId id, const KeyHash& code) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->admins.find(id);
  return it != data_->admins.end() && std::erase(it->second.recovery_codes, code) > 0;
}

Result<void> MemoryStore::add_link(const OneTimeLink& link) {
  const std::scoped_lock lock(writing_, mutex_);
  std::erase_if(data_->links, [&](const OneTimeLink& each) { return each.admin == link.admin; });
  data_->links.push_back(link);
  return {};
}

Result<std::optional<OneTimeLink>> MemoryStore::find_link(const KeyHash& hash, WallTime now) {
  const std::lock_guard lock(mutex_);
  return usable_link(*data_, hash, now);
}

Result<AdminId> MemoryStore::redeem_link(const KeyHash& hash, WallTime now, const Redemption& redemption) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto link = usable_link(*data_, hash, now);
  if (!link) return Error{Errc::not_found, "This link does not work any more. Ask for a new one.", ""};
  AdminId id = link->admin;
  if (link->kind == LinkKind::first) {
    id = {data_->next_admin++};
    Data::Operator& made = data_->admins[id];
    made.email_key = redemption.email_key;
    made.record.admin = {
        .id = id, .email = redemption.email, .name = redemption.name, .role = AdminRole::owner, .created_at = now};
  }
  std::erase_if(data_->links, [&](const OneTimeLink& each) { return each.hash == hash; });
  put_password(*data_, id, redemption.password_hash);
  return id;
}

Result<void> MemoryStore::add_session(const Session& session) {
  const std::scoped_lock lock(writing_, mutex_);
  data_->sessions.push_back(session);
  std::vector<Session> mine;
  std::copy_if(data_->sessions.begin(), data_->sessions.end(), std::back_inserter(mine),
               [&](const Session& each) { return each.admin == session.admin; });
  if (mine.size() <= kSessionsPerAdmin) return {};
  const auto oldest = std::min_element(
      mine.begin(), mine.end(), [](const Session& a, const Session& b) { return a.last_seen_at < b.last_seen_at; });
  std::erase_if(data_->sessions, [&](const Session& each) { return each.id == oldest->id; });
  return {};
}

Result<std::optional<Session>> MemoryStore::find_session(const KeyHash& hash) {
  const std::lock_guard lock(mutex_);
  for (const Session& each : data_->sessions) {
    if (each.hash == hash) return std::optional(each);
  }
  return std::optional<Session>();
}

Result<std::vector<Session>> MemoryStore::sessions(AdminId admin) {
  const std::lock_guard lock(mutex_);
  std::vector<Session> out;
  for (const Session& each : data_->sessions) {
    if (each.admin == admin) out.push_back(each);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Session& a, const Session& b) { return a.created_at > b.created_at; });
  return out;
}

Result<void> MemoryStore::touch_session(const std::string& id, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  for (Session& each : data_->sessions) {
    if (each.id == id) each.last_seen_at = at;
  }
  return {};
}

Result<void> MemoryStore::remove_session(AdminId admin, const std::string& id) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto gone =
      std::erase_if(data_->sessions, [&](const Session& each) { return each.admin == admin && each.id == id; });
  if (gone == 0) return Error{Errc::not_found, "There is no such session.", ""};
  return {};
}

Result<void> MemoryStore::remove_sessions(AdminId admin) {
  const std::scoped_lock lock(writing_, mutex_);
  std::erase_if(data_->sessions, [&](const Session& each) { return each.admin == admin; });
  return {};
}

Result<TokenId> MemoryStore::add_token(const ApiToken& token) {
  const std::scoped_lock lock(writing_, mutex_);
  const TokenId id{data_->next_token++};
  data_->tokens[id] = token;
  data_->tokens[id].id = id;
  return id;
}

Result<std::vector<ApiToken>> MemoryStore::tokens() {
  const std::lock_guard lock(mutex_);
  std::vector<ApiToken> out;
  for (const auto& each : data_->tokens) out.push_back(each.second);
  return out;
}

Result<std::optional<ApiToken>> MemoryStore::find_token(const KeyHash& hash) {
  const std::lock_guard lock(mutex_);
  for (const auto& each : data_->tokens) {
    if (each.second.hash == hash) return std::optional(each.second);
  }
  return std::optional<ApiToken>();
}

Result<void> MemoryStore::touch_token(TokenId id, WallTime at) {
  const std::scoped_lock lock(writing_, mutex_);
  if (const auto it = data_->tokens.find(id); it != data_->tokens.end()) it->second.last_used_at = at;
  return {};
}

Result<void> MemoryStore::remove_token(TokenId id) {
  const std::scoped_lock lock(writing_, mutex_);
  if (data_->tokens.erase(id) == 0) return Error{Errc::not_found, "There is no such token.", ""};
  return {};
}

Result<std::int64_t> MemoryStore::append_audit(AuditRow row, const AuditSeal& seal) {
  const std::scoped_lock lock(writing_, mutex_);
  row.id = static_cast<std::int64_t>(data_->audit.size()) + 1;
  row.hash = seal(data_->audit.empty() ? KeyHash{} : data_->audit.back().hash, row);
  data_->audit.push_back(std::move(row));
  return data_->audit.back().id;
}

Result<std::vector<AuditRow>> MemoryStore::audit(const AuditQuery& query) {
  const std::lock_guard lock(mutex_);
  std::vector<AuditRow> out;
  for (const AuditRow& row : data_->audit) {
    if (!query.action.empty() && row.action != query.action) continue;
    if (!query.actor.empty() && row.actor != query.actor) continue;
    if (query.before && row.id >= *query.before) continue;
    if (query.after && row.id <= *query.after) continue;
    out.push_back(row);
  }
  if (!query.after) std::reverse(out.begin(), out.end());
  if (out.size() > query.limit) out.resize(query.limit);
  return out;
}

Result<std::int64_t> MemoryStore::last_audit_id() {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(data_->audit.size());
}

Result<std::optional<RememberedReply>> MemoryStore::claim_reply(const RememberedReply& claim, WallTime since,
                                                                WallTime unfinished_since) {
  const std::scoped_lock lock(writing_, mutex_);
  const auto it = data_->replies.find(claim.key);
  if (it != data_->replies.end() && it->second.at >= since &&
      (!it->second.sealed.empty() || it->second.at >= unfinished_since)) {
    return std::optional(it->second);
  }
  data_->replies[claim.key] = claim;
  return std::optional<RememberedReply>();
}

Result<void> MemoryStore::finish_reply(const KeyHash& key, const std::string& sealed) {
  const std::scoped_lock lock(writing_, mutex_);
  if (const auto it = data_->replies.find(key); it != data_->replies.end()) it->second.sealed = sealed;
  return {};
}

Result<void> MemoryStore::forget_reply(const KeyHash& key) {
  const std::scoped_lock lock(writing_, mutex_);
  data_->replies.erase(key);
  return {};
}

Result<void> MemoryStore::forget_expired(WallTime now, WallTime seen_since, WallTime replies_since) {
  const std::scoped_lock lock(writing_, mutex_);
  std::erase_if(data_->sessions,
                [&](const Session& each) { return each.expires_at <= now || each.last_seen_at < seen_since; });
  std::erase_if(data_->links, [&](const OneTimeLink& each) { return each.expires_at && *each.expires_at <= now; });
  std::erase_if(data_->replies, [&](const auto& each) { return each.second.at < replies_since; });
  return {};
}

}  // namespace postern
