// Source and protection of a webhook as one JSON text: for stores, which keep it in a column, and for who shows it.
#pragma once

#include "base/result.h"
#include "model/webhook.h"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace postern {

// What is as it is by default is left out. Without secrets: those are kept apart.
boost::json::object to_json(const SourceSettings& source);
boost::json::object to_json(const Protection& protection);

// {"source": …, "protection": …}; empty if all is as it is by default.
std::string write_webhook_settings(const Webhook& webhook);
// Fills in source and protection; secrets stay as they are. What it does not know is left alone: a newer version may
// have written it. Errors: internal (no such text).
Result<void> read_webhook_settings(std::string_view text, Webhook& webhook);

}  // namespace postern
