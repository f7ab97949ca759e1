// Logging in and out.
#include "admin/account_handlers.h"
#include "admin/session_cookie.h"
#include "crypto/account_secrets.h"
#include "crypto/totp.h"
#include "identity/email.h"

namespace postern {
namespace {

// Says the same whatever was wrong.
Problem wrong_credentials() {
  return {401, "wrong_credentials", "E-mail address or password is wrong. Check both; an owner can send a reset link."};
}

// What was typed may be anything, a password in the wrong field too; only an address is written down.
std::string login_target(const std::string& email) {
  const auto address = identity::parse_email(email);
  return address ? "admin " + *address : "no address";
}

Reply show_session(const AccountParts& parts, Call& call) {
  const std::optional<LiveSession> live = TRY(parts.sessions.find(call));
  if (live) {
    const bool half = live->session.totp_due;
    return json_reply(session_json(half ? "totp" : "active", live->csrf, half ? nullptr : &live->owner.admin));
  }
  const bool fresh = TRY(parts.store.admins()).empty();
  return json_reply(session_json(fresh ? "setup" : "anonymous", "", nullptr));
}

Reply log_in(const AccountParts& parts, Call& call) {
  Fields fields(call.body);
  const auto email = fields.text("email", {.required = true, .max = 320});
  const auto password = given_password(fields, "password");
  if (const auto problem = fields.finish()) return *problem;
  const std::string account = identity::email_key(*email);
  if (const auto wait = parts.throttle.admit(account, call.client().ip)) {
    parts.trail.note(call, {"login.throttled", login_target(*email), nullptr, nullptr});
    return too_many_attempts(*wait);
  }
  const std::optional<AdminRecord> found = TRY(parts.store.find_admin_by_email(account));
  const bool usable = found && !found->admin.disabled;
  if (!TRY(parts.passwords.verify(usable ? found->password_hash : std::string(), *password))) {
    parts.trail.note(call, {"login.failed", login_target(*email), nullptr, nullptr});
    return wrong_credentials();
  }
  parts.throttle.succeeded(account, call.client().ip);
  const Admin& admin = found->admin;
  if (admin.totp) return start_session(parts, call, admin, true, {});
  return start_session(parts, call, admin, false, {"login.ok", audit_target(admin), nullptr, nullptr});
}

// Six digits of now, or a recovery code. Each works once.
Result<bool> use_code(const AccountParts& parts, const AdminRecord& admin, const std::string& code) {
  const Secret secret = TRY(parts.vault.unseal(admin.totp_sealed));
  if (const auto step = match_totp(secret, code, parts.clock.now())) {
    return parts.store.use_totp_step(admin.admin.id, *step);
  }
  return parts.store.use_recovery_code(admin.admin.id, recovery_code_hash(parts.vault, admin.admin.id, code));
}

Reply second_factor(const AccountParts& parts, Call& call) {
  Fields fields(call.body);
  const auto code = fields.text("code", {.required = true, .max = 100});
  if (const auto problem = fields.finish()) return *problem;
  const std::optional<LiveSession> live = TRY(parts.sessions.find(call));
  if (!live || !live->session.totp_due) {
    return Problem{401, "unauthenticated", "Log in with e-mail address and password first; that lasts ten minutes."};
  }
  const AdminRecord& admin = live->owner;
  const std::string account = "totp " + std::to_string(admin.admin.id.value);
  if (const auto wait = parts.throttle.admit(account, call.client().ip)) {
    parts.trail.note(call, {"login.throttled", audit_target(admin.admin), nullptr, nullptr});
    return too_many_attempts(*wait);
  }
  if (!TRY(use_code(parts, admin, *code))) {
    parts.trail.note(call, {"login.failed", audit_target(admin.admin), nullptr, {{"step", "totp"}}});
    return Problem{401, "wrong_credentials",
                   "The code is wrong or was used already. Wait for the next one, or use a recovery code."};
  }
  parts.throttle.succeeded(account, call.client().ip);
  return start_session(parts, call, admin.admin, false,
                       {"login.ok", audit_target(admin.admin), nullptr, {{"totp", true}}});
}

Reply log_out(const AccountParts& parts, Call& call) {
  TRY(parts.sessions.end(call));
  if (call.principal.admin) call.audit({"logout", "admin " + call.principal.name, nullptr, nullptr});
  http::Response response = no_content();
  response.headers.emplace_back("Set-Cookie", ended_session_cookie(call.client()));
  return response;
}

}  // namespace

void add_session_routes(Routes& routes, const AccountParts& parts) {
  routes.add(
      {.method = "GET", .pattern = "/session", .handle = [parts](Call& call) { return show_session(parts, call); }});
  routes.add({.method = "POST", .pattern = "/session", .body = Route::Body::json, .handle = [parts](Call& call) {
                return log_in(parts, call);
              }});
  routes.add({.method = "POST", .pattern = "/session/totp", .body = Route::Body::json, .handle = [parts](Call& call) {
                return second_factor(parts, call);
              }});
  routes.add(
      {.method = "DELETE", .pattern = "/session", .handle = [parts](Call& call) { return log_out(parts, call); }});
}

}  // namespace postern
