// What FluentCommunity keeps of a webhook: a serialized array in {prefix}fcom_meta. Pure. Any thread.
// Source: observed on FluentCommunity 2.8.1; recordings in tests/data/plugin.
#pragma once

#include "base/result.h"
#include "wordpress/php_value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

struct WebhookValue {
  std::string title;
  std::vector<std::int64_t> course_ids;
  std::vector<std::int64_t> space_ids;
  std::vector<std::int64_t> remove_course_ids;
  std::vector<std::int64_t> remove_space_ids;
  bool welcome_email = true;  // Also where the value does not say.
  bool operator==(const WebhookValue&) const = default;
};

// Nothing at all (a NULL) is a webhook that does nothing. Numbers may be texts; what is none is left out, as the plugin
// does it. Errors: invalid (the text cannot be unserialized, or is no array; what is wrong, where).
Result<WebhookValue> read_webhook_value(std::optional<std::string_view> stored);

// `stored` with these settings; all else in it stays: keys that we do not know, and the count of runs. A text that
// cannot be read is replaced.
std::string write_webhook_value(std::optional<std::string_view> stored, const WebhookValue& value);

// `stored` after `runs` more runs. Errors: invalid, as read_webhook_value().
Result<std::string> count_runs(std::optional<std::string_view> stored, std::int64_t runs);

// `stored` without its count of runs, to be compared. A text that cannot be read is returned as it is.
std::string without_runs(std::string_view stored);

}  // namespace postern::wordpress
