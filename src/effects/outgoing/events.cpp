#include "effects/outgoing/events.h"

#include "base/time_text.h"
#include "base/utf8.h"

#include <boost/json.hpp>

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(utf8::sanitized(text));
}

json::value id_or_null(const std::optional<DeliveryId>& id) {
  return id ? json::value(to_text(*id)) : json::value(nullptr);
}

json::object user_json(const User& user) {
  return {{"id", user.id.value},
          {"email", utf8::sanitized(user.email)},
          {"login", utf8::sanitized(user.login)},
          {"first_name", utf8::sanitized(user.first_name)},
          {"last_name", utf8::sanitized(user.last_name)},
          {"display_name", utf8::sanitized(user.display_name)},
          {"created_at", to_rfc3339(user.created_at)}};
}

// Of somebody who is gone by now only what the delivery says.
json::value user_json(const Delivery& delivery, const std::optional<User>& user) {
  if (user) return user_json(*user);
  if (!delivery.user) return nullptr;
  return json::object{{"id", delivery.user->value}, {"email", text_or_null(delivery.email)},
                      {"login", nullptr},           {"first_name", nullptr},
                      {"last_name", nullptr},       {"display_name", nullptr},
                      {"created_at", nullptr}};
}

template <class Row, class Tag>
const Row* find_row(const std::vector<Row>& rows, Id<Tag> id) {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.id == id; });
  return it == rows.end() ? nullptr : &*it;
}

json::object webhook_json(const Delivery& delivery, const CatalogData& catalog) {
  const Webhook* webhook = find_row(catalog.webhooks, delivery.webhook);
  return {{"id", delivery.webhook.value},
          {"name", webhook == nullptr ? json::value(nullptr) : json::value(utf8::sanitized(webhook->name))}};
}

json::object space_json(const SpaceOutcome& outcome, const CatalogData& catalog) {
  const Space* space = find_row(catalog.spaces, outcome.space);
  return {{"id", outcome.space.value},
          {"kind", word(to_word(outcome.kind))},
          {"slug", text_or_null(outcome.slug)},
          {"title", space == nullptr ? json::value(nullptr) : json::value(utf8::sanitized(space->title))}};
}

json::object delivery_json(const Delivery& d, const CatalogData& catalog) {
  json::array outcomes;
  for (const SpaceOutcome& each : d.outcomes) {
    outcomes.push_back({{"space", space_json(each, catalog)}, {"result", word(to_word(each.result))}});
  }
  return {{"id", to_text(d.id)},
          {"received_at", to_rfc3339(d.received_at)},
          {"status", word(to_word(d.status))},
          {"http_status", d.http_status},
          {"code", text_or_null(d.code)},
          {"message", text_or_null(d.message)},
          {"event", text_or_null(d.event)},
          {"email", text_or_null(d.email)},
          {"user_created", d.user_created},
          {"outcomes", std::move(outcomes)},
          {"replay_of", id_or_null(d.replay_of)}};
}

// Collects the events of one delivery and numbers them.
class Teller {
 public:
  Teller(const Delivery& delivery, const std::optional<User>& user, const CatalogData& catalog)
      : delivery_(delivery), user_(user), catalog_(catalog) {}

  void tell(std::string_view type, json::object data) {
    data["user"] = user_json(delivery_, user_);
    data["webhook"] = webhook_json(delivery_, catalog_);
    data["delivery_id"] = to_text(delivery_.id);
    const std::string number = std::to_string(out_.size() + 1);
    out_.push_back({std::string(type), "evt_" + to_text(delivery_.id) + "_" + number,
                    event_body(type, delivery_.received_at, data)});
  }
  std::vector<OutgoingEvent> take() { return std::move(out_); }

 private:
  const Delivery& delivery_;
  const std::optional<User>& user_;
  const CatalogData& catalog_;
  std::vector<OutgoingEvent> out_;
};

// What the examples tell of.
struct Sample {
  CatalogData catalog;
  User user;
  Delivery delivery;
};

Sample sample() {
  const WallTime at = parse_time("2026-03-01T09:30:00Z").value_or(WallTime{});
  Sample out;
  out.catalog.spaces = {{.id = {3}, .slug = "premium", .title = "Premium"},
                        {.id = {4}, .slug = "trial", .title = "Trial"}};
  out.catalog.webhooks.push_back({.id = {1}, .name = "Shop"});
  out.user = {.id = {123},
              .email = "ada@example.com",
              .login = "ada",
              .first_name = "Ada",
              .last_name = "Lovelace",
              .display_name = "Ada Lovelace",
              .created_at = at};
  out.delivery.id = delivery_id_at(at);
  out.delivery.received_at = at;
  out.delivery.webhook = {1};
  out.delivery.email = out.user.email;
  out.delivery.message = "User created and added to spaces/courses successfully";
  out.delivery.user = out.user.id;
  out.delivery.user_created = true;
  out.delivery.outcomes = {{{3}, SpaceKind::space, "premium", EffectResult::added},
                           {{4}, SpaceKind::space, "trial", EffectResult::removed}};
  return out;
}

}  // namespace

std::string event_body(std::string_view type, WallTime at, const json::object& data) {
  return json::serialize(json::object{{"type", word(type)}, {"timestamp", to_rfc3339(at)}, {"data", data}});
}

std::vector<OutgoingEvent> events_of(const Delivery& delivery, const std::optional<User>& user,
                                     const CatalogData& catalog) {
  if (delivery.status == DeliveryStatus::duplicate) return {};
  Teller teller(delivery, user, catalog);
  if (delivery.user_created) teller.tell("user.created", {});
  for (const SpaceOutcome& each : delivery.outcomes) {
    const bool added = each.result == EffectResult::added || each.result == EffectResult::activated;
    if (!added && each.result != EffectResult::removed) continue;
    teller.tell(added ? "membership.added" : "membership.removed",
                {{"space", space_json(each, catalog)}, {"result", word(to_word(each.result))}});
  }
  const bool processed = delivery.status == DeliveryStatus::processed;
  teller.tell(processed ? "delivery.processed" : "delivery.failed", {{"delivery", delivery_json(delivery, catalog)}});
  return teller.take();
}

const std::vector<EventType>& event_types() {
  static const std::vector<EventType> all{
      {"user.created", "A delivery created a user."},
      {"membership.added", "A delivery made somebody an active member of a space, or enrolled somebody in a course."},
      {"membership.removed", "A delivery removed somebody from a space or course."},
      {"delivery.processed", "A delivery was processed, also if there was nothing to do."},
      {"delivery.failed", "A delivery was rejected (its sender's fault) or failed (ours); `status` says which."}};
  return all;
}

std::string example_event(std::string_view type) {
  Sample example = sample();
  if (type == "delivery.failed") {
    example.delivery.status = DeliveryStatus::rejected;
    example.delivery.http_status = 400;
    example.delivery.code = "invalid_email";
    example.delivery.message = "The e-mail address is not valid";
    example.delivery.email = "ada@example";
    example.delivery.user.reset();
    example.delivery.user_created = false;
    example.delivery.outcomes.clear();
  }
  const auto user = example.delivery.user ? std::optional(example.user) : std::nullopt;
  for (OutgoingEvent& each : events_of(example.delivery, user, example.catalog)) {
    if (each.type == type) return std::move(each.body);
  }
  return {};
}

OutgoingEvent test_event(const Endpoint& endpoint, WallTime at) {
  const json::object data{{"endpoint", {{"id", endpoint.id.value}, {"name", utf8::sanitized(endpoint.name)}}},
                          {"message", "Postern can reach this endpoint."}};
  const std::string id =
      "evt_test_" + std::to_string(endpoint.id.value) + "_" + std::to_string(at.time_since_epoch().count());
  return {std::string(kTestEventType), id, event_body(kTestEventType, at, data)};
}

}  // namespace postern
