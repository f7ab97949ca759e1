// What happened in the last week, what needs attention, and the settings in force.
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "config/definition.h"
#include "manage/mail_setup.h"
#include "manage/setting_faults.h"

#include <array>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kDays = 7;
constexpr std::chrono::hours kSilent{24 * 7};
constexpr std::chrono::hours kExpiresSoon{24 * 3};

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

std::string deliveries_in_words(std::int64_t n) {
  return n == 1 ? "1 delivery" : std::to_string(n) + " deliveries";
}

class Attention {
 public:
  void add(std::string_view kind, const std::string& text, const std::string& link) {
    items_.push_back(
        {{"kind", word(kind)}, {"text", text}, {"link", link.empty() ? json::value(nullptr) : json::value(link)}});
  }
  json::array take() { return std::move(items_); }

 private:
  json::array items_;
};

// Nobody is lost, but nobody gets in either as long as it lasts.
void look_at_held(const Webhook& webhook, const HeldNow& held, Attention& attention) {
  const std::string since = to_rfc3339(held.since);
  const std::string what = (held.requests == 1 ? "1 request" : std::to_string(held.requests) + " requests") + " to '" +
                           webhook.name + (held.requests == 1 ? "' has been" : "' have been") + " held since " +
                           since.substr(0, 10) + " " + since.substr(11, 5) + " UTC";
  const bool paused = webhook.state == WebhookState::paused;
  attention.add(
      "held",
      what + (paused ? ", because the webhook is paused. What is held is applied, in order, when it is resumed."
                     : ". What is held is being applied; if this stays, look at the log of the server."),
      "/webhooks/" + std::to_string(webhook.id.value));
}

void look_at(const Webhook& webhook, const WebhookNumbers& numbers, WallTime now, Attention& attention) {
  const std::string number = std::to_string(webhook.id.value);
  const std::string link = "/webhooks/" + number;
  const std::string log = "/deliveries?webhook=" + number + "&status=";
  if (const auto n = count_of(numbers.day, DeliveryStatus::failed); n > 0) {
    attention.add("failed",
                  deliveries_in_words(n) + " to '" + webhook.name +
                      "' failed in the last 24 hours. Look at why, and replay them when it is mended.",
                  log + "failed");
  }
  if (const auto n = count_of(numbers.day, DeliveryStatus::rejected); n > 0) {
    attention.add("rejected",
                  deliveries_in_words(n) + " to '" + webhook.name + (n == 1 ? "' was" : "' were") +
                      " refused in the last 24 hours. Each says what its sender has to change.",
                  log + "rejected");
  }
  if (numbers.held) look_at_held(webhook, *numbers.held, attention);
  if (webhook.state == WebhookState::active) {
    const WallTime last = numbers.last.value_or(webhook.created_at);
    if (now - last > kSilent) {
      attention.add("silent",
                    "'" + webhook.name + "' has received nothing since " + to_rfc3339(last).substr(0, 10) +
                        ". If that is no surprise, pause it; else see whether its sender still has the right URL.",
                    link);
    }
  }
  for (const WebhookKey& key : webhook.keys) {
    if (!key.expires_at || *key.expires_at <= now || *key.expires_at - now > kExpiresSoon) continue;
    attention.add("expiring_key",
                  "An old URL of '" + webhook.name + "' stops working at " + to_rfc3339(*key.expires_at) +
                      ". Every sender has to have the new one by then.",
                  link);
  }
}

// What will keep requests out, or does already.
void look_at(const Webhook& webhook, const PresetLibrary& presets, WallTime now, Attention& attention) {
  if (webhook.state == WebhookState::disabled) return;
  const std::string link = "/webhooks/" + std::to_string(webhook.id.value) + "?tab=";
  if (lacks_secret(presets, webhook.source, now)) {
    attention.add("secret",
                  "'" + webhook.name +
                      "' has no secret to prove its requests with, so all of them are refused. Enter the "
                      "one that its sender shows.",
                  link + "source");
  }
  const auto& end = webhook.protection.expires_at;
  if (end && *end - now <= kExpiresSoon) {
    attention.add("expiring_webhook",
                  "'" + webhook.name +
                      (*end > now ? "' takes no requests any more from " : "' takes no requests any more since ") +
                      to_rfc3339(*end) + ". If it is still needed, move its expiry.",
                  link + "protection");
  }
}

void look_at(const Hooks& hooks, Attention& attention) {
  for (const auto& file : hooks.current()->files()) {
    if (!file->problem()) continue;
    attention.add("script", "A script cannot be used: " + utf8::sanitized(*file->problem()) + ".", "/hooks");
  }
}

void look_at(const Endpoint& endpoint, Attention& attention) {
  if (endpoint.health.problem.empty()) return;
  const std::string link = "/endpoints/" + std::to_string(endpoint.id.value);
  if (endpoint.paused) {
    attention.add("endpoint_paused",
                  "The endpoint '" + endpoint.name + "' was paused, it is told nothing any more. " +
                      endpoint.health.problem + " Resume it when it works again.",
                  link);
  } else {
    attention.add("endpoint_failing",
                  "Events do not arrive at the endpoint '" + endpoint.name + "'; they are tried again. " +
                      endpoint.health.problem,
                  link);
  }
}

Reply overview(const ResourceParts& parts, Call& call) {
  QueryFields query(call);
  if (const auto problem = query.finish()) return *problem;
  const WallTime now = parts.clock.now();
  const WallTime first = std::chrono::floor<std::chrono::days>(now) - std::chrono::days{kDays - 1};
  const CatalogData catalog = TRY(parts.store.load_catalog());
  const WebhookActivity activity = TRY(WebhookActivity::load(parts.store, now));
  const Counts counts = TRY(parts.store.counts());

  std::array<std::array<std::int64_t, kDeliveryStatuses.size()>, kDays> by_status{};
  std::array<std::int64_t, kDays> new_members{};
  std::map<WebhookId, std::array<std::int64_t, kDays>> by_webhook;
  for (const DeliveryCount& each : TRY(parts.store.delivery_counts(first, std::chrono::hours{24}))) {
    const auto day = static_cast<std::size_t>((each.from - first) / std::chrono::hours{24});
    const auto status = static_cast<std::size_t>(each.status);
    if (day >= kDays || status >= by_status[day].size()) continue;
    by_status[day][status] += each.deliveries;
    new_members[day] += each.new_users;
    by_webhook[each.webhook][day] += each.deliveries;
  }
  json::array days;
  for (std::size_t i = 0; i < kDays; ++i) {
    json::object day{{"date", to_rfc3339(first + std::chrono::days{i}).substr(0, 10)}, {"new_members", new_members[i]}};
    for (const auto status : kDeliveryStatuses) {
      day[json::string_view(to_word(status).data(), to_word(status).size())] =
          by_status[i][static_cast<std::size_t>(status)];
    }
    days.push_back(std::move(day));
  }
  json::array webhooks;
  Attention attention;
  for (const Webhook& webhook : catalog.webhooks) {
    const auto& its_days = by_webhook[webhook.id];
    const WebhookNumbers numbers = activity.of(webhook.id);
    webhooks.push_back({{"id", webhook.id.value},
                        {"name", webhook.name},
                        {"state", word(to_word(webhook.state))},
                        {"days", json::array(its_days.begin(), its_days.end())},
                        {"held", numbers.held ? numbers.held->requests : 0}});
    look_at(webhook, numbers, now, attention);
    look_at(webhook, parts.presets, now, attention);
  }
  if (parts.hooks != nullptr) look_at(*parts.hooks, attention);
  for (const Endpoint& endpoint : TRY(parts.store.endpoints())) look_at(endpoint, attention);
  for (const std::string& warning : mail_warnings(parts.effective.settings, catalog)) {
    attention.add("mail", warning, "/mail");
  }
  for (const auto& [key, n] : TRY(parts.store.outbox_counts())) {
    if (key.second != OutboxState::dead || n == 0) continue;
    const std::string kind(to_word(key.first));
    attention.add("outbox", std::to_string(n) + " effects of the kind " + kind + " were given up. See why, and retry.",
                  "/outbox?state=dead&kind=" + kind);
  }
  if (parts.effective.settings.server.public_url.empty()) {
    attention.add(
        "public_url",
        "server.public_url is not set, so webhook URLs begin with the address that the server listens on. Set "
        "it to what senders reach.",
        "/settings");
  }
  std::int64_t courses = 0;
  for (const Space& space : catalog.spaces) courses += space.kind == SpaceKind::course ? 1 : 0;
  json::object totals{{"users", counts.users},
                      {"spaces", static_cast<std::int64_t>(catalog.spaces.size()) - courses},
                      {"courses", courses},
                      {"webhooks", catalog.webhooks.size()},
                      {"deliveries", counts.deliveries},
                      {"outbox", counts.outbox}};
  return json_reply({{"days", std::move(days)},
                     {"webhooks", std::move(webhooks)},
                     {"attention", attention.take()},
                     {"counts", std::move(totals)}});
}

Reply settings(const ResourceParts& parts, Call& call) {
  QueryFields query(call);
  if (const auto problem = query.finish()) return *problem;
  const Settings defaults;
  json::array items;
  for (const SettingDefinition& each : setting_definitions()) {
    json::object item{{"key", word(each.key)},         {"value", nullptr},
                      {"origin", "default"},           {"about", word(each.about)},
                      {"expects", word(each.expects)}, {"default", each.write(defaults)}};
    for (const EffectiveValue& value : parts.effective.values) {
      if (value.key != each.key) continue;
      item["value"] = value.value;
      item["origin"] = value.origin;
    }
    items.push_back(std::move(item));
  }
  return json_reply({{"items", std::move(items)},
                     {"version", POSTERN_VERSION},
                     {"started_at", to_rfc3339(parts.started_at)},
                     {"listen", parts.listen},
                     {"public_url", parts.effective.settings.server.public_url}});
}

}  // namespace

void add_overview_routes(Routes& routes, const SharedParts& parts) {
  routes.add({"GET", "/overview", Permission::view, Route::Body::none,
              [parts](Call& call) { return overview(*parts, call); }});
  routes.add({"GET", "/settings", Permission::view, Route::Body::none,
              [parts](Call& call) { return settings(*parts, call); }});
}

}  // namespace postern
