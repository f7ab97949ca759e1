// Spaces and courses, and who is in them.
#include "admin/fields.h"
#include "admin/query_fields.h"
#include "admin/resource_routes.h"
#include "admin/to_json.h"
#include "base/ascii.h"
#include "manage/spaces.h"

#include <algorithm>

namespace postern {
namespace {

namespace json = boost::json;

class SpaceRoutes {
 public:
  SpaceRoutes(SharedParts parts, SpaceKind kind) : parts_(std::move(parts)), kind_(kind) {}

  Reply list(Call& call) const {
    QueryFields query(call);
    const std::string search = ascii_lower(query.text("search").value_or(""));
    const std::optional<bool> archived = query.boolean("archived");
    if (const auto problem = query.finish()) return *problem;
    const CatalogData catalog = TRY(store().load_catalog());
    const std::map<SpaceId, std::int64_t> members = TRY(store().member_counts());
    json::array items;
    for (const Space& space : catalog.spaces) {
      if (space.kind != kind_ || (archived && space.archived != *archived)) continue;
      const bool found =
          ascii_lower(space.title).find(search) != std::string::npos || space.slug.find(search) != std::string::npos;
      if (!found) continue;
      const auto count = members.find(space.id);
      items.push_back(space_json(space, count == members.end() ? 0 : count->second));
    }
    return json_reply(json::object{{"items", std::move(items)}});
  }

  Reply show(Call& call) const {
    QueryFields query(call);
    if (const auto problem = query.finish()) return *problem;
    const CatalogData catalog = TRY(store().load_catalog());
    const Space* space = find(catalog, call);
    if (space == nullptr) return missing();
    return resource_reply(TRY(with_members(*space)));
  }

  Reply add(Call& call) const {
    const CatalogData catalog = TRY(store().load_catalog());
    Space space;
    space.kind = kind_;
    space.created_at = parts_->clock.now();
    if (const auto problem = read(call, true, space)) return *problem;
    if (space.slug.empty()) space.slug = make_slug(catalog, kind_, space.title);
    space.id = TRY(store().add_space(space));
    call.audit({action("add"), target(space), nullptr, editable_json(space)});
    return resource_reply(TRY(with_members(space)), 201);
  }

  Reply edit(Call& call) const {
    const CatalogData catalog = TRY(store().load_catalog());
    const Space* before = find(catalog, call);
    if (before == nullptr) return missing();
    if (auto problem = check_if_match(call, etag_of(*before), TRY(with_members(*before)))) return *problem;
    Space space = *before;
    if (const auto problem = read(call, false, space)) return *problem;
    TRY(store().update_space(space, catalog.generation));
    call.audit({action("edit"), target(space), editable_json(*before), editable_json(space)});
    return resource_reply(TRY(with_members(space)));
  }

  Reply remove(Call& call) const {
    const CatalogData catalog = TRY(store().load_catalog());
    const Space* space = find(catalog, call);
    if (space == nullptr) return missing();
    if (auto problem = check_if_match(call, etag_of(*space), TRY(with_members(*space)))) return *problem;
    TRY(store().remove_space(space->id, catalog.generation));
    call.audit({action("remove"), target(*space), editable_json(*space), nullptr});
    return no_content();
  }

  Reply members(Call& call) const {
    QueryFields query(call);
    const std::size_t limit = query.limit();
    const UserId after{query.number_cursor().value_or(0)};
    if (const auto problem = query.finish()) return *problem;
    const CatalogData catalog = TRY(store().load_catalog());
    const Space* space = find(catalog, call);
    if (space == nullptr) return missing();
    std::vector<Member> found = TRY(store().members(space->id, after, limit + 1));  // One more: is there a next page?
    const bool more = found.size() > limit;
    if (more) found.pop_back();
    json::array items;
    for (const Member& each : found) {
      json::object item = membership_json(each.row);
      item["user"] = user_json(each.user);
      items.push_back(std::move(item));
    }
    json::value next(nullptr);
    if (more) next = std::to_string(found.back().user.id.value);
    return json_reply({{"items", std::move(items)}, {"next", std::move(next)}});
  }

 private:
  Store& store() const { return parts_->store; }
  Problem missing() const { return no_such(to_word(kind_)); }
  std::string action(std::string_view verb) const { return std::string(to_word(kind_)) + "." + std::string(verb); }
  std::string target(const Space& space) const {
    return std::string(to_word(kind_)) + " " + std::to_string(space.id.value);
  }
  const Space* find(const CatalogData& catalog, const Call& call) const {
    const Space* space = find_space(catalog, SpaceId{call.id()});
    return space != nullptr && space->kind == kind_ ? space : nullptr;
  }
  Result<json::object> with_members(const Space& space) const {
    const std::map<SpaceId, std::int64_t> members = TRY(store().member_counts());
    const auto count = members.find(space.id);
    return space_json(space, count == members.end() ? 0 : count->second);
  }

  static std::optional<Problem> read(Call& call, bool is_new, Space& space) {
    Fields fields(call.body);
    if (auto title = fields.text("title", {.required = is_new, .max = kMaxTitleBytes})) space.title = *std::move(title);
    if (auto slug = fields.text("slug")) {
      if (!is_slug(*slug)) fields.wrong("slug", "is not 1 to 100 of a-z, 0-9 and '-'");
      space.slug = *std::move(slug);
    }
    if (const auto word = fields.text("privacy")) {
      const auto privacy = parse_privacy(*word);
      if (!privacy) fields.wrong("privacy", "is none of public, private, secret");
      space.privacy = privacy.value_or(space.privacy);
    }
    if (const auto approval = fields.boolean("needs_approval")) space.needs_approval = *approval;
    if (!is_new) {
      if (const auto archived = fields.boolean("archived")) space.archived = *archived;
    }
    return fields.finish();
  }

  SharedParts parts_;
  SpaceKind kind_;
};

}  // namespace

void add_space_routes(Routes& routes, const SharedParts& parts) {
  struct Patterns {
    SpaceKind kind;
    std::string_view all;
    std::string_view one;
    std::string_view members;
  };
  using enum Permission;
  constexpr auto kJson = Route::Body::json;
  constexpr auto kNone = Route::Body::none;
  for (const Patterns& p : {Patterns{SpaceKind::space, "/spaces", "/spaces/{id}", "/spaces/{id}/members"},
                            Patterns{SpaceKind::course, "/courses", "/courses/{id}", "/courses/{id}/members"}}) {
    const SpaceRoutes r(parts, p.kind);
    routes.add({"GET", p.all, view, kNone, [r](Call& c) { return r.list(c); }});
    routes.add({"POST", p.all, manage, kJson, [r](Call& c) { return r.add(c); }});
    routes.add({"GET", p.one, view, kNone, [r](Call& c) { return r.show(c); }});
    routes.add({"PATCH", p.one, manage, kJson, [r](Call& c) { return r.edit(c); }});
    routes.add({"DELETE", p.one, manage, kNone, [r](Call& c) { return r.remove(c); }});
    routes.add({"GET", p.members, view, kNone, [r](Call& c) { return r.members(c); }});
  }
}

}  // namespace postern
