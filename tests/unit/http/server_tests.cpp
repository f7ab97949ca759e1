// What the server promises its handler, seen by clients on sockets.
#include "base/guarded.h"
#include "http/server.h"
#include "support/socket_client.h"

#include <memory>

namespace postern::http {
namespace {

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view, LogFields) override {}
};

// Keeps what is handed over, and answers nothing before rest().
class AnswersAtRest final : public Handler {
 public:
  void handle(const Request& request, Exchange exchange) override {
    held_.with([&](Replies& held) {
      held.emplace_back(std::move(exchange), Response{.body = "for " + std::string(request.path)});
    });
  }
  void rest() override {
    Replies replies = held_.with([](Replies& held) { return std::exchange(held, {}); });
    reply_all(replies);
  }

 private:
  using Replies = std::vector<std::pair<Exchange, Response>>;
  Guarded<Replies> held_;
};

// Whoever waits for rest() with what it was handed waits for nothing else: it follows every request, on every thread.
TEST(Server, RestFollowsWhatWasHandedOver) {
  NoLog log;
  const SystemClock clock;
  AnswersAtRest handler;
  const std::unique_ptr<Server> server = Server::bind({.port = 0, .threads = 2}, log, clock).value();
  server->start(handler);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::unique_ptr<SocketClient>> clients;
    for (int i = 0; i < 10; ++i) {
      clients.push_back(std::make_unique<SocketClient>(server->port(), "/" + std::to_string(i)));
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::string body = "for /" + std::to_string(i);
      EXPECT_TRUE(clients[i]->read_until(body).ends_with("\r\n\r\n" + body)) << i;
    }
  }
  server->stop(std::chrono::milliseconds{0});
}

TEST(Server, ReplyAllPassesOverWhatNobodyAsked) {
  std::vector<std::pair<Exchange, Response>> replies;
  reply_all(replies);
  std::vector<std::pair<Exchange, Response>> to_nobody(2);
  reply_all(to_nobody);
}

}  // namespace
}  // namespace postern::http
