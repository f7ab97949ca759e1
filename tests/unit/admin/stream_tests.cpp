// What is sent piece by piece, seen by a client on a socket.
#include "resource_site.h"
#include "support/socket_client.h"

#include <thread>

namespace postern {
namespace {

// Lets the stream routes answer, on a thread of their own as the desk does.
class StreamHandler final : public http::Handler {
 public:
  explicit StreamHandler(ResourceSite& site) : site_(site) {}
  void handle(const http::Request& request, http::Exchange exchange) override {
    Call call(request, {.ip = "192.0.2.9", .secure = true});
    call.principal.permission = Permission::manage;
    Routes::Match match = site_.routes.find(request.method, request.path);
    ASSERT_NE(match.route, nullptr);
    call.path = std::move(match.values);
    std::thread([&] { match.route->stream(call, std::move(exchange)); }).join();
  }
  void rest() override {}

 private:
  ResourceSite& site_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

class StreamTest : public ResourceTest {
 protected:
  void SetUp() override {
    site_.fill();
    server_ = http::Server::bind({.port = 0}, site_.log, clock_).value();
    server_->start(handler_);
  }
  void TearDown() override {
    site_.tail.stop();
    site_.sender.stop();
    server_->stop(std::chrono::milliseconds{0});
  }
  SystemClock clock_;
  StreamHandler handler_{site_};
  std::unique_ptr<http::Server> server_;
};

TEST_P(StreamTest, ExportsAreWhole) {
  for (int i = 0; i < 120; ++i) site_.deliver("user" + std::to_string(i) + "@example.com");
  site_.deliver("=cmd@example.com");
  const std::string end = "\r\n0\r\n\r\n";
  const std::string csv = SocketClient(server_->port(), "/deliveries/export?format=csv").read_until(end);
  EXPECT_NE(csv.find("Content-Type: text/csv"), std::string::npos);
  EXPECT_NE(csv.find("Content-Disposition: attachment; filename=\"deliveries.csv\""), std::string::npos);
  EXPECT_EQ(count(csv, "application/json"), 121U);
  EXPECT_EQ(count(csv, "\"id\",\"received_at\""), 1U);
  EXPECT_NE(csv.find("\"'=cmd@example.com\""), std::string::npos);
  EXPECT_TRUE(csv.ends_with(end));
  const std::string lines =
      SocketClient(server_->port(), "/deliveries/export?format=ndjson&email=user7@example.com").read_until(end);
  EXPECT_EQ(count(lines, "\"payload\":"), 1U);
  const std::string person = SocketClient(server_->port(), "/users/8/export").read_until(end);
  EXPECT_NE(person.find("\"deliveries\":[\n{"), std::string::npos);
  EXPECT_EQ(count(person, "\"payload\":"), 1U);
  EXPECT_NE(SocketClient(server_->port(), "/deliveries/export?format=xml").read_until("\r\n\r\n").find(" 422 "),
            std::string::npos);
  EXPECT_NE(SocketClient(server_->port(), "/users/999/export").read_until("\r\n\r\n").find(" 404 "), std::string::npos);
}

TEST_P(StreamTest, LiveTailTellsWhatComesAndResumes) {
  site_.deliver("before@example.com");
  SocketClient all(server_->port(), "/deliveries/stream");
  SocketClient bob(server_->port(), "/deliveries/stream?email=bob@example.com");
  all.read_until(": listening");
  bob.read_until(": listening");
  const Answer ada = site_.deliver("ada@example.com");
  site_.deliver("bob@example.com");
  const std::string id = ada.body.at("delivery").at("id").as_string().c_str();
  const std::string got = all.read_until("bob@example.com");
  EXPECT_NE(got.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(got.find("id: " + id + "\nevent: delivery\ndata: {"), std::string::npos);
  EXPECT_EQ(got.find("before@"), std::string::npos);
  EXPECT_EQ(bob.read_until("bob@example.com").find("ada@"), std::string::npos);
  SocketClient resumed(server_->port(), "/deliveries/stream", "Last-Event-ID: " + id + "\r\n");
  EXPECT_EQ(resumed.read_until("bob@example.com").find("ada@"), std::string::npos);
}

TEST_P(StreamTest, OnlySoManyMayWatch) {
  std::vector<std::unique_ptr<SocketClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<SocketClient>(server_->port(), "/deliveries/stream"));
    EXPECT_NE(clients.back()->read_until(": listening").find(" 200 "), std::string::npos) << i;
  }
  EXPECT_NE(SocketClient(server_->port(), "/deliveries/stream").read_until("\r\n\r\n").find(" 503 "),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Stores, StreamTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace postern
