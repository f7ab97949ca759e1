#include "store/sqlite/migrations.h"

namespace postern::sqlite {

// The outbox, as those who work through it need it. A row that waits has its endpoint's number in outbox_due, so that
// work for one endpoint is found without looking at what waits for another.
const char* const kVersion4 = R"sql(
CREATE TABLE outbox_new(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,                  -- EffectKind
  state INTEGER NOT NULL DEFAULT 0,       -- OutboxState
  delivery_id INTEGER,
  user_id INTEGER,
  endpoint_id INTEGER NOT NULL DEFAULT 0, -- 0: none
  event_type TEXT,
  event_id TEXT,
  data TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  note TEXT,
  due_at INTEGER NOT NULL,                -- while it is being performed: when the lease ends
  lease INTEGER NOT NULL DEFAULT 0,       -- 0: nobody performs it
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
INSERT INTO outbox_new(id, kind, delivery_id, user_id, due_at, created_at)
  SELECT id, 0, delivery_id, user_id, due_at, created_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_due ON outbox(kind, endpoint_id, due_at) WHERE state = 0;
CREATE INDEX outbox_dead ON outbox(kind, endpoint_id) WHERE state = 2;
CREATE INDEX outbox_leased ON outbox(endpoint_id) WHERE lease <> 0;
CREATE INDEX outbox_finished ON outbox(finished_at) WHERE state <> 0;
CREATE INDEX outbox_by_delivery ON outbox(delivery_id);
CREATE INDEX outbox_by_user ON outbox(user_id);
CREATE INDEX outbox_by_endpoint ON outbox(endpoint_id) WHERE endpoint_id <> 0;

CREATE TABLE outbox_attempts(
  outbox_id INTEGER NOT NULL,
  n INTEGER NOT NULL,                     -- counts from 1 within its row
  at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  status INTEGER NOT NULL,
  note TEXT,
  response TEXT,
  PRIMARY KEY(outbox_id, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER outbox_row_removed AFTER DELETE ON outbox BEGIN
  DELETE FROM outbox_attempts WHERE outbox_id = OLD.id;
END;

CREATE TABLE outbox_counts(kind INTEGER NOT NULL, state INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(kind, state)) STRICT, WITHOUT ROWID;
INSERT INTO outbox_counts SELECT kind, state, count(*) FROM outbox GROUP BY 1, 2;
CREATE TRIGGER outbox_counted AFTER INSERT ON outbox BEGIN
  INSERT INTO outbox_counts VALUES(NEW.kind, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER outbox_uncounted AFTER DELETE ON outbox BEGIN
  UPDATE outbox_counts SET n = n - 1 WHERE kind = OLD.kind AND state = OLD.state;
END;
CREATE TRIGGER outbox_recounted AFTER UPDATE OF state ON outbox WHEN NEW.state <> OLD.state BEGIN
  UPDATE outbox_counts SET n = n - 1 WHERE kind = OLD.kind AND state = OLD.state;
  INSERT INTO outbox_counts VALUES(NEW.kind, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
)sql";

}  // namespace postern::sqlite
