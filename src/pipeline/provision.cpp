#include "pipeline/provision.h"

#include "identity/name.h"
#include "pipeline/provision_batch.h"
#include "pipeline/rejections.h"
#include "pipeline/reply.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace postern {
namespace {

DeliveryId number_after(DeliveryId last, WallTime now) {
  return std::max(DeliveryId{last.value + 1}, delivery_id_at(now));
}

void append_new(std::vector<SpaceId>& out, const std::vector<SpaceId>& more) {
  for (const SpaceId id : more) {
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
}

// Forgets what an earlier try in a transaction that failed may have left: none of it has happened.
void begin_anew(Arrival& arrival) {
  arrival.rejection = arrival.fault;
  arrival.first.reset();
  arrival.effects = false;
  if (arrival.email_looked_up) {
    arrival.event.email.clear();
    arrival.email_key.clear();
    arrival.delivery.email.clear();
    arrival.email_looked_up = false;
  }
  arrival.still_held = false;
  Delivery& delivery = arrival.delivery;
  delivery.code.clear();
  delivery.message.clear();
  delivery.outcomes.clear();
  delivery.user.reset();
  delivery.duplicate_of.reset();
  delivery.user_created = false;
  delivery.welcome_email = WelcomeEmail::not_wanted;
}

void note_rejection(Arrival& arrival) {
  Delivery& delivery = arrival.delivery;
  delivery.status = arrival.rejection->status >= 500 ? DeliveryStatus::failed : DeliveryStatus::rejected;
  delivery.http_status = reply_status(arrival, *arrival.rejection);
  delivery.code = arrival.rejection->code;
  delivery.message = arrival.rejection->message + arrival.row_note;
}

void note_duplicate(Delivery& delivery, const Delivery& first) {
  delivery.status = DeliveryStatus::duplicate;
  delivery.http_status = first.http_status;
  delivery.message =
      "A repeat of delivery " + to_text(first.id) + ": nothing was changed, the first reply was given again";
  delivery.user = first.user;
  delivery.duplicate_of = first.id;
}

// What its sender was told when it was kept stays true, whatever has become of it.
void note_released(Arrival& arrival, WallTime now) {
  arrival.delivery.http_status = 200;
  arrival.delivery.held_until = now;
}

}  // namespace

Result<void> Batch::run(std::span<Arrival* const> arrivals) {
  items_.reserve(arrivals.size());
  for (Arrival* arrival : arrivals) {
    begin_anew(*arrival);
    items_.push_back({arrival, find_webhook(*arrival)});
  }
  TRY(find_repeats());
  TRY(find_held());
  TRY(find_people());
  TRY(find_orders());
  TRY(read_facts());
  TRY(find_logins());
  TRY(decide_all());
  return transaction_.apply(changes_);
}

Batch::~Batch() {
  for (Item& item : items_) {
    if (!item.change) continue;
    item.arrival->delivery = std::move(changes_[*item.change].delivery);
    if (item.repeats && item.arrival->first) item.arrival->first->user = item.arrival->delivery.user;
  }
}
// The webhook as of this transaction, which may differ from what the intake saw.
const Webhook* Batch::find_webhook(Arrival& arrival) const {
  const Webhook* webhook = nullptr;
  const WebhookKey* key = nullptr;
  if (!arrival.key_hash) {
    webhook = catalog_.find_webhook(arrival.delivery.webhook);
  } else if (const auto match = catalog_.find_key(*arrival.key_hash)) {
    webhook = match->webhook;
    key = match->key;
  }
  arrival.unknown_webhook = webhook == nullptr;
  if (webhook == nullptr) {
    // It was acknowledged, so its row says what has become of it.
    if (arrival.releases) arrival.rejection = webhook_removed();
    return nullptr;
  }
  arrival.delivery.webhook = webhook->id;
  if (key != nullptr) arrival.delivery.key = key->id;
  const bool expired = key != nullptr && key->expires_at && *key->expires_at <= arrival.delivery.received_at;
  const WallTime used_at = arrival.releases ? clock_.now() : arrival.delivery.received_at;
  const std::optional<WallTime>& end = webhook->protection.expires_at;
  if (expired || webhook->state == WebhookState::disabled) {
    arrival.rejection = webhook_disabled(expired);
  } else if (end && *end <= used_at) {
    arrival.rejection = webhook_expired(*end);
  } else if (arrival.releases && webhook->state == WebhookState::paused) {
    arrival.still_held = true;
    return nullptr;
  }
  return webhook;
}

Result<void> Batch::find_repeats() {
  std::vector<RepeatKey> keys;
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].open() || !items_[i].arrival->repeat_hash) continue;
    keys.push_back({items_[i].webhook->id, *items_[i].arrival->repeat_hash});
    owners.push_back(i);
  }
  if (keys.empty()) return {};
  const std::vector<std::optional<Repeat>> known = TRY(transaction_.repeats(keys));
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (!known[k]) continue;
    Arrival& arrival = *items_[owners[k]].arrival;
    if (known[k]->body_hash != arrival.body_hash) {
      arrival.rejection = idempotency_key_reused();
      continue;
    }
    arrival.first = TRY(transaction_.delivery(known[k]->first));
    if (!arrival.first) {  // Its row has left the log, the key is still known.
      arrival.first = Delivery{.id = known[k]->first, .message = "This request was processed before"};
    }
  }
  link_repeats_within(owners);
  return {};
}

void Batch::link_repeats_within(const std::vector<std::size_t>& owners) {
  for (std::size_t later = 1; later < owners.size(); ++later) {
    Item& item = items_[owners[later]];
    if (!item.open()) continue;
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const Item& other = items_[owners[earlier]];
      if (other.open() && other.webhook == item.webhook && other.arrival->repeat_hash == item.arrival->repeat_hash) {
        item.repeats = owners[earlier];
        break;
      }
    }
  }
}

Result<void> Batch::read_facts() {
  std::unordered_map<std::string_view, std::size_t> index;
  index.reserve(items_.size());
  people_.reserve(items_.size());
  for (Item& item : items_) {
    if (!item.open()) continue;
    const auto [it, fresh] = index.emplace(item.arrival->email_key, people_.size());
    if (fresh) people_.push_back({.email_key = item.arrival->email_key});
    item.person = it->second;
    const Effects& effects = item.effects();
    std::vector<SpaceId>& spaces = people_[item.person].spaces;
    append_new(spaces, effects.add_courses);
    append_new(spaces, effects.remove_courses);
    append_new(spaces, effects.add_spaces);
    append_new(spaces, effects.remove_spaces);
  }
  if (people_.empty()) return {};
  std::vector<FactsQuery> queries;
  queries.reserve(people_.size());
  for (const Person& person : people_) queries.push_back({person.email_key, person.spaces});
  std::vector<Facts> facts = TRY(transaction_.facts(queries));
  for (std::size_t p = 0; p < people_.size(); ++p) people_[p].facts = std::move(facts[p]);
  return {};
}

// The first delivery for a new person is the one whose wishes count.
Result<void> Batch::find_logins() {
  if (!policy_.create_users) return {};
  std::vector<bool> seen(people_.size(), false);
  std::vector<const Event*> events;
  std::vector<std::size_t> owners;
  for (const Item& item : items_) {
    if (!item.open() || item.arrival->script_rejection || !item.may_create()) continue;
    if (people_[item.person].facts.user || seen[item.person]) continue;
    seen[item.person] = true;
    events.push_back(&item.arrival->event);
    owners.push_back(item.person);
  }
  if (events.empty()) return {};
  std::vector<std::string> logins = TRY(choose_logins(transaction_, events, hints_));
  for (std::size_t i = 0; i < owners.size(); ++i) people_[owners[i]].login = std::move(logins[i]);
  return {};
}

Result<void> Batch::decide_all() {
  changes_.reserve(items_.size());
  DeliveryId last = TRY(transaction_.last_delivery_id());
  const WallTime now = clock_.now();
  for (Item& item : items_) {
    Arrival& arrival = *item.arrival;
    if (arrival.still_held || (item.webhook == nullptr && !arrival.releases)) continue;
    if (!arrival.releases) {
      last = number_after(last, now);
      arrival.delivery.id = last;
    }
    Change& change = changes_.emplace_back();  // Of this item once its delivery is in it.
    if (item.repeats) {
      const Item& earlier = items_[*item.repeats];
      const Delivery& first = changes_[*earlier.change].delivery;
      if (earlier.arrival->body_hash != arrival.body_hash) {
        arrival.rejection = idempotency_key_reused();
      } else if (first.code.empty()) {
        arrival.first = first;
        if (first.status != DeliveryStatus::held) change.created_by = people_[item.person].created_by;
      }
    }
    if (item.held && !arrival.first && !arrival.rejection) note_held(item, change);
    if (item.open()) decide_one(item, change);
    if (arrival.rejection) {
      change.orders.clear();
      change.number.reset();
    }
    for (const OrderKey& order : change.orders) {
      order_times_[order] = std::max(order_times_[order], change.order_time);
    }
    if (arrival.first) note_duplicate(arrival.delivery, *arrival.first);
    if (arrival.rejection) note_rejection(arrival);
    if (arrival.releases) note_released(arrival, now);
    change.releases = arrival.releases;
    arrival.delivery.duration = std::chrono::duration_cast<std::chrono::microseconds>(clock_.mono() - arrival.started);
    const DeliveryStatus status = arrival.delivery.status;
    if (catalog_.data().endpoints && status != DeliveryStatus::duplicate && status != DeliveryStatus::held) {
      change.effects.push_back(EffectKind::events);
    }
    arrival.effects = !change.effects.empty();
    change.delivery = std::move(arrival.delivery);
    item.change = changes_.size() - 1;
  }
  return {};
}

void Batch::decide_one(Item& item, Change& change) {
  Arrival& arrival = *item.arrival;
  if (arrival.event.notice && decide_event(item, change)) {
    // Nothing is to be done for the person.
  } else if (arrival.script_rejection) {
    arrival.rejection = arrival.script_rejection;
  } else {
    decide_person(item, change);
  }
  if (!arrival.rejection) remember_repeat(item, change);
}

void Batch::decide_person(Item& item, Change& change) {
  Arrival& arrival = *item.arrival;
  Person& person = people_[item.person];
  // A user whom an earlier delivery of the batch creates has no number yet, but is no new user any more.
  const bool known = person.facts.user.has_value();
  if (!known && !person.created_by) {
    arrival.rejection = create_user(item, change);
    if (arrival.rejection) return;
  }
  if (!known && person.created_by) person.facts.user = UserId{};
  Decision decision = decide(item.effects(), person.facts, catalog_);
  if (!known) person.facts.user.reset();
  advance(person.facts, decision.changes);

  Delivery& delivery = arrival.delivery;
  delivery.status = DeliveryStatus::processed;
  delivery.http_status = 200;
  delivery.message = std::move(decision.message);
  if (item.left_out > 0) {
    delivery.message +=
        "; what a newer event has decided was left as it is (spaces/courses: " + std::to_string(item.left_out) + ")";
  }
  delivery.outcomes = std::move(decision.outcomes);
  delivery.user = person.facts.user;
  delivery.user_created = decision.create_user;
  if (decision.welcome_email) {
    delivery.welcome_email = policy_.mail_server ? WelcomeEmail::queued : WelcomeEmail::no_mail_server;
  }
  if (delivery.welcome_email == WelcomeEmail::queued) change.effects.push_back(EffectKind::welcome_email);
  if (arrival.processed_hook) change.effects.push_back(EffectKind::processed_hook);
  change.memberships = std::move(decision.changes);
  change.created_by = person.created_by;
  if (decision.create_user) person.created_by = changes_.size() - 1;
}

void Batch::remember_repeat(const Item& item, Change& change) {
  const Arrival& arrival = *item.arrival;
  if (!arrival.repeat_hash) return;
  change.repeat_key = RepeatKey{item.webhook->id, *arrival.repeat_hash};
  change.body_hash = arrival.body_hash;
}

// Fills in the new user, or says why this person is not to be made.
std::optional<Rejection> Batch::create_user(const Item& item, Change& change) const {
  const Event& event = item.arrival->event;
  if (!policy_.create_users) return user_creation_disabled();
  if (const std::string why = transaction_.refuses_new_users(); !why.empty()) {
    item.arrival->row_note = " " + why;
    return user_creation_disabled();
  }
  // The person was there when the password came in, and is gone now: the sender's next try will hash it.
  if (!event.password.empty() && item.arrival->password_hash.empty()) return store_unavailable();
  if (item.arrival->user_data_skipped) return store_unavailable();  // Likewise: then the scripts will be asked.
  const std::string first = identity::stored_name(event.first_name);
  const std::string last = identity::stored_name(event.last_name);
  const std::string& login = people_[item.person].login;
  std::string display = identity::stored_name(item.arrival->display_name);
  if (display.empty()) display = identity::stored_display_name(first, last, login);
  if (identity::count_characters(display) > identity::kMaxDisplayNameCharacters) return names_too_long();
  change.create = NewUser{event.email,
                          login,
                          identity::name_text(first),
                          identity::name_text(last),
                          identity::name_text(display),
                          item.arrival->password_hash,
                          item.arrival->user_role,
                          item.arrival->user_meta};
  change.email_key = item.arrival->email_key;
  return std::nullopt;
}

Result<void> provision(Transaction& transaction, const Catalog& catalog, const ProvisionPolicy& policy,
                       const Clock& clock, LoginHints& hints, std::span<Arrival* const> arrivals) {
  return Batch(transaction, catalog, policy, clock, hints).run(arrivals);
}

}  // namespace postern
