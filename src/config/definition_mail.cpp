// The settings of the community's name and of mail.
#include "config/setting_makers.h"

namespace postern {
namespace {

using settings::choice;
using settings::duration;
using settings::expected;
using settings::number;
using settings::secret;
using settings::text;
using settings::Words;

constexpr std::size_t kMaxNameBytes = 200;

// A name that people read: one line.
template <class Member>
SettingDefinition name(std::string_view key, std::string_view about, Member member) {
  SettingDefinition out = text(key, about, member, "text of at most 200 bytes in one line");
  out.read = [member](Settings& settings, std::string_view value) -> Result<void> {
    if (value.size() > kMaxNameBytes) return expected("it is too long");
    for (const char c : value) {
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return expected("it has control characters");
    }
    *member(settings) = std::string(value);
    return {};
  };
  return out;
}

SettingDefinition site_url() {
  SettingDefinition out = text(
      "site.url", "The community's address, as mails name it. Empty: server.public_url.",
      [](Settings& s) { return &s.site.url; }, "a URL");
  out.read = [](Settings& settings, std::string_view value) -> Result<void> {
    while (value.ends_with('/')) value.remove_suffix(1);
    if (!value.empty() && !value.starts_with("https://") && !value.starts_with("http://")) {
      return expected("it does not begin with https:// or http:// and a host name");
    }
    settings.site.url = std::string(value);
    return {};
  };
  return out;
}

SettingDefinition from() {
  SettingDefinition out = text(
      "mail.from", "The address that mails come from. The mail server has to be allowed to send for its domain.",
      [](Settings& s) { return &s.mail.from; }, "an e-mail address");
  out.read = [](Settings& settings, std::string_view value) -> Result<void> {
    if (!value.empty() && !MailAddress::parse(value)) return expected("it is no e-mail address");
    settings.mail.from = std::string(value);
    return {};
  };
  return out;
}

}  // namespace

std::vector<SettingDefinition> mail_settings() {
  return {
      name("site.name", "The community's name, as mails name it. Empty: the host name of site.url.",
           [](Settings& s) { return &s.site.name; }),
      site_url(),
      choice(
          "mail.transport", "none, smtp or file",
          "How mails leave. none: not at all, and deliveries say so. file: each becomes a file, for development.",
          [](Settings& s) { return &s.mail.transport; },
          Words<MailTransportKind, 3>{{{"none", MailTransportKind::none},
                                       {"smtp", MailTransportKind::smtp},
                                       {"file", MailTransportKind::file}}}),
      text(
          "mail.host", "The mail server that takes mails from us.", [](Settings& s) { return &s.mail.host; },
          "a host name or an IP address"),
      number(
          "mail.port", "Its port. 0: 587 with starttls, 465 with tls, 25 with none.",
          [](Settings& s) { return &s.mail.port; }, 0, 65535),
      choice(
          "mail.security", "starttls, tls or none",
          "How the way to the mail server is secured. Neither starttls nor tls is ever given up for less.",
          [](Settings& s) { return &s.mail.security; },
          Words<MailSecurity, 3>{
              {{"starttls", MailSecurity::starttls}, {"tls", MailSecurity::tls}, {"none", MailSecurity::none}}}),
      text("mail.user", "What we log in with at the mail server. Empty: not at all.",
           [](Settings& s) { return &s.mail.user; }),
      secret(
          "mail.password", "text", "The password for mail.user. Best given as POSTERN_MAIL_PASSWORD_FILE.",
          [](Settings& s) { return &s.mail.password; }, 1),
      from(),
      name("mail.from_name", "The name that mails come from. Empty: site.name.",
           [](Settings& s) { return &s.mail.from_name; }),
      duration(
          "mail.timeout", "How long the mail server may take for one mail; then it is tried again later.",
          [](Settings& s) { return &s.mail.timeout; }, std::chrono::seconds{1}, std::chrono::seconds{50}),
      text(
          "mail.ca_file", "PEM file with the authorities whose certificates are accepted. Empty: the system's.",
          [](Settings& s) { return &s.mail.ca_file; }, "a file"),
      text(
          "mail.folder", "Where mail.transport = file writes to. Empty: mail in the data folder.",
          [](Settings& s) { return &s.mail.folder; }, "a folder"),
  };
}

}  // namespace postern
