#include "admin/to_json.h"

#include "base/time_text.h"
#include "base/utf8.h"
#include "crypto/encoding.h"
#include "crypto/key_vault.h"
#include "manage/spaces.h"
#include "manage/story.h"
#include "manage/user_meta.h"
#include "manage/webhook_settings_json.h"
#include "manage/webhooks.h"

#include <boost/json/serialize.hpp>

namespace postern {
namespace {

namespace json = boost::json;

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::value id_json(const std::optional<DeliveryId>& id) {
  return id ? json::value(to_text(*id)) : json::value(nullptr);
}

json::array ids_json(const std::vector<SpaceId>& ids) {
  json::array out;
  for (const SpaceId id : ids) out.emplace_back(id.value);
  return out;
}

json::array keys_json(const Webhook& webhook) {
  json::array out;
  for (const WebhookKey& key : webhook.keys) {
    out.push_back(
        {{"id", key.id.value}, {"created_at", to_rfc3339(key.created_at)}, {"expires_at", time_json(key.expires_at)}});
  }
  return out;
}

std::string etag_of(const json::object& editable) {
  const auto bytes = fingerprint(json::serialize(editable));
  return hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

json::value text_json(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(utf8::sanitized(text));
}

json::value time_json(const std::optional<WallTime>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

json::object editable_json(const Webhook& webhook) {
  return {{"name", webhook.name},
          {"state", word(to_word(webhook.state))},
          {"add_spaces", ids_json(webhook.effects.add_spaces)},
          {"remove_spaces", ids_json(webhook.effects.remove_spaces)},
          {"add_courses", ids_json(webhook.effects.add_courses)},
          {"remove_courses", ids_json(webhook.effects.remove_courses)},
          {"welcome_email", webhook.effects.welcome_email},
          {"source", source_json(webhook.source)},
          {"protection", protection_json(webhook.protection)},
          {"keys", keys_json(webhook)}};
}

json::object editable_json(const Space& space) {
  return {{"title", space.title},
          {"slug", space.slug},
          {"privacy", word(to_word(space.privacy))},
          {"needs_approval", space.needs_approval},
          {"archived", space.archived}};
}

std::string etag_of(const Webhook& webhook) {
  return etag_of(editable_json(webhook));
}

std::string etag_of(const Space& space) {
  return etag_of(editable_json(space));
}

json::object space_brief_json(const Space& space) {
  return {{"id", space.id.value}, {"kind", word(to_word(space.kind))}, {"slug", space.slug}, {"title", space.title}};
}

json::object space_json(const Space& space, std::int64_t members) {
  json::object out = space_brief_json(space);
  out["privacy"] = word(to_word(space.privacy));
  out["needs_approval"] = space.needs_approval;
  out["archived"] = space.archived;
  out["created_at"] = to_rfc3339(space.created_at);
  out["members"] = members;
  out["etag"] = etag_of(space);
  return out;
}

json::object user_json(const User& user) {
  return {{"id", user.id.value},
          {"email", utf8::sanitized(user.email)},
          {"login", utf8::sanitized(user.login)},
          {"first_name", utf8::sanitized(user.first_name)},
          {"last_name", utf8::sanitized(user.last_name)},
          {"display_name", utf8::sanitized(user.display_name)},
          {"administrator", user.administrator},
          {"role", utf8::sanitized(user.role)},
          {"meta", meta_json(user.meta)},
          {"created_at", to_rfc3339(user.created_at)}};
}

json::object membership_json(const MembershipRow& row) {
  return {{"role", word(to_word(row.membership.role))},
          {"status", word(to_word(row.membership.status))},
          {"since", to_rfc3339(row.since)},
          {"because_of", id_json(row.because_of)}};
}

json::object webhook_json(const Webhook& webhook, const CatalogData& catalog, const WebhookActivity& activity) {
  json::object out = editable_json(webhook);
  out["id"] = webhook.id.value;
  out["created_at"] = to_rfc3339(webhook.created_at);
  out["summary"] = utf8::sanitized(webhook_in_words(catalog, webhook));
  for (auto& [name, value] : activity.json(webhook.id)) out[name] = std::move(value);
  out["etag"] = etag_of(webhook);
  return out;
}

Result<json::object> DeliveryWriter::brief(const Delivery& d) {
  json::array outcomes;
  for (const SpaceOutcome& each : d.outcomes) {
    const std::string title = title_of(catalog_, each.space, each.slug);
    outcomes.push_back({{"space_id", each.space.value},
                        {"kind", word(to_word(each.kind))},
                        {"slug", each.slug},
                        {"title", title},
                        {"result", word(to_word(each.result))},
                        {"sentence", explain(each.result, title)}});
  }
  json::value user(nullptr);
  if (d.user) {
    auto [it, fresh] = known_.try_emplace(*d.user, nullptr);
    if (fresh) {
      const std::optional<User> found = TRY(users_.user_by_id(*d.user));
      if (found) it->second = {{"id", found->id.value}, {"email", utf8::sanitized(found->email)}};
    }
    user = it->second;
  }
  return json::object{{"id", to_text(d.id)},
                      {"received_at", to_rfc3339(d.received_at)},
                      {"webhook", {{"id", d.webhook.value}, {"name", name_of(catalog_, d.webhook)}}},
                      {"key", d.key.value == 0 ? json::value(nullptr) : json::value(d.key.value)},
                      {"dialect", word(to_word(d.dialect))},
                      {"remote_ip", utf8::sanitized(d.remote_ip)},
                      {"content_type", utf8::sanitized(d.content_type)},
                      {"body_bytes", d.body_bytes},
                      {"event", utf8::sanitized(d.event)},
                      {"email", utf8::sanitized(d.email)},
                      {"status", word(to_word(d.status))},
                      {"http_status", d.http_status},
                      {"code", text_json(d.code)},
                      {"message", utf8::sanitized(d.message)},
                      {"user", std::move(user)},
                      {"user_created", d.user_created},
                      {"welcome_email", d.welcome_email == WelcomeEmail::queued},
                      {"outcomes", std::move(outcomes)},
                      {"duration_us", d.duration.count()},
                      {"replay_of", id_json(d.replay_of)},
                      {"duplicate_of", id_json(d.duplicate_of)},
                      {"held_until", time_json(d.held_until)},
                      {"payload_complete", d.payload_complete},
                      {"scripts", text_json(d.scripts)}};
}

Result<json::object> DeliveryWriter::whole(const Delivery& d, const http::Response& reply) {
  json::object out = TRY(brief(d));
  out["payload"] = payloads_ ? json::value(utf8::sanitized(d.payload)) : json::value(nullptr);
  json::array story;
  for (const StoryStep& step : story_of(d, catalog_)) {
    story.push_back({{"step", word(step.step)}, {"text", utf8::sanitized(step.text)}});
  }
  out["story"] = std::move(story);
  out["reply"] = {{"status", reply.status}, {"body", utf8::sanitized(reply.body)}};
  return out;
}

// One that has been removed has no name any more.
Result<json::value> EffectWriter::endpoint(const std::optional<EndpointId>& id) {
  if (!id) return json::value(nullptr);
  const auto [it, fresh] = known_.try_emplace(*id, nullptr);
  if (fresh) {
    const std::optional<Endpoint> found = TRY(store_.find_endpoint(*id));
    it->second = {{"id", id->value},
                  {"name", found ? json::value(utf8::sanitized(found->name)) : json::value(nullptr)}};
  }
  return it->second;
}

Result<json::object> EffectWriter::brief(const OutboxRow& row) {
  json::value user(nullptr);
  if (row.effect.user) {
    const std::optional<User> found = TRY(store_.user_by_id(*row.effect.user));
    if (found) user = {{"id", found->id.value}, {"email", utf8::sanitized(found->email)}};
  }
  json::value to = TRY(endpoint(row.effect.endpoint));
  const bool running = row.lease != 0 && row.effect.due_at > now_;
  const bool waits = row.state == OutboxState::waiting && !running;
  return json::object{{"id", row.id.value},
                      {"kind", word(to_word(row.effect.kind))},
                      {"state", word(to_word(row.state))},
                      {"running", running},
                      {"attempts", row.attempts},
                      {"created_at", to_rfc3339(row.created_at)},
                      {"due_at", waits ? json::value(to_rfc3339(row.effect.due_at)) : json::value(nullptr)},
                      {"finished_at", time_json(row.finished_at)},
                      {"note", utf8::sanitized(row.note)},
                      {"delivery", id_json(row.effect.delivery)},
                      {"user", std::move(user)},
                      {"endpoint", std::move(to)},
                      {"event_type", text_json(row.effect.event_type)},
                      {"event_id", text_json(row.effect.event_id)}};
}

Result<json::array> EffectWriter::list(const std::vector<OutboxRow>& rows) {
  json::array out;
  for (const OutboxRow& row : rows) out.push_back(TRY(brief(row)));
  return out;
}

std::optional<Problem> check_if_match(const Call& call, const std::string& etag, json::value current) {
  const std::string given = call.if_match();
  if (given.empty()) {
    return Problem{
        428, "precondition_required",
        "The header If-Match is missing. Send the etag of what you have read, so that nobody's change is lost."};
  }
  if (given == etag) return std::nullopt;
  return precondition_failed(std::move(current));
}

http::Response resource_reply(json::object resource, int status) {
  std::string etag = "\"";
  if (const json::value* given = resource.if_contains("etag")) etag += given->as_string().c_str();
  http::Response response = json_reply(std::move(resource), status);
  response.headers.emplace_back("ETag", etag + "\"");
  return response;
}

}  // namespace postern
