// The part of the store port that a delivery needs: read facts, write decided deliveries, all in one transaction.
#pragma once

#include "base/result.h"
#include "decide/decide.h"
#include "model/delivery.h"
#include "model/effect.h"
#include "model/facts.h"
#include "model/user.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Asks for what is known about one person and the spaces in question. What it refers to must outlive the call.
struct FactsQuery {
  std::string_view email_key;  // See identity/email.h.
  std::span<const SpaceId> spaces;
};

// What makes two requests the same delivery: the webhook and a hash of the sender's Idempotency-Key or event id.
struct RepeatKey {
  WebhookId webhook;
  std::array<std::byte, 16> hash{};
  bool operator==(const RepeatKey&) const = default;
};

// What is remembered about the first of two equal deliveries.
struct Repeat {
  DeliveryId first;
  std::array<std::byte, 16> body_hash{};  // To tell a repeat from another request under the same key.
};

// What the events of a person are compared by, so that a late one does no harm: those of one order, subscription or
// invoice, and those that change one space.
struct OrderKey {
  WebhookId webhook;
  std::string email_key;
  std::array<std::byte, 16> reference{};  // A hash of what the sender calls the order, or of the space.
  auto operator<=>(const OrderKey&) const = default;
};

// A person as a sender numbers them.
struct PersonNumber {
  WebhookId webhook;
  std::string external_id;
  auto operator<=>(const PersonNumber&) const = default;
};

// One decided delivery, ready to be written.
struct Change {
  Delivery delivery;                      // `delivery.user` is filled in by apply() if `create` or `created_by` is set.
  std::optional<NewUser> create;          // The person does not exist yet.
  std::string email_key;                  // Of `create`.
  std::optional<std::size_t> created_by;  // The person is created by the change of this index in the same batch.
  std::vector<MembershipChange> memberships;  // Of the delivery's user.
  std::optional<RepeatKey> repeat_key;        // Remember this delivery under this key …
  std::array<std::byte, 16> body_hash{};      // … with this hash of its body.
  std::vector<EffectKind> effects;            // Put into the outbox, for this delivery and its user.
  std::optional<PersonNumber> number;         // Remember that this number belongs to …
  std::string number_email;                   // … this address, as written, …
  std::string number_email_key;               // … and in lower case.
  std::vector<OrderKey> orders;               // Remember that the newest event applied to these …
  WallTime order_time{};                      // … happened then.
  std::string held;            // Keep this request, sealed, until the webhook is resumed; see store/held_store.h …
  std::string held_email_key;  // … and drop it when this person is erased.
  // The delivery's row is one that was held: it is replaced, and what was kept is dropped. If it was rejected or
  // failed, its repeat key is forgotten too.
  bool releases = false;
};

// Requests of one webhook that are held.
struct HeldTotal {
  std::int64_t requests = 0;
  std::int64_t bytes = 0;
  bool operator==(const HeldTotal&) const = default;
};

// One open write transaction; destroyed without commit() it leaves no trace. Readers go on beside it and see what was
// committed before.
// Used by one thread. Every function may fail with Errc::unavailable (the disk is full, the database is gone or
// busy: try again later) or Errc::internal (anything else: a bug, or one bad row); after a failure only
// destruction is allowed.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Rises whenever spaces or webhooks have changed, whichever process changed them.
  virtual std::int64_t catalog_generation() const = 0;

  // The greatest delivery number in the log and among what is held, 0 if there is none. Who applies deliveries numbers
  // them above it: the write lock is held, so no other process can take the same number.
  virtual Result<DeliveryId> last_delivery_id() = 0;

  // Why nobody may become a user in this store right now, for the operator; empty: they may.
  virtual std::string refuses_new_users() const { return {}; }

  // The facts for each query, in the same order. An unknown address is no error.
  virtual Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) = 0;

  // For each login: does somebody have it? Compared without regard to ASCII case.
  virtual Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) = 0;

  // For each key: the delivery that was remembered under it and has not been forgotten.
  virtual Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) = 0;

  // For each order: when the newest event that was applied to it happened. Forgotten with the repeat keys.
  virtual Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders) = 0;

  // For each number: the address, as written, that it was last seen with.
  virtual Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers) = 0;

  // Requests of this webhook that are held and not yet applied: newer ones must wait behind them.
  virtual Result<HeldTotal> held_requests(WebhookId webhook) = 0;

  // A stored delivery, to give its reply again. Also sees rows applied earlier in this transaction.
  virtual Result<std::optional<Delivery>> delivery(DeliveryId id) = 0;

  // Writes users, memberships, delivery rows, repeat keys and outbox rows, in order. Errors: also not_found (what is
  // to be released is not held any more).
  virtual Result<void> apply(std::span<Change> changes) = 0;

  // Returns only when everything is on disk.
  virtual Result<void> commit() = 0;
};

// Hands out write transactions, one at a time, and keeps them fast. Any thread; a second caller waits (at most the
// store's busy timeout).
class Provisioning {
 public:
  virtual ~Provisioning() = default;
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;
  // Brings what makes facts() fast up to date by one portion. False: there was nothing to do. facts() answers the same
  // without it, only slower.
  virtual Result<bool> warm_portion() = 0;
  // Does what commits have put off, if enough of it has gathered; deliveries go on beside it. Where nobody calls this,
  // some commits do it and take longer. Errors: unavailable, internal.
  virtual Result<void> checkpoint() = 0;
};

}  // namespace postern
