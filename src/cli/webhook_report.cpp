#include "cli/webhook_report.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "manage/presets.h"
#include "manage/rate_text.h"
#include "manage/setting_faults.h"
#include "manage/webhooks.h"
#include "pipeline/protection_check.h"

#include <fmt/format.h>

namespace postern {
namespace {

void line(std::string_view name, std::string_view text) {
  print_line(fmt::format("{:<8} {}", name, text));
}

std::string in_bytes(std::int64_t bytes) {
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  const double kilo = static_cast<double>(bytes) / 1000;
  return kilo < 1000 ? fmt::format("{:.1f} kB", kilo) : fmt::format("{:.1f} MB", kilo / 1000);
}

std::string held_in_words(const Webhook& webhook, const HeldNow& held) {
  const std::string what = fmt::format("{} request{} ({}) since {}; ", held.requests, held.requests == 1 ? "" : "s",
                                       in_bytes(held.bytes), to_rfc3339(held.since));
  return webhook.state == WebhookState::paused
             ? what + fmt::format("applied, in order, on: postern webhook resume {}", webhook.id.value)
             : what + "the server is applying them";
}

}  // namespace

std::string source_cell(const Webhook& webhook) {
  return printable(webhook.source.name);
}

void print_source(const PresetLibrary& presets, const CatalogData& catalog, const Webhook& webhook) {
  const SourceSettings& source = webhook.source;
  if (source.name == kFormSource) return line("source", "form: plain fields, protected by the URL only");
  const auto preset = usable_preset(presets, source.name);
  line("source", preset ? fmt::format("{} ({}), proof: {}", preset->name, preset->title, proof_in_words(*preset))
                        : fmt::format("{}, of which no preset can be used any more", printable(source.name)));
  for (const SourceSecret& each : source.secrets) {
    line(fmt::format("secret {}", each.id),
         fmt::format("made {}{}", to_rfc3339(each.created_at),
                     each.expires_at ? ", accepted until " + to_rfc3339(*each.expires_at) : ""));
  }
  if (!source.webhook_id.empty()) line("known as", printable(source.webhook_id));
  if (source.url_action) line("meaning", fmt::format("requests that do not say it: {}", to_word(*source.url_action)));
  for (const EventMeaning& each : source.events) {
    line("event", fmt::format("{}: {}", printable(each.type), to_word(each.action)));
  }
  for (const WebhookCondition& each : source.conditions)
    line("only if", printable(condition_in_words(each.subject, each.op, each.values)));
  for (const ProductEffects& each : source.products) {
    line("product", fmt::format("{}: {}", printable(each.product), product_in_words(catalog, each)));
  }
  line("stale", source.skip_stale ? "events older than the last one for the same person and order change nothing"
                                  : "events count in whatever order they come");
}

void print_protection(const Webhook& webhook) {
  const Protection& protection = webhook.protection;
  std::string networks;
  for (const IpNetwork& each : protection.networks) networks += (networks.empty() ? "" : ", ") + each.to_text();
  if (!networks.empty()) line("only by", networks);
  if (protection.webhook_rate.per_minute > 0) line("rate", rate_in_words(protection.webhook_rate));
  if (protection.address_rate.per_minute > 0) {
    line("rate", rate_in_words(protection.address_rate) + ", for each address");
  }
  if (protection.expires_at) line("expires", to_rfc3339(*protection.expires_at));
}

std::string held_cell(const WebhookNumbers& numbers) {
  if (!numbers.held) return "0";
  const HeldNow& held = *numbers.held;
  return fmt::format("{} ({}) since {}", held.requests, in_bytes(held.bytes), to_rfc3339(held.since));
}

std::string counts_in_words(const StatusCounts& counts) {
  std::string out;
  for (const DeliveryStatus status : kDeliveryStatuses) {
    const std::int64_t n = count_of(counts, status);
    if (n > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, to_word(status));
  }
  return out.empty() ? "nothing" : out;
}

void print_activity(const Webhook& webhook, const WebhookNumbers& numbers) {
  if (numbers.held) line("held", held_in_words(webhook, *numbers.held));
  line("last", numbers.last ? to_rfc3339(*numbers.last) : "no delivery is in the log");
  line("24 hours", counts_in_words(numbers.day));
  line("7 days", counts_in_words(numbers.week));
  const Protection& protection = webhook.protection;
  if (protection.networks.empty() && protection.webhook_rate.per_minute == 0 &&
      protection.address_rate.per_minute == 0) {
    return;
  }
  line("",
       fmt::format("Of what the allow-list or a rate limit refuses, at most {} a minute of each are counted here as "
                   "rejected; postern_refused_total in /metrics counts all.",
                   ProtectionCheck::kRowsAMinute));
}

void print_source_warnings(const PresetLibrary& presets, const Webhook& webhook, WallTime now) {
  for (const std::string& each : source_warnings(presets, webhook.source, now))
    print_message("Note: " + printable(each));
}

}  // namespace postern
