#include "portal/portal_desk.h"

namespace postern {
namespace {

http::Response plain(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

}  // namespace

PortalDesk::PortalDesk(Parts parts, Limits limits) : parts_(parts), limits_(limits) {
  pages_.answer = [this](const http::Request& request) { return parts_.portal.answer(request); };
  checks_.answer = [this](const http::Request& request) { return parts_.checks.answer(request); };
  start(pages_, limits_.page_threads);
  start(checks_, limits_.check_threads);
}

PortalDesk::~PortalDesk() {
  stop();
}

void PortalDesk::start(Lane& lane, unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) lane.threads.emplace_back([this, &lane] { run(lane); });
}

bool PortalDesk::take(const http::Request& request, http::Exchange& exchange) {
  const bool check = request.path.starts_with("/auth/");
  if (!check && request.path != "/account" && !request.path.starts_with("/account/")) return false;
  Lane& lane = check ? checks_ : pages_;
  {
    const std::lock_guard lock(lane.mutex);
    if (!lane.stopping && lane.jobs.size() < limits_.queue) {
      lane.jobs.push_back({request, std::move(exchange)});
      lane.work.notify_one();
      return true;
    }
  }
  exchange.reply(plain(503, "Too many requests of this kind are waiting. Try again in a moment.\n"));
  return true;
}

void PortalDesk::stop() {
  for (Lane* lane : {&pages_, &checks_}) {
    {
      const std::lock_guard lock(lane->mutex);
      lane->stopping = true;
    }
    lane->work.notify_all();
    for (std::thread& thread : lane->threads) {
      if (thread.joinable()) thread.join();
    }
  }
}

void PortalDesk::run(Lane& lane) {
  std::unique_lock lock(lane.mutex);
  while (true) {
    lane.work.wait(lock, [&] { return lane.stopping || !lane.jobs.empty(); });
    if (lane.jobs.empty()) return;
    Job job = std::move(lane.jobs.front());
    lane.jobs.pop_front();
    lock.unlock();
    try {
      work(lane, job);
    } catch (const std::exception& exception) {  // Out of memory, mostly.
      parts_.log.error("portal.request_failed", {{"reason", exception.what()}});
      if (job.exchange) job.exchange.reply(plain(500, "Something went wrong on our side; nothing was changed.\n"));
    }
    lock.lock();
  }
}

void PortalDesk::work(const Lane& lane, Job& job) {
  PortalAnswer answer = lane.answer(job.request);
  job.exchange.reply(std::move(answer.response));
  if (answer.afterwards) answer.afterwards();
}

}  // namespace postern
