// One reply for a request that holds several events, each a delivery of its own: it leaves when all are answered.
#pragma once

#include "http/server.h"
#include "model/delivery.h"

#include <cstddef>
#include <mutex>
#include <vector>

namespace postern {

// Any thread.
class ReplyGroup {
 public:
  // `count`: how many answers there will be, at least one.
  ReplyGroup(http::Exchange exchange, Dialect dialect, std::size_t count);

  // The answer to the delivery at that place. The last one sends the reply.
  void add(std::size_t place, http::Response response);

 private:
  std::mutex mutex_;
  http::Exchange exchange_;
  const Dialect dialect_;
  std::vector<http::Response> responses_;
  std::size_t missing_;
};

// What the sender of several events is told. Any that failed (5xx): that, so that it sends all of them again; those
// that were done are repeats then. Else 200 if any was done, so that it does not; else the first refusal.
http::Response join_responses(Dialect dialect, std::vector<http::Response> responses);

}  // namespace postern
