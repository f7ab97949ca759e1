// Writes mails into a folder instead of sending them, for development.
#pragma once

#include "effects/mail/transport.h"

#include <string>

namespace postern {

// Each mail becomes `<Message-ID before the '@'>.eml`, so that a mail that is sent again replaces itself. Files are
// complete as soon as they are there, and readable by the owner only: they hold one-time links.
class FileTransport final : public MailTransport {
 public:
  // The folder is made when it is first needed.
  explicit FileTransport(std::string folder) : folder_(std::move(folder)) {}
  MailResult send(const Mail& mail) override;

 private:
  const std::string folder_;
};

}  // namespace postern
