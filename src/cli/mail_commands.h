// postern mail test|preview|template
#pragma once

#include "cli/context.h"

#include <optional>
#include <string>
#include <vector>

namespace postern {

struct MailFlags {
  std::string to;
  std::optional<std::string> kind;     // --template
  std::optional<std::string> subject;  // The text itself.
  std::optional<std::string> text;     // Files; "-": standard input.
  std::optional<std::string> html;
  std::vector<std::string> parts;  // --part
};

// Sends a mail at once, past the outbox. Returns false if it was not taken. Errors: invalid (the address, the name of
// the template), unavailable (no mail server is configured).
Result<bool> test_mail(Context& context, const MailFlags& flags);
// What a mail looks like, with example values; the parts that are given are tried in place of those in force.
// Errors: invalid, naming the part.
Result<void> preview_mail(Context& context, const std::string& name, const MailFlags& flags);
Result<void> show_mail_template(Context& context, const std::string& name);
// Errors: invalid (nothing given, or a part that is wrong).
Result<void> set_mail_template(Context& context, const std::string& name, const MailFlags& flags);
// Back to the built-in parts; without `parts` all of them. Errors: invalid.
Result<void> reset_mail_template(Context& context, const std::string& name, const MailFlags& flags);

}  // namespace postern
