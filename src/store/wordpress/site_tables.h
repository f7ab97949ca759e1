// The names of a site's tables: "[users]" in a statement stands for `wp_users`, or for what CUSTOM_USER_TABLE says;
// "{outbox}" for an own table of Postern.
#pragma once

#include "store/mariadb/table_names.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace postern::wordpress {

// Immutable; any thread.
class SiteTables {
 public:
  // `prefix` is that of the blog, "wp_" or "wp_2_"; the names of the users' tables are whole.
  SiteTables(const std::string& prefix, std::string users, std::string usermeta)
      : own_(prefix), users_(std::move(users)), usermeta_(std::move(usermeta)) {}
  explicit SiteTables(const std::string& prefix) : SiteTables(prefix, prefix + "users", prefix + "usermeta") {}

  // The table that WordPress or its plugin calls by this name.
  std::string name(std::string_view table) const {
    if (table == "users") return users_;
    if (table == "usermeta") return usermeta_;
    return prefix() + std::string(table);
  }

  // `text` with every [name] and {name} replaced by a quoted table. Text in quotes must hold neither.
  std::string sql(std::string_view text) const {
    return own_.sql(mariadb::with_tables(text, '[', ']', [this](std::string_view table) { return name(table); }));
  }

  const std::string& prefix() const { return own_.prefix(); }
  const mariadb::TableNames& own() const { return own_; }

 private:
  mariadb::TableNames own_;
  std::string users_;
  std::string usermeta_;
};

}  // namespace postern::wordpress
