// One-time links: the first owner, invitations, resets.
#include "admin/account_handlers.h"
#include "crypto/account_secrets.h"
#include "identity/email.h"

namespace postern {
namespace {

Problem used_up() {
  return {404, "not_found", "This link does not work: it was used, has expired, or was replaced. Ask for a new one."};
}

struct Opened {
  OneTimeLink link;
  Admin admin;  // Empty for `first`.
};

Result<std::optional<Opened>> find(const AccountParts& parts, const Call& call) {
  const std::optional<OneTimeLink> link =
      TRY(parts.store.find_link(link_hash(parts.vault, call.path.front()), parts.clock.now()));
  if (!link) return std::optional<Opened>();
  if (link->kind == LinkKind::first) return std::optional(Opened{*link, {}});
  const std::optional<AdminRecord> admin = TRY(parts.store.find_admin(link->admin));
  if (!admin) return std::optional<Opened>();
  return std::optional(Opened{*link, admin->admin});
}

Reply show_link(const AccountParts& parts, Call& call) {
  const std::optional<Opened> opened = TRY(find(parts, call));
  if (!opened) return used_up();
  const bool first = opened->link.kind == LinkKind::first;
  const auto text = [&](const std::string& value) {
    return first ? boost::json::value(nullptr) : boost::json::value(value);
  };
  const std::string_view kind = to_word(opened->link.kind);
  return json_reply({{"kind", boost::json::string_view(kind.data(), kind.size())},
                     {"email", text(opened->admin.email)},
                     {"name", text(opened->admin.name)}});
}

Reply redeem(const AccountParts& parts, Call& call) {
  const std::optional<Opened> opened = TRY(find(parts, call));
  if (!opened) return used_up();
  const bool first = opened->link.kind == LinkKind::first;
  Fields fields(call.body);
  Redemption entered;
  const auto email = fields.text("email", {.required = first, .max = 100});
  entered.name = fields.text("name", {.required = first, .max = 200}).value_or("");
  if (first && email) {
    const auto address = identity::parse_email(*email);
    if (!address) fields.wrong("email", "is no e-mail address");
    entered.email = address.value_or("");
    entered.email_key = identity::email_key(entered.email);
  }
  const auto password = new_password(fields, "password", first ? entered.email : opened->admin.email);
  if (const auto problem = fields.finish()) return *problem;

  entered.password_hash = TRY(parts.passwords.hash(*password));
  const Result<AdminId> redeemed = parts.store.redeem_link(opened->link.hash, parts.clock.now(), entered);
  if (!redeemed && redeemed.error().code == Errc::not_found) return used_up();
  const AdminId id = TRY(redeemed);
  const std::optional<AdminRecord> record = TRY(parts.store.find_admin(id));
  if (!record) return used_up();
  const Admin& admin = record->admin;
  const std::string action = "link." + std::string(to_word(opened->link.kind));
  return start_session(parts, call, admin, admin.totp,
                       {action, audit_target(admin), nullptr, first ? boost::json::value(to_json(admin)) : nullptr});
}

}  // namespace

void add_setup_routes(Routes& routes, const AccountParts& parts) {
  routes.add(
      {.method = "GET", .pattern = "/setup/{token}", .handle = [parts](Call& call) { return show_link(parts, call); }});
  routes.add({.method = "POST", .pattern = "/setup/{token}", .body = Route::Body::json, .handle = [parts](Call& call) {
                return redeem(parts, call);
              }});
}

}  // namespace postern
