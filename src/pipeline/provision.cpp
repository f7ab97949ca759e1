#include "pipeline/provision.h"

#include "base/time_text.h"
#include "crypto/key_vault.h"
#include "decide/event_effects.h"
#include "identity/email.h"
#include "identity/name.h"
#include "pipeline/rejections.h"
#include "pipeline/reply.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace postern {
namespace {

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
  std::optional<EventEffects> asked;   // What its event asks for; nothing for a form.
  std::vector<OrderKey> orders;        // What its event is about, if it says when it happened: the order, then spaces.
  std::size_t left_out = 0;            // Spaces about which a newer event has decided.
  std::optional<std::size_t> repeats;  // Index of the earlier item of this batch that has the same repeat key.
  std::optional<std::size_t> change;

  // Does it still have to be decided?
  bool open() const { return webhook != nullptr && !arrival->rejection && !arrival->first; }
  const Effects& effects() const { return asked ? asked->effects : webhook->effects; }
  bool may_create() const { return !asked || asked->may_create; }
};

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
  Delivery& delivery = arrival.delivery;
  delivery.code.clear();
  delivery.message.clear();
  delivery.outcomes.clear();
  delivery.user.reset();
  delivery.duplicate_of.reset();
  delivery.user_created = false;
  delivery.welcome_email = WelcomeEmail::not_wanted;
}

void set_email(Arrival& arrival, const std::string& email) {
  arrival.event.email = email;
  arrival.email_key = identity::email_key(email);
  arrival.delivery.email = email;
  arrival.email_looked_up = true;
}

// What an event is compared by with others of the same person. Without a reference its products stand for it: to buy
// one thing says nothing about another.
std::array<std::byte, 16> reference_of(const Notice& notice) {
  if (!notice.order_ref.empty()) return fingerprint("order:" + notice.order_ref);
  std::vector<std::string> products = notice.products;
  std::sort(products.begin(), products.end());
  std::string text = "products:";
  for (const std::string& each : products) text += std::to_string(each.size()) + ":" + each;
  return fingerprint(text);
}

std::array<std::byte, 16> reference_of(SpaceId space) {
  return fingerprint("space:" + std::to_string(space.value));
}

bool asks_nothing(const Effects& effects) {
  return effects.add_courses.empty() && effects.remove_courses.empty() && effects.add_spaces.empty() &&
         effects.remove_spaces.empty();
}

std::array<std::vector<SpaceId>*, 4> lists_of(Effects& effects) {
  return {&effects.add_courses, &effects.remove_courses, &effects.add_spaces, &effects.remove_spaces};
}

// The steps, in order. Each asks the store at most once for the whole batch.
class Batch {
 public:
  Batch(Transaction& transaction, const Catalog& catalog, const ProvisionPolicy& policy, const Clock& clock,
        LoginHints& hints)
      : transaction_(transaction), catalog_(catalog), policy_(policy), clock_(clock), hints_(hints) {}

  Result<void> run(std::span<Arrival* const> arrivals) {
    items_.reserve(arrivals.size());
    for (Arrival* arrival : arrivals) {
      begin_anew(*arrival);
      items_.push_back({arrival, find_webhook(*arrival)});
    }
    TRY(find_repeats());
    TRY(find_people());
    TRY(find_orders());
    TRY(read_facts());
    TRY(find_logins());
    TRY(decide_all());
    return transaction_.apply(changes_);
  }

  // Gives the deliveries back to their arrivals, whatever has become of them: the caller may try again. The numbers of
  // created users are known now.
  ~Batch() {
    for (Item& item : items_) {
      if (!item.change) continue;
      item.arrival->delivery = std::move(changes_[*item.change].delivery);
      if (item.repeats && item.arrival->first) item.arrival->first->user = item.arrival->delivery.user;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

 private:
  const Webhook* find_webhook(Arrival& arrival) const;
  Result<void> find_repeats();
  void link_repeats_within(const std::vector<std::size_t>& owners);
  Result<void> find_people();
  Result<void> find_orders();
  Result<void> read_facts();
  Result<void> find_logins();
  Result<void> decide_all();
  void decide_one(Item& item, Change& change);
  bool decide_event(Item& item, Change& change);
  bool is_stale(const OrderKey& order, WallTime time) const;
  std::size_t leave_out_stale(Item& item) const;
  void decide_person(Item& item, Change& change);
  std::optional<Rejection> create_user(const Item& item, Change& change) const;

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
  if (webhook == nullptr) return nullptr;
  arrival.delivery.webhook = webhook->id;
  if (key != nullptr) arrival.delivery.key = key->id;
  const bool expired = key != nullptr && key->expires_at && *key->expires_at <= arrival.delivery.received_at;
  if (expired || webhook->state == WebhookState::disabled) {
    arrival.rejection = webhook_disabled(expired);
  } else if (webhook->state == WebhookState::paused && !arrival.rejection) {
    arrival.rejection = webhook_paused();
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

// Whom does the sender mean by that number? Also what an earlier delivery of the batch has told.
Result<void> Batch::find_people() {
  std::vector<PersonNumber> numbers;
  std::vector<Item*> owners;
  std::map<PersonNumber, std::string> told;
  for (Item& item : items_) {
    if (!item.open() || !item.arrival->event.notice) continue;
    Arrival& arrival = *item.arrival;
    item.asked = effects_of(*item.webhook, *arrival.event.notice);
    const std::string& number = arrival.event.notice->external_id;
    if (number.empty()) continue;
    const PersonNumber key{item.webhook->id, number};
    if (!arrival.event.email.empty()) {
      told[key] = arrival.event.email;
    } else if (const auto it = told.find(key); it != told.end()) {
      set_email(arrival, it->second);
    } else {
      numbers.push_back(key);
      owners.push_back(&item);
    }
  }
  if (numbers.empty()) return {};
  const std::vector<std::optional<std::string>> emails = TRY(transaction_.people_of(numbers));
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (emails[i]) {
      set_email(*owners[i]->arrival, *emails[i]);
    } else {
      owners[i]->arrival->rejection = unknown_person_number(numbers[i].external_id);
    }
  }
  return {};
}

Result<void> Batch::find_orders() {
  std::vector<OrderKey> orders;
  for (Item& item : items_) {
    if (!item.open() || !item.arrival->event.notice) continue;
    const Notice& notice = *item.arrival->event.notice;
    const bool changes = notice.action == SourceAction::grant || notice.action == SourceAction::revoke;
    if (!changes || !notice.time || !item.asked->nothing_because.empty()) continue;
    item.orders.push_back({item.webhook->id, item.arrival->email_key, reference_of(notice)});
    for (const std::vector<SpaceId>* list : lists_of(item.asked->effects)) {
      for (const SpaceId space : *list) {
        item.orders.push_back({item.webhook->id, item.arrival->email_key, reference_of(space)});
      }
    }
    orders.insert(orders.end(), item.orders.begin(), item.orders.end());
  }
  if (orders.empty()) return {};
  const std::vector<std::optional<WallTime>> times = TRY(transaction_.order_times(orders));
  for (std::size_t i = 0; i < orders.size(); ++i) {
    if (times[i]) order_times_[orders[i]] = *times[i];
  }
  return {};
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

void note_rejection(Arrival& arrival) {
  Delivery& delivery = arrival.delivery;
  delivery.status = arrival.rejection->status >= 500 ? DeliveryStatus::failed : DeliveryStatus::rejected;
  delivery.http_status = reply_status(arrival, *arrival.rejection);
  delivery.code = arrival.rejection->code;
  delivery.message = arrival.rejection->message;
}

void note_duplicate(Delivery& delivery, const Delivery& first) {
  delivery.status = DeliveryStatus::duplicate;
  delivery.http_status = first.http_status;
  delivery.message =
      "A repeat of delivery " + to_text(first.id) + ": nothing was changed, the first reply was given again";
  delivery.user = first.user;
  delivery.duplicate_of = first.id;
}

Result<void> Batch::decide_all() {
  changes_.reserve(items_.size());
  DeliveryId last = TRY(transaction_.last_delivery_id());
  const WallTime now = clock_.now();
  for (Item& item : items_) {
    if (item.webhook == nullptr) continue;
    Arrival& arrival = *item.arrival;
    last = number_after(last, now);
    arrival.delivery.id = last;
    Change change;
    if (item.repeats) {
      const Item& earlier = items_[*item.repeats];
      const Delivery& first = changes_[*earlier.change].delivery;
      if (earlier.arrival->body_hash != arrival.body_hash) {
        arrival.rejection = idempotency_key_reused();
      } else if (first.code.empty()) {
        arrival.first = first;
        change.created_by = people_[item.person].created_by;
      }
    }
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
    arrival.delivery.duration = std::chrono::duration_cast<std::chrono::microseconds>(clock_.mono() - arrival.started);
    if (catalog_.data().endpoints && arrival.delivery.status != DeliveryStatus::duplicate) {
      change.effects.push_back(EffectKind::events);
    }
    arrival.effects = !change.effects.empty();
    change.delivery = std::move(arrival.delivery);
    item.change = changes_.size();
    changes_.push_back(std::move(change));
  }
  return {};
}

void note_nothing(Delivery& delivery, DeliveryStatus status, std::string message) {
  delivery.status = status;
  delivery.http_status = 200;
  delivery.message = std::move(message);
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
  if (arrival.rejection || !arrival.repeat_hash) return;
  change.repeat_key = RepeatKey{item.webhook->id, *arrival.repeat_hash};
  change.body_hash = arrival.body_hash;
}

// What the event of a sender means. True: that is all.
bool Batch::decide_event(Item& item, Change& change) {
  Arrival& arrival = *item.arrival;
  const Notice& notice = *arrival.event.notice;
  if (!item.asked->nothing_because.empty()) {
    note_nothing(arrival.delivery, DeliveryStatus::ignored, item.asked->nothing_because);
    return true;
  }
  if (!notice.external_id.empty() && !arrival.email_looked_up) {
    change.number = PersonNumber{item.webhook->id, notice.external_id};
    change.number_email = arrival.event.email;
    change.number_email_key = arrival.email_key;
  }
  if (notice.action == SourceAction::link) {
    note_nothing(arrival.delivery, DeliveryStatus::processed,
                 "It is known now that the sender's number '" + notice.external_id + "' is this person's");
    return true;
  }
  if (!item.orders.empty() && item.webhook->source.skip_stale) {
    const bool older = is_stale(item.orders.front(), *notice.time);
    item.left_out = older ? 0 : leave_out_stale(item);
    if (older || (item.left_out > 0 && asks_nothing(item.asked->effects))) {
      note_nothing(arrival.delivery, DeliveryStatus::stale,
                   "This event happened at " + to_rfc3339(*notice.time) +
                       ", before one that was applied for the same person and " + (older ? "order" : "spaces") +
                       ". Nothing was changed");
      return true;
    }
  }
  if (!item.orders.empty()) {
    change.orders = item.orders;
    change.order_time = *notice.time;
  }
  const Person& person = people_[item.person];
  if (item.may_create() || person.facts.user || person.created_by) return false;
  note_nothing(arrival.delivery, DeliveryStatus::ignored,
               "Nobody here has this e-mail address, so there is nothing to take away");
  return true;
}

bool Batch::is_stale(const OrderKey& order, WallTime time) const {
  const auto newest = order_times_.find(order);
  return newest != order_times_.end() && time < newest->second;
}

// Takes out of what the event asks for the spaces about which a newer one has decided. How many those are.
std::size_t Batch::leave_out_stale(Item& item) const {
  const WallTime time = *item.arrival->event.notice->time;
  std::size_t out = 0;
  for (std::vector<SpaceId>* list : lists_of(item.asked->effects)) {
    out += std::erase_if(*list, [&](SpaceId space) {
      return is_stale({item.webhook->id, item.arrival->email_key, reference_of(space)}, time);
    });
  }
  return out;
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
  if (decision.create_user) person.created_by = changes_.size();
}

// Fills in the new user, or says why this person is not to be made.
std::optional<Rejection> Batch::create_user(const Item& item, Change& change) const {
  const Event& event = item.arrival->event;
  if (!policy_.create_users) return user_creation_disabled();
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

}  // namespace

Result<void> provision(Transaction& transaction, const Catalog& catalog, const ProvisionPolicy& policy,
                       const Clock& clock, LoginHints& hints, std::span<Arrival* const> arrivals) {
  return Batch(transaction, catalog, policy, clock, hints).run(arrivals);
}

}  // namespace postern
