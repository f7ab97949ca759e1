// People: look them up, change their memberships by hand, export and erase what is known about them.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "identity/email.h"
#include "manage/spaces.h"

#include <boost/json/serialize.hpp>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::size_t kErasePortion = 500;

std::string target(UserId id) {
  return "user " + std::to_string(id.value);
}

json::array memberships_json(const std::vector<MembershipRow>& rows, const CatalogData& catalog) {
  json::array out;
  for (const MembershipRow& row : rows) {
    const Space* space = find_space(catalog, row.membership.space);
    if (space == nullptr) continue;
    json::object item = membership_json(row);
    item["space"] = space_brief_json(*space);
    out.push_back(std::move(item));
  }
  return out;
}

// A person's data as one JSON document, a page of deliveries at a time.
class PersonDocument {
 public:
  PersonDocument(SharedParts parts, const User& user, json::object head, CatalogData catalog)
      : parts_(std::move(parts)), head_(std::move(head)), writer_(parts_->store, std::move(catalog), true) {
    query_.email_key = identity::email_key(user.email);
  }

  Result<std::optional<std::string>> next() {
    if (done_) return std::optional<std::string>();
    std::string out;
    if (first_page_) {
      out = json::serialize(head_);
      out.pop_back();  // The closing brace.
      out += ",\"deliveries\":[";
      first_page_ = false;
    }
    const DeliveryPage page = TRY(parts_->store.search(query_));
    for (const Delivery& each : page.deliveries) {
      json::object item = TRY(writer_.brief(each));
      item["payload"] = utf8::sanitized(each.payload);
      out += first_item_ ? "\n" : ",\n";
      out += json::serialize(item);
      first_item_ = false;
    }
    query_.before = page.next;
    done_ = !page.next;
    if (done_) out += "\n]}\n";
    return std::optional<std::string>(std::move(out));
  }

 private:
  SharedParts parts_;
  json::object head_;
  DeliveryWriter writer_;
  DeliveryQuery query_;
  bool first_page_ = true;
  bool first_item_ = true;
  bool done_ = false;
};

class UserRoutes {
 public:
  explicit UserRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply list(Call& call) const {
    QueryFields query(call);
    UserPage page;
    page.limit = query.limit();
    page.search = query.text("search").value_or("");
    if (const auto space = query.id("space")) page.member_of = SpaceId{*space};
    if (const auto cursor = query.number_cursor()) page.after = UserId{*cursor};
    if (const auto problem = query.finish()) return *problem;
    const UserList found = TRY(store().list_users(page));
    json::array items;
    for (const User& user : found.users) items.push_back(user_json(user));
    json::value next(nullptr);
    if (found.next) next = std::to_string(found.next->value);
    return json_reply({{"items", std::move(items)}, {"next", std::move(next)}});
  }

  Reply show(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const std::optional<User> user = TRY(store().user_by_id(UserId{call.id()}));
    if (!user) return no_such("user");
    json::object out = user_json(*user);
    out["memberships"] = memberships_json(TRY(store().memberships(user->id)), TRY(store().load_catalog()));
    return json_reply(std::move(out));
  }

  Reply deliveries(Call& call) const {
    QueryFields fields(call);
    DeliveryQuery query;
    query.limit = fields.limit();
    query.before = fields.delivery_cursor();
    if (const auto problem = fields.finish()) return *problem;
    const std::optional<User> user = TRY(store().user_by_id(UserId{call.id()}));
    if (!user) return no_such("user");
    query.email_key = identity::email_key(user->email);
    const DeliveryPage page = TRY(store().search(query));
    DeliveryWriter writer(store(), TRY(store().load_catalog()), call.principal.may(Permission::payloads));
    json::array items;
    for (const Delivery& each : page.deliveries) items.push_back(TRY(writer.brief(each)));
    return json_reply({{"items", std::move(items)},
                       {"next", page.next ? json::value(to_text(*page.next)) : json::value(nullptr)},
                       {"searched_back_to", time_json(page.searched_back_to)}});
  }

  Reply set_membership(Call& call) const {
    const UserId user{call.id()};
    const CatalogData catalog = TRY(store().load_catalog());
    const Space* space = find_space(catalog, SpaceId{call.id(1)});
    if (space == nullptr || !TRY(store().user_by_id(user))) return no_such("user, or no such space or course");
    MembershipRow row;
    row.membership = {space->id, space->kind == SpaceKind::course ? Role::student : Role::member};
    const std::optional<MembershipRow> before = TRY(find_membership(user, space->id));
    if (before) row.membership = before->membership;
    Fields fields(call.body);
    if (const auto word = fields.text("role")) {
      const auto role = parse_role(*word);
      const Role other = space->kind == SpaceKind::course ? Role::member : Role::student;
      if (!role || *role == other) fields.wrong("role", "is no role of a " + std::string(to_word(space->kind)));
      row.membership.role = role.value_or(row.membership.role);
    }
    if (const auto word = fields.text("status")) {
      const auto status = parse_membership_status(*word);
      if (!status) fields.wrong("status", "is none of active, pending, blocked");
      row.membership.status = status.value_or(row.membership.status);
    }
    if (const auto problem = fields.finish()) return *problem;
    row.since = parts_->clock.now();
    TRY(store().set_membership(user, row.membership, row.since));
    call.audit({"membership.set", target(user), before ? audit_json(*space, *before) : json::value(nullptr),
                audit_json(*space, row)});
    json::object out = membership_json(row);
    out["space"] = space_brief_json(*space);
    return json_reply(std::move(out));
  }

  Reply remove_membership(Call& call) const {
    const UserId user{call.id()};
    const CatalogData catalog = TRY(store().load_catalog());
    const Space* space = find_space(catalog, SpaceId{call.id(1)});
    if (space == nullptr) return no_such("space or course");
    const std::optional<MembershipRow> before = TRY(find_membership(user, space->id));
    TRY(store().remove_membership(user, space->id));
    call.audit(
        {"membership.remove", target(user), before ? audit_json(*space, *before) : json::value(nullptr), nullptr});
    return no_content();
  }

  // Deliveries first, so that it can be asked for again if it is interrupted; then once more, for those that came
  // meanwhile.
  Reply erase(Call& call) const {
    const UserId id{call.id()};
    const std::optional<User> user = TRY(store().user_by_id(id));
    if (!user) return no_such("user");
    const std::string key = identity::email_key(user->email);
    Fields fields(call.body);
    const auto email = fields.text("email", {.required = true});
    if (email && identity::email_key(*email) != key) fields.wrong("email", "is not the address of this user");
    if (const auto problem = fields.finish()) return *problem;
    std::size_t erased = TRY(erase_deliveries(key));
    TRY(store().remove_user(id));
    erased += TRY(erase_deliveries(key));
    call.audit({"user.erase", target(id), nullptr, json::object{{"deliveries_erased", erased}}});
    return json_reply(json::object{{"deliveries_erased", erased}});
  }

  void download(Call& call, http::Exchange exchange) const {
    Result<std::optional<User>> user = store().user_by_id(UserId{call.id()});
    if (!user) return exchange.reply(Reply(user.error()).take());
    if (!*user) return exchange.reply(Reply(no_such("user")).take());
    const auto rows = store().memberships((*user)->id);
    Result<CatalogData> catalog = store().load_catalog();
    if (!rows) return exchange.reply(Reply(rows.error()).take());
    if (!catalog) return exchange.reply(Reply(catalog.error()).take());
    json::object head{{"exported_at", to_rfc3339(parts_->clock.now())},
                      {"user", user_json(**user)},
                      {"memberships", memberships_json(*rows, *catalog)}};
    call.audit({"user.export", target((*user)->id), nullptr, nullptr});
    const auto document = std::make_shared<PersonDocument>(parts_, **user, std::move(head), *std::move(catalog));
    parts_->sender.send(std::move(exchange), "application/json; charset=utf-8",
                        "user-" + std::to_string(call.id()) + ".json", [document] { return document->next(); });
  }

 private:
  Store& store() const { return parts_->store; }

  static json::value audit_json(const Space& space, const MembershipRow& row) {
    json::object out = space_brief_json(space);
    out["role"] = json::string_view(to_word(row.membership.role).data(), to_word(row.membership.role).size());
    out["status"] = json::string_view(to_word(row.membership.status).data(), to_word(row.membership.status).size());
    return out;
  }

  Result<std::optional<MembershipRow>> find_membership(UserId user, SpaceId space) const {
    for (const MembershipRow& row : TRY(store().memberships(user))) {
      if (row.membership.space == space) return std::optional<MembershipRow>(row);
    }
    return std::optional<MembershipRow>();
  }

  Result<std::size_t> erase_deliveries(const std::string& email_key) const {
    std::size_t erased = 0;
    std::optional<DeliveryId> before;
    do {
      const EraseProgress progress = TRY(store().erase_person(email_key, before, kErasePortion));
      erased += progress.erased;
      before = progress.next;
    } while (before);
    return erased;
  }

  SharedParts parts_;
};

}  // namespace

void add_user_routes(Routes& routes, const SharedParts& parts) {
  const UserRoutes r(parts);
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  constexpr auto kNone = Route::Body::none;
  routes.add({"GET", "/users", view, kNone, [r](Call& c) { return r.list(c); }});
  routes.add({"GET", "/users/{id}", view, kNone, [r](Call& c) { return r.show(c); }});
  routes.add({"GET", "/users/{id}/deliveries", view, kNone, [r](Call& c) { return r.deliveries(c); }});
  routes.add(
      {"PUT", "/users/{id}/memberships/{space_id}", manage, kJson, [r](Call& c) { return r.set_membership(c); }});
  routes.add(
      {"DELETE", "/users/{id}/memberships/{space_id}", manage, kNone, [r](Call& c) { return r.remove_membership(c); }});
  routes.add({"GET", "/users/{id}/export", payloads, kNone, nullptr,
              [r](Call& c, http::Exchange exchange) { r.download(c, std::move(exchange)); }});
  routes.add({"POST", "/users/{id}/erase", manage, kJson, [r](Call& c) { return r.erase(c); }});
}

}  // namespace postern
