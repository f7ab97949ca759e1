#include "manage/setting_faults.h"

#include "base/time_text.h"
#include "manage/presets.h"
#include "manage/spaces.h"
#include "source/condition.h"

#include <algorithm>
#include <string_view>

namespace postern {
namespace {

using Faults = std::vector<SettingFault>;

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// A type, a product, a network: in a list that names each once and has an end.
template <class List, class Name>
void check_names(Faults& faults, const char* setting, const List& list, std::size_t most, Name name) {
  if (list.size() > most) faults.push_back({setting, "has more than " + std::to_string(most) + " entries"});
  for (auto it = list.begin(); it != list.end(); ++it) {
    const std::string text = name(*it);
    if (text.empty()) faults.push_back({setting, "has an entry without a name"});
    if (text.size() > kMaxSettingBytes) faults.push_back({setting, "has a name of more than 1024 bytes"});
    const auto same = [&](const auto& other) { return name(other) == text; };
    if (std::find_if(list.begin(), it, same) != it) faults.push_back({setting, "names " + in_quotes(text) + " twice"});
  }
}

void check_conditions(Faults& faults, const std::vector<WebhookCondition>& conditions) {
  constexpr auto kSetting = "source.conditions";
  if (conditions.size() > kMaxConditions) {
    faults.push_back({kSetting, "has more than " + std::to_string(kMaxConditions) + " entries"});
  }
  for (const WebhookCondition& each : conditions) {
    const auto is_long = [](const std::string& text) { return text.size() > kMaxSettingBytes; };
    if (each.values.size() > kMaxConditionValues || std::any_of(each.values.begin(), each.values.end(), is_long)) {
      faults.push_back({kSetting, "has more than 200 values in one condition, or one of more than 1024 bytes"});
      continue;
    }
    const auto made = make_condition(each.subject, each.op, each.values);
    if (!made) faults.push_back({kSetting, made.error().message});
  }
}

void check_spaces(Faults& faults, const CatalogData& catalog, SpaceKind kind, const std::vector<SpaceId>& before,
                  const ProductEffects& product, const std::vector<SpaceId>& after) {
  for (auto it = after.begin(); it != after.end(); ++it) {
    const std::string name = std::to_string(it->value) + " for " + in_quotes(product.product);
    if (std::find(after.begin(), it, *it) != it) faults.push_back({"source.products", "names " + name + " twice"});
    const Space* space = find_space(catalog, *it);
    const bool known = std::find(before.begin(), before.end(), *it) != before.end();
    if (!known && (space == nullptr || space->kind != kind)) {
      faults.push_back({"source.products", "names " + name + ", which is no " + std::string(to_word(kind))});
    }
  }
}

void check_products(Faults& faults, const CatalogData& catalog, const SourceSettings& before,
                    const SourceSettings& after) {
  check_names(faults, "source.products", after.products, kMaxProductEffects,
              [](const ProductEffects& each) { return each.product; });
  for (const ProductEffects& product : after.products) {
    const auto old = std::find_if(before.products.begin(), before.products.end(),
                                  [&](const ProductEffects& each) { return each.product == product.product; });
    const ProductEffects was = old == before.products.end() ? ProductEffects() : *old;
    check_spaces(faults, catalog, SpaceKind::space, was.spaces, product, product.spaces);
    check_spaces(faults, catalog, SpaceKind::course, was.courses, product, product.courses);
  }
}

// A form says who it is about and nothing of events: what is about those would never come to bear.
void check_form(Faults& faults, const SourceSettings& source) {
  const auto empty = [&](bool is_empty, const char* setting) {
    if (!is_empty) faults.push_back({setting, "is of no use with the source 'form', which has no events"});
  };
  empty(source.events.empty(), "source.events");
  empty(source.products.empty(), "source.products");
  empty(!source.url_action, "source.url_action");
  empty(source.webhook_id.empty(), "source.webhook_id");
}

void check_preset(Faults& faults, const Preset& preset, const SourceSettings& source) {
  if (preset.url_action && !source.url_action) {
    faults.push_back({"source.url_action", "is missing: requests of " + preset.title +
                                               " do not say what happened, so say what they mean here"});
  }
  if (!preset.url_action && source.url_action) {
    faults.push_back({"source.url_action", "is given, but requests of " + preset.title + " say what happened"});
  }
  if (!needs_webhook_id(preset) && !source.webhook_id.empty()) {
    faults.push_back({"source.webhook_id", "is given, but " + preset.title + " signs no such id"});
  }
  if (source.webhook_id.size() > kMaxSettingBytes) {
    faults.push_back({"source.webhook_id", "is longer than 1024 bytes"});
  }
}

void check_rate(Faults& faults, const char* setting, const RateLimit& rate) {
  if (rate.per_minute > kMaxRate || rate.burst > kMaxRate) {
    faults.push_back({setting, "is more than " + std::to_string(kMaxRate) + " requests"});
  }
  if (rate.per_minute == 0 && rate.burst != 0) faults.push_back({setting, "has a burst but no requests a minute"});
}

bool has_valid_secret(const SourceSettings& source, WallTime now) {
  return std::any_of(source.secrets.begin(), source.secrets.end(),
                     [&](const SourceSecret& each) { return !each.expires_at || *each.expires_at > now; });
}

}  // namespace

Faults source_faults(const PresetLibrary& presets, const CatalogData& catalog, const SourceSettings& before,
                     const SourceSettings& after) {
  Faults faults;
  if (after.name == kFormSource) {
    check_form(faults, after);
    check_conditions(faults, after.conditions);
    return faults;
  }
  const auto found = presets.find(after.name);
  if (found && found->preset != nullptr) {
    check_preset(faults, *found->preset, after);
  } else if (after.name != before.name) {
    const std::string why =
        found ? "whose preset cannot be used: " + found->problem : "which is no source that there is";
    faults.push_back({"source.name", "is " + in_quotes(after.name) + ", " + why});
  }
  check_names(faults, "source.events", after.events, kMaxEventMeanings,
              [](const EventMeaning& each) { return each.type; });
  check_conditions(faults, after.conditions);
  check_products(faults, catalog, before, after);
  return faults;
}

Faults protection_faults(const Protection& before, const Protection& after, WallTime now) {
  Faults faults;
  check_names(faults, "protection.networks", after.networks, kMaxNetworks,
              [](const IpNetwork& each) { return each.to_text(); });
  check_rate(faults, "protection.webhook_rate", after.webhook_rate);
  check_rate(faults, "protection.address_rate", after.address_rate);
  if (after.expires_at && after.expires_at != before.expires_at && *after.expires_at <= now) {
    faults.push_back({"protection.expires_at",
                      "is over already: " + to_rfc3339(*after.expires_at) + ". To switch it off now, disable it"});
  }
  return faults;
}

bool lacks_secret(const PresetLibrary& presets, const SourceSettings& source, WallTime now) {
  const auto preset = usable_preset(presets, source.name);
  return preset != nullptr && needs_secret(*preset) && !has_valid_secret(source, now);
}

std::vector<std::string> source_warnings(const PresetLibrary& presets, const SourceSettings& source, WallTime now) {
  std::vector<std::string> out;
  if (source.name == kFormSource) return out;
  const auto preset = usable_preset(presets, source.name);
  if (preset == nullptr) {
    out.push_back("There is no preset '" + source.name +
                  "' that can be used any more, so requests cannot be read. Choose another source, or mend its file.");
    return out;
  }
  if (lacks_secret(presets, source, now)) {
    out.push_back("No secret is kept, so every request will be refused (401). " + preset->secret_hint);
  } else if (preset->verify.optional && !has_valid_secret(source, now)) {
    out.push_back("No secret is kept, so only the URL protects this webhook. " + preset->secret_hint);
  }
  if (needs_webhook_id(*preset) && source.webhook_id.empty()) {
    out.push_back(preset->title + " signs what it calls this webhook; without that id every request will be refused.");
  }
  if (!preset->callback.empty()) out.push_back("What its requests may lack: " + preset->callback);
  return out;
}

}  // namespace postern
