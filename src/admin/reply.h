// What a handler of the admin API answers: a JSON document, or a problem. Source: RFC 9457.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

// What is wrong with one field of a request.
struct FieldError {
  std::string field;
  std::string message;
};

struct Problem {
  int status = 500;
  std::string_view code;  // A literal, see docs/api/openapi.yaml.
  std::string detail;     // What happened, why, what to do. Never a secret, a query or a path.
  std::vector<FieldError> errors;
  int retry_after_seconds = 0;  // 0: waiting does not help.
  boost::json::object more;     // Further members, such as "current" of a 412.
  std::string_view allow;       // Of a 405.
};

// Implicit on purpose, so that handlers can `return json_reply(…)`, `return Problem{…}`, and use TRY on the store.
class Reply {
 public:
  Reply(http::Response response) : response_(std::move(response)) {}  // NOLINT(google-explicit-constructor)
  Reply(const Problem& problem);                                      // NOLINT(google-explicit-constructor)
  Reply(const Error& error);                                          // NOLINT(google-explicit-constructor)

  const http::Response& response() const { return response_; }
  http::Response take() && { return std::move(response_); }
  bool ok() const { return response_.status < 400; }
  // Of an Error: for the operator's log. Empty when there is nothing to add.
  const std::string& detail() const { return detail_; }

 private:
  http::Response response_;
  std::string detail_;
};

http::Response json_reply(const boost::json::value& value, int status = 200);
http::Response no_content();

// The problems that several handlers have.
Problem no_such(std::string_view what);          // 404
Problem forbidden(std::string_view permission);  // 403
Problem invalid_fields(std::vector<FieldError> errors);
// Somebody else has changed it: `current` is what it is now.
Problem precondition_failed(boost::json::value current);

}  // namespace postern
