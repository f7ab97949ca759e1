#include "cli/account_commands.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "crypto/account_secrets.h"
#include "identity/email.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace postern {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kRowsAtOnce = 1000;

Result<Admin> find_admin(SqliteStore& store, const std::string& email) {
  const std::optional<AdminRecord> found = TRY(store.find_admin_by_email(identity::email_key(email)));
  if (found) return found->admin;
  return Error{Errc::not_found,
               fmt::format("There is no admin with the address {}. `postern admin list` shows all.", printable(email)),
               ""};
}

boost::json::object to_json(const Admin& admin) {
  return {{"id", admin.id.value},
          {"email", admin.email},
          {"name", admin.name},
          {"role", std::string(to_word(admin.role))},
          {"disabled", admin.disabled},
          {"totp", admin.totp},
          {"pending", admin.pending},
          {"created_at", to_rfc3339(admin.created_at)},
          {"last_login_at",
           admin.last_login_at ? boost::json::value(to_rfc3339(*admin.last_login_at)) : boost::json::value(nullptr)}};
}

Result<void> write_down(Context& context, SqliteStore& store, const KeyVault& vault, const std::string& action,
                        const Admin& admin, const boost::json::value& after) {
  const AuditRow row{.at = context.clock.now(),
                     .actor = "command line",
                     .action = action,
                     .target = "admin " + admin.email,
                     .after = after.is_null() ? std::string() : boost::json::serialize(after)};
  TRY(store.append_audit(
      row, [&](const KeyHash& previous, const AuditRow& numbered) { return audit_hash(vault, previous, numbered); }));
  return {};
}

Result<std::string> make_link(Context& context, SqliteStore& store, const KeyVault& vault, const Admin& admin) {
  const WallTime now = context.clock.now();
  const Secret secret = make_link_secret(context.random);
  TRY(store.add_link({.hash = link_hash(vault, secret.reveal()),
                      .kind = admin.pending ? LinkKind::invite : LinkKind::reset,
                      .admin = admin.id,
                      .created_at = now,
                      .expires_at = now + kLinkLifetime}));
  return setup_url(context.base_url(), secret);
}

void print_link(const Context& context, const Admin& admin, const std::string& link, const std::string& sentence) {
  if (context.json) return print_json(boost::json::object{{"admin", to_json(admin)}, {"link", link}});
  print_line(sentence);
  print_line("Link: " + link);
  print_line("It works once, for 60 minutes. Who has it sets the password: hand it on in private.");
}

Result<Admin> read_flags(Context& context, SqliteStore& store, const AdminFlags& flags) {
  Admin admin{.name = flags.name, .pending = true, .created_at = context.clock.now()};
  const auto email = identity::parse_email(flags.email);
  if (!email) return Error{Errc::invalid, "--email must be an e-mail address.", ""};
  admin.email = *email;
  if (flags.name.empty() || flags.name.size() > kMaxNameBytes || printable(flags.name) != flags.name) {
    return Error{Errc::invalid, "--name must be 1 to 200 bytes of text without control characters.", ""};
  }
  admin.role = TRY(store.admins()).empty() ? AdminRole::owner : AdminRole::admin;
  if (!flags.role.empty()) {
    const auto role = parse_admin_role(flags.role);
    if (!role) return Error{Errc::invalid, "--role must be viewer, admin or owner.", ""};
    admin.role = *role;
  }
  return admin;
}

}  // namespace

Result<void> add_admin(Context& context, const AdminFlags& flags) {
  SqliteStore& store = *TRY(context.store(true));
  const KeyVault vault = TRY(context.vault());
  Admin admin = TRY(read_flags(context, store, flags));
  admin.id = TRY(store.add_admin(admin, identity::email_key(admin.email)));
  TRY(write_down(context, store, vault, "admin.add", admin, to_json(admin)));
  const std::string link = TRY(make_link(context, store, vault, admin));
  print_link(context, admin, link, fmt::format("Added {} {}.", to_word(admin.role), printable(admin.email)));
  return {};
}

Result<void> reset_admin(Context& context, const std::string& email, bool second_factor) {
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  const Admin admin = TRY(find_admin(store, email));
  if (admin.disabled) {
    return Error{Errc::conflict,
                 fmt::format("{} is disabled, so no link would work. Run first: postern admin enable {}",
                             printable(admin.email), printable(admin.email)),
                 ""};
  }
  if (second_factor) {
    TRY(store.remove_totp(admin.id));
    TRY(write_down(context, store, vault, "totp.off", admin, nullptr));
  }
  const std::string link = TRY(make_link(context, store, vault, admin));
  TRY(write_down(context, store, vault, "admin.reset", admin, nullptr));
  print_link(context, admin, link, fmt::format("{} can set another password.", printable(admin.email)));
  return {};
}

Result<void> list_admins(Context& context) {
  SqliteStore& store = *TRY(context.store());
  boost::json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const AdminRecord& each : TRY(store.admins())) {
    const Admin& admin = each.admin;
    list.push_back(to_json(admin));
    rows.push_back({printable(admin.email), printable(admin.name), std::string(to_word(admin.role)),
                    admin.disabled  ? "disabled"
                    : admin.pending ? "no password yet"
                    : admin.totp    ? "second factor"
                                    : "",
                    admin.last_login_at ? to_rfc3339(*admin.last_login_at) : "never"});
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table(
        {"EMAIL", "NAME", "ROLE", "STATE", "LAST LOGIN"}, rows,
        "There is no admin yet. Open the link that `postern serve` prints, or run: postern admin add --email …");
  }
  return {};
}

Result<void> set_admin_disabled(Context& context, const std::string& email, bool disabled) {
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  Admin admin = TRY(find_admin(store, email));
  TRY(store.change_admin(admin.id, {.disabled = disabled}));
  admin.disabled = disabled;
  TRY(write_down(context, store, vault, "admin.edit", admin, boost::json::object{{"disabled", disabled}}));
  if (context.json) {
    print_json(to_json(admin));
  } else {
    print_line(fmt::format("{} {}.", printable(admin.email),
                           disabled ? "is disabled now; all sessions have ended" : "can log in again"));
  }
  return {};
}

Result<std::vector<std::string>> check_audit(SqliteStore& store, const KeyVault& vault) {
  std::vector<std::string> problems;
  const std::int64_t last = TRY(store.last_audit_id());
  std::int64_t at = 0;
  KeyHash previous{};
  while (true) {
    const std::vector<AuditRow> rows = TRY(store.audit({.after = at, .limit = kRowsAtOnce}));
    for (const AuditRow& row : rows) {
      if (row.id != at + 1)
        problems.push_back(fmt::format("Rows {} to {} of the audit log are missing.", at + 1, row.id - 1));
      if (!constant_time_equal(row.hash, audit_hash(vault, previous, row))) {
        problems.push_back(fmt::format("Row {} of the audit log, or the one before it, was changed.", row.id));
      }
      previous = row.hash;
      at = row.id;
    }
    if (rows.size() < kRowsAtOnce || problems.size() > 20) break;
  }
  if (at < last && problems.size() <= 20) {
    problems.push_back(fmt::format("Rows {} to {} of the audit log are missing.", at + 1, last));
  }
  return problems;
}

}  // namespace postern
