// The sources that there are, and what the one of a webhook reads in a request.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "admin/webhook_fields.h"
#include "base/utf8.h"
#include "identity/email.h"
#include "manage/interpretation.h"
#include "manage/presets.h"
#include "manage/sample_values.h"
#include "manage/setting_faults.h"
#include "manage/spaces.h"

namespace postern {
namespace {

namespace json = boost::json;

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& each : list) out.emplace_back(utf8::sanitized(each));
  return out;
}

json::array paths(const std::vector<Path>& list) {
  json::array out;
  for (const Path& each : list) out.emplace_back(each.text);
  return out;
}

json::object summary(const LibraryPreset& known) {
  json::object out{{"name", known.name}, {"shipped", known.file.empty()}, {"problem", text_json(known.problem)}};
  out["usable"] = known.preset != nullptr;
  const Preset none;
  const Preset& preset = known.preset == nullptr ? none : *known.preset;
  out["title"] = preset.title.empty() ? known.name : preset.title;
  out["category"] = preset.category;
  out["proof"] = proof_in_words(preset);
  out["takes_secret"] = preset.verify.kind != Verification::Kind::none;
  out["needs_secret"] = needs_secret(preset);
  out["needs_webhook_id"] = needs_webhook_id(preset);
  out["secret_hint"] = preset.secret_hint;
  out["callback"] = preset.callback;
  out["url_action"] = preset.url_action;
  out["answer"] = preset.answer == AnswerPolicy::always_200 ? "always_200" : "status";
  out["notes"] = texts(preset.notes);
  out["docs"] = texts(preset.docs);
  return out;
}

// How it reads: where each thing is looked for, and the rules in words.
json::object whole(const LibraryPreset& known) {
  json::object out = summary(known);
  const Preset none;
  const Preset& preset = known.preset == nullptr ? none : *known.preset;
  const FieldPaths& f = preset.fields;
  json::object fields{{"email", paths(f.email)},
                      {"first_name", paths(f.first_name)},
                      {"last_name", paths(f.last_name)},
                      {"full_name", paths(f.full_name)},
                      {"user_login", paths(f.login)},
                      {"external_id", paths(f.external_id)},
                      {"product", paths(f.product)},
                      {"order_ref", paths(f.order_ref)},
                      {"event_type", paths(preset.event_type)},
                      {"event_id", paths(preset.event_id)},
                      {"event_time", paths(preset.event_time)}};
  for (const auto& [name, list] : f.others) fields[name] = paths(list);
  json::array rules;
  for (const Rule& each : preset.rules) rules.emplace_back(utf8::sanitized(rule_in_words(each)));
  out["fields"] = std::move(fields);
  out["rules"] = std::move(rules);
  out["default"] = word(to_word(preset.otherwise));
  return out;
}

json::array spaces_json(const CatalogData& catalog, const std::vector<SpaceId>& ids) {
  json::array out;
  for (const SpaceId id : ids) out.push_back({{"id", id.value}, {"title", title_of(catalog, id, "")}});
  return out;
}

json::object event_json(const ReadEvent& read, const CatalogData& catalog) {
  const SourceEvent& e = read.event;
  json::object others;
  for (const auto& [name, value] : e.others) others[name] = text_json(value);
  return {{"type", text_json(e.type)},
          {"id", text_json(e.id)},
          {"time", time_json(e.time)},
          {"email", text_json(e.email)},
          {"email_valid", identity::parse_email(e.email).has_value()},
          {"first_name", text_json(e.first_name)},
          {"last_name", text_json(e.last_name)},
          {"external_id", text_json(e.external_id)},
          {"products", texts(e.products)},
          {"order_ref", text_json(e.order_ref)},
          {"others", std::move(others)},
          {"action", word(to_word(read.action))},
          {"decided_by", word(to_word(read.decided_by))},
          {"rule", e.rule ? json::value(*e.rule + 1) : json::value(nullptr)},
          {"conditions", json::array(read.conditions.begin(), read.conditions.end())},
          {"met", read.is_met()},
          {"effects",
           {{"add_spaces", spaces_json(catalog, read.effects.add_spaces)},
            {"remove_spaces", spaces_json(catalog, read.effects.remove_spaces)},
            {"add_courses", spaces_json(catalog, read.effects.add_courses)},
            {"remove_courses", spaces_json(catalog, read.effects.remove_courses)}}}};
}

class SourceRoutes {
 public:
  explicit SourceRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply list(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    json::array items;
    for (const LibraryPreset& each : parts_->presets.list()) items.push_back(summary(each));
    return json_reply(json::object{{"items", std::move(items)}});
  }

  Reply show(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const auto found = parts_->presets.find(call.path.at(0));
    if (!found) return no_such("source");
    return json_reply(whole(*found));
  }

  // With "source" in the body, as if the webhook had that source already.
  Reply interpret(Call& call) const {
    const CatalogData catalog = TRY(parts_->store.load_catalog());
    const Webhook* known = find_webhook(catalog, WebhookId{call.id()});
    if (known == nullptr) return no_such("webhook");
    Webhook webhook = *known;
    Fields fields(call.body);
    read_source(fields, {parts_->presets, catalog, parts_->clock.now()}, webhook.source);
    SampleRequest sample;
    const auto delivery = fields.text("delivery");
    if (!delivery) read_sample(fields, sample);
    if (const auto problem = fields.finish()) return *problem;
    if (delivery) {
      const auto id = parse_delivery_id(*delivery);
      const auto found = id ? TRY(parts_->store.find_delivery(*id)) : std::nullopt;
      if (!found) return no_such("delivery");
      sample.content_type = found->content_type;
      sample.body = found->payload;
      sample.read_head(found->request_head);
    }
    return answer(catalog, webhook, sample);
  }

 private:
  Reply answer(const CatalogData& catalog, const Webhook& webhook, const SampleRequest& sample) const {
    const FormLimits& limits = parts_->replay.form;
    const auto preset = usable_preset(parts_->presets, webhook.source.name);
    const WebhookReading reading = TRY(read_as(parts_->presets, webhook, sample, limits));
    json::array events;
    for (const ReadEvent& each : reading.events) events.push_back(event_json(each, catalog));
    json::value rejection(nullptr);
    if (reading.rejection) {
      rejection = {{"code", word(reading.rejection->code)}, {"message", reading.rejection->message}};
    }
    const SampleValues values = values_of(preset.get(), sample, limits);
    json::array items;
    for (const SampleValue& each : values.values) {
      items.push_back({{"path", utf8::sanitized(each.path)}, {"value", each.value}});
    }
    return json_reply({{"source", webhook.source.name},
                       {"rejection", std::move(rejection)},
                       {"events", std::move(events)},
                       {"values", std::move(items)},
                       {"values_complete", values.complete}});
  }

  SharedParts parts_;
};

}  // namespace

void add_source_routes(Routes& routes, const SharedParts& parts) {
  const SourceRoutes r(parts);
  using enum Permission;
  routes.add({"GET", "/sources", view, Route::Body::none, [r](Call& c) { return r.list(c); }});
  routes.add({"GET", "/sources/{name}", view, Route::Body::none, [r](Call& c) { return r.show(c); }});
  routes.add(
      {"POST", "/webhooks/{id}/interpret", payloads, Route::Body::json, [r](Call& c) { return r.interpret(c); }});
}

}  // namespace postern
