// Sends long documents piece by piece, as fast as their clients take them.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "http/server.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postern {

// One thread for all of them, which takes a piece of each in turn: a long export holds up nobody else.
class PieceSender {
 public:
  struct Limits {
    std::size_t documents = 4;                   // At once; past it 503.
    std::size_t piece_bytes = 64UL * 1024;       // Sent at a time.
    std::size_t backlog_bytes = 256UL * 1024;    // Not yet taken by the client: wait.
    std::chrono::milliseconds patience{60'000};  // With a client that takes nothing; then it is cut.
  };
  // Called on the sender's thread: the next piece, which may be empty; nothing: that was all. After an error the
  // connection is cut, so that nobody takes half a document for a whole one.
  using Source = std::function<Result<std::optional<std::string>>()>;

  // All must outlive the sender.
  PieceSender(const Clock& clock, Log& log, Limits limits);
  PieceSender(const PieceSender&) = delete;
  PieceSender& operator=(const PieceSender&) = delete;
  ~PieceSender();  // stop()

  // Answers the exchange with an attachment of that name, or with 503 if too many are on their way. Any thread.
  // `content_type` is a literal.
  void send(http::Exchange exchange, std::string_view content_type, const std::string& file_name, Source source);
  // Cuts what is on its way, and ends the thread.
  void stop();

 private:
  struct Document {
    http::Stream stream;
    Source source;
    std::string rest;  // Of the last piece.
    bool last = false;
    MonoTime progress;
  };
  enum class Step { sent, waits, over };
  void run();
  Step step(Document& document);

  const Clock& clock_;
  Log& log_;
  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Document> new_documents_;  // Guarded by mutex_.
  std::size_t count_ = 0;                // Guarded by mutex_: all of them.
  bool stopping_ = false;                // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace postern
