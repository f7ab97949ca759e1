#include "cli/source_commands.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "cli/source_files.h"
#include "cli/source_report.h"
#include "manage/presets.h"
#include "presets/preset_library.h"
#include "source/shipped.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>

namespace postern {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& each : list) out.emplace_back(each);
  return out;
}

json::object summary(const Preset& preset) {
  return {{"name", preset.name},
          {"title", preset.title},
          {"category", preset.category},
          {"proof", proof_in_words(preset)},
          {"secret_hint", preset.secret_hint},
          {"callback", preset.callback},
          {"url_action", preset.url_action},
          {"answer", preset.answer == AnswerPolicy::always_200 ? "always_200" : "status"},
          {"notes", texts(preset.notes)}};
}

void print_preset(const Preset& preset) {
  print_line(fmt::format("{} ({}), {}", preset.name, printable(preset.title), printable(preset.category)));
  print_line(fmt::format("proof    {}", proof_in_words(preset)));
  const auto line = [](std::string_view name, const std::string& text) {
    if (!text.empty()) print_line(fmt::format("{:<9}{}", name, printable(text)));
  };
  line("secret", preset.secret_hint);
  line("lacks", preset.callback);
  if (preset.url_action) line("meaning", "its requests do not say what happened: you say it per webhook");
  if (preset.answer == AnswerPolicy::always_200) line("answer", "200 in every case, because it gives up on errors");
  for (const std::string& note : preset.notes) line("note", note);
  for (std::size_t i = 0; i < preset.rules.size(); ++i) {
    line(fmt::format("rule {}", i + 1), rule_in_words(preset.rules[i]));
  }
  line("else", std::string(to_word(preset.otherwise)));
  for (const std::string& page : preset.docs) line("see", page);
}

struct Loaded {
  Preset preset;
  bool shipped = false;
};

Result<Loaded> load_preset(Context& context, const std::string& name) {
  if (const auto found = context.presets().find(name)) {
    if (found->preset == nullptr) return Error{Errc::invalid, found->problem, ""};
    return Loaded{*found->preset, found->file.empty()};
  }
  const bool toml = name.ends_with(".toml");
  if (!toml && !name.ends_with(".json")) {
    return Error{
        Errc::not_found,
        fmt::format("There is no source '{}'. See: postern source list. A file of your own must end with .toml "
                    "or .json.",
                    printable(name)),
        ""};
  }
  return Loaded{TRY(read_preset_file(name)), false};
}

Result<WallTime> time_of(const Context& context, const std::string& text) {
  if (text.empty()) return context.clock.now();
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (number && seconds >= 0 && seconds < 253'402'300'800) return WallTime(std::chrono::seconds(seconds));
  if (const auto time = parse_time(text)) return *time;
  return Error{Errc::invalid, "--now must be a time (2026-03-01T09:30:00Z) or seconds since 1970.", ""};
}

Result<std::vector<Secret>> secrets_of(const SourceFlags& flags) {
  if (flags.secret_stdin) return read_secrets(std::cin);
  if (!flags.secret_file.empty()) return read_secrets(flags.secret_file);
  return std::vector<Secret>();
}

// The headers of the sample. The views point into `flags`.
Result<std::vector<http::Header>> headers_of(const SourceFlags& flags) {
  std::vector<http::Header> out;
  for (const std::string& line : flags.headers) {
    const std::string_view text = line;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return Error{Errc::invalid, "--header must be written as 'Name: value'.", ""};
    }
    std::string_view value = text.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    out.push_back({text.substr(0, colon), value});
  }
  if (!flags.content_type.empty()) out.push_back({"Content-Type", flags.content_type});
  return out;
}

Result<InterpretOptions> options_of(const Context& context, const SourceFlags& flags) {
  InterpretOptions out;
  out.limits.max_fields = context.effective.settings.limits.fields;
  if (flags.url_action.empty()) return out;
  out.url_action = parse_source_action(flags.url_action);
  if (!out.url_action) return Error{Errc::invalid, "--url-action must be grant, revoke, ignore or link.", ""};
  return out;
}

}  // namespace

void list_sources(Context& context) {
  json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const LibraryPreset& each : context.presets().list()) {
    if (!each.problem.empty()) print_message(printable(each.problem));
    if (each.preset == nullptr) continue;
    const Preset& preset = *each.preset;
    json::object one = summary(preset);
    one["file"] = each.file.empty() ? json::value(nullptr) : json::value(each.file);
    list.push_back(std::move(one));
    rows.push_back({preset.name, printable(preset.title), printable(preset.category), proof_in_words(preset)});
  }
  if (context.json) return print_json(list);
  print_table({"NAME", "SENDER", "KIND", "PROOF"}, rows, "");
}

std::string sources_reference() {
  std::string out = "| source | sender | proof | what it needs | what its requests lack |\n|---|---|---|---|---|\n";
  for (const LibraryPreset& each : PresetLibrary("").list()) {
    const Preset& preset = *each.preset;
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", preset.name, preset.title, proof_in_words(preset),
                       preset.secret_hint, preset.callback);
  }
  out.pop_back();
  return out;
}

Result<void> show_source(Context& context, const std::string& name) {
  const Loaded loaded = TRY(load_preset(context, name));
  if (!context.json) {
    print_preset(loaded.preset);
    return {};
  }
  const auto shipped = find_shipped(name);
  if (!shipped || !loaded.shipped) return print_json(summary(loaded.preset)), Result<void>();
  json::error_code error;
  print_json(json::parse(json::string_view(shipped->json.data(), shipped->json.size()), error));
  return {};
}

Result<bool> check_source(Context& context, const std::string& name, const SourceFlags& flags) {
  Loaded loaded = TRY(load_preset(context, name));
  Preset& preset = loaded.preset;
  if (!flags.webhook_id.empty()) preset.verify.webhook_id = flags.webhook_id;
  SourceReport report{preset, loaded.shipped};
  if (flags.sample.empty()) return print_report(report, context.json), true;
  const std::string body = TRY(read_whole(flags.sample, context.effective.settings.limits.body_bytes));
  const std::vector<http::Header> headers = TRY(headers_of(flags));
  const std::vector<Secret> secrets = TRY(secrets_of(flags));
  const WallTime now = TRY(time_of(context, flags.now));
  const InterpretOptions options = TRY(options_of(context, flags));
  const std::string_view url = flags.url;
  const std::string_view query = url.substr(std::min(url.find('?'), url.size()));
  const SignedRequest request{flags.method, url, headers, query.substr(std::min<std::size_t>(1, query.size())), body};
  report.verified = verify(preset, request, secrets, now);
  report.unsigned_probe = preset.setup && !preset.setup->is_signed && is_setup_probe(preset, request, options.limits);
  report.read = interpret(preset, request, options);
  print_report(report, context.json);
  return report.is_fine();
}

}  // namespace postern
