#include "manage/mail_setup.h"

#include "effects/mail/file_transport.h"
#include "effects/mail/smtp_transport.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::string_view kDevelopmentSender = "postern@localhost";

std::uint16_t port_of(const Settings::Mail& mail) {
  if (mail.port != 0) return mail.port;
  return mail.security == MailSecurity::starttls ? 587 : mail.security == MailSecurity::tls ? 465 : 25;
}

// "https://gate.example.com:8080/x" → "gate.example.com".
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) return std::string(url.substr(0, url.find(']') + 1));
  return std::string(url.substr(0, url.find(':')));
}

bool is_loopback(const std::string& host) {
  const auto ip = IpAddress::parse(host);
  return host == "localhost" || (ip && ip->is_loopback());
}

}  // namespace

MailSite mail_site(const Settings& settings, std::string_view base_url) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  const std::string url = settings.site.url.empty() ? std::string(base_url) : settings.site.url;
  const std::string name = settings.site.name.empty() ? host_of(url) : settings.site.name;
  const std::string& from_name = settings.mail.from_name.empty() ? name : settings.mail.from_name;
  const std::string_view from = settings.mail.from.empty() ? kDevelopmentSender : settings.mail.from;
  return {.from = MailAddress::parse(from, from_name).value_or(MailAddress()),
          .name = name,
          .url = url,
          .base_url = std::string(base_url),
          .link_lifetime = std::chrono::duration_cast<std::chrono::minutes>(settings.portal.link_lifetime)};
}

Result<std::unique_ptr<MailTransport>> make_mail_transport(const Settings& settings) {
  const Settings::Mail& mail = settings.mail;
  switch (mail.transport) {
    case MailTransportKind::none:
      break;
    case MailTransportKind::file:
      return std::unique_ptr<MailTransport>(
          std::make_unique<FileTransport>(mail.folder.empty() ? settings.store.data + "/mail" : mail.folder));
    case MailTransportKind::smtp: {
      const std::optional<MailAddress> from = MailAddress::parse(mail.from);
      std::unique_ptr<SmtpTransport> smtp =
          TRY(SmtpTransport::create({.host = mail.host,
                                     .port = port_of(mail),
                                     .security = mail.security,
                                     .user = mail.user,
                                     .password = mail.password,
                                     .ca_file = mail.ca_file,
                                     .helo = from ? std::string(from->domain()) : std::string(),
                                     .timeout = mail.timeout}));
      return std::unique_ptr<MailTransport>(std::move(smtp));
    }
  }
  return std::unique_ptr<MailTransport>();
}

std::string mail_server_text(const Settings& settings) {
  if (settings.mail.transport != MailTransportKind::smtp) return {};
  return settings.mail.host + ":" + std::to_string(port_of(settings.mail));
}

std::vector<std::string> mail_warnings(const Settings& settings, const CatalogData& catalog) {
  std::vector<std::string> out;
  if (!sends_mail(settings)) {
    std::string names;
    for (const Webhook& webhook : catalog.webhooks) {
      if (webhook.effects.welcome_email) names += (names.empty() ? "'" : ", '") + webhook.name + "'";
    }
    if (!names.empty()) {
      out.push_back("No mail server is configured, so the welcome e-mail of " + names +
                    " is not sent. Set mail.transport, mail.host and mail.from.");
    }
  }
  if (settings.mail.transport == MailTransportKind::file) {
    out.emplace_back("mail.transport is file: mails are written to a folder and reach nobody.");
  }
  const bool in_the_clear = settings.mail.transport == MailTransportKind::smtp &&
                            settings.mail.security == MailSecurity::none && !is_loopback(settings.mail.host);
  if (in_the_clear) {
    out.push_back("mail.security is none: one-time links" +
                  std::string(settings.mail.user.empty() ? "" : " and mail.password") +
                  " cross the network to the mail server in the clear.");
  }
  return out;
}

}  // namespace postern
