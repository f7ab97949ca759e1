// Version 9: webhooks with sources and protection, what senders' events have told, and requests that are held.
#include "store/sqlite/migrations.h"

namespace postern::sqlite {

const char* const kVersion9 = R"sql(
ALTER TABLE webhooks ADD COLUMN settings TEXT;  -- source and protection, see store/webhook_settings.h; NULL: none

CREATE TABLE webhook_secrets(             -- what senders prove themselves with
  webhook_id INTEGER NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  secret_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,                   -- encrypted with the key file
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY(webhook_id, secret_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE deliveries ADD COLUMN request_head TEXT;
ALTER TABLE deliveries ADD COLUMN held_until INTEGER;

CREATE TABLE sender_people(               -- the numbers that senders give to people
  webhook_id INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  email_key TEXT NOT NULL,
  email TEXT,                             -- as written; NULL: the same
  PRIMARY KEY(webhook_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sender_people_by_email ON sender_people(email_key);

CREATE TABLE sender_orders(               -- the newest event that was applied
  webhook_id INTEGER NOT NULL,
  email_key TEXT NOT NULL,
  reference BLOB NOT NULL,                -- a hash
  event_at INTEGER NOT NULL,              -- by the sender's clock
  delivery_id INTEGER NOT NULL,
  PRIMARY KEY(webhook_id, email_key, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX sender_orders_by_age ON sender_orders(delivery_id);
CREATE INDEX sender_orders_by_email ON sender_orders(email_key);

CREATE TABLE held_requests(               -- of paused webhooks, to be applied in order
  delivery_id INTEGER PRIMARY KEY,
  webhook_id INTEGER NOT NULL,
  email_key TEXT,                         -- so that it can be dropped with the person; NULL: nobody is named
  bytes INTEGER NOT NULL,                 -- of the request, here so that adding them up reads the index only
  request BLOB NOT NULL                   -- what is needed to apply it, encrypted with the key file
) STRICT;
CREATE INDEX held_requests_by_webhook ON held_requests(webhook_id, delivery_id, bytes);
CREATE INDEX held_requests_by_email ON held_requests(email_key) WHERE email_key IS NOT NULL;
)sql";

}  // namespace postern::sqlite
