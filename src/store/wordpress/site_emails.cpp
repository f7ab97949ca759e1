#include "store/wordpress/site_emails.h"

#include "identity/email.h"
#include "store/mariadb/value_list.h"

#include <set>

namespace postern::wordpress {

std::string email_of(std::string_view stored) {
  std::string out;
  constexpr std::string_view kAmp = "&amp;";
  for (std::size_t at = 0; at < stored.size();) {
    const bool entity = stored.substr(at).starts_with(kAmp);
    out += stored[at];
    at += entity ? kAmp.size() : 1;
  }
  return out;
}

Result<std::map<std::string, std::int64_t>> users_by_email(mariadb::Connection& db, const SiteTables& tables,
                                                           std::span<const std::string> keys, EmailLookup lookup) {
  const std::set<std::string> asked(keys.begin(), keys.end());
  std::vector<mariadb::Value> values;
  for (const std::string& key : asked) {
    values.emplace_back(key);
    const std::string stored = identity::stored_email(key);
    if (stored != key && !stored.empty()) values.emplace_back(stored);
  }
  std::map<std::string, std::int64_t> out;
  TRY(mariadb::rows_with(db, tables.sql("SELECT ID, user_email FROM [users] WHERE user_email IN "), values,
                         lookup == EmailLookup::held ? " LOCK IN SHARE MODE" : "", [&](const mariadb::Query& row) {
                           const std::string key = identity::email_key(email_of(row.text(1)));
                           if (asked.count(key) == 0) return;
                           const auto [it, fresh] = out.emplace(key, row.integer(0));
                           if (!fresh) it->second = std::min(it->second, row.integer(0));
                         }));
  return out;
}

}  // namespace postern::wordpress
