// What the command line and the admin API both know about making webhooks and their URLs.
#pragma once

#include "base/random.h"
#include "crypto/key_vault.h"
#include "store/store.h"

#include <chrono>
#include <string>

namespace postern {

constexpr std::size_t kMaxNameBytes = 200;

struct MadeWebhook {
  Webhook webhook;
  std::string url;  // A secret.
};
// Adds the webhook to the store with a first key. Errors: those of the store.
Result<MadeWebhook> make_webhook(Store& store, const KeyVault& vault, Random& random, Webhook webhook,
                                 const std::string& base_url);

// Puts a new key before the others, which are accepted until `grace` is over at the latest, and returns it. Nothing is
// stored.
Secret add_key(Webhook& webhook, const KeyVault& vault, Random& random, WallTime now, std::chrono::seconds grace);

// The URL with the newest key. Errors: invalid (the key file is another one), not_found (there is no key).
Result<std::string> url_of(const Webhook& webhook, const KeyVault& vault, const std::string& base_url);

// "adds to premium; enrolls in rust-101; sends the welcome e-mail"
std::string effects_in_words(const CatalogData& catalog, const Effects& effects);
// The same, and what its product map opens: "adds to premium; opens gold for product price_1"
std::string webhook_in_words(const CatalogData& catalog, const Webhook& webhook);
// "vip-lounge, rust-101"
std::string product_in_words(const CatalogData& catalog, const ProductEffects& product);

}  // namespace postern
