#include "effects/mail/smtp_transport.h"

#include "base/utf8.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace postern {
namespace {

constexpr std::size_t kMaxResponseBytes = 1000;
constexpr std::chrono::seconds kMaxConnectTime{10};
constexpr long kMaxIdleSeconds = 30;  // Then a server may have closed the connection.

// Source: RFC 9325 §4.2.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
}

std::string url_of(const SmtpOptions& options) {
  const bool v6 = options.host.find(':') != std::string::npos;
  std::string url = options.security == MailSecurity::tls ? "smtps://" : "smtp://";
  url += v6 ? "[" + options.host + "]" : options.host;
  url += ":" + std::to_string(options.port);
  if (!options.helo.empty() && is_ascii(options.helo)) url += "/" + options.helo;
  return url;
}

// "451 4.7.1 Try again later": what the server said last, line by line.
class LastWords {
 public:
  void clear() { lines_.clear(), last_ = true; }
  void take(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("221")) return;  // The good-bye.
    if (last_) lines_.clear();
    last_ = line.size() < 4 || line[3] != '-';
    if (lines_.size() < kMaxResponseBytes) lines_ += (lines_.empty() ? "" : " ") + one_line(line);
  }
  std::string text() const { return std::string(utf8::cut(lines_, kMaxResponseBytes)); }

 private:
  std::string lines_;
  bool last_ = true;  // The reply is complete: the next line begins another.
};

}  // namespace

// One connection to the server, and what libcurl needs for it. One thread at a time.
class SmtpTransport::Line {
 public:
  explicit Line(const SmtpOptions& options) : options_(options), curl_(curl_easy_init()) { prepare(); }
  ~Line() {
    // The good-bye is still read here.
    if (curl_ != nullptr) curl_easy_cleanup(curl_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  MailResult send(const Mail& mail) {
    if (curl_ == nullptr) return {MailResult::Kind::failed, 0, "There is not enough memory to send a mail.", ""};
    message_ = to_mime(mail);
    const std::string from = mail.from.wire();
    curl_slist* recipients = curl_slist_append(nullptr, mail.to.wire().c_str());
    curl_easy_setopt(curl_, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(curl_, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message_.size()));
    CURLcode code = attempt(false);
    if (code != CURLE_OK && was_closed_meanwhile()) code = attempt(true);
    MailResult result = judge(code);
    curl_easy_setopt(curl_, CURLOPT_MAIL_RCPT, nullptr);
    curl_slist_free_all(recipients);
    message_.clear();
    return result;
  }

 private:
  void prepare() {
    if (curl_ == nullptr) return;
    curl_easy_setopt(curl_, CURLOPT_URL, url_of(options_).c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");  // Whatever the environment says.
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, problem_.data());
    curl_easy_setopt(curl_, CURLOPT_READFUNCTION, &Line::give);
    curl_easy_setopt(curl_, CURLOPT_READDATA, this);
    curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &Line::hear);
    curl_easy_setopt(curl_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Line::ignore);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT, static_cast<long>(options_.timeout.count()));
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(std::min(options_.timeout, kMaxConnectTime).count()));
    // Also how long a good-bye is waited for, for which the time-out above does not count.
    curl_easy_setopt(curl_, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(options_.timeout.count()));
    curl_easy_setopt(curl_, CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
    if (options_.security == MailSecurity::none) {
      curl_easy_setopt(curl_, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_NONE));
    } else {
      curl_easy_setopt(curl_, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
      curl_easy_setopt(curl_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
      curl_easy_setopt(curl_, CURLOPT_SSL_CIPHER_LIST, kCiphers);
      curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYPEER, 1L);
      curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYHOST, 2L);
      if (!options_.ca_file.empty()) {
        curl_easy_setopt(curl_, CURLOPT_CAINFO, options_.ca_file.c_str());
        curl_easy_setopt(curl_, CURLOPT_CAPATH, nullptr);
      }
    }
    if (!options_.user.empty()) {
      curl_easy_setopt(curl_, CURLOPT_USERNAME, options_.user.c_str());
      curl_easy_setopt(curl_, CURLOPT_PASSWORD, std::string(options_.password.reveal()).c_str());
    }
  }

  CURLcode attempt(bool afresh) {
    words_.clear();
    read_ = 0;
    problem_[0] = '\0';
    curl_easy_setopt(curl_, CURLOPT_FRESH_CONNECT, afresh ? 1L : 0L);
    return curl_easy_perform(curl_);
  }

  int status() const {
    long code = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }
  // An old connection that is gone, or that the server gave up with 421, before it got anything of the message.
  bool was_closed_meanwhile() const {
    long connects = 0;
    curl_easy_getinfo(curl_, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && read_ == 0 && (status() == 0 || status() == 421);
  }
  std::string server() const { return options_.host + ":" + std::to_string(options_.port); }

  MailResult judge(CURLcode code) const {
    MailResult result{MailResult::Kind::failed, status(), "", words_.text()};
    if (code == CURLE_OK) {
      result.kind = MailResult::Kind::sent;
      result.note = "The mail server took it.";
      return result;
    }
    result.note = explain(code, result);
    // Of MAIL, RCPT and DATA libcurl says that it could not send; of what follows the message, that the reply was
    // unexpected.
    const bool of_this_mail = code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && read_ > 0);
    if (of_this_mail && result.status >= 500) result.kind = MailResult::Kind::refused;
    return result;
  }

  std::string explain(CURLcode code, const MailResult& result) const {
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
        return "The name of the mail server, " + options_.host + ", is not known.";
      case CURLE_COULDNT_CONNECT:
        return "The mail server " + server() + " cannot be reached.";
      case CURLE_OPERATION_TIMEDOUT:
        return "The mail server " + server() + " did not answer within " + std::to_string(options_.timeout.count()) +
               " s.";
      case CURLE_USE_SSL_FAILED:
        return "The mail server " + server() + " does not offer STARTTLS, and without it nothing is sent.";
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CIPHER:
        return "The connection to the mail server " + server() + " could not be secured: " + one_line(problem_.data()) +
               ".";
      case CURLE_LOGIN_DENIED:
        return "The mail server did not accept mail.user and mail.password.";
      default:
        break;
    }
    if (result.status >= 400) return "The mail server refused it: " + result.response;
    const std::string problem = one_line(problem_.data());
    return "The connection to the mail server broke off" + (problem.empty() ? "." : ": " + problem + ".");
  }

  static std::size_t give(char* buffer, std::size_t size, std::size_t count, void* self) {
    Line& line = *static_cast<Line*>(self);
    const std::size_t n = std::min(size * count, line.message_.size() - line.read_);
    std::memcpy(buffer, line.message_.data() + line.read_, n);
    line.read_ += n;
    return n;
  }
  static std::size_t hear(char* buffer, std::size_t size, std::size_t count, void* self) {
    static_cast<Line*>(self)->words_.take({buffer, size * count});
    return size * count;
  }
  static std::size_t ignore(char* /*buffer*/, std::size_t size, std::size_t count, void* /*self*/) {
    return size * count;
  }

  const SmtpOptions& options_;
  std::string message_;
  std::size_t read_ = 0;  // Of message_, by libcurl.
  LastWords words_;
  std::array<char, CURL_ERROR_SIZE> problem_{};
  CURL* curl_;  // The last: its end still uses the others.
};

Result<std::unique_ptr<SmtpTransport>> SmtpTransport::create(SmtpOptions options) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Error{Errc::unavailable, "The library that sends mails (libcurl) cannot be used.", ""};
  }
  return std::unique_ptr<SmtpTransport>(new SmtpTransport(std::move(options)));
}

SmtpTransport::SmtpTransport(SmtpOptions options) : options_(std::move(options)) {}

SmtpTransport::~SmtpTransport() {
  idle_.with([](auto& idle) { idle.clear(); });
  curl_global_cleanup();
}

std::unique_ptr<SmtpTransport::Line> SmtpTransport::take_line() {
  std::unique_ptr<Line> line = idle_.with([](auto& idle) {
    std::unique_ptr<Line> taken;
    if (!idle.empty()) {
      taken = std::move(idle.back());
      idle.pop_back();
    }
    return taken;
  });
  return line == nullptr ? std::make_unique<Line>(options_) : std::move(line);
}

MailResult SmtpTransport::send(const Mail& mail) {
  std::unique_ptr<Line> line = take_line();
  MailResult result = line->send(mail);
  idle_.with([&](auto& idle) { idle.push_back(std::move(line)); });
  return result;
}

}  // namespace postern
