// What the handlers of accounts share.
#pragma once

#include "admin/account_routes.h"
#include "admin/fields.h"

#include <boost/json/object.hpp>

#include <string>

namespace postern {

void add_session_routes(Routes& routes, const AccountParts& parts);
void add_setup_routes(Routes& routes, const AccountParts& parts);
void add_me_routes(Routes& routes, const AccountParts& parts);
void add_totp_routes(Routes& routes, const AccountParts& parts);
void add_admin_routes(Routes& routes, const AccountParts& parts);
void add_token_routes(Routes& routes, const AccountParts& parts);
void add_audit_routes(Routes& routes, const AccountParts& parts);

// Adds routes that are open to whoever has `permission`: add(method, pattern, body, handler). `routes` must outlive it.
using AccountHandler = Reply (*)(const AccountParts&, Call&);
inline auto account_route_adder(Routes& routes, const AccountParts& parts, Permission permission) {
  return [&routes, parts, permission](std::string_view method, std::string_view pattern, Route::Body body,
                                      AccountHandler handle) {
    routes.add({.method = method,
                .pattern = pattern,
                .permission = permission,
                .body = body,
                .handle = [parts, handle](Call& call) { return handle(parts, call); }});
  };
}

boost::json::object to_json(const Admin& admin);
boost::json::object to_json(const Session& session, const std::string& current_id);
// "admin ada@example.com", for the audit log.
std::string audit_target(const Admin& admin);

// What GET /session says. `admin` null: nobody. With a cookie, if there is one to set.
boost::json::object session_json(std::string_view state, const std::string& csrf, const Admin* admin);

// Ends the login of `admin`, whose password was right: opens a session, or asks for the second factor.
Reply start_session(const AccountParts& parts, Call& call, const Admin& admin, bool totp_due, const AuditEntry& entry);

// A password that is to be set: at least 12 characters, at most 4,096 bytes, none of the common ones, not the e-mail
// address. Source: OWASP ASVS 5.0, 6.2.
std::optional<Secret> new_password(Fields& fields, std::string_view name, std::string_view email);
// A password that is to be compared.
std::optional<Secret> given_password(Fields& fields, std::string_view name);

// Is this the password of the admin? A problem if not, or if there were too many attempts.
std::optional<Reply> confirm_password(const AccountParts& parts, Call& call, const AdminRecord& admin,
                                      const Secret& password, std::string_view field);
Problem too_many_attempts(std::chrono::seconds wait);

// The admin who asks. Errors: unauthorized (a token asks), unavailable.
Result<AdminRecord> asking_admin(const AccountParts& parts, const Call& call);

// Makes a link and gives its address. Errors: unavailable.
Result<std::string> make_link(const AccountParts& parts, LinkKind kind, AdminId admin);

}  // namespace postern
