#include "manage/spaces.h"

#include <algorithm>

namespace postern {
namespace {

bool is_slug_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

std::string slug_from(std::string_view title) {
  constexpr std::size_t kRoomForANumber = 8;
  std::string out;
  for (const char raw : title) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    const bool good = is_slug_char(c) && c != '-';
    if (good) out += c;
    if (!good && !out.empty() && out.back() != '-') out += '-';
  }
  if (out.size() > kMaxSlugBytes - kRoomForANumber) out.resize(kMaxSlugBytes - kRoomForANumber);
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

}  // namespace

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSlugBytes && std::all_of(text.begin(), text.end(), is_slug_char);
}

std::string make_slug(const CatalogData& catalog, SpaceKind kind, std::string_view title) {
  std::string base = slug_from(title);
  if (base.empty()) base = to_word(kind);
  const auto taken = [&](const std::string& slug) {
    return std::any_of(catalog.spaces.begin(), catalog.spaces.end(), [&](const Space& s) { return s.slug == slug; });
  };
  std::string slug = base;
  for (int n = 2; taken(slug); ++n) slug = base + "-" + std::to_string(n);
  return slug;
}

const Space* find_space(const CatalogData& catalog, SpaceId id) {
  const auto it =
      std::find_if(catalog.spaces.begin(), catalog.spaces.end(), [&](const Space& s) { return s.id == id; });
  return it == catalog.spaces.end() ? nullptr : &*it;
}

const Webhook* find_webhook(const CatalogData& catalog, WebhookId id) {
  const auto& all = catalog.webhooks;
  const auto it = std::find_if(all.begin(), all.end(), [&](const Webhook& each) { return each.id == id; });
  return it == all.end() ? nullptr : &*it;
}

std::string title_of(const CatalogData& catalog, SpaceId id, std::string_view slug) {
  if (const Space* space = find_space(catalog, id)) return space->title;
  return slug.empty() ? "number " + std::to_string(id.value) : std::string(slug);
}

std::vector<std::string> webhooks_naming(const CatalogData& catalog, SpaceId id) {
  std::vector<std::string> out;
  for (const Webhook& webhook : catalog.webhooks) {
    const Effects& e = webhook.effects;
    for (const auto* list : {&e.add_spaces, &e.remove_spaces, &e.add_courses, &e.remove_courses}) {
      if (std::find(list->begin(), list->end(), id) == list->end()) continue;
      out.push_back(webhook.name);
      break;
    }
  }
  return out;
}

}  // namespace postern
