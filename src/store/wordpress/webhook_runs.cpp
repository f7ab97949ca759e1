#include "store/wordpress/webhook_runs.h"

#include "store/mariadb/value_list.h"
#include "wordpress/webhook_value.h"

#include <optional>

namespace postern::wordpress {

Result<void> add_runs(const SiteWrite& site, const std::map<std::int64_t, std::int64_t>& runs) {
  std::vector<mariadb::Value> ids;
  ids.reserve(runs.size());
  for (const auto& [webhook, count] : runs) ids.emplace_back(webhook);
  std::vector<mariadb::NewValue> values;
  TRY(mariadb::rows_with(site.db,
                         site.tables.sql("SELECT id, value FROM [fcom_meta] WHERE object_type = 'webhook' AND id IN "),
                         ids, " ORDER BY id FOR UPDATE", [&](const mariadb::Query& row) {
                           const std::int64_t id = row.integer(0);
                           const auto stored = row.is_null(1) ? std::nullopt : std::optional(row.text(1));
                           auto counted = count_runs(stored, runs.at(id));
                           if (counted) values.push_back({id, *std::move(counted)});
                         }));
  const std::vector<mariadb::Value> now{site.local_now};
  return mariadb::update_values(site.db, site.tables.name("fcom_meta"), "id", "value", values, ", updated_at = ?", now);
}

}  // namespace postern::wordpress
