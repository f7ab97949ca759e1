// The contents of a MemoryStore: a value, so that a transaction is a copy that is thrown away or kept.
#pragma once

#include "store/memory/memory_store.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace postern {

struct MemoryEffect {
  OutboxRow row;
  std::vector<OutboxAttempt> attempts;
};

struct MemoryStore::Data {
  std::int64_t generation = 1;
  std::int64_t next_space = 1;
  std::int64_t next_webhook = 1;
  std::int64_t next_user = 1;
  std::map<SpaceId, Space> spaces;
  std::map<WebhookId, Webhook> webhooks;
  struct Person {
    User user;
    std::string email_key;
    std::string password_hash;
  };
  std::map<UserId, Person> users;
  std::map<std::string, UserId, std::less<>> by_email;
  std::map<std::string, UserId, std::less<>> by_login;  // Lower case.
  std::map<std::pair<UserId, SpaceId>, MembershipRow> memberships;
  std::map<DeliveryId, Delivery> deliveries;
  std::map<std::pair<WebhookId, std::array<std::byte, 16>>, Repeat> repeats;
  std::map<OrderKey, std::pair<WallTime, DeliveryId>> orders;
  struct Address {
    std::string email;
    std::string email_key;
  };
  std::map<PersonNumber, Address> numbers;
  struct Held {
    WebhookId webhook;
    std::string request;
    std::string email_key;
  };
  std::map<DeliveryId, Held> held;
  std::map<WebhookId, HeldCount> held_counts() const;
  std::int64_t next_effect = 1;
  std::map<OutboxId, MemoryEffect> effects;
  OutboxId add_effect(const NewEffect& effect, WallTime at);

  std::int64_t next_endpoint = 1;
  std::map<EndpointId, Endpoint> endpoints;

  struct Operator {
    AdminRecord record;
    std::string email_key;
    std::int64_t totp_step = 0;
    std::vector<KeyHash> recovery_codes;
  };
  std::int64_t next_admin = 1;
  std::int64_t next_token = 1;
  std::map<AdminId, Operator> admins;
  std::vector<OneTimeLink> links;
  std::vector<Session> sessions;
  std::map<TokenId, ApiToken> tokens;
  std::vector<AuditRow> audit;
  std::map<KeyHash, RememberedReply> replies;

  std::map<std::pair<MailKind, MailPart>, std::string> mail_templates;

  struct StoredLink {
    UserLink link;
    std::optional<UserLinkState> ended;  // used or replaced.
  };
  std::vector<StoredLink> user_links;  // In the order of their making.
  std::vector<UserSession> user_sessions;

  using CountKey = std::tuple<std::chrono::sys_time<std::chrono::hours>, WebhookId, DeliveryStatus>;
  struct Counted {
    std::int64_t deliveries = 0;
    std::int64_t new_users = 0;
  };
  std::map<CountKey, Counted> counts;
};

}  // namespace postern
