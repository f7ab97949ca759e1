#include "pipeline/read_request.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "identity/email.h"
#include "pipeline/rejections.h"
#include "source/interpret.h"
#include "source/secret_names.h"
#include "source/urlencoded.h"

#include <algorithm>
#include <charconv>

namespace postern {
namespace {

constexpr std::size_t kMaxStoredValueBytes = 512;  // Of a header or parameter.
constexpr std::size_t kMaxEventTypeBytes = 200;    // In the log.

// Lines "name: value", "?" with the parameters, "@" with the event's place if it is not the first.
std::string stored_head(const WebhookSource& source, const SignedRequest& request) {
  std::string out;
  for (const std::string& name : source.headers) {
    const auto value = request.header(name);
    if (value && value->size() <= kMaxStoredValueBytes) out += name + ": " + std::string(*value) + "\n";
  }
  std::string query;
  each_pair(request.query, [&](std::string_view name, std::string_view value) {
    const std::string lower = ascii_lower(form_decode(name));
    const bool wanted = std::find(source.parameters.begin(), source.parameters.end(), lower) != source.parameters.end();
    if (!wanted || value.size() > kMaxStoredValueBytes) return true;
    query += (query.empty() ? "?" : "&") + std::string(name) + "=" + std::string(value);
    return true;
  });
  return query.empty() ? out : out + query + "\n";
}

// The type by which the body of a request to this source is read.
std::string_view body_type(const WebhookSource& source, std::string_view content_type, std::string_view body) {
  constexpr std::string_view kJson = "application/json";
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  if (!source.preset) return content_type;
  const bool multipart = content_type.starts_with("multipart/");
  switch (source.preset->body.format) {
    case BodyRules::Format::json:
      return kJson;
    case BodyRules::Format::form:
      return multipart ? content_type : kForm;
    case BodyRules::Format::automatic:
      if (!content_type.empty()) return content_type;
      return body.starts_with('{') || body.starts_with('[') ? kJson : kForm;
    case BodyRules::Format::multipart:
      break;
  }
  return content_type;
}

std::string in_words(const Condition& condition) {
  std::string out = condition.subject.text + " " + std::string(to_word(condition.op));
  for (std::size_t i = 0; i < condition.values.size(); ++i) out += (i == 0 ? " " : ", ") + condition.values[i];
  return out;
}

// The first of the webhook's conditions that the event does not meet, in words; empty: it meets all.
std::string unmet(const WebhookSource& source, const Document& document, std::size_t at, const SourceEvent& event) {
  for (const Condition& each : source.conditions) {
    if (!holds({&each, 1}, document, at, event)) {
      return "The event does not meet the condition '" + in_words(each) + "' of this webhook.";
    }
  }
  return {};
}

// An address that is none counts as absent if the sender has another way to name the person.
std::optional<Rejection> check_person(const SourceEvent& event, Arrival& arrival) {
  if (const auto address = identity::parse_email(event.email)) {
    arrival.event.email = *address;
    arrival.email_key = identity::email_key(*address);
    arrival.delivery.email = *address;
    return std::nullopt;
  }
  arrival.delivery.email = email_for_the_log(event.email);
  if (event.email.empty() && !event.external_id.empty()) return std::nullopt;
  return event.email.empty() ? no_email_in_event() : invalid_email(event.email);
}

// Reads the events of one request into arrivals.
class RequestReader {
 public:
  RequestReader(const Webhook& webhook, const WebhookSource& source, const SignedRequest& request,
                const ReadOptions& options, const Arrival& base)
      : webhook_(webhook), source_(source), request_(request), options_(options), base_(base) {}

  std::vector<Arrival> read() {
    base_.delivery.request_head = stored_head(source_, request_);
    if (!source_.problem.empty()) return refused(source_unusable());
    if (!source_.preset) return read_form();
    base_.always_200 = source_.preset->answer == AnswerPolicy::always_200;
    const Preset& preset = *source_.preset;
    if (preset.setup && !preset.setup->is_signed && is_setup_probe(preset, request_, options_.limits)) return probe();
    if (options_.check_proof) {
      const Verified proof = verify(preset, request_, source_.secrets, options_.now);
      if (!proof.accepted()) return refused(invalid_signature(proof.reason));
    }
    Interpretation read = interpret(preset, request_, {options_.limits, webhook_.source.url_action});
    if (read.rejection) return refused(*std::move(read.rejection));
    if (read.events.size() == 1 && read.events.front().probe) return probe();
    std::vector<Arrival> out;
    for (std::size_t i = 0; i < read.events.size(); ++i) {
      if (options_.only && *options_.only != i) continue;
      out.push_back(read_one(std::move(read.events[i]), *read.document, i));
    }
    return out.empty() ? refused(no_event()) : std::move(out);
  }

 private:
  std::vector<Arrival> refused(Rejection rejection) const {
    std::vector<Arrival> out{base_};
    out.front().fault = std::move(rejection);
    return out;
  }

  std::vector<Arrival> probe() const {
    std::vector<Arrival> out{base_};
    Notice& notice = out.front().event.notice.emplace();
    notice.action = SourceAction::ignore;
    notice.ignored_because = "The sender has tried the URL out; the request says nothing about anybody.";
    return out;
  }

  // A form with conditions: it does what the webhook does, if they are met.
  std::vector<Arrival> read_form() const {
    std::vector<Arrival> out{base_};
    Arrival& arrival = out.front();
    read_form_event(request_.header("content-type").value_or(""), request_.header("content-encoding").value_or(""),
                    request_.body, options_.limits, arrival);
    if (arrival.fault) return out;
    const Document document = Document::read({}, request_, options_.limits);
    if (document.rejection()) {
      arrival.fault = document.rejection();
      return out;
    }
    SourceEvent facts;
    facts.email = arrival.event.email;
    facts.first_name = arrival.event.first_name;
    facts.last_name = arrival.event.last_name;
    facts.login = arrival.event.login;
    if (std::string reason = unmet(source_, document, 0, facts); !reason.empty()) {
      arrival.event.notice.emplace().action = SourceAction::ignore;
      arrival.event.notice->ignored_because = std::move(reason);
    }
    return out;
  }

  Arrival read_one(SourceEvent event, const Document& document, std::size_t at) const {
    Arrival out = base_;
    if (at > 0) out.delivery.request_head += "@" + std::to_string(at) + "\n";
    out.delivery.event = std::string(utf8::cut(event.type, kMaxEventTypeBytes));
    Notice& notice = out.event.notice.emplace();
    notice.action = action_of(event);
    if (notice.action == SourceAction::ignore) notice.ignored_because = meaningless(event);
    if (std::string reason = unmet(source_, document, at, event); !reason.empty()) {
      notice.action = SourceAction::ignore;
      notice.ignored_because = std::move(reason);
    }
    if (!event.repeat_key.empty()) out.repeat_hash = fingerprint("event:" + event.repeat_key);
    auto fault = check_person(event, out);
    if (notice.action == SourceAction::ignore) return out;
    out.fault = std::move(fault);
    out.event.first_name = std::move(event.first_name);
    out.event.last_name = std::move(event.last_name);
    out.event.login = std::move(event.login);
    out.event.password = std::move(event.password);
    notice.products = std::move(event.products);
    notice.external_id = std::move(event.external_id);
    notice.order_ref = std::move(event.order_ref);
    notice.time = event.time;
    return out;
  }

  // The webhook's own word counts before that of the preset.
  SourceAction action_of(const SourceEvent& event) const {
    for (const EventMeaning& each : webhook_.source.events) {
      if (each.type == event.type) return each.action;
    }
    return event.action;
  }

  static std::string meaningless(const SourceEvent& event) {
    if (event.type.empty()) return "The request says nothing that this webhook acts on.";
    return "Events of the type '" + std::string(utf8::cut(event.type, kMaxEventTypeBytes)) +
           "' change nothing at this webhook.";
  }

  const Webhook& webhook_;
  const WebhookSource& source_;
  const SignedRequest& request_;
  const ReadOptions& options_;
  Arrival base_;
};

}  // namespace

void read_form_event(std::string_view content_type, std::string_view content_encoding, std::string_view body,
                     const FormLimits& limits, Arrival& arrival) {
  DecodedForm form = decode_form(content_type, content_encoding, body, limits);
  if (form.rejection) {
    arrival.fault = std::move(form.rejection);
    return;
  }
  FormEvent read = read_form(form.fields, limits);
  arrival.delivery.email = std::move(read.email_as_sent);
  if (read.rejection) {
    arrival.fault = std::move(read.rejection);
    return;
  }
  arrival.event = std::move(read.event);
  arrival.email_key = identity::email_key(arrival.event.email);
}

std::vector<Arrival> read_request(const Webhook& webhook, const WebhookSource& source, const SignedRequest& request,
                                  const ReadOptions& options, const Arrival& base) {
  return RequestReader(webhook, source, request, options, base).read();
}

StoredHead parse_stored_head(std::string_view text) {
  StoredHead out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(": ");
    if (line.starts_with('?')) {
      out.query = line.substr(1);
    } else if (line.starts_with('@')) {
      static_cast<void>(std::from_chars(line.data() + 1, line.data() + line.size(), out.event));
    } else if (colon != std::string_view::npos) {
      out.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
  }
  return out;
}

Arrival read_again(const Catalog& catalog, std::string_view head, std::string_view body, const FormLimits& limits,
                   const Arrival& base) {
  const Webhook* webhook = catalog.find_webhook(base.delivery.webhook);
  const WebhookSource* source = catalog.find_source(base.delivery.webhook);
  if (webhook == nullptr || source == nullptr) {
    Arrival out = base;
    read_form_event(base.delivery.content_type, "", body, limits, out);
    return out;
  }
  StoredHead stored = parse_stored_head(head);
  stored.headers.push_back({"content-type", base.delivery.content_type});
  const SignedRequest request{"POST", "", stored.headers, stored.query, body};
  const ReadOptions options{.limits = limits, .check_proof = false, .only = stored.event};
  return std::move(read_request(*webhook, *source, request, options, base).front());
}

void keep_payload(const WebhookSource* source, std::string_view body, const FormLimits& limits, std::size_t max_bytes,
                  Delivery& delivery) {
  const std::string_view type =
      source == nullptr ? delivery.content_type : body_type(*source, delivery.content_type, body);
  const std::string_view proof = source == nullptr ? std::string_view() : source->proof_field;
  RedactedPayload payload = redact(type, body, limits, max_bytes, proof);
  delivery.payload = std::move(payload.text);
  delivery.payload_complete = payload.complete;
}

}  // namespace postern
