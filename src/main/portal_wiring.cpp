#include "main/portal_wiring.h"

#include "login/cookies.h"

namespace postern {
namespace {

PortalPolicy policy_of(const PortalWiring::Parts& parts) {
  PortalPolicy policy;
  policy.trusted_proxies = parts.settings.server.trusted_proxies;
  policy.insecure_http = parts.settings.server.insecure_http;
  policy.base_url = parts.base_url;
  while (policy.base_url.ends_with('/')) policy.base_url.pop_back();
  policy.site_name = parts.site_name;
  policy.returns = {.own_host = std::string(host_of_url(policy.base_url)),
                    .cookie_domain = parts.settings.portal.cookie_domain};
  policy.link_lifetime = std::chrono::duration_cast<std::chrono::minutes>(parts.settings.portal.link_lifetime);
  policy.can_mail = parts.can_mail;
  return policy;
}

}  // namespace

Result<std::unique_ptr<PortalWiring>> PortalWiring::create(Parts parts) {
  PortalPolicy policy = policy_of(parts);
  // A browser takes no cookie for a domain that the page itself does not belong to.
  const ReturnPolicy domain_only{.cookie_domain = policy.returns.cookie_domain};
  if (!domain_only.cookie_domain.empty() && !is_own_host(policy.returns.own_host, domain_only)) {
    return Error{
        Errc::invalid,
        "portal.cookie_domain is " + domain_only.cookie_domain + ", but the pages are at " + policy.base_url +
            ", which is not below it: nobody could log in. Set server.public_url to an address of that domain.",
        ""};
  }
  std::unique_ptr<PasswordDesk> passwords = TRY(PasswordDesk::create(parts.random));
  return std::unique_ptr<PortalWiring>(new PortalWiring(std::move(parts), std::move(policy), std::move(passwords)));
}

PortalWiring::PortalWiring(Parts parts, PortalPolicy policy, std::unique_ptr<PasswordDesk> passwords)
    : parts_(std::move(parts)),
      random_(parts_.random),
      policy_(std::move(policy)),
      passwords_(std::move(passwords)),
      throttle_(parts_.clock),
      sessions_({parts_.store, parts_.vault, random_, parts_.clock},
                {.idle = parts_.settings.portal.session_idle,
                 .lifetime = parts_.settings.portal.session_lifetime,
                 .cookie_domain = parts_.settings.portal.cookie_domain}),
      portal_({parts_.store, parts_.store, parts_.store, parts_.store, parts_.vault, random_, parts_.clock, parts_.log,
               sessions_, *passwords_, throttle_, parts_.wake_outbox},
              policy_),
      checks_({sessions_, parts_.log}, policy_),
      desk_({portal_, checks_, parts_.log}, {}) {}

}  // namespace postern
