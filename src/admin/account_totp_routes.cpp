// The second factor of the admin who asks.
#include "admin/account_handlers.h"
#include "crypto/account_secrets.h"
#include "crypto/totp.h"

#include <boost/json/array.hpp>

namespace postern {
namespace {

Reply begin_totp(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  Fields fields(call.body);
  const auto password = given_password(fields, "password");
  if (const auto problem = fields.finish()) return *problem;
  if (auto refused = confirm_password(parts, call, me, *password, "password")) return *std::move(refused);
  const Secret secret = make_totp_secret(parts.random);
  TRY(parts.store.prepare_totp(me.admin.id, parts.vault.seal(secret, parts.random)));
  return json_reply({{"secret", std::string(secret.reveal())}, {"uri", totp_uri(secret, me.admin.email)}});
}

Reply confirm_totp(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  Fields fields(call.body);
  const auto code = fields.text("code", {.required = true, .max = 100});
  if (const auto problem = fields.finish()) return *problem;
  if (me.admin.totp || me.totp_sealed.empty()) {
    return Problem{409, "conflict", "No second factor waits to be confirmed. Begin again."};
  }
  const std::string account = "totp " + std::to_string(me.admin.id.value);
  if (const auto wait = parts.throttle.admit(account, call.client().ip)) return too_many_attempts(*wait);
  const auto step = match_totp(TRY(parts.vault.unseal(me.totp_sealed)), *code, parts.clock.now());
  if (!step) {
    return invalid_fields(
        {{"code", "does not fit. Check the clock of the device, and take the code that it shows now"}});
  }
  parts.throttle.succeeded(account, call.client().ip);
  boost::json::array shown;
  std::vector<KeyHash> hashes;
  for (const Secret& each : make_recovery_codes(parts.random)) {
    shown.emplace_back(std::string(each.reveal()));
    hashes.push_back(recovery_code_hash(parts.vault, me.admin.id, each.reveal()));
  }
  TRY(parts.store.confirm_totp(me.admin.id, *step, hashes));
  call.audit({"totp.on", audit_target(me.admin), {{"totp", false}}, {{"totp", true}}});
  return json_reply({{"recovery_codes", std::move(shown)}});
}

Reply remove_totp(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  Fields fields(call.body);
  const auto password = given_password(fields, "password");
  if (const auto problem = fields.finish()) return *problem;
  if (auto refused = confirm_password(parts, call, me, *password, "password")) return *std::move(refused);
  TRY(parts.store.remove_totp(me.admin.id));
  call.audit({"totp.off", audit_target(me.admin), {{"totp", me.admin.totp}}, {{"totp", false}}});
  return no_content();
}

}  // namespace

void add_totp_routes(Routes& routes, const AccountParts& parts) {
  const auto add = [&](std::string_view method, std::string_view pattern, Reply (*handle)(const AccountParts&, Call&)) {
    routes.add({.method = method,
                .pattern = pattern,
                .permission = Permission::view,
                .body = Route::Body::json,
                .handle = [parts, handle](Call& call) { return handle(parts, call); }});
  };
  add("POST", "/me/totp", begin_totp);
  add("POST", "/me/totp/confirm", confirm_totp);
  add("DELETE", "/me/totp", remove_totp);
}

}  // namespace postern
