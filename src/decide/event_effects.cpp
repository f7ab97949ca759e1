#include "decide/event_effects.h"

#include <algorithm>

namespace postern {
namespace {

void append_new(std::vector<SpaceId>& out, const std::vector<SpaceId>& more) {
  for (const SpaceId id : more) {
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& each : texts) out += (out.empty() ? "" : ", ") + each;
  return out;
}

// What the map opens for these products. False: it knows none of them.
bool open_products(const std::vector<ProductEffects>& map, const std::vector<std::string>& products, Effects& out) {
  bool known = false;
  for (const ProductEffects& each : map) {
    if (std::find(products.begin(), products.end(), each.product) == products.end()) continue;
    append_new(out.add_courses, each.courses);
    append_new(out.add_spaces, each.spaces);
    known = true;
  }
  return known;
}

bool is_empty(const Effects& effects) {
  return effects.add_courses.empty() && effects.remove_courses.empty() && effects.add_spaces.empty() &&
         effects.remove_spaces.empty();
}

std::string no_product(const Notice& notice) {
  if (notice.products.empty()) return "The event names no product, and this webhook opens spaces by product only.";
  return "None of the event's products (" + joined(notice.products) + ") is in the product map of this webhook.";
}

}  // namespace

EventEffects effects_of(const Webhook& webhook, const Notice& notice) {
  EventEffects out;
  if (notice.action == SourceAction::ignore || notice.action == SourceAction::link) {
    out.may_create = false;
    out.nothing_because = notice.ignored_because;
    return out;
  }
  Effects opened = webhook.effects;
  const bool known = open_products(webhook.source.products, notice.products, opened);
  if (!known && !webhook.source.products.empty() && is_empty(webhook.effects)) {
    out.may_create = false;
    out.nothing_because = no_product(notice);
    return out;
  }
  if (notice.action == SourceAction::grant) {
    out.effects = std::move(opened);
    return out;
  }
  out.may_create = false;
  append_new(out.effects.remove_courses, opened.remove_courses);
  append_new(out.effects.remove_courses, opened.add_courses);
  append_new(out.effects.remove_spaces, opened.remove_spaces);
  append_new(out.effects.remove_spaces, opened.add_spaces);
  if (is_empty(out.effects)) out.nothing_because = "This webhook names no space or course, so nothing is taken away.";
  return out;
}

}  // namespace postern
