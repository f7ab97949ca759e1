// What happens after deliveries: look at it, and try again what was given up.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <boost/json/parse.hpp>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kRetriedAtOnce = 1000;
constexpr std::string_view kKinds = "is none of welcome_email, password_email, processed_hook, events, event";

json::object attempt_json(const OutboxAttempt& attempt, bool with_response) {
  return {{"at", to_rfc3339(attempt.at)},
          {"ok", attempt.ok},
          {"status", attempt.status == 0 ? json::value(nullptr) : json::value(attempt.status)},
          {"duration_ms", attempt.duration.count()},
          {"note", utf8::sanitized(attempt.note)},
          {"response", with_response ? text_json(attempt.response) : json::value(nullptr)}};
}

json::value data_json(const std::string& data) {
  boost::system::error_code error;
  json::value parsed = json::parse(data, error);
  return error ? json::value(nullptr) : parsed;
}

class OutboxRoutes {
 public:
  explicit OutboxRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply list(Call& call) const {
    QueryFields fields(call);
    OutboxQuery query;
    if (const auto kind = fields.text("kind")) {
      query.kind = parse_effect_kind(*kind);
      if (!query.kind) fields.wrong("kind", kKinds);
    }
    if (const auto state = fields.text("state")) {
      query.state = parse_outbox_state(*state);
      if (!query.state) fields.wrong("state", "is none of waiting, done, dead, skipped");
    }
    if (const auto delivery = fields.text("delivery")) {
      query.delivery = parse_delivery_id(*delivery);
      if (!query.delivery) fields.wrong("delivery", "is no delivery");
    }
    if (const auto user = fields.id("user")) query.user = UserId{*user};
    if (const auto endpoint = fields.id("endpoint")) query.endpoint = EndpointId{*endpoint};
    if (const auto cursor = fields.number_cursor()) query.before = OutboxId{*cursor};
    const std::size_t limit = fields.limit();
    query.limit = limit + 1;
    if (const auto problem = fields.finish()) return *problem;
    std::vector<OutboxRow> rows = TRY(store().outbox(query));
    json::value next(nullptr);
    if (rows.size() > limit) {
      rows.resize(limit);
      next = std::to_string(rows.back().id.value);
    }
    EffectWriter writer(store(), parts_->clock.now());
    json::array items = TRY(writer.list(rows));
    return json_reply({{"items", std::move(items)}, {"next", std::move(next)}});
  }

  Reply counts(Call& call) const {
    QueryFields fields(call);
    if (const auto problem = fields.finish()) return *problem;
    json::array items;
    for (const auto& [key, n] : TRY(store().outbox_counts())) {
      const auto kind = to_word(key.first);
      const auto state = to_word(key.second);
      items.push_back({{"kind", json::string_view(kind.data(), kind.size())},
                       {"state", json::string_view(state.data(), state.size())},
                       {"n", n}});
    }
    return json_reply(json::object{{"items", std::move(items)}});
  }

  Reply show(Call& call) const {
    QueryFields fields(call);
    if (const auto problem = fields.finish()) return *problem;
    const std::optional<OutboxRow> row = TRY(store().find_effect({call.id()}));
    if (!row) return no_such("effect");
    EffectWriter writer(store(), parts_->clock.now());
    json::object out = TRY(writer.brief(*row));
    const bool payloads = call.principal.may(Permission::payloads);
    out["data"] = payloads && !row->effect.data.empty() ? data_json(row->effect.data) : json::value(nullptr);
    json::array tries;
    for (const OutboxAttempt& each : TRY(store().attempts(row->id))) {
      tries.push_back(attempt_json(each, call.principal.may(Permission::manage)));
    }
    out["tries"] = std::move(tries);
    return json_reply(std::move(out));
  }

  Reply retry(Call& call) const {
    const OutboxId id{call.id()};
    TRY(store().retry_effect(id, parts_->clock.now()));
    const std::optional<OutboxRow> row = TRY(store().find_effect(id));
    if (!row) return no_such("effect");
    call.audit({"outbox.retry", "effect " + std::to_string(id.value), nullptr, nullptr});
    EffectWriter writer(store(), parts_->clock.now());
    return json_reply(TRY(writer.brief(*row)));
  }

  Reply retry_dead(Call& call) const {
    Fields fields(call.body);
    const auto word = fields.text("kind", {.required = true});
    const auto kind = parse_effect_kind(word.value_or(""));
    if (word && !kind) fields.wrong("kind", kKinds);
    const auto endpoint = fields.integer("endpoint", 1, INT64_MAX);
    if (const auto problem = fields.finish()) return *problem;
    const auto at = endpoint ? std::optional(EndpointId{*endpoint}) : std::nullopt;
    const std::size_t retried = TRY(store().retry_dead(*kind, at, parts_->clock.now(), kRetriedAtOnce));
    call.audit({"outbox.retry_dead", *word, nullptr, json::object{{"retried", retried}}});
    return json_reply(json::object{{"retried", retried}});
  }

 private:
  Store& store() const { return parts_->store; }
  SharedParts parts_;
};

}  // namespace

void add_outbox_routes(Routes& routes, const SharedParts& parts) {
  const OutboxRoutes r(parts);
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  constexpr auto kNone = Route::Body::none;
  routes.add({"GET", "/outbox", view, kNone, [r](Call& c) { return r.list(c); }});
  routes.add({"GET", "/outbox/counts", view, kNone, [r](Call& c) { return r.counts(c); }});
  routes.add({"POST", "/outbox/retry", manage, kJson, [r](Call& c) { return r.retry_dead(c); }});
  routes.add({"GET", "/outbox/{id}", view, kNone, [r](Call& c) { return r.show(c); }});
  routes.add({"POST", "/outbox/{id}/retry", manage, kNone, [r](Call& c) { return r.retry(c); }});
}

}  // namespace postern
