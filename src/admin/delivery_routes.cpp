// The delivery log: search, look at, send through again, watch.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "identity/email.h"
#include "pipeline/reply.h"

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostAtOnce = 1000;
constexpr std::size_t kMostEffects = 100;  // Of one delivery that are shown.
// Of a filter that finds little: then the answer tells of what was found until there.
constexpr int kMostSearches = 20;

// The filter of a bulk replay; its errors are added to `fields` under "filter.…".
DeliveryQuery read_filter(const json::object& filter, Fields& fields) {
  Fields inner(filter);
  DeliveryQuery query = read_delivery_filter(inner.integer("webhook", 1, INT64_MAX), inner);
  if (const auto problem = inner.finish()) {
    for (const FieldError& each : problem->errors) fields.wrong("filter." + each.field, each.message);
  }
  return query;
}

class DeliveryRoutes {
 public:
  explicit DeliveryRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply list(Call& call) const {
    QueryFields fields(call);
    DeliveryQuery query = delivery_filter(fields, call);
    query.limit = fields.limit();
    query.before = fields.delivery_cursor();
    if (const auto problem = fields.finish()) return *problem;
    const DeliveryPage page = TRY(store().search(query));
    DeliveryWriter writer = TRY(make_writer(call));
    json::array items;
    for (const Delivery& each : page.deliveries) items.push_back(TRY(writer.brief(each)));
    return json_reply({{"items", std::move(items)},
                       {"next", page.next ? json::value(to_text(*page.next)) : json::value(nullptr)},
                       {"searched_back_to", time_json(page.searched_back_to)}});
  }

  Reply show(Call& call) const {
    QueryFields fields(call);
    if (const auto problem = fields.finish()) return *problem;
    const std::optional<DeliveryId> id = parse_delivery_id(call.path.at(0));
    const std::optional<Delivery> delivery = id ? TRY(store().find_delivery(*id)) : std::nullopt;
    if (!delivery) return no_such("delivery");
    json::object out = TRY(whole(call, *delivery));
    EffectWriter writer(store(), parts_->clock.now());
    const std::vector<OutboxRow> effects = TRY(store().outbox({.delivery = *id, .limit = kMostEffects}));
    out["effects"] = TRY(writer.list(effects));
    return json_reply(std::move(out));
  }

  Reply replay_one(Call& call) const {
    Fields fields(call.body);
    ReplayOptions options = parts_->replay;
    options.dry_run = fields.boolean("dry_run").value_or(false);
    if (const auto problem = fields.finish()) return *problem;
    const std::optional<DeliveryId> id = parse_delivery_id(call.path.at(0));
    if (!id) return no_such("delivery");
    const Delivery done = TRY(replay(store(), parts_->clock, *id, options));
    if (!options.dry_run) {
      call.audit(
          {"delivery.replay", "delivery " + to_text(*id), nullptr, json::object{{"delivery", to_text(done.id)}}});
    }
    return json_reply(json::object{{"delivery", TRY(whole(call, done))}});
  }

  Reply replay_many(Call& call) const {
    Fields fields(call.body);
    ReplayOptions options = parts_->replay;
    options.dry_run = fields.boolean("dry_run", true).value_or(true);
    const json::object* filter = fields.object("filter");
    const auto words = fields.words("ids", kMostAtOnce);
    DeliveryQuery query;
    if (filter != nullptr) query = read_filter(*filter, fields);
    std::vector<DeliveryId> ids;
    for (const std::string& word : words.value_or(std::vector<std::string>())) {
      const auto id = parse_delivery_id(word);
      if (!id) fields.wrong("ids", "holds something that is no delivery");
      ids.push_back(id.value_or(DeliveryId{}));
    }
    if ((filter == nullptr) == !words) fields.wrong("filter", "or ids is needed, and not both");
    if (const auto problem = fields.finish()) return *problem;
    bool more = false;
    if (filter != nullptr) TRY(find(query, ids, more));
    const ReplaySummary done = TRY(replay_all(store(), parts_->clock, ids, options));
    json::object results;
    for (const auto& [status, n] : done.results) {
      results[json::string_view(to_word(status).data(), to_word(status).size())] = n;
    }
    if (!options.dry_run) {
      call.audit({"delivery.replay_many", std::to_string(ids.size()) + " deliveries", nullptr,
                  json::object{{"replayed", done.replayed}, {"results", results}}});
    }
    return json_reply({{"matched", ids.size()},
                       {"more", more},
                       {"replayed", done.replayed},
                       {"results", std::move(results)},
                       {"not_replayable", done.not_replayable},
                       {"dry_run", options.dry_run}});
  }

  void watch(Call& call, http::Exchange exchange) const {
    QueryFields fields(call);
    DeliveryQuery query;
    if (const auto webhook = fields.id("webhook")) query.webhook = WebhookId{*webhook};
    if (const auto status = fields.text("status")) {
      query.status = parse_delivery_status(*status);
      if (!query.status)
        fields.wrong("status", "is none of processed, rejected, failed, duplicate, ignored, stale, held");
    }
    if (const auto email = fields.text("email")) query.email_key = identity::email_key(*email);
    // One that is no delivery is none of ours: begin with what comes.
    const auto after = parse_delivery_id(call.request().header("last-event-id").value_or(""));
    if (const auto problem = fields.finish()) return exchange.reply(Reply(*problem).take());
    const Result<void> begun = parts_->tail.listen(exchange, std::move(query), after);
    if (begun) return;
    const Error& error = begun.error();
    if (error.code != Errc::throttled) return exchange.reply(Reply(error).take());
    exchange.reply(Reply(Problem{503, "unavailable", error.message, {}, 30}).take());
  }

 private:
  Store& store() const { return parts_->store; }

  Result<DeliveryWriter> make_writer(const Call& call) const {
    return DeliveryWriter(store(), TRY(store().load_catalog()), call.principal.may(Permission::payloads));
  }

  Result<json::object> whole(const Call& call, const Delivery& delivery) const {
    DeliveryWriter writer = TRY(make_writer(call));
    std::optional<Delivery> first;
    if (delivery.duplicate_of) first = TRY(store().find_delivery(*delivery.duplicate_of));
    return writer.whole(delivery, render_stored_reply(delivery, first));
  }

  // The newest that match; what is itself a replay is left out, since what it repeats is found too.
  Result<void> find(DeliveryQuery query, std::vector<DeliveryId>& ids, bool& more) const {
    query.limit = kMostAtOnce / 5;  // Payloads come along.
    for (int i = 0; i < kMostSearches; ++i) {
      const DeliveryPage page = TRY(store().search(query));
      for (const Delivery& each : page.deliveries) {
        if (each.replay_of) continue;
        more = ids.size() == kMostAtOnce;
        if (more) return {};
        ids.push_back(each.id);
      }
      if (!page.next) return {};
      query.before = page.next;
    }
    more = true;
    return {};
  }

  SharedParts parts_;
};

}  // namespace

void add_delivery_routes(Routes& routes, const SharedParts& parts) {
  const DeliveryRoutes r(parts);
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  constexpr auto kNone = Route::Body::none;
  routes.add({"GET", "/deliveries", view, kNone, [r](Call& c) { return r.list(c); }});
  routes.add({"GET", "/deliveries/stream", view, kNone, nullptr,
              [r](Call& c, http::Exchange exchange) { r.watch(c, std::move(exchange)); }});
  routes.add({"POST", "/deliveries/replay", manage, kJson, [r](Call& c) { return r.replay_many(c); }});
  routes.add({"GET", "/deliveries/{id}", view, kNone, [r](Call& c) { return r.show(c); }});
  routes.add({"POST", "/deliveries/{id}/replay", manage, kJson, [r](Call& c) { return r.replay_one(c); }});
}

}  // namespace postern
