#include "wordpress/webhook_value.h"

#include "wordpress/php_serialize.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace postern::wordpress {
namespace {

constexpr std::string_view kRuns = "running_count";

using Ids = std::vector<std::int64_t>;

struct IdList {
  std::string_view key;
  Ids WebhookValue::*member;
};
constexpr std::array<IdList, 4> kLists{{{"course_ids", &WebhookValue::course_ids},
                                        {"space_ids", &WebhookValue::space_ids},
                                        {"remove_course_ids", &WebhookValue::remove_course_ids},
                                        {"remove_space_ids", &WebhookValue::remove_space_ids}}};

Result<PhpValue> read_array(std::optional<std::string_view> stored) {
  if (!stored || stored->empty()) return PhpValue{PhpArray()};
  PhpValue value = TRY(maybe_unserialize(*stored));
  if (value.if_array() == nullptr) {
    return Error{Errc::invalid, "The stored value of the webhook is no serialized array.", ""};
  }
  return value;
}

// PHP takes "3", "4.0" and 4.0 for numbers where it compares them with a column of numbers.
std::optional<std::int64_t> number_in(const PhpValue& value) {
  if (const std::int64_t* number = value.if_integer()) return *number;
  double out = 0;
  if (const auto* number = std::get_if<double>(&value.data)) {
    out = *number;
  } else if (const std::string* text = value.if_string()) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  const bool whole = out == std::floor(out) && std::abs(out) < 9e15;
  return whole ? std::optional(static_cast<std::int64_t>(out)) : std::nullopt;
}

Ids ids_in(const PhpValue* value) {
  Ids out;
  const PhpArray* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return out;
  for (const PhpEntry& entry : list->entries) {
    const auto id = number_in(entry.value);
    if (id && *id > 0) out.push_back(*id);
  }
  return out;
}

// PHP's (int).
std::int64_t integer_of(const PhpValue* value) {
  if (value == nullptr) return 0;
  if (const std::int64_t* number = value->if_integer()) return *number;
  if (const auto* flag = std::get_if<bool>(&value->data)) return *flag ? 1 : 0;
  std::int64_t out = 0;
  if (const std::string* text = value->if_string()) {
    const std::size_t begin = std::min(text->find_first_not_of(" \t\n\r\v\f"), text->size());
    std::from_chars(text->data() + begin, text->data() + text->size(), out);
  }
  return out;
}

}  // namespace

Result<WebhookValue> read_webhook_value(std::optional<std::string_view> stored) {
  const PhpValue value = TRY(read_array(stored));
  WebhookValue out;
  const PhpValue* title = value.find("title");
  if (title != nullptr && title->if_string() != nullptr) out.title = *title->if_string();
  for (const IdList& list : kLists) out.*list.member = ids_in(value.find(list.key));
  const PhpValue* mail = value.find("send_wp_welcome_email");
  out.welcome_email = mail == nullptr || (mail->if_string() != nullptr && *mail->if_string() == "yes");
  return out;
}

std::string write_webhook_value(std::optional<std::string_view> stored, const WebhookValue& value) {
  auto before = read_array(stored);
  PhpValue out = before ? *std::move(before) : PhpValue{PhpArray()};
  set_entry(out, "title", PhpValue{value.title});
  for (const IdList& list : kLists) set_entry(out, list.key, php_list(value.*list.member));
  set_entry(out, "send_wp_welcome_email", PhpValue{std::string(value.welcome_email ? "yes" : "no")});
  return php_serialize(out);
}

Result<std::string> count_runs(std::optional<std::string_view> stored, std::int64_t runs) {
  PhpValue value = TRY(read_array(stored));
  set_entry(value, kRuns, PhpValue{integer_of(value.find(kRuns)) + runs});
  return php_serialize(value);
}

std::string without_runs(std::string_view stored) {
  auto value = read_array(stored);
  if (!value) return std::string(stored);
  std::vector<PhpEntry>& entries = value->if_array()->entries;
  std::erase_if(entries, [](const PhpEntry& entry) { return entry.key == php_key(kRuns); });
  return php_serialize(*value);
}

}  // namespace postern::wordpress
