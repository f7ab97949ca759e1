#include "crypto/crypto.h"

#include <sodium.h>

namespace postern {

bool init_crypto() {
  return sodium_init() >= 0;
}

}  // namespace postern
