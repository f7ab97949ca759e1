#include "effects/mail/person_mail.h"

#include "crypto/encoding.h"
#include "crypto/person_secrets.h"
#include "effects/mail/message.h"

#include <array>

namespace postern {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  return hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Outcome outcome(Outcome::Kind kind, std::string note) {
  return {.kind = kind, .note = std::move(note)};
}

Outcome outcome_of(const MailResult& result) {
  Outcome out;
  out.kind = result.kind == MailResult::Kind::sent      ? Outcome::Kind::done
             : result.kind == MailResult::Kind::refused ? Outcome::Kind::dead
                                                        : Outcome::Kind::retry;
  out.note = result.note;
  out.status = result.status;
  out.response = result.response;
  return out;
}

void put_site(TemplateValues& values, const MailSite& site) {
  values["site_name"] = site.name;
  values["site_url"] = site.url;
  values["login_url"] = site.base_url + "/account/login";
  values["forgotten_password_url"] = site.base_url + "/account/forgotten";
  values["link_lifetime"] = lifetime_text(site.link_lifetime);
}

}  // namespace

Outcome PersonMail::perform(const OutboxRow& row) {
  Result<Outcome> done = send(row);
  if (done) return *std::move(done);
  return outcome(Outcome::Kind::retry,
                 done.error().message.empty() ? "The store could not be read or written." : done.error().message);
}

Result<Outcome> PersonMail::send(const OutboxRow& row) {
  const std::optional<User> user =
      row.effect.user ? TRY(parts_.users.user_by_id(*row.effect.user)) : std::optional<User>();
  if (!user) return outcome(Outcome::Kind::skipped, "The user has been removed.");
  const std::optional<MailAddress> to = MailAddress::parse(user->email);
  if (!to) return outcome(Outcome::Kind::dead, "No mail can be sent to the user's e-mail address.");
  if (parts_.transport == nullptr) {
    return outcome(Outcome::Kind::dead, "No mail server is configured: set mail.transport, then try again.");
  }
  const MailKind kind = row.effect.kind == EffectKind::welcome_email ? MailKind::welcome : MailKind::password;
  const Secret link = make_user_link_secret(parts_.random);
  const WallTime now = parts_.clock.now();
  const MailParts templates = templates_of(kind, TRY(parts_.templates.mail_templates()));
  const TemplateValues values = TRY(values_for(*user, link));
  MailParts content = TRY(render_mail(templates, values));
  // Before the mail is out: nobody shall hold a link that does not work.
  TRY(parts_.people.add_user_link({.hash = user_link_hash(parts_.vault, link.reveal()),
                                   .user = user->id,
                                   .kind = kind == MailKind::welcome ? UserLinkKind::set : UserLinkKind::reset,
                                   .created_at = now,
                                   .expires_at = now + site_.link_lifetime}));
  return outcome_of(parts_.transport->send({.from = site_.from,
                                            .to = *to,
                                            .subject = std::move(content.subject),
                                            .text = std::move(content.text),
                                            .html = std::move(content.html),
                                            .message_id = message_id_of(parts_.vault, row, site_.from),
                                            .date = now}));
}

Result<TemplateValues> PersonMail::values_for(const User& user, const Secret& link) const {
  TemplateValues values;
  put_site(values, site_);
  values["login"] = user.login;
  values["email"] = user.email;
  values["display_name"] = user.display_name;
  values["first_name"] = user.first_name;
  values["last_name"] = user.last_name;
  values["set_password_url"] = set_password_url(site_.base_url, link);
  const CatalogData catalog = TRY(parts_.catalog.load_catalog());
  std::string& spaces = values["spaces"];
  for (const MembershipRow& row : TRY(parts_.users.memberships(user.id))) {
    if (row.membership.status != MembershipStatus::active) continue;
    for (const Space& space : catalog.spaces) {
      if (space.id == row.membership.space) spaces += (spaces.empty() ? "" : ", ") + space.title;
    }
  }
  return values;
}

std::string message_id_of(const KeyVault& vault, const OutboxRow& row, const MailAddress& from) {
  const std::string number = std::to_string(row.id.value);
  const KeyHash hash =
      vault.hash("Message-ID " + number + " " + std::to_string(row.created_at.time_since_epoch().count()));
  return "postern." + number + "." + hex(std::span(hash).first(6)) + "@" + std::string(from.domain());
}

Result<Mail> make_test_mail(const MailSite& site, const MailAddress& to, std::optional<MailKind> kind,
                            std::span<const MailTemplate> custom, Random& random, WallTime now) {
  MailParts content{"[" + site.name + "] Test",
                    "This is a test from Postern: " + site.name + " can send mails from " + site.from.address() + ".\n",
                    ""};
  if (kind) content = TRY(render_mail(templates_of(*kind, custom), preview_values(site)));
  std::array<std::byte, 9> bytes{};
  random.fill(bytes);
  return Mail{.from = site.from,
              .to = to,
              .subject = std::move(content.subject),
              .text = std::move(content.text),
              .html = std::move(content.html),
              .message_id = "postern.test." + hex(bytes) + "@" + std::string(site.from.domain()),
              .date = now};
}

TemplateValues preview_values(const MailSite& site) {
  TemplateValues values = example_values();
  put_site(values, site);
  values["set_password_url"] = site.base_url + "/account/set-password/an-example-that-does-not-work";
  return values;
}

}  // namespace postern
