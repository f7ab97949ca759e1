#include "pipeline/script_step.h"

#include "base/ascii.h"
#include "base/json_writer.h"
#include "hooks/script_values.h"
#include "pipeline/rejections.h"
#include "source/script_data.h"
#include "source/secret_names.h"
#include "source/urlencoded.h"

namespace postern {
namespace {

constexpr std::size_t kMaxNotesBytes = 2000;

std::string_view word_of(Origin origin) {
  switch (origin) {
    case Origin::sender:
      return "sender";
    case Origin::replay:
      return "replay";
    case Origin::test:
      return "test";
  }
  return {};
}

// Proves who somebody is, although its name does not look like a secret.
bool is_secret_header(std::string_view name) {
  return is_secret_name(name) || name.find("cookie") != std::string_view::npos ||
         name.find("signature") != std::string_view::npos;
}

// Part of the webhook's URL, which is a secret.
bool is_of_the_url(std::string_view name) {
  return name == "webhook" || name == "rest_route" || name == "fcom_action";
}

void member(JsonWriter& json, std::string_view key, std::string_view text) {
  json.any_key(key);
  json.string(text);
}

// Adds the secret to `secrets` and gives what stands in its place.
std::string_view redacted(const std::string& name, std::string_view value, ScriptRequest& out) {
  if (is_comparable_secret(name)) out.secrets.emplace_back(name, Secret(std::string(value)));
  return kRedacted;
}

void write_query(JsonWriter& json, std::string_view query, ScriptRequest& out) {
  json.key("query");
  json.begin_object();
  each_pair(query, [&](std::string_view raw_name, std::string_view raw_value) {
    const std::string name = form_decode(raw_name);
    const std::string value = form_decode(raw_value);
    if (!is_of_the_url(ascii_lower(name)))
      member(json, name, is_secret_name(name) ? redacted(ascii_lower(name), value, out) : value);
    return true;
  });
  json.end_object();
}

void write_headers(JsonWriter& json, const ScriptInput& input, ScriptRequest& out) {
  json.key("headers");
  json.begin_object();
  for (const auto& [name, value] : input.headers) {
    member(json, name, is_secret_header(name) ? redacted(name, value, out) : value);
  }
  json.end_object();
}

ScriptRequest request_of(const Arrival& arrival, const ScriptInput& input, const Webhook& webhook,
                         const Catalog& catalog, const FormLimits& limits) {
  ScriptRequest out;
  ScriptData data = script_data(input.content_type, input.body, limits);
  out.data = std::move(data.json);
  out.secrets = std::move(data.secrets);
  out.webhook = webhook_value(webhook, catalog.data().spaces);
  JsonWriter json(out.request);
  json.begin_object();
  member(json, "origin", word_of(input.origin));
  member(json, "ip", arrival.delivery.remote_ip);
  json.key("tls");
  json.boolean(input.tls);
  member(json, "content_type", input.content_type);
  json.key("body_bytes");
  json.integer(arrival.delivery.body_bytes);
  json.key("received_at");
  json.integer(std::chrono::floor<std::chrono::seconds>(arrival.delivery.received_at).time_since_epoch().count());
  // A header counts before a parameter, that before a field: the last that is added is the one that is compared with.
  write_query(json, input.query, out);
  write_headers(json, input, out);
  json.end_object();
  return out;
}

}  // namespace

std::size_t ScriptInput::bytes() const {
  std::size_t out = sizeof *this + body.size() + query.size() + content_type.size();
  for (const auto& [name, value] : headers) out += name.size() + value.size();
  return out;
}

void ScriptStep::prepare(Arrival& arrival, Origin origin, std::string_view body, const http::Request* request,
                         bool tls) const {
  if (!parts_.hooks.any() || arrival.fault) return;
  const std::shared_ptr<const Catalog> catalog = parts_.catalog.current();
  WebhookId webhook = arrival.delivery.webhook;
  if (arrival.key_hash) {
    const auto match = catalog->find_key(*arrival.key_hash);
    if (!match) return;  // Removed in this moment: it will be told so.
    webhook = match->webhook->id;
  }
  const std::shared_ptr<const ScriptSet> scripts = parts_.hooks.current();
  arrival.processed_hook = scripts->has(webhook, HookFunction::processed);
  if (!scripts->has(webhook, HookFunction::validation) && !scripts->has(webhook, HookFunction::user_data)) return;
  auto input = std::make_shared<ScriptInput>();
  input->webhook = webhook;
  input->origin = origin;
  input->content_type = arrival.delivery.content_type;
  input->body = body;
  input->tls = tls;
  if (request != nullptr) {
    input->query = request->query;
    input->headers.reserve(request->headers.size());
    for (const http::Header& each : request->headers) input->headers.emplace_back(ascii_lower(each.name), each.value);
  }
  arrival.script_input = std::move(input);
}

Result<void> ScriptStep::run(Arrival& arrival) const {
  const std::shared_ptr<const ScriptInput> input = std::move(arrival.script_input);
  arrival.script_input.reset();
  if (input == nullptr || arrival.fault) return {};
  const std::shared_ptr<const Catalog> catalog = parts_.catalog.current();
  const Webhook* webhook = catalog->find_webhook(input->webhook);
  if (webhook == nullptr) return {};
  const ScriptRequest request = request_of(arrival, *input, *webhook, *catalog, parts_.form);
  if (!judge(arrival, parts_.hooks.validate(webhook->id, request))) return {};
  if (!parts_.hooks.has(webhook->id, HookFunction::user_data)) return {};
  if (TRY(parts_.users.find_user(arrival.email_key))) {
    arrival.user_data_skipped = true;
    return {};
  }
  change_user(arrival, request, webhook->id);
  return {};
}

// Notes what the scripts have said. True: the delivery goes on.
bool ScriptStep::judge(Arrival& arrival, const Judgement& judgement) const {
  std::string& notes = arrival.delivery.scripts;
  for (const std::string& note : judgement.notes) {
    if (notes.size() + note.size() > kMaxNotesBytes) break;
    if (!notes.empty()) notes += ' ';
    notes += note;
  }
  if (judgement.kind == Judgement::Kind::refused) arrival.script_rejection = rejected_by_script(judgement.reason);
  if (judgement.kind == Judgement::Kind::failed) arrival.script_rejection = script_failed();
  return judgement.kind == Judgement::Kind::valid;
}

void ScriptStep::change_user(Arrival& arrival, const ScriptRequest& request, WebhookId webhook) const {
  ScriptUser user{.email = arrival.event.email,
                  .first_name = arrival.event.first_name,
                  .last_name = arrival.event.last_name,
                  .login = arrival.event.login,
                  .role = std::string(kDefaultUserRole)};
  if (!judge(arrival, parts_.hooks.change_user(webhook, request, user))) return;
  arrival.event.first_name = std::move(user.first_name);
  arrival.event.last_name = std::move(user.last_name);
  arrival.event.login = std::move(user.login);
  arrival.display_name = std::move(user.display_name);
  arrival.user_role = std::move(user.role);
  arrival.user_meta = std::move(user.meta);
}

}  // namespace postern
