#include "model/delivery.h"

#include "model/words.h"

namespace postern {
namespace {

constexpr words::Table<DeliveryStatus, 7> kStatuses{{{DeliveryStatus::processed, "processed"},
                                                     {DeliveryStatus::rejected, "rejected"},
                                                     {DeliveryStatus::failed, "failed"},
                                                     {DeliveryStatus::duplicate, "duplicate"},
                                                     {DeliveryStatus::ignored, "ignored"},
                                                     {DeliveryStatus::stale, "stale"},
                                                     {DeliveryStatus::held, "held"}}};
constexpr words::Table<EffectResult, 10> kResults{{{EffectResult::added, "added"},
                                                   {EffectResult::already_member, "already_member"},
                                                   {EffectResult::activated, "activated"},
                                                   {EffectResult::pending_approval, "pending_approval"},
                                                   {EffectResult::blocked, "blocked"},
                                                   {EffectResult::removed, "removed"},
                                                   {EffectResult::not_member, "not_member"},
                                                   {EffectResult::protected_, "protected"},
                                                   {EffectResult::not_found, "not_found"},
                                                   {EffectResult::unavailable, "unavailable"}}};
constexpr words::Table<Dialect, 2> kDialects{{{Dialect::rest, "rest"}, {Dialect::plugin, "plugin"}}};

std::string_view reason(EffectResult result) {
  switch (result) {
    case EffectResult::added:
      return "added";
    case EffectResult::already_member:
      return "was an active member before, nothing to do";
    case EffectResult::activated:
      return "the membership was pending and is active now";
    case EffectResult::pending_approval:
      return "requests need approval there, so the membership is pending";
    case EffectResult::blocked:
      return "is blocked there and stays blocked";
    case EffectResult::removed:
      return "removed";
    case EffectResult::not_member:
      return "was no member, nothing to remove";
    case EffectResult::protected_:
      return "is an administrator of the site, whom a delivery never removes";
    case EffectResult::not_found:
      return "the webhook names it, but it does not exist any more";
    case EffectResult::unavailable:
      return "is archived, nobody is added";
  }
  return {};
}

}  // namespace

std::string_view to_word(DeliveryStatus status) {
  return words::word_of(kStatuses, status);
}
std::string_view to_word(EffectResult result) {
  return words::word_of(kResults, result);
}
std::string_view to_word(Dialect dialect) {
  return words::word_of(kDialects, dialect);
}
std::optional<DeliveryStatus> parse_delivery_status(std::string_view word) {
  return words::parse(kStatuses, word);
}
std::optional<EffectResult> parse_effect_result(std::string_view word) {
  return words::parse(kResults, word);
}
std::optional<Dialect> parse_dialect(std::string_view word) {
  return words::parse(kDialects, word);
}

std::string explain(EffectResult result, std::string_view title) {
  std::string out(title);
  out += ": ";
  out += reason(result);
  return out;
}

std::string_view explain(WelcomeEmail welcome_email) {
  switch (welcome_email) {
    case WelcomeEmail::not_wanted:
      return {};
    case WelcomeEmail::queued:
      return "A welcome e-mail was put into the outbox.";
    case WelcomeEmail::no_mail_server:
      return "Welcome e-mail not sent: no mail server is configured.";
  }
  return {};
}

}  // namespace postern
