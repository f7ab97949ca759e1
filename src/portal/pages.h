// The pages for people as functions from what they show to HTML. Pure.
#pragma once

#include "model/person.h"
#include "portal/html.h"
#include "store/user_store.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// What every form needs.
struct FormView {
  std::string token;  // Proves that the form is ours.
  std::string fault;  // What was wrong with what was sent: a whole sentence; empty: nothing.
};

struct LoginView {
  FormView form;
  std::string login;   // As typed before.
  std::string next;    // Where the login leads; empty: to the person's own page.
  std::string notice;  // "Your password is set."; empty: none.
};
HtmlPage login_page(const LoginView& view);

// Asks whom to send a link to. `can_mail` false: says that this cannot be done here.
HtmlPage forgotten_page(const FormView& form, std::string_view login, bool can_mail);
// The same for every account and for none.
HtmlPage link_sent_page(std::chrono::minutes lifetime);

// A link that works: the form that sets the password. Its action is the address itself.
struct SetPasswordView {
  FormView form;
  UserLinkKind kind = UserLinkKind::set;
  std::string login;  // So that a password manager keeps the right one.
  std::size_t least_characters = 8;
};
HtmlPage set_password_page(const SetPasswordView& view);

// A link that does not work. `state` empty: it is unknown. `link` is what the browser asked for.
struct DeadLinkView {
  std::string token;
  std::string link;
  std::optional<UserLinkState> state;
  bool can_mail = true;
};
HtmlPage dead_link_page(const DeadLinkView& view);

struct Place {
  Space space;
  MembershipRow row;
};
struct HomeView {
  std::string token;
  User user;
  std::vector<Place> places;
  std::string notice;
};
HtmlPage home_page(const HomeView& view);

HtmlPage change_password_page(const FormView& form, std::string_view login, std::size_t least_characters);

// Leads on to another site of ours: a form may not be answered with a redirect to it (CSP form-action).
HtmlPage continue_page(std::string_view target);
// Anything that is one paragraph; with a link to the person's own page.
HtmlPage message_page(std::string_view title, std::string_view text);

}  // namespace postern
