// Setting a password by a link, and changing it.
#include "crypto/person_secrets.h"
#include "login/password_rules.h"
#include "portal/visit.h"

namespace postern {
namespace {

constexpr std::string_view kLinkPath = "/account/set-password/";
constexpr std::size_t kMaxLinkBytes = 100;

}  // namespace

std::optional<Secret> Portal::new_password(const Form& form, const std::string& email, std::string& fault) const {
  std::optional<Secret> password = form.secret("password", kMaxPasswordBytes);
  const std::optional<Secret> repeated = form.secret("repeated", kMaxPasswordBytes);
  if (!password || !repeated) {
    fault = "Enter the new password twice; it may have up to " + std::to_string(kMaxPasswordBytes) + " bytes.";
  } else if (password->reveal() != repeated->reveal()) {
    fault = "The two new passwords are not the same. Enter the same one twice.";
  } else if (const auto wrong = password_fault(*password, email, kLeastPasswordCharacters)) {
    fault = "The new password " + *wrong + ".";
  } else {
    return password;
  }
  return std::nullopt;
}

Result<std::optional<Portal::OpenLink>> Portal::find_link(Visit& visit, http::Response& dead) {
  OpenLink out{.secret = std::string(visit.path.substr(kLinkPath.size()))};
  std::optional<FoundUserLink> found;
  if (out.secret.size() <= kMaxLinkBytes) {
    found = TRY(parts_.people.find_user_link(user_link_hash(parts_.vault, out.secret), parts_.clock.now()));
  }
  if (found && found->state == UserLinkState::usable) {
    if (std::optional<Credentials> known = TRY(parts_.people.credentials_of(found->link.user))) {
      out.link = found->link;
      out.user = std::move(known->user);
      return std::optional(std::move(out));
    }
    found.reset();
  }
  DeadLinkView view{.token = form(visit).token, .can_mail = policy_.can_mail};
  if (found) {
    view.state = found->state;
    view.link = out.secret;
  }
  dead = page(visit, dead_link_page(view), found ? 410 : 404);
  return std::optional<OpenLink>();
}

http::Response Portal::show_set_password(Visit& visit) {
  http::Response dead;
  const Result<std::optional<OpenLink>> open = find_link(visit, dead);
  if (!open) return failed(visit, open.error());
  if (!*open) return dead;
  return page(visit, set_password_page({.form = form(visit),
                                        .kind = (*open)->link.kind,
                                        .login = (*open)->user.login,
                                        .least_characters = kLeastPasswordCharacters}));
}

http::Response Portal::set_password(Visit& visit) {
  http::Response dead;
  const Result<std::optional<OpenLink>> open = find_link(visit, dead);
  if (!open) return failed(visit, open.error());
  if (!*open) return dead;
  const UserLink& link = (*open)->link;
  std::string fault;
  const std::optional<Secret> password = new_password(Form(visit.request), (*open)->user.email, fault);
  if (!password) {
    return page(visit,
                set_password_page({.form = form(visit, std::move(fault)),
                                   .kind = link.kind,
                                   .login = (*open)->user.login,
                                   .least_characters = kLeastPasswordCharacters}),
                422);
  }
  const Result<std::string> hash = parts_.passwords.hash(*password);
  if (!hash) return failed(visit, hash.error());
  const Result<UserId> user = parts_.people.redeem_user_link(link.hash, parts_.clock.now(), *hash);
  if (!user && user.error().code == Errc::not_found) {  // Somebody was faster.
    const Result<std::optional<OpenLink>> again = find_link(visit, dead);
    return again && !*again ? std::move(dead) : failed(visit, user.error());
  }
  if (!user) return failed(visit, user.error());
  parts_.log.info("person.password_set", {{"user", user->value}, {"ip", visit.client.ip}});
  visit.cookies.push_back(parts_.sessions.ended_cookie(visit.client));
  return redirect("/account/login?notice=password_set");
}

http::Response Portal::show_change_password(Visit& visit) {
  if (!visit.person) return redirect("/account/login?next=/account/password");
  return page(visit, change_password_page(form(visit), visit.person->credentials.user.login, kLeastPasswordCharacters));
}

http::Response Portal::change_password(Visit& visit) {
  if (!visit.person) return redirect("/account/login?next=/account/password");
  const Credentials& known = visit.person->credentials;
  const UserId user = known.user.id;
  const auto refuse = [&](std::string fault) {
    return page(visit, change_password_page(form(visit, std::move(fault)), known.user.login, kLeastPasswordCharacters),
                422);
  };
  const Form sent(visit.request);
  const std::string account = "confirm person " + std::to_string(user.value);
  if (const auto wait = parts_.throttle.admit(account, visit.client.ip)) return too_many(visit, *wait);
  const Secret current = sent.secret("current", kMaxPasswordBytes).value_or(Secret());
  const Result<bool> right = parts_.passwords.verify(known.password_hash, current);
  if (!right) return failed(visit, right.error());
  if (!*right) return refuse("The present password is wrong.");
  parts_.throttle.succeeded(account, visit.client.ip);
  std::string fault;
  const std::optional<Secret> password = new_password(sent, known.user.email, fault);
  if (!password) return refuse(std::move(fault));
  const Result<std::string> hash = parts_.passwords.hash(*password);
  if (!hash) return failed(visit, hash.error());
  if (const Result<void> set = parts_.people.set_user_password(user, *hash); !set) return failed(visit, set.error());
  Result<std::string> cookie = parts_.sessions.open(visit.request, visit.client, user);
  if (!cookie) return failed(visit, cookie.error());
  visit.cookies.push_back(*std::move(cookie));
  parts_.log.info("person.password_changed", {{"user", user.value}, {"ip", visit.client.ip}});
  return redirect("/account?notice=password_changed");
}

}  // namespace postern
