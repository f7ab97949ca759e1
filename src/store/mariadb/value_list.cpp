#include "store/mariadb/value_list.h"

namespace postern::mariadb {

std::string ValueList::marks() const {
  return "(" + repeated("?", size_, ", ") + ")";
}

void ValueList::bind(Query& query) const {
  for (std::size_t i = 0; i < size_; ++i) bind_value(query, values_[std::min(i, values_.size() - 1)]);
}

Result<void> run_with(Connection& connection, std::string_view before, std::span<const Value> values,
                      std::string_view after) {
  return for_each_list(values, [&](const ValueList& list) -> Result<void> {
    Query query = connection.query(std::string(before) + list.marks() + std::string(after));
    list.bind(query);
    return query.run();
  });
}

Result<void> update_values(Connection& connection, const std::string& table, const std::string& key,
                           const std::string& column, std::span<const NewValue> values, std::string_view set,
                           std::span<const Value> set_values) {
  for (std::size_t at = 0; at < values.size(); at += kMostPlaces) {
    const std::span<const NewValue> part = values.subspan(at, std::min(kMostPlaces, values.size() - at));
    std::vector<Value> keys;
    for (const NewValue& each : part) keys.emplace_back(each.key);
    const ValueList list(keys);
    const std::size_t branches = places_for(part.size());
    std::string sql = "UPDATE " + quoted_name(table) + " SET " + quoted_name(column) + " = CASE " + quoted_name(key);
    sql += repeated(" WHEN ? THEN ?", branches, "");
    sql += " END" + std::string(set) + " WHERE " + quoted_name(key) + " IN " + list.marks();
    Query query = connection.query(sql);
    for (std::size_t i = 0; i < branches; ++i) {
      const NewValue& each = part[std::min(i, part.size() - 1)];
      query.bind(each.key);
      bind_value(query, each.value);
    }
    for (const Value& each : set_values) bind_value(query, each);
    list.bind(query);
    TRY(query.run());
  }
  return {};
}

}  // namespace postern::mariadb
