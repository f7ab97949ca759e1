#include "store/sqlite/migrations.h"

namespace postern::sqlite {

// What the operator's scripts add: to a user they make, and to the story of a delivery.
const char* const kVersion6 = R"sql(
ALTER TABLE users ADD COLUMN role TEXT;       -- NULL: subscriber
ALTER TABLE users ADD COLUMN meta TEXT;       -- a JSON object; NULL: {}
ALTER TABLE deliveries ADD COLUMN scripts TEXT;
)sql";

}  // namespace postern::sqlite
