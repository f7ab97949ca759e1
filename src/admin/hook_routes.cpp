// The operator's scripts: what there is, and what they have done since the server was started.
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "manage/story.h"

namespace postern {
namespace {

namespace json = boost::json;

json::string word(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? text_json(*text) : json::value(nullptr);
}

json::object to_json(const ScriptReport& report, const CatalogData& catalog) {
  const ScriptFile& file = *report.file;
  json::array functions;
  for (const std::string_view each : file.script.functions()) functions.push_back(word(each));
  json::value webhook(nullptr);
  if (file.webhook) webhook = {{"id", file.webhook->value}, {"name", name_of(catalog, *file.webhook)}};
  const auto changed_at =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(file.changed_at));
  return {{"name", utf8::sanitized(file.script.name())},
          {"webhook", std::move(webhook)},
          {"functions", std::move(functions)},
          {"ok", !file.problem()},
          {"error", text_or_null(file.problem())},
          {"changed_at", to_rfc3339(changed_at)},
          {"runs", report.runs},
          {"errors", report.errors},
          {"last_error", text_json(report.last_error)}};
}

Reply show(const ResourceParts& parts, Call& call) {
  QueryFields query(call);
  if (const auto problem = query.finish()) return *problem;
  if (parts.hooks == nullptr) return no_such("script");
  const CatalogData catalog = TRY(parts.store.load_catalog());
  const HooksPolicy& policy = parts.hooks->policy();
  json::array files;
  for (const ScriptReport& each : parts.hooks->report()) files.push_back(to_json(each, catalog));
  return json_reply({{"folder", utf8::sanitized(policy.folder)},
                     {"enabled", parts.hooks->any()},
                     {"on_error", word(to_word(policy.on_error))},
                     {"limits",
                      {{"memory_bytes", policy.limits.memory_bytes},
                       {"instructions", policy.limits.instructions},
                       {"time_ms", policy.limits.time.count()}}},
                     {"files", std::move(files)}});
}

}  // namespace

void add_hook_routes(Routes& routes, const SharedParts& parts) {
  routes.add(
      {"GET", "/hooks", Permission::view, Route::Body::none, [parts](Call& call) { return show(*parts, call); }});
}

}  // namespace postern
