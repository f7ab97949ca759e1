// What SQLite's migrations 2, 4, 5, 7, 8 and 10 are there.
#include "store/wordpress/own_schema.h"

#include <array>

namespace postern::wordpress {
namespace {

// Times are milliseconds since 1970, UTC. Keys are VARBINARY: they compare by bytes, and no index is longer than the
// 767 bytes that old row formats take. What others have said (notes, responses, problems) is bytes too: it need not be
// text of any character set.
constexpr std::array kTables{
    // Whoever must have his turn writes to a row here, see sql::Lock.
    "CREATE TABLE IF NOT EXISTS {locks}("
    " id TINYINT PRIMARY KEY,"
    " turns BIGINT NOT NULL DEFAULT 0"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
    "INSERT IGNORE INTO {locks}(id) VALUES(0), (1), (2), (3)",

    "CREATE TABLE IF NOT EXISTS {admins}("
    " id BIGINT AUTO_INCREMENT PRIMARY KEY,"
    " email_key VARBINARY(700) NOT NULL,"  // The address in lower case.
    " email TEXT NOT NULL,"                // As written.
    " name TEXT NOT NULL,"
    " role INT NOT NULL,"
    " disabled TINYINT NOT NULL DEFAULT 0,"
    " password_hash TEXT,"                   // NULL: has not set a password yet.
    " totp TINYINT NOT NULL DEFAULT 0,"      // 1: the second factor is asked for.
    " totp_sealed BLOB,"                     // Encrypted with the key file.
    " totp_step BIGINT NOT NULL DEFAULT 0,"  // The last time step of which a code was used.
    " created_at BIGINT NOT NULL,"
    " last_login_at BIGINT,"
    " UNIQUE KEY email_key(email_key)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {recovery_codes}("
    " admin_id BIGINT NOT NULL,"
    " hash VARBINARY(64) NOT NULL,"
    " PRIMARY KEY(admin_id, hash)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {one_time_links}("
    " admin_id BIGINT PRIMARY KEY,"  // One per admin; 0: makes the first owner.
    " hash VARBINARY(64) NOT NULL,"
    " kind INT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " expires_at BIGINT,"
    " UNIQUE KEY hash(hash)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {sessions}("
    " id VARBINARY(100) PRIMARY KEY,"
    " hash VARBINARY(64) NOT NULL,"
    " admin_id BIGINT NOT NULL,"
    " totp_due TINYINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " last_seen_at BIGINT NOT NULL,"
    " expires_at BIGINT NOT NULL,"
    " ip TEXT NOT NULL,"
    " user_agent TEXT NOT NULL,"
    " UNIQUE KEY hash(hash),"
    " KEY of_admin(admin_id, last_seen_at)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {api_tokens}("
    " id BIGINT AUTO_INCREMENT PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " hash VARBINARY(64) NOT NULL,"
    " permission INT NOT NULL,"
    " created_by BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " expires_at BIGINT,"
    " last_used_at BIGINT,"
    " UNIQUE KEY hash(hash),"
    " KEY of_admin(created_by)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {audit_log}("  // Only ever appended to.
    " id BIGINT PRIMARY KEY,"
    " at BIGINT NOT NULL,"
    " actor VARBINARY(700) NOT NULL,"
    " ip TEXT NOT NULL,"
    " action VARBINARY(100) NOT NULL,"
    " target TEXT NOT NULL,"
    " `before` LONGTEXT,"
    " `after` LONGTEXT,"
    " hash VARBINARY(64) NOT NULL,"  // Over the hash of the row before and this row.
    " KEY by_action(action, id),"
    " KEY by_actor(actor, id)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {audit_head}("
    " id TINYINT PRIMARY KEY,"
    " last_id BIGINT NOT NULL"  // The greatest number that was ever given to a row of the audit log.
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
    "INSERT IGNORE INTO {audit_head}(id, last_id) VALUES(1, 0)",

    "CREATE TABLE IF NOT EXISTS {remembered_replies}("
    " `key` VARBINARY(64) PRIMARY KEY,"  // Of principal, route and Idempotency-Key.
    " request VARBINARY(64) NOT NULL,"   // Of the body.
    " sealed LONGBLOB,"                  // The reply, encrypted; NULL: still being worked on.
    " at BIGINT NOT NULL,"
    " KEY by_age(at)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    // `due` also finds what was given up, and counts by state and kind.
    "CREATE TABLE IF NOT EXISTS {outbox}("
    " id BIGINT AUTO_INCREMENT PRIMARY KEY,"
    " kind INT NOT NULL,"
    " state INT NOT NULL DEFAULT 0,"
    " delivery_id BIGINT,"
    " user_id BIGINT,"
    " endpoint_id BIGINT NOT NULL DEFAULT 0,"  // 0: none.
    " event_type TEXT,"
    " event_id TEXT,"
    " data LONGTEXT,"
    " attempts INT NOT NULL DEFAULT 0,"
    " note BLOB,"
    " due_at BIGINT NOT NULL,"           // While it is being performed: when the lease ends.
    " lease BIGINT NOT NULL DEFAULT 0,"  // 0: nobody performs it.
    " created_at BIGINT NOT NULL,"
    " finished_at BIGINT,"
    " KEY due(state, kind, endpoint_id, due_at),"
    " KEY leased(endpoint_id, lease),"
    " KEY finished(finished_at),"
    " KEY by_delivery(delivery_id),"
    " KEY by_user(user_id),"
    " KEY by_endpoint(endpoint_id)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {outbox_attempts}("
    " outbox_id BIGINT NOT NULL,"
    " n BIGINT NOT NULL,"  // Counts from 1 within its row.
    " at BIGINT NOT NULL,"
    " duration_ms BIGINT NOT NULL,"
    " ok TINYINT NOT NULL,"
    " status INT NOT NULL,"
    " note BLOB,"
    " response BLOB,"
    " PRIMARY KEY(outbox_id, n)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {user_links}("  // Each sets a password, once.
    " hash VARBINARY(64) PRIMARY KEY,"
    " user_id BIGINT NOT NULL,"
    " kind INT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " expires_at BIGINT NOT NULL,"
    " ended INT,"  // NULL: not yet.
    " KEY of_user(user_id, created_at),"
    " KEY by_age(expires_at)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {user_sessions}("
    " hash VARBINARY(64) PRIMARY KEY,"
    " user_id BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " last_seen_at BIGINT NOT NULL,"
    " expires_at BIGINT NOT NULL,"
    " KEY of_user(user_id, last_seen_at),"
    " KEY by_age(last_seen_at)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {endpoints}("
    " id BIGINT AUTO_INCREMENT PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " url TEXT NOT NULL,"
    " events TEXT,"  // Types, separated by blanks; NULL: all.
    " paused TINYINT NOT NULL,"
    " version BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " last_success_at BIGINT,"
    " last_failure_at BIGINT,"
    " failing_since BIGINT,"
    " problem BLOB"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {endpoint_keys}("
    " endpoint_id BIGINT NOT NULL,"
    " key_id BIGINT NOT NULL,"
    " sealed BLOB NOT NULL,"  // Encrypted with the key file.
    " created_at BIGINT NOT NULL,"
    " expires_at BIGINT,"
    " PRIMARY KEY(endpoint_id, key_id)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",

    "CREATE TABLE IF NOT EXISTS {mail_templates}("
    " mail INT NOT NULL,"
    " part INT NOT NULL,"
    " body LONGTEXT NOT NULL,"
    " PRIMARY KEY(mail, part)"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
};

}  // namespace

Statements own_tables() {
  return kTables;
}

}  // namespace postern::wordpress
