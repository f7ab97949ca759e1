// Version 7: endpoints, where outgoing events are sent.
#include "store/sqlite/migrations.h"

namespace postern::sqlite {

const char* const kVersion7 = R"sql(
CREATE TABLE endpoints(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT,                            -- types, separated by blanks; NULL: all
  paused INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_success_at INTEGER,
  last_failure_at INTEGER,
  failing_since INTEGER,
  problem TEXT
) STRICT;

CREATE TABLE endpoint_keys(
  endpoint_id INTEGER NOT NULL REFERENCES endpoints(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,                   -- encrypted with the key file
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY(endpoint_id, key_id)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace postern::sqlite
