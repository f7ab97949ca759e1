#include "manage/story.h"

#include "base/time_text.h"
#include "manage/spaces.h"

#include <array>
#include <cstdio>

namespace postern {
namespace {

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string received(const Delivery& d) {
  const std::string type = d.content_type.empty() ? "without a content type" : "of type " + d.content_type;
  const std::string body = number(d.body_bytes) + " bytes " + type;
  const std::string from = d.remote_ip.empty() ? "an address that is not kept" : d.remote_ip;
  if (d.replay_of) return "Delivery " + to_text(*d.replay_of) + " (" + body + ") was sent through the pipeline again.";
  return "A request with " + body + " came from " + from + ".";
}

std::string recognised(const Delivery& d, const CatalogData& catalog) {
  const std::string webhook = "webhook '" + name_of(catalog, d.webhook) + "'";
  if (d.replay_of) return "It went to the same " + webhook + ".";
  if (d.key.value == 0) return "It was sent to the " + webhook + " from the test console.";
  return "The URL is that of the " + webhook + ", with its key number " + number(d.key.value) + ".";
}

std::string decoded(const Delivery& d) {
  const std::string event = d.event.empty() ? "" : " Its event is '" + d.event + "'.";
  // An event that means nothing here need not name anybody.
  if (d.email.empty() && d.status == DeliveryStatus::ignored) return "The body names nobody by e-mail." + event;
  if (d.email.empty()) return "No e-mail address could be read from the body." + event;
  return "The body names " + d.email + "." + event;
}

std::string held(const Delivery& d, const CatalogData& catalog) {
  const std::string kept = "The webhook was paused, so the request was kept, encrypted, and answered 200.";
  if (d.held_until)
    return kept + " Its turn came " + to_rfc3339(*d.held_until) + ", when the webhook was not paused any more.";
  const Webhook* webhook = find_webhook(catalog, d.webhook);
  const bool paused = webhook != nullptr && webhook->state == WebhookState::paused;
  return kept + (paused ? " It is applied when the webhook is resumed." : " It is about to be applied.");
}

std::string decided(const Delivery& d, const CatalogData& catalog) {
  if (!d.code.empty()) return "Refused (" + d.code + "): " + d.message;
  if (d.duplicate_of) {
    return "It repeats delivery " + to_text(*d.duplicate_of) +
           ": its Idempotency-Key or the id of its event is the same. So nothing was to be done, and it got the first "
           "reply again.";
  }
  if (d.status == DeliveryStatus::ignored || d.status == DeliveryStatus::stale) {
    return d.message + (d.message.ends_with('.') ? "" : ".");
  }
  std::string out = d.user_created ? "Nobody had this address, so a user is to be created." : "The person is known.";
  for (const SpaceOutcome& outcome : d.outcomes) {
    out += " " + explain(outcome.result, title_of(catalog, outcome.space, outcome.slug)) + ".";
  }
  return out;
}

std::string applied(const Delivery& d) {
  if (d.status == DeliveryStatus::held) return "Nothing was changed yet.";
  if (d.status != DeliveryStatus::processed) return "Nothing was changed.";
  std::string out;
  const std::string user = d.user ? number(d.user->value) : "";
  if (d.user_created) out = "User " + user + " was created. ";
  out += d.message + ".";
  if (const std::string_view mail = explain(d.welcome_email); !mail.empty()) out += " " + std::string(mail);
  return out;
}

std::string answered(const Delivery& d) {
  std::array<char, 32> ms{};
  static_cast<void>(std::snprintf(ms.data(), ms.size(), "%.1f ms", static_cast<double>(d.duration.count()) / 1000));
  // Of one that was held the time is that of its application.
  const std::string on_disk =
      d.held_until ? " once it was kept on disk; to apply it took " : " once everything was on disk; it took ";
  return "Answered " + number(d.http_status) + on_disk + ms.data() + (d.held_until ? "." : " until then.");
}

// The body was not looked at: it was refused before, or waits.
bool is_unread(const Delivery& d) {
  if (d.status == DeliveryStatus::held) return d.email.empty() && d.event.empty();
  return d.email.empty() && (d.code == "https_required" || d.code == "ip_not_allowed" || d.code == "rate_limited" ||
                             d.code == "method_not_allowed" || d.code == "invalid_signature");
}

}  // namespace

std::vector<StoryStep> story_of(const Delivery& delivery, const CatalogData& catalog) {
  std::vector<StoryStep> out{{"received", received(delivery)}, {"recognised", recognised(delivery, catalog)}};
  if (!is_unread(delivery)) out.push_back({"decoded", decoded(delivery)});
  if (!delivery.scripts.empty()) out.push_back({"scripts", delivery.scripts});
  if (delivery.status == DeliveryStatus::held || delivery.held_until) out.push_back({"held", held(delivery, catalog)});
  if (delivery.status != DeliveryStatus::held) out.push_back({"decided", decided(delivery, catalog)});
  out.push_back({"applied", applied(delivery)});
  out.push_back({"answered", answered(delivery)});
  return out;
}

std::string name_of(const CatalogData& catalog, WebhookId id) {
  const Webhook* webhook = find_webhook(catalog, id);
  return webhook == nullptr ? "number " + std::to_string(id.value) + " (removed)" : webhook->name;
}

}  // namespace postern
