#include "main/mailing.h"

namespace postern {

Result<std::unique_ptr<Mailing>> Mailing::create(Store& store, const KeyVault& vault, SharedRandom& random,
                                                 const Clock& clock, const Settings& settings,
                                                 std::string_view base_url) {
  std::unique_ptr<MailTransport> transport = TRY(make_mail_transport(settings));
  return std::unique_ptr<Mailing>(
      new Mailing(store, vault, random, clock, mail_site(settings, base_url), std::move(transport)));
}

}  // namespace postern
