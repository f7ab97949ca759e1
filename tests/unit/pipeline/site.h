// A small community in a store: two spaces, a course, and webhooks for them.
#pragma once

#include "crypto/key_vault.h"
#include "identity/email.h"
#include "pipeline/provision.h"
#include "store/store.h"
#include "support/fake_clock.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace postern {

class Site {
 public:
  explicit Site(Store& store) : store_(store) {
    club = *store.add_space({.slug = "club", .title = "Club"});
    shop = *store.add_space({.slug = "shop", .title = "Shop"});
    course = *store.add_space({.kind = SpaceKind::course, .slug = "course", .title = "Course"});
    join = add({.add_spaces = {club}}, "join");
    leave = add({.remove_spaces = {club}}, "leave");
    enroll = add({.add_courses = {course}, .add_spaces = {shop}}, "enroll");
    catalog_ = *CatalogCache::create(store);
  }

  static KeyHash key(std::string_view webhook) {
    static const KeyVault vault(std::array<std::byte, 32>{});
    return vault.hash(webhook);
  }

  // A delivery to the webhook of that name, as the intake hands it on.
  Arrival arrival(std::string_view webhook, const std::string& email) const {
    Arrival out;
    out.key_hash = key(webhook);
    out.event.email = email;
    out.email_key = identity::email_key(email);
    out.delivery.email = email;
    out.delivery.received_at = clock.now();
    out.started = clock.mono();
    return out;
  }

  // All of them in one transaction.
  Result<void> provision_all(std::vector<Arrival>& arrivals) {
    std::vector<Arrival*> pointers;
    for (Arrival& each : arrivals) pointers.push_back(&each);
    const auto transaction = TRY(store_.begin());
    const auto current = TRY(catalog_->at_generation(transaction->catalog_generation()));
    TRY(provision(*transaction, *current, policy, clock, hints, pointers));
    return transaction->commit();
  }

  std::vector<Membership> memberships(const std::string& email) {
    const std::optional<User> user = *store_.find_user(identity::email_key(email));
    std::vector<Membership> out;
    if (!user) return out;
    const std::vector<MembershipRow> rows = *store_.memberships(user->id);
    for (const MembershipRow& row : rows) out.push_back(row.membership);
    return out;
  }

  SpaceId club;
  SpaceId shop;
  SpaceId course;
  WebhookId join;
  WebhookId leave;
  WebhookId enroll;
  FakeClock clock;
  ProvisionPolicy policy;
  LoginHints hints;
  CatalogCache& catalog() { return *catalog_; }

  // A webhook of that name with everything that `webhook` says.
  WebhookId add(Webhook webhook, const std::string& name) {
    webhook.name = name;
    webhook.keys.push_back({.id = {1}, .hash = key(name)});
    return *store_.add_webhook(webhook);
  }

 private:
  WebhookId add(const Effects& effects, const std::string& name) { return add(Webhook{.effects = effects}, name); }

  Store& store_;
  std::unique_ptr<CatalogCache> catalog_;
};

}  // namespace postern
