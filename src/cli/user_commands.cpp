#include "cli/user_commands.h"

#include "base/time_text.h"
#include "cli/output.h"
#include "identity/email.h"
#include "manage/people.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postern {
namespace {

Result<User> find_user(SqliteStore& store, const std::string& email) {
  const std::optional<User> user = TRY(store.find_user(identity::email_key(email)));
  if (user) return *user;
  return Error{
      Errc::not_found,
      fmt::format("Nobody has the address {}. `postern user list --search …` finds addresses by their beginning.",
                  printable(email)),
      ""};
}

struct Place {
  const Space* space;
  MembershipRow row;
};

Result<std::vector<Place>> places_of(SqliteStore& store, const CatalogData& catalog, UserId user) {
  std::vector<Place> out;
  for (const MembershipRow& row : TRY(store.memberships(user))) {
    const auto it = std::find_if(catalog.spaces.begin(), catalog.spaces.end(),
                                 [&](const Space& space) { return space.id == row.membership.space; });
    if (it != catalog.spaces.end()) out.push_back({&*it, row});
  }
  return out;
}

boost::json::array places_json(const std::vector<Place>& places, SpaceKind kind) {
  boost::json::array out;
  for (const Place& place : places) {
    if (place.space->kind != kind) continue;
    out.push_back({{"slug", place.space->slug},
                   {"role", std::string(to_word(place.row.membership.role))},
                   {"status", std::string(to_word(place.row.membership.status))},
                   {"since", to_rfc3339(place.row.since)},
                   {"because_of", place.row.because_of ? boost::json::value(to_text(*place.row.because_of))
                                                       : boost::json::value(nullptr)}});
  }
  return out;
}

Result<SpaceId> space_or_course(const CatalogData& catalog, const std::string& name) {
  if (auto space = find_space(catalog, SpaceKind::space, name)) return space->id;
  return TRY(find_space(catalog, SpaceKind::course, name)).id;
}

}  // namespace

Result<void> list_users(Context& context, const UserListFlags& flags) {
  SqliteStore& store = *TRY(context.store());
  UserPage page;
  page.limit = flags.limit;
  page.search = flags.search;
  if (flags.after > 0) page.after = UserId{flags.after};
  if (!flags.space.empty()) {
    const CatalogData catalog = TRY(store.load_catalog());
    page.member_of = TRY(space_or_course(catalog, flags.space));
  }
  const UserList found = TRY(store.list_users(page));
  const std::vector<User>& users = found.users;
  boost::json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const User& user : users) {
    list.push_back(to_json(user));
    rows.push_back({std::to_string(user.id.value), printable(user.email), printable(user.login),
                    printable(user.display_name), to_rfc3339(user.created_at)});
  }
  if (context.json) {
    print_json(list);
    return {};
  }
  print_table({"NUMBER", "E-MAIL", "LOGIN", "NAME", "SINCE"}, rows, "Nobody was found.");
  if (found.next) {
    print_message(fmt::format("There may be more: --after {} shows the next page.", found.next->value));
  }
  return {};
}

Result<void> show_user(Context& context, const std::string& email) {
  SqliteStore& store = *TRY(context.store());
  const User user = TRY(find_user(store, email));
  const CatalogData catalog = TRY(store.load_catalog());
  const std::vector<Place> places = TRY(places_of(store, catalog, user.id));
  if (context.json) {
    boost::json::object out = to_json(user);
    out["spaces"] = places_json(places, SpaceKind::space);
    out["courses"] = places_json(places, SpaceKind::course);
    print_json(out);
    return {};
  }
  print_line(fmt::format("user {} {}\nlogin    {}\nname     {}\ncreated  {}", user.id.value, printable(user.email),
                         printable(user.login), printable(user.display_name), to_rfc3339(user.created_at)));
  if (user.administrator) print_line("         administrator of the site");
  std::vector<std::vector<std::string>> rows;
  rows.reserve(places.size());
  for (const Place& place : places) {
    rows.push_back({place.space->slug, std::string(to_word(place.space->kind)),
                    std::string(to_word(place.row.membership.role)), std::string(to_word(place.row.membership.status)),
                    to_rfc3339(place.row.since),
                    place.row.because_of ? "delivery " + to_text(*place.row.because_of) : "by hand"});
  }
  print_line("");
  print_table({"IN", "KIND", "ROLE", "STATUS", "SINCE", "BECAUSE OF"}, rows, "Is in no space and no course.");
  return {};
}

Result<void> edit_user(Context& context, const std::string& email, bool administrator) {
  SqliteStore& store = *TRY(context.store());
  const User user = TRY(find_user(store, email));
  TRY(store.set_administrator(user.id, administrator));
  return show_user(context, email);
}

Result<void> link_user(Context& context, const std::string& email) {
  SqliteStore& store = *TRY(context.store());
  const KeyVault vault = TRY(context.vault());
  const User user = TRY(find_user(store, email));
  const UserLinkPolicy policy{context.base_url(), context.effective.settings.portal.link_lifetime};
  const MadeUserLink made = TRY(make_user_link(store, vault, context.random, context.clock.now(), user.id, policy));
  if (context.json) {
    print_json(boost::json::object{{"link", made.url}, {"expires_at", to_rfc3339(made.link.expires_at)}});
    return {};
  }
  print_line(made.url);
  print_message(fmt::format("Whoever opens it sets the password of {}. It works once, until {}.", printable(user.email),
                            to_rfc3339(made.link.expires_at)));
  return {};
}

Result<void> remove_user(Context& context, const std::string& email) {
  SqliteStore& store = *TRY(context.store());
  const User user = TRY(find_user(store, email));
  const std::size_t places = TRY(store.memberships(user.id)).size();
  TRY(confirm(context, fmt::format("Remove {} with {} membership(s)?", printable(user.email), places)));
  TRY(store.remove_user(user.id));
  if (context.json) {
    print_json(to_json(user));
  } else {
    print_line(fmt::format("Removed {}. Deliveries stay in the log.", printable(user.email)));
  }
  return {};
}

}  // namespace postern
