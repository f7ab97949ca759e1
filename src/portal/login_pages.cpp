// Logging in and out, and the forgotten password.
#include "crypto/person_secrets.h"
#include "identity/email.h"
#include "login/password_rules.h"
#include "portal/visit.h"

namespace postern {
namespace {

constexpr std::chrono::minutes kBetweenMails{2};
constexpr std::size_t kMaxNextBytes = 2000;

}  // namespace

http::Response Portal::show_login(Visit& visit) {
  const std::string wanted = query_value(visit.request.query, "next");
  const std::string target = return_to(wanted, policy_.returns);
  if (visit.person) return arrive(visit, target, false);
  LoginView view{.form = form(visit)};
  if (!wanted.empty()) view.next = target;
  const std::string notice = query_value(visit.request.query, "notice");
  if (notice == "password_set") view.notice = "Your password is set. Log in with it.";
  if (notice == "logged_out") view.notice = "You are logged out.";
  return page(visit, login_page(view));
}

http::Response Portal::log_in(Visit& visit) {
  const Form sent(visit.request);
  const std::string name = sent.text("login");
  const Secret password = sent.secret("password", kMaxPasswordBytes).value_or(Secret());
  const std::string target = return_to(sent.text("next", kMaxNextBytes), policy_.returns);
  const std::string account = "person " + identity::email_key(name);
  const std::string& ip = visit.client.ip;
  if (const auto wait = parts_.throttle.admit(account, ip)) {
    parts_.log.warn("person.login_throttled", {{"ip", ip}});
    return too_many(visit, *wait);
  }
  const Result<std::optional<Credentials>> found = parts_.people.find_credentials(name);
  if (!found) return failed(visit, found.error());
  const Result<bool> right = parts_.passwords.verify(*found ? (*found)->password_hash : std::string(), password);
  if (!right) return failed(visit, right.error());
  if (!*right) {
    parts_.log.info("person.login_failed", {{"ip", ip}});
    LoginView view{.form = form(visit, "The user name or the password is wrong. Check both."), .login = name};
    if (!sent.text("next", kMaxNextBytes).empty()) view.next = target;
    return page(visit, login_page(view), 401);
  }
  parts_.throttle.succeeded(account, ip);
  const UserId user = (*found)->user.id;
  Result<std::string> cookie = parts_.sessions.open(visit.request, visit.client, user);
  if (!cookie) return failed(visit, cookie.error());
  visit.cookies.push_back(*std::move(cookie));
  parts_.log.info("person.login", {{"user", user.value}, {"ip", ip}});
  return arrive(visit, target, true);
}

http::Response Portal::log_out(Visit& visit) {
  if (visit.person) {
    const UserId user = visit.person->session.user;
    const bool everywhere = Form(visit.request).text("everywhere") == "1";
    Result<void> ended = parts_.sessions.end(visit.request, visit.client);
    if (ended && everywhere) {
      const Result<std::size_t> all = parts_.people.remove_user_sessions(user);
      if (!all) ended = all.error();
    }
    if (!ended) return failed(visit, ended.error());
    parts_.log.info("person.logout", {{"user", user.value}, {"everywhere", everywhere}});
  }
  visit.cookies.push_back(parts_.sessions.ended_cookie(visit.client));
  return redirect("/account/login?notice=logged_out");
}

http::Response Portal::show_forgotten(Visit& visit) {
  return page(visit, forgotten_page(form(visit), "", policy_.can_mail));
}

// Answers before it looks anybody up.
http::Response Portal::send_link(Visit& visit) {
  if (!policy_.can_mail) return page(visit, forgotten_page(form(visit), "", false));
  const Form sent(visit.request);
  const std::string link = sent.text("link", 100);
  const std::string name = sent.text("login");
  if (link.empty() && name.empty()) {
    return page(visit, forgotten_page(form(visit, "Enter your e-mail address or your user name."), "", true), 422);
  }
  const std::string account = "forgotten " + (link.empty() ? identity::email_key(name) : link);
  if (const auto wait = parts_.throttle.admit(account, visit.client.ip)) return too_many(visit, *wait);
  visit.afterwards = [this, link, name] {
    std::optional<UserId> user;
    Result<void> looked;
    if (link.empty()) {
      const auto found = parts_.people.find_credentials(name);
      if (!found) looked = found.error();
      if (found && *found) user = (*found)->user.id;
    } else {
      const auto found = parts_.people.find_user_link(user_link_hash(parts_.vault, link), parts_.clock.now());
      if (!found) looked = found.error();
      if (found && *found) user = (*found)->link.user;
    }
    if (!looked) parts_.log.error("person.link_not_sent", {{"message", looked.error().message}});
    if (user) mail_link(*user);
  };
  return page(visit, link_sent_page(policy_.link_lifetime));
}

void Portal::mail_link(UserId user) {
  const WallTime now = parts_.clock.now();
  const Result<std::vector<OutboxRow>> before =
      parts_.outbox.outbox({.kind = EffectKind::password_email, .user = user, .limit = 1});
  if (before && !before->empty() && now - before->front().created_at < kBetweenMails) return;
  const NewEffect mail{.kind = EffectKind::password_email, .user = user, .due_at = now};
  const Result<std::vector<OutboxId>> queued = parts_.outbox.enqueue({&mail, 1}, now);
  if (!queued) {
    parts_.log.error("person.link_not_sent", {{"user", user.value}, {"message", queued.error().message}});
    return;
  }
  parts_.log.info("person.link_asked_for", {{"user", user.value}});
  if (parts_.wake_outbox) parts_.wake_outbox();
}

}  // namespace postern
