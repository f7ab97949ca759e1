// What is sent piece by piece, seen by a client on a socket.
#include "resource_site.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

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

 private:
  ResourceSite& site_;
};

class Client {
 public:
  Client(std::uint16_t port, const std::string& target, const std::string& header = {})
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + header + "\r\n";
    EXPECT_EQ(::send(socket_, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  // Reads until `text` has come, or the other side closes.
  const std::string& read_until(const std::string& text) {
    std::string buffer(4096, '\0');
    while (got_.find(text) == std::string::npos) {
      const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      got_.append(buffer, 0, static_cast<std::size_t>(n));
    }
    return got_;
  }

 private:
  int socket_;
  std::string got_;
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
  const std::string csv = Client(server_->port(), "/deliveries/export?format=csv").read_until(end);
  EXPECT_NE(csv.find("Content-Type: text/csv"), std::string::npos);
  EXPECT_NE(csv.find("Content-Disposition: attachment; filename=\"deliveries.csv\""), std::string::npos);
  EXPECT_EQ(count(csv, "application/json"), 121U);
  EXPECT_EQ(count(csv, "\"id\",\"received_at\""), 1U);
  EXPECT_NE(csv.find("\"'=cmd@example.com\""), std::string::npos);
  EXPECT_TRUE(csv.ends_with(end));
  const std::string lines =
      Client(server_->port(), "/deliveries/export?format=ndjson&email=user7@example.com").read_until(end);
  EXPECT_EQ(count(lines, "\"payload\":"), 1U);
  const std::string person = Client(server_->port(), "/users/8/export").read_until(end);
  EXPECT_NE(person.find("\"deliveries\":[\n{"), std::string::npos);
  EXPECT_EQ(count(person, "\"payload\":"), 1U);
  EXPECT_NE(Client(server_->port(), "/deliveries/export?format=xml").read_until("\r\n\r\n").find(" 422 "),
            std::string::npos);
  EXPECT_NE(Client(server_->port(), "/users/999/export").read_until("\r\n\r\n").find(" 404 "), std::string::npos);
}

TEST_P(StreamTest, LiveTailTellsWhatComesAndResumes) {
  site_.deliver("before@example.com");
  Client all(server_->port(), "/deliveries/stream");
  Client bob(server_->port(), "/deliveries/stream?email=bob@example.com");
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
  Client resumed(server_->port(), "/deliveries/stream", "Last-Event-ID: " + id + "\r\n");
  EXPECT_EQ(resumed.read_until("bob@example.com").find("ada@"), std::string::npos);
}

TEST_P(StreamTest, OnlySoManyMayWatch) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(server_->port(), "/deliveries/stream"));
    EXPECT_NE(clients.back()->read_until(": listening").find(" 200 "), std::string::npos) << i;
  }
  EXPECT_NE(Client(server_->port(), "/deliveries/stream").read_until("\r\n\r\n").find(" 503 "), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Stores, StreamTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace postern
