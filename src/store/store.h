// The store port: where users, spaces, memberships, webhooks, deliveries, admins and the outbox live.
// tests/conformance/ is its promise in executable form and runs on every adapter.
#pragma once

#include "store/account_store.h"
#include "store/catalog_store.h"
#include "store/delivery_log.h"
#include "store/endpoint_store.h"
#include "store/held_store.h"
#include "store/mail_template_store.h"
#include "store/outbox_store.h"
#include "store/person_store.h"
#include "store/transaction.h"
#include "store/user_store.h"

namespace postern {

// What an adapter implements. Who uses a store takes the narrowest of the parts. Virtual are those that sql::OwnTables
// implements for several adapters.
class Store : public Provisioning,
              public CatalogStore,
              public UserStore,
              public DeliveryLog,
              public virtual AccountStore,
              public virtual OutboxStore,
              public virtual PersonStore,
              public virtual EndpointStore,
              public virtual MailTemplateStore,
              public HeldStore {
 public:
  // Can a transaction be committed right now? Errors: unavailable, with what is wrong in `detail`.
  virtual Result<void> check_writable() = 0;
};

}  // namespace postern
