#include "effects/mail/templates.h"

#include "base/check.h"
#include "effects/mail/message.h"

#include <algorithm>
#include <array>

namespace postern {
namespace {

constexpr std::array<MailVariable, 12> kVariables{{
    {"site_name", "The community's name (site.name)", "Example Community"},
    {"site_url", "Its address (site.url)", "https://community.example.com"},
    {"login", "What the person logs in with, beside the e-mail address", "ada"},
    {"email", "The person's e-mail address", "ada@example.com"},
    {"display_name", "The name that others see", "Ada Lovelace"},
    {"first_name", "May be empty", "Ada"},
    {"last_name", "May be empty", "Lovelace"},
    {"spaces", "Titles of the spaces and courses that the person is in; may be empty", "Premium, Rust 101"},
    {"set_password_url", "The one-time address to set a password",
     "https://community.example.com/account/set-password/an-example-that-does-not-work"},
    {"login_url", "Where one logs in", "https://community.example.com/account/login"},
    {"forgotten_password_url", "Where one asks for another one-time address",
     "https://community.example.com/account/forgotten"},
    {"link_lifetime", "How long the one-time address works", "60 minutes"},
}};

constexpr std::string_view kWelcomeSubject = "[{{site_name}}] Login Details";
constexpr std::string_view kWelcomeText =
    "Username: {{login}}\n"
    "\n"
    "To set your password, visit the following address:\n"
    "\n"
    "{{set_password_url}}\n"
    "\n"
    "It works once, within {{link_lifetime}}. Later, ask for another one here:\n"
    "\n"
    "{{forgotten_password_url}}\n"
    "\n"
    "{{login_url}}\n";
constexpr std::string_view kWelcomeHtml =
    "<p>Username: <strong>{{login}}</strong></p>\n"
    "<p>To set your password, visit the following address:</p>\n"
    "<p><a href=\"{{set_password_url}}\">{{set_password_url}}</a></p>\n"
    "<p>It works once, within {{link_lifetime}}. Later, ask for another one here:\n"
    "<a href=\"{{forgotten_password_url}}\">{{forgotten_password_url}}</a></p>\n"
    "<p><a href=\"{{login_url}}\">{{login_url}}</a></p>\n";

constexpr std::string_view kPasswordSubject = "[{{site_name}}] Password Reset";
constexpr std::string_view kPasswordText =
    "Someone has requested a password reset for the following account:\n"
    "\n"
    "Site Name: {{site_name}}\n"
    "\n"
    "Username: {{login}}\n"
    "\n"
    "If this was a mistake, ignore this email and nothing will happen.\n"
    "\n"
    "To reset your password, visit the following address:\n"
    "\n"
    "{{set_password_url}}\n"
    "\n"
    "It works once, within {{link_lifetime}}.\n";
constexpr std::string_view kPasswordHtml =
    "<p>Someone has requested a password reset for the following account:</p>\n"
    "<p>Site Name: {{site_name}}<br>Username: <strong>{{login}}</strong></p>\n"
    "<p>If this was a mistake, ignore this email and nothing will happen.</p>\n"
    "<p>To reset your password, visit the following address:</p>\n"
    "<p><a href=\"{{set_password_url}}\">{{set_password_url}}</a></p>\n"
    "<p>It works once, within {{link_lifetime}}.</p>\n";

const std::vector<std::string_view>& variable_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    out.reserve(kVariables.size());
    for (const MailVariable& each : kVariables) out.push_back(each.name);
    return out;
  }();
  return names;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

std::span<const MailVariable> mail_variables() {
  return kVariables;
}

TemplateValues example_values() {
  TemplateValues out;
  for (const MailVariable& each : kVariables) out.emplace(each.name, each.example);
  return out;
}

std::string_view about_mail(MailKind kind) {
  return kind == MailKind::welcome ? "To a new user, if the webhook says so: how to log in and set a password."
                                   : "To a user who has forgotten the password: how to set another one.";
}

std::string_view default_template(MailKind kind, MailPart part) {
  const bool welcome = kind == MailKind::welcome;
  switch (part) {
    case MailPart::subject:
      return welcome ? kWelcomeSubject : kPasswordSubject;
    case MailPart::text:
      return welcome ? kWelcomeText : kPasswordText;
    case MailPart::html:
      return welcome ? kWelcomeHtml : kPasswordHtml;
  }
  CHECK(false && "a part without a template");
  return {};
}

std::string& MailParts::part(MailPart which) {
  return which == MailPart::subject ? subject : which == MailPart::text ? text : html;
}

const std::string& MailParts::part(MailPart which) const {
  return which == MailPart::subject ? subject : which == MailPart::text ? text : html;
}

MailParts templates_of(MailKind kind, std::span<const MailTemplate> custom) {
  MailParts out;
  for (const MailPart part : kMailParts) out.part(part) = default_template(kind, part);
  for (const MailTemplate& each : custom) {
    if (each.kind == kind) out.part(each.part) = each.body;
  }
  return out;
}

std::optional<MailPartProblem> check_template(MailPart part, std::string_view body) {
  const auto problem = [&](std::string message) { return MailPartProblem{part, std::move(message)}; };
  if (part != MailPart::html && is_blank(body)) return problem("it is empty");
  if (part == MailPart::subject && body.find_first_of("\r\n") != std::string_view::npos) {
    return problem("it has more than one line");
  }
  if (const auto parsed = Template::parse(body, variable_names()); !parsed) return problem(parsed.error().message);
  return std::nullopt;
}

Result<MailParts> render_mail(const MailParts& templates, const TemplateValues& values) {
  MailParts out;
  for (const MailPart part : kMailParts) {
    const std::string& body = templates.part(part);
    if (const auto problem = check_template(part, body)) {
      return Error{Errc::invalid,
                   "The " + std::string(to_word(part)) + " of the template is wrong: " + problem->message + ".", ""};
    }
    const Template parsed = TRY(Template::parse(body, variable_names()));
    out.part(part) = parsed.render(values, part == MailPart::html ? TemplateEscaping::html : TemplateEscaping::line);
  }
  out.subject = one_line(out.subject);
  if (is_blank(out.html)) out.html.clear();
  return out;
}

std::string lifetime_text(std::chrono::minutes lifetime) {
  const auto n = lifetime.count();
  const bool hours = n > 60 && n % 60 == 0;
  const auto shown = hours ? n / 60 : n;
  return std::to_string(shown) + (hours ? " hour" : " minute") + (shown == 1 ? "" : "s");
}

}  // namespace postern
