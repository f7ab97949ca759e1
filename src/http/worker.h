// One I/O thread: its event loop, its connections, its mailbox.
#pragma once

#include "base/clock.h"
#include "http/connection.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace postern::http {

class Worker {
 public:
  Worker(const ServerOptions& options, const Clock& clock, Shared& shared);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  boost::asio::io_context& io() { return io_; }
  void start(Handler& handler);
  // Any thread: starts serving a socket on this worker's thread.
  void adopt(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls);
  // Any thread: hands a reply to a connection of this worker. Replies that come while the worker has not yet looked
  // cost one wake-up together.
  void deliver(std::shared_ptr<Connection> connection, Response response);
  using Mail = std::vector<std::pair<std::shared_ptr<Connection>, Response>>;
  // The same for several connections of this worker.
  void deliver_all(Mail mail);
  // Any thread: closes idle connections, and the others after their reply.
  void drain();
  // Any thread: closes everything and ends the thread.
  void stop();

  // Only on this worker's thread.
  bool is_current() const { return std::this_thread::get_id() == thread_id_; }
  bool draining() const { return draining_; }
  // Replies are being handed out: connections read on when go_on() says so.
  bool answering() const { return answering_; }
  // A request is being handed over: Handler::rest() will follow.
  void hand_over();
  std::string_view date();
  Handler& handler() { return *handler_; }
  const Clock& clock() const { return clock_; }
  const ServerOptions& options() const { return options_; }
  Shared& shared() { return shared_; }
  using Place = std::list<Connection*>::iterator;
  Place enter(Connection* connection) { return connections_.insert(connections_.end(), connection); }
  void leave(Place place) { connections_.erase(place); }

 private:
  void empty_mailbox();
  void sweep();

  const ServerOptions& options_;
  Handler* handler_ = nullptr;  // From start() on.
  const Clock& clock_;
  Shared& shared_;
  std::list<Connection*> connections_;  // Outlives io_, whose end destroys the last connections.
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  boost::asio::steady_timer sweeper_;
  std::thread thread_;
  std::thread::id thread_id_;

  std::mutex mailbox_mutex_;
  Mail mailbox_;  // Guarded by mailbox_mutex_.
  Mail opened_;   // Being worked off.

  bool draining_ = false;
  bool answering_ = false;
  bool rest_due_ = false;
  std::time_t date_at_ = 0;
  std::string date_;
};

}  // namespace postern::http
