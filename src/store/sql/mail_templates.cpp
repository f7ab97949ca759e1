// The operator's own texts of mails.
#include "store/sql/own_tables.h"
#include "store/sql/rows.h"

namespace postern::sql {

Result<std::vector<MailTemplate>> OwnTables::mail_templates() {
  return read([](Connection& db) -> Result<std::vector<MailTemplate>> {
    Query q = db.query("SELECT mail, part, body FROM {mail_templates} ORDER BY mail, part");
    std::vector<MailTemplate> out;
    while (TRY(q.step())) {
      out.push_back({static_cast<MailKind>(q.integer(0)), static_cast<MailPart>(q.integer(1)), std::string(q.text(2))});
    }
    return out;
  });
}

Result<void> OwnTables::change_mail_templates(MailKind kind, std::span<const MailTemplateChange> changes) {
  return write([&](Connection& db) -> Result<void> {
    for (const MailTemplateChange& each : changes) {
      Query old = db.query("DELETE FROM {mail_templates} WHERE mail = ?1 AND part = ?2");
      old.bind(static_cast<std::int64_t>(kind)).bind(static_cast<std::int64_t>(each.part));
      TRY(old.run());
      if (!each.body) continue;
      Query q = db.query("INSERT INTO {mail_templates}(mail, part, body) VALUES(?1, ?2, ?3)");
      q.bind(static_cast<std::int64_t>(kind)).bind(static_cast<std::int64_t>(each.part)).bind(*each.body);
      TRY(q.run());
    }
    return {};
  });
}

}  // namespace postern::sql
