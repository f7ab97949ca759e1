#include "admin/live_tail.h"

#include "admin/to_json.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace postern {
namespace {

constexpr std::size_t kMostPerRound = 200;

std::string event(std::string_view name, DeliveryId id, const boost::json::object& data) {
  std::string out = "id: " + to_text(id);
  out += "\nevent: ";
  out += name;
  out += "\ndata: ";  // One line: JSON escapes line ends.
  out += boost::json::serialize(data);
  out += "\n\n";
  return out;
}

Result<DeliveryId> newest_delivery(Store& store) {
  const DeliveryPage page = TRY(store.search({.limit = 1, .max_examined = 1}));
  return page.deliveries.empty() ? DeliveryId{} : page.deliveries.front().id;
}

}  // namespace

LiveTail::LiveTail(Parts parts, Limits limits) : parts_(parts), limits_(limits), thread_([this] { run(); }) {}

LiveTail::~LiveTail() {
  stop();
}

void LiveTail::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  new_listeners_.clear();
}

Result<void> LiveTail::listen(http::Exchange& exchange, DeliveryQuery filter, std::optional<DeliveryId> after) {
  filter.after = after ? *after : TRY(newest_delivery(parts_.store));
  filter.limit = kMostPerRound;
  const std::lock_guard lock(mutex_);
  if (stopping_ || count_ >= limits_.listeners) {
    return Error{Errc::throttled, "Enough people are watching already. Close another window, or try again later.", ""};
  }
  http::Response head;
  head.content_type = "text/event-stream; charset=utf-8";
  head.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep the events back.
  Listener listener{exchange.stream(std::move(head)), std::move(filter), parts_.clock.mono(), parts_.clock.mono()};
  listener.stream.send("retry: 2000\n: listening\n\n");
  new_listeners_.push_back(std::move(listener));
  ++count_;
  wake_.notify_all();
  return {};
}

void LiveTail::run() {
  std::vector<Listener> listeners;
  std::unique_lock lock(mutex_);
  while (true) {
    if (listeners.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !new_listeners_.empty(); });
    } else {
      wake_.wait_for(lock, limits_.pause, [this] { return stopping_; });
    }
    if (stopping_) return;
    std::move(new_listeners_.begin(), new_listeners_.end(), std::back_inserter(listeners));
    new_listeners_.clear();
    lock.unlock();
    round(listeners);
    lock.lock();
    count_ = listeners.size() + new_listeners_.size();
  }
}

void LiveTail::round(std::vector<Listener>& listeners) {
  const Result<DeliveryId> newest = newest_delivery(parts_.store);
  const Result<CatalogData> catalog = newest ? parts_.store.load_catalog() : newest.error();
  if (!catalog) {
    parts_.log.warn("live_tail.read_failed",
                    {{"message", catalog.error().message}, {"detail", catalog.error().detail}});
    return;
  }
  std::erase_if(listeners, [&](Listener& each) { return !serve(each, *newest, *catalog); });
}

bool LiveTail::serve(Listener& listener, DeliveryId newest, const CatalogData& catalog) {
  const MonoTime now = parts_.clock.mono();
  if (now - listener.since > limits_.longest) return false;
  if (newest > *listener.filter.after) {
    const Result<DeliveryPage> page = parts_.store.search(listener.filter);
    if (!page) return false;
    DeliveryWriter writer(parts_.store, catalog, false);
    std::string out;
    for (const Delivery& each : page->deliveries) {
      const Result<boost::json::object> data = writer.brief(each);
      if (!data) return false;
      out += event("delivery", each.id, *data);
    }
    const bool behind = page->next && page->deliveries.size() >= kMostPerRound;
    if (behind)
      out += event("skipped", newest, {{"after", to_text(page->deliveries.back().id)}, {"to", to_text(newest)}});
    const DeliveryId seen = behind || !page->next ? newest : *page->next;
    listener.filter.after =
        std::max({*listener.filter.after, seen, page->deliveries.empty() ? DeliveryId{} : page->deliveries.back().id});
    if (!out.empty()) {
      listener.last_sent = now;
      return listener.stream.send(std::move(out));
    }
  }
  if (now - listener.last_sent < limits_.heartbeat) return true;
  listener.last_sent = now;
  return listener.stream.send(":\n\n");
}

}  // namespace postern
