#include "cli/cli.h"
#include "crypto/crypto.h"
#include "main/serve.h"

#include <cstdio>

int main(int argc, char** argv, char** environment) {
  if (!postern::init_crypto()) {
    std::fputs("postern: the cryptographic library cannot be used on this machine.\n", stderr);
    return 1;
  }
  return postern::run_cli(argc, argv, environment, postern::serve);
}
