// Hands mails to a mail server, by libcurl.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "base/secret.h"
#include "effects/mail/transport.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postern {

struct SmtpOptions {
  std::string host;
  std::uint16_t port = 587;
  // starttls: what does not offer it gets no mail, and no password. Both: TLS 1.2 or later with AEAD and ECDHE, chain
  // and host name verified.
  MailSecurity security = MailSecurity::starttls;
  std::string user;  // Empty: no AUTH.
  Secret password;
  std::string ca_file;               // PEM; empty: the system's.
  std::string helo;                  // The name that we give ourselves in EHLO; empty: the host's.
  std::chrono::seconds timeout{30};  // For a mail; and once more for the good-bye after it has run out.
};

// Keeps connections open between mails. A connection that the server has closed meanwhile costs one more try at once.
// A refusal of the sender, the recipient or the message by 5xx is for good. Anything else is `failed`: a 4xx, a server
// that cannot be reached, that does not answer in time, whose certificate is not accepted, that does not take the
// password: those the operator mends, and the mails wait.
class SmtpTransport final : public MailTransport {
 public:
  // Errors: unavailable (libcurl cannot be used).
  static Result<std::unique_ptr<SmtpTransport>> create(SmtpOptions options);
  ~SmtpTransport() override;
  SmtpTransport(const SmtpTransport&) = delete;
  SmtpTransport& operator=(const SmtpTransport&) = delete;

  MailResult send(const Mail& mail) override;

 private:
  class Line;
  explicit SmtpTransport(SmtpOptions options);
  std::unique_ptr<Line> take_line();

  const SmtpOptions options_;
  Guarded<std::vector<std::unique_ptr<Line>>> idle_;
};

}  // namespace postern
