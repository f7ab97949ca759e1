#include "portal/access_checks.h"

#include "base/json_writer.h"
#include "login/page_headers.h"
#include "portal/visit.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

struct Question {
  SpaceKind kind;
  std::string_view slug;
};

std::optional<Question> parse_question(std::string_view path) {
  constexpr std::string_view kSpace = "/auth/space/";
  constexpr std::string_view kCourse = "/auth/course/";
  const bool space = path.starts_with(kSpace);
  if (!space && !path.starts_with(kCourse)) return std::nullopt;
  path.remove_prefix(space ? kSpace.size() : kCourse.size());
  if (path.empty() || path.find('/') != std::string_view::npos) return std::nullopt;
  return Question{space ? SpaceKind::space : SpaceKind::course, path};
}

// A browser that would show a page, as opposed to a program.
bool shows_pages(const http::Request& request) {
  return request.header("accept").value_or("").find("text/html") != std::string_view::npos;
}

std::string_view reason(const SpaceAccess& access) {
  if (!access.space_exists) return "no_such_space";
  if (!access.membership) return "not_a_member";
  return access.membership->status == MembershipStatus::pending ? "pending" : "blocked";
}

std::string_view sentence(std::string_view reason) {
  if (reason == "no_such_space") return "There is no space or course of this name.";
  if (reason == "not_a_member") return "This is for members only, and you are not one.";
  if (reason == "pending") return "Your membership waits for approval.";
  return "Your membership is blocked.";
}

}  // namespace

std::string wanted_address(const http::Request& request, const PortalPolicy& policy) {
  const auto peer = IpAddress::parse(request.peer_ip);
  const bool trusted = peer && std::any_of(policy.trusted_proxies.begin(), policy.trusted_proxies.end(),
                                           [&](const IpNetwork& each) { return each.contains(*peer); });
  const std::string_view uri = request.header("x-forwarded-uri").value_or("");
  if (!trusted || !uri.starts_with('/')) return {};
  const std::string_view host = request.header("x-forwarded-host").value_or("");
  std::string wanted(uri);
  if (!host.empty() && !http::iequals(host, policy.returns.own_host)) {
    wanted = std::string(request.header("x-forwarded-proto").value_or("https")) + "://" + std::string(host) + wanted;
  }
  return return_to(wanted, policy.returns) == wanted ? wanted : std::string();
}

PortalAnswer AccessChecks::answer(const http::Request& request) {
  PortalAnswer out = decide(request, identify_client(request, policy_.trusted_proxies));
  // No HSTS: a proxy passes these headers on under the name of its own site.
  add_page_headers(out.response.headers, kPolicy, false);
  return out;
}

PortalAnswer AccessChecks::decide(const http::Request& request, const Client& client) {
  const std::optional<Question> question = parse_question(request.path);
  if (!question) {
    return {refuse(404, "not_found", "There is no such check. Ask for /auth/space/{slug} or /auth/course/{slug}.")};
  }
  if (!only_reads(request)) {
    PortalAnswer out{refuse(405, "method_not_allowed", "Access checks are asked with GET.")};
    out.response.headers.emplace_back("Allow", "GET, HEAD");
    return out;
  }
  if (!client.secure && !policy_.insecure_http) {
    return {refuse(403, "https_required",
                   "The check came over plain HTTP, which shows the session to everybody on the "
                   "way. Name the proxy in server.trusted_proxies, or use https.")};
  }
  const Result<std::optional<SpaceAccess>> found =
      parts_.sessions.find_access(request, client, question->kind, question->slug);
  if (!found) {
    parts_.log.error("access.check_failed", {{"message", found.error().message}, {"detail", found.error().detail}});
    return {refuse(503, "unavailable", "The store cannot be used right now. Try again in a moment.")};
  }
  if (!*found) return {log_in_first(request)};
  const SpaceAccess& access = **found;
  PortalAnswer out;
  if (access.membership && access.membership->status == MembershipStatus::active) {
    out.response.content_type = "text/plain; charset=utf-8";
    out.response.headers.emplace_back("X-Postern-User", access.user.login);
    out.response.headers.emplace_back("X-Postern-Email", access.user.email);
    out.response.headers.emplace_back("X-Postern-Role", to_word(access.membership->role));
  } else {
    const std::string_view why = reason(access);
    out.response = refuse(403, why, sentence(why));
    if (shows_pages(request)) {
      show(out.response, {.title = "Members only",
                          .main = "<p>" + html_escaped(sentence(why)) + "</p>\n<p><a href=\"" +
                                  html_escaped(policy_.base_url) + "/account\">My account</a></p>\n"});
    }
  }
  out.afterwards = [this, session = access.session] {
    if (const Result<void> touched = parts_.sessions.touch(session); !touched) {
      parts_.log.warn("access.session_not_touched", {{"message", touched.error().message}});
    }
  };
  return out;
}

http::Response AccessChecks::log_in_first(const http::Request& request) const {
  const std::string wanted = wanted_address(request, policy_);
  std::string login = policy_.base_url + "/account/login";
  if (!wanted.empty()) login += "?next=" + query_escaped(wanted);
  http::Response response =
      refuse(401, "not_logged_in", "Nobody is logged in. The address of the login is in Location.");
  if (!wanted.empty() && shows_pages(request)) {
    show(response, {.title = "Please log in",
                    .main = "<p><a href=\"" + html_escaped(login) + "\">Log in</a></p>\n",
                    .go_to = login});
  }
  response.headers.emplace_back("Location", std::move(login));
  return response;
}

// Under the address of another site, so that there is no style sheet to link to.
void AccessChecks::show(http::Response& response, HtmlPage page) const {
  page.site = policy_.site_name;
  page.styled = false;
  response.content_type = "text/html; charset=utf-8";
  response.body = render(page);
}

http::Response AccessChecks::refuse(int status, std::string_view reason, std::string_view message) const {
  http::Response response;
  response.status = status;
  JsonWriter json(response.body);
  json.begin_object();
  json.key("success");
  json.boolean(false);
  json.key("code");
  json.string(reason);
  json.key("message");
  json.string(message);
  json.end_object();
  response.headers.emplace_back("X-Postern-Reason", reason);
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

}  // namespace postern
