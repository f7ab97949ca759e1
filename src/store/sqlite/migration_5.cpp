#include "store/sqlite/migrations.h"

namespace postern::sqlite {

// What users need to log in to their own pages. Hashes are keyed with the key file: the database alone opens nothing.
const char* const kVersion5 = R"sql(
CREATE TABLE user_links(                  -- each sets a password, once
  hash BLOB PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended INTEGER                           -- 1 used, 3 replaced; NULL: not yet
) STRICT, WITHOUT ROWID;
CREATE INDEX links_of_user ON user_links(user_id, created_at);
CREATE INDEX links_by_age ON user_links(expires_at);

CREATE TABLE user_sessions(
  hash BLOB PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON user_sessions(user_id, last_seen_at);
CREATE INDEX user_sessions_by_age ON user_sessions(last_seen_at);
)sql";

}  // namespace postern::sqlite
