#include "cli/endpoint_commands.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "effects/outgoing/events.h"
#include "effects/outgoing/performers.h"
#include "manage/endpoints.h"
#include "manage/webhooks.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace postern {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

json::object to_json(const Endpoint& endpoint) {
  json::array keys;
  for (const EndpointKey& key : endpoint.keys) {
    keys.push_back({{"id", key.id.value},
                    {"created_at", to_rfc3339(key.created_at)},
                    {"expires_at", time_or_null(key.expires_at)}});
  }
  return {{"id", endpoint.id.value},
          {"name", endpoint.name},
          {"url", endpoint.url},
          {"events", json::array(endpoint.events.begin(), endpoint.events.end())},
          {"state", std::string(to_word(endpoint.state()))},
          {"problem", endpoint.health.problem.empty() ? json::value(nullptr) : json::value(endpoint.health.problem)},
          {"created_at", to_rfc3339(endpoint.created_at)},
          {"last_success_at", time_or_null(endpoint.health.last_success_at)},
          {"last_failure_at", time_or_null(endpoint.health.last_failure_at)},
          {"keys", std::move(keys)}};
}

std::string events_in_words(const Endpoint& endpoint) {
  if (endpoint.events.empty()) return "all events";
  std::string out;
  for (const std::string& each : endpoint.events) out += (out.empty() ? "" : ", ") + each;
  return out;
}

std::string named(const Endpoint& endpoint) {
  return fmt::format("endpoint {} '{}'", endpoint.id.value, printable(endpoint.name));
}

Result<Endpoint> find(SqliteStore& store, std::string_view number) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (error == std::errc() && end == number.data() + number.size()) {
    if (std::optional<Endpoint> found = TRY(store.find_endpoint({id}))) return *std::move(found);
  }
  return Error{Errc::not_found,
               fmt::format("There is no endpoint {}. `postern endpoint list` shows their numbers.", printable(number)),
               ""};
}

Result<void> apply(const Settings& settings, const EndpointFlags& flags, Endpoint& endpoint) {
  if (flags.name) {
    if (flags.name->empty() || flags.name->size() > kMaxNameBytes || printable(*flags.name) != *flags.name) {
      return Error{Errc::invalid, "--name must be 1 to 200 bytes of text without control characters.", ""};
    }
    endpoint.name = *flags.name;
  }
  if (flags.url) {
    TRY(check_url(*flags.url, sender_options(settings).policy));
    endpoint.url = *flags.url;
  }
  if (flags.all_events) endpoint.events.clear();
  if (flags.events.empty()) return {};
  TRY(check_events(flags.events));
  endpoint.events = flags.events;
  for (const std::string& each : flags.events) {
    const auto& own = event_types();
    const bool ours = std::any_of(own.begin(), own.end(), [&](const EventType& type) { return type.type == each; });
    if (!ours) print_message(fmt::format("Note: '{}' is no event of Postern's own; only a script can emit it.", each));
  }
  return {};
}

void print_secret(const Secret& secret) {
  print_line(fmt::format("Secret: {}", secret.reveal()));
  print_line("The receiver checks the signature of each event with it, see docs/events.md.");
}

// A change has been written: says so, or prints what it is now.
Result<void> report(const Context& context, SqliteStore& store, const Endpoint& before, const std::string& sentence) {
  if (!context.json) return print_line(sentence), Result<void>();
  const std::optional<Endpoint> now = TRY(store.find_endpoint(before.id));
  print_json(to_json(now.value_or(before)));
  return {};
}

}  // namespace

SenderOptions sender_options(const Settings& settings) {
  return {.policy = {.allow = settings.outgoing.allow, .ports = settings.outgoing.ports},
          .timeout = settings.outgoing.timeout,
          .ca_file = settings.outgoing.ca_file};
}

Result<void> add_endpoint(Context& context, const EndpointFlags& flags) {
  Endpoint endpoint;
  endpoint.created_at = context.clock.now();
  TRY(apply(context.effective.settings, flags, endpoint));
  SqliteStore& store = *TRY(context.store(true));
  const KeyVault vault = TRY(context.vault());
  const MadeEndpoint made = TRY(make_endpoint(store, vault, context.random, std::move(endpoint)));
  if (context.json) {
    json::object out = to_json(made.endpoint);
    out["secret"] = std::string(made.secret.reveal());
    print_json(out);
    return {};
  }
  print_line(fmt::format("Added {}: {} to {}.", named(made.endpoint), events_in_words(made.endpoint),
                         printable(made.endpoint.url)));
  print_secret(made.secret);
  return {};
}

Result<void> list_endpoints(Context& context) {
  SqliteStore& store = *TRY(context.store());
  json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const Endpoint& endpoint : TRY(store.endpoints())) {
    list.push_back(to_json(endpoint));
    rows.push_back({std::to_string(endpoint.id.value), printable(endpoint.name), std::string(to_word(endpoint.state())),
                    events_in_words(endpoint), printable(endpoint.url)});
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table({"NUMBER", "NAME", "STATE", "EVENTS", "URL"}, rows,
                "There is no endpoint yet. Add one with: postern endpoint add --name … --url https://…");
  }
  return {};
}

Result<void> show_endpoint(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const Endpoint endpoint = TRY(find(store, number));
  const auto all = TRY(store.event_counts());
  const auto its = all.find(endpoint.id);
  const EventCounts counts = its == all.end() ? EventCounts{} : its->second;
  if (context.json) {
    json::object out = to_json(endpoint);
    out["waiting"] = counts.waiting;
    out["dead"] = counts.dead;
    print_json(out);
    return {};
  }
  const auto time = [](const std::optional<WallTime>& at) { return at ? to_rfc3339(*at) : std::string("never"); };
  print_line(fmt::format("name     {}", printable(endpoint.name)));
  print_line(fmt::format("url      {}", printable(endpoint.url)));
  print_line(fmt::format("events   {}", events_in_words(endpoint)));
  print_line(fmt::format("state    {}", to_word(endpoint.state())));
  if (!endpoint.health.problem.empty()) print_line(fmt::format("problem  {}", printable(endpoint.health.problem)));
  print_line(fmt::format("success  {}", time(endpoint.health.last_success_at)));
  print_line(fmt::format("failure  {}", time(endpoint.health.last_failure_at)));
  print_line(fmt::format("events   {} waiting, {} given up", counts.waiting, counts.dead));
  for (const EndpointKey& key : endpoint.keys) {
    print_line(fmt::format("key {}    made {}{}", key.id.value, to_rfc3339(key.created_at),
                           key.expires_at ? ", signs until " + to_rfc3339(*key.expires_at) : ""));
  }
  return {};
}

Result<void> edit_endpoint(Context& context, const std::string& number, const EndpointFlags& flags) {
  SqliteStore& store = *TRY(context.store());
  Endpoint endpoint = TRY(find(store, number));
  TRY(apply(context.effective.settings, flags, endpoint));
  TRY(store.update_endpoint(endpoint));
  return report(
      context, store, endpoint,
      fmt::format("Changed {}: {} to {}.", named(endpoint), events_in_words(endpoint), printable(endpoint.url)));
}

Result<void> rotate_endpoint(Context& context, const std::string& number, const std::string& grace) {
  const auto time = parse_duration(grace);
  if (!time) return Error{Errc::invalid, "--grace must be a time such as 0s, 30m, 24h or 7d.", ""};
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  Endpoint endpoint = TRY(find(store, number));
  const WallTime now = context.clock.now();
  const Secret secret = add_endpoint_key(endpoint, vault, context.random, now, *time);
  TRY(store.update_endpoint(endpoint));
  if (context.json) {
    json::object out = to_json(endpoint);
    out["secret"] = std::string(secret.reveal());
    print_json(out);
    return {};
  }
  print_line(fmt::format("There is a new key for {}. The old one signs beside it until {}.", named(endpoint),
                         to_rfc3339(now + *time)));
  print_secret(secret);
  return {};
}

Result<void> reveal_endpoint(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  const Endpoint endpoint = TRY(find(store, number));
  const Secret secret = TRY(secret_of(endpoint, vault));
  if (context.json) {
    print_json(json::object{{"secret", std::string(secret.reveal())}});
  } else {
    print_secret(secret);
  }
  return {};
}

Result<void> pause_endpoint(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const Endpoint endpoint = TRY(find(store, number));
  TRY(pause_endpoint(store, endpoint));
  return report(
      context, store, endpoint,
      fmt::format("Paused {}: what happens from now on is kept, and sent when it is resumed.", named(endpoint)));
}

Result<void> resume_endpoint(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const Endpoint endpoint = TRY(find(store, number));
  const std::size_t n = TRY(resume_endpoint(store, store, endpoint, context.clock.now()));
  return report(context, store, endpoint,
                fmt::format("Resumed {}. Events that are sent now because they could not be sent before: {}.",
                            named(endpoint), n));
}

Result<void> remove_endpoint(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const Endpoint endpoint = TRY(find(store, number));
  TRY(confirm(context,
              fmt::format("Remove {}? It is told nothing any more, what waits for it included.", named(endpoint))));
  TRY(store.remove_endpoint(endpoint.id, endpoint.version));
  if (context.json) {
    print_json(to_json(endpoint));
  } else {
    print_line(fmt::format("Removed {}.", named(endpoint)));
  }
  return {};
}

Result<int> test_endpoint(Context& context, const std::string& number) {
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  const Endpoint endpoint = TRY(find(store, number));
  const std::unique_ptr<CurlSender> sender = TRY(CurlSender::create(sender_options(context.effective.settings)));
  const WallTime now = context.clock.now();
  const OutgoingEvent event = test_event(endpoint, now);
  const SendReport sent = TRY(send_event(*sender, vault, endpoint, event.id, event.body, now));
  const int status = sent.reply.status;
  if (context.json) {
    print_json(json::object{{"status", status == 0 ? json::value(nullptr) : json::value(status)},
                            {"ok", sent.arrived},
                            {"detail", sent.note},
                            {"response", sent.reply.response}});
  } else {
    print_line(printable(sent.note));
    if (!sent.reply.response.empty()) print_line(printable(sent.reply.response));
  }
  return sent.arrived ? 0 : 1;
}

}  // namespace postern
