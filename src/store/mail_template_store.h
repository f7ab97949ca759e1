// The part of the store port that keeps the operator's own texts of mails.
#pragma once

#include "base/result.h"
#include "model/mail.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace postern {

// Empty: back to the built-in one.
struct MailTemplateChange {
  MailPart part = MailPart::subject;
  std::optional<std::string> body;
};

// Any thread. Each function is one transaction. Errors of all: unavailable, internal.
class MailTemplateStore {
 public:
  virtual ~MailTemplateStore() = default;
  // Only those that differ from the built-in ones; by mail and part.
  virtual Result<std::vector<MailTemplate>> mail_templates() = 0;
  virtual Result<void> change_mail_templates(MailKind kind, std::span<const MailTemplateChange> changes) = 0;
};

}  // namespace postern
