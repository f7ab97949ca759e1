#include "store/sqlite/migrations.h"

namespace postern::sqlite {

// What makes the pages of the admin API fast. Secondary indexes on the log cost every delivery, so there are as few as
// possible, and each grows at few places only: by webhook nearly in order, by status only what is rare.
// delivery_people is no index that SQLite keeps: it is filled in whole sorted segments after the fact, see
// delivery_search.cpp.
const char* const kVersion3 = R"sql(
CREATE INDEX deliveries_by_webhook ON deliveries(webhook_id);
CREATE INDEX deliveries_by_status ON deliveries(status) WHERE status <> 0;

CREATE TABLE delivery_people(             -- a segment covers the deliveries up to the number that is its name
  segment INTEGER NOT NULL,
  person INTEGER NOT NULL,                -- a hash of the address in lower case
  delivery_id INTEGER NOT NULL,
  PRIMARY KEY(segment, person, delivery_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery_counts(             -- what was written, whether or not it is still in the log
  hour INTEGER NOT NULL,                  -- since 1970
  webhook_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  n INTEGER NOT NULL,
  new_users INTEGER NOT NULL,
  PRIMARY KEY(hour, webhook_id, status)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery_counts
  SELECT received_at / 3600000, webhook_id, status, count(*), sum(user_created) FROM deliveries GROUP BY 1, 2, 3;

CREATE TABLE space_members(space_id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
INSERT INTO space_members
  SELECT id, (SELECT count(*) FROM memberships m WHERE m.space_id = s.id) FROM spaces s;
CREATE TRIGGER space_added AFTER INSERT ON spaces BEGIN
  INSERT INTO space_members VALUES(NEW.id, 0);
END;
CREATE TRIGGER space_removed AFTER DELETE ON spaces BEGIN
  DELETE FROM space_members WHERE space_id = OLD.id;
END;
CREATE TRIGGER membership_added AFTER INSERT ON memberships BEGIN
  UPDATE space_members SET n = n + 1 WHERE space_id = NEW.space_id;
END;
CREATE TRIGGER membership_removed AFTER DELETE ON memberships BEGIN
  UPDATE space_members SET n = n - 1 WHERE space_id = OLD.space_id;
END;

CREATE TABLE user_count(id INTEGER PRIMARY KEY CHECK(id = 1), rows INTEGER NOT NULL) STRICT;
INSERT INTO user_count SELECT 1, count(*) FROM users;
CREATE TRIGGER user_added AFTER INSERT ON users BEGIN
  UPDATE user_count SET rows = rows + 1;
END;
CREATE TRIGGER user_removed AFTER DELETE ON users BEGIN
  UPDATE user_count SET rows = rows - 1;
END;
)sql";

}  // namespace postern::sqlite
