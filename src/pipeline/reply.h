// A decided delivery as the sender sees it.
#pragma once

#include "http/message.h"
#include "pipeline/arrival.h"

namespace postern {

// The status of the reply to a rejection: the plugin dialect has its own for some, and some senders are told 200.
int reply_status(const Arrival& arrival, const Rejection& rejection);

// The value of Accept-Post. Source: RFC 9110 allows it, W3C LDP §7.1 names it.
constexpr std::string_view kAcceptedTypes = "application/json, application/x-www-form-urlencoded, multipart/form-data";

// The reply to a delivery that has been committed, in the dialect of its URL. A repeat gets the first reply again.
http::Response render_reply(const Arrival& arrival);

// The reply that a delivery of the log was given. `first`: what it repeats, if it is a repeat and that is still there.
http::Response render_stored_reply(const Delivery& delivery, const std::optional<Delivery>& first);

// The reply to a request that leaves no delivery row: unknown key, overload, failed store.
http::Response render_rejection(Dialect dialect, const Rejection& rejection);

}  // namespace postern
