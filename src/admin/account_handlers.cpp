#include "admin/account_handlers.h"

#include "base/time_text.h"
#include "base/utf8.h"
#include "crypto/account_secrets.h"
#include "login/password_rules.h"

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kLeastPasswordCharacters = 12;

json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

}  // namespace

void add_account_routes(Routes& routes, const AccountParts& parts) {
  add_session_routes(routes, parts);
  add_setup_routes(routes, parts);
  add_me_routes(routes, parts);
  add_totp_routes(routes, parts);
  add_admin_routes(routes, parts);
  add_token_routes(routes, parts);
  add_audit_routes(routes, parts);
}

json::object to_json(const Admin& admin) {
  return {{"id", admin.id.value},
          {"email", admin.email},
          {"name", admin.name},
          {"role", json::string_view(to_word(admin.role))},
          {"disabled", admin.disabled},
          {"totp", admin.totp},
          {"created_at", to_rfc3339(admin.created_at)},
          {"last_login_at", time_or_null(admin.last_login_at)},
          {"pending", admin.pending}};
}

json::object to_json(const Session& session, const std::string& current_id) {
  return {{"id", session.id},
          {"current", session.id == current_id},
          {"created_at", to_rfc3339(session.created_at)},
          {"last_seen_at", to_rfc3339(session.last_seen_at)},
          {"ip", session.ip},
          {"user_agent", session.user_agent}};
}

std::string audit_target(const Admin& admin) {
  return "admin " + admin.email;
}

json::object session_json(std::string_view state, const std::string& csrf, const Admin* admin) {
  return {{"state", json::string_view(state.data(), state.size())},
          {"csrf", csrf.empty() ? json::value(nullptr) : json::value(csrf)},
          {"admin", admin == nullptr ? json::value(nullptr) : json::value(to_json(*admin))},
          {"version", POSTERN_VERSION}};
}

Reply start_session(const AccountParts& parts, Call& call, const Admin& admin, bool totp_due, const AuditEntry& entry) {
  const Sessions::Opened opened = TRY(parts.sessions.open(call, admin.id, totp_due));
  call.principal.name = admin.email;
  Admin shown = admin;
  if (!totp_due) {
    shown.last_login_at = parts.clock.now();
    TRY(parts.store.record_login(admin.id, *shown.last_login_at));
  }
  if (!entry.action.empty()) call.audit(entry);
  http::Response response =
      json_reply(totp_due ? session_json("totp", opened.csrf, nullptr) : session_json("active", opened.csrf, &shown));
  response.headers.emplace_back("Set-Cookie", opened.cookie);
  return response;
}

std::optional<Secret> given_password(Fields& fields, std::string_view name) {
  auto text = fields.text(name, {.required = true, .max = kMaxPasswordBytes, .raw = true});
  if (!text) return std::nullopt;
  return Secret(*std::move(text));
}

std::optional<Secret> new_password(Fields& fields, std::string_view name, std::string_view email) {
  std::optional<Secret> password = given_password(fields, name);
  if (!password) return std::nullopt;
  if (auto fault = password_fault(*password, email, kLeastPasswordCharacters)) {
    return fields.wrong(name, *fault), std::nullopt;
  }
  return password;
}

Problem too_many_attempts(std::chrono::seconds wait) {
  return {429,
          "rate_limited",
          "Too many attempts. Wait " + std::to_string(wait.count()) + " s, then try again.",
          {},
          static_cast<int>(wait.count())};
}

std::optional<Reply> confirm_password(const AccountParts& parts, Call& call, const AdminRecord& admin,
                                      const Secret& password, std::string_view field) {
  const std::string account = "confirm " + std::to_string(admin.admin.id.value);
  if (const auto wait = parts.throttle.admit(account, call.client().ip)) return Reply(too_many_attempts(*wait));
  const Result<bool> right = parts.passwords.verify(admin.password_hash, password);
  if (!right) return Reply(right.error());
  if (*right) return parts.throttle.succeeded(account, call.client().ip), std::nullopt;
  parts.trail.note(call, {"password.not_confirmed", audit_target(admin.admin), nullptr, nullptr});
  return Reply(invalid_fields({{std::string(field), "is not your password"}}));
}

Result<AdminRecord> asking_admin(const AccountParts& parts, const Call& call) {
  if (call.principal.admin) {
    if (std::optional<AdminRecord> found = TRY(parts.store.find_admin(*call.principal.admin))) return *std::move(found);
  }
  return Error{Errc::unauthorized, "This is for people who are logged in; an API token cannot do it.", ""};
}

Result<std::string> make_link(const AccountParts& parts, LinkKind kind, AdminId admin) {
  const WallTime now = parts.clock.now();
  const Secret secret = make_link_secret(parts.random);
  TRY(parts.store.add_link({.hash = link_hash(parts.vault, secret.reveal()),
                            .kind = kind,
                            .admin = admin,
                            .created_at = now,
                            .expires_at = now + kLinkLifetime}));
  return setup_url(parts.base_url(), secret);
}

}  // namespace postern
