#include "store/wordpress/log_schema.h"

#include <array>

namespace postern::wordpress {
namespace {

// Numbers stand for the enumerators of model/ in their order. Times are milliseconds since 1970, UTC. Texts from
// outside are bytes: a sender's need not be UTF-8. Texts that are empty are NULL. Keys have at most 767 bytes, what
// every row format takes, but for sender_people.
constexpr std::array kLogTables{
    // The row that every writing transaction updates first: see write_lock.h.
    R"sql(CREATE TABLE IF NOT EXISTS {catalog} (
  id TINYINT NOT NULL PRIMARY KEY,
  generation BIGINT NOT NULL,             -- rises with every change to spaces or webhooks
  turns BIGINT NOT NULL,                  -- rises with every writing transaction
  deliveries BIGINT NOT NULL              -- rows of the log
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",

    "INSERT IGNORE INTO {catalog} (id, generation, turns, deliveries) VALUES (1, 1, 0, 0)",

    // As few indexes as the pages need, each paid for by every delivery. By webhook and by status it grows at one place
    // for each; by e-mail at random.
    R"sql(CREATE TABLE IF NOT EXISTS {deliveries} (
  id BIGINT NOT NULL PRIMARY KEY,         -- ordered by time, see model/ids.h
  received_at BIGINT NOT NULL,
  webhook_id BIGINT NOT NULL,
  key_id BIGINT,
  dialect TINYINT NOT NULL,
  remote_ip VARBINARY(255),
  content_type VARBINARY(1024),
  payload LONGBLOB,
  payload_complete TINYINT NOT NULL,
  body_bytes BIGINT NOT NULL,
  event VARBINARY(1024),
  email VARBINARY(1024),
  status TINYINT NOT NULL,
  http_status SMALLINT NOT NULL,
  code VARBINARY(255),
  message MEDIUMBLOB,
  user_id BIGINT,
  user_created TINYINT NOT NULL,
  welcome_email TINYINT NOT NULL,
  outcomes MEDIUMBLOB,                    -- see store/delivery_rows.h
  duration_us BIGINT NOT NULL,
  replay_of BIGINT,
  duplicate_of BIGINT,
  scripts MEDIUMBLOB,
  request_head MEDIUMBLOB,
  held_until BIGINT,
  email_key VARBINARY(255),               -- the beginning of the address in lower case
  KEY by_webhook (webhook_id, id),
  KEY by_status (status, id),
  KEY by_email (email_key, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",

    R"sql(CREATE TABLE IF NOT EXISTS {repeat_keys} (
  webhook_id BIGINT NOT NULL,
  hash BINARY(16) NOT NULL,
  delivery_id BIGINT NOT NULL,
  body_hash BINARY(16) NOT NULL,
  PRIMARY KEY (webhook_id, hash),
  KEY by_age (delivery_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",

    // The newest event that was applied, by the sender's clock.
    R"sql(CREATE TABLE IF NOT EXISTS {sender_orders} (
  webhook_id BIGINT NOT NULL,
  email_key VARBINARY(255) NOT NULL,
  reference BINARY(16) NOT NULL,          -- a hash
  event_at BIGINT NOT NULL,
  delivery_id BIGINT NOT NULL,
  PRIMARY KEY (webhook_id, email_key, reference),
  KEY by_age (delivery_id),
  KEY by_email (email_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",

    // The numbers that senders give to people.
    R"sql(CREATE TABLE IF NOT EXISTS {sender_people} (
  webhook_id BIGINT NOT NULL,
  external_id VARBINARY(1024) NOT NULL,
  email_key VARBINARY(255) NOT NULL,
  email VARBINARY(255),                   -- as written; NULL: the same
  PRIMARY KEY (webhook_id, external_id),
  KEY by_email (email_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",

    // Of paused webhooks, to be applied in order. `bytes` are those of the request, here so that adding them up reads
    // the index only.
    R"sql(CREATE TABLE IF NOT EXISTS {held_requests} (
  delivery_id BIGINT NOT NULL PRIMARY KEY,
  webhook_id BIGINT NOT NULL,
  email_key VARBINARY(255),               -- so that it can be dropped with the person; NULL: nobody is named
  bytes BIGINT NOT NULL,
  request LONGBLOB NOT NULL,              -- what is needed to apply it, encrypted with the key file
  KEY by_webhook (webhook_id, delivery_id, bytes),
  KEY by_email (email_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",

    // What was written, whether or not it is still in the log.
    R"sql(CREATE TABLE IF NOT EXISTS {delivery_counts} (
  hour BIGINT NOT NULL,                   -- since 1970
  webhook_id BIGINT NOT NULL,
  status TINYINT NOT NULL,
  n BIGINT NOT NULL,
  new_users BIGINT NOT NULL,
  PRIMARY KEY (hour, webhook_id, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC)sql",
};

}  // namespace

std::span<const char* const> log_tables() {
  return kLogTables;
}

}  // namespace postern::wordpress
