// What a form of the pages for people has sent.
#pragma once

#include "base/secret.h"
#include "http/message.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// Looks into the body each time it is asked, so that no copy of a password is left behind. The request must outlive it.
class Form {
 public:
  explicit Form(const http::Request& request) : body_(request.body) {}

  // Is the body a form at all?
  static bool is_form(const http::Request& request);

  // The last field of that name, trimmed; empty: none, or longer than `max`.
  std::string text(std::string_view name, std::size_t max = 320) const;
  // As it was typed. Nothing: none, or longer than `max`.
  std::optional<Secret> secret(std::string_view name, std::size_t max) const;

 private:
  std::optional<std::string> find(std::string_view name, std::size_t max) const;
  std::string_view body_;
};

// The last value of a query parameter, decoded; empty: none.
std::string query_value(std::string_view query, std::string_view name);

}  // namespace postern
