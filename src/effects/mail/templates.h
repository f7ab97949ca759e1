// The mails that Postern sends, as they are built in and as the operator wants them.
#pragma once

#include "effects/mail/template.h"
#include "model/mail.h"
#include "model/user.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// What a template can name.
struct MailVariable {
  std::string_view name;
  std::string_view about;
  std::string_view example;
};
// The same for all mails.
std::span<const MailVariable> mail_variables();
TemplateValues example_values();

// What the mail is for, in one sentence.
std::string_view about_mail(MailKind kind);
// The welcome e-mail says what WordPress' says: subject, login, address for the password, address to log in.
// Source: WordPress 6.7 wp_new_user_notification(), retrieve_password().
std::string_view default_template(MailKind kind, MailPart part);

// A mail's parts: as templates, or rendered.
struct MailParts {
  std::string subject;
  std::string text;
  std::string html;
  bool operator==(const MailParts&) const = default;
  std::string& part(MailPart which);
  const std::string& part(MailPart which) const;
};

// The built-in parts, replaced by those of `custom` that belong to this mail.
MailParts templates_of(MailKind kind, std::span<const MailTemplate> custom);

struct MailPartProblem {
  MailPart part = MailPart::subject;
  std::string message;  // "line 3: there is no variable 'nmae'. There are: …"
};
// What is wrong with a part as a template; nothing if all is well.
std::optional<MailPartProblem> check_template(MailPart part, std::string_view body);

// Errors: invalid, naming the part (nothing that check_template() has let through gives one).
Result<MailParts> render_mail(const MailParts& templates, const TemplateValues& values);

// "60 minutes", "1 hour", "90 minutes".
std::string lifetime_text(std::chrono::minutes lifetime);

}  // namespace postern
