#include "cli/webhook_commands.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "cli/webhook_report.h"
#include "manage/webhooks.h"
#include "pipeline/route.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postern {
namespace {

Result<std::vector<SpaceId>> resolve(const CatalogData& catalog, SpaceKind kind,
                                     const std::vector<std::string>& names) {
  std::vector<SpaceId> out;
  out.reserve(names.size());
  for (const std::string& name : names) out.push_back(TRY(find_space(catalog, kind, name)).id);
  return out;
}

Result<void> apply(Context& context, const CatalogData& catalog, const WebhookFlags& flags, Webhook& webhook) {
  if (flags.name) {
    if (flags.name->empty() || flags.name->size() > kMaxNameBytes || printable(*flags.name) != *flags.name) {
      return Error{Errc::invalid, "--name must be 1 to 200 bytes of text without control characters.", ""};
    }
    webhook.name = *flags.name;
  }
  struct List {
    const char* flag;
    const std::vector<std::string>& names;
    SpaceKind kind;
    std::vector<SpaceId>& target;
  };
  Effects& e = webhook.effects;
  for (const List& list : {List{"add-space", flags.add_spaces, SpaceKind::space, e.add_spaces},
                           List{"remove-space", flags.remove_spaces, SpaceKind::space, e.remove_spaces},
                           List{"add-course", flags.add_courses, SpaceKind::course, e.add_courses},
                           List{"remove-course", flags.remove_courses, SpaceKind::course, e.remove_courses}}) {
    if (std::find(flags.clear.begin(), flags.clear.end(), list.flag) != flags.clear.end()) list.target.clear();
    if (!list.names.empty()) list.target = TRY(resolve(catalog, list.kind, list.names));
  }
  if (flags.welcome_email) e.welcome_email = *flags.welcome_email;
  TRY(apply_source(context, catalog, flags.source, flags.clear, webhook));
  return apply_protection(context, flags.protection, flags.clear, webhook);
}

// Only a form can be tried by hand: what a sender proves its requests with is not at hand.
void print_url(const std::string& url, const Webhook& webhook) {
  print_line("URL: " + url);
  if (webhook.source.name != kFormSource) {
    return print_line("The URL is a password: enter it where the sender sends its webhooks to, and nowhere else.");
  }
  print_line("The URL is a password: who has it can add people. Try it with:");
  print_line(fmt::format("  curl -d email=ada@example.com -d first_name=Ada '{}'", url));
}

boost::json::object with_activity(const Webhook& webhook, const WebhookActivity& activity) {
  boost::json::object out = to_json(webhook);
  for (auto& [name, value] : activity.json(webhook.id)) out[name] = std::move(value);
  return out;
}

}  // namespace

Result<void> add_webhook(Context& context, const WebhookFlags& flags) {
  SqliteStore& store = *TRY(context.store(true));
  const KeyVault vault = TRY(context.vault());
  const CatalogData catalog = TRY(store.load_catalog());
  Webhook webhook;
  webhook.created_at = context.clock.now();
  TRY(apply(context, catalog, flags, webhook));
  const MadeWebhook made = TRY(make_webhook(store, vault, context.random, std::move(webhook), context.base_url()));
  if (context.json) {
    boost::json::object out = to_json(made.webhook);
    out["url"] = made.url;
    print_json(out);
    return {};
  }
  print_line(fmt::format("Added webhook {} '{}': {}.", made.webhook.id.value, printable(made.webhook.name),
                         printable(webhook_in_words(catalog, made.webhook))));
  print_url(made.url, made.webhook);
  print_source_warnings(context.presets(), made.webhook, context.clock.now());
  return {};
}

Result<void> list_webhooks(Context& context) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  const WebhookActivity activity = TRY(WebhookActivity::load(store, context.clock.now()));
  boost::json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const Webhook& webhook : catalog.webhooks) {
    list.push_back(with_activity(webhook, activity));
    const WebhookNumbers numbers = activity.of(webhook.id);
    rows.push_back({std::to_string(webhook.id.value), printable(webhook.name), std::string(to_word(webhook.state)),
                    source_cell(webhook), held_cell(numbers), counts_in_words(numbers.day),
                    printable(webhook_in_words(catalog, webhook))});
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table({"NUMBER", "NAME", "STATE", "SOURCE", "HELD", "LAST 24 HOURS", "WHAT IT DOES"}, rows,
                "There is no webhook yet. Make one with: postern webhook add --name … --add-space …");
  }
  return {};
}

Result<void> show_webhook(Context& context, const std::string& number, bool reveal_url) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  const Webhook webhook = TRY(find_webhook(catalog, number));
  std::string url;
  if (reveal_url && !webhook.keys.empty()) {
    const KeyVault vault = TRY(context.vault());
    url = TRY(url_of(webhook, vault, context.base_url()));
  }
  const WebhookActivity activity = TRY(WebhookActivity::load(store, context.clock.now()));
  if (context.json) {
    boost::json::object out = with_activity(webhook, activity);
    if (!url.empty()) out["url"] = url;
    print_json(out);
    return {};
  }
  print_line(fmt::format("webhook {} '{}'\nstate    {}\ndoes     {}\ncreated  {}", webhook.id.value,
                         printable(webhook.name), to_word(webhook.state), printable(webhook_in_words(catalog, webhook)),
                         to_rfc3339(webhook.created_at)));
  print_source(context.presets(), catalog, webhook);
  print_protection(webhook);
  for (const WebhookKey& key : webhook.keys) {
    print_line(fmt::format("key {}    made {}{}", key.id.value, to_rfc3339(key.created_at),
                           key.expires_at ? ", accepted until " + to_rfc3339(*key.expires_at) : ""));
  }
  print_activity(webhook, activity.of(webhook.id));
  if (url.empty()) {
    print_line("url      hidden; --reveal-url shows it");
  } else {
    print_url(url, webhook);
  }
  print_source_warnings(context.presets(), webhook, context.clock.now());
  return {};
}

Result<void> edit_webhook(Context& context, const std::string& number, const WebhookFlags& flags) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  Webhook webhook = TRY(find_webhook(catalog, number));
  TRY(apply(context, catalog, flags, webhook));
  TRY(store.update_webhook(webhook));
  if (context.json) {
    print_json(to_json(webhook));
  } else {
    print_line(fmt::format("Changed webhook {} '{}': {}.", webhook.id.value, printable(webhook.name),
                           printable(webhook_in_words(catalog, webhook))));
    print_source_warnings(context.presets(), webhook, context.clock.now());
  }
  return {};
}

Result<void> rotate_webhook(Context& context, const std::string& number, const std::string& grace) {
  const auto time = parse_duration(grace);
  if (!time) return Error{Errc::invalid, "--grace must be a time such as 0s, 30m, 24h or 7d.", ""};
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  const CatalogData catalog = TRY(store.load_catalog());
  Webhook webhook = TRY(find_webhook(catalog, number));
  const WallTime now = context.clock.now();
  const Secret key = add_key(webhook, vault, context.random, now, *time);
  TRY(store.update_webhook(webhook));
  const std::string url = webhook_url(context.base_url(), key.reveal());
  if (context.json) {
    boost::json::object out = to_json(webhook);
    out["url"] = url;
    print_json(out);
    return {};
  }
  print_line(fmt::format("Webhook {} has a new key (number {}). The old URL works until {}.", webhook.id.value,
                         webhook.keys.front().id.value, to_rfc3339(now + *time)));
  print_url(url, webhook);
  return {};
}

Result<void> set_webhook_state(Context& context, const std::string& number, WebhookState state) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  Webhook webhook = TRY(find_webhook(catalog, number));
  if (state == WebhookState::disabled) {
    TRY(confirm(context, fmt::format("Switch webhook '{}' off for good? Senders are told to stop (410).",
                                     printable(webhook.name))));
  }
  webhook.state = state;
  TRY(store.update_webhook(webhook));
  if (context.json) {
    print_json(to_json(webhook));
  } else {
    print_line(fmt::format("Webhook {} '{}' is {} now.", webhook.id.value, printable(webhook.name), to_word(state)));
  }
  return {};
}

Result<void> remove_webhook(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  const Webhook webhook = TRY(find_webhook(catalog, number));
  TRY(confirm(context,
              fmt::format("Remove webhook '{}'? Its URL will be unknown (404); its deliveries stay in the log.",
                          printable(webhook.name))));
  TRY(store.remove_webhook(webhook.id));
  if (context.json) {
    print_json(to_json(webhook));
  } else {
    print_line(fmt::format("Removed webhook {} '{}'.", webhook.id.value, printable(webhook.name)));
  }
  return {};
}

}  // namespace postern
