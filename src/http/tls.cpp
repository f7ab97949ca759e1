#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace postern::http {
namespace {

namespace ssl = boost::asio::ssl;

std::string openssl_reason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  if (code == 0) return "unknown reason";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// Offers HTTP/1.1 to a client that asks. Source: RFC 7301.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned in_length, void* /*unused*/) {
  static constexpr std::array<unsigned char, 9> kOffer{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOffer.data(), kOffer.size(), in, in_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Error bad_file(const char* what, const std::string& file) {
  return {Errc::invalid,
          "The TLS " + std::string(what) + " " + file + " cannot be used: " + openssl_reason() +
              ". It must be a PEM file that this user can read, and certificate and key must belong together.",
          ""};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const std::string& certificate_file,
                                                       const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL");
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(raw, certificate_file.c_str()) != 1)
    return bad_file("certificate", certificate_file);
  if (SSL_CTX_use_PrivateKey_file(raw, key_file.c_str(), SSL_FILETYPE_PEM) != 1) return bad_file("key", key_file);
  if (SSL_CTX_check_private_key(raw) != 1) return bad_file("key", key_file);
  return context;
}

}  // namespace postern::http
