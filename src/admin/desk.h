// Takes requests under /api/v1 off the I/O threads, finds out who asks, and runs the handler.
#pragma once

#include "admin/gate.h"
#include "admin/routes.h"
#include "base/ip.h"
#include "base/log.h"
#include "http/server.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace postern {

struct AdminPolicy {
  std::vector<IpNetwork> trusted_proxies;
  bool insecure_http = false;
};

// A bounded queue and a few threads: whoever looks at pages never holds up a delivery.
class AdminDesk {
 public:
  struct Parts {
    const Routes& routes;
    Gate& gate;
    AuditTrail& audit;
    ReplyMemory& replies;
    Log& log;
  };
  struct Limits {
    unsigned threads = 2;
    std::size_t queue = 256;  // Requests that wait; past it 503.
  };
  // All parts must outlive the desk.
  AdminDesk(Parts parts, AdminPolicy policy, Limits limits);
  AdminDesk(const AdminDesk&) = delete;
  AdminDesk& operator=(const AdminDesk&) = delete;
  ~AdminDesk();  // stop()

  // Takes the request if its path is one of the API; false: not ours, `exchange` is untouched. I/O threads.
  bool take(const http::Request& request, http::Exchange& exchange);
  // Answers what has been taken, then ends the threads.
  void stop();

 private:
  struct Job {
    http::Request request;  // Its views live until the exchange is answered.
    http::Exchange exchange;
  };
  void run();
  void work(Job& job);
  // The problem with which the request ends here, or nothing and `match`, `call` are ready for the handler.
  std::optional<Reply> admit(Call& call, const Routes::Match& match);
  // Writes a refusal down and passes it on.
  Reply deny(const Call& call, const Route& route, const Problem& problem);
  Reply answer(Call& call, const Route& route);
  void write_audit(const Call& call);

  Parts parts_;
  const AdminPolicy policy_;
  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Job> jobs_;   // Guarded by mutex_.
  bool stopping_ = false;  // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace postern
