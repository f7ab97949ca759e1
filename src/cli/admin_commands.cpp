#include "cli/admin_commands.h"

#include "cli/account_commands.h"
#include "cli/output.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace postern {

Result<void> backup(Context& context, const std::string& file) {
  SqliteStore& store = *TRY(context.store());
  TRY(store.backup(file));
  if (context.json) {
    print_json(boost::json::object{{"file", file}});
    return {};
  }
  print_line(fmt::format("The database was copied to {}.", file));
  print_message(fmt::format("Keep the key file too: {}. Without it no webhook URL is recognised after a restore.",
                            key_path(context.effective.settings)));
  return {};
}

Result<bool> check(Context& context) {
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
  const Settings& settings = context.effective.settings;
  SqliteStore& store = *TRY(context.store());
  for (std::string& problem : TRY(store.check())) problems.push_back(std::move(problem));
  if (const auto writable = store.check_writable(); !writable) problems.push_back(writable.error().message);

  const CatalogData catalog = TRY(store.load_catalog());
  if (std::error_code ignored; !std::filesystem::exists(key_path(settings), ignored)) {
    if (!catalog.webhooks.empty() || TRY(store.last_audit_id()) > 0)
      problems.push_back(fmt::format("The key file {} is missing.", key_path(settings)));
  } else if (const auto vault = context.vault(); !vault) {
    problems.push_back(vault.error().message);
  } else {
    for (std::string& problem : TRY(check_audit(store, *vault))) problems.push_back(std::move(problem));
    for (const Webhook& webhook : catalog.webhooks) {
      for (const WebhookKey& key : webhook.keys) {
        if (vault->unseal(key.sealed)) continue;
        problems.push_back(
            fmt::format("Key {} of webhook {} was sealed with another key file.", key.id.value, webhook.id.value));
      }
    }
  }
  const Counts counts = TRY(store.counts());
  if (settings.server.public_url.empty()) {
    warnings.push_back("server.public_url is not set: webhook URLs show the address that the server listens on.");
  }
  if (settings.server.insecure_http) {
    warnings.push_back("server.insecure_http is on: webhook URLs may cross the network in the clear.");
  }
  for (const auto& [key, n] : TRY(store.outbox_counts())) {
    if (key.second != OutboxState::dead || n == 0) continue;
    warnings.push_back(fmt::format("{} effect(s) of the kind {} were given up: postern outbox list --state dead", n,
                                   to_word(key.first)));
  }
  if (context.json) {
    const auto list = [](const std::vector<std::string>& texts) {
      return boost::json::array(texts.begin(), texts.end());
    };
    print_json(boost::json::object{{"ok", problems.empty()},
                                   {"problems", list(problems)},
                                   {"warnings", list(warnings)},
                                   {"users", counts.users},
                                   {"memberships", counts.memberships},
                                   {"deliveries", counts.deliveries},
                                   {"outbox", counts.outbox}});
    return problems.empty();
  }
  for (const std::string& each : problems) print_line("problem: " + each);
  for (const std::string& each : warnings) print_line("warning: " + each);
  print_line(fmt::format("{} users, {} memberships, {} deliveries in the log. {}", counts.users, counts.memberships,
                         counts.deliveries, problems.empty() ? "No problem was found." : "See the problems above."));
  return problems.empty();
}

void print_config(const Context& context) {
  boost::json::object object;
  std::vector<std::vector<std::string>> rows;
  for (const EffectiveValue& each : context.effective.values) {
    object[each.key] = boost::json::object{{"value", each.value}, {"origin", each.origin}};
    rows.push_back({each.key, printable(each.value), printable(each.origin)});
  }
  if (context.json) {
    print_json(object);
  } else {
    print_table({"SETTING", "VALUE", "FROM"}, rows, "");
  }
}

}  // namespace postern
