// Reading the audit log.
#include "admin/account_handlers.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <charconv>

namespace postern {
namespace {

namespace json = boost::json;

json::value parsed(const std::string& text) {
  if (text.empty()) return nullptr;
  json::error_code error;
  json::value value = json::parse(text, error);
  return error ? json::value(text) : value;
}

json::object row_json(const AuditRow& row) {
  return {{"id", row.id},
          {"at", to_rfc3339(row.at)},
          {"actor", utf8::sanitized(row.actor)},
          {"ip", row.ip},
          {"action", row.action},
          {"target", utf8::sanitized(row.target)},
          {"before", parsed(row.before)},
          {"after", parsed(row.after)}};
}

Reply list_audit(const AccountParts& parts, Call& call) {
  std::vector<FieldError> errors;
  for (const std::string& each : call.unknown_query({"action", "actor", "limit", "cursor"})) {
    errors.push_back({utf8::sanitized(each), "is not known here"});
  }
  AuditQuery query{.action = call.query("action").value_or(""), .actor = call.query("actor").value_or("")};
  if (const auto cursor = call.query("cursor"); cursor && !cursor->empty()) {
    std::int64_t before = 0;
    const auto [end, error] = std::from_chars(cursor->data(), cursor->data() + cursor->size(), before);
    if (error != std::errc() || end != cursor->data() + cursor->size() || before <= 0) {
      errors.push_back({"cursor", "is none that was handed out. Begin with the first page"});
    }
    query.before = before;
  }
  if (!errors.empty()) return invalid_fields(std::move(errors));
  const std::size_t limit = call.limit();
  query.limit = limit + 1;  // One more tells whether there is another page.
  std::vector<AuditRow> rows = TRY(parts.store.audit(query));
  json::value next = nullptr;
  if (rows.size() > limit) {
    rows.resize(limit);
    next = std::to_string(rows.back().id);
  }
  json::array items;
  for (const AuditRow& row : rows) items.push_back(row_json(row));
  return json_reply({{"items", std::move(items)}, {"next", std::move(next)}});
}

}  // namespace

void add_audit_routes(Routes& routes, const AccountParts& parts) {
  routes.add({.method = "GET", .pattern = "/audit", .permission = Permission::own, .handle = [parts](Call& call) {
                return list_audit(parts, call);
              }});
}

}  // namespace postern
