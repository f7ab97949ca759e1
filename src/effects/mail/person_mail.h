// The mails to users: the welcome e-mail and the one for a forgotten password.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "crypto/key_vault.h"
#include "effects/mail/templates.h"
#include "effects/mail/transport.h"
#include "effects/performer.h"
#include "store/catalog_store.h"
#include "store/mail_template_store.h"
#include "store/person_store.h"
#include "store/user_store.h"

#include <chrono>
#include <string>

namespace postern {

// Who sends, and what the mails speak of.
struct MailSite {
  MailAddress from;
  std::string name;      // Of the community.
  std::string url;       // Of the community.
  std::string base_url;  // What the addresses of the pages for people begin with.
  std::chrono::minutes link_lifetime{60};
};

// Each attempt makes a one-time link of its own, of which the store keeps the hash only: no link is in the outbox, in
// the log or in a note. The Message-ID is the same at every attempt, so that a repeat can be told.
// An address that no mail can go to and a refusal by the server are for good; everything else is tried again.
class PersonMail final : public Performer {
 public:
  struct Parts {
    UserStore& users;
    PersonStore& people;
    CatalogStore& catalog;
    MailTemplateStore& templates;
    const KeyVault& vault;
    Random& random;  // Any thread may take from it: SharedRandom.
    const Clock& clock;
    MailTransport* transport;  // Null: there is no mail server.
  };
  // All parts must outlive it.
  PersonMail(Parts parts, MailSite site) : parts_(parts), site_(std::move(site)) {}
  // For welcome_email and password_email.
  Outcome perform(const OutboxRow& row) override;

 private:
  Result<Outcome> send(const OutboxRow& row);
  Result<TemplateValues> values_for(const User& user, const Secret& link) const;

  Parts parts_;
  const MailSite site_;
};

// "postern.17.4f1c09ae77b2@example.com": one per row of one outbox, wherever it is sent from.
std::string message_id_of(const KeyVault& vault, const OutboxRow& row, const MailAddress& from);

// Not for a user: from the command line and the pages, to see whether it works. Without a `kind` a plain sentence, else
// that mail with example values. Errors: invalid (the template).
Result<Mail> make_test_mail(const MailSite& site, const MailAddress& to, std::optional<MailKind> kind,
                            std::span<const MailTemplate> custom, Random& random, WallTime now);

// What the templates look like with example values, those of the site included.
TemplateValues preview_values(const MailSite& site);

}  // namespace postern
