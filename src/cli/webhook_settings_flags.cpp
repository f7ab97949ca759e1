#include "cli/webhook_settings_flags.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "cli/source_files.h"
#include "manage/presets.h"
#include "manage/rate_text.h"
#include "manage/setting_faults.h"
#include "manage/source_secrets.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

namespace postern {
namespace {

constexpr std::string_view kBlanks = " \t";

Error invalid(std::string message) {
  return Error{Errc::invalid, std::move(message), ""};
}

// What a setting is called on the command line.
std::string_view flag_of(std::string_view setting) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kFlags{
      {{"source.name", "--source"},
       {"source.webhook_id", "--sender-webhook-id"},
       {"source.url_action", "--url-action"},
       {"source.events", "--event"},
       {"source.conditions", "--condition"},
       {"source.products", "--product"},
       {"protection.networks", "--allow-ip"},
       {"protection.webhook_rate", "--rate"},
       {"protection.address_rate", "--address-rate"},
       {"protection.expires_at", "--expires"}}};
  const auto* const it =
      std::find_if(kFlags.begin(), kFlags.end(), [&](const auto& each) { return each.first == setting; });
  return it == kFlags.end() ? setting : it->second;
}

// All of them, so that nobody mends one after the other.
Result<void> first_to_last(const std::vector<SettingFault>& faults) {
  if (faults.empty()) return {};
  std::string out;
  for (const SettingFault& each : faults) {
    out += fmt::format("{}{} {}.", out.empty() ? "" : "\n", flag_of(each.setting), printable(each.message));
  }
  return invalid(out);
}

bool clears(const std::vector<std::string>& clear, std::string_view list) {
  return std::find(clear.begin(), clear.end(), list) != clear.end();
}

// "TYPE=ACTION": what stands before the last '=', because the sender chose the rest.
Result<std::pair<std::string, std::string>> split_at_equals(const std::string& text, std::string_view flag,
                                                            std::string_view example) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    return invalid(fmt::format("{} must be written as {}, not '{}'.", flag, example, printable(text)));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Result<std::vector<EventMeaning>> read_events(const std::vector<std::string>& texts) {
  std::vector<EventMeaning> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) {
    auto [type, word] = TRY(split_at_equals(text, "--event", "TYPE=grant"));
    const auto action = parse_source_action(word);
    if (!action) return invalid(fmt::format("--event {} must be grant, revoke, ignore or link.", printable(type)));
    out.push_back({std::move(type), *action});
  }
  return out;
}

Result<std::vector<WebhookCondition>> read_conditions(const std::vector<std::string>& texts) {
  std::vector<WebhookCondition> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(TRY(split_condition(text)));
  return out;
}

Result<std::vector<ProductEffects>> read_products(const CatalogData& catalog, const std::vector<std::string>& texts) {
  constexpr std::string_view kCourse = "course:";
  std::vector<ProductEffects> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) {
    auto [product, places] = TRY(split_at_equals(text, "--product", "PRODUCT=space-slug,course:slug"));
    ProductEffects effects{std::move(product), {}, {}};
    for (std::string_view rest = places; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view place = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (place.starts_with(kCourse)) {
        effects.courses.push_back(TRY(find_space(catalog, SpaceKind::course, place.substr(kCourse.size()))).id);
      } else {
        effects.spaces.push_back(TRY(find_space(catalog, SpaceKind::space, place)).id);
      }
    }
    out.push_back(std::move(effects));
  }
  return out;
}

// How long secrets that were there go on being accepted; nothing: as long as they are kept.
Result<std::optional<std::chrono::seconds>> grace_of(const WebhookSourceFlags& flags) {
  if (!flags.grace) return flags.add_secret ? std::nullopt : std::optional(std::chrono::seconds{0});
  const auto grace = parse_duration(*flags.grace);
  if (!grace) return invalid("--grace must be a time such as 0s, 30m, 24h or 7d.");
  return grace;
}

Result<void> apply_secrets(Context& context, const WebhookSourceFlags& flags, Webhook& webhook) {
  for (const std::int64_t id : flags.remove_secrets) TRY(remove_source_secret(webhook.source, id));
  if (!flags.secret_stdin && flags.secret_file.empty()) {
    if (!flags.add_secret && !flags.grace) return {};
    return invalid("--add-secret and --grace need a secret: give it with --secret-file FILE or --secret-stdin.");
  }
  const auto preset = usable_preset(context.presets(), webhook.source.name);
  if (preset == nullptr) return invalid("A secret needs a source that uses one: choose it with --source.");
  const std::vector<Secret> secrets =
      flags.secret_stdin ? TRY(read_secrets(std::cin)) : TRY(read_secrets(flags.secret_file));
  const KeyVault vault = TRY(context.vault());
  return add_source_secrets(webhook.source, *preset, vault, context.random, context.clock.now(),
                            {.added = secrets, .grace = TRY(grace_of(flags))});
}

Result<std::optional<WallTime>> expiry_of(const Context& context, const std::string& text) {
  if (text == "never") return std::optional<WallTime>();
  if (const auto lifetime = parse_duration(text)) return std::optional(context.clock.now() + *lifetime);
  if (const auto time = parse_time(text)) return time;
  return invalid("--expires must be a time (2027-01-31T12:00:00Z), a duration from now (30d), or never.");
}

Result<RateLimit> rate_of(std::string_view flag, const std::string& text) {
  if (const auto rate = parse_rate(text)) return *rate;
  return invalid(
      fmt::format("{} must be requests a minute, such as 600/m, or 600/m:50 for at most 50 at once, or none.", flag));
}

// The words of a condition and where each ends in the text.
struct Words {
  std::vector<std::string> list;
  std::size_t after_second = std::string_view::npos;  // Where the values begin.
};

Result<Words> split_words(std::string_view text) {
  Words out;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
    if (out.list.size() == 2) out.after_second = at;
    const bool is_quoted = text[at] == '"';
    const std::size_t end = is_quoted ? text.find('"', at + 1) : text.find_first_of(kBlanks, at);
    if (is_quoted && end == std::string_view::npos) {
      return invalid(fmt::format("--condition '{}' has a quote that is not closed.", printable(text)));
    }
    const std::size_t begin = is_quoted ? at + 1 : at;
    out.list.emplace_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) break;
    at = is_quoted ? end + 1 : end;
  }
  return out;
}

}  // namespace

std::vector<std::string> clearable_settings() {
  return {"event", "condition", "product", "allow-ip"};
}

Result<WebhookCondition> split_condition(std::string_view text) {
  Words words = TRY(split_words(text));
  if (words.list.size() < 2) {
    return invalid(fmt::format("--condition must be written as 'SUBJECT OPERATOR VALUE', not '{}'.", printable(text)));
  }
  WebhookCondition out{words.list[0], words.list[1], {}};
  const bool is_one_value = out.op == "eq" || out.op == "ne" || out.op == "contains";
  if (is_one_value && words.list.size() > 3 && text[words.after_second] != '"') {
    const std::string_view rest = text.substr(words.after_second);
    out.values.emplace_back(rest.substr(0, rest.find_last_not_of(kBlanks) + 1));
    return out;
  }
  out.values.assign(words.list.begin() + 2, words.list.end());
  return out;
}

void add_source_flags(CLI::App& command, WebhookSourceFlags& flags) {
  command.add_option("--source", flags.name, "Who sends: form, or one of `postern source list`")->type_name("NAME");
  CLI::Option* from_stdin = command.add_flag("--secret-stdin", flags.secret_stdin,
                                             "Read the sender's secrets from standard input, one per line, or as PEM");
  command.add_option("--secret-file", flags.secret_file, "Read them from a file; they replace those that are kept")
      ->type_name("FILE")
      ->excludes(from_stdin);
  command.add_flag("--add-secret", flags.add_secret, "Keep the others beside them");
  command.add_option("--grace", flags.grace, "How long the others go on being accepted")->type_name("TIME");
  command.add_option("--remove-secret", flags.remove_secrets, "Forget this one; repeat for more")
      ->type_name("NUMBER")
      ->expected(1)
      ->take_all();
  command.add_option("--sender-webhook-id", flags.webhook_id, "What the sender calls this webhook, if it signs that")
      ->type_name("ID");
  command.add_option("--url-action", flags.url_action, "What requests mean that do not say it: grant or revoke");
  const auto list = [&](const char* flag, std::vector<std::string>& target, const char* about, const char* type) {
    command.add_option(flag, target, about)->type_name(type)->expected(1)->take_all();
  };
  list("--event", flags.events, "What this type of event means here: grant, revoke, ignore or link", "TYPE=ACTION");
  list("--condition", flags.conditions, "Ignore events for which this does not hold; repeat for more",
       "'SUBJECT OPERATOR VALUE'");
  list("--product", flags.products, "What this product opens: spaces, and courses as course:slug",
       "PRODUCT=space-slug,course:slug");
  command.add_flag_callback(
      "--skip-stale", [&flags] { flags.skip_stale = true; },
      "An event older than the last one for the same person and order changes nothing (default)");
  command.add_flag_callback(
      "--no-skip-stale", [&flags] { flags.skip_stale = false; }, "It counts all the same");
}

void add_protection_flags(CLI::App& command, ProtectionFlags& flags) {
  command.add_option("--allow-ip", flags.networks, "Only from this address or network; repeat for more")
      ->type_name("CIDR")
      ->expected(1)
      ->take_all();
  command.add_option("--rate", flags.rate, "At most so many requests: 600/m, 600/m:50, none")->type_name("RATE");
  command.add_option("--address-rate", flags.address_rate, "The same for each address")->type_name("RATE");
  command.add_option("--expires", flags.expires, "Refuse requests (410) from this time on; a duration; never")
      ->type_name("TIME");
}

Result<void> apply_source(Context& context, const CatalogData& catalog, const WebhookSourceFlags& flags,
                          const std::vector<std::string>& clear, Webhook& webhook) {
  const SourceSettings before = webhook.source;
  SourceSettings& source = webhook.source;
  if (flags.name) choose_source(source, *flags.name);
  if (flags.webhook_id) source.webhook_id = *flags.webhook_id;
  if (flags.url_action) {
    source.url_action = parse_source_action(*flags.url_action);
    if (!source.url_action) return invalid("--url-action must be grant, revoke, ignore or link.");
  }
  if (clears(clear, "event")) source.events.clear();
  if (clears(clear, "condition")) source.conditions.clear();
  if (clears(clear, "product")) source.products.clear();
  if (!flags.events.empty()) source.events = TRY(read_events(flags.events));
  if (!flags.conditions.empty()) source.conditions = TRY(read_conditions(flags.conditions));
  if (!flags.products.empty()) source.products = TRY(read_products(catalog, flags.products));
  if (flags.skip_stale) source.skip_stale = *flags.skip_stale;
  TRY(first_to_last(source_faults(context.presets(), catalog, before, source)));
  return apply_secrets(context, flags, webhook);
}

Result<void> apply_protection(const Context& context, const ProtectionFlags& flags,
                              const std::vector<std::string>& clear, Webhook& webhook) {
  const Protection before = webhook.protection;
  Protection& protection = webhook.protection;
  if (clears(clear, "allow-ip")) protection.networks.clear();
  if (!flags.networks.empty()) {
    protection.networks.clear();
    for (const std::string& text : flags.networks) {
      const auto network = IpNetwork::parse(text);
      if (!network) {
        return invalid(
            fmt::format("--allow-ip must be an address or a network such as 192.0.2.0/24, not '{}'.", printable(text)));
      }
      protection.networks.push_back(*network);
    }
  }
  if (flags.rate) protection.webhook_rate = TRY(rate_of("--rate", *flags.rate));
  if (flags.address_rate) protection.address_rate = TRY(rate_of("--address-rate", *flags.address_rate));
  if (flags.expires) protection.expires_at = TRY(expiry_of(context, *flags.expires));
  return first_to_last(protection_faults(before, protection, context.clock.now()));
}

}  // namespace postern
