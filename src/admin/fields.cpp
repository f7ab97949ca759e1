#include "admin/fields.h"

#include "base/time_text.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool has_control(std::string_view text, bool multiline) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || (byte < 0x20 && !(multiline && (c == '\n' || c == '\r' || c == '\t')));
  });
}

}  // namespace

const json::value* Fields::find(std::string_view name, bool required) {
  known_.push_back(name);
  const json::value* value = body_.if_contains(json::string_view(name.data(), name.size()));
  if (value != nullptr && value->is_null()) value = nullptr;
  if (value == nullptr && required) wrong(name, "is missing");
  return value;
}

void Fields::wrong(std::string_view name, std::string_view message) {
  errors_.push_back({std::string(name), std::string(message)});
}

std::optional<std::string> Fields::text(std::string_view name, const Text& rules) {
  const json::value* value = find(name, rules.required);
  if (value == nullptr) return std::nullopt;
  const json::string* text = value->if_string();
  if (text == nullptr) return wrong(name, "is no text"), std::nullopt;
  const std::string_view out = rules.raw || !rules.trim ? view(*text) : trimmed(view(*text));
  if (out.empty() && !rules.may_be_empty) return wrong(name, "is empty"), std::nullopt;
  if (out.size() > rules.max) {
    return wrong(name, "is longer than " + std::to_string(rules.max) + " bytes"), std::nullopt;
  }
  if (!rules.raw && has_control(out, rules.multiline)) {
    return wrong(name, "has a control character"), std::nullopt;
  }
  return std::string(out);
}

std::optional<bool> Fields::boolean(std::string_view name, bool required) {
  const json::value* value = find(name, required);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) return wrong(name, "is neither true nor false"), std::nullopt;
  return value->get_bool();
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const json::value* value = find(name, false);
  if (value == nullptr) return std::nullopt;
  const std::int64_t* number = value->if_int64();
  if (number == nullptr || *number < least || *number > most) {
    return wrong(name, "is no whole number from " + std::to_string(least) + " to " + std::to_string(most)),
           std::nullopt;
  }
  return *number;
}

std::optional<std::vector<std::int64_t>> Fields::ids(std::string_view name, std::size_t most) {
  const json::value* value = find(name, false);
  if (value == nullptr) return std::nullopt;
  const json::array* list = value->if_array();
  if (list == nullptr || list->size() > most) {
    return wrong(name, "is no list of at most " + std::to_string(most) + " numbers"), std::nullopt;
  }
  std::vector<std::int64_t> out;
  for (const json::value& each : *list) {
    const std::int64_t* number = each.if_int64();
    if (number == nullptr || *number <= 0) return wrong(name, "holds something that is no number"), std::nullopt;
    if (std::find(out.begin(), out.end(), *number) != out.end()) {
      return wrong(name, "names " + std::to_string(*number) + " twice"), std::nullopt;
    }
    out.push_back(*number);
  }
  return out;
}

std::optional<std::vector<std::string>> Fields::words(std::string_view name, std::size_t most) {
  const json::value* value = find(name, false);
  if (value == nullptr) return std::nullopt;
  const json::array* list = value->if_array();
  if (list == nullptr || list->size() > most) {
    return wrong(name, "is no list of at most " + std::to_string(most) + " texts"), std::nullopt;
  }
  std::vector<std::string> out;
  for (const json::value& each : *list) {
    const json::string* text = each.if_string();
    if (text == nullptr) return wrong(name, "holds something that is no text"), std::nullopt;
    out.emplace_back(view(*text));
  }
  return out;
}

std::optional<WallTime> Fields::time(std::string_view name) {
  const auto given = text(name, {.max = 64});
  if (!given) return std::nullopt;
  const auto parsed = parse_time(*given);
  if (!parsed) wrong(name, "is no time such as 2026-03-01T09:30:00Z");
  return parsed;
}

const json::object* Fields::object(std::string_view name) {
  const json::value* value = find(name, false);
  if (value == nullptr) return nullptr;
  const json::object* object = value->if_object();
  if (object == nullptr) wrong(name, "is no object");
  return object;
}

std::optional<std::vector<const json::object*>> Fields::objects(std::string_view name, std::size_t most) {
  const json::value* value = find(name, false);
  if (value == nullptr) return std::nullopt;
  const json::array* list = value->if_array();
  if (list == nullptr || list->size() > most) {
    return wrong(name, "is no list of at most " + std::to_string(most) + " objects"), std::nullopt;
  }
  std::vector<const json::object*> out;
  for (const json::value& each : *list) {
    if (!each.is_object()) return wrong(name, "holds something that is no object"), std::nullopt;
    out.push_back(each.if_object());
  }
  return out;
}

bool Fields::is_null(std::string_view name) const {
  const json::value* value = body_.if_contains(json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_null();
}

void Fields::complain_of_unknown() {
  for (const auto& member : body_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) wrong(name, "is not known here");
  }
}

std::optional<Problem> Fields::finish() {
  complain_of_unknown();
  if (errors_.empty()) return std::nullopt;
  return invalid_fields(std::move(errors_));
}

}  // namespace postern
