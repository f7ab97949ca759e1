// Version 10: the audit log's greatest number in a table of ours, as every database has it.
#include "store/sqlite/migrations.h"

namespace postern::sqlite {

const char* const kVersion10 = R"sql(
CREATE TABLE audit_head(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  last_id INTEGER NOT NULL                -- the greatest number that was ever given to a row of audit_log
) STRICT;
INSERT INTO audit_head
  SELECT 1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'), 0);
)sql";

}  // namespace postern::sqlite
