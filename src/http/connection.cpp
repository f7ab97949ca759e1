#include "http/connection.h"

#include "base/ip.h"
#include "http/response_writer.h"
#include "http/worker.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace postern::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kKeptBuffer = 64UL * 1024;  // A larger one is given back after its request.
constexpr std::chrono::milliseconds kLingerFor{1000};
constexpr std::size_t kLingerBytes = 256UL * 1024;

std::string peer_of(const asio::ip::tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {};
  const auto address = IpAddress::parse(endpoint.address().to_string());
  return address ? address->to_text() : endpoint.address().to_string();
}

std::string error_body(std::string_view code, std::string_view message) {
  std::string body = R"({"success":false,"message":")";  // Both are literals without a character to escape.
  body += message;
  body += R"(","code":")";
  body += code;
  body += "\"}";
  return body;
}

}  // namespace

Connection::Connection(Worker& worker, asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls)
    : worker_(worker),
      socket_(std::move(socket)),
      tls_context_(std::move(tls)),
      peer_ip_(peer_of(socket_)),
      parser_({worker.options().max_head_bytes, worker.options().max_headers}) {
  if (tls_context_) tls_.emplace(std::move(socket_), *tls_context_);
}

Connection::~Connection() {
  release_body_memory();
  if (listed_) worker_.leave(place_);
  worker_.shared().open.fetch_sub(1);
}

void Connection::start() {
  place_ = worker_.enter(this);
  listed_ = true;
  error_code ignored;
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  socket().non_blocking(true, ignored);
  if (tls_) {
    handshake();
  } else {
    set_deadline(worker_.options().head_timeout);
    read();
  }
}

void Connection::handshake() {
  state_ = State::handshake;
  set_deadline(worker_.options().head_timeout);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](const error_code& error) {
    if (error || self->state_ != State::handshake) return self->close();
    self->state_ = State::idle;
    self->read();
  });
}

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  deadline_ = worker_.clock().mono() + from_now;
}

void Connection::check_deadline(MonoTime now) {
  if (now < deadline_) return;
  switch (state_) {
    case State::head:
      worker_.shared().malformed.fetch_add(1);
      keep_alive_ = false;
      send({.status = 408, .body = error_body("request_timeout", "The head of the request did not arrive in time.")});
      break;
    case State::body:
      if (continuing_) return close();
      if (refuse(408, "request_timeout", "The body of the request did not arrive in time. Send it again.")) process();
      break;
    case State::handling:
      break;  // Takes what it takes.
    case State::streaming:
      if (writing_pieces_) close();
      break;
    case State::handshake:
    case State::idle:
    case State::writing:
    case State::lingering:
    case State::closed:
      close();
      break;
  }
}

void Connection::drain() {
  if (state_ == State::idle || state_ == State::handshake || state_ == State::streaming) close();
}

// ---- reading ---------------------------------------------------------------------------------------------------

void Connection::make_room() {
  if (buffer_.empty()) buffer_.resize(kFirstBuffer);
  if (begin_ > 0 && (begin_ == end_ || end_ == buffer_.size())) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t wanted = state_ == State::body && body_length_ > 0 ? begin_ + body_begin_ + body_length_ : 0;
  if (wanted > buffer_.size()) buffer_.resize(wanted);
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
}

void Connection::read() {
  if (reading_) return;
  reading_ = true;
  make_room();
  const auto space = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
  const auto done = [self = shared_from_this()](const error_code& error, std::size_t n) { self->on_read(error, n); };
  if (tls_) {
    tls_->async_read_some(space, done);
  } else {
    socket_.async_read_some(space, done);
  }
}

void Connection::on_read(const error_code& error, std::size_t n) {
  reading_ = false;
  if (state_ == State::closed) return;
  if (state_ == State::lingering) {
    lingered_ += n;
    if (error || lingered_ > kLingerBytes) return close();
    end_ = begin_ = 0;
    return read();
  }
  if (state_ == State::writing || state_ == State::handling) return;  // A timeout was answered meanwhile.
  if (state_ == State::streaming) return close();                     // The client is gone, or has stopped listening.
  if (error == asio::error::eof) return on_end_of_input();
  if (error) return close();
  end_ += n;
  process();
}

void Connection::on_end_of_input() {
  end_of_input_ = true;
  if (state_ == State::body) {
    if (refuse(400, "incomplete_body", "The connection was closed before the body was complete. Send it again."))
      process();
    return;
  }
  if (begin_ == end_) return close();
  worker_.shared().malformed.fetch_add(1);
  keep_alive_ = false;
  send(
      {.status = 400, .body = error_body("malformed_request", "The connection was closed within the request's head.")});
}

// Works off what is in the buffer: requests that came together are handled one after the other, without recursion.
void Connection::process() {
  if (processing_) return;
  processing_ = true;
  const std::shared_ptr<Connection> self = shared_from_this();  // An answer may drop the last other owner.
  while (process_once()) {
  }
  processing_ = false;
}

// True: there may be more to do right away.
bool Connection::process_once() {
  switch (state_) {
    case State::idle:
    case State::head:
      return process_head();
    case State::body:
      return refusal_ || process_body() ? (dispatch(), true) : false;
    case State::handling:
      if (!early_) return false;
      {
        Response response = std::move(*early_);
        early_.reset();
        send(response);
      }
      return true;
    case State::handshake:
    case State::writing:
    case State::streaming:
    case State::lingering:
    case State::closed:
      return false;
  }
  return false;
}

bool Connection::process_head() {
  if (begin_ == end_) {
    state_ = State::idle;
    if (end_of_input_ || worker_.draining()) return close(), false;
    if (worker_.answering()) return false;
    return read(), false;
  }
  switch (parser_.feed(pending())) {
    case HeadParser::State::failed:
      return reject_head(), true;
    case HeadParser::State::needs_more:
      if (state_ == State::idle) set_deadline(worker_.options().head_timeout);
      state_ = State::head;
      if (end_of_input_) return on_end_of_input(), false;
      return read(), false;
    case HeadParser::State::complete:
      break;
  }
  worker_.shared().requests.fetch_add(1, std::memory_order_relaxed);
  state_ = State::body;
  body_begin_ = parser_.length();
  keep_alive_ = parser_.keep_alive();
  return begin_body();
}

// The connection cannot be trusted any more: what follows may be part of this request or of another.
void Connection::reject_head() {
  worker_.shared().malformed.fetch_add(1);
  keep_alive_ = false;
  const HeadError& error = parser_.error();
  Response response{.status = error.status, .body = error_body(error.code, error.message)};
  if (error.status == 405) response.headers.emplace_back("Allow", "GET, HEAD, POST, OPTIONS");
  send(response);
}

bool Connection::refuse(int status, std::string_view code, std::string_view message) {
  refusal_ = Refusal{status, code, message};
  keep_alive_ = false;
  return true;
}

bool Connection::begin_body() {
  const ServerOptions& options = worker_.options();
  const std::string_view method = pending().substr(0, pending().find(' '));
  const bool wants_length = method == "POST" || method == "PUT" || method == "PATCH";
  if (parser_.expects_unknown()) {
    return refuse(417, "expectation_failed", "The only Expect understood is 100-continue.");
  }
  if (!parser_.has_length_header() && wants_length) {
    return refuse(411, "length_required", "The request has no Content-Length. Let your HTTP library set it.");
  }
  if (parser_.framing() != Framing::none && parser_.is_encoded()) {
    return refuse(415, "unsupported_encoding", "The body is compressed. Send it without Content-Encoding.");
  }
  if (parser_.framing() == Framing::length) {
    if (parser_.content_length() > options.max_body_bytes) {
      return refuse(413, "body_too_large", "The body is larger than this server takes. Send a smaller one.");
    }
    body_length_ = parser_.content_length();
    if (end_ - begin_ - body_begin_ >= body_length_) return true;
    if (!reserve_body_memory(body_length_)) {
      return refuse(503, "unavailable", "Too many large requests are arriving at once. Send it again later.");
    }
  } else if (parser_.framing() == Framing::chunked) {
    chunks_.emplace(options.max_body_bytes);
    consumed_ = body_begin_;
  } else {
    return true;
  }
  set_deadline(options.body_timeout);
  if (parser_.expects_continue() && !parser_.is_http10() && end_ - begin_ == body_begin_) return send_continue();
  return true;
}

bool Connection::process_body() {
  if (chunks_) return process_chunks();
  if (end_ - begin_ - body_begin_ >= body_length_) {
    consumed_ = body_begin_ + body_length_;
    return true;
  }
  return read(), false;
}

bool Connection::process_chunks() {
  std::size_t taken = 0;
  const std::size_t before = chunked_body_.size();
  const auto state = chunks_->feed(pending().substr(consumed_), chunked_body_, taken);
  consumed_ += taken;
  const std::size_t grown = chunked_body_.size() - before;
  if (grown > 0 && !reserve_body_memory(grown)) {
    return refuse(503, "unavailable", "Too many large requests are arriving at once. Send it again later.");
  }
  switch (state) {
    case ChunkedDecoder::State::complete:
      return true;
    case ChunkedDecoder::State::malformed:
      return refuse(400, "malformed_body", "The chunks of the body are malformed.");
    case ChunkedDecoder::State::too_large:
      return refuse(413, "body_too_large", "The body is larger than this server takes. Send a smaller one.");
    case ChunkedDecoder::State::needs_more:
      break;
  }
  // What has been decoded is not needed any more; the head is.
  end_ = begin_ + body_begin_;
  consumed_ = body_begin_;
  return read(), false;
}

bool Connection::reserve_body_memory(std::size_t bytes) {
  std::atomic<std::size_t>& all = worker_.shared().body_memory;
  if (all.fetch_add(bytes) + bytes > worker_.options().max_body_memory) {
    all.fetch_sub(bytes);
    return false;
  }
  body_memory_ += bytes;
  return true;
}

void Connection::release_body_memory() {
  if (body_memory_ > 0) worker_.shared().body_memory.fetch_sub(body_memory_);
  body_memory_ = 0;
}

// ---- handling --------------------------------------------------------------------------------------------------

void Connection::dispatch() {
  Request request;
  parser_.describe(pending(), request, headers_);
  if (!refusal_) request.body = chunks_ ? std::string_view(chunked_body_) : pending().substr(body_begin_, body_length_);
  request.peer_ip = peer_ip_;
  request.tls = tls_.has_value();
  request.refusal = refusal_;
  is_head_ = request.method == "HEAD";
  worker_.shared().body_bytes.fetch_add(request.body.size(), std::memory_order_relaxed);
  state_ = State::handling;
  dispatched_ = true;
  worker_.hand_over();
  worker_.handler().handle(request, Exchange(shared_from_this()));
}

void Connection::reply(std::shared_ptr<Connection> connection, Response response) {
  Worker& worker = connection->worker_;
  if (worker.is_current()) {
    connection->answer(std::move(response));
  } else {
    worker.deliver(std::move(connection), std::move(response));
  }
}

void Connection::answer(Response response) {
  if (state_ != State::handling || !dispatched_) return;
  dispatched_ = false;
  early_ = std::move(response);
  process();
}

// ---- writing ---------------------------------------------------------------------------------------------------

void Connection::send(const Response& response) {
  if (response.close || worker_.draining() || end_of_input_) keep_alive_ = false;
  out_.clear();
  written_ = 0;
  write_response(out_, response,
                 {.head = is_head_, .keep_alive = keep_alive_, .http10 = parser_.is_http10(), .date = worker_.date()});
  state_ = State::writing;
  flush();
}

void Connection::flush() {
  if (!tls_) {
    // Mostly the socket takes it all at once.
    const ssize_t n = ::send(socket_.native_handle(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (n > 0) written_ += static_cast<std::size_t>(n);
    if (written_ == out_.size()) return after_reply();
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return close();
  }
  set_deadline(worker_.options().write_timeout);
  const auto rest = asio::buffer(out_.data() + written_, out_.size() - written_);
  const auto done = [self = shared_from_this()](const error_code& error, std::size_t n) { self->on_written(error, n); };
  if (tls_) {
    asio::async_write(*tls_, rest, done);
  } else {
    asio::async_write(socket_, rest, done);
  }
}

void Connection::on_written(const error_code& error, std::size_t /*n*/) {
  if (state_ != State::writing) return;
  if (error) return close();
  after_reply();
  process();
}

void Connection::after_reply() {
  if (!keep_alive_) return linger();
  next_request();
}

void Connection::next_request() {
  begin_ += consumed_ > 0 ? consumed_ : body_begin_ + body_length_;
  if (begin_ >= end_) begin_ = end_ = 0;
  if (begin_ == end_ && buffer_.size() > kKeptBuffer) std::vector<char>().swap(buffer_);
  if (chunked_body_.capacity() > kKeptBuffer) std::string().swap(chunked_body_);
  chunked_body_.clear();
  chunks_.reset();
  release_body_memory();
  parser_.reset();
  refusal_.reset();
  body_begin_ = body_length_ = consumed_ = 0;
  is_head_ = false;
  state_ = State::idle;
  set_deadline(worker_.options().idle_timeout);
}

// True: go on reading at once.
bool Connection::send_continue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!tls_) {
    // A socket that was just read from has room for 25 bytes; if not, the client sends without being asked.
    static_cast<void>(::send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL));
    return true;
  }
  continuing_ = true;
  asio::async_write(*tls_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      self->continuing_ = false;
                      if (error) return self->close();
                      self->process();
                    });
  return false;
}

// ---- closing ---------------------------------------------------------------------------------------------------

// Closing with unread input makes the kernel reset the connection, and the client may lose the reply. So say that
// nothing more will come, and read on for a moment. Source: RFC 9112 §9.6.
void Connection::linger() {
  release_body_memory();
  if (end_of_input_) return close();
  state_ = State::lingering;
  set_deadline(kLingerFor);
  if (!reading_) begin_ = end_ = 0;
  lingered_ = 0;
  if (tls_) {
    tls_->async_shutdown([self = shared_from_this()](const error_code&) { self->close(); });
    return;
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
  read();
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  if (stream_) stream_->closed = true;
  error_code ignored;
  socket().close(ignored);
}

// ---- streaming -------------------------------------------------------------------------------------------------

Stream Connection::stream(std::shared_ptr<Connection> connection, Response head) {
  auto state = std::make_shared<StreamState>();
  Worker& worker = connection->worker_;
  asio::post(worker.io(), [connection, head = std::move(head), state] { connection->begin_stream(head, state); });
  return {std::move(connection), std::move(state)};
}

bool Connection::add_piece(const std::shared_ptr<Connection>& connection, StreamState& state, std::string piece) {
  if (state.closed) return false;
  Worker& worker = connection->worker_;
  if (state.backlog.fetch_add(piece.size()) + piece.size() > worker.options().max_stream_backlog) {
    asio::post(worker.io(), [connection] { connection->close(); });
    return false;
  }
  asio::post(worker.io(), [connection, piece = std::move(piece)] { connection->take_piece(piece); });
  return true;
}

void Connection::cut_stream(std::shared_ptr<Connection> connection) {
  Worker& worker = connection->worker_;
  asio::post(worker.io(), [connection = std::move(connection)] { connection->close(); });
}

void Connection::end_stream(std::shared_ptr<Connection> connection) {
  Worker& worker = connection->worker_;
  asio::post(worker.io(), [connection = std::move(connection)] {
    connection->stream_ended_ = true;
    connection->flush_stream();
  });
}

void Connection::begin_stream(const Response& head, std::shared_ptr<StreamState> state) {
  if (state_ != State::handling || !dispatched_) {
    state->closed = true;
    return;
  }
  dispatched_ = false;
  keep_alive_ = false;
  stream_ = std::move(state);
  state_ = State::streaming;
  begin_ = end_ = 0;  // Nothing of the request is needed any more.
  const bool chunked = !parser_.is_http10();
  write_head(pieces_, head, {.keep_alive = false, .date = worker_.date()}, chunked);
  flush_stream();
  if (state_ == State::streaming) read();  // Only to see the client go.
}

void Connection::take_piece(std::string_view piece) {
  if (state_ != State::streaming || stream_ended_ || piece.empty()) return;
  if (!parser_.is_http10()) {
    std::array<char, 24> size{};
    const int n = std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
    pieces_.append(size.data(), static_cast<std::size_t>(n));
  }
  pieces_ += piece;
  if (!parser_.is_http10()) pieces_ += "\r\n";
  flush_stream();
}

// One write at a time; what comes meanwhile goes with the next.
void Connection::flush_stream() {
  if (state_ != State::streaming || writing_pieces_) return;
  if (pieces_.empty()) {
    if (!stream_ended_) return;
    if (!parser_.is_http10()) pieces_ = "0\r\n\r\n";
    stream_->closed = true;
  }
  const bool last = stream_->closed;
  out_.swap(pieces_);
  pieces_.clear();
  writing_pieces_ = true;
  set_deadline(worker_.options().write_timeout);
  const auto done = [self = shared_from_this(), last](const error_code& error, std::size_t) {
    self->writing_pieces_ = false;
    if (self->state_ != State::streaming) return;
    if (error) return self->close();
    self->stream_->backlog = self->pieces_.size();
    if (last) return self->tls_ ? self->close() : self->linger();
    self->flush_stream();
  };
  if (tls_) {
    asio::async_write(*tls_, asio::buffer(out_), done);
  } else {
    asio::async_write(socket_, asio::buffer(out_), done);
  }
}

// ---- Exchange --------------------------------------------------------------------------------------------------

Exchange& Exchange::operator=(Exchange&& other) noexcept {
  if (this != &other) {
    if (connection_) reply({.status = 500, .body = error_body("internal", "The request was dropped.")});
    connection_ = std::move(other.connection_);
  }
  return *this;
}

Exchange::~Exchange() {
  if (connection_) reply({.status = 500, .body = error_body("internal", "The request was dropped.")});
}

Stream Exchange::stream(Response head) {
  return connection_ != nullptr ? Connection::stream(std::move(connection_), std::move(head)) : Stream();
}

void Exchange::reply(Response response) {
  if (connection_ != nullptr) Connection::reply(std::move(connection_), std::move(response));
}

void reply_all(std::span<std::pair<Exchange, Response>> replies) {
  std::vector<std::pair<Worker*, Worker::Mail>> mails;  // As many as there are workers: few.
  for (auto& [exchange, response] : replies) {
    if (!exchange) continue;
    Worker* const worker = &exchange.connection_->worker();
    auto mail = std::find_if(mails.begin(), mails.end(), [&](const auto& each) { return each.first == worker; });
    if (mail == mails.end()) mail = mails.insert(mail, {worker, {}});
    mail->second.emplace_back(std::move(exchange.connection_), std::move(response));
  }
  for (auto& [worker, mail] : mails) worker->deliver_all(std::move(mail));
}

}  // namespace postern::http
