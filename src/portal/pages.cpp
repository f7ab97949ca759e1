#include "portal/pages.h"

#include "base/time_text.h"
#include "portal/return_to.h"

#include <algorithm>

namespace postern {
namespace {

std::string hidden(std::string_view name, std::string_view value) {
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + html_escaped(value) + "\">\n";
}

std::string form_start(std::string_view action, const std::string& token) {
  // Without an action a form is sent to the address of its page.
  std::string out = "<form method=\"post\"";
  if (!action.empty()) out += " action=\"" + std::string(action) + "\"";
  return out + ">\n" + hidden("form_token", token);
}

// What was wrong with the form, where a screen reader finds it first.
std::string fault_note(const std::string& fault) {
  return fault.empty() ? "" : "<p class=\"fault\" role=\"alert\" id=\"fault\">" + html_escaped(fault) + "</p>\n";
}

std::string notice_note(const std::string& notice) {
  return notice.empty() ? "" : "<p class=\"notice\" role=\"status\">" + html_escaped(notice) + "</p>\n";
}

std::string paragraph(std::string_view text) {
  return "<p>" + html_escaped(text) + "</p>\n";
}

struct Field {
  std::string_view name;
  std::string_view label;
  std::string_view autocomplete;
  bool password = true;
  std::string value;
  std::string hint;
  bool first = false;  // Is where typing begins.
  bool fault = false;
};

std::string field(const Field& each) {
  const std::string name(each.name);
  std::string out = "<label for=\"" + name + "\">" + std::string(each.label) + "</label>\n<input id=\"" + name +
                    "\" name=\"" + name + "\" type=\"" + (each.password ? "password" : "text") + "\" autocomplete=\"" +
                    std::string(each.autocomplete) + "\" required";
  if (!each.password) {
    out += " autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"320\" value=\"" + html_escaped(each.value) + "\"";
  }
  if (each.first) out += " autofocus";
  std::string described;
  if (!each.hint.empty()) described = name + "-hint";
  if (each.fault) {
    out += " aria-invalid=\"true\"";
    described += described.empty() ? "fault" : " fault";
  }
  if (!described.empty()) out += " aria-describedby=\"" + described + "\"";
  out += ">\n";
  if (!each.hint.empty()) out += "<p class=\"hint\" id=\"" + name + "-hint\">" + html_escaped(each.hint) + "</p>\n";
  return out;
}

std::string button(std::string_view text, bool plain = false) {
  return std::string("<button type=\"submit\"") + (plain ? " class=\"plain\"" : "") + ">" + std::string(text) +
         "</button>\n";
}

// From it a password manager learns whose password this is.
std::string whose_password(std::string_view login) {
  return "<label for=\"username\">Account</label>\n<input id=\"username\" name=\"username\" type=\"text\" "
         "autocomplete=\"username\" readonly value=\"" +
         html_escaped(login) + "\">\n";
}

std::string new_password_fields(std::size_t least, bool first, bool fault) {
  const std::string hint =
      "At least " + std::to_string(least) + " characters. A few words that do not belong together are fine.";
  return field({.name = "password",
                .label = "New password",
                .autocomplete = "new-password",
                .hint = hint,
                .first = first,
                .fault = fault}) +
         field({.name = "repeated", .label = "New password again", .autocomplete = "new-password", .fault = fault});
}

std::string lasting(std::chrono::minutes time) {
  if (time.count() % 60 == 0 && time.count() > 60) return std::to_string(time.count() / 60) + " hours";
  return std::to_string(time.count()) + " minutes";
}

std::string role_text(const Membership& membership) {
  switch (membership.role) {
    case Role::moderator:
      return "Moderator";
    case Role::admin:
      return "Admin";
    case Role::student:
      return "Student";
    case Role::member:
      break;
  }
  return "Member";
}

std::string place_item(const Place& place) {
  std::string about = role_text(place.row.membership);
  switch (place.row.membership.status) {
    case MembershipStatus::active:
      about += " since " + to_rfc3339(place.row.since).substr(0, 10);
      break;
    case MembershipStatus::pending:
      about = "Waiting for approval";
      break;
    case MembershipStatus::blocked:
      about = "Blocked";
      break;
  }
  return "<li><strong>" + html_escaped(place.space.title) + "</strong> <span class=\"quiet\">" + about +
         "</span></li>\n";
}

std::string places_list(const std::vector<Place>& places, SpaceKind kind, std::string_view heading,
                        std::string_view none) {
  std::string items;
  for (const Place& place : places) {
    if (place.space.kind == kind) items += place_item(place);
  }
  return "<h2>" + std::string(heading) + "</h2>\n" +
         (items.empty() ? "<p class=\"quiet\">" + std::string(none) + "</p>\n"
                        : "<ul class=\"places\">\n" + items + "</ul>\n");
}

}  // namespace

HtmlPage login_page(const LoginView& view) {
  const bool fault = !view.form.fault.empty();
  std::string out =
      notice_note(view.notice) + fault_note(view.form.fault) + form_start("/account/login", view.form.token);
  if (!view.next.empty()) out += hidden("next", view.next);
  out += field({.name = "login",
                .label = "E-mail address or user name",
                .autocomplete = "username",
                .password = false,
                .value = view.login,
                .first = view.login.empty(),
                .fault = fault});
  out += field({.name = "password",
                .label = "Password",
                .autocomplete = "current-password",
                .first = !view.login.empty(),
                .fault = fault});
  out += button("Log in");
  out += "</form>\n<p class=\"links\"><a href=\"/account/forgotten\">Forgotten your password, or none yet?</a></p>\n";
  return {.title = "Log in", .main = std::move(out)};
}

HtmlPage forgotten_page(const FormView& form, std::string_view login, bool can_mail) {
  HtmlPage page{.title = "Set a new password"};
  if (!can_mail) {
    page.main = paragraph("This site cannot send e-mail. Ask whoever runs it for a link that sets your password.");
  } else {
    page.main = fault_note(form.fault) +
                paragraph("Tell us who you are, and we send you an e-mail with a link that sets your password.") +
                form_start("/account/forgotten", form.token) +
                field({.name = "login",
                       .label = "E-mail address or user name",
                       .autocomplete = "username",
                       .password = false,
                       .value = std::string(login),
                       .first = true,
                       .fault = !form.fault.empty()}) +
                button("Send me a link") + "</form>\n";
  }
  page.main += "<p class=\"links\"><a href=\"/account/login\">Back to the login</a></p>\n";
  return page;
}

HtmlPage link_sent_page(std::chrono::minutes lifetime) {
  return {
      .title = "Look into your e-mail",
      .main = paragraph("If there is an account with what you entered, an e-mail is on its way. Its link works once, "
                        "for " +
                        lasting(lifetime) + ".") +
              "<p class=\"quiet\">Nothing came after a few minutes? Look into the spam folder, and check the "
              "address.</p>\n<p class=\"links\"><a href=\"/account/login\">Back to the login</a></p>\n"};
}

HtmlPage set_password_page(const SetPasswordView& view) {
  std::string out = fault_note(view.form.fault);
  out += form_start("", view.form.token) + whose_password(view.login);
  out += new_password_fields(view.least_characters, true, !view.form.fault.empty());
  out += button("Set the password") + "</form>\n";
  return {.title = view.kind == UserLinkKind::set ? "Choose a password" : "Set a new password", .main = std::move(out)};
}

HtmlPage dead_link_page(const DeadLinkView& view) {
  HtmlPage page{.title = "This link does not work"};
  std::string_view why =
      "The address is not one of ours, or it is too old to be known. Perhaps it was cut off in the e-mail.";
  if (view.state == UserLinkState::used) {
    page.title = "This link was used already";
    why = "Each link sets a password once. If that was you, log in with the password you have set.";
  } else if (view.state == UserLinkState::expired) {
    page.title = "This link is too old";
    why = "For your safety a link works for a short time only.";
  } else if (view.state == UserLinkState::replaced) {
    page.title = "This link is out of date";
    why = "The password has been set since, or a newer link was sent. Use the link in the newest e-mail.";
  }
  page.main = paragraph(why);
  if (!view.can_mail) {
    page.main += paragraph("Ask whoever runs this site for a new one.");
  } else if (view.state) {
    page.main += form_start("/account/forgotten", view.token) + hidden("link", view.link) +
                 button("Send me a new link") + "</form>\n";
  } else {
    page.main += "<p class=\"links\"><a href=\"/account/forgotten\">Send me a new link</a></p>\n";
  }
  page.main += "<p class=\"links\"><a href=\"/account/login\">Log in</a></p>\n";
  return page;
}

HtmlPage home_page(const HomeView& view) {
  const User& user = view.user;
  std::string out = notice_note(view.notice);
  out += "<p class=\"quiet\">" + html_escaped(user.display_name) + " · " + html_escaped(user.email) + "</p>\n";
  out += places_list(view.places, SpaceKind::space, "Spaces", "You are in no space yet.");
  out += places_list(view.places, SpaceKind::course, "Courses", "You are enrolled in no course yet.");
  out += "<h2>Account</h2>\n<p class=\"links\"><a href=\"/account/password\">Change the password</a></p>\n";
  out += "<div class=\"actions\">\n" + form_start("/account/logout", view.token) + button("Log out") + "</form>\n";
  out += form_start("/account/logout", view.token) + hidden("everywhere", "1") +
         button("Log out on all devices", true) + "</form>\n</div>\n";
  return {.title = "My spaces and courses", .main = std::move(out)};
}

HtmlPage change_password_page(const FormView& form, std::string_view login, std::size_t least_characters) {
  std::string out = fault_note(form.fault) + form_start("/account/password", form.token) + whose_password(login);
  out += field({.name = "current",
                .label = "Present password",
                .autocomplete = "current-password",
                .first = true,
                .fault = !form.fault.empty()});
  out += new_password_fields(least_characters, false, !form.fault.empty());
  out += "<p class=\"hint\">You will be logged out on all other devices.</p>\n";
  out += button("Change the password") + "</form>\n";
  out += "<p class=\"links\"><a href=\"/account\">Back to my account</a></p>\n";
  return {.title = "Change the password", .main = std::move(out)};
}

HtmlPage continue_page(std::string_view target) {
  return {.title = "You are logged in",
          .main = "<p><a href=\"" + html_escaped(target) + "\">Go on to where you came from</a></p>\n",
          .go_to = std::string(target)};
}

HtmlPage message_page(std::string_view title, std::string_view text) {
  return {.title = std::string(title),
          .main = paragraph(text) + "<p class=\"links\"><a href=\"/account\">My account</a></p>\n"};
}

}  // namespace postern
