#include "base/ascii.h"
#include "store/memory/memory_data.h"

#include <algorithm>

namespace postern {

class MemoryTransaction final : public Transaction {
 public:
  explicit MemoryTransaction(MemoryStore& store) : store_(store), lock_(store.writing_), data_(copy(store)) {}

  std::int64_t catalog_generation() const override { return data_.generation; }

  Result<DeliveryId> last_delivery_id() override {
    DeliveryId last = data_.deliveries.empty() ? DeliveryId{} : data_.deliveries.rbegin()->first;
    if (!data_.held.empty()) last = std::max(last, data_.held.rbegin()->first);
    return last;
  }

  Result<std::vector<Facts>> facts(std::span<const FactsQuery> queries) override {
    std::vector<Facts> out;
    for (const FactsQuery& query : queries) {
      Facts& facts = out.emplace_back();
      const auto user = data_.by_email.find(std::string(query.email_key));
      if (user == data_.by_email.end()) continue;
      facts.user = user->second;
      facts.administrator = data_.users.at(user->second).user.administrator;
      for (const SpaceId space : query.spaces) {
        const auto row = data_.memberships.find({user->second, space});
        if (row != data_.memberships.end()) facts.memberships.push_back(row->second.membership);
      }
    }
    return out;
  }

  Result<std::vector<bool>> logins_taken(std::span<const std::string> logins) override {
    std::vector<bool> out;
    for (const std::string& login : logins) out.push_back(data_.by_login.contains(ascii_lower(login)));
    return out;
  }

  Result<std::vector<std::optional<Repeat>>> repeats(std::span<const RepeatKey> keys) override {
    std::vector<std::optional<Repeat>> out;
    for (const RepeatKey& key : keys) {
      const auto it = data_.repeats.find({key.webhook, key.hash});
      out.push_back(it == data_.repeats.end() ? std::nullopt : std::optional<Repeat>(it->second));
    }
    return out;
  }

  Result<std::vector<std::optional<WallTime>>> order_times(std::span<const OrderKey> orders) override {
    std::vector<std::optional<WallTime>> out;
    for (const OrderKey& order : orders) {
      const auto it = data_.orders.find(order);
      out.push_back(it == data_.orders.end() ? std::nullopt : std::optional(it->second.first));
    }
    return out;
  }

  Result<std::vector<std::optional<std::string>>> people_of(std::span<const PersonNumber> numbers) override {
    std::vector<std::optional<std::string>> out;
    for (const PersonNumber& number : numbers) {
      const auto it = data_.numbers.find(number);
      out.push_back(it == data_.numbers.end() ? std::nullopt : std::optional(it->second.email));
    }
    return out;
  }

  Result<HeldTotal> held_requests(WebhookId webhook) override {
    const std::map<WebhookId, HeldCount> counts = data_.held_counts();
    const auto held = counts.find(webhook);
    return held == counts.end() ? HeldTotal{} : HeldTotal{held->second.requests, held->second.bytes};
  }

  Result<std::optional<Delivery>> delivery(DeliveryId id) override {
    const auto it = data_.deliveries.find(id);
    return it == data_.deliveries.end() ? std::optional<Delivery>() : it->second;
  }

  Result<void> apply(std::span<Change> changes) override {
    for (std::size_t i = 0; i < changes.size(); ++i) TRY(apply_one(changes, i));
    return {};
  }

  Result<void> commit() override {
    const std::lock_guard lock(store_.mutex_);
    *store_.data_ = std::move(data_);
    return {};
  }

 private:
  static MemoryStore::Data copy(MemoryStore& store) {
    const std::lock_guard lock(store.mutex_);
    return *store.data_;
  }

  Result<void> apply_one(std::span<Change> changes, std::size_t index) {
    Change& change = changes[index];
    Delivery& delivery = change.delivery;
    if (change.create) {
      delivery.user = TRY(create_user(change));
    } else if (change.created_by) {
      delivery.user = changes[*change.created_by].delivery.user;
    }
    for (const MembershipChange& each : change.memberships) {
      const std::pair place{delivery.user.value(), each.membership.space};
      if (each.kind == MembershipChange::Kind::leave) {
        data_.memberships.erase(place);
      } else {
        data_.memberships[place] = {each.membership, delivery.received_at, delivery.id};
      }
    }
    if (change.releases) TRY(release(delivery));
    if (!data_.deliveries.emplace(delivery.id, delivery).second) {
      return Error{Errc::conflict, "That exists already.", "delivery number"};
    }
    auto& counted =
        data_.counts[{std::chrono::floor<std::chrono::hours>(delivery.received_at), delivery.webhook, delivery.status}];
    ++counted.deliveries;
    if (delivery.user_created) ++counted.new_users;
    if (change.repeat_key) {
      data_.repeats[{change.repeat_key->webhook, change.repeat_key->hash}] = {delivery.id, change.body_hash};
    }
    remember(change);
    for (const EffectKind kind : change.effects) {
      data_.add_effect({.kind = kind, .delivery = delivery.id, .user = delivery.user, .due_at = delivery.received_at},
                       delivery.received_at);
    }
    return {};
  }

  void remember(const Change& change) {
    for (const OrderKey& order : change.orders) {
      auto& [time, by] = data_.orders[order];
      time = std::max(time, change.order_time);
      by = change.delivery.id;
    }
    if (change.number) data_.numbers[*change.number] = {change.number_email, change.number_email_key};
    if (!change.held.empty())
      data_.held[change.delivery.id] = {change.delivery.webhook, change.held, change.held_email_key};
  }

  Result<void> release(const Delivery& delivery) {
    if (data_.held.erase(delivery.id) == 0) return Error{Errc::not_found, "That is not held any more.", ""};
    if (delivery.status == DeliveryStatus::rejected || delivery.status == DeliveryStatus::failed) {
      std::erase_if(data_.repeats, [&](const auto& each) { return each.second.first == delivery.id; });
    }
    data_.deliveries.erase(delivery.id);
    --data_
          .counts[{std::chrono::floor<std::chrono::hours>(delivery.received_at), delivery.webhook,
                   DeliveryStatus::held}]
          .deliveries;
    return {};
  }

  Result<UserId> create_user(const Change& change) {
    const UserId id{data_.next_user++};
    const NewUser& user = *change.create;
    const bool fresh = data_.by_email.emplace(change.email_key, id).second &&
                       data_.by_login.emplace(ascii_lower(user.login), id).second;
    if (!fresh) return Error{Errc::conflict, "That exists already.", "e-mail or login"};
    data_.users[id] = {{id, user.email, user.login, user.first_name, user.last_name, user.display_name, false,
                        change.delivery.received_at, user.role, user.meta},
                       change.email_key,
                       user.password_hash};
    return id;
  }

  MemoryStore& store_;
  const std::lock_guard<std::mutex> lock_;
  MemoryStore::Data data_;
};

Result<std::unique_ptr<Transaction>> MemoryStore::begin() {
  return std::unique_ptr<Transaction>(std::make_unique<MemoryTransaction>(*this));
}

}  // namespace postern
