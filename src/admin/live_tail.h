// Sends new deliveries to whoever listens, as server-sent events.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "store/store.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace postern {

// One thread, which asks the store for news only while somebody listens; so it also sees what other processes write.
class LiveTail {
 public:
  struct Parts {
    Store& store;
    const Clock& clock;
    Log& log;
  };
  struct Limits {
    std::size_t listeners = 50;
    std::chrono::milliseconds pause{300};  // Between two questions to the store.
    std::chrono::milliseconds heartbeat{15'000};
    // Then the stream ends. A browser connects again by itself, goes on where it was, and is asked again who it is.
    std::chrono::milliseconds longest{5 * 60'000};
  };
  // All parts must outlive the tail.
  LiveTail(Parts parts, Limits limits);
  LiveTail(const LiveTail&) = delete;
  LiveTail& operator=(const LiveTail&) = delete;
  ~LiveTail();  // stop()

  // Begins a stream of what `filter` (webhook, status, e-mail) lets through, from now on or behind `after`. Somebody
  // who is more than a few hundred deliveries behind is told by an event `skipped` and goes on with the newest. Errors:
  // throttled (enough people listen; `exchange` is untouched), those of the store. Any thread.
  Result<void> listen(http::Exchange& exchange, DeliveryQuery filter, std::optional<DeliveryId> after);
  // Ends all streams and the thread. Before the server is stopped, which would wait for them.
  void stop();

 private:
  struct Listener {
    http::Stream stream;
    DeliveryQuery filter;  // `after` is how far it has been served.
    MonoTime since;
    MonoTime last_sent;
  };
  void run();
  void round(std::vector<Listener>& listeners);
  // False: it is over.
  bool serve(Listener& listener, DeliveryId newest, const CatalogData& catalog);

  Parts parts_;
  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Listener> new_listeners_;  // Guarded by mutex_: not yet taken over by the thread.
  std::size_t count_ = 0;                // Guarded by mutex_: all of them.
  bool stopping_ = false;                // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace postern
