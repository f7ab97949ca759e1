// Endpoints of outgoing events: list, add, change, rotate, reveal, pause, try out.
#include "admin/endpoint_routes.h"

#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "effects/outgoing/events.h"
#include "effects/outgoing/performers.h"
#include "manage/endpoints.h"
#include "manage/webhooks.h"

#include <boost/json.hpp>

#include <memory>
#include <mutex>

namespace postern {
namespace {

namespace json = boost::json;

std::string target(const Endpoint& endpoint) {
  return "endpoint " + std::to_string(endpoint.id.value);
}

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

// What may be edited, for the audit log.
json::object editable_json(const Endpoint& endpoint) {
  json::array keys;
  for (const EndpointKey& key : endpoint.keys) {
    keys.push_back(
        {{"id", key.id.value}, {"created_at", to_rfc3339(key.created_at)}, {"expires_at", time_json(key.expires_at)}});
  }
  return {{"name", endpoint.name},
          {"url", endpoint.url},
          {"events", json::array(endpoint.events.begin(), endpoint.events.end())},
          {"paused", endpoint.paused},
          {"keys", std::move(keys)}};
}

std::string etag_of(const Endpoint& endpoint) {
  return std::to_string(endpoint.id.value) + "-" + std::to_string(endpoint.version);
}

json::object endpoint_json(const Endpoint& endpoint, const EventCounts& counts) {
  json::object out = editable_json(endpoint);
  out.erase("paused");
  out["id"] = endpoint.id.value;
  out["state"] = word(to_word(endpoint.state()));
  out["problem"] = text_json(endpoint.health.problem);
  out["created_at"] = to_rfc3339(endpoint.created_at);
  out["last_success_at"] = time_json(endpoint.health.last_success_at);
  out["last_failure_at"] = time_json(endpoint.health.last_failure_at);
  out["waiting"] = counts.waiting;
  out["dead"] = counts.dead;
  out["etag"] = etag_of(endpoint);
  return out;
}

class EndpointRoutes {
 public:
  explicit EndpointRoutes(EndpointParts parts) : parts_(std::move(parts)) {}

  Reply list(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const auto counts = TRY(store().event_counts());
    json::array items;
    for (const Endpoint& endpoint : TRY(store().endpoints())) {
      const auto its = counts.find(endpoint.id);
      items.push_back(endpoint_json(endpoint, its == counts.end() ? EventCounts{} : its->second));
    }
    return json_reply(json::object{{"items", std::move(items)}});
  }

  Reply show(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    return resource_reply(TRY(with_counts(*endpoint)));
  }

  Reply add(Call& call) const {
    Endpoint endpoint;
    endpoint.created_at = parts_.clock.now();
    if (const auto problem = read(call, true, endpoint)) return *problem;
    const MadeEndpoint made = TRY(make_endpoint(store(), parts_.vault, parts_.random, std::move(endpoint)));
    call.audit({"endpoint.add", target(made.endpoint), nullptr, editable_json(made.endpoint)});
    return with_secret(made.endpoint, made.secret, 201);
  }

  Reply edit(Call& call) const {
    return change(call, "endpoint.edit", true, [&](Endpoint& endpoint) { return read(call, false, endpoint); });
  }

  Reply remove(Call& call) const {
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    if (auto problem = check_if_match(call, etag_of(*endpoint), TRY(with_counts(*endpoint)))) return *problem;
    TRY(store().remove_endpoint(endpoint->id, endpoint->version));
    call.audit({"endpoint.remove", target(*endpoint), editable_json(*endpoint), nullptr});
    return no_content();
  }

  Reply pause(Call& call) const {
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    TRY(pause_endpoint(store(), *endpoint));
    return changed(call, "endpoint.pause", *endpoint);
  }

  Reply resume(Call& call) const {
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    TRY(resume_endpoint(store(), store(), *endpoint, parts_.clock.now()));
    return changed(call, "endpoint.resume", *endpoint);
  }

  Reply rotate(Call& call) const {
    Fields fields(call.body);
    const auto text = fields.text("grace");
    const auto grace = parse_duration(text.value_or("24h"));
    if (!grace) fields.wrong("grace", "is no time such as 0s, 30m, 24h or 7d");
    if (const auto problem = fields.finish()) return *problem;
    Secret secret;
    Reply reply = change(call, "endpoint.rotate", false, [&](Endpoint& endpoint) {
      secret = add_endpoint_key(endpoint, parts_.vault, parts_.random, parts_.clock.now(), *grace);
      return std::optional<Problem>();
    });
    if (!reply.ok()) return reply;
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    return with_secret(*endpoint, secret, 200);
  }

  Reply reveal(Call& call) const {
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    const Secret secret = TRY(secret_of(*endpoint, parts_.vault));
    call.audit({"endpoint.reveal", target(*endpoint), nullptr, nullptr});
    return json_reply(json::object{{"secret", std::string(secret.reveal())}});
  }

  // Sends a test event and waits for the answer. One at a time, so that a receiver that hangs does not take the
  // threads from everybody else.
  Reply try_out(Call& call) const {
    const std::optional<Endpoint> endpoint = TRY(find(call));
    if (!endpoint) return no_such("endpoint");
    const std::unique_lock turn(*testing_, std::try_to_lock);
    if (!turn.owns_lock()) {
      return Problem{.status = 503,
                     .code = "busy",
                     .detail = "Another endpoint is being tried out. Wait for it, then try again.",
                     .retry_after_seconds = 5};
    }
    const WallTime now = parts_.clock.now();
    const OutgoingEvent event = test_event(*endpoint, now);
    const SendReport report = TRY(send_event(parts_.sender, parts_.vault, *endpoint, event.id, event.body, now));
    call.audit({"endpoint.test", target(*endpoint), nullptr, json::object{{"status", report.reply.status}}});
    const int status = report.reply.status;
    return json_reply({{"status", status == 0 ? json::value(nullptr) : json::value(status)},
                       {"ok", report.arrived},
                       {"detail", report.note},
                       {"response", text_json(report.reply.response)}});
  }

  static Reply types(Call& call) {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    json::array items;
    for (const EventType& each : event_types()) {
      items.push_back(
          {{"type", word(each.type)}, {"about", word(each.about)}, {"example", json::parse(example_event(each.type))}});
    }
    return json_reply(json::object{{"items", std::move(items)}});
  }

 private:
  Store& store() const { return parts_.store; }
  Result<std::optional<Endpoint>> find(const Call& call) const { return store().find_endpoint({call.id()}); }

  Result<json::object> with_counts(const Endpoint& endpoint) const {
    const auto counts = TRY(store().event_counts());
    const auto its = counts.find(endpoint.id);
    return endpoint_json(endpoint, its == counts.end() ? EventCounts{} : its->second);
  }

  Reply with_secret(const Endpoint& endpoint, const Secret& secret, int status) const {
    http::Response reply =
        json_reply({{"endpoint", TRY(with_counts(endpoint))}, {"secret", std::string(secret.reveal())}}, status);
    reply.headers.emplace_back("ETag", '"' + etag_of(endpoint) + '"');
    return reply;
  }

  // What it is after something was done to it.
  Reply changed(Call& call, std::string_view action, const Endpoint& before) const {
    const std::optional<Endpoint> after = TRY(store().find_endpoint(before.id));
    if (!after) return no_such("endpoint");
    call.audit({std::string(action), target(before), editable_json(before), editable_json(*after)});
    return resource_reply(TRY(with_counts(*after)));
  }

  template <class Edit>
  Reply change(Call& call, std::string_view action, bool with_if_match, Edit edit) const {
    const std::optional<Endpoint> before = TRY(find(call));
    if (!before) return no_such("endpoint");
    if (with_if_match) {
      if (auto problem = check_if_match(call, etag_of(*before), TRY(with_counts(*before)))) return *problem;
    }
    Endpoint endpoint = *before;
    if (const std::optional<Problem> problem = edit(endpoint)) return *problem;
    TRY(store().update_endpoint(endpoint));
    return changed(call, action, *before);
  }

  std::optional<Problem> read(Call& call, bool is_new, Endpoint& endpoint) const {
    Fields fields(call.body);
    if (auto name = fields.text("name", {.required = is_new, .max = kMaxNameBytes})) endpoint.name = *std::move(name);
    if (auto url = fields.text("url", {.required = is_new, .max = kMaxUrlBytes})) {
      if (const Result<void> checked = check_url(*url, parts_.policy); !checked) {
        fields.wrong("url", checked.error().message);
      }
      endpoint.url = *std::move(url);
    }
    if (auto events = fields.words("events", kMaxEndpointEvents)) {
      if (const Result<void> checked = check_events(*events); !checked) {
        fields.wrong("events", checked.error().message);
      }
      endpoint.events = *std::move(events);
    }
    return fields.finish();
  }

  EndpointParts parts_;
  std::shared_ptr<std::mutex> testing_ = std::make_shared<std::mutex>();
};

}  // namespace

void add_endpoint_routes(Routes& routes, EndpointParts parts) {
  const EndpointRoutes r(std::move(parts));
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  constexpr auto kNone = Route::Body::none;
  routes.add({"GET", "/endpoints", view, kNone, [r](Call& c) { return r.list(c); }});
  routes.add({"POST", "/endpoints", manage, kJson, [r](Call& c) { return r.add(c); }});
  routes.add({"GET", "/endpoints/event-types", view, kNone, EndpointRoutes::types});
  routes.add({"GET", "/endpoints/{id}", view, kNone, [r](Call& c) { return r.show(c); }});
  routes.add({"PATCH", "/endpoints/{id}", manage, kJson, [r](Call& c) { return r.edit(c); }});
  routes.add({"DELETE", "/endpoints/{id}", manage, kNone, [r](Call& c) { return r.remove(c); }});
  routes.add({"POST", "/endpoints/{id}/pause", manage, kNone, [r](Call& c) { return r.pause(c); }});
  routes.add({"POST", "/endpoints/{id}/resume", manage, kNone, [r](Call& c) { return r.resume(c); }});
  routes.add({"POST", "/endpoints/{id}/rotate", manage, kJson, [r](Call& c) { return r.rotate(c); }});
  routes.add({"POST", "/endpoints/{id}/reveal", manage, kNone, [r](Call& c) { return r.reveal(c); }});
  routes.add({"POST", "/endpoints/{id}/test", manage, kNone, [r](Call& c) { return r.try_out(c); }});
}

}  // namespace postern
