#include "cli/space_commands.h"

#include "base/time_text.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "manage/spaces.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postern {
namespace {

Result<void> apply(const SpaceFlags& flags, Space& space) {
  if (flags.title) {
    const bool bad =
        flags.title->empty() || flags.title->size() > kMaxTitleBytes || printable(*flags.title) != *flags.title;
    if (bad) return Error{Errc::invalid, "--title must be 1 to 200 bytes of text without control characters.", ""};
    space.title = *flags.title;
  }
  if (flags.slug) {
    if (!is_slug(*flags.slug)) return Error{Errc::invalid, "--slug must be 1 to 100 of a-z, 0-9 and '-'.", ""};
    space.slug = *flags.slug;
  }
  if (flags.privacy) {
    const auto privacy = parse_privacy(*flags.privacy);
    if (!privacy) return Error{Errc::invalid, "--privacy must be public, private or secret.", ""};
    space.privacy = *privacy;
  }
  if (flags.approval) space.needs_approval = *flags.approval;
  if (flags.archived) space.archived = *flags.archived;
  return {};
}

void print_space(const Context& context, const Space& space, std::string_view done) {
  if (context.json) return print_json(to_json(space));
  print_line(fmt::format("{} {} '{}' ({}, number {}).", done, to_word(space.kind), printable(space.title), space.slug,
                         space.id.value));
}

}  // namespace

Result<void> add_space(Context& context, SpaceKind kind, const SpaceFlags& flags) {
  SqliteStore& store = *TRY(context.store(true));
  Space space;
  space.kind = kind;
  space.created_at = context.clock.now();
  TRY(apply(flags, space));
  if (space.slug.empty()) {
    const CatalogData catalog = TRY(store.load_catalog());
    space.slug = make_slug(catalog, kind, space.title);
  }
  space.id = TRY(store.add_space(space));
  print_space(context, space, "Added");
  return {};
}

Result<void> list_spaces(Context& context, SpaceKind kind) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  boost::json::array list;
  std::vector<std::vector<std::string>> rows;
  for (const Space& space : catalog.spaces) {
    if (space.kind != kind) continue;
    list.push_back(to_json(space));
    std::string notes = space.needs_approval ? "needs approval" : "";
    if (space.archived) notes += notes.empty() ? "archived" : ", archived";
    rows.push_back({std::to_string(space.id.value), space.slug, printable(space.title),
                    std::string(to_word(space.privacy)), notes});
  }
  if (context.json) {
    print_json(list);
  } else {
    print_table({"NUMBER", "SLUG", "TITLE", "PRIVACY", "NOTES"}, rows,
                fmt::format("There is none yet. Make one with: postern {} add --title …", to_word(kind)));
  }
  return {};
}

Result<void> show_space(Context& context, SpaceKind kind, const std::string& name) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  const Space space = TRY(find_space(catalog, kind, name));
  if (context.json) {
    print_json(to_json(space));
    return {};
  }
  print_line(fmt::format("{} {} '{}'", to_word(kind), space.id.value, printable(space.title)));
  print_line(fmt::format("slug      {}\nprivacy   {}\napproval  {}\narchived  {}\ncreated   {}", space.slug,
                         to_word(space.privacy), space.needs_approval ? "needed" : "not needed",
                         space.archived ? "yes" : "no", to_rfc3339(space.created_at)));
  return {};
}

Result<void> edit_space(Context& context, SpaceKind kind, const std::string& name, const SpaceFlags& flags) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  Space space = TRY(find_space(catalog, kind, name));
  TRY(apply(flags, space));
  TRY(store.update_space(space));
  print_space(context, space, flags.archived && *flags.archived ? "Archived" : "Changed");
  return {};
}

Result<void> remove_space(Context& context, SpaceKind kind, const std::string& name) {
  SqliteStore& store = *TRY(context.store());
  const CatalogData catalog = TRY(store.load_catalog());
  const Space space = TRY(find_space(catalog, kind, name));
  std::string webhooks;
  for (const std::string& webhook : webhooks_naming(catalog, space.id)) {
    webhooks += (webhooks.empty() ? "" : ", ") + printable(webhook);
  }
  TRY(confirm(context, fmt::format("Remove {} '{}' with all its memberships?{}", to_word(kind), printable(space.title),
                                   webhooks.empty() ? "" : " These webhooks name it: " + webhooks + ".")));
  TRY(store.remove_space(space.id));
  print_space(context, space, "Removed");
  return {};
}

}  // namespace postern
