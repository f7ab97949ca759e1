// What must hold for a mail whatever it holds.
#include "base/utf8.h"
#include "effects/mail/message.h"
#include "effects/mail/template.h"
#include "support/mail_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

namespace postern {
namespace {

// Bytes that do harm more often than any bytes would.
rc::Gen<std::string> hostile_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::weightedOneOf<std::string>(
          {{6, rc::gen::arbitrary<std::string>()},
           {3, rc::gen::element<std::string>("\r\n", "\n", "\r", std::string(1, '\0'), "Bcc: eve@example.com", "=?",
                                             "?=", "=", "--", ".", " ", "\t", "{{", "}}", "<", "\"", "\\", ",")},
           {2, rc::gen::element<std::string>("ä", "日本", "🎉", "\xff", "\xe2\x80\xa8", "\xc2\x85")}})),
      [](const std::vector<std::string>& pieces) {
        std::string out;
        for (const std::string& each : pieces) out += each;
        return out;
      });
}

// Security 20.
TEST(MailProperty, TheHeaderHoldsItsFieldsAndNothingElse) {
  EXPECT_TRUE(rc::check([] {
    const std::string subject = *hostile_text();
    const std::string from_name = *hostile_text();
    const std::string to_name = *hostile_text();
    const std::string text = *hostile_text();
    const std::string html = *hostile_text();
    const Mail mail{.from = MailAddress::parse("gate@example.com", from_name).value(),
                    .to = MailAddress::parse("ada@example.com", to_name).value(),
                    .subject = subject,
                    .text = text,
                    .html = html,
                    .message_id = "m@example.com"};
    const std::string message = to_mime(mail);
    RC_ASSERT(message.ends_with("\r\n"));
    for (std::size_t i = 0; i < message.size(); ++i) {
      const auto byte = static_cast<unsigned char>(message[i]);
      RC_ASSERT(byte < 0x80 && (byte >= ' ' || byte == '\r' || byte == '\n' || byte == '\t'));
      if (message[i] == '\r') RC_ASSERT(message[i + 1] == '\n');
      if (message[i] == '\n') RC_ASSERT(i > 0 && message[i - 1] == '\r');
    }
    const ReadMail read = read_mail(message);
    std::vector<std::string> expected{"From",           "To",           "Subject",     "Date", "Message-ID",
                                      "Auto-Submitted", "MIME-Version", "Content-Type"};
    if (html.empty()) expected.emplace_back("Content-Transfer-Encoding");
    RC_ASSERT(read.names() == expected);
    for (const std::string& line : read.lines) RC_ASSERT(line.size() <= 78);
    RC_ASSERT(decode_words(read.field("Subject")) == one_line(subject));
    RC_ASSERT(read.field("From").ends_with("<gate@example.com>") || one_line(from_name).empty());
    RC_ASSERT(read.field("To").ends_with("ada@example.com") || read.field("To").ends_with("<ada@example.com>"));
  }));
}

TEST(MailProperty, ABodyIsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = *hostile_text();
    const Mail mail{.from = MailAddress::parse("gate@example.com").value(),
                    .to = MailAddress::parse("ada@example.com").value(),
                    .text = text,
                    .message_id = "m@example.com"};
    const ReadMail read = read_mail(to_mime(mail));
    const bool encoded = read.field("Content-Transfer-Encoding") == "quoted-printable";
    const std::string body = encoded ? decode_quoted_printable(read.body) : read.body;
    // The same lines, without control characters.
    std::string expected;
    const std::string clean = utf8::sanitized(text);
    for (std::size_t i = 0; i < clean.size(); ++i) {
      if (clean[i] == '\r' && clean[i + 1] == '\n') continue;
      const auto byte = static_cast<unsigned char>(clean[i]);
      if (clean[i] == '\n' || clean[i] == '\r')
        expected += "\r\n";
      else if ((byte >= ' ' && byte != 0x7f) || clean[i] == '\t')
        expected += clean[i];
    }
    if (!expected.ends_with("\r\n")) expected += "\r\n";
    RC_ASSERT(body == expected);
  }));
}

TEST(MailProperty, OnlyWhatIsOneAddressIsOne) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = *hostile_text() + *rc::gen::element<std::string>("@", "a@b.example", "") + *hostile_text();
    const auto address = MailAddress::parse(text);
    if (!address) return;
    RC_ASSERT(utf8::is_valid(text));
    RC_ASSERT(text.find_first_of(" \t\r\n<>(),;:\\\"[]") == std::string::npos);
    RC_ASSERT(text.find('\0') == std::string::npos);
    RC_ASSERT(std::count(text.begin(), text.end(), '@') == 1);
  }));
}

// Security 17: whatever people are called.
TEST(MailProperty, AValueIsNeverMarkupAndNeverALine) {
  constexpr std::array<std::string_view, 1> kNames{"name"};
  const Template line = Template::parse("a {{name}} b", kNames).value();
  EXPECT_TRUE(rc::check([&] {
    const TemplateValues values{{"name", *hostile_text()}};
    RC_ASSERT(line.render(values, TemplateEscaping::line).find_first_of("\r\n") == std::string::npos);
    RC_ASSERT(line.render(values, TemplateEscaping::html).find_first_of("<>\"'\r\n") == std::string::npos);
  }));
}

TEST(MailProperty, AnyTextIsATemplateOrAnErrorInWords) {
  constexpr std::array<std::string_view, 2> kNames{"name", "site"};
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const std::string& each : *rc::gen::container<std::vector<std::string>>(
             rc::gen::element<std::string>("{{#name}}", "{{/name}}", "{{^site}}", "{{/site}}", "{{name}}", "{{! x }}",
                                           "\n", " ", "text", "{{", "}}"))) {
      text += each;
    }
    const Result<Template> parsed = Template::parse(text, kNames);
    if (!parsed) {
      RC_ASSERT(parsed.error().message.starts_with("line "));
      return;
    }
    const std::string out = parsed->render({{"name", "n"}}, TemplateEscaping::html);
    RC_ASSERT(out.find("{{#") == std::string::npos && out.find("{{name}}") == std::string::npos);
  }));
}

}  // namespace
}  // namespace postern
