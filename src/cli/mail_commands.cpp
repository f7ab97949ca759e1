#include "cli/mail_commands.h"

#include "cli/output.h"
#include "manage/mail_setup.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

namespace postern {
namespace {

Result<MailKind> find_kind(const std::string& name) {
  if (const auto kind = parse_mail_kind(name)) return *kind;
  return Error{Errc::invalid, fmt::format("There is no mail '{}'. There are welcome and password.", printable(name)),
               ""};
}

Result<std::vector<MailTemplate>> stored(Context& context) {
  SqliteStore& store = *TRY(context.store());
  return store.mail_templates();
}

Result<std::string> read_file(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::invalid, fmt::format("The file {} cannot be read.", printable(path)), ""};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The parts that are given as flags, each found right.
Result<std::vector<MailTemplateChange>> read_parts(const MailFlags& flags) {
  std::vector<MailTemplateChange> out;
  if (flags.subject) out.push_back({MailPart::subject, *flags.subject});
  if (flags.text) out.push_back({MailPart::text, TRY(read_file(*flags.text))});
  if (flags.html) out.push_back({MailPart::html, TRY(read_file(*flags.html))});
  for (const MailTemplateChange& each : out) {
    if (const auto problem = check_template(each.part, *each.body)) {
      return Error{Errc::invalid, fmt::format("--{}: {}.", to_word(each.part), printable(problem->message)), ""};
    }
  }
  return out;
}

// A mail for the eye of a person: subject, text, HTML. Lines stay lines.
void print_parts(const Context& context, const MailParts& parts) {
  if (context.json) {
    return print_json(boost::json::object{{"subject", parts.subject}, {"text", parts.text}, {"html", parts.html}});
  }
  const auto lines = [](std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      print_line(printable(line));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  };
  print_line("Subject: " + printable(parts.subject));
  print_line("");
  lines(parts.text);
  if (parts.html.empty()) return;
  print_line("");
  print_line("HTML:");
  print_line("");
  lines(parts.html);
}

}  // namespace

Result<bool> test_mail(Context& context, const MailFlags& flags) {
  const Settings& settings = context.effective.settings;
  const std::optional<MailAddress> to = MailAddress::parse(flags.to);
  if (!to) return Error{Errc::invalid, fmt::format("{} is no e-mail address.", printable(flags.to)), ""};
  const std::unique_ptr<MailTransport> transport = TRY(make_mail_transport(settings));
  if (transport == nullptr) {
    return Error{
        Errc::unavailable,
        "No mail server is configured. Set mail.transport = smtp, mail.host and mail.from, or mail.transport = "
        "file to write mails into a folder.",
        ""};
  }
  std::optional<MailKind> kind;
  std::vector<MailTemplate> custom;
  if (flags.kind) {
    kind = TRY(find_kind(*flags.kind));
    custom = TRY(stored(context));
  }
  const MailSite site = mail_site(settings, context.base_url());
  const Mail mail = TRY(make_test_mail(site, *to, kind, custom, context.random, context.clock.now()));
  const MailResult result = transport->send(mail);
  const bool sent = result.kind == MailResult::Kind::sent;
  if (context.json) {
    print_json(boost::json::object{{"sent", sent}, {"detail", result.note}, {"response", result.response}});
    return sent;
  }
  print_line(fmt::format("{}{}", printable(result.note),
                         result.response.empty() ? "" : "\nIts last words: " + printable(result.response)));
  return sent;
}

Result<void> preview_mail(Context& context, const std::string& name, const MailFlags& flags) {
  const MailKind kind = TRY(find_kind(name));
  MailParts parts = templates_of(kind, TRY(stored(context)));
  for (MailTemplateChange& each : TRY(read_parts(flags))) parts.part(each.part) = *std::move(each.body);
  const MailSite site = mail_site(context.effective.settings, context.base_url());
  print_parts(context, TRY(render_mail(parts, preview_values(site))));
  return {};
}

Result<void> show_mail_template(Context& context, const std::string& name) {
  const MailKind kind = TRY(find_kind(name));
  print_parts(context, templates_of(kind, TRY(stored(context))));
  if (context.json) return {};
  std::vector<std::vector<std::string>> rows;
  for (const MailVariable& each : mail_variables()) {
    rows.push_back({"{{" + std::string(each.name) + "}}", std::string(each.about)});
  }
  print_line("");
  print_table({"VARIABLE", "WHAT IT IS"}, rows, "");
  return {};
}

Result<void> set_mail_template(Context& context, const std::string& name, const MailFlags& flags) {
  const MailKind kind = TRY(find_kind(name));
  const std::vector<MailTemplateChange> changes = TRY(read_parts(flags));
  if (changes.empty()) {
    return Error{Errc::invalid, "Nothing is given to change. Name at least one of --subject, --text and --html.", ""};
  }
  SqliteStore& store = *TRY(context.store(true));
  TRY(store.change_mail_templates(kind, changes));
  print_line(fmt::format("The mail '{}' was changed. Look at it with: postern mail preview {}", name, name));
  return {};
}

Result<void> reset_mail_template(Context& context, const std::string& name, const MailFlags& flags) {
  const MailKind kind = TRY(find_kind(name));
  std::vector<MailTemplateChange> changes;
  for (const std::string& word : flags.parts) {
    const auto part = parse_mail_part(word);
    if (!part) return Error{Errc::invalid, "--part must be subject, text or html.", ""};
    changes.push_back({*part, std::nullopt});
  }
  if (changes.empty()) {
    for (const MailPart part : kMailParts) changes.push_back({part, std::nullopt});
  }
  SqliteStore& store = *TRY(context.store(true));
  TRY(store.change_mail_templates(kind, changes));
  print_line(
      fmt::format("The mail '{}' is the built-in one again{}.", name, flags.parts.empty() ? "" : " in these parts"));
  return {};
}

}  // namespace postern
