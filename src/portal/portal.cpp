#include "portal/portal.h"

#include "crypto/account_secrets.h"
#include "crypto/person_secrets.h"
#include "login/cookies.h"
#include "login/page_headers.h"
#include "portal/visit.h"

#include <algorithm>
#include <array>

namespace postern {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'none'; style-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";
constexpr std::string_view kLinkPath = "/account/set-password/";
constexpr std::size_t kSecretBytes = 43;

// What anonymous forms are bound to; it proves nothing about anybody.
std::string_view form_cookie_name(const Client& client) {
  return client.tls ? "__Host-postern_form" : "postern_form";
}

bool is_secret(std::string_view text) {
  return text.size() == kSecretBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

std::string_view without_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

http::Response redirect(std::string target) {
  http::Response response;
  response.status = 303;
  response.content_type = "text/plain; charset=utf-8";
  response.headers.emplace_back("Location", std::move(target));
  return response;
}

PortalAnswer Portal::answer(const http::Request& request) {
  Visit visit{.request = request,
              .client = identify_client(request, policy_.trusted_proxies),
              .path = without_slash(request.path)};
  http::Response response = dispatch(visit);
  if (visit.new_form_secret) {
    visit.cookies.push_back(std::string(form_cookie_name(visit.client)) + "=" +
                            std::string(visit.form_secret.reveal()) + "; Path=/; HttpOnly; SameSite=Lax" +
                            (visit.client.tls ? "; Secure" : ""));
  }
  for (std::string& cookie : visit.cookies) response.headers.emplace_back("Set-Cookie", std::move(cookie));
  add_page_headers(response.headers, kPolicy, visit.client.tls);
  return {std::move(response), std::move(visit.afterwards)};
}

http::Response Portal::dispatch(Visit& visit) {
  struct Route {
    std::string_view path;
    Handler get;
    Handler post;
  };
  static constexpr std::array<Route, 6> kRoutes{{
      {"/account", &Portal::home, nullptr},
      {kStylePath, &Portal::style, nullptr},
      {"/account/login", &Portal::show_login, &Portal::log_in},
      {"/account/logout", nullptr, &Portal::log_out},
      {"/account/forgotten", &Portal::show_forgotten, &Portal::send_link},
      {"/account/password", &Portal::show_change_password, &Portal::change_password},
  }};
  static constexpr Route kLink{kLinkPath, &Portal::show_set_password, &Portal::set_password};
  const auto* found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& each) { return each.path == visit.path; });
  const Route* route = found != kRoutes.end() ? found : nullptr;
  if (visit.path.starts_with(kLinkPath)) route = &kLink;

  if (!visit.client.secure && !policy_.insecure_http) {
    return page(visit,
                message_page("Use https",
                             "This page was asked for over plain HTTP, which shows passwords to "
                             "everybody on the way. Use the address that begins with https."),
                403);
  }
  if (visit.request.refusal) {
    return page(visit, message_page("That did not work", visit.request.refusal->message),
                visit.request.refusal->status);
  }
  if (route == nullptr) return page(visit, message_page("Not found", "There is nothing at this address."), 404);
  const Handler handler = only_reads(visit.request)        ? route->get
                          : visit.request.method == "POST" ? route->post
                                                           : nullptr;
  if (handler == nullptr) {
    http::Response response = page(visit, message_page("Not possible", "This address does not take this method."), 405);
    std::string allow = route->get != nullptr ? "GET, HEAD" : "";
    if (route->post != nullptr) allow += allow.empty() ? "POST" : ", POST";
    response.headers.emplace_back("Allow", std::move(allow));
    return response;
  }
  if (handler == &Portal::style) return style(visit);
  if (!recognise(visit)) return failed(visit, {Errc::unavailable, "", ""});
  if (handler == route->post) {
    if (auto refused = refuse_form(visit)) return *std::move(refused);
  }
  return (this->*handler)(visit);
}

bool Portal::recognise(Visit& visit) {
  Result<std::optional<LivePerson>> person = parts_.sessions.find(visit.request, visit.client);
  if (!person) return false;
  visit.person = *std::move(person);
  if (visit.person) {
    visit.form_secret = visit.person->secret;
  } else if (const auto sent = find_cookie(visit.request, form_cookie_name(visit.client)); is_secret(sent)) {
    visit.form_secret = Secret(std::string(sent));
  }
  return true;
}

FormView Portal::form(Visit& visit, std::string fault) {
  if (visit.form_secret.empty()) {
    visit.form_secret = make_user_session_secret(parts_.random);
    visit.new_form_secret = true;
  }
  return {form_token(parts_.vault, visit.form_secret.reveal()), std::move(fault)};
}

std::optional<http::Response> Portal::refuse_form(const Visit& visit) {
  Visit anonymous{.request = visit.request, .client = visit.client, .path = visit.path};
  if (!Form::is_form(visit.request)) {
    return page(anonymous, message_page("That did not work", "Only the forms of these pages can be sent here."), 415);
  }
  const std::string token = Form(visit.request).text("form_token", 100);
  const bool ours = !visit.form_secret.empty() && !is_cross_site_form(visit.request, policy_.base_url) &&
                    constant_time_equal(token, form_token(parts_.vault, visit.form_secret.reveal()));
  if (ours) return std::nullopt;
  return page(anonymous,
              message_page("Please try again",
                           "The form is out of date, or your browser keeps no cookies for this site; nothing was "
                           "changed. Go back, load the page again, and send the form once more."),
              403);
}

http::Response Portal::page(Visit& visit, HtmlPage page, int status) {
  static_cast<void>(visit);
  page.site = policy_.site_name;
  http::Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = render(page);
  return response;
}

http::Response Portal::failed(Visit& visit, const Error& error) {
  if (error.code != Errc::throttled && !error.message.empty()) {
    parts_.log.error("portal.request_failed", {{"message", error.message}, {"detail", error.detail}});
  }
  http::Response response = page(visit,
                                 message_page("Please try again in a moment",
                                              "We are busy or cannot reach our data right now. Nothing was "
                                              "changed."),
                                 503);
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

http::Response Portal::too_many(Visit& visit, std::chrono::seconds wait) {
  http::Response response = page(visit,
                                 message_page("Too many attempts", "Wait " + std::to_string(wait.count()) +
                                                                       " seconds, then go back and try again."),
                                 429);
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

http::Response Portal::arrive(Visit& visit, const std::string& target, bool after_form) {
  if (after_form && leads_away(target)) return page(visit, continue_page(target));
  return redirect(target);
}

http::Response Portal::style(Visit&) {
  http::Response response;
  response.content_type = "text/css; charset=utf-8";
  response.body = portal_style();
  response.headers.emplace_back("Cache-Control", "public, max-age=3600");
  return response;
}

http::Response Portal::home(Visit& visit) {
  if (!visit.person) return redirect("/account/login");
  const User& user = visit.person->credentials.user;
  const Result<std::vector<MembershipRow>> rows = parts_.users.memberships(user.id);
  if (!rows) return failed(visit, rows.error());
  Result<CatalogData> catalog = parts_.catalog.load_catalog();
  if (!catalog) return failed(visit, catalog.error());
  HomeView view{.token = form(visit).token, .user = user};
  for (const MembershipRow& row : *rows) {
    const auto space = std::find_if(catalog->spaces.begin(), catalog->spaces.end(),
                                    [&](const Space& each) { return each.id == row.membership.space; });
    if (space != catalog->spaces.end()) view.places.push_back({*space, row});
  }
  if (query_value(visit.request.query, "notice") == "password_changed") {
    view.notice = "Your password has been changed. You are logged out on all other devices.";
  }
  return page(visit, home_page(view));
}

}  // namespace postern
