#include "admin/account_gate.h"

#include "admin/session_cookie.h"
#include "crypto/account_secrets.h"
#include "login/cookies.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::chrono::minutes kTouchEvery{1};

bool only_reads(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

Problem foreign() {
  return {403, "csrf",
          "The request seems to come from another site, or the page is out of date; nothing was changed. Load the page "
          "again."};
}

Problem invalid_token() {
  return {401, "unauthenticated",
          "This API token is not valid: it is unknown, has expired or was removed. Make a new one."};
}

Problem cannot_look() {
  return {503, "unavailable", "The store cannot be used right now; nothing was changed. Try again in a moment.", {}, 2};
}

std::string_view bearer(const http::Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = request.header("authorization").value_or("");
  if (given.size() <= kScheme.size() || !http::iequals(given.substr(0, kScheme.size()), kScheme)) return {};
  return given.substr(kScheme.size());
}

}  // namespace

std::optional<Problem> AccountGate::identify(Call& call) {
  if (const std::string_view token = bearer(call.request()); !token.empty()) return by_token(call, token);
  if (!only_reads(call.request()) && is_cross_site(call.request(), parts_.public_url)) return foreign();
  return by_session(call);
}

std::optional<Problem> AccountGate::by_token(Call& call, std::string_view token) {
  const auto found = parts_.store.find_token(token_hash(parts_.vault, token));
  if (!found) return cannot_look();
  const WallTime now = parts_.clock.now();
  if (!*found || ((*found)->expires_at && *(*found)->expires_at <= now)) return invalid_token();
  const ApiToken& known = **found;
  const auto maker = parts_.store.find_admin(known.created_by);
  if (!maker) return cannot_look();
  if (!*maker || (*maker)->admin.disabled) return invalid_token();
  call.principal.token = known.id;
  call.principal.name = "token " + known.name;
  call.principal.permission = std::min(known.permission, permission_of((*maker)->admin.role));
  if (!known.last_used_at || now - *known.last_used_at >= kTouchEvery) {
    if (!parts_.store.touch_token(known.id, now)) return cannot_look();
  }
  return std::nullopt;
}

std::optional<Problem> AccountGate::by_session(Call& call) {
  const auto found = parts_.sessions.find(call);
  if (!found) return cannot_look();
  if (!*found) return std::nullopt;
  const LiveSession& live = **found;
  if (!only_reads(call.request()) &&
      !constant_time_equal(call.request().header("x-csrf-token").value_or(""), live.csrf)) {
    return foreign();
  }
  call.principal.admin = live.owner.admin.id;
  call.principal.name = live.owner.admin.email;
  call.principal.session = live.session.id;
  if (!live.session.totp_due) call.principal.permission = permission_of(live.owner.admin.role);
  return std::nullopt;
}

}  // namespace postern
