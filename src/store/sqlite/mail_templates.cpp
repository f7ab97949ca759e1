// The operator's own texts of mails.
#include "store/sqlite/store_parts.h"

namespace postern {

using sqlite::Connection;
using sqlite::Query;

Result<std::vector<MailTemplate>> SqliteStore::mail_templates() {
  return read([](Connection& db) -> Result<std::vector<MailTemplate>> {
    Query q = db.query("SELECT mail, part, body FROM mail_templates ORDER BY mail, part");
    std::vector<MailTemplate> out;
    while (TRY(q.step())) {
      out.push_back({static_cast<MailKind>(q.integer(0)), static_cast<MailPart>(q.integer(1)), std::string(q.text(2))});
    }
    return out;
  });
}

Result<void> SqliteStore::change_mail_templates(MailKind kind, std::span<const MailTemplateChange> changes) {
  return write(false, [&](Connection& db) -> Result<void> {
    for (const MailTemplateChange& each : changes) {
      Query q = db.query(each.body ? "INSERT OR REPLACE INTO mail_templates(mail, part, body) VALUES(?1, ?2, ?3)"
                                   : "DELETE FROM mail_templates WHERE mail = ?1 AND part = ?2");
      q.bind(static_cast<std::int64_t>(kind)).bind(static_cast<std::int64_t>(each.part));
      if (each.body) q.bind(*each.body);
      TRY(q.run());
    }
    return {};
  });
}

}  // namespace postern
