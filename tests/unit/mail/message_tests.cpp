#include "base/utf8.h"
#include "effects/mail/message.h"
#include "support/fake_clock.h"
#include "support/mail_reader.h"

#include <gmock/gmock.h>

namespace postern {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

MailAddress address(std::string_view text, std::string_view name = {}) {
  return MailAddress::parse(text, name).value();
}

Mail mail() {
  return {.from = address("gate@example.com", "Gate"),
          .to = address("ada@example.com"),
          .subject = "Hello",
          .text = "Line one\nLine two",
          .message_id = "postern.17.4f1c@example.com",
          .date = WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{22} +
                           std::chrono::minutes{8}}};
}

TEST(Message, IsWrittenAsTheRfcsAsk) {
  EXPECT_EQ(to_mime(mail()),
            "From: \"Gate\"\r\n <gate@example.com>\r\n"
            "To: ada@example.com\r\n"
            "Subject: Hello\r\n"
            "Date: Tue, 24 Nov 2026 22:08:00 +0000\r\n"
            "Message-ID: <postern.17.4f1c@example.com>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=UTF-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "Line one\r\nLine two\r\n");
}

// Security 20.
TEST(Message, NothingInAFieldCanAddAFieldOrARecipient) {
  for (const std::string evil : {"x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: eve@example.com",
                                 "x\r\n\r\nBcc: eve@example.com", "x\r\n Bcc: eve@example.com"}) {
    Mail m = mail();
    m.subject = evil;
    m.from = address("gate@example.com", evil + "\", <eve@example.com>");
    m.to = address("ada@example.com", evil);
    const ReadMail read = read_mail(to_mime(m));
    EXPECT_THAT(read.names(), ElementsAre("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
                                          "MIME-Version", "Content-Type", "Content-Transfer-Encoding"));
    EXPECT_TRUE(read.field("From").ends_with(" <gate@example.com>")) << read.field("From");
    EXPECT_TRUE(read.field("To").ends_with(" <ada@example.com>")) << read.field("To");
    EXPECT_EQ(read.body, "Line one\r\nLine two\r\n");
  }
}

TEST(Message, AnAddressThatCouldMeanMoreThanItselfIsNone) {
  for (const std::string text :
       {"", "ada", "@example.com", "ada@", "a@b@example.com", "a b@example.com", "a,b@example.com", "<a@example.com>",
        "a@example.com\r\nBcc: eve@example.com", "a@example.com\n", "a\n@example.com", "a@example.com>",
        "\"a\"@example.com", "a(x)@example.com", "a@.example.com", "a@example..com", "a@-example.com",
        "a\xff@example.com", "a\xe2\x80\xa8@example.com"}) {
    EXPECT_FALSE(MailAddress::parse(text)) << text;
  }
  EXPECT_FALSE(MailAddress::parse(std::string(65, 'a') + "@example.com"));
  EXPECT_FALSE(MailAddress::parse("a@" + std::string(253, 'b')));
  EXPECT_FALSE(MailAddress::parse(std::string_view("a\0b@example.com", 15)));
}

TEST(Message, DotsThatAnAtomMayNotHaveAreQuoted) {
  EXPECT_EQ(address("a.b@example.com").wire(), "a.b@example.com");
  EXPECT_EQ(address("a..b@example.com").wire(), "\"a..b\"@example.com");
  EXPECT_EQ(address(".a@example.com").wire(), "\".a\"@example.com");
  EXPECT_EQ(address("a.@example.com").wire(), "\"a.\"@example.com");
}

// RFC 2047 §2: at most 75 characters in a word, 76 in a line; no character is torn apart.
TEST(Message, TextBeyondAsciiBecomesEncodedWords) {
  Mail m = mail();
  m.subject = "Willkommen in der Gemeinschaft der Übermütigen, Zürich – 日本語のとても長い件名がここにあります 🎉🎉🎉";
  m.from = address("gate@example.com", "Café „Größenwahn“");
  const ReadMail read = read_mail(to_mime(m));
  EXPECT_EQ(decode_words(read.field("Subject")), m.subject);
  EXPECT_EQ(decode_words(read.field("From")), m.from.name() + " <gate@example.com>");
  for (const std::string& line : read.lines) {
    EXPECT_LE(line.size(), 76U) << line;
    const std::size_t word = line.find("=?");
    if (word == std::string::npos) continue;
    EXPECT_TRUE(utf8::is_valid(decode_words(line.substr(word)))) << line;
  }
}

TEST(Message, AsciiThatLooksEncodedOrIsLongIsEncodedToo) {
  Mail m = mail();
  m.subject = "=?UTF-8?B?SGk=?=";
  EXPECT_EQ(decode_words(read_mail(to_mime(m)).field("Subject")), m.subject);
  m.subject = std::string(300, 'x');
  const ReadMail read = read_mail(to_mime(m));
  EXPECT_EQ(decode_words(read.field("Subject")), m.subject);
  for (const std::string& line : read.lines) EXPECT_LE(line.size(), 78U);
}

// RFC 6532: an address cannot be an encoded word.
TEST(Message, AnAddressBeyondAsciiStandsThereAsUtf8) {
  Mail m = mail();
  m.to = address("用户@例え.example");
  EXPECT_EQ(read_mail(to_mime(m)).field("To"), "用户@例え.example");
}

TEST(Message, ABodyBeyondAsciiIsQuotedPrintable) {
  Mail m = mail();
  m.text = "Grüße = 1 \nFrom here\n.\n" + std::string(200, 'x') + "é\ttab\x01\r\nend \xff";
  const ReadMail read = read_mail(to_mime(m));
  EXPECT_EQ(read.field("Content-Transfer-Encoding"), "quoted-printable");
  EXPECT_EQ(decode_quoted_printable(read.body),
            "Grüße = 1 \r\nFrom here\r\n.\r\n" + std::string(200, 'x') + "é\ttab\r\nend \xef\xbf\xbd\r\n");
  EXPECT_THAT(read.body, HasSubstr("1=20\r\n"));  // A blank at the end of a line would get lost.
  std::string_view rest = read.body;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    EXPECT_LE(end, 76U);
    rest.remove_prefix(end + 2);
  }
}

TEST(Message, ALineThatServersWouldCutIsNotSentAsItIs) {
  Mail m = mail();
  m.text = std::string(2000, 'x');
  EXPECT_EQ(read_mail(to_mime(m)).field("Content-Transfer-Encoding"), "quoted-printable");
}

TEST(Message, HtmlComesBesideTheText) {
  Mail m = mail();
  m.text = "--=_postern_alternative--\nstill text";
  m.html = "<p>Grüße</p>\n--=_postern_alternative";
  const ReadMail read = read_mail(to_mime(m));
  EXPECT_EQ(read.field("Content-Type"), "multipart/alternative; boundary=\"=_postern_alternative\"");
  // The line end before a boundary belongs to it. RFC 2046 §5.1.1.
  const std::string boundary = "\r\n--=_postern_alternative\r\n";
  const std::string body = "\r\n" + read.body;
  ASSERT_TRUE(body.starts_with(boundary));
  const std::size_t second = body.find(boundary, 1);
  const ReadMail text = read_mail(std::string_view(body).substr(boundary.size(), second - boundary.size()));
  EXPECT_EQ(text.field("Content-Type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(decode_quoted_printable(text.body), "--=_postern_alternative--\r\nstill text\r\n");
  std::string_view rest = std::string_view(body).substr(second + boundary.size());
  ASSERT_TRUE(rest.ends_with("\r\n--=_postern_alternative--\r\n"));
  rest.remove_suffix(boundary.size() + 2);
  const ReadMail html = read_mail(rest);
  EXPECT_EQ(html.field("Content-Type"), "text/html; charset=UTF-8");
  EXPECT_EQ(decode_quoted_printable(html.body), "<p>Grüße</p>\r\n--=_postern_alternative\r\n");
  EXPECT_THAT(std::string(rest), Not(HasSubstr("--=_")));
}

}  // namespace
}  // namespace postern
