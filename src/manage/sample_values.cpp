#include "manage/sample_values.h"

#include "base/utf8.h"
#include "source/media_type.h"
#include "source/script_data.h"
#include "source/urlencoded.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace postern {
namespace {

namespace json = boost::json;

// A member's name as a step of a path. Source: RFC 6901 §3.
std::string step_of(std::string_view name) {
  std::string out = "/";
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

// As conditions compare it.
std::string scalar_text(const json::value& value) {
  if (const auto* flag = value.if_bool()) return *flag ? "true" : "false";
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_uint64()) return std::to_string(value.get_uint64());
  std::array<char, 32> out{};
  const auto [end, error] = std::to_chars(out.begin(), out.end(), value.to_number<double>());
  return std::string(out.data(), end);
}

class Collector {
 public:
  Collector(const Preset* preset, SampleValues& out) : preset_(preset), out_(out) {}

  void visit(const json::value& value, const std::string& path) {
    if (const auto* object = value.if_object()) {
      for (const auto& member : *object) visit(member.value(), path + step_of(member.key()));
    } else if (const auto* list = value.if_array()) {
      for (std::size_t i = 0; i < list->size(); ++i) visit((*list)[i], path + "/" + std::to_string(i));
    } else if (const auto* text = value.if_string()) {
      visit_text(std::string(text->c_str(), text->size()), path);
    } else if (!value.is_null()) {
      add(path, scalar_text(value));
    }
  }
  void add(std::string path, std::string_view value) {
    if (value.empty()) return;
    out_.complete = out_.values.size() < kMaxSampleValues;
    if (!out_.complete) return;
    out_.values.push_back({std::move(path), utf8::sanitized(value.substr(0, kMaxSampleValueBytes))});
  }

 private:
  // A text may be JSON itself, if the preset says so.
  void visit_text(const std::string& text, const std::string& path) {
    const auto is_here = [&](const Path& each) { return each.text == path; };
    if (preset_ != nullptr && std::any_of(preset_->body.json_in.begin(), preset_->body.json_in.end(), is_here)) {
      json::error_code error;
      const json::value inner = json::parse(text, error);
      if (!error && inner.is_structured()) return visit(inner, path);
    }
    add(path, text);
  }

  const Preset* preset_;
  SampleValues& out_;
};

bool is_json(const Preset* preset, const SampleRequest& sample) {
  if (preset != nullptr && preset->body.format != BodyRules::Format::automatic) {
    return preset->body.format == BodyRules::Format::json;
  }
  const BodyFormat sent = format_of(sample.content_type);
  if (sent != BodyFormat::unknown) return sent == BodyFormat::json;
  const std::size_t at = sample.body.find_first_not_of(" \t\r\n");
  return at != std::string::npos && (sample.body[at] == '{' || sample.body[at] == '[');
}

// Null if it cannot be read.
json::value tree_of(const Preset* preset, const SampleRequest& sample, const FormLimits& limits) {
  std::string text = sample.body;
  if (!is_json(preset, sample)) {
    const bool has_type = format_of(sample.content_type) != BodyFormat::unknown;
    text = script_data(has_type ? sample.content_type : "application/x-www-form-urlencoded", sample.body, limits).json;
  }
  json::error_code error;
  json::value out = json::parse(text, error, {}, {.max_depth = limits.max_json_depth});
  return error ? json::value(nullptr) : out;
}

// Where the paths of a preset with `each` begin; null: nowhere.
const json::value* first_event(const Preset* preset, const json::value& tree) {
  if (preset == nullptr || !preset->body.each) return &tree;
  const json::value* at = &tree;
  for (const PathStep& step : preset->body.each->steps) {
    const json::object* object = at->if_object();
    at = step.kind == PathStep::Kind::key && object != nullptr ? object->if_contains(step.key) : nullptr;
    if (at == nullptr) return &tree;  // One event without a list is read too.
  }
  const json::array* list = at->if_array();
  if (list == nullptr) return &tree;
  return list->if_contains(0);
}

}  // namespace

SampleValues values_of(const Preset* preset, const SampleRequest& sample, const FormLimits& limits) {
  SampleValues out;
  Collector collector(preset, out);
  const json::value tree = tree_of(preset, sample, limits);
  if (const json::value* event = first_event(preset, tree)) collector.visit(*event, "");
  each_pair(sample.query, [&](std::string_view name, std::string_view value) {
    collector.add("query:" + form_decode(name), form_decode(value));
    return true;
  });
  for (const auto& [name, value] : sample.headers) collector.add("header:" + name, value);
  return out;
}

}  // namespace postern
