#include "source/preset.h"

#include "source/json_reader.h"
#include "source/read_verification.h"
#include "source/secret_names.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxConditions = 32;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<std::vector<std::string>> values_of(const json::value& value) {
  std::vector<std::string> out;
  const json::array* list = value.if_array();
  const std::span<const json::value> each = list == nullptr ? std::span<const json::value>(&value, 1)
                                                            : std::span<const json::value>(list->data(), list->size());
  if (each.size() > kMaxPresetList) return std::nullopt;
  for (const json::value& one : each) {
    auto text = scalar_of(one);
    if (!text || text->size() > kMaxPresetText) return std::nullopt;
    out.push_back(*std::move(text));
  }
  return out;
}

// [subject, op] or [subject, op, value].
std::optional<Condition> read_condition(const json::value& value, std::string_view key, Complaint& complaint) {
  constexpr std::string_view kShape = "must be a list of conditions, each [path, operator, value]";
  const json::array* parts = value.if_array();
  if (parts == nullptr || parts->size() < 2 || parts->size() > 3 || !(*parts)[0].is_string() ||
      !(*parts)[1].is_string()) {
    complaint.add(key, kShape);
    return std::nullopt;
  }
  std::optional<std::vector<std::string>> values = std::vector<std::string>();
  if (parts->size() == 3) values = values_of((*parts)[2]);
  if (!values) {
    complaint.add(key, "has a value that is no text, whole number, true, false, or list of them");
    return std::nullopt;
  }
  Result<Condition> made = make_condition(*scalar_of((*parts)[0]), *scalar_of((*parts)[1]), *std::move(values));
  if (made) return *std::move(made);
  complaint.add(key, "has a condition that " + made.error().message);
  return std::nullopt;
}

std::vector<Condition> read_conditions(ObjectReader& reader, std::string_view key, const std::string& name,
                                       Complaint& complaint) {
  std::vector<Condition> out;
  const std::span<const json::value> list = reader.list(key);
  if (list.size() > kMaxConditions) reader.complain(key, "has more than 32 conditions");
  for (const json::value& each : list) {
    if (auto condition = read_condition(each, name, complaint)) out.push_back(*std::move(condition));
  }
  return out;
}

SourceAction read_action(ObjectReader& reader, std::string_view key) {
  static constexpr std::pair<std::string_view, SourceAction> kWords[] = {{"ignore", SourceAction::ignore},
                                                                         {"grant", SourceAction::grant},
                                                                         {"revoke", SourceAction::revoke},
                                                                         {"link", SourceAction::link}};
  return reader.word(key, kWords);
}

std::vector<Rule> read_rules(ObjectReader& reader, Complaint& complaint) {
  std::vector<Rule> out;
  for (const json::value& each : reader.list("rules")) {
    const std::string name = "rules[" + std::to_string(out.size()) + "]";
    ObjectReader rule(each, name + ".", complaint);
    Rule made;
    made.when = read_conditions(rule, "when", name + ".when", complaint);
    if (!rule.has("action")) rule.complain("action", "is missing; expected one of ignore, grant, revoke, link");
    if (made.when.empty()) rule.complain("when", "needs at least one condition; what holds for all goes to 'default'");
    made.action = read_action(rule, "action");
    rule.finish();
    out.push_back(std::move(made));
  }
  return out;
}

// json_in names texts of the body by keys; a bare name is one at the top.
std::vector<Path> read_json_in(ObjectReader& reader) {
  std::vector<Path> out;
  for (std::string text : reader.texts("json_in")) {
    if (!text.starts_with('/')) text.insert(0, "/");
    Result<Path> path = parse_path(text);
    const bool plain = path && std::all_of(path->steps.begin(), path->steps.end(),
                                           [](const PathStep& step) { return step.kind == PathStep::Kind::key; });
    if (plain) {
      out.push_back(*std::move(path));
    } else {
      reader.complain("json_in", "has '" + text + "', which is no path of plain keys");
    }
  }
  return out;
}

BodyRules read_body(ObjectReader& document, Complaint& complaint) {
  static constexpr std::pair<std::string_view, BodyRules::Format> kFormats[] = {
      {"auto", BodyRules::Format::automatic},
      {"json", BodyRules::Format::json},
      {"form", BodyRules::Format::form},
      {"multipart", BodyRules::Format::multipart}};
  const json::value* value = document.object("body");
  if (value == nullptr) return {};
  ObjectReader reader(*value, "body.", complaint);
  BodyRules out;
  out.format = reader.word("format", kFormats);
  out.json_in = read_json_in(reader);
  out.each = reader.path("each");
  if (out.each && out.each->from != Path::From::body) reader.complain("each", "must be a path into the body");
  reader.finish();
  return out;
}

FieldPaths read_fields(ObjectReader& document, Complaint& complaint) {
  const json::value* value = document.object("fields");
  if (value == nullptr) return {};
  ObjectReader reader(*value, "fields.", complaint);
  FieldPaths out;
  const std::array<std::pair<std::string_view, std::vector<Path>*>, 9> known{{{"email", &out.email},
                                                                              {"first_name", &out.first_name},
                                                                              {"last_name", &out.last_name},
                                                                              {"full_name", &out.full_name},
                                                                              {"user_login", &out.login},
                                                                              {"user_pass", &out.password},
                                                                              {"external_id", &out.external_id},
                                                                              {"product", &out.product},
                                                                              {"order_ref", &out.order_ref}}};
  for (const std::string& key : reader.keys()) {
    const auto* const at =
        std::find_if(known.begin(), known.end(), [&](const auto& each) { return each.first == key; });
    if (at != known.end()) {
      *at->second = reader.paths(key);
    } else if (!is_name(key)) {
      reader.complain(key.substr(0, 100), "is no name of a field; use a-z, 0-9 and '_'");
    } else if (is_secret_name(key)) {
      reader.complain(key, "sounds like a secret, and other fields are shown; only 'user_pass' is kept secret");
    } else {
      out.others.emplace_back(key, reader.paths(key));
    }
  }
  return out;
}

std::optional<SetupProbe> read_setup(ObjectReader& document, Complaint& complaint) {
  const json::value* value = document.object("setup");
  if (value == nullptr) return std::nullopt;
  ObjectReader reader(*value, "setup.", complaint);
  SetupProbe out;
  out.method = reader.text("method");
  out.when = read_conditions(reader, "when", "setup.when", complaint);
  const bool facts = std::any_of(out.when.begin(), out.when.end(),
                                 [](const Condition& each) { return each.subject.from == Path::From::fact; });
  if (facts) reader.complain("when", "may hold conditions on paths only: nothing else has been read by then");
  out.is_signed = reader.flag("signed", true);
  if (out.method.empty() && out.when.empty()) reader.complain("when", "is missing: every request would be a test");
  reader.finish();
  return out;
}

void read_repeat_key(ObjectReader& reader, Preset& out) {
  for (const std::string& text : reader.texts("repeat_key")) {
    if (text == "body") {
      out.repeat_key_has_body = true;
      continue;
    }
    Result<Path> path = parse_subject(text);
    if (path) {
      out.repeat_key.push_back(*std::move(path));
    } else {
      reader.complain("repeat_key", "has '" + text + "', which " + path.error().message);
    }
  }
}

Result<json::value> parse_document(std::string_view text) {
  if (text.size() > kMaxPresetBytes) {
    return Error{Errc::too_large, "The preset is larger than 64 KiB. Keep only what this sender needs.", ""};
  }
  json::error_code error;
  json::value document = json::parse(json::string_view(text.data(), text.size()), error);
  if (!error) return document;
  return Error{Errc::invalid, "The preset is not valid JSON: " + error.message() + ".", ""};
}

}  // namespace

Result<Preset> read_preset(std::string_view text) {
  static constexpr std::pair<std::string_view, AnswerPolicy> kPolicies[] = {{"status", AnswerPolicy::status},
                                                                            {"always_200", AnswerPolicy::always_200}};
  const json::value document = TRY(parse_document(text));
  Complaint complaint;
  ObjectReader reader(document, "", complaint);
  Preset out;
  out.name = reader.text("name");
  if (!is_name(out.name)) reader.complain("name", "must be 1 to 64 of a-z, 0-9 and '_'");
  out.title = reader.text("title", out.name);
  out.category = reader.text("category");
  out.docs = reader.texts("docs");
  out.secret_hint = reader.text("secret_hint");
  out.callback = reader.text("callback");
  out.notes = reader.texts("notes");
  out.url_action = reader.flag("url_action", false);
  out.answer = reader.word("answer", kPolicies);
  out.body = read_body(reader, complaint);
  if (!reader.has("verify")) reader.complain("verify", "is missing; write kind = \"none\" if the sender signs nothing");
  if (const json::value* verify = reader.object("verify")) out.verify = read_verification(*verify, complaint);
  out.event_type = reader.paths("event_type");
  out.event_id = reader.paths("event_id");
  out.event_time = reader.paths("event_time");
  read_repeat_key(reader, out);
  out.fields = read_fields(reader, complaint);
  out.rules = read_rules(reader, complaint);
  out.otherwise = read_action(reader, "default");
  out.setup = read_setup(reader, complaint);
  reader.finish();
  if (complaint.error()) return *complaint.error();
  return out;
}

}  // namespace postern
