#include "manage/webhook_settings_json.h"

#include "base/time_text.h"
#include "store/webhook_settings.h"

#include <boost/json/array.hpp>

namespace postern {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

}  // namespace

json::object source_json(const SourceSettings& source) {
  json::object out = to_json(source);
  // What the store leaves out. emplace() keeps what is there.
  out.emplace("webhook_id", "");
  out.emplace("url_action", nullptr);
  for (const char* list : {"events", "conditions", "products"}) out.emplace(list, json::array());
  out.emplace("skip_stale", true);
  json::array secrets;
  for (const SourceSecret& each : source.secrets) {
    secrets.push_back(
        {{"id", each.id}, {"created_at", to_rfc3339(each.created_at)}, {"expires_at", time_or_null(each.expires_at)}});
  }
  out["secrets"] = std::move(secrets);
  return out;
}

json::object protection_json(const Protection& protection) {
  json::object out = to_json(protection);
  out.emplace("networks", json::array());
  for (const char* rate : {"webhook_rate", "address_rate"}) out.emplace(rate, nullptr);
  out.emplace("expires_at", nullptr);
  return out;
}

}  // namespace postern
