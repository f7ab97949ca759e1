#include "manage/interpretation.h"

#include "decide/event_effects.h"
#include "manage/presets.h"
#include "source/condition.h"
#include "source/interpret.h"

#include <algorithm>
#include <array>

namespace postern {
namespace {

using DecidedBy = ReadEvent::DecidedBy;

std::vector<bool> conditions_of(const Webhook& webhook, const Document& document, std::size_t at,
                                const SourceEvent& event) {
  std::vector<bool> out;
  for (const WebhookCondition& each : webhook.source.conditions) {
    const Result<Condition> made = make_condition(each.subject, each.op, each.values);
    out.push_back(made.has_value() && holds({&*made, 1}, document, at, event));
  }
  return out;
}

// A form means what it always means: its fields are the person.
WebhookReading read_plain_form(const Webhook& webhook, const SampleRequest& sample, const FormLimits& limits) {
  WebhookReading out;
  const DecodedForm form = decode_form(sample.content_type, "", sample.body, limits);
  out.rejection = form.rejection;
  if (out.rejection) return out;
  FormEvent read = read_form(form.fields, limits);
  out.rejection = read.rejection;
  if (out.rejection) return out;
  ReadEvent event;
  event.event.email = std::move(read.event.email);
  event.event.first_name = std::move(read.event.first_name);
  event.event.last_name = std::move(read.event.last_name);
  event.event.login = std::move(read.event.login);
  event.action = SourceAction::grant;
  event.decided_by = DecidedBy::form;
  const std::vector<http::Header> headers{{"Content-Type", sample.content_type}};
  const SignedRequest request{.method = "POST", .headers = headers, .query = sample.query, .body = sample.body};
  const Document document = Document::read({}, request, limits);
  out.rejection = document.rejection();
  if (out.rejection) return out;
  event.conditions = conditions_of(webhook, document, 0, event.event);
  if (event.is_met()) event.effects = webhook.effects;
  out.events.push_back(std::move(event));
  return out;
}

ReadEvent take(const Webhook& webhook, const Document& document, std::size_t at, SourceEvent event) {
  ReadEvent out;
  out.event = std::move(event);
  if (out.event.probe) {
    out.decided_by = DecidedBy::probe;
    return out;
  }
  const auto& meanings = webhook.source.events;
  const auto own = std::find_if(meanings.begin(), meanings.end(),
                                [&](const EventMeaning& each) { return each.type == out.event.type; });
  out.action = own != meanings.end() ? own->action : out.event.action;
  out.decided_by = own != meanings.end() ? DecidedBy::webhook : out.event.rule ? DecidedBy::rule : DecidedBy::otherwise;
  out.conditions = conditions_of(webhook, document, at, out.event);
  if (out.is_met()) {
    Notice notice;
    notice.action = out.action;
    notice.products = out.event.products;
    out.effects = effects_of(webhook, notice).effects;
  }
  return out;
}

}  // namespace

void SampleRequest::read_head(std::string_view head) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    const std::size_t colon = line.find(": ");
    if (line.starts_with('?')) {
      query = line.substr(1);
    } else if (colon != std::string_view::npos) {
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }
}

bool ReadEvent::is_met() const {
  return std::find(conditions.begin(), conditions.end(), false) == conditions.end();
}

std::string_view to_word(DecidedBy decided_by) {
  constexpr std::array<std::string_view, 5> kWords{"form", "probe", "webhook", "rule", "default"};
  return kWords[static_cast<std::size_t>(decided_by)];
}

Result<WebhookReading> read_as(const PresetLibrary& presets, const Webhook& webhook, const SampleRequest& sample,
                               const FormLimits& limits) {
  if (webhook.source.name == kFormSource) return read_plain_form(webhook, sample, limits);
  const auto preset = usable_preset(presets, webhook.source.name);
  if (preset == nullptr) {
    return Error{Errc::invalid, "There is no preset '" + webhook.source.name + "' that can be used. Choose a source.",
                 ""};
  }
  std::vector<http::Header> headers;
  headers.reserve(sample.headers.size() + 1);
  for (const auto& [name, value] : sample.headers) headers.push_back({name, value});
  if (!sample.content_type.empty()) headers.push_back({"Content-Type", sample.content_type});
  const SignedRequest request{"POST", "", headers, sample.query, sample.body};
  Interpretation read = interpret(*preset, request, {.limits = limits, .url_action = webhook.source.url_action});
  WebhookReading out;
  out.rejection = std::move(read.rejection);
  for (std::size_t i = 0; i < read.events.size(); ++i) {
    out.events.push_back(take(webhook, *read.document, i, std::move(read.events[i])));
  }
  return out;
}

}  // namespace postern
