#include "cli/delivery_commands.h"

#include "base/time_text.h"
#include "cli/hook_commands.h"
#include "cli/output.h"
#include "identity/email.h"
#include "manage/mail_setup.h"
#include "pipeline/replay.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace postern {
namespace {

constexpr std::size_t kMostEffects = 100;  // Of one delivery that are shown.

Result<DeliveryId> parse_id(const std::string& text) {
  const auto id = parse_delivery_id(text);
  if (id) return *id;
  return Error{
      Errc::invalid,
      fmt::format("'{}' is no delivery; they have 13 letters and digits, such as 01jx3k9m2p4qa.", printable(text)), ""};
}

Result<DeliveryQuery> make_query(Context& context, SqliteStore& store, const DeliveryListFlags& flags) {
  DeliveryQuery query;
  query.limit = flags.limit;
  query.email_key = identity::email_key(flags.email);
  if (!flags.webhook.empty()) {
    const CatalogData catalog = TRY(store.load_catalog());
    query.webhook = TRY(find_webhook(catalog, flags.webhook)).id;
  }
  if (!flags.status.empty()) {
    query.status = parse_delivery_status(flags.status);
    if (!query.status) {
      return Error{Errc::invalid, "--status must be processed, rejected, failed, duplicate, ignored, stale or held.",
                   ""};
    }
  }
  if (!flags.since.empty()) {
    if (const auto back = parse_duration(flags.since)) {
      query.since = context.clock.now() - *back;
    } else {
      query.since = parse_time(flags.since);
    }
    if (!query.since) {
      return Error{Errc::invalid, "--since must be a time (2026-03-01T09:00:00Z) or a duration back from now (2h).",
                   ""};
    }
  }
  return query;
}

std::string name_of(const std::vector<Webhook>& webhooks, WebhookId id) {
  const auto it = std::find_if(webhooks.begin(), webhooks.end(), [&](const Webhook& each) { return each.id == id; });
  return it == webhooks.end() ? fmt::format("{} (removed)", id.value) : printable(it->name);
}

std::vector<std::string> row_of(const Delivery& d, const std::vector<Webhook>& webhooks) {
  return {to_text(d.id),
          to_rfc3339(d.received_at),
          name_of(webhooks, d.webhook),
          std::string(to_word(d.status)),
          std::to_string(d.http_status),
          printable(d.email),
          printable(d.message)};
}

// Prints what comes, until the program is interrupted. Asks twice a second: the log is another process's.
Result<void> follow(Context& context, SqliteStore& store, DeliveryQuery query) {
  const std::vector<Delivery> last = TRY(store.deliveries({.limit = 1}));
  query.after = last.empty() ? DeliveryId{} : last.front().id;
  if (query.since) query.after = DeliveryId{delivery_id_at(*query.since).value - 1};
  query.limit = 1000;
  while (true) {
    const CatalogData catalog = TRY(store.load_catalog());
    for (const Delivery& delivery : TRY(store.deliveries(query))) {
      if (context.json) {
        print_json(to_json(delivery));
      } else {
        std::string line;
        for (const std::string& cell : row_of(delivery, catalog.webhooks)) line += (line.empty() ? "" : "  ") + cell;
        print_line(line);
      }
      query.after = delivery.id;
    }
    flush_output();
    const timespec pause{0, 500'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

void print_story(const Delivery& d, const CatalogData& catalog) {
  print_line(fmt::format("delivery {}: {}, answered {}{}", to_text(d.id), to_word(d.status), d.http_status,
                         d.code.empty() ? "" : " " + d.code));
  print_line(fmt::format("  {}", printable(d.message)));
  print_line("");
  print_line(fmt::format("received  {} from {} ({} bytes, {})", to_rfc3339(d.received_at), d.remote_ip, d.body_bytes,
                         d.content_type.empty() ? "no content type" : printable(d.content_type)));
  print_line(fmt::format("webhook   {} '{}'{}", d.webhook.value, name_of(catalog.webhooks, d.webhook),
                         d.key.value == 0 ? "" : fmt::format(", key {}", d.key.value)));
  if (!d.event.empty()) print_line(fmt::format("event     {}", printable(d.event)));
  if (d.held_until) print_line(fmt::format("held      until {}, then applied", to_rfc3339(*d.held_until)));
  if (!d.email.empty()) print_line(fmt::format("person    {}", printable(d.email)));
  if (d.user)
    print_line(fmt::format("user      {}{}", d.user->value, d.user_created ? ", created by this delivery" : ""));
  for (const SpaceOutcome& outcome : d.outcomes) {
    const auto it = std::find_if(catalog.spaces.begin(), catalog.spaces.end(),
                                 [&](const Space& space) { return space.id == outcome.space; });
    const std::string title = it != catalog.spaces.end() ? printable(it->title)
                              : outcome.slug.empty()     ? fmt::format("number {}", outcome.space.value)
                                                         : outcome.slug;
    print_line(fmt::format("{:<9} {}", to_word(outcome.kind), explain(outcome.result, title)));
  }
  if (const std::string_view mail = explain(d.welcome_email); !mail.empty()) {
    print_line(fmt::format("{:<9} {}", "mail", mail));
  }
  if (!d.scripts.empty()) print_line(fmt::format("scripts   {}", printable(d.scripts)));
  if (d.replay_of) print_line(fmt::format("replay    of delivery {}", to_text(*d.replay_of)));
  if (d.duplicate_of) print_line(fmt::format("repeat    of delivery {}", to_text(*d.duplicate_of)));
  print_line(fmt::format("took      {:.1f} ms until the commit", static_cast<double>(d.duration.count()) / 1000));
  if (!d.payload.empty()) print_line(fmt::format("\n{}{}", printable(d.payload), d.payload_complete ? "" : " … (cut)"));
  if (d.payload.empty() && d.body_bytes > 0) print_line("\nThe body could not be read, so it was not kept.");
}

// What happened after the commit, oldest first.
Result<void> print_effects(SqliteStore& store, DeliveryId id) {
  std::vector<OutboxRow> rows = TRY(store.outbox({.delivery = id, .limit = kMostEffects}));
  std::reverse(rows.begin(), rows.end());
  if (!rows.empty()) print_line("\nAfterwards (postern outbox show NUMBER tells of each attempt):");
  for (const OutboxRow& row : rows) {
    const std::string& type = row.effect.event_type;
    print_line(fmt::format("  {} {}{}: {}{}", row.id.value, to_word(row.effect.kind),
                           type.empty() ? "" : " " + printable(type), to_word(row.state),
                           row.note.empty() ? "" : ". " + printable(row.note)));
  }
  return {};
}

}  // namespace

Result<void> list_deliveries(Context& context, const DeliveryListFlags& flags) {
  SqliteStore& store = *TRY(context.store());
  const DeliveryQuery query = TRY(make_query(context, store, flags));
  if (flags.follow) return follow(context, store, query);
  const std::vector<Delivery> deliveries = TRY(store.deliveries(query));
  const CatalogData catalog = TRY(store.load_catalog());
  boost::json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const Delivery& delivery : deliveries) {
    list.push_back(to_json(delivery));
    rows.push_back(row_of(delivery, catalog.webhooks));
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table({"DELIVERY", "RECEIVED", "WEBHOOK", "STATUS", "HTTP", "E-MAIL", "MESSAGE"}, rows,
                "No delivery was found.");
  }
  return {};
}

Result<void> show_delivery(Context& context, const std::string& id) {
  SqliteStore& store = *TRY(context.store());
  const DeliveryId number = TRY(parse_id(id));
  const std::optional<Delivery> delivery = TRY(store.find_delivery(number));
  if (!delivery) {
    return Error{Errc::not_found, fmt::format("There is no delivery {}. It may have left the log.", printable(id)), ""};
  }
  if (context.json) {
    print_json(to_json(*delivery));
    return {};
  }
  const CatalogData catalog = TRY(store.load_catalog());
  print_story(*delivery, catalog);
  return print_effects(store, number);
}

Result<void> replay_delivery(Context& context, const std::string& id, bool dry_run) {
  SqliteStore& store = *TRY(context.store());
  const DeliveryId number = TRY(parse_id(id));
  const Settings& settings = context.effective.settings;
  ReplayOptions options;
  options.dry_run = dry_run;
  options.policy.create_users = settings.users.create;
  options.policy.mail_server = sends_mail(settings);
  options.form.max_fields = settings.limits.fields;
  options.form.max_part_head_bytes = settings.limits.part_head_bytes;
  options.form.max_json_depth = settings.limits.json_depth;
  const std::unique_ptr<CommandHooks> scripts = TRY(CommandHooks::open(context));
  options.hooks = &scripts->hooks();
  const PresetLibrary presets(presets_folder(settings));
  options.sources.presets = &presets;
  const Delivery delivery = TRY(replay(store, context.clock, number, options));
  if (context.json) {
    boost::json::object out = to_json(delivery);
    out["dry_run"] = dry_run;
    print_json(out);
    return {};
  }
  if (dry_run) print_line("This is what would happen now; nothing was changed.\n");
  const CatalogData catalog = TRY(store.load_catalog());
  print_story(delivery, catalog);
  return {};
}

}  // namespace postern
