// The parts that send mails, wired.
#pragma once

#include "base/shared_random.h"
#include "effects/mail/person_mail.h"
#include "manage/mail_setup.h"
#include "store/store.h"

#include <memory>
#include <string_view>

namespace postern {

class Mailing {
 public:
  // All must outlive it. Errors: unavailable.
  static Result<std::unique_ptr<Mailing>> create(Store& store, const KeyVault& vault, SharedRandom& random,
                                                 const Clock& clock, const Settings& settings,
                                                 std::string_view base_url);

  // Of welcome_email and password_email.
  Performer& performer() { return person_mail_; }
  MailTransport* transport() { return transport_.get(); }  // Null: there is no mail server.

 private:
  Mailing(Store& store, const KeyVault& vault, SharedRandom& random, const Clock& clock, MailSite site,
          std::unique_ptr<MailTransport> transport)
      : transport_(std::move(transport)),
        person_mail_({store, store, store, store, vault, random, clock, transport_.get()}, std::move(site)) {}

  std::unique_ptr<MailTransport> transport_;
  PersonMail person_mail_;
};

}  // namespace postern
