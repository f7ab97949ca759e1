// What admins do to their own accounts.
#include "admin/account_handlers.h"

#include <boost/json/array.hpp>

namespace postern {
namespace {

namespace json = boost::json;

Reply show_me(const AccountParts& parts, Call& call) {
  return json_reply(to_json(TRY(asking_admin(parts, call)).admin));
}

Reply rename_me(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  Fields fields(call.body);
  const auto name = fields.text("name", {.required = true, .max = 200});
  if (const auto problem = fields.finish()) return *problem;
  TRY(parts.store.change_admin(me.admin.id, {.name = *name}));
  Admin changed = me.admin;
  changed.name = *name;
  call.audit({"admin.edit", audit_target(me.admin), {{"name", me.admin.name}}, {{"name", *name}}});
  return json_reply(to_json(changed));
}

Reply change_password(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  Fields fields(call.body);
  const auto current = given_password(fields, "current");
  const auto next = new_password(fields, "new", me.admin.email);
  if (const auto problem = fields.finish()) return *problem;
  if (auto refused = confirm_password(parts, call, me, *current, "current")) return *std::move(refused);
  const std::string hash = TRY(parts.passwords.hash(*next));
  TRY(parts.store.set_password(me.admin.id, hash));
  const Sessions::Opened opened = TRY(parts.sessions.open(call, me.admin.id, false));
  call.audit({"password.change", audit_target(me.admin), nullptr, nullptr});
  http::Response response = no_content();
  response.headers.emplace_back("Set-Cookie", opened.cookie);
  response.headers.emplace_back("X-CSRF-Token", opened.csrf);  // It belongs to the new session.
  return response;
}

Reply list_my_sessions(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  json::array items;
  for (const Session& each : TRY(parts.store.sessions(me.admin.id))) {
    if (parts.sessions.is_alive(each)) items.push_back(to_json(each, call.principal.session));
  }
  return json_reply({{"items", std::move(items)}});
}

Reply end_my_session(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  TRY(parts.store.remove_session(me.admin.id, call.path.front()));
  call.audit({"session.end", audit_target(me.admin), {{"session", call.path.front()}}, nullptr});
  return no_content();
}

}  // namespace

void add_me_routes(Routes& routes, const AccountParts& parts) {
  const auto add = account_route_adder(routes, parts, Permission::view);
  add("GET", "/me", Route::Body::none, show_me);
  add("PATCH", "/me", Route::Body::json, rename_me);
  add("POST", "/me/password", Route::Body::json, change_password);
  add("GET", "/me/sessions", Route::Body::none, list_my_sessions);
  add("DELETE", "/me/sessions/{id}", Route::Body::none, end_my_session);
}

}  // namespace postern
