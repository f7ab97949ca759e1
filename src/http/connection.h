// One client's connection: reads requests, hands them over, writes replies. Lives on one worker's thread.
#pragma once

#include "http/chunked.h"
#include "http/head_parser.h"
#include "http/server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postern::http {

class Worker;

// What all connections of a server count together. Any thread.
struct Shared {
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> malformed{0};
  std::atomic<std::uint64_t> body_bytes{0};
  std::atomic<std::size_t> body_memory{0};  // Of bodies that are still arriving.
};

// What a Stream and its connection know of each other. Any thread.
struct StreamState {
  std::atomic<bool> closed{false};
  std::atomic<std::size_t> backlog{0};  // Bytes handed over and not yet taken by the client.
};

// States and what each waits for:
//   handshake → idle → head → body → handling → writing → idle …, and lingering → closed
//                                             → streaming → lingering → closed
// All functions but reply() run on the worker's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> tls);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void start();
  // Any thread; the answer to the request that was handed over. Takes the pointer with it, so that the connection is
  // never destroyed on a foreign thread.
  static void reply(std::shared_ptr<Connection> connection, Response response);
  Worker& worker() { return worker_; }
  // The same, on the worker's thread. While the worker is answering, the next request is left to go_on().
  void answer(Response response);
  void go_on() { process(); }
  // Any thread: begins a streamed answer, adds to it, ends it.
  static Stream stream(std::shared_ptr<Connection> connection, Response head);
  static bool add_piece(const std::shared_ptr<Connection>& connection, StreamState& state, std::string piece);
  static void cut_stream(std::shared_ptr<Connection> connection);
  static void end_stream(std::shared_ptr<Connection> connection);
  void check_deadline(MonoTime now);
  void drain();
  void close();

 private:
  enum class State { handshake, idle, head, body, handling, writing, streaming, lingering, closed };

  void handshake();
  void read();
  void on_read(const boost::system::error_code& error, std::size_t n);
  void on_end_of_input();
  void process();
  bool process_once();
  bool process_head();
  bool begin_body();
  bool process_body();
  bool process_chunks();
  bool refuse(int status, std::string_view code, std::string_view message);
  void dispatch();
  void reject_head();
  void send(const Response& response);
  void flush();
  void on_written(const boost::system::error_code& error, std::size_t n);
  void begin_stream(const Response& head, std::shared_ptr<StreamState> state);
  void take_piece(std::string_view piece);
  void flush_stream();
  void after_reply();
  void linger();
  bool send_continue();
  bool reserve_body_memory(std::size_t bytes);
  void release_body_memory();
  void make_room();
  void next_request();
  std::string_view pending() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void set_deadline(std::chrono::milliseconds from_now);
  boost::asio::ip::tcp::socket& socket() { return tls_ ? tls_->next_layer() : socket_; }

  Worker& worker_;
  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> tls_context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket>> tls_;
  std::list<Connection*>::iterator place_;
  bool listed_ = false;
  std::string peer_ip_;

  State state_ = State::idle;
  MonoTime deadline_{};
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // Of the current request within the buffer.
  std::size_t end_ = 0;    // Of what has been received.
  HeadParser parser_;
  std::vector<Header> headers_;
  std::size_t body_begin_ = 0;   // From begin_.
  std::size_t body_length_ = 0;  // Of a body with a declared length.
  std::optional<ChunkedDecoder> chunks_;
  std::string chunked_body_;
  std::size_t consumed_ = 0;  // Of the current request, from begin_; known when it is complete.
  std::size_t body_memory_ = 0;
  std::optional<Refusal> refusal_;
  bool is_head_ = false;
  bool keep_alive_ = true;
  bool dispatched_ = false;        // An answer is outstanding.
  std::optional<Response> early_;  // Given while handle() was still running.
  bool processing_ = false;
  bool reading_ = false;     // A read is under way: the buffer must stay where it is.
  bool continuing_ = false;  // "100 Continue" is being written through TLS.
  bool end_of_input_ = false;
  std::string out_;
  std::shared_ptr<StreamState> stream_;  // While streaming.
  std::string pieces_;                   // Of the stream, not yet being written.
  bool writing_pieces_ = false;
  bool stream_ended_ = false;
  std::size_t written_ = 0;
  std::size_t lingered_ = 0;
};

}  // namespace postern::http
