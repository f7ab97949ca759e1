#include "portal/person_sessions.h"

#include "crypto/person_secrets.h"
#include "login/cookies.h"

#include <algorithm>

namespace postern {
namespace {

constexpr std::size_t kMaxSecretBytes = 100;
constexpr std::chrono::seconds kTouchEvery{5 * 60};
constexpr std::chrono::hours kRememberLinks{24 * 30};

}  // namespace

// Source: RFC 6265bis §4.1.3 (the prefixes). A cookie for several hosts cannot be called __Host-.
std::string_view PersonSessions::cookie_name(bool tls) const {
  if (!tls) return "postern_member";
  return policy_.cookie_domain.empty() ? "__Host-postern_member" : "__Secure-postern_member";
}

// Lax: a link from a mail or from another site finds the person logged in.
std::string PersonSessions::attributes(const Client& client) const {
  std::string out = "; Path=/; HttpOnly; SameSite=Lax";
  if (!policy_.cookie_domain.empty()) out += "; Domain=" + policy_.cookie_domain;
  if (client.tls) out += "; Secure";
  return out;
}

// A proxy that asks over plain HTTP passes on what a browser has sent over TLS, so that the safe name comes first; over
// TLS the other one, which anybody on the way could have set, does not count.
Secret PersonSessions::presented(const http::Request& request, const Client& client) const {
  std::string_view value = find_cookie(request, cookie_name(true));
  if (value.empty() && !client.tls) value = find_cookie(request, cookie_name(false));
  return value.size() <= kMaxSecretBytes ? Secret(std::string(value)) : Secret();
}

bool PersonSessions::is_alive(const UserSession& session) const {
  const WallTime now = parts_.clock.now();
  return now < session.expires_at && now < session.created_at + policy_.lifetime &&
         now < session.last_seen_at + policy_.idle;
}

Result<std::string> PersonSessions::open(const http::Request& request, const Client& client, UserId user) {
  TRY(end(request, client));
  const WallTime now = parts_.clock.now();
  TRY(parts_.store.forget_expired_people(now, now - policy_.idle, now - kRememberLinks));
  const Secret secret = make_user_session_secret(parts_.random);
  TRY(parts_.store.add_user_session({.hash = user_session_hash(parts_.vault, secret.reveal()),
                                     .user = user,
                                     .created_at = now,
                                     .last_seen_at = now,
                                     .expires_at = now + policy_.lifetime}));
  return std::string(cookie_name(client.tls)) + "=" + std::string(secret.reveal()) +
         "; Max-Age=" + std::to_string(policy_.lifetime.count()) + attributes(client);
}

Result<std::optional<LivePerson>> PersonSessions::find(const http::Request& request, const Client& client) {
  Secret secret = presented(request, client);
  if (secret.empty()) return std::optional<LivePerson>();
  const KeyHash hash = user_session_hash(parts_.vault, secret.reveal());
  const std::optional<UserSession> session = TRY(parts_.store.find_user_session(hash));
  if (!session || !is_alive(*session)) return std::optional<LivePerson>();
  std::optional<Credentials> credentials = TRY(parts_.store.credentials_of(session->user));
  if (!credentials) return std::optional<LivePerson>();
  TRY(touch(*session));
  return std::optional(LivePerson{*session, *std::move(credentials), std::move(secret)});
}

Result<std::optional<SpaceAccess>> PersonSessions::find_access(const http::Request& request, const Client& client,
                                                               SpaceKind kind, std::string_view slug) {
  const Secret secret = presented(request, client);
  if (secret.empty()) return std::optional<SpaceAccess>();
  std::optional<SpaceAccess> access =
      TRY(parts_.store.find_access(user_session_hash(parts_.vault, secret.reveal()), kind, slug));
  if (access && !is_alive(access->session)) access.reset();
  return access;
}

Result<void> PersonSessions::touch(const UserSession& session) {
  const WallTime now = parts_.clock.now();
  if (now - session.last_seen_at < std::min(kTouchEvery, policy_.idle / 12)) return {};
  return parts_.store.touch_user_session(session.hash, now);
}

Result<void> PersonSessions::end(const http::Request& request, const Client& client) {
  const Secret secret = presented(request, client);
  if (secret.empty()) return {};
  return parts_.store.remove_user_session(user_session_hash(parts_.vault, secret.reveal()));
}

std::string PersonSessions::ended_cookie(const Client& client) const {
  return std::string(cookie_name(client.tls)) + "=; Max-Age=0" + attributes(client);
}

}  // namespace postern
