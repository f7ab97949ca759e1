// A mail as it goes over the wire. Pure; bytes in, bytes out. Any thread.
#pragma once

#include "base/clock.h"
#include "model/mail.h"

#include <string>
#include <string_view>

namespace postern {

struct Mail {
  MailAddress from;
  MailAddress to;
  std::string subject;
  std::string text;
  std::string html;        // Empty: none.
  std::string message_id;  // "postern.17.4f1c@example.com", without angle brackets.
  WallTime date{};
};

// The message with CRLF line ends. Whatever subject, names and bodies hold, the header has exactly the fields that are
// written here: control characters become blanks, non-ASCII text becomes encoded words. Lines are at most 78 characters
// long, those of a body in plain ASCII at most 998. An address that is not ASCII stands there as UTF-8.
// Source: RFC 5322, RFC 2045-2047, RFC 6532, RFC 3834 (Auto-Submitted).
std::string to_mime(const Mail& mail);

// Text for one line: what is not UTF-8 becomes U+FFFD, control characters and line ends become blanks, none at the
// ends.
std::string one_line(std::string_view text);

// "Tue, 24 Nov 2026 22:08:00 +0000".
std::string mail_date(WallTime time);

}  // namespace postern
