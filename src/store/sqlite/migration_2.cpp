// Version 2: the people who operate Postern.
#include "store/sqlite/migrations.h"

namespace postern::sqlite {

// Hashes are keyed with the key file: the database alone tells nothing about sessions, tokens, links and codes, and
// cannot be given an audit row that fits the chain.
const char* const kVersion2 = R"sql(
CREATE TABLE admins(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email_key TEXT NOT NULL UNIQUE,         -- the address in lower case
  email TEXT NOT NULL,                    -- as written
  name TEXT NOT NULL,
  role INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT,                     -- NULL: has not set a password yet
  totp INTEGER NOT NULL DEFAULT 0,        -- 1: the second factor is asked for
  totp_sealed BLOB,                       -- encrypted with the key file; waits to be confirmed while totp is 0
  totp_step INTEGER NOT NULL DEFAULT 0,   -- the last time step of which a code was used
  created_at INTEGER NOT NULL,
  last_login_at INTEGER
) STRICT;

CREATE TABLE recovery_codes(
  admin_id INTEGER NOT NULL REFERENCES admins(id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  PRIMARY KEY(admin_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE one_time_links(
  admin_id INTEGER PRIMARY KEY,           -- one per admin; 0: makes the first owner
  hash BLOB NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;

CREATE TABLE sessions(
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  admin_id INTEGER NOT NULL REFERENCES admins(id) ON DELETE CASCADE,
  totp_due INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_admin ON sessions(admin_id, last_seen_at);

CREATE TABLE api_tokens(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  permission INTEGER NOT NULL,
  created_by INTEGER NOT NULL REFERENCES admins(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX tokens_of_admin ON api_tokens(created_by);

CREATE TABLE audit_log(                   -- only ever appended to; AUTOINCREMENT remembers the greatest number
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  ip TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT,
  after TEXT,
  hash BLOB NOT NULL                      -- over the hash of the row before and this row
) STRICT;
CREATE INDEX audit_by_action ON audit_log(action, id);
CREATE INDEX audit_by_actor ON audit_log(actor, id);
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log stays as it is'); END;
CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is kept'); END;

CREATE TABLE remembered_replies(
  key BLOB PRIMARY KEY,                   -- of principal, route and Idempotency-Key
  request BLOB NOT NULL,                  -- of the body
  sealed BLOB,                            -- the reply, encrypted; NULL: still being worked on
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replies_by_age ON remembered_replies(at);
)sql";

}  // namespace postern::sqlite
