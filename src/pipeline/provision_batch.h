// The inside of provision(): one batch of deliveries on its way from facts to rows. Who provisions includes
// provision.h.
#pragma once

#include "decide/event_effects.h"
#include "pipeline/provision.h"

#include <array>
#include <map>
#include <string_view>
#include <vector>

namespace postern {

// The steps, in order. Each asks the store at most once for the whole batch.
class Batch {
 public:
  Batch(Transaction& transaction, const Catalog& catalog, const ProvisionPolicy& policy, const Clock& clock,
        LoginHints& hints)
      : transaction_(transaction), catalog_(catalog), policy_(policy), clock_(clock), hints_(hints) {}

  // As provision().
  Result<void> run(std::span<Arrival* const> arrivals);
  // Gives the deliveries back to their arrivals, whatever has become of them: the caller may try again. The numbers of
  // created users are known now.
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

 private:
  // One e-mail address of the batch, as the deliveries decided so far have left it.
  struct Person {
    std::string_view email_key;
    std::vector<SpaceId> spaces;  // All that any delivery of the batch asks about.
    Facts facts;
    std::string login;                      // Chosen, if the person is new.
    std::optional<std::size_t> created_by;  // Index of the change that creates the user.
  };

  // One arrival on its way through the steps below.
  struct Item {
    Arrival* arrival = nullptr;
    const Webhook* webhook = nullptr;
    std::size_t person = 0;
    std::optional<EventEffects> asked;  // What its event asks for; nothing for a form.
    std::vector<OrderKey> orders;       // What its event is about, if it says when it happened: the order, then spaces.
    std::size_t left_out = 0;           // Spaces about which a newer event has decided.
    std::optional<std::size_t> repeats;  // Index of the earlier item of this batch that has the same repeat key.
    std::optional<std::size_t> change;
    bool held = false;  // To be kept until later, unless it repeats another.

    // Does it still have to be decided?
    bool open() const { return webhook != nullptr && !held && !arrival->rejection && !arrival->first; }
    const Effects& effects() const { return asked ? asked->effects : webhook->effects; }
    bool may_create() const { return !asked || asked->may_create; }
  };

  const Webhook* find_webhook(Arrival& arrival) const;
  Result<void> find_repeats();
  void link_repeats_within(const std::vector<std::size_t>& owners);
  Result<void> read_facts();
  Result<void> find_logins();
  Result<void> decide_all();
  void decide_one(Item& item, Change& change);
  void decide_person(Item& item, Change& change);
  static void remember_repeat(const Item& item, Change& change);
  std::optional<Rejection> create_user(const Item& item, Change& change) const;

  // provision_held.cpp: what has to wait.
  Result<void> find_held();
  std::optional<Rejection> refuse_to_hold(const Item& item, const HeldTotal& held) const;
  void note_held(const Item& item, Change& change) const;

  // provision_events.cpp: what senders with a dialect of their own say.
  Result<void> find_people();
  Result<void> find_orders();
  bool decide_event(Item& item, Change& change);
  bool is_stale(const OrderKey& order, WallTime time) const;
  std::size_t leave_out_stale(Item& item) const;

  Transaction& transaction_;
  const Catalog& catalog_;
  const ProvisionPolicy& policy_;
  const Clock& clock_;
  LoginHints& hints_;
  std::vector<Item> items_;
  std::vector<Person> people_;
  std::vector<Change> changes_;
  std::map<OrderKey, WallTime> order_times_;  // Of the newest event of each, as the batch has left it so far.
};

}  // namespace postern
