#include "cli/source_report.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "identity/email.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace postern {
namespace {

namespace json = boost::json;

std::string decided_by(const SourceEvent& event) {
  if (event.probe) return "setup";
  return event.rule ? "rule " + std::to_string(*event.rule + 1) : "default";
}

std::string verdict_text(const SourceReport& report) {
  if (report.unsigned_probe) return "not needed: this is the sender's unsigned test of the URL, which changes nothing";
  if (report.is_untried()) return "not tried: give the secret with --secret-stdin or --secret-file";
  if (report.verified->verdict == Verdict::unchecked && report.preset.verify.optional) {
    return "not tried: the proof is optional, and no secret was given";
  }
  if (report.verified->verdict == Verdict::unchecked) return "this sender proves nothing: only the URL protects";
  if (report.verified->accepted()) return "yes";
  return fmt::format("no ({}): {}", to_word(report.verified->verdict), report.verified->reason);
}

void print_event(const SourceEvent& event, std::size_t number, std::size_t count) {
  print_line(fmt::format("event {} of {}: {}, by {}", number, count, to_word(event.action), decided_by(event)));
  const auto line = [](std::string_view name, const std::string& text) {
    if (!text.empty()) print_line(fmt::format("  {:<12}{}", name, printable(text)));
  };
  std::string email = event.email;
  if (!email.empty() && !identity::parse_email(email)) email += " (no valid address)";
  std::string products;
  for (const std::string& each : event.products) products += (products.empty() ? "" : ", ") + each;
  line("type", event.type);
  line("id", event.id);
  line("time", event.time ? to_rfc3339(*event.time) : "");
  line("e-mail", email.empty() && !event.probe ? "none found" : email);
  line("first name", event.first_name);
  line("last name", event.last_name);
  line("login", event.login);
  if (!event.password.empty()) line("password", "given, not shown");
  line("person", event.external_id);
  line("products", products);
  line("reference", event.order_ref);
  for (const auto& [name, text] : event.others) line(name, text);
  if (!event.probe && event.repeat_key.empty()) line("repeats", "cannot be told: nothing names this event");
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object to_json(const SourceEvent& event) {
  json::array products;
  for (const std::string& each : event.products) products.emplace_back(each);
  json::object others;
  for (const auto& [name, text] : event.others) others[name] = text_or_null(text);
  return {{"action", to_word(event.action)},
          {"decided_by", decided_by(event)},
          {"probe", event.probe},
          {"event_type", text_or_null(event.type)},
          {"event_id", text_or_null(event.id)},
          {"event_time", event.time ? json::value(to_rfc3339(*event.time)) : json::value(nullptr)},
          {"email", text_or_null(event.email)},
          {"email_valid", identity::parse_email(event.email).has_value()},
          {"first_name", text_or_null(event.first_name)},
          {"last_name", text_or_null(event.last_name)},
          {"user_login", text_or_null(event.login)},
          {"has_password", !event.password.empty()},
          {"external_id", text_or_null(event.external_id)},
          {"products", std::move(products)},
          {"order_ref", text_or_null(event.order_ref)},
          {"others", std::move(others)},
          {"repeat_key", text_or_null(event.repeat_key)}};
}

json::object to_json(const SourceReport& report) {
  json::object out{{"source", report.preset.name}, {"shipped", report.shipped}, {"fine", report.is_fine()}};
  if (!report.verified) return out;
  out["verdict"] = report.is_untried() ? "untried" : to_word(report.verified->verdict);
  out["verified"] = report.verified->verdict == Verdict::ok;
  out["reason"] = verdict_text(report);
  out["unsigned_probe"] = report.unsigned_probe;
  out["rejection"] = nullptr;
  if (const auto& rejection = report.read->rejection) {
    out["rejection"] =
        json::object{{"status", rejection->status}, {"code", rejection->code}, {"message", rejection->message}};
  }
  json::array events;
  for (const SourceEvent& event : report.read->events) events.push_back(to_json(event));
  out["events"] = std::move(events);
  return out;
}

}  // namespace

bool SourceReport::is_fine() const {
  if (!verified) return true;
  const bool proved = verified->accepted() || unsigned_probe || is_untried();
  return proved && !read->rejection;
}

void print_report(const SourceReport& report, bool as_json) {
  if (as_json) return print_json(to_json(report));
  const Preset& preset = report.preset;
  print_line(
      fmt::format("source    {} ({}){}", preset.name, printable(preset.title), report.shipped ? ", shipped" : ""));
  if (!report.verified) {
    print_line(fmt::format("The preset is fine: {} rules, else {}. Try it on a request with --sample FILE.",
                           preset.rules.size(), to_word(preset.otherwise)));
    return;
  }
  print_line("verified  " + printable(verdict_text(report)));
  if (const auto& rejection = report.read->rejection) {
    print_line(fmt::format("refused   {} {}: {}", rejection->status, rejection->code, printable(rejection->message)));
  }
  const auto& events = report.read->events;
  for (std::size_t i = 0; i < events.size(); ++i) print_event(events[i], i + 1, events.size());
}

}  // namespace postern
