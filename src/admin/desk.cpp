#include "admin/desk.h"

#include "source/media_type.h"

#include <boost/json/parse.hpp>

namespace postern {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrefix = "/api/v1";
constexpr std::size_t kMaxDepth = 16;

Problem overloaded() {
  return {503, "unavailable", "Too many requests of this kind are waiting. Try again in a moment.", {}, 2};
}

// For a year, and for all names below: whoever has seen Postern on TLS never asks for it without.
constexpr const char* kHsts = "max-age=31536000; includeSubDomains";

http::Response with_headers(Reply reply, const Client& client) {
  http::Response response = std::move(reply).take();
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  if (client.tls) response.headers.emplace_back("Strict-Transport-Security", kHsts);
  return response;
}

std::optional<Problem> read_body(Call& call) {
  const std::string_view content_type = call.request().header("content-type").value_or("");
  if (format_of(content_type) != BodyFormat::json) {
    return Problem{415, "unsupported_media_type", "The body has to be application/json."};
  }
  json::error_code error;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  const std::string_view text = call.request().body;
  json::value body = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !body.is_object()) {
    return Problem{
        400, "malformed_body",
        "The body is no JSON object" + (error ? " (" + error.message() + ")" : "") + ". Nothing was changed."};
  }
  call.body = std::move(body.get_object());
  return std::nullopt;
}

}  // namespace

AdminDesk::AdminDesk(Parts parts, AdminPolicy policy, Limits limits)
    : parts_(parts), policy_(std::move(policy)), limits_(limits) {
  for (unsigned i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run(); });
}

AdminDesk::~AdminDesk() {
  stop();
}

bool AdminDesk::take(const http::Request& request, http::Exchange& exchange) {
  if (request.path != kPrefix && !request.path.starts_with("/api/")) return false;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && jobs_.size() < limits_.queue) {
      jobs_.push_back({request, std::move(exchange)});
      work_.notify_one();
      return true;
    }
  }
  exchange.reply(Reply(overloaded()).take());
  return true;
}

void AdminDesk::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void AdminDesk::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      work(job);
    } catch (const std::exception& exception) {  // Out of memory, mostly.
      parts_.log.error("admin.request_failed", {{"reason", exception.what()}});
      if (job.exchange) job.exchange.reply(Reply(Error{Errc::internal, "", ""}).take());
    }
    lock.lock();
  }
}

void AdminDesk::work(Job& job) {
  Call call(job.request, identify_client(job.request, policy_.trusted_proxies));
  const bool ours = job.request.path.starts_with(kPrefix);
  Routes::Match match;
  if (ours) match = parts_.routes.find(job.request.method, job.request.path.substr(kPrefix.size()));
  if (auto refused = admit(call, match)) return job.exchange.reply(with_headers(*std::move(refused), call.client()));
  call.path = std::move(match.values);
  if (match.route->stream) {
    match.route->stream(call, std::move(job.exchange));
    return write_audit(call);
  }
  Reply reply = answer(call, *match.route);
  if (!reply.detail().empty()) {
    parts_.log.error("admin.request_failed", {{"route", match.route->pattern}, {"detail", reply.detail()}});
  }
  job.exchange.reply(with_headers(std::move(reply), call.client()));
}

std::optional<Reply> AdminDesk::admit(Call& call, const Routes::Match& match) {
  if (!call.client().secure && !policy_.insecure_http) {
    return Problem{403, "https_required",
                   "The request came over plain HTTP, which shows passwords to everybody on the "
                   "way. Use https://."};
  }
  if (match.route == nullptr) {
    if (match.allow.empty()) return Reply(no_such("address"));
    return Reply(Problem{405, "method_not_allowed", "This address does not take this method.", {}, 0, {}, match.allow});
  }
  if (call.request().refusal) {
    const http::Refusal& refusal = *call.request().refusal;
    return Reply(Problem{refusal.status, refusal.code, std::string(refusal.message)});
  }
  const Route& route = *match.route;
  if (auto problem = parts_.gate.identify(call)) return deny(call, route, *problem);
  if (route.permission && !call.principal.permission) {
    return deny(call, route,
                {401, "unauthenticated", "You are not logged in, or the session has ended. Log in again."});
  }
  if (route.permission && !call.principal.may(*route.permission)) {
    return deny(call, route, forbidden(to_word(*route.permission)));
  }
  if (route.body == Route::Body::json) {
    if (auto problem = read_body(call)) return Reply(*problem);
  }
  return std::nullopt;
}

Reply AdminDesk::deny(const Call& call, const Route& route, const Problem& problem) {
  if (problem.status == 401 || problem.status == 403) {
    const AuditEntry entry{"denied",
                           std::string(route.method) + " " + std::string(route.pattern),
                           nullptr,
                           {{"code", json::string_view(problem.code.data(), problem.code.size())}}};
    if (const Result<void> recorded = parts_.audit.record(call, entry); !recorded) {
      parts_.log.error("audit.not_recorded", {{"action", entry.action}, {"message", recorded.error().message}});
    }
  }
  return problem;
}

Reply AdminDesk::answer(Call& call, const Route& route) {
  const bool repeatable = route.method == "POST" && call.request().header("idempotency-key").has_value();
  if (repeatable) {
    if (auto first = parts_.replies.recall(call)) return *std::move(first);
  }
  Reply reply = route.handle(call);
  if (repeatable) {
    if (reply.ok()) {
      parts_.replies.remember(call, reply.response());
    } else {
      parts_.replies.forget(call);
    }
  }
  if (reply.ok()) write_audit(call);
  return reply;
}

void AdminDesk::write_audit(const Call& call) {
  for (const AuditEntry& entry : call.audit_entries()) {
    if (const Result<void> recorded = parts_.audit.record(call, entry); !recorded) {
      parts_.log.error("audit.not_recorded", {{"action", entry.action}, {"message", recorded.error().message}});
    }
  }
}

}  // namespace postern
