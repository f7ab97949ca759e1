#include "hooks/script_values.h"

#include "base/json_writer.h"

#include <algorithm>

namespace postern {
namespace {

void member(JsonWriter& json, std::string_view key, std::string_view text) {
  json.any_key(key);
  json.string(text);
}

void number(JsonWriter& json, std::string_view key, std::int64_t value) {
  json.any_key(key);
  json.integer(value);
}

void flag(JsonWriter& json, std::string_view key, bool value) {
  json.any_key(key);
  json.boolean(value);
}

void slugs(JsonWriter& json, std::string_view key, const std::vector<SpaceId>& ids, std::span<const Space> spaces) {
  json.any_key(key);
  json.begin_array();
  for (const SpaceId id : ids) {
    const auto space = std::find_if(spaces.begin(), spaces.end(), [&](const Space& each) { return each.id == id; });
    if (space != spaces.end()) json.string(space->slug);
  }
  json.end_array();
}

std::int64_t seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

void outcomes(JsonWriter& json, std::string_view key, const Delivery& delivery, SpaceKind kind) {
  json.any_key(key);
  json.begin_object();
  for (const SpaceOutcome& each : delivery.outcomes) {
    if (each.kind == kind && !each.slug.empty()) member(json, each.slug, to_word(each.result));
  }
  json.end_object();
}

}  // namespace

std::string webhook_value(const Webhook& webhook, std::span<const Space> spaces) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  number(json, "id", webhook.id.value);
  member(json, "name", webhook.name);
  slugs(json, "add_spaces", webhook.effects.add_spaces, spaces);
  slugs(json, "remove_spaces", webhook.effects.remove_spaces, spaces);
  slugs(json, "add_courses", webhook.effects.add_courses, spaces);
  slugs(json, "remove_courses", webhook.effects.remove_courses, spaces);
  flag(json, "welcome_email", webhook.effects.welcome_email);
  json.end_object();
  return out;
}

std::string user_value(const User& user) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  number(json, "id", user.id.value);
  member(json, "email", user.email);
  member(json, "login", user.login);
  member(json, "first_name", user.first_name);
  member(json, "last_name", user.last_name);
  member(json, "display_name", user.display_name);
  member(json, "role", user.role);
  json.key("meta");
  json.raw(user.meta.empty() ? "{}" : user.meta);
  flag(json, "administrator", user.administrator);
  number(json, "created_at", seconds(user.created_at));
  json.end_object();
  return out;
}

std::string outcome_value(const Delivery& delivery) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  member(json, "delivery_id", to_text(delivery.id));
  number(json, "received_at", seconds(delivery.received_at));
  member(json, "message", delivery.message);
  flag(json, "user_created", delivery.user_created);
  outcomes(json, "spaces", delivery, SpaceKind::space);
  outcomes(json, "courses", delivery, SpaceKind::course);
  flag(json, "payload_complete", delivery.payload_complete);
  flag(json, "replay", delivery.replay_of.has_value());
  json.end_object();
  return out;
}

}  // namespace postern
