// API tokens.
#include "admin/account_handlers.h"
#include "base/time_text.h"
#include "crypto/account_secrets.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>

namespace postern {
namespace {

namespace json = boost::json;

json::object token_json(const ApiToken& token, const std::string& created_by) {
  json::array scopes;
  for (const Permission each : {Permission::view, Permission::payloads, Permission::manage}) {
    if (each > token.permission) continue;
    const std::string_view word = to_word(each);
    scopes.emplace_back(json::string_view(word.data(), word.size()));
  }
  const auto time = [](const std::optional<WallTime>& at) {
    return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
  };
  return {{"id", token.id.value},
          {"name", token.name},
          {"scopes", std::move(scopes)},
          {"created_at", to_rfc3339(token.created_at)},
          {"created_by", created_by},
          {"expires_at", time(token.expires_at)},
          {"last_used_at", time(token.last_used_at)}};
}

Reply list_tokens(const AccountParts& parts, Call&) {
  std::map<AdminId, std::string> makers;
  for (const AdminRecord& each : TRY(parts.store.admins())) makers[each.admin.id] = each.admin.email;
  json::array items;
  for (const ApiToken& each : TRY(parts.store.tokens())) items.push_back(token_json(each, makers[each.created_by]));
  return json_reply({{"items", std::move(items)}});
}

std::optional<Permission> highest_scope(Fields& fields) {
  const auto words = fields.words("scopes", 3);
  if (!words || words->empty()) {
    return fields.wrong("scopes", "names no scope. There are view, payloads and manage"), std::nullopt;
  }
  Permission highest = Permission::view;
  for (const std::string& word : *words) {
    const auto scope = parse_permission(word);
    if (!scope || *scope == Permission::own) {
      return fields.wrong("scopes", "has something other than view, payloads and manage"), std::nullopt;
    }
    highest = std::max(highest, *scope);
  }
  return highest;
}

Reply add_token(const AccountParts& parts, Call& call) {
  const AdminRecord me = TRY(asking_admin(parts, call));
  Fields fields(call.body);
  const auto name = fields.text("name", {.required = true, .max = 200});
  const auto permission = highest_scope(fields);
  const auto expires_at = fields.time("expires_at");
  const WallTime now = parts.clock.now();
  if (expires_at && *expires_at <= now) fields.wrong("expires_at", "is not in the future");
  if (const auto problem = fields.finish()) return *problem;
  const Secret secret = make_api_token(parts.random);
  ApiToken token{.name = *name,
                 .hash = token_hash(parts.vault, secret.reveal()),
                 .permission = *permission,
                 .created_by = me.admin.id,
                 .created_at = now,
                 .expires_at = expires_at};
  token.id = TRY(parts.store.add_token(token));
  const json::object shown = token_json(token, me.admin.email);
  call.audit({"token.add", "token " + token.name, nullptr, shown});
  return json_reply({{"token", shown}, {"secret", std::string(secret.reveal())}}, 201);
}

Reply remove_token(const AccountParts& parts, Call& call) {
  const std::vector<ApiToken> all = TRY(parts.store.tokens());
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const ApiToken& each) { return each.id.value == call.id(); });
  if (it == all.end()) return no_such("token");
  const std::optional<AdminRecord> maker = TRY(parts.store.find_admin(it->created_by));
  TRY(parts.store.remove_token(it->id));
  call.audit({"token.remove", "token " + it->name, token_json(*it, maker ? maker->admin.email : ""), nullptr});
  return no_content();
}

}  // namespace

void add_token_routes(Routes& routes, const AccountParts& parts) {
  const auto add = account_route_adder(routes, parts, Permission::own);
  add("GET", "/tokens", Route::Body::none, list_tokens);
  add("POST", "/tokens", Route::Body::json, add_token);
  add("DELETE", "/tokens/{id}", Route::Body::none, remove_token);
}

}  // namespace postern
