// The resources of the admin API as JSON. Text that is no UTF-8 comes out with U+FFFD.
#pragma once

#include "admin/call.h"
#include "admin/reply.h"
#include "http/message.h"
#include "manage/webhook_activity.h"
#include "store/store.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>

namespace postern {

boost::json::value text_json(std::string_view text);  // Null if it is empty.
boost::json::value time_json(const std::optional<WallTime>& time);

// What may be edited, for the audit log.
boost::json::object editable_json(const Webhook& webhook);
boost::json::object editable_json(const Space& space);
// Changes with every edit, and with nothing else. Without quotes.
std::string etag_of(const Webhook& webhook);
std::string etag_of(const Space& space);

boost::json::object space_json(const Space& space, std::int64_t members);
boost::json::object space_brief_json(const Space& space);
boost::json::object user_json(const User& user);
// "role", "status", "since", "because_of".
boost::json::object membership_json(const MembershipRow& row);

// As it is set, and what is known about it beside that.
boost::json::object webhook_json(const Webhook& webhook, const CatalogData& catalog, const WebhookActivity& activity);

// Writes deliveries for one caller, who may or may not see payloads. Looks users up as it goes.
class DeliveryWriter {
 public:
  DeliveryWriter(UserStore& users, CatalogData catalog, bool payloads)
      : users_(users), catalog_(std::move(catalog)), payloads_(payloads) {}
  const CatalogData& catalog() const { return catalog_; }

  // As in lists: without payload, story and reply. Errors: those of the store.
  Result<boost::json::object> brief(const Delivery& delivery);
  Result<boost::json::object> whole(const Delivery& delivery, const http::Response& reply);

 private:
  UserStore& users_;
  const CatalogData catalog_;
  const bool payloads_;
  std::map<UserId, boost::json::value> known_;
};

// Writes rows of the outbox. Looks users and endpoints up as it goes. Errors: those of the store.
class EffectWriter {
 public:
  EffectWriter(Store& store, WallTime now) : store_(store), now_(now) {}
  Result<boost::json::object> brief(const OutboxRow& row);
  Result<boost::json::array> list(const std::vector<OutboxRow>& rows);

 private:
  Result<boost::json::value> endpoint(const std::optional<EndpointId>& id);

  Store& store_;
  const WallTime now_;
  std::map<EndpointId, boost::json::value> known_;
};

// 428, 412 or nothing, by the If-Match of the request.
std::optional<Problem> check_if_match(const Call& call, const std::string& etag, boost::json::value current);
// 200 (or another status) with the resource and its ETag.
http::Response resource_reply(boost::json::object resource, int status = 200);

}  // namespace postern
