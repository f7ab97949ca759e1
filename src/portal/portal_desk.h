// Takes requests under /account and /auth off the I/O threads.
#pragma once

#include "http/server.h"
#include "portal/access_checks.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace postern {

// Two lanes, each a bounded queue and a few threads: access checks never wait for a password that is being hashed, and
// neither holds up a delivery.
class PortalDesk {
 public:
  struct Parts {
    Portal& portal;
    AccessChecks& checks;
    Log& log;
  };
  struct Limits {
    unsigned page_threads = 2;
    unsigned check_threads = 2;
    std::size_t queue = 256;  // Requests that wait, of each lane; past it 503.
  };
  // All parts must outlive the desk.
  PortalDesk(Parts parts, Limits limits);
  PortalDesk(const PortalDesk&) = delete;
  PortalDesk& operator=(const PortalDesk&) = delete;
  ~PortalDesk();  // stop()

  // Takes the request if its path is one of ours; false: it is not, and `exchange` is untouched. I/O threads.
  bool take(const http::Request& request, http::Exchange& exchange);
  // Answers what has been taken, then ends the threads.
  void stop();

 private:
  struct Job {
    http::Request request;  // Its views live until the exchange is answered.
    http::Exchange exchange;
  };
  struct Lane {
    std::mutex mutex;
    std::condition_variable work;
    std::deque<Job> jobs;   // Guarded by mutex.
    bool stopping = false;  // Guarded by mutex.
    std::function<PortalAnswer(const http::Request&)> answer;
    std::vector<std::thread> threads;
  };
  void start(Lane& lane, unsigned threads);
  void run(Lane& lane);
  void work(const Lane& lane, Job& job);

  Parts parts_;
  const Limits limits_;
  Lane pages_;
  Lane checks_;
};

}  // namespace postern
