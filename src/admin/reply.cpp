#include "admin/reply.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace postern {
namespace {

namespace json = boost::json;

std::string serialized(const json::value& value) {
  std::string out = json::serialize(value);
  out += '\n';
  return out;
}

Problem problem_of(const Error& error) {
  switch (error.code) {
    case Errc::invalid:
      return {422, "invalid_fields", error.message};
    case Errc::unauthorized:
      return {403, "forbidden", error.message};
    case Errc::not_found:
      return {404, "not_found", error.message};
    case Errc::conflict:
      return {409, "conflict", error.message};
    case Errc::too_large:
      return {413, "body_too_large", error.message};
    case Errc::throttled:
      return {429, "rate_limited", error.message, {}, 5};
    case Errc::unavailable:
      return {
          503, "unavailable", "The store cannot be used right now; nothing was changed. Try again in a moment.", {}, 2};
    case Errc::internal:
      break;
  }
  return {500, "internal", "Something went wrong on our side; nothing was changed. The operator's log says more."};
}

}  // namespace

Reply::Reply(const Problem& problem) {
  response_.status = problem.status;
  response_.content_type = "application/problem+json; charset=utf-8";
  json::object body = problem.more;
  body["type"] = "about:blank";
  body["title"] = json::string_view(http::reason_phrase(problem.status));
  body["status"] = problem.status;
  body["code"] = json::string_view(problem.code);
  body["detail"] = problem.detail;
  if (!problem.errors.empty()) {
    json::array errors;
    for (const FieldError& each : problem.errors) errors.push_back({{"field", each.field}, {"message", each.message}});
    body["errors"] = std::move(errors);
  }
  response_.body = serialized(body);
  if (problem.retry_after_seconds > 0) {
    response_.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_seconds));
  }
  if (!problem.allow.empty()) response_.headers.emplace_back("Allow", std::string(problem.allow));
}

Reply::Reply(const Error& error) : Reply(problem_of(error)) {
  detail_ = error.detail.empty() ? error.message : error.detail;
}

http::Response json_reply(const json::value& value, int status) {
  http::Response response;
  response.status = status;
  response.body = serialized(value);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

Problem no_such(std::string_view what) {
  return {404, "not_found", "There is no such " + std::string(what) + ". It may have been removed."};
}

Problem forbidden(std::string_view permission) {
  return {403, "forbidden",
          "Your role does not allow this; it needs the permission '" + std::string(permission) + "'. Ask an owner."};
}

Problem invalid_fields(std::vector<FieldError> errors) {
  return {422, "invalid_fields", "Some fields cannot be used; nothing was changed. Each is named with its reason.",
          std::move(errors)};
}

Problem precondition_failed(json::value current) {
  Problem problem{412, "precondition_failed",
                  "Somebody else has changed this since you read it; nothing was changed. Look at what it is now."};
  problem.more["current"] = std::move(current);
  return problem;
}

}  // namespace postern
