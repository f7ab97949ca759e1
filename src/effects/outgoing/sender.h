// Sends one HTTP request to somebody else's server.
#pragma once

#include "base/result.h"
#include "effects/outgoing/guard.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

struct OutgoingRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;  // Must outlive the call.
};

struct OutgoingReply {
  int status = 0;        // 0: there was no answer, `problem` says why.
  std::string problem;   // A plain sentence.
  std::string response;  // The beginning of the body, at most kMaxResponseBytes; any bytes.
  std::optional<std::chrono::seconds> retry_after;
};

constexpr std::size_t kMaxResponseBytes = 64UL * 1024;

// Any thread. Comes to an end within a time of its own, whatever the other side does.
class OutgoingSender {
 public:
  virtual ~OutgoingSender() = default;
  // A POST.
  virtual OutgoingReply send(const OutgoingRequest& request) = 0;
};

struct SenderOptions {
  OutgoingPolicy policy;
  std::chrono::seconds timeout{15};  // For everything, from the name's look-up to the last byte.
  std::string ca_file;               // Believed beside the system's authorities; empty: none.
};

// Through libcurl. Follows no redirect, uses no proxy (whatever the environment says), speaks HTTP/1.1 to http and
// https only, verifies certificate and host, reads at most 64 KiB of headers and kMaxResponseBytes of the body, and
// keeps connections open for the next event. Refuses addresses and ports by the policy: before it connects, for every
// address a name leads to, and again on the connection it sends over.
class CurlSender final : public OutgoingSender {
 public:
  // Errors: internal (libcurl cannot be used).
  static Result<std::unique_ptr<CurlSender>> create(SenderOptions options);
  ~CurlSender() override;
  CurlSender(const CurlSender&) = delete;
  CurlSender& operator=(const CurlSender&) = delete;

  OutgoingReply send(const OutgoingRequest& request) override;

 private:
  struct Parts;
  explicit CurlSender(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace postern
