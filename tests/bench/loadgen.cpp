// A load generator: N keep-alive connections, each with one POST on its way, for some seconds; prints one JSON object.
// One thread and one epoll, so that it takes as little as possible of the machine that it measures.
//
//   loadgen PORT TARGET CONNECTIONS SECONDS EMAILS
//
// EMAILS: known:N (user<random below N>@example.com), each:FIRST (user<FIRST>, user<FIRST + 1>, …), new:PREFIX.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

// Makes the addresses that are posted.
class Emails {
 public:
  explicit Emails(std::string_view spec) {
    const std::size_t colon = spec.find(':');
    kind_ = spec.substr(0, colon);
    const std::string_view rest = spec.substr(colon + 1);
    if (kind_ == "new") {
      prefix_ = rest;
    } else {
      std::from_chars(rest.data(), rest.data() + rest.size(), number_);
    }
  }

  std::string next() {
    if (kind_ == "known") return "user" + std::to_string(random_() % number_) + "@example.com";
    if (kind_ == "each") return "user" + std::to_string(number_++) + "@example.com";
    return prefix_ + std::to_string(number_++) + "@example.com";
  }

 private:
  std::string_view kind_;
  std::string prefix_;
  std::uint64_t number_ = 0;
  std::mt19937_64 random_{20260101};
};

// Microseconds in buckets of about 3 % width.
class Histogram {
 public:
  void add(std::uint64_t us) { ++buckets_[bucket(us)], ++count_; }
  double quantile(double q) const {
    const auto wanted = static_cast<std::uint64_t>(static_cast<double>(count_) * q);
    std::uint64_t seen = 0;
    for (std::size_t b = 0; b < buckets_.size(); ++b) {
      seen += buckets_[b];
      if (seen > wanted) return middle(b);
    }
    return 0;
  }

 private:
  static constexpr unsigned kBits = 5;  // 32 buckets per power of two.
  static std::size_t bucket(std::uint64_t us) {
    if (us < (1U << kBits)) return us;
    const unsigned shift = 63U - kBits - static_cast<unsigned>(__builtin_clzll(us));
    return ((static_cast<std::size_t>(shift) + 1) << kBits) + ((us >> shift) - (1U << kBits));
  }
  static double middle(std::size_t b) {
    if (b < (1U << kBits)) return static_cast<double>(b);
    const std::size_t shift = (b >> kBits) - 1;
    return static_cast<double>(((b & ((1U << kBits) - 1)) + (1U << kBits)) << shift);
  }
  std::array<std::uint64_t, 2048> buckets_{};
  std::uint64_t count_ = 0;
};

struct Connection {
  int fd = -1;
  std::string in;
  Clock::time_point sent;
};

struct Result {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // Any status but 200.
  Histogram latency;
};

// The length of the complete response at the start of `in`, 0 if it is not complete yet.
std::size_t response_length(std::string_view in) {
  const std::size_t head = in.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::size_t length = 0;
  for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
    const std::size_t at = in.substr(0, head).find(name);
    if (at != std::string_view::npos) std::from_chars(in.data() + at + name.size(), in.data() + head, length);
  }
  return in.size() >= head + 4 + length ? head + 4 + length : 0;
}

class LoadGenerator {
 public:
  LoadGenerator(std::uint16_t port, std::string target, std::string_view emails)
      : port_(port), target_(std::move(target)), emails_(emails), epoll_(::epoll_create1(0)) {}

  Result run(std::size_t connections, std::chrono::milliseconds time) {
    connections_.resize(connections);
    for (std::size_t i = 0; i < connections; ++i) open(i);
    const auto end = Clock::now() + time;
    for (Connection& connection : connections_) send(connection);
    std::array<epoll_event, 256> events{};
    std::size_t open_requests = connections;
    while (open_requests > 0) {
      const int ready = ::epoll_wait(epoll_, events.data(), events.size(), 10'000);
      if (ready <= 0) fail("epoll_wait: no answer for ten seconds");
      const auto now = Clock::now();
      for (int e = 0; e < ready; ++e) {
        Connection& connection = connections_[events[static_cast<std::size_t>(e)].data.u64];
        if (!receive(connection, now)) continue;
        if (now < end) {
          send(connection);
        } else {
          --open_requests;
        }
      }
    }
    return result_;
  }

 private:
  void open(std::size_t index) {
    Connection& connection = connections_[index];
    connection.fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) fail("epoll_ctl");
  }

  void send(Connection& connection) {
    std::string body = "email=" + emails_.next() + "&first_name=Ada&last_name=Lovelace&plan=gold-yearly&order=100234";
    body.replace(body.find('@'), 1, "%40");
    const std::string request = "POST " + target_ +
                                " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: loadgen/1\r\nAccept: */*\r\n"
                                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    connection.sent = Clock::now();
    if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      fail("send");
  }

  // True if the response is complete.
  bool receive(Connection& connection, Clock::time_point now) {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) fail("recv: the server closed the connection");
    connection.in.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t length = response_length(connection.in);
    if (length == 0) return false;
    ++result_.requests;
    if (connection.in.compare(0, 12, "HTTP/1.1 200") != 0) ++result_.errors;
    connection.in.erase(0, length);
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now - connection.sent).count();
    result_.latency.add(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)));
    return true;
  }

  std::uint16_t port_;
  std::string target_;
  Emails emails_;
  int epoll_;
  std::vector<Connection> connections_;
  Result result_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: loadgen PORT TARGET CONNECTIONS SECONDS known:N|each:FIRST|new:PREFIX\n", stderr);
    return 2;
  }
  const auto start = Clock::now();
  LoadGenerator load(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2], argv[5]);
  const Result result = load.run(static_cast<std::size_t>(std::atoi(argv[3])),
                                 std::chrono::milliseconds(static_cast<std::int64_t>(std::atof(argv[4]) * 1000)));
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("{\"requests\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"rps\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
              static_cast<unsigned long long>(result.requests), static_cast<unsigned long long>(result.errors), seconds,
              static_cast<double>(result.requests) / seconds, result.latency.quantile(0.5) / 1000,
              result.latency.quantile(0.99) / 1000);
  return 0;
}
