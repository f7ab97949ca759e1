// Whatever a network does to the deliveries of a sender, people end up where they belong.
#include "crypto/key_vault.h"
#include "identity/email.h"
#include "pipeline/provision.h"
#include "store/memory/memory_store.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace postern {
namespace {

const KeyHash kKey = KeyVault(std::array<std::byte, 32>{}).hash("k");

// One event as the sender means it. An order is for one product; several orders are for the same.
struct Told {
  int person = 0;
  int order = 0;
  bool grant = true;
  bool by_number = false;  // It names the person by the sender's number only.
};

class Shop {
 public:
  Shop() {
    Webhook webhook;
    webhook.source.name = "stripe";
    for (int product = 0; product < kProducts; ++product) {
      const SpaceId space = *store_.add_space({.slug = "s" + std::to_string(product), .title = "S"});
      webhook.source.products.push_back({"p" + std::to_string(product), {space}, {}});
      spaces_.push_back(space);
    }
    webhook.keys = {{.id = {1}, .hash = kKey}};
    webhook_ = *store_.add_webhook(webhook);
    catalog_ = *CatalogCache::create(store_);
  }

  // The n-th thing that happened at the sender, as it comes in.
  Arrival arrival(const Told& told, std::size_t n) const {
    Arrival out;
    out.key_hash = kKey;
    out.delivery.received_at = clock_.now();
    out.started = clock_.mono();
    Notice& notice = out.event.notice.emplace();
    notice.action = told.grant ? SourceAction::grant : SourceAction::revoke;
    notice.order_ref = std::to_string(told.person) + "/" + std::to_string(told.order);
    notice.products = {"p" + std::to_string(told.order % kProducts)};
    notice.time = WallTime{std::chrono::seconds{1'900'000'000 + static_cast<std::int64_t>(n)}};
    notice.external_id = "cus_" + std::to_string(told.person);
    if (!told.by_number) {
      out.event.email = "p" + std::to_string(told.person) + "@example.com";
      out.email_key = out.event.email;
    }
    out.repeat_hash = fingerprint("event " + std::to_string(n));
    return out;
  }

  void deliver(std::vector<Arrival> batch) {
    std::vector<Arrival*> pointers;
    for (Arrival& each : batch) pointers.push_back(&each);
    const auto transaction = store_.begin().value();
    const auto current = catalog_->at_generation(transaction->catalog_generation()).value();
    RC_ASSERT(provision(*transaction, *current, {}, clock_, hints_, pointers).has_value());
    RC_ASSERT(transaction->commit().has_value());
  }

  std::map<std::string, std::set<std::int64_t>> memberships() {
    std::map<std::string, std::set<std::int64_t>> out;
    const UserList page = store_.list_users({}).value();
    for (const User& user : page.users) {
      const std::vector<MembershipRow> rows = store_.memberships(user.id).value();
      for (const MembershipRow& row : rows) {
        out[user.email].insert(row.membership.space.value);
      }
    }
    return out;
  }

 private:
  static constexpr int kProducts = 4;  // Fewer than orders.
  MemoryStore store_;
  FakeClock clock_;
  LoginHints hints_;
  std::vector<SpaceId> spaces_;
  WebhookId webhook_;
  std::unique_ptr<CatalogCache> catalog_;
};

std::vector<Told> some_history() {
  auto history = *rc::gen::container<std::vector<Told>>(rc::gen::build<Told>(
      rc::gen::set(&Told::person, rc::gen::inRange(0, 3)), rc::gen::set(&Told::order, rc::gen::inRange(0, 6)),
      rc::gen::set(&Told::grant), rc::gen::set(&Told::by_number)));
  // Whose number it is must have been told before: the first event of a person carries the address.
  std::set<int> known;
  for (Told& each : history) {
    if (known.insert(each.person).second) each.by_number = false;
  }
  return history;
}

// In batches of any size.
void deliver_in_batches(Shop& shop, const std::vector<Told>& history, const std::vector<std::size_t>& order) {
  std::size_t done = 0;
  while (done < order.size()) {
    const std::size_t size = std::min<std::size_t>(*rc::gen::inRange<std::size_t>(1, 6), order.size() - done);
    std::vector<Arrival> batch;
    for (std::size_t i = 0; i < size; ++i) batch.push_back(shop.arrival(history[order[done + i]], order[done + i]));
    shop.deliver(std::move(batch));
    done += size;
  }
}

RC_GTEST_PROP(SourceProperties, RepeatsAndAnyOrderLeaveWhatEachOnceInOrderLeaves, ()) {
  std::vector<Told> history = some_history();
  for (Told& each : history) each.by_number = false;  // Out of order, a number may come before its address.
  std::vector<std::size_t> in_order(history.size());
  for (std::size_t i = 0; i < in_order.size(); ++i) in_order[i] = i;

  Shop once;
  for (const std::size_t n : in_order) once.deliver({once.arrival(history[n], n)});

  std::vector<std::size_t> mixed = in_order;
  for (std::size_t n = 0; n < history.size(); ++n) {
    for (int repeats = *rc::gen::inRange(0, 3); repeats > 0; --repeats) mixed.push_back(n);
  }
  for (std::size_t i = mixed.size(); i > 1; --i) std::swap(mixed[i - 1], mixed[*rc::gen::inRange<std::size_t>(0, i)]);
  Shop many;
  deliver_in_batches(many, history, mixed);
  RC_ASSERT(many.memberships() == once.memberships());
}

RC_GTEST_PROP(SourceProperties, ASenderThatTriesAgainUntilItIsAnsweredLosesNobodyByNumber, ()) {
  const std::vector<Told> history = some_history();
  std::vector<std::size_t> order(history.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  Shop once;
  Shop many;
  for (const std::size_t n : order) once.deliver({once.arrival(history[n], n)});
  // Everything in a wrong order, then everything again: what was refused for want of an address is taken now.
  std::vector<std::size_t> reversed(order.rbegin(), order.rend());
  deliver_in_batches(many, history, reversed);
  deliver_in_batches(many, history, reversed);
  RC_ASSERT(many.memberships() == once.memberships());
}

}  // namespace
}  // namespace postern
