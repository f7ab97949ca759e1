// What owners do to admins.
#include "admin/account_handlers.h"
#include "identity/email.h"

#include <boost/json/array.hpp>

namespace postern {
namespace {

namespace json = boost::json;

Reply list_admins(const AccountParts& parts, Call&) {
  json::array items;
  for (const AdminRecord& each : TRY(parts.store.admins())) items.push_back(to_json(each.admin));
  return json_reply({{"items", std::move(items)}});
}

std::optional<AdminRole> role_of(Fields& fields, bool required) {
  const auto word = fields.text("role", {.required = required});
  if (!word) return std::nullopt;
  const auto role = parse_admin_role(*word);
  if (!role) fields.wrong("role", "is none of viewer, admin and owner");
  return role;
}

Reply add_admin(const AccountParts& parts, Call& call) {
  Fields fields(call.body);
  const auto email = fields.text("email", {.required = true, .max = 100});
  const auto name = fields.text("name", {.required = true, .max = 200});
  const auto role = role_of(fields, true);
  const auto address = email ? identity::parse_email(*email) : std::nullopt;
  if (email && !address) fields.wrong("email", "is no e-mail address");
  if (const auto problem = fields.finish()) return *problem;
  Admin admin{.email = *address, .name = *name, .role = *role, .pending = true, .created_at = parts.clock.now()};
  admin.id = TRY(parts.store.add_admin(admin, identity::email_key(*address)));
  const std::string link = TRY(make_link(parts, LinkKind::invite, admin.id));
  call.audit({"admin.add", audit_target(admin), nullptr, to_json(admin)});
  return json_reply({{"admin", to_json(admin)}, {"link", link}}, 201);
}

Reply edit_admin(const AccountParts& parts, Call& call) {
  const std::optional<AdminRecord> before = TRY(parts.store.find_admin({call.id()}));
  if (!before) return no_such("admin");
  Fields fields(call.body);
  AdminChange change;
  change.name = fields.text("name", {.max = 200});
  change.role = role_of(fields, false);
  change.disabled = fields.boolean("disabled");
  if (const auto problem = fields.finish()) return *problem;
  TRY(parts.store.change_admin(before->admin.id, change));
  const std::optional<AdminRecord> after = TRY(parts.store.find_admin(before->admin.id));
  if (!after) return no_such("admin");
  call.audit({"admin.edit", audit_target(before->admin), to_json(before->admin), to_json(after->admin)});
  return json_reply(to_json(after->admin));
}

Reply remove_admin(const AccountParts& parts, Call& call) {
  const std::optional<AdminRecord> before = TRY(parts.store.find_admin({call.id()}));
  if (!before) return no_such("admin");
  TRY(parts.store.remove_admin(before->admin.id));
  call.audit({"admin.remove", audit_target(before->admin), to_json(before->admin), nullptr});
  return no_content();
}

Reply reset_admin(const AccountParts& parts, Call& call) {
  const std::optional<AdminRecord> found = TRY(parts.store.find_admin({call.id()}));
  if (!found) return no_such("admin");
  if (found->admin.disabled) {
    return Problem{409, "conflict", "This admin is disabled, so no link would work. Enable the account first."};
  }
  const LinkKind kind = found->admin.pending ? LinkKind::invite : LinkKind::reset;
  const std::string link = TRY(make_link(parts, kind, found->admin.id));
  call.audit({"admin.reset", audit_target(found->admin), nullptr, nullptr});
  return json_reply({{"link", link}});
}

Reply list_sessions(const AccountParts& parts, Call& call) {
  const std::optional<AdminRecord> found = TRY(parts.store.find_admin({call.id()}));
  if (!found) return no_such("admin");
  json::array items;
  for (const Session& each : TRY(parts.store.sessions(found->admin.id))) {
    if (parts.sessions.is_alive(each)) items.push_back(to_json(each, call.principal.session));
  }
  return json_reply({{"items", std::move(items)}});
}

Reply end_sessions(const AccountParts& parts, Call& call) {
  const std::optional<AdminRecord> found = TRY(parts.store.find_admin({call.id()}));
  if (!found) return no_such("admin");
  TRY(parts.store.remove_sessions(found->admin.id));
  call.audit({"session.end", audit_target(found->admin), {{"sessions", "all"}}, nullptr});
  return no_content();
}

}  // namespace

void add_admin_routes(Routes& routes, const AccountParts& parts) {
  const auto add = account_route_adder(routes, parts, Permission::own);
  add("GET", "/admins", Route::Body::none, list_admins);
  add("POST", "/admins", Route::Body::json, add_admin);
  add("PATCH", "/admins/{id}", Route::Body::json, edit_admin);
  add("DELETE", "/admins/{id}", Route::Body::none, remove_admin);
  add("POST", "/admins/{id}/reset", Route::Body::none, reset_admin);
  add("GET", "/admins/{id}/sessions", Route::Body::none, list_sessions);
  add("DELETE", "/admins/{id}/sessions", Route::Body::none, end_sessions);
}

}  // namespace postern
