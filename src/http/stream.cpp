// The caller's end of a streamed reply.
#include "http/connection.h"
#include "http/server.h"

namespace postern::http {

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    end();
    connection_ = std::move(other.connection_);
    state_ = std::move(other.state_);
  }
  return *this;
}

bool Stream::send(std::string piece) {
  return connection_ != nullptr && Connection::add_piece(connection_, *state_, std::move(piece));
}

std::size_t Stream::backlog() const {
  return state_ == nullptr ? 0 : state_->backlog.load();
}

void Stream::cut() {
  if (connection_ != nullptr) Connection::cut_stream(std::move(connection_));
  connection_ = nullptr;
}

void Stream::end() {
  if (connection_ != nullptr) Connection::end_stream(std::move(connection_));
  connection_.reset();
}

}  // namespace postern::http
