#include "admin/piece_sender.h"

#include "admin/reply.h"

#include <algorithm>
#include <iterator>

namespace postern {
namespace {

constexpr std::chrono::milliseconds kPause{20};  // While no client takes anything.

}  // namespace

PieceSender::PieceSender(const Clock& clock, Log& log, Limits limits)
    : clock_(clock), log_(log), limits_(limits), thread_([this] { run(); }) {}

PieceSender::~PieceSender() {
  stop();
}

void PieceSender::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PieceSender::send(http::Exchange exchange, std::string_view content_type, const std::string& file_name,
                       Source source) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || count_ >= limits_.documents) {
    exchange.reply(
        Reply(Problem{503, "unavailable", "Other exports are under way. Try again when they are done.", {}, 30})
            .take());
    return;
  }
  http::Response head;
  head.content_type = content_type;
  head.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + file_name + "\"");
  new_documents_.push_back({exchange.stream(std::move(head)), std::move(source), "", false, clock_.mono()});
  ++count_;
  wake_.notify_all();
}

void PieceSender::run() {
  std::vector<Document> documents;
  bool busy = false;
  std::unique_lock lock(mutex_);
  while (true) {
    if (documents.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !new_documents_.empty(); });
    } else if (!busy) {
      wake_.wait_for(lock, kPause, [this] { return stopping_; });
    }
    if (stopping_) break;
    std::move(new_documents_.begin(), new_documents_.end(), std::back_inserter(documents));
    new_documents_.clear();
    lock.unlock();
    busy = false;
    std::erase_if(documents, [&](Document& each) {
      const Step done = step(each);
      busy = busy || done == Step::sent;
      return done == Step::over;
    });
    lock.lock();
    count_ = documents.size() + new_documents_.size();
  }
  for (std::vector<Document>* list : {&documents, &new_documents_}) {
    for (Document& each : *list) each.stream.cut();
  }
  new_documents_.clear();
}

PieceSender::Step PieceSender::step(Document& document) {
  const MonoTime now = clock_.mono();
  if (document.stream.backlog() > limits_.backlog_bytes) {
    if (now - document.progress < limits_.patience) return Step::waits;
    document.stream.cut();
    return Step::over;
  }
  document.progress = now;
  if (document.rest.empty() && !document.last) {
    Result<std::optional<std::string>> piece = document.source();
    if (!piece) {
      log_.error("export.failed", {{"message", piece.error().message}, {"detail", piece.error().detail}});
      document.stream.cut();
      return Step::over;
    }
    document.last = !piece->has_value();
    if (*piece) document.rest = **std::move(piece);
  }
  if (document.rest.empty()) {
    if (!document.last) return Step::sent;
    document.stream.end();
    return Step::over;
  }
  const std::size_t length = std::min(document.rest.size(), limits_.piece_bytes);
  const bool taken = document.stream.send(document.rest.substr(0, length));
  document.rest.erase(0, length);
  return taken ? Step::sent : Step::over;
}

}  // namespace postern
