#include "source/interpret.h"

#include "base/time_text.h"
#include "crypto/encoding.h"
#include "crypto/signature.h"

#include <algorithm>
#include <charconv>

namespace postern {
namespace {

constexpr std::size_t kMaxFieldBytes = 20'000;  // As in the form source.
constexpr std::size_t kMaxKeyBytes = 1024;      // Of types, ids and references.
constexpr std::size_t kMaxProducts = 200;

constexpr std::string_view kBlanks = " \t\r\n";

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin));
}

Rejection too_long(std::string_view name, std::size_t limit) {
  return {400, "invalid_field",
          "The field '" + std::string(name) + "' is longer than " + std::to_string(limit) +
              " bytes. Let the sender send a shorter one."};
}

// Seconds or milliseconds since 1970, or RFC 3339. A time without a zone is none: nobody knows when that is.
std::optional<WallTime> parse_event_time(std::string_view text) {
  constexpr std::int64_t kFirstMilliseconds = 100'000'000'000;  // As seconds: the year 5138.
  constexpr std::int64_t kLast = 253'402'300'799'999;           // The end of the year 9999.
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (number < 0 || number > kLast) return std::nullopt;
    return WallTime(std::chrono::milliseconds(number < kFirstMilliseconds ? number * 1000 : number));
  }
  return parse_time(text);
}

// Reads the events of one request.
class Interpreter {
 public:
  Interpreter(const Preset& preset, const SignedRequest& request, const InterpretOptions& options,
              const Document& document)
      : preset_(preset), request_(request), options_(options), document_(document) {}

  SourceEvent read(std::size_t at) {
    at_ = at;
    SourceEvent event;
    event.type = text("event_type", preset_.event_type, kMaxKeyBytes);
    event.id = text("event_id", preset_.event_id, kMaxKeyBytes);
    event.time = parse_event_time(text("event_time", preset_.event_time, kMaxKeyBytes));
    read_person(event);
    event.external_id = text("external_id", preset_.fields.external_id, kMaxKeyBytes);
    event.order_ref = text("order_ref", preset_.fields.order_ref, kMaxKeyBytes);
    read_products(event);
    for (const auto& [name, paths] : preset_.fields.others) {
      event.others.emplace_back(name, text(name, paths, kMaxFieldBytes));
    }
    decide(event);
    event.repeat_key = repeat_key(event);
    return event;
  }
  const std::optional<Rejection>& rejection() const { return rejection_; }

 private:
  std::string text(std::string_view name, const std::vector<Path>& paths, std::size_t limit) {
    std::string out = document_.text(at_, paths).value_or("");
    if (out.size() > limit && !rejection_) rejection_ = too_long(name, limit);
    return out;
  }

  void read_person(SourceEvent& event) {
    const FieldPaths& fields = preset_.fields;
    event.email = trimmed(text("email", fields.email, kMaxFieldBytes));
    event.first_name = trimmed(text("first_name", fields.first_name, kMaxFieldBytes));
    event.last_name = trimmed(text("last_name", fields.last_name, kMaxFieldBytes));
    if (event.first_name.empty() && event.last_name.empty()) {
      const std::string full = trimmed(text("full_name", fields.full_name, kMaxFieldBytes));
      const std::size_t blank = std::min(full.find_first_of(kBlanks), full.size());
      event.first_name = full.substr(0, blank);
      event.last_name = trimmed(std::string_view(full).substr(blank));
    }
    event.login = text("user_login", fields.login, kMaxFieldBytes);
    event.password = Secret(text("user_pass", fields.password, options_.limits.max_password_bytes));
  }

  void read_products(SourceEvent& event) {
    for (const Path& path : preset_.fields.product) {
      const Found found = document_.find(at_, path, kMaxProducts);
      for (const auto* const list : {&found.texts, &found.members}) {
        for (const std::string& each : *list) {
          if (each.size() > kMaxKeyBytes && !rejection_) rejection_ = too_long("product", kMaxKeyBytes);
          const bool known = std::find(event.products.begin(), event.products.end(), each) != event.products.end();
          if (!known && event.products.size() < kMaxProducts) event.products.push_back(each);
        }
      }
      if (!event.products.empty()) return;
    }
  }

  void decide(SourceEvent& event) {
    event.action = preset_.otherwise;
    for (std::size_t i = 0; i < preset_.rules.size(); ++i) {
      if (!holds(preset_.rules[i].when, document_, at_, event)) continue;
      event.action = preset_.rules[i].action;
      event.rule = i;
      break;
    }
    if (options_.url_action && event.action == SourceAction::grant) event.action = *options_.url_action;
  }

  std::string repeat_key(const SourceEvent& event) {
    const bool by_id = preset_.repeat_key.empty() && !preset_.repeat_key_has_body;
    std::string out;
    // With its length before each part, so that no two lists of parts give the same key.
    const auto add = [&out](std::string_view part) { out += std::to_string(part.size()) + ":" + std::string(part); };
    if (by_id) {
      if (!event.id.empty()) add(event.id);
      return out;
    }
    for (const Path& path : preset_.repeat_key) {
      const std::string part = first_of(path, event);
      if (part.empty()) return {};
      add(part);
    }
    if (preset_.repeat_key_has_body) add(body_digest() + std::to_string(at_));
    return out;
  }

  std::string first_of(const Path& path, const SourceEvent& event) const {
    Found found = path.from == Path::From::fact ? find_fact(path.name, event) : document_.find(at_, path, 1);
    return found.texts.empty() ? std::string() : std::move(found.texts.front());
  }

  // Taken once for all events of the request.
  const std::string& body_digest() {
    if (body_digest_.empty()) body_digest_ = hex_encode(digest(Digest::sha256, request_.body));
    return body_digest_;
  }

  const Preset& preset_;
  const SignedRequest& request_;
  const InterpretOptions& options_;
  const Document& document_;
  std::size_t at_ = 0;
  std::string body_digest_;
  std::optional<Rejection> rejection_;
};

bool looks_like_probe(const SetupProbe& probe, const SignedRequest& request, const Document& document) {
  if (!probe.method.empty() && probe.method != request.method) return false;
  return document.size() == 1 && holds(probe.when, document, 0, {});
}

}  // namespace

bool is_setup_probe(const Preset& preset, const SignedRequest& request, const FormLimits& limits) {
  if (!preset.setup) return false;
  const Document document = Document::read(preset.body, request, limits);
  return !document.rejection() && looks_like_probe(*preset.setup, request, document);
}

Interpretation interpret(const Preset& preset, const SignedRequest& request, const InterpretOptions& options) {
  Interpretation out;
  out.document = Document::read(preset.body, request, options.limits);
  out.rejection = out.document->rejection();
  if (!out.rejection && preset.setup && looks_like_probe(*preset.setup, request, *out.document)) {
    out.events.emplace_back().probe = true;
    return out;
  }
  Interpreter interpreter(preset, request, options, *out.document);
  for (std::size_t i = 0; i < out.document->size() && !out.rejection; ++i) {
    out.events.push_back(interpreter.read(i));
    out.rejection = interpreter.rejection();
  }
  if (out.rejection) out.events.clear();
  return out;
}

}  // namespace postern
