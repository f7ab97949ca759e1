#include "source/form_tree.h"

#include "base/utf8.h"
#include "source/form_pairs.h"

#include <boost/json.hpp>

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

std::optional<Rejection> parse(std::string_view text, std::string_view what, const FormLimits& limits,
                               json::value& out) {
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  json::parse_options options;
  options.max_depth = limits.max_json_depth;
  json::error_code error;
  json::value parsed = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) {
    return Rejection{400, "malformed_body", std::string(what) + " is not valid JSON (" + error.message() + ")."};
  }
  out = std::move(parsed);
  return std::nullopt;
}

Rejection too_deep() {
  return {400, "malformed_body", "A field's name has too many brackets. Send a flatter form."};
}

// One step into a form: name[] is the next element of a list, name[key] a member.
json::value& enter(json::value& at, std::string_view key) {
  const bool next = key.empty();
  if (next && !at.is_object()) {
    if (!at.is_array()) at.emplace_array();
    return at.get_array().emplace_back(nullptr);
  }
  if (!at.is_object()) {
    json::object members;
    if (const auto* list = at.if_array()) {
      std::size_t index = 0;
      for (const json::value& each : *list) members.emplace(std::to_string(index++), each);
    }
    at = std::move(members);
  }
  json::object& members = at.get_object();
  return next ? members[std::to_string(members.size())] : members[json::string_view(key.data(), key.size())];
}

std::optional<Rejection> insert(json::value& root, std::string name, std::string value, const FormLimits& limits) {
  name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
  const std::string clean = utf8::is_valid(name) ? std::move(name) : utf8::sanitized(name);
  std::string_view rest = clean;
  const std::size_t bracket = rest.find('[', 1);
  const bool nested = bracket != std::string_view::npos && rest.find(']', bracket) != std::string_view::npos;
  const std::string_view first = nested ? rest.substr(0, bracket) : rest;
  rest.remove_prefix(first.size());
  json::value* at = &enter(root, first.empty() ? std::string_view(" ") : first);
  std::size_t depth = 0;
  while (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) break;  // PHP takes what is left as nothing.
    if (++depth > limits.max_json_depth) return too_deep();
    at = &enter(*at, rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
  }
  *at = utf8::is_valid(value) ? std::move(value) : utf8::sanitized(value);
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> read_tree(BodyFormat format, const MediaType& type, std::string_view body,
                                   const FormLimits& limits, json::value& out) {
  if (format == BodyFormat::json) return parse(body, "The body", limits, out);
  FormPairs form =
      format == BodyFormat::multipart ? multipart_pairs(body, type, limits) : urlencoded_pairs(body, limits);
  if (form.rejection) return std::move(form.rejection);
  out.emplace_object();
  for (auto& [name, value] : form.pairs) {
    if (auto rejection = insert(out, std::move(name), std::move(value), limits)) return rejection;
  }
  return std::nullopt;
}

std::optional<Rejection> open_json(json::value& root, const Path& path, const FormLimits& limits) {
  json::value* at = &root;
  for (const PathStep& step : path.steps) {
    json::object* object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(step.key);
    if (at == nullptr) return std::nullopt;
  }
  const json::string* text = at->if_string();
  if (text == nullptr || text->empty()) return std::nullopt;
  const std::string copy(text->data(), text->size());
  return parse(copy, "The text in '" + path.text + "'", limits, *at);
}

}  // namespace postern
