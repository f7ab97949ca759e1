#include "source/json_reader.h"

#include <boost/json.hpp>

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

json::string_view key_view(std::string_view key) {
  return {key.data(), key.size()};
}

}  // namespace

ObjectReader::ObjectReader(const json::value& value, std::string prefix, Complaint& complaint)
    : object_(value.if_object()), prefix_(std::move(prefix)), complaint_(complaint) {
  if (object_ == nullptr) {
    complaint_.add(prefix_.empty() ? "preset" : prefix_.substr(0, prefix_.size() - 1), "must be a table of keys");
  }
}

bool ObjectReader::has(std::string_view key) const {
  return object_ != nullptr && object_->contains(key_view(key));
}

const json::value* ObjectReader::take(std::string_view key) {
  asked_.push_back(key);
  return object_ == nullptr ? nullptr : object_->if_contains(key_view(key));
}

std::optional<std::string> ObjectReader::checked(std::string_view key, const json::value& value) {
  const json::string* text = value.if_string();
  if (text == nullptr) return complain(key, "must be a text"), std::nullopt;
  if (text->size() > kMaxPresetText) return complain(key, "is longer than 4000 bytes"), std::nullopt;
  return std::string(text->data(), text->size());
}

std::string ObjectReader::text(std::string_view key, std::string fallback) {
  const json::value* value = take(key);
  if (value == nullptr) return fallback;
  return checked(key, *value).value_or("");
}

bool ObjectReader::flag(std::string_view key, bool fallback) {
  const json::value* value = take(key);
  if (value == nullptr) return fallback;
  if (const bool* flag = value->if_bool()) return *flag;
  complain(key, "must be true or false");
  return fallback;
}

std::int64_t ObjectReader::number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t fallback) {
  const json::value* value = take(key);
  if (value == nullptr) return fallback;
  const std::int64_t* number = value->if_int64();
  if (number != nullptr && *number >= least && *number <= most) return *number;
  complain(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

std::span<const json::value> ObjectReader::list(std::string_view key) {
  const json::value* value = take(key);
  if (value == nullptr) return {};
  const json::array* list = value->if_array();
  if (list == nullptr) return complain(key, "must be a list"), std::span<const json::value>();
  if (list->size() > kMaxPresetList) {
    return complain(key, "has more than 200 entries"), std::span<const json::value>();
  }
  return {list->data(), list->size()};
}

std::vector<std::string> ObjectReader::texts(std::string_view key) {
  const json::value* value = object_ == nullptr ? nullptr : object_->if_contains(key_view(key));
  if (value != nullptr && value->is_string()) return {text(key)};
  std::vector<std::string> out;
  for (const json::value& each : list(key)) {
    if (auto text = checked(key, each)) out.push_back(*std::move(text));
  }
  return out;
}

std::vector<Path> ObjectReader::paths(std::string_view key) {
  std::vector<Path> out;
  for (const std::string& text : texts(key)) {
    Result<Path> path = parse_path(text);
    if (path) {
      out.push_back(*std::move(path));
    } else {
      complain(key, "has the path '" + text + "', which " + path.error().message);
    }
  }
  return out;
}

std::optional<Path> ObjectReader::path(std::string_view key) {
  if (!has(key)) return (static_cast<void>(take(key)), std::nullopt);
  Result<Path> path = parse_path(text(key));
  if (path) return *std::move(path);
  complain(key, path.error().message);
  return std::nullopt;
}

const json::value* ObjectReader::object(std::string_view key) {
  const json::value* value = take(key);
  if (value == nullptr || value->is_object()) return value;
  complain(key, "must be a table of keys");
  return nullptr;
}

std::vector<std::string> ObjectReader::keys() const {
  std::vector<std::string> out;
  if (object_ == nullptr) return out;
  for (const auto& member : *object_) out.emplace_back(member.key().data(), member.key().size());
  return out;
}

void ObjectReader::finish() {
  for (const std::string& key : keys()) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::string known;
    for (const std::string_view each : asked_) {
      const std::string name(each);
      if (known.find(name + ",") == std::string::npos) known += name + ", ";
    }
    if (known.size() > 2) known.resize(known.size() - 2);
    complain(key.substr(0, 100), "is no key that is known here; there are " + known);
  }
}

std::optional<std::string> scalar_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  if (const auto* flag = value.if_bool()) return std::string(*flag ? "true" : "false");
  if (value.is_int64() || value.is_uint64()) return json::serialize(value);
  return std::nullopt;
}

}  // namespace postern
