#include "main/administration.h"

#include "admin/description_routes.h"
#include "crypto/account_secrets.h"

namespace postern {

Result<std::unique_ptr<Administration>> Administration::create(const Parts& parts) {
  std::unique_ptr<PasswordDesk> passwords = TRY(PasswordDesk::create(parts.random));
  return std::unique_ptr<Administration>(new Administration(parts, std::move(passwords)));
}

Administration::Administration(const Parts& parts, std::unique_ptr<PasswordDesk> passwords)
    : parts_(parts),
      random_(parts.random),
      passwords_(std::move(passwords)),
      throttle_(parts.clock),
      sessions_({parts.store, parts.vault, random_, parts.clock},
                {.idle = parts.effective.settings.admin.session_idle,
                 .lifetime = parts.effective.settings.admin.session_lifetime}),
      gate_({parts.store, parts.vault, parts.clock, sessions_, parts.effective.settings.server.public_url}),
      audit_({parts.store, parts.vault, parts.clock, parts.log}),
      replies_({parts.store, parts.vault, random_, parts.clock, parts.log}),
      tail_({parts.store, parts.clock, parts.log}, {}),
      sender_(parts.clock, parts.log, {}) {
  const auto base_url = [this] { return parts_.base_url; };
  add_account_routes(
      routes_, {parts.store, parts.vault, random_, parts.clock, sessions_, audit_, *passwords_, throttle_, base_url});
  add_resource_routes(routes_, {parts.store, parts.vault, random_, parts.clock, parts.effective, parts.presets, tail_,
                                sender_, base_url, parts.replay, parts.effective.settings.deliveries.payload_bytes,
                                parts.listen, parts.clock.now(), parts.replay.hooks, parts.mail, parts.metrics});
  add_endpoint_routes(routes_, {parts.store, parts.vault, random_, parts.clock, parts.outgoing, parts.outgoing_policy});
  add_description_routes(routes_);
  desk_ = std::make_unique<AdminDesk>(
      AdminDesk::Parts{routes_, gate_, audit_, replies_, parts.log},
      AdminPolicy{parts.effective.settings.server.trusted_proxies, parts.effective.settings.server.insecure_http},
      AdminDesk::Limits{});
}

void Administration::stop_streams() {
  tail_.stop();
  sender_.stop();
}

Result<std::optional<std::string>> Administration::first_run_url() {
  if (!TRY(parts_.store.admins()).empty()) return std::optional<std::string>();
  const Secret secret = make_link_secret(random_);
  TRY(parts_.store.add_link(
      {.hash = link_hash(parts_.vault, secret.reveal()), .kind = LinkKind::first, .created_at = parts_.clock.now()}));
  return std::optional(setup_url(parts_.base_url, secret));
}

}  // namespace postern
