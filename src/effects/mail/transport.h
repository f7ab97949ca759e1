// How a mail leaves the house.
#pragma once

#include "effects/mail/message.h"

#include <string>

namespace postern {

// What became of one mail.
struct MailResult {
  enum class Kind {
    sent,
    refused,  // For good: the same mail would be refused again.
    failed,   // This time; later it may pass.
  };
  Kind kind = Kind::failed;
  int status = 0;        // Of the server's last reply (RFC 5321 §4.2); 0: none.
  std::string note;      // One plain sentence; never a secret.
  std::string response;  // The server's last words.
};

// Any thread. Comes to an end within twice its time-out, whatever the other side does.
class MailTransport {
 public:
  virtual ~MailTransport() = default;
  virtual MailResult send(const Mail& mail) = 0;
};

}  // namespace postern
