// Spaces, courses and webhooks from the rows of FluentCommunity and from what Postern keeps beside them.
#pragma once

#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/key_vault.h"
#include "model/space.h"
#include "model/webhook.h"
#include "store/mariadb/database.h"
#include "store/wordpress/site_options.h"
#include "store/wordpress/site_tables.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

// The statements that make the own tables of this part, one each.
std::vector<std::string> catalog_tables(const SiteTables& tables);

// The site has the keys of its webhooks in the clear, where the plugin needs them; everything above the store knows
// them sealed. A key is sealed once in the life of this object, so that a webhook that is read again is equal.
// Any thread. What it is given must outlive it.
class KeySealer {
 public:
  KeySealer(const KeyVault& vault, Random& random) : vault_(vault), sealed_(State{&random, {}}) {}
  std::string seal(const std::string& key) const;
  const KeyVault& vault() const { return vault_; }

 private:
  static constexpr std::size_t kMost = 10'000;
  struct State {
    Random* random;
    std::map<std::string, std::string> sealed;
  };
  const KeyVault& vault_;
  mutable Guarded<State> sealed_;
};

// All spaces and courses, by id. Which of them are joined directly is Postern's own setting: the plugin adds to all of
// them, whatever their status and privacy.
Result<std::vector<Space>> read_spaces(mariadb::Connection& db, const SiteTables& tables, const TimeZone& zone);

// All webhooks, by id. One whose stored value is damaged has a `fault` and does nothing. With the course module of the
// plugin switched off, lists of courses are empty, as the plugin ignores them.
Result<std::vector<Webhook>> read_webhooks(mariadb::Connection& db, const SiteTables& tables,
                                           const SiteOptions& options, const KeySealer& sealer);

}  // namespace postern::wordpress
