// TLS for the listener.
#pragma once

#include "base/result.h"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace postern::http {

// TLS 1.2 with forward secrecy and authenticated ciphers, and TLS 1.3; nothing older. Source: RFC 9325 §3, §4.
// Errors: invalid, naming the file and what is wrong with it.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& certificate_file,
                                                                    const std::string& key_file);

}  // namespace postern::http
