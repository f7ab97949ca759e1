// From the settings to what sends mails; the server and the command line do it alike.
#pragma once

#include "config/settings.h"
#include "effects/mail/person_mail.h"
#include "effects/mail/transport.h"
#include "store/catalog_store.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// `base_url`: what the addresses of the pages for people begin with.
MailSite mail_site(const Settings& settings, std::string_view base_url);

// Null: none is configured. Errors: unavailable.
Result<std::unique_ptr<MailTransport>> make_mail_transport(const Settings& settings);

inline bool sends_mail(const Settings& settings) {
  return settings.mail.transport != MailTransportKind::none;
}

// "smtp.example.com:587"; empty if mails do not go to a server.
std::string mail_server_text(const Settings& settings);

// What an operator should know, one sentence each: mails are wanted and there is no way to send them, a password
// crosses the network in the clear.
std::vector<std::string> mail_warnings(const Settings& settings, const CatalogData& catalog);

}  // namespace postern
