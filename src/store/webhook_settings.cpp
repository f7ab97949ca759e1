#include "store/webhook_settings.h"

#include "base/time_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace postern {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

json::array ids(const std::vector<SpaceId>& list) {
  json::array out;
  for (const SpaceId each : list) out.push_back(each.value);
  return out;
}

json::object rate(const RateLimit& limit) {
  return {{"per_minute", limit.per_minute}, {"burst", limit.burst}};
}

// Reading: what is missing or of another type leaves the default. Only our own hand writes these texts.
std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(view(key));
  return value != nullptr && value->is_string() ? std::string(value->get_string().c_str(), value->get_string().size())
                                                : std::string();
}

std::int64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(view(key));
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array none;
  const json::value* value = object.if_contains(view(key));
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

// The members of a list that are objects.
template <class Visit>
void each_object(const json::object& object, std::string_view key, Visit visit) {
  for (const json::value& each : array_of(object, key)) {
    if (each.is_object()) visit(each.get_object());
  }
}

std::vector<SpaceId> ids_of(const json::object& object, std::string_view key) {
  std::vector<SpaceId> out;
  for (const json::value& each : array_of(object, key)) {
    if (each.is_int64()) out.push_back({each.get_int64()});
  }
  return out;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  for (const json::value& each : array_of(object, key)) {
    if (each.is_string()) out.emplace_back(each.get_string().c_str(), each.get_string().size());
  }
  return out;
}

RateLimit rate_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(view(key));
  if (value == nullptr || !value->is_object()) return {};
  return {static_cast<std::uint32_t>(number_of(value->get_object(), "per_minute")),
          static_cast<std::uint32_t>(number_of(value->get_object(), "burst"))};
}

SourceSettings read_source(const json::object& object, std::vector<SourceSecret> secrets) {
  SourceSettings source;
  if (std::string name = text_of(object, "name"); !name.empty()) source.name = std::move(name);
  source.secrets = std::move(secrets);
  source.webhook_id = text_of(object, "webhook_id");
  source.url_action = parse_source_action(text_of(object, "url_action"));
  each_object(object, "events", [&](const json::object& each) {
    const auto action = parse_source_action(text_of(each, "action"));
    if (action) source.events.push_back({text_of(each, "type"), *action});
  });
  each_object(object, "conditions", [&](const json::object& each) {
    source.conditions.push_back({text_of(each, "subject"), text_of(each, "op"), texts_of(each, "values")});
  });
  each_object(object, "products", [&](const json::object& each) {
    source.products.push_back({text_of(each, "product"), ids_of(each, "spaces"), ids_of(each, "courses")});
  });
  const json::value* skip_stale = object.if_contains("skip_stale");
  if (skip_stale != nullptr && skip_stale->is_bool()) source.skip_stale = skip_stale->get_bool();
  return source;
}

Protection read_protection(const json::object& object) {
  Protection protection;
  for (const std::string& each : texts_of(object, "networks")) {
    // What cannot be read lets nobody in: an empty list would let in everybody.
    protection.networks.push_back(IpNetwork::parse(each).value_or(IpNetwork()));
  }
  protection.webhook_rate = rate_of(object, "webhook_rate");
  protection.address_rate = rate_of(object, "address_rate");
  if (const std::string at = text_of(object, "expires_at"); !at.empty()) protection.expires_at = parse_time(at);
  return protection;
}

}  // namespace

json::object to_json(const SourceSettings& source) {
  json::object out{{"name", source.name}};
  if (!source.webhook_id.empty()) out["webhook_id"] = source.webhook_id;
  if (source.url_action) out["url_action"] = view(to_word(*source.url_action));
  if (!source.events.empty()) {
    json::array& list = (out["events"] = json::array()).get_array();
    for (const EventMeaning& each : source.events) {
      list.push_back({{"type", each.type}, {"action", view(to_word(each.action))}});
    }
  }
  if (!source.conditions.empty()) {
    json::array& list = (out["conditions"] = json::array()).get_array();
    for (const WebhookCondition& each : source.conditions) {
      list.push_back({{"subject", each.subject},
                      {"op", each.op},
                      {"values", json::array(each.values.begin(), each.values.end())}});
    }
  }
  if (!source.products.empty()) {
    json::array& list = (out["products"] = json::array()).get_array();
    for (const ProductEffects& each : source.products) {
      list.push_back({{"product", each.product}, {"spaces", ids(each.spaces)}, {"courses", ids(each.courses)}});
    }
  }
  if (!source.skip_stale) out["skip_stale"] = false;
  return out;
}

json::object to_json(const Protection& protection) {
  json::object out;
  if (!protection.networks.empty()) {
    json::array& list = (out["networks"] = json::array()).get_array();
    for (const IpNetwork& each : protection.networks) list.emplace_back(each.to_text());
  }
  if (protection.webhook_rate.per_minute > 0) out["webhook_rate"] = rate(protection.webhook_rate);
  if (protection.address_rate.per_minute > 0) out["address_rate"] = rate(protection.address_rate);
  if (protection.expires_at) out["expires_at"] = to_rfc3339(*protection.expires_at);
  return out;
}

std::string write_webhook_settings(const Webhook& webhook) {
  SourceSettings source = webhook.source;
  source.secrets.clear();
  if (source == SourceSettings() && webhook.protection == Protection()) return {};
  return json::serialize(json::object{{"source", to_json(source)}, {"protection", to_json(webhook.protection)}});
}

Result<void> read_webhook_settings(std::string_view text, Webhook& webhook) {
  if (text.empty()) return {};
  boost::system::error_code error;
  const json::value value = json::parse(view(text), error);
  if (error || !value.is_object()) {
    return Error{Errc::internal, "The settings of a webhook cannot be read.",
                 "webhook " + std::to_string(webhook.id.value)};
  }
  const auto part = [&](std::string_view key) -> const json::object& {
    static const json::object none;
    const json::value* found = value.get_object().if_contains(view(key));
    return found != nullptr && found->is_object() ? found->get_object() : none;
  };
  webhook.source = read_source(part("source"), std::move(webhook.source.secrets));
  webhook.protection = read_protection(part("protection"));
  return {};
}

}  // namespace postern
