// The pages for people: log in, log out, forgotten password, set and change it, my spaces and courses.
#pragma once

#include "base/ip.h"
#include "base/log.h"
#include "http/message.h"
#include "login/login_throttle.h"
#include "login/password_desk.h"
#include "portal/form.h"
#include "portal/pages.h"
#include "portal/person_sessions.h"
#include "portal/return_to.h"
#include "store/catalog_store.h"
#include "store/outbox_store.h"

#include <functional>
#include <string>
#include <vector>

namespace postern {

struct PortalPolicy {
  std::vector<IpNetwork> trusted_proxies;
  bool insecure_http = false;
  std::string base_url;   // What links begin with: "https://postern.example".
  std::string site_name;  // Stands above every page; may be empty.
  ReturnPolicy returns;
  std::chrono::minutes link_lifetime{60};
  bool can_mail = true;  // Is there a mail server at all?
};

// A reply, and what is done after it has been sent: nobody can tell from the time that it takes.
struct PortalAnswer {
  http::Response response;
  std::function<void()> afterwards;  // May be empty. Uses nothing of the request.
};

// Any thread. Waits for the store and for the turn of the password desk.
class Portal {
 public:
  struct Parts {
    PersonStore& people;
    UserStore& users;
    CatalogStore& catalog;
    OutboxStore& outbox;
    const KeyVault& vault;
    Random& random;  // Shared.
    const Clock& clock;
    Log& log;
    PersonSessions& sessions;
    PasswordDesk& passwords;
    LoginThrottle& throttle;
    std::function<void()> wake_outbox;
  };
  // All parts must outlive the portal.
  Portal(Parts parts, PortalPolicy policy) : parts_(std::move(parts)), policy_(std::move(policy)) {}

  static constexpr std::size_t kLeastPasswordCharacters = 8;
  // For paths under /account.
  PortalAnswer answer(const http::Request& request);

 private:
  struct Visit;
  using Handler = http::Response (Portal::*)(Visit&);

  http::Response dispatch(Visit& visit);
  // Who visits, and with which secret its forms are bound. False: the store cannot be used.
  bool recognise(Visit& visit);
  // Refuses what does not come from a form of ours.
  std::optional<http::Response> refuse_form(const Visit& visit);
  http::Response page(Visit& visit, HtmlPage page, int status = 200);
  http::Response failed(Visit& visit, const Error& error);
  http::Response too_many(Visit& visit, std::chrono::seconds wait);
  http::Response arrive(Visit& visit, const std::string& target, bool after_form);
  FormView form(Visit& visit, std::string fault = {});

  http::Response style(Visit& visit);
  http::Response home(Visit& visit);
  http::Response show_login(Visit& visit);
  http::Response log_in(Visit& visit);
  http::Response log_out(Visit& visit);
  http::Response show_forgotten(Visit& visit);
  http::Response send_link(Visit& visit);
  http::Response show_set_password(Visit& visit);
  http::Response set_password(Visit& visit);
  http::Response show_change_password(Visit& visit);
  http::Response change_password(Visit& visit);

  // A link that can be used right now; else the page that says why not.
  struct OpenLink {
    std::string secret;
    UserLink link;
    User user;
  };
  Result<std::optional<OpenLink>> find_link(Visit& visit, http::Response& dead);
  // The new password of a form, or what is wrong with it.
  std::optional<Secret> new_password(const Form& form, const std::string& email, std::string& fault) const;
  // Puts the mail with a link into the outbox, unless there was one just now.
  void mail_link(UserId user);

  Parts parts_;
  const PortalPolicy policy_;
};

}  // namespace postern
