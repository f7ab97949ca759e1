#include "effects/outgoing/sender.h"

#include "base/guarded.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>

namespace postern {
namespace {

constexpr std::size_t kMaxHeaderBytes = 64UL * 1024;
constexpr std::size_t kIdleHandles = 16;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeHeaders {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, FreeHeaders>;

// What libcurl's callbacks work on during one request.
struct Exchange {
  const OutgoingPolicy& policy;
  OutgoingReply reply;
  std::size_t header_bytes = 0;
  bool too_long = false;  // The headers.
  bool cut = false;       // The body: enough of it was read.
  std::string refused;    // Why an address or port was not connected to.
};

std::size_t on_body(const char* data, std::size_t, std::size_t length, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string& kept = exchange.reply.response;
  const std::size_t room = kMaxResponseBytes - kept.size();
  kept.append(data, std::min(room, length));
  exchange.cut = length > room;
  return exchange.cut ? 0 : length;  // Less than was given ends the transfer.
}

std::size_t on_header(const char*, std::size_t, std::size_t length, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.header_bytes += length;
  exchange.too_long = exchange.header_bytes > kMaxHeaderBytes;
  return exchange.too_long ? 0 : length;
}

bool refused(Exchange& exchange, const char* host, std::uint16_t port) {
  const std::string_view text(host);
  const auto address = IpAddress::parse(text.substr(0, text.find('%')));  // Without the zone of a link-local address.
  std::optional<std::string> why = "it is no address that can be judged";
  if (address) why = refusal(*address, exchange.policy);
  if (!why) why = refusal(port, exchange.policy);
  if (why) exchange.refused = *why;
  return why.has_value();
}

// Called for every address before it is connected to.
curl_socket_t on_connect(void* user, curlsocktype purpose, curl_sockaddr* target) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const bool readable =
      purpose == CURLSOCKTYPE_IPCXN && ::getnameinfo(&target->addr, target->addrlen, host.data(), host.size(),
                                                     port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) == 0;
  if (!readable) {
    exchange.refused = "it is no address that can be judged";
    return CURL_SOCKET_BAD;
  }
  const auto range = PortRange::parse(port.data());
  if (refused(exchange, host.data(), range ? range->first : std::uint16_t{0})) return CURL_SOCKET_BAD;
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

// Called on the connection that the request is about to be sent over, one that was open already too.
int on_connected(void* user, char* address, char*, int port, int) {
  auto& exchange = *static_cast<Exchange*>(user);
  const bool no = port <= 0 || port > 65535 || refused(exchange, address, static_cast<std::uint16_t>(port));
  return no ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// All that is asked of libcurl; false: it cannot do one of it, and nothing may be sent.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}
  template <class Value>
  Options& set(CURLoption option, Value value) {
    ok_ = ok_ && curl_easy_setopt(handle_, option, value) == CURLE_OK;
    return *this;
  }
  bool ok() const { return ok_; }

 private:
  CURL* handle_;
  bool ok_ = true;
};

bool prepare(CURL* handle, const SenderOptions& with, const OutgoingRequest& request, const Headers& headers,
             Exchange& exchange, std::array<char, CURL_ERROR_SIZE>& words) {
  const auto timeout = static_cast<long>(std::chrono::milliseconds(with.timeout).count());
  Options o(handle);
  o.set(CURLOPT_URL, request.url.c_str()).set(CURLOPT_ERRORBUFFER, words.data()).set(CURLOPT_NOSIGNAL, 1L);
  o.set(CURLOPT_PROTOCOLS_STR, "http,https").set(CURLOPT_FOLLOWLOCATION, 0L).set(CURLOPT_PROXY, "");
  o.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)).set(CURLOPT_NETRC, 0L);
  o.set(CURLOPT_TIMEOUT_MS, timeout).set(CURLOPT_CONNECTTIMEOUT_MS, timeout);
  o.set(CURLOPT_SSL_VERIFYPEER, 1L).set(CURLOPT_SSL_VERIFYHOST, 2L);
  o.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!with.ca_file.empty()) o.set(CURLOPT_CAINFO, with.ca_file.c_str());
  o.set(CURLOPT_POST, 1L).set(CURLOPT_POSTFIELDS, request.body.data());
  o.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  o.set(CURLOPT_HTTPHEADER, headers.get()).set(CURLOPT_USERAGENT, "Postern/" POSTERN_VERSION);
  o.set(CURLOPT_WRITEFUNCTION, on_body).set(CURLOPT_WRITEDATA, &exchange);
  o.set(CURLOPT_HEADERFUNCTION, on_header).set(CURLOPT_HEADERDATA, &exchange);
  o.set(CURLOPT_OPENSOCKETFUNCTION, on_connect).set(CURLOPT_OPENSOCKETDATA, &exchange);
  o.set(CURLOPT_PREREQFUNCTION, on_connected).set(CURLOPT_PREREQDATA, &exchange);
  return o.ok();
}

Headers header_list(const OutgoingRequest& request) {
  Headers out(curl_slist_append(nullptr, "Expect:"));  // Does not wait to be asked for the body.
  for (const auto& [name, value] : request.headers) {
    std::string line = name;
    line += ": ";
    line += value;
    curl_slist* longer = curl_slist_append(out.get(), line.c_str());
    if (longer == nullptr) continue;
    static_cast<void>(out.release());  // NOLINT(bugprone-unused-return-value): `longer` begins with it
    out.reset(longer);
  }
  return out;
}

std::string in_words(CURLcode code, const Exchange& exchange, const SenderOptions& options, const char* words) {
  if (!exchange.refused.empty()) {
    return "Nothing was sent: " + exchange.refused + ". outgoing.allow and outgoing.ports say what may be reached.";
  }
  if (exchange.too_long) return "The receiver answered with more than 64 KiB of headers.";
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return "The receiver did not answer within " + std::to_string(options.timeout.count()) + " s.";
  }
  const std::string why = *words == '\0' ? curl_easy_strerror(code) : words;
  return (exchange.header_bytes > 0 ? "The receiver's answer broke off: " : "The receiver was not reached: ") + why +
         ".";
}

}  // namespace

struct CurlSender::Parts {
  SenderOptions options;
  Guarded<std::vector<Handle>> idle;  // With the connections they keep open.
};

Result<std::unique_ptr<CurlSender>> CurlSender::create(SenderOptions options) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Error{Errc::internal, "libcurl cannot be used: outgoing events cannot be sent.", ""};
  }
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  return std::unique_ptr<CurlSender>(new CurlSender(std::move(parts)));
}

CurlSender::CurlSender(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

CurlSender::~CurlSender() {
  parts_.reset();
  curl_global_cleanup();
}

OutgoingReply CurlSender::send(const OutgoingRequest& request) {
  Exchange exchange{parts_->options.policy, {}};
  if (const Result<void> checked = check_url(request.url, parts_->options.policy); !checked) {
    exchange.reply.problem = "Nothing was sent: " + checked.error().message;
    return std::move(exchange.reply);
  }
  Handle handle = parts_->idle.with([](auto& idle) {
    Handle taken;
    if (!idle.empty()) {
      taken = std::move(idle.back());
      idle.pop_back();
    }
    return taken;
  });
  if (handle == nullptr) handle.reset(curl_easy_init());
  const Headers headers = header_list(request);
  std::array<char, CURL_ERROR_SIZE> words{};
  if (handle == nullptr || !prepare(handle.get(), parts_->options, request, headers, exchange, words)) {
    exchange.reply.problem = "Nothing was sent: libcurl cannot do what is asked of it.";
    return std::move(exchange.reply);
  }
  const CURLcode code = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_off_t wait = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RETRY_AFTER, &wait);
  if (wait > 0) exchange.reply.retry_after = std::chrono::seconds{wait};
  // Of an answer that is longer than anybody reads, the status counts.
  if (code == CURLE_OK || (exchange.cut && status != 0)) {
    exchange.reply.status = static_cast<int>(status);
  } else {
    exchange.reply.problem = in_words(code, exchange, parts_->options, words.data());
  }
  curl_easy_reset(handle.get());  // Its connections stay; nothing of this request does.
  parts_->idle.with([&](auto& idle) {
    if (idle.size() < kIdleHandles) idle.push_back(std::move(handle));
  });
  return std::move(exchange.reply);
}

}  // namespace postern
