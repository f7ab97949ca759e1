// What the events of senders ask for: about whom, for which order, and is there anything newer?
#include "base/time_text.h"
#include "crypto/key_vault.h"
#include "identity/email.h"
#include "pipeline/provision_batch.h"
#include "pipeline/rejections.h"

#include <algorithm>

namespace postern {
namespace {

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

void note_nothing(Delivery& delivery, DeliveryStatus status, std::string message) {
  delivery.status = status;
  delivery.http_status = 200;
  delivery.message = std::move(message);
}

}  // namespace

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

// What the event of a sender means. True: that is all.
bool Batch::decide_event(Item& item, Change& change) {
  Arrival& arrival = *item.arrival;
  const Notice& notice = *arrival.event.notice;
  // Also of an event that does nothing here: a later one may name the person by number only.
  if (!notice.external_id.empty() && !arrival.email_looked_up && notice.action != SourceAction::ignore) {
    change.number = PersonNumber{item.webhook->id, notice.external_id};
    change.number_email = arrival.event.email;
    change.number_email_key = arrival.email_key;
  }
  if (!item.asked->nothing_because.empty()) {
    note_nothing(arrival.delivery, DeliveryStatus::ignored, item.asked->nothing_because);
    return true;
  }
  if (notice.action == SourceAction::link && notice.external_id.empty()) {
    note_nothing(arrival.delivery, DeliveryStatus::ignored, "The event has no number of the person at the sender");
    return true;
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

}  // namespace postern
