// What the command line and the admin API both know about making and naming spaces and courses.
#pragma once

#include "model/space.h"
#include "store/catalog_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace postern {

constexpr std::size_t kMaxTitleBytes = 200;
constexpr std::size_t kMaxSlugBytes = 100;

// 1 to 100 of a-z, 0-9 and '-'.
bool is_slug(std::string_view text);

// A free slug made of the title: "VIP Lounge!" → "vip-lounge", or "vip-lounge-2". Of a title without a usable letter:
// the word for the kind.
std::string make_slug(const CatalogData& catalog, SpaceKind kind, std::string_view title);

const Space* find_space(const CatalogData& catalog, SpaceId id);
const Webhook* find_webhook(const CatalogData& catalog, WebhookId id);

// What people call it: its title; if it is gone, the slug it had, or its number.
std::string title_of(const CatalogData& catalog, SpaceId id, std::string_view slug);

// The names of the webhooks that add to it or remove from it.
std::vector<std::string> webhooks_naming(const CatalogData& catalog, SpaceId id);

}  // namespace postern
