#include "admin/sessions.h"

#include "admin/session_cookie.h"
#include "base/utf8.h"
#include "crypto/account_secrets.h"

namespace postern {
namespace {

constexpr std::chrono::minutes kHalfwayLifetime{10};
constexpr std::chrono::minutes kTouchEvery{1};
constexpr std::chrono::hours kKeepReplies{24};
constexpr std::size_t kMaxUserAgentBytes = 300;

}  // namespace

Result<Sessions::Opened> Sessions::open(const Call& call, AdminId admin, bool totp_due) {
  TRY(end(call));
  const WallTime now = parts_.clock.now();
  TRY(parts_.store.forget_expired(now, now - policy_.idle, now - kKeepReplies));
  const auto lifetime = totp_due ? std::chrono::seconds(kHalfwayLifetime) : policy_.lifetime;
  Opened opened;
  opened.secret = make_session_secret(parts_.random);
  Session session{.id = make_session_id(parts_.random),
                  .hash = session_hash(parts_.vault, opened.secret.reveal()),
                  .admin = admin,
                  .totp_due = totp_due,
                  .created_at = now,
                  .last_seen_at = now,
                  .expires_at = now + lifetime,
                  .ip = call.client().ip};
  session.user_agent = utf8::cut(utf8::sanitized(call.request().header("user-agent").value_or("")), kMaxUserAgentBytes);
  TRY(parts_.store.add_session(session));
  opened.csrf = csrf_token(parts_.vault, opened.secret.reveal());
  opened.cookie = session_cookie(call.client(), opened.secret, lifetime);
  return opened;
}

bool Sessions::is_alive(const Session& session) const {
  const WallTime now = parts_.clock.now();
  return now < session.expires_at && now < session.created_at + policy_.lifetime &&
         now < session.last_seen_at + policy_.idle;
}

Result<std::optional<LiveSession>> Sessions::find(const Call& call) {
  const Secret secret = presented_session(call);
  if (secret.empty()) return std::optional<LiveSession>();
  std::optional<Session> session = TRY(parts_.store.find_session(session_hash(parts_.vault, secret.reveal())));
  if (!session || !is_alive(*session)) return std::optional<LiveSession>();
  std::optional<AdminRecord> owner = TRY(parts_.store.find_admin(session->admin));
  if (!owner || owner->admin.disabled) return std::optional<LiveSession>();
  const WallTime now = parts_.clock.now();
  if (now - session->last_seen_at >= kTouchEvery) {
    TRY(parts_.store.touch_session(session->id, now));
    session->last_seen_at = now;
  }
  return std::optional(LiveSession{*std::move(session), *std::move(owner), csrf_token(parts_.vault, secret.reveal())});
}

Result<void> Sessions::end(const Call& call) {
  const Secret secret = presented_session(call);
  if (secret.empty()) return {};
  const std::optional<Session> old = TRY(parts_.store.find_session(session_hash(parts_.vault, secret.reveal())));
  if (!old) return {};
  Result<void> gone = parts_.store.remove_session(old->admin, old->id);
  if (!gone && gone.error().code != Errc::not_found) return gone;
  return {};
}

}  // namespace postern
