// The operator's own texts of mails.
#include "store/sqlite/migrations.h"

namespace postern::sqlite {

const char* const kVersion8 = R"sql(
CREATE TABLE mail_templates(
  mail INTEGER NOT NULL,                  -- 0 welcome, 1 password
  part INTEGER NOT NULL,                  -- 0 subject, 1 text, 2 HTML
  body TEXT NOT NULL,
  PRIMARY KEY(mail, part)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace postern::sqlite
