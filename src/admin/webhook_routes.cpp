// Webhooks: list, make, change, rotate, reveal, try out.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "admin/webhook_fields.h"
#include "base/ascii.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "manage/presets.h"
#include "manage/setting_faults.h"
#include "manage/source_secrets.h"
#include "manage/spaces.h"
#include "manage/webhooks.h"

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

std::string target(const Webhook& webhook) {
  return "webhook " + std::to_string(webhook.id.value);
}

bool contains(std::string_view text, std::string_view lower_needle) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; };
  return std::search(text.begin(), text.end(), lower_needle.begin(), lower_needle.end(), same) != text.end();
}

class WebhookRoutes {
 public:
  explicit WebhookRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply list(Call& call) const {
    QueryFields query(call);
    const std::string search = ascii_lower(query.text("search").value_or(""));
    if (const auto problem = query.finish()) return *problem;
    const CatalogData catalog = TRY(store().load_catalog());
    const WebhookActivity activity = TRY(WebhookActivity::load(store(), parts_->clock.now()));
    json::array items;
    for (const Webhook& webhook : catalog.webhooks) {
      const bool found = contains(webhook.name, search) || contains(webhook_in_words(catalog, webhook), search) ||
                         contains(webhook.source.name, search);
      if (found) items.push_back(json_of(webhook, catalog, activity));
    }
    return json_reply(json::object{{"items", std::move(items)}});
  }

  Reply show(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const CatalogData catalog = TRY(store().load_catalog());
    const Webhook* webhook = find_webhook(catalog, WebhookId{call.id()});
    if (webhook == nullptr) return no_such("webhook");
    return resource_reply(TRY(with_activity(*webhook, catalog)));
  }

  Reply add(Call& call) const {
    const CatalogData catalog = TRY(store().load_catalog());
    Webhook webhook;
    webhook.created_at = parts_->clock.now();
    if (const auto problem = read(call, catalog, true, webhook)) return *problem;
    const MadeWebhook made =
        TRY(make_webhook(store(), parts_->vault, parts_->random, std::move(webhook), parts_->base_url()));
    call.audit({"webhook.add", target(made.webhook), nullptr, editable_json(made.webhook)});
    http::Response reply = json_reply({{"webhook", TRY(with_activity(made.webhook, catalog))}, {"url", made.url}}, 201);
    reply.headers.emplace_back("ETag", '"' + etag_of(made.webhook) + '"');
    return reply;
  }

  Reply edit(Call& call) const {
    return change(call, "webhook.edit", true,
                  [&](const CatalogData& catalog, Webhook& webhook) { return read(call, catalog, false, webhook); });
  }

  Reply set_state(Call& call, std::string_view action, WebhookState state) const {
    return change(call, action, false, [&](const CatalogData&, Webhook& webhook) {
      webhook.state = state;
      return std::optional<Problem>();
    });
  }

  Reply remove(Call& call) const {
    const CatalogData catalog = TRY(store().load_catalog());
    const Webhook* webhook = find_webhook(catalog, WebhookId{call.id()});
    if (webhook == nullptr) return no_such("webhook");
    if (auto problem = check_if_match(call, etag_of(*webhook), TRY(with_activity(*webhook, catalog)))) return *problem;
    TRY(store().remove_webhook(webhook->id, catalog.generation));
    call.audit({"webhook.remove", target(*webhook), editable_json(*webhook), nullptr});
    return no_content();
  }

  Reply rotate(Call& call) const {
    Fields fields(call.body);
    const auto text = fields.text("grace");
    const auto grace = parse_duration(text.value_or("24h"));
    if (!grace) fields.wrong("grace", "is no time such as 0s, 30m, 24h or 7d");
    if (const auto problem = fields.finish()) return *problem;
    std::string url;
    Webhook changed;
    Reply reply = change(call, "webhook.rotate", false, [&](const CatalogData&, Webhook& webhook) {
      const Secret key = add_key(webhook, parts_->vault, parts_->random, parts_->clock.now(), *grace);
      changed = webhook;
      return std::optional<Problem>();
    });
    if (!reply.ok()) return reply;
    url = TRY(url_of(changed, parts_->vault, parts_->base_url()));
    const CatalogData catalog = TRY(store().load_catalog());
    return json_reply({{"url", url}, {"webhook", TRY(with_activity(changed, catalog))}});
  }

  // The secret goes nowhere but into the vault: not into the reply, not into the audit log.
  Reply add_secret(Call& call) const {
    Fields fields(call.body);
    const auto text = fields.text("secret", {.required = true, .max = kMaxSourceSecretBytes, .multiline = true});
    std::optional<std::chrono::seconds> grace;
    if (const auto given = fields.text("grace")) {
      grace = parse_duration(*given);
      if (!grace) fields.wrong("grace", "is no time such as 0s, 30m, 24h or 7d");
    }
    if (const auto problem = fields.finish()) return *problem;
    const Secret secret(*text);
    return change(call, "webhook.add_secret", false, [&](const CatalogData&, Webhook& webhook) {
      const auto preset = usable_preset(parts_->presets, webhook.source.name);
      if (preset == nullptr) return refuse("needs a source that uses one; choose the source first");
      const auto added = add_source_secrets(webhook.source, *preset, parts_->vault, parts_->random, parts_->clock.now(),
                                            {.added = {&secret, 1}, .grace = grace});
      return added ? std::optional<Problem>() : refuse(added.error().message);
    });
  }

  Reply remove_secret(Call& call) const {
    return change(call, "webhook.remove_secret", false, [&](const CatalogData&, Webhook& webhook) {
      const bool removed = remove_source_secret(webhook.source, call.id(1)).has_value();
      return removed ? std::optional<Problem>() : no_such("secret");
    });
  }

  Reply reveal(Call& call) const {
    const CatalogData catalog = TRY(store().load_catalog());
    const Webhook* webhook = find_webhook(catalog, WebhookId{call.id()});
    if (webhook == nullptr) return no_such("webhook");
    const std::string url = TRY(url_of(*webhook, parts_->vault, parts_->base_url()));
    call.audit({"webhook.reveal", target(*webhook), nullptr, nullptr});
    return json_reply(json::object{{"url", url}});
  }

  Reply try_out(Call& call) const {
    Fields fields(call.body);
    SampleRequest sample;
    read_sample(fields, sample);
    const bool dry_run = fields.boolean("dry_run").value_or(false);
    const bool skip_proof = fields.boolean("skip_proof").value_or(false);
    if (const auto problem = fields.finish()) return *problem;
    const CatalogData catalog = TRY(store().load_catalog());
    const Webhook* webhook = find_webhook(catalog, WebhookId{call.id()});
    if (webhook == nullptr) return no_such("webhook");
    ReplayOptions options = parts_->replay;
    options.dry_run = dry_run;
    const Trial trial = TRY(try_request(store(), parts_->clock,
                                        {.webhook = webhook->id,
                                         .content_type = std::move(sample.content_type),
                                         .body = std::move(sample.body),
                                         .remote_ip = call.client().ip,
                                         .payload_bytes = parts_->payload_bytes,
                                         .headers = std::move(sample.headers),
                                         .query = sample.query,
                                         .url = url_with(*webhook, sample.query),
                                         .skip_proof = skip_proof},
                                        options));
    if (!dry_run) {
      call.audit({"webhook.test", target(*webhook), nullptr,
                  json::object{{"delivery", to_text(trial.deliveries.front().id)}, {"skip_proof", skip_proof}}});
    }
    DeliveryWriter writer(store(), catalog, call.principal.may(Permission::payloads));
    json::object first = TRY(writer.whole(trial.deliveries.front(), trial.reply));
    json::array others;
    for (std::size_t i = 1; i < trial.deliveries.size(); ++i) {
      others.push_back(TRY(writer.whole(trial.deliveries[i], trial.reply)));
    }
    return json_reply({{"delivery", std::move(first)},
                       {"others", std::move(others)},
                       {"proof", proof_json(trial.proof, skip_proof)},
                       {"reply", {{"status", trial.reply.status}, {"body", utf8::sanitized(trial.reply.body)}}}});
  }

 private:
  Store& store() const { return parts_->store; }

  Result<json::object> with_activity(const Webhook& webhook, const CatalogData& catalog) const {
    const WebhookActivity activity = TRY(WebhookActivity::load(store(), parts_->clock.now()));
    return json_of(webhook, catalog, activity);
  }

  json::object json_of(const Webhook& webhook, const CatalogData& catalog, const WebhookActivity& activity) const {
    json::object out = webhook_json(webhook, catalog, activity);
    json::object& source = out["source"].get_object();
    source["title"] = text_json(source_title(parts_->presets, webhook.source.name));
    json::array warnings;
    for (const std::string& each : source_warnings(parts_->presets, webhook.source, parts_->clock.now())) {
      warnings.emplace_back(utf8::sanitized(each));
    }
    source["warnings"] = std::move(warnings);
    out["refused"] = refused_json(webhook.id);
    return out;
  }

  // What a sender would call, for those who sign it. Empty if the key cannot be unsealed: then nothing fits it.
  std::string url_with(const Webhook& webhook, const std::string& query) const {
    const Result<std::string> url = url_of(webhook, parts_->vault, parts_->base_url());
    return url ? *url + (query.empty() ? "" : "?" + query) : "";
  }

  static json::value proof_json(const std::optional<Verified>& proof, bool skipped) {
    if (!proof) return nullptr;
    const std::string_view verdict = to_word(proof->verdict);
    return {{"verdict", json::string_view(verdict.data(), verdict.size())},
            {"accepted", proof->accepted()},
            {"reason", text_json(proof->reason)},
            {"skipped", skipped}};
  }

  json::value refused_json(WebhookId webhook) const {
    if (parts_->metrics == nullptr) return nullptr;
    const PipelineMetrics::Refusals refused = parts_->metrics->refusals(webhook);
    return {{"since", to_rfc3339(parts_->started_at)},
            {"ip_not_allowed", refused.ip_not_allowed},
            {"rate_limited", refused.rate_limited},
            {"without_row", refused.without_row}};
  }

  // Reads the webhook, lets `edit` change it, and writes it unless somebody has changed the catalog meanwhile.
  template <class Edit>
  Reply change(Call& call, std::string_view action, bool with_if_match, Edit edit) const {
    const CatalogData catalog = TRY(store().load_catalog());
    const Webhook* before = find_webhook(catalog, WebhookId{call.id()});
    if (before == nullptr) return no_such("webhook");
    if (with_if_match) {
      auto problem = check_if_match(call, etag_of(*before), TRY(with_activity(*before, catalog)));
      if (problem) return *problem;
    }
    Webhook webhook = *before;
    if (const std::optional<Problem> problem = edit(catalog, webhook)) return *problem;
    TRY(store().update_webhook(webhook, catalog.generation));
    call.audit({std::string(action), target(webhook), editable_json(*before), editable_json(webhook)});
    return resource_reply(TRY(with_activity(webhook, catalog)));
  }

  static std::optional<Problem> refuse(std::string message) { return invalid_fields({{"secret", std::move(message)}}); }

  static void read_list(Fields& fields, std::string_view name, SpaceKind kind, const CatalogData& catalog,
                        std::vector<SpaceId>& list) {
    const auto given = fields.ids(name);
    if (!given) return;
    std::vector<SpaceId> out;
    for (const std::int64_t each : *given) {
      const SpaceId id{each};
      const Space* space = find_space(catalog, id);
      // What the webhook names already may stay, although it is gone.
      const bool known = std::find(list.begin(), list.end(), id) != list.end();
      if (!known && (space == nullptr || space->kind != kind)) {
        fields.wrong(name, "names " + std::to_string(each) + ", which is no " + std::string(to_word(kind)));
      }
      out.push_back(id);
    }
    list = std::move(out);
  }

  std::optional<Problem> read(Call& call, const CatalogData& catalog, bool is_new, Webhook& webhook) const {
    Fields fields(call.body);
    if (auto name = fields.text("name", {.required = is_new, .max = kMaxNameBytes})) webhook.name = *std::move(name);
    Effects& e = webhook.effects;
    read_list(fields, "add_spaces", SpaceKind::space, catalog, e.add_spaces);
    read_list(fields, "remove_spaces", SpaceKind::space, catalog, e.remove_spaces);
    read_list(fields, "add_courses", SpaceKind::course, catalog, e.add_courses);
    read_list(fields, "remove_courses", SpaceKind::course, catalog, e.remove_courses);
    if (const auto welcome = fields.boolean("welcome_email")) e.welcome_email = *welcome;
    const WebhookFieldsContext context{parts_->presets, catalog, parts_->clock.now()};
    read_source(fields, context, webhook.source);
    read_protection(fields, context, webhook.protection);
    return fields.finish();
  }

  SharedParts parts_;
};

}  // namespace

void add_webhook_routes(Routes& routes, const SharedParts& parts) {
  const WebhookRoutes r(parts);
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  constexpr auto kNone = Route::Body::none;
  routes.add({"GET", "/webhooks", view, kNone, [r](Call& c) { return r.list(c); }});
  routes.add({"POST", "/webhooks", manage, kJson, [r](Call& c) { return r.add(c); }});
  routes.add({"GET", "/webhooks/{id}", view, kNone, [r](Call& c) { return r.show(c); }});
  routes.add({"PATCH", "/webhooks/{id}", manage, kJson, [r](Call& c) { return r.edit(c); }});
  routes.add({"DELETE", "/webhooks/{id}", manage, kNone, [r](Call& c) { return r.remove(c); }});
  routes.add({"POST", "/webhooks/{id}/pause", manage, kNone,
              [r](Call& c) { return r.set_state(c, "webhook.pause", WebhookState::paused); }});
  routes.add({"POST", "/webhooks/{id}/resume", manage, kNone,
              [r](Call& c) { return r.set_state(c, "webhook.resume", WebhookState::active); }});
  routes.add({"POST", "/webhooks/{id}/disable", manage, kNone,
              [r](Call& c) { return r.set_state(c, "webhook.disable", WebhookState::disabled); }});
  routes.add({"POST", "/webhooks/{id}/rotate", manage, kJson, [r](Call& c) { return r.rotate(c); }});
  routes.add({"POST", "/webhooks/{id}/secrets", manage, kJson, [r](Call& c) { return r.add_secret(c); }});
  routes.add({"DELETE", "/webhooks/{id}/secrets/{n}", manage, kNone, [r](Call& c) { return r.remove_secret(c); }});
  routes.add({"POST", "/webhooks/{id}/reveal", payloads, kNone, [r](Call& c) { return r.reveal(c); }});
  routes.add({"POST", "/webhooks/{id}/test", manage, kJson, [r](Call& c) { return r.try_out(c); }});
}

}  // namespace postern
