// What mails are: which there are, what they consist of, and to whom they can go.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// welcome: to a user whom a delivery created. password: to a user who has forgotten the password.
enum class MailKind { welcome, password };
// What an operator can replace of a mail. An empty html: the mail has none.
enum class MailPart { subject, text, html };

constexpr std::array<MailKind, 2> kMailKinds{MailKind::welcome, MailKind::password};
constexpr std::array<MailPart, 3> kMailParts{MailPart::subject, MailPart::text, MailPart::html};

// One part of a mail as the operator wants it, in place of the built-in one.
struct MailTemplate {
  MailKind kind = MailKind::welcome;
  MailPart part = MailPart::subject;
  std::string body;
  bool operator==(const MailTemplate&) const = default;
};

// none: nothing is sent. file: each mail becomes a file in a folder, for development.
enum class MailTransportKind { none, smtp, file };
// starttls and tls are never given up for less.
enum class MailSecurity { none, starttls, tls };

std::string_view to_word(MailKind kind);
std::string_view to_word(MailPart part);
std::string_view to_word(MailTransportKind kind);
std::optional<MailKind> parse_mail_kind(std::string_view word);
std::optional<MailPart> parse_mail_part(std::string_view word);

// An address that can stand in a mail's header and in SMTP without changing either, with the name that people read.
// Non-ASCII letters are allowed on both sides of the '@' (RFC 6531); white space, control characters and what separates
// addresses are not. At most 254 bytes (RFC 5321 §4.5.3.1).
class MailAddress {
 public:
  static std::optional<MailAddress> parse(std::string_view address, std::string_view name = {});

  const std::string& address() const { return address_; }
  const std::string& name() const { return name_; }
  std::string_view domain() const { return std::string_view(address_).substr(address_.find('@') + 1); }
  // With the quotes that the part before the '@' needs by RFC 5321: "a..b"@example.com.
  std::string wire() const;
  bool operator==(const MailAddress&) const = default;

 private:
  std::string address_;
  std::string name_;
};

}  // namespace postern
