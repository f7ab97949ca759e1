// A client that sends one GET and reads what comes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace postern {

class SocketClient {
 public:
  SocketClient(std::uint16_t port, const std::string& target, const std::string& header = {})
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
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;
  ~SocketClient() { ::close(socket_); }

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

}  // namespace postern
