// Start-up of the cryptographic library.
#pragma once

namespace postern {

// Once, before anything else of crypto/ is used and before there is a second thread. False: it cannot be used.
bool init_crypto();

}  // namespace postern
