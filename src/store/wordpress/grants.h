// What the database lets a user do, from the lines of SHOW GRANTS. Pure. Any thread.
// Source: https://mariadb.com/docs/server/reference/sql-statements/account-management-sql-statements/grant
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

struct Grant {
  std::vector<std::string> privileges;  // Upper case; "ALL PRIVILEGES" is one. Those for single columns are left out.
  std::string database;                 // Of all tables a pattern: '%' and '_' are anything, unless behind a backslash.
  std::string table;                    // "*": all.
};

class Grants {
 public:
  // Lines that grant something else (roles, PROXY) are passed over.
  void add(std::string_view line);
  bool allows(std::string_view privilege, std::string_view database, std::string_view table) const;

 private:
  std::vector<Grant> grants_;
};

}  // namespace postern::wordpress
