#include "http/server.h"

#include "base/guarded.h"
#include "http/tls.h"
#include "http/worker.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <condition_variable>

namespace postern::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAfterAcceptError{100};
constexpr std::chrono::milliseconds kDrainPoll{5};
constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 96\r\n"
    "Retry-After: 2\r\nConnection: close\r\n\r\n"
    R"({"success":false,"message":"Too many connections. Try again in a moment.","code":"unavailable"})"
    "\n";

std::string where(const ServerOptions& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  return (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port);
}

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, Log& log, const Clock& clock) : options_(options), log_(log) {
    for (unsigned i = 0; i < std::max(1U, options_.threads); ++i) {
      workers_.push_back(std::make_unique<Worker>(options_, clock, shared_));
    }
    acceptor_.emplace(workers_.front()->io());
    retry_.emplace(workers_.front()->io());
  }

  ~AsioServer() override { stop(std::chrono::milliseconds{0}); }

  Result<void> open() {
    if (!options_.tls_certificate.empty()) {
      tls_ = TRY(make_tls_context(options_.tls_certificate, options_.tls_key));
      has_tls_ = true;
    }
    return listen();
  }

  void start(Handler& handler) override {
    for (const auto& worker : workers_) worker->start(handler);
    asio::post(workers_.front()->io(), [this] { accept(); });
  }

  std::uint16_t port() const override { return port_; }

  ServerStats stats() const override {
    return {.connections_open = shared_.open,
            .connections_total = shared_.accepted,
            .connections_refused_total = shared_.refused,
            .requests_total = shared_.requests,
            .malformed_total = shared_.malformed,
            .body_bytes_total = shared_.body_bytes};
  }

  Result<void> reload_tls() override {
    if (!has_tls_) return {};
    auto fresh = TRY(make_tls_context(options_.tls_certificate, options_.tls_key));
    current_tls_.with([&](auto& current) { current = std::move(fresh); });
    return {};
  }

  void stop(std::chrono::milliseconds grace) override {
    if (stopped_) return;
    stopped_ = true;
    asio::post(workers_.front()->io(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
      retry_->cancel();
    });
    for (const auto& worker : workers_) worker->drain();
    // Connections end on their own threads; there is nobody to tell us, and this happens once in a life.
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    for (auto left = grace; left.count() > 0 && shared_.open > 0; left -= kDrainPoll) never.wait_for(lock, kDrainPoll);
    for (const auto& worker : workers_) worker->stop();
  }

 private:
  Result<void> listen() {
    error_code error;
    tcp::resolver resolver(workers_.front()->io());
    const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty()) {
      return Error{Errc::invalid,
                   "The host of " + where(options_) + " is not known: " + error.message() + ". Change --listen.", ""};
    }
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(kBacklog, error);
    if (error) {
      const bool in_use = error == asio::error::address_in_use;
      return Error{Errc::unavailable,
                   "Cannot listen on " + where(options_) + ": " +
                       (in_use ? "another program is using the port. Stop it, or choose another port with --listen."
                               : error.message() + ". Choose another address or port with --listen."),
                   ""};
    }
    port_ = acceptor_->local_endpoint().port();
    current_tls_.with([&](auto& current) { current = tls_; });
    return {};
  }

  // Sockets are handed to the workers in turn, so that few connections are spread as evenly as many.
  void accept() {
    Worker& worker = *workers_[next_++ % workers_.size()];
    acceptor_->async_accept(worker.io(), [this, &worker](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (error) return accept_later(error);
      shared_.accepted.fetch_add(1);
      if (shared_.open.fetch_add(1) >= options_.max_connections) {
        shared_.open.fetch_sub(1);
        shared_.refused.fetch_add(1);
        // A TLS client could not read it.
        if (!has_tls_)
          static_cast<void>(
              ::send(socket.native_handle(), kTooMany.data(), kTooMany.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
      } else {
        worker.adopt(std::move(socket), current_tls_.with([](const auto& current) { return current; }));
      }
      accept();
    });
  }

  // Out of file descriptors, mostly: connections will end, so look again in a moment.
  void accept_later(const error_code& error) {
    log_.warn("http.accept_failed", {{"reason", error.message()}});
    retry_->expires_after(kAfterAcceptError);
    retry_->async_wait([this](const error_code& canceled) {
      if (!canceled) accept();
    });
  }

  const ServerOptions options_;
  Log& log_;
  Shared shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_;
  std::shared_ptr<asio::ssl::context> tls_;
  Guarded<std::shared_ptr<asio::ssl::context>> current_tls_;
  bool has_tls_ = false;
  std::uint16_t port_ = 0;
  std::size_t next_ = 0;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::bind(const ServerOptions& options, Log& log, const Clock& clock) {
  auto server = std::make_unique<AsioServer>(options, log, clock);
  TRY(server->open());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace postern::http
