// The pages for people on a MemoryStore and a clock that stands still; a browser that keeps cookies.
#pragma once

#include "base/shared_random.h"
#include "crypto/password.h"
#include "crypto/person_secrets.h"
#include "portal/access_checks.h"
#include "portal/return_to.h"
#include "store/memory/memory_store.h"
#include "support/fake_clock.h"

#include <map>
#include <string>
#include <vector>

namespace postern {

class KeptLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, LogFields) override { events.emplace_back(event); }
  std::vector<std::string> events;
};

struct SitePolicy {
  std::string base_url = "https://postern.example";
  std::string cookie_domain;
  bool can_mail = true;
};

class PortalSite {
 public:
  explicit PortalSite(const SitePolicy& given = {})
      : policy{.trusted_proxies = {*IpNetwork::parse("192.0.2.10")},
               .base_url = given.base_url,
               .site_name = "Garden & Co",
               .returns = {.own_host = "postern.example", .cookie_domain = given.cookie_domain},
               .can_mail = given.can_mail},
        sessions{{store, vault, random, clock},
                 {.idle = std::chrono::hours{24},
                  .lifetime = std::chrono::hours{72},
                  .cookie_domain = given.cookie_domain}} {}

  UserId add_user(const std::string& email, const std::string& login, const std::string& password = {}) {
    auto transaction = store.begin().value();
    Change change;
    change.create = NewUser{.email = email, .login = login, .display_name = login};
    if (!password.empty()) change.create->password_hash = hash_password(Secret(password)).value();
    change.email_key = email;
    change.delivery.id = DeliveryId{transaction->last_delivery_id()->value + 1};
    Change changes[] = {std::move(change)};
    EXPECT_TRUE(transaction->apply(changes));
    EXPECT_TRUE(transaction->commit());
    return *changes[0].delivery.user;
  }
  // Gives the path of a new link.
  std::string add_link(UserId user, UserLinkKind kind = UserLinkKind::reset) {
    const Secret secret = make_user_link_secret(random);
    EXPECT_TRUE(store.add_user_link({.hash = user_link_hash(vault, secret.reveal()),
                                     .user = user,
                                     .kind = kind,
                                     .created_at = clock.now(),
                                     .expires_at = clock.now() + std::chrono::minutes{60}}));
    return set_password_url("", secret);
  }
  std::vector<OutboxRow> mails() { return store.outbox({.kind = EffectKind::password_email}).value(); }

  FakeClock clock;
  SystemRandom system_random;
  SharedRandom random{system_random};
  MemoryStore store;
  KeptLog log;
  const KeyVault vault{std::array<std::byte, 32>{std::byte{7}}};
  const PortalPolicy policy;
  std::unique_ptr<PasswordDesk> passwords = PasswordDesk::create(random).value();
  LoginThrottle throttle{clock};
  PersonSessions sessions;
  int woken = 0;
  Portal portal{
      {store, store, store, store, vault, random, clock, log, sessions, *passwords, throttle, [this] { ++woken; }},
      policy};
  AccessChecks checks{{sessions, log}, policy};
};

struct Page {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;
  std::vector<std::string> cookies;
  bool has(std::string_view text) const { return body.find(text) != std::string::npos; }
  std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
};

// Speaks HTTPS unless told otherwise; sends the headers that a browser sends.
class Browser {
 public:
  explicit Browser(PortalSite& site) : site_(site) {}

  Page get(const std::string& target, std::map<std::string, std::string> headers = {}) {
    return ask("GET", target, "", std::move(headers));
  }
  // Loads the page, fills in its form and sends it to `action`.
  Page send(const std::string& page, const std::string& action, const std::string& fields) {
    return post(action, fields + "&form_token=" + token(get(page)));
  }
  Page post(const std::string& target, const std::string& body, std::map<std::string, std::string> headers = {}) {
    headers.emplace("Content-Type", "application/x-www-form-urlencoded");
    headers.emplace("Sec-Fetch-Site", "same-origin");
    headers.emplace("Origin", "null");
    return ask("POST", target, body, std::move(headers));
  }
  Page log_in(const std::string& login, const std::string& password) {
    return send("/account/login", "/account/login", "login=" + login + "&password=" + password);
  }
  static std::string token(const Page& page) {
    constexpr std::string_view kBefore = "name=\"form_token\" value=\"";
    const std::size_t at = page.body.find(kBefore);
    if (at == std::string::npos) return {};
    return page.body.substr(at + kBefore.size(), 43);
  }

  std::map<std::string, std::string> cookies;
  bool tls = true;
  std::string ip = "192.0.2.1";
  bool work_afterwards = true;

 private:
  Page ask(const std::string& method, const std::string& target, const std::string& body,
           std::map<std::string, std::string> given) {
    std::string jar;
    for (const auto& [name, value] : cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
    if (!jar.empty()) given.emplace("Cookie", jar);
    given.emplace("Host", "postern.example");
    std::vector<http::Header> headers;
    for (const auto& [name, value] : given) headers.push_back({name, value});
    const std::size_t question = std::min(target.find('?'), target.size());
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = std::string_view(target).substr(0, question);
    request.query = std::string_view(target).substr(std::min(question + 1, target.size()));
    request.headers = headers;
    request.body = body;
    request.peer_ip = ip;
    request.tls = tls;
    const bool check = target.starts_with("/auth/");
    const PortalAnswer answer = check ? site_.checks.answer(request) : site_.portal.answer(request);
    Page page{answer.response.status, answer.response.body};
    for (const auto& [name, value] : answer.response.headers) {
      if (name == "Set-Cookie") {
        page.cookies.push_back(value);
        keep(value);
      } else {
        page.headers[std::string(name)] = value;
      }
    }
    if (work_afterwards && answer.afterwards) answer.afterwards();
    return page;
  }
  void keep(const std::string& cookie) {
    const std::size_t equals = cookie.find('=');
    const std::string value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
    if (value.empty()) {
      cookies.erase(cookie.substr(0, equals));
    } else {
      cookies[cookie.substr(0, equals)] = value;
    }
  }

  PortalSite& site_;
};

}  // namespace postern
