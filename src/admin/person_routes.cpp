// What applications ask about people, and what is done for people who cannot log in.
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/time_text.h"
#include "identity/email.h"
#include "manage/people.h"
#include "manage/spaces.h"

#include <charconv>

namespace postern {
namespace {

namespace json = boost::json;

class PersonRoutes {
 public:
  explicit PersonRoutes(SharedParts parts) : parts_(std::move(parts)) {}

  Reply memberships(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const std::optional<User> user = TRY(find(call.path[0]));
    if (!user) return no_such("user");
    const CatalogData catalog = TRY(store().load_catalog());
    json::array items;
    for (const MembershipRow& row : TRY(store().memberships(user->id))) {
      const Space* space = find_space(catalog, row.membership.space);
      if (space == nullptr) continue;
      json::object item = membership_json(row);
      item["space"] = space_brief_json(*space);
      items.push_back(std::move(item));
    }
    return json_reply({{"user", user_json(*user)}, {"items", std::move(items)}});
  }

  Reply make_link(Call& call) const {
    const std::optional<User> user = TRY(find(call.path[0]));
    if (!user) return no_such("user");
    const UserLinkPolicy policy{parts_->base_url(), parts_->effective.settings.portal.link_lifetime};
    const MadeUserLink made =
        TRY(make_user_link(store(), parts_->vault, parts_->random, parts_->clock.now(), user->id, policy));
    call.audit({"user.password_link", target(user->id), nullptr, nullptr});
    return json_reply({{"link", made.url}, {"expires_at", to_rfc3339(made.link.expires_at)}}, 201);
  }

  Reply end_sessions(Call& call) const {
    const std::optional<User> user = TRY(find(call.path[0]));
    if (!user) return no_such("user");
    const std::size_t ended = TRY(store().remove_user_sessions(user->id));
    call.audit({"user.sessions_end", target(user->id), {{"sessions", ended}}, nullptr});
    return no_content();
  }

 private:
  Store& store() const { return parts_->store; }

  static std::string target(UserId id) { return "user " + std::to_string(id.value); }

  // By number or by e-mail address.
  Result<std::optional<User>> find(const std::string& who) const {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(who.data(), who.data() + who.size(), number);
    if (error == std::errc() && end == who.data() + who.size()) return store().user_by_id(UserId{number});
    return store().find_user(identity::email_key(who));
  }

  SharedParts parts_;
};

}  // namespace

void add_person_routes(Routes& routes, const SharedParts& parts) {
  const PersonRoutes r(parts);
  using enum Permission;
  constexpr auto kNone = Route::Body::none;
  routes.add({"GET", "/users/{user}/memberships", view, kNone, [r](Call& c) { return r.memberships(c); }});
  routes.add({"POST", "/users/{user}/password-link", manage, kNone, [r](Call& c) { return r.make_link(c); }});
  routes.add({"DELETE", "/users/{user}/sessions", manage, kNone, [r](Call& c) { return r.end_sessions(c); }});
}

}  // namespace postern
