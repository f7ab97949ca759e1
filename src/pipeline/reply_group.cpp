#include "pipeline/reply_group.h"

#include "base/json_writer.h"

#include <algorithm>

namespace postern {
namespace {

bool failed(const http::Response& response) {
  return response.status >= 500;
}
bool done(const http::Response& response) {
  return response.status < 300;
}

}  // namespace

ReplyGroup::ReplyGroup(http::Exchange exchange, Dialect dialect, std::size_t count)
    : exchange_(std::move(exchange)), dialect_(dialect), responses_(count), missing_(count) {}

void ReplyGroup::add(std::size_t place, http::Response response) {
  const std::lock_guard lock(mutex_);
  responses_[place] = std::move(response);
  if (--missing_ == 0) exchange_.reply(join_responses(dialect_, std::move(responses_)));
}

http::Response join_responses(Dialect dialect, std::vector<http::Response> responses) {
  auto chosen = std::find_if(responses.begin(), responses.end(), failed);
  if (chosen == responses.end()) chosen = std::find_if(responses.begin(), responses.end(), done);
  if (chosen == responses.end()) chosen = responses.begin();
  if (dialect == Dialect::plugin || failed(*chosen)) return std::move(*chosen);
  const auto count = std::count_if(responses.begin(), responses.end(), done);
  http::Response out;
  out.status = chosen->status;
  JsonWriter json(out.body);
  json.begin_object();
  json.key("success");
  json.boolean(done(*chosen));
  json.key("message");
  json.string("The request held " + std::to_string(responses.size()) + " events, " + std::to_string(count) +
              " of them were taken");
  json.key("events");
  json.begin_array();
  for (const http::Response& each : responses) json.raw(each.body);
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace postern
