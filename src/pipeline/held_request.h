// A request that is kept while its webhook is paused, with all that is needed to apply it when it is resumed: its row
// in the log may be cut or gone by then, and never has the password.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "crypto/key_vault.h"
#include "model/delivery.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

struct HeldRequest {
  Dialect dialect = Dialect::rest;
  WallTime received_at{};
  KeyId key;
  std::string remote_ip;
  bool tls = false;  // The client's; see pipeline/client.h.
  std::string content_type;
  std::string content_encoding;
  std::string request_head;  // See Delivery.
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;  // All of them, for scripts.
  std::string body;                                          // Whole, with the password.
  bool operator==(const HeldRequest&) const = default;
};

// Encrypted with the key file: there are a password and the webhook's key in it.
std::string seal(const HeldRequest& request, const KeyVault& vault, Random& random);
// Errors: invalid (sealed with another key file, altered, or written by another version).
Result<HeldRequest> unseal(std::string_view sealed, const KeyVault& vault);

}  // namespace postern
