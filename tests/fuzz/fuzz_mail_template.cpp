// Templates of mails from any bytes: no crash, and what was found right can be filled in.
#include "base/check.h"
#include "effects/mail/message.h"
#include "effects/mail/templates.h"

#include <cstdint>
#include <string_view>

using namespace postern;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const MailPart part : kMailParts) {
    MailParts parts = templates_of(MailKind::welcome, {});
    parts.part(part) = body;
    const bool right = !check_template(part, body).has_value();
    const Result<MailParts> shown = render_mail(parts, example_values());
    CHECK(shown.has_value() == right);
    if (!shown) continue;
    const std::string message = to_mime({.from = MailAddress::parse("a@example.com").value(),
                                         .to = MailAddress::parse("b@example.com").value(),
                                         .subject = shown->subject,
                                         .text = shown->text,
                                         .html = shown->html,
                                         .message_id = "m@example.com"});
    CHECK(message.find("\r\n\r\n") != std::string::npos);
  }
  return 0;
}
