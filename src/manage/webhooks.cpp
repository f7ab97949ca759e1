#include "manage/webhooks.h"

#include "manage/spaces.h"
#include "pipeline/route.h"

#include <algorithm>
#include <string_view>

namespace postern {
namespace {

std::string names_of(const CatalogData& catalog, const std::vector<SpaceId>& ids) {
  std::string out;
  for (const SpaceId id : ids) {
    const Space* space = find_space(catalog, id);
    if (!out.empty()) out += ", ";
    out += space == nullptr ? "number " + std::to_string(id.value) + " (gone)" : space->slug;
  }
  return out;
}

WebhookKey new_key(const KeyVault& vault, Random& random, const Secret& key, KeyId id, WallTime now) {
  return {.id = id, .hash = vault.hash(key.reveal()), .sealed = vault.seal(key, random), .created_at = now};
}

}  // namespace

Result<MadeWebhook> make_webhook(Store& store, const KeyVault& vault, Random& random, Webhook webhook,
                                 const std::string& base_url) {
  const Secret key = make_webhook_key(random);
  webhook.keys = {new_key(vault, random, key, KeyId{1}, webhook.created_at)};
  webhook.id = TRY(store.add_webhook(webhook));
  return MadeWebhook{std::move(webhook), webhook_url(base_url, key.reveal())};
}

Secret add_key(Webhook& webhook, const KeyVault& vault, Random& random, WallTime now, std::chrono::seconds grace) {
  const WallTime end = now + grace;
  KeyId next{1};
  for (WebhookKey& key : webhook.keys) {
    next.value = std::max(next.value, key.id.value + 1);
    if (!key.expires_at || *key.expires_at > end) key.expires_at = end;
  }
  Secret key = make_webhook_key(random);
  webhook.keys.insert(webhook.keys.begin(), new_key(vault, random, key, next, now));
  return key;
}

Result<std::string> url_of(const Webhook& webhook, const KeyVault& vault, const std::string& base_url) {
  if (webhook.keys.empty()) return Error{Errc::not_found, "This webhook has no key. Rotate it to make one.", ""};
  const Secret key = TRY(vault.unseal(webhook.keys.front().sealed));
  return webhook_url(base_url, key.reveal());
}

std::string effects_in_words(const CatalogData& catalog, const Effects& effects) {
  std::string out;
  const auto add = [&](const std::string& words) { out += (out.empty() ? "" : "; ") + words; };
  const auto say = [&](const char* verb, const std::vector<SpaceId>& ids) {
    if (!ids.empty()) add(verb + (" " + names_of(catalog, ids)));
  };
  say("enrolls in", effects.add_courses);
  say("unenrolls from", effects.remove_courses);
  say("adds to", effects.add_spaces);
  say("removes from", effects.remove_spaces);
  if (effects.welcome_email) add("sends the welcome e-mail");
  return out.empty() ? "only creates users" : out;
}

std::string product_in_words(const CatalogData& catalog, const ProductEffects& product) {
  std::vector<SpaceId> all = product.spaces;
  all.insert(all.end(), product.courses.begin(), product.courses.end());
  return all.empty() ? "nothing" : names_of(catalog, all);
}

std::string webhook_in_words(const CatalogData& catalog, const Webhook& webhook) {
  constexpr std::size_t kMostProducts = 3;  // More make a line that nobody reads.
  const auto& products = webhook.source.products;
  std::string out;
  if (products.empty() || webhook.effects != Effects()) out = effects_in_words(catalog, webhook.effects);
  for (std::size_t i = 0; i < std::min(products.size(), kMostProducts); ++i) {
    out += (out.empty() ? "opens "
            : i == 0    ? "; opens "
                        : ", ") +
           product_in_words(catalog, products[i]) + " for product " + products[i].product;
  }
  if (products.size() > kMostProducts) out += " and for " + std::to_string(products.size() - kMostProducts) + " more";
  return out;
}

}  // namespace postern
