// The HTTP/1.1 server: sockets, TLS, limits and timeouts. Hands complete requests to a Handler and sends its replies.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "http/message.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace postern::http {

class Connection;
struct StreamState;

// A reply that is sent piece by piece for as long as somebody listens, such as server-sent events. The connection is
// closed after it. Any thread, but one at a time; never blocks. Ends when it is destroyed.
class Stream {
 public:
  Stream() = default;
  Stream(std::shared_ptr<Connection> connection, std::shared_ptr<StreamState> state)
      : connection_(std::move(connection)), state_(std::move(state)) {}
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { end(); }

  // False: nobody listens any more, or the client has left so much untaken that the stream was cut.
  bool send(std::string piece);
  // Bytes sent and not yet taken by the client: who sends a lot waits while this is large.
  std::size_t backlog() const;
  void end();
  // Closes the connection instead, so that the client sees that something is missing.
  void cut();

 private:
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<StreamState> state_;
};

// The right to answer one request, exactly once, from any thread. Dropped unanswered it answers 500.
// A default-made one answers nobody.
class Exchange {
 public:
  Exchange() = default;
  explicit Exchange(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Exchange(Exchange&&) noexcept = default;
  Exchange& operator=(Exchange&&) noexcept;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  // Sends the response. The views of the request are dead from here on. Any thread; never blocks.
  void reply(Response response);
  // Instead of reply(): sends the head of `head` (its body is ignored) and leaves the rest to the stream. Not on an I/O
  // thread if another thread is to send the pieces: the first ones could overtake the head and be lost.
  Stream stream(Response head);
  explicit operator bool() const { return connection_ != nullptr; }

 private:
  friend void reply_all(std::span<std::pair<Exchange, Response>> replies);
  std::shared_ptr<Connection> connection_;
};

// As reply() of each exchange with its response, which it takes; every I/O thread is woken once for all that are its
// own. Any thread.
void reply_all(std::span<std::pair<Exchange, Response>> replies);

// Called on the I/O threads, several at once; must not block.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void handle(const Request& request, Exchange exchange) = 0;
  // Follows every handle() on its thread, once the requests that had come to the thread by then have all been handed
  // over: the moment to begin what is best done for several of them together.
  virtual void rest() = 0;
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;    // 0: the kernel picks one, see Server::port().
  unsigned threads = 1;         // I/O threads.
  std::string tls_certificate;  // PEM files; both or none.
  std::string tls_key;

  std::size_t max_connections = 10'000;            // Further ones are answered 503 and closed.
  std::size_t max_head_bytes = 16 * 1024;          // Request line and headers; 431 past it.
  std::size_t max_headers = 100;                   // 431 past it.
  std::size_t max_body_bytes = 1024 * 1024;        // 413 past it: at once if declared, else at the limit.
  std::size_t max_body_memory = 64 * 1024 * 1024;  // Of all connections together; 503 past it.
  std::size_t max_stream_backlog = 1024 * 1024;    // Of one stream, not taken by its client; cut past it.
  std::chrono::seconds head_timeout{10};           // From the first byte of a request to the end of its head; 408.
  std::chrono::seconds body_timeout{30};           // From the end of the head to the end of the body; 408.
  std::chrono::seconds idle_timeout{75};           // Between requests; closed without a word.
  std::chrono::seconds write_timeout{30};          // For the reply to be taken.
};

// Numbers for /metrics. Any thread.
struct ServerStats {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t connections_refused_total = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t malformed_total = 0;  // Requests refused before a handler saw them.
  std::uint64_t body_bytes_total = 0;
};

class Server {
 public:
  // Takes the port, and touches nothing else; clients wait in the kernel's queue until start(). `log` and `clock` must
  // outlive the server.
  // Errors: unavailable (the port is in use, the address is not ours), invalid (certificate, key or host cannot be
  // used); the message names the thing and the way out.
  static Result<std::unique_ptr<Server>> bind(const ServerOptions& options, Log& log, const Clock& clock);
  virtual ~Server() = default;  // stop() with no grace, if it was not called.

  // Starts the threads. `handler` must live until stop() has returned. Call once.
  virtual void start(Handler& handler) = 0;
  virtual std::uint16_t port() const = 0;
  virtual ServerStats stats() const = 0;
  // Reads certificate and key again; connections made from now on use them. On an error the old ones stay in use.
  virtual Result<void> reload_tls() = 0;
  // Stops accepting at once; idle connections are closed, requests under way are answered (with Connection: close)
  // until `grace` has passed; then everything is closed and the threads have ended. Call once.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace postern::http
