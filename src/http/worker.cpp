#include "http/worker.h"

#include "http/response_writer.h"

#include <boost/asio/post.hpp>

namespace postern::http {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{200};

}  // namespace

Worker::Worker(const ServerOptions& options, const Clock& clock, Shared& shared)
    : options_(options),
      clock_(clock),
      shared_(shared),
      keep_running_(boost::asio::make_work_guard(io_)),
      sweeper_(io_) {}

Worker::~Worker() {
  stop();
}

void Worker::start(Handler& handler) {
  handler_ = &handler;
  thread_ = std::thread([this] {
    sweep();
    io_.run();
    // Nobody may touch the sockets after this; what is still open is closed here, on its own thread.
    for (Connection* connection : connections_) connection->close();
  });
  thread_id_ = thread_.get_id();
}

void Worker::adopt(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls) {
  auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(tls));
  boost::asio::post(io_, [connection = std::move(connection)] { connection->start(); });
}

void Worker::deliver(std::shared_ptr<Connection> connection, Response response) {
  bool wake = false;
  {
    const std::lock_guard lock(mailbox_mutex_);
    wake = mailbox_.empty();
    mailbox_.emplace_back(std::move(connection), std::move(response));
  }
  if (wake) boost::asio::post(io_, [this] { empty_mailbox(); });
}

void Worker::deliver_all(Mail mail) {
  bool wake = false;
  {
    const std::lock_guard lock(mailbox_mutex_);
    wake = mailbox_.empty() && !mail.empty();
    mailbox_.insert(mailbox_.end(), std::make_move_iterator(mail.begin()), std::make_move_iterator(mail.end()));
  }
  if (wake) boost::asio::post(io_, [this] { empty_mailbox(); });
}

// What is posted now runs after the reads that are complete already.
void Worker::hand_over() {
  if (rest_due_) return;
  rest_due_ = true;
  boost::asio::post(io_, [this] {
    rest_due_ = false;
    handler_->rest();
  });
}

void Worker::empty_mailbox() {
  {
    const std::lock_guard lock(mailbox_mutex_);
    opened_.swap(mailbox_);
  }
  // All replies first, then all reads: by then the next requests of the first clients have come, so that one read finds
  // them where otherwise one read would find nothing and another be woken for.
  answering_ = true;
  for (auto& [connection, response] : opened_) connection->answer(std::move(response));
  answering_ = false;
  for (auto& [connection, response] : opened_) connection->go_on();
  opened_.clear();
}

void Worker::drain() {
  boost::asio::post(io_, [this] {
    draining_ = true;
    for (auto it = connections_.begin(); it != connections_.end();) (*it++)->drain();
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  io_.stop();
  thread_.join();
}

std::string_view Worker::date() {
  const std::time_t now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  if (now != date_at_) {
    date_at_ = now;
    date_ = http_date(now);
  }
  return date_;
}

// One coarse look at all deadlines instead of a timer per connection.
void Worker::sweep() {
  const MonoTime now = clock_.mono();
  for (auto it = connections_.begin(); it != connections_.end();) {
    const std::shared_ptr<Connection> connection = (*it++)->weak_from_this().lock();
    if (connection != nullptr) connection->check_deadline(now);
  }
  sweeper_.expires_after(kSweepEvery);
  sweeper_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

}  // namespace postern::http
