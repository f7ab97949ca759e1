// The texts of mails of a MemoryStore.
#include "store/memory/memory_data.h"

namespace postern {

Result<std::vector<MailTemplate>> MemoryStore::mail_templates() {
  const std::lock_guard lock(mutex_);
  std::vector<MailTemplate> out;
  for (const auto& [key, body] : data_->mail_templates) out.push_back({key.first, key.second, body});
  return out;
}

Result<void> MemoryStore::change_mail_templates(MailKind kind, std::span<const MailTemplateChange> changes) {
  const std::scoped_lock lock(writing_, mutex_);
  for (const MailTemplateChange& each : changes) {
    if (each.body) {
      data_->mail_templates[{kind, each.part}] = *each.body;
    } else {
      data_->mail_templates.erase({kind, each.part});
    }
  }
  return {};
}

}  // namespace postern
