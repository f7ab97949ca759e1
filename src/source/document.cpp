#include "source/document.h"

#include "base/utf8.h"
#include "source/form_tree.h"
#include "source/media_type.h"
#include "source/urlencoded.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxEvents = 1000;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

// Nothing for a number that is too long to be kept exactly: an id that lost its last digits is another id.
std::optional<std::string> number_text(const json::value& value) {
  constexpr double kExact = 9'007'199'254'740'992.0;  // 2^53
  std::array<char, 64> out{};
  std::to_chars_result end{};
  if (value.is_int64()) {
    end = std::to_chars(out.begin(), out.end(), value.get_int64());
  } else if (value.is_uint64()) {
    end = std::to_chars(out.begin(), out.end(), value.get_uint64());
  } else {
    const double number = value.get_double();
    if (number >= kExact || number <= -kExact) return std::nullopt;
    end = std::to_chars(out.begin(), out.end(), number);
  }
  return std::string(out.data(), end.ptr);
}

// Nothing for null, lists and objects.
std::optional<std::string> scalar_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(view(*text));
  if (const auto* flag = value.if_bool()) return std::string(*flag ? "true" : "false");
  if (value.is_number()) return number_text(value);
  return std::nullopt;
}

const json::value* child(const json::value& value, const std::string& key) {
  if (const auto* object = value.if_object()) return object->if_contains(key);
  const auto* list = value.if_array();
  if (list == nullptr || key.empty() || (key.size() > 1 && key.front() == '0')) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (error != std::errc() || end != key.data() + key.size()) return nullptr;
  return list->if_contains(index);
}

// Booleans are compared without regard to case: some presets are written by people who see "True".
bool equals(const json::value& value, std::string_view wanted) {
  const auto text = scalar_text(value);
  return text && (value.is_bool() ? http::iequals(*text, wanted) : *text == wanted);
}

bool matches(const json::value& element, const PathStep& step, std::string_view wanted) {
  const json::value* at = &element;
  for (const std::string& name : step.member) {
    at = child(*at, name);
    if (at == nullptr) return false;
  }
  return equals(*at, wanted);
}

// Calls visit(value) for what stands at the end of the steps, until it returns false. Every value of the body is
// looked at once at most per step: what a reference means is settled before, in `wanted`.
template <class Visit>
bool walk(const json::value& at, std::span<const PathStep> steps, std::span<const std::optional<std::string>> wanted,
          const Visit& visit) {
  if (steps.empty()) return visit(at);
  const PathStep& step = steps.front();
  if (step.kind == PathStep::Kind::key) {
    const json::value* next = child(at, step.key);
    return next == nullptr || walk(*next, steps.subspan(1), wanted.subspan(1), visit);
  }
  const auto enter = [&](const json::value& element) {
    const bool in = step.kind == PathStep::Kind::every || (wanted.front() && matches(element, step, *wanted.front()));
    return !in || walk(element, steps.subspan(1), wanted.subspan(1), visit);
  };
  if (const auto* list = at.if_array()) return std::all_of(list->begin(), list->end(), enter);
  // A list of a form whose indexes were written out.
  const auto* object = at.if_object();
  return object == nullptr ||
         std::all_of(object->begin(), object->end(), [&](const auto& member) { return enter(member.value()); });
}

// What each match step compares with.
std::vector<std::optional<std::string>> settle(const json::value& event, std::span<const PathStep> steps) {
  std::vector<std::optional<std::string>> out(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].reference.empty()) {
      out[i] = steps[i].value;
      continue;
    }
    walk(event, steps[i].reference, settle(event, steps[i].reference), [&](const json::value& value) {
      out[i] = scalar_text(value);
      return !out[i];
    });
  }
  return out;
}

bool begins_like_json(std::string_view body) {
  const std::size_t at = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return at != std::string_view::npos && (body[at] == '{' || body[at] == '[');
}

BodyFormat format_for(BodyRules::Format wanted, const MediaType& type, std::string_view body) {
  const BodyFormat sent = format_of(type);
  switch (wanted) {
    case BodyRules::Format::json:
      return BodyFormat::json;
    case BodyRules::Format::form:
      return sent == BodyFormat::multipart ? sent : BodyFormat::urlencoded;
    case BodyRules::Format::multipart:
      return BodyFormat::multipart;
    case BodyRules::Format::automatic:
      break;
  }
  if (sent != BodyFormat::unknown) return sent;
  return begins_like_json(body) ? BodyFormat::json : BodyFormat::urlencoded;
}

}  // namespace

std::optional<std::string_view> SignedRequest::header(std::string_view name) const {
  for (const http::Header& each : headers) {
    if (http::iequals(each.name, name)) return each.value;
  }
  return std::nullopt;
}

std::optional<std::string> SignedRequest::parameter(std::string_view name) const {
  std::optional<std::string> out;
  each_pair(query, [&](std::string_view key, std::string_view value) {
    if (form_decode(key) != name) return true;
    out = form_decode(value);
    return false;
  });
  return out;
}

struct Document::Tree {
  json::value root;
  std::vector<const json::value*> events;
};

Document::Document(const SignedRequest& request) : request_(request), tree_(std::make_unique<Tree>()) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::read(const BodyRules& rules, const SignedRequest& request, const FormLimits& limits) {
  Document out(request);
  json::value& root = out.tree_->root;
  const auto encoding = request.header("content-encoding");
  if (encoding && !encoding->empty() && !http::iequals(*encoding, "identity")) {
    out.rejection_ =
        Rejection{415, "unsupported_encoding", "The body is compressed. Send it without Content-Encoding."};
  } else if (!request.body.empty()) {
    const MediaType type = parse_media_type(request.header("content-type").value_or(""));
    out.rejection_ = read_tree(format_for(rules.format, type, request.body), type, request.body, limits, root);
  }
  for (const Path& path : rules.json_in) {
    if (!out.rejection_) out.rejection_ = open_json(root, path, limits);
  }
  if (out.rejection_) return out;
  const json::value* list = nullptr;
  if (rules.each) {
    walk(root, rules.each->steps, settle(root, rules.each->steps), [&](const json::value& value) {
      list = &value;
      return false;
    });
  }
  if (list == nullptr || !list->is_array()) {
    // Senders that batch also send one event by itself.
    out.tree_->events.push_back(list == nullptr ? &root : list);
    return out;
  }
  if (list->get_array().size() > kMaxEvents) {
    out.rejection_ = Rejection{400, "too_many_events",
                               "The body holds more than " + std::to_string(kMaxEvents) +
                                   " events. Let the sender put fewer into one request."};
    return out;
  }
  for (const json::value& each : list->get_array()) out.tree_->events.push_back(&each);
  return out;
}

std::size_t Document::size() const {
  return tree_->events.size();
}

Found Document::find(std::size_t event, const Path& path, std::size_t limit) const {
  CHECK(event < size() && path.from != Path::From::fact);
  Found out;
  const auto add = [limit](std::vector<std::string>& list, std::optional<std::string> text) {
    if (text && !text->empty() && list.size() < limit) list.push_back(*std::move(text));
  };
  if (path.from == Path::From::header) {
    if (const auto value = request_.header(path.name)) add(out.texts, utf8::sanitized(*value));
    return out;
  }
  if (path.from == Path::From::query) {
    if (const auto value = request_.parameter(path.name)) add(out.texts, utf8::sanitized(*value));
    return out;
  }
  const json::value& root = *tree_->events[event];
  walk(root, path.steps, settle(root, path.steps), [&](const json::value& value) {
    add(out.texts, scalar_text(value));
    out.structured = out.structured || value.is_structured();
    if (const auto* list = value.if_array()) {
      for (const json::value& each : *list) {
        if (out.members.size() == limit) break;
        add(out.members, scalar_text(each));
      }
    }
    return out.texts.size() < limit;
  });
  return out;
}

std::optional<std::string> Document::text(std::size_t event, std::span<const Path> paths) const {
  for (const Path& path : paths) {
    Found found = find(event, path, 1);
    if (!found.texts.empty()) return std::move(found.texts.front());
  }
  return std::nullopt;
}

}  // namespace postern
