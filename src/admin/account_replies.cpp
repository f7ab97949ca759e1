#include "admin/account_replies.h"

#include "crypto/account_secrets.h"

#include <charconv>

namespace postern {
namespace {

constexpr std::chrono::hours kKeepFor{24};
constexpr std::chrono::minutes kGiveUpAfter{10};
constexpr std::size_t kMaxKeyBytes = 255;

// "201\n<body>". Only JSON is remembered.
Reply unpacked(const Secret& plain) {
  const std::string_view text = plain.reveal();
  const std::size_t end = text.find('\n');
  http::Response response;
  if (end != std::string_view::npos) {
    std::from_chars(text.data(), text.data() + end, response.status);
    response.body = text.substr(end + 1);
  }
  response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

}  // namespace

std::optional<KeyHash> AccountReplies::key_of(const Call& call) const {
  std::string text;
  if (call.principal.admin) {
    text = "admin " + std::to_string(call.principal.admin->value);
  } else if (call.principal.token) {
    text = "token " + std::to_string(call.principal.token->value);
  } else {
    return std::nullopt;
  }
  if (!call.principal.permission) return std::nullopt;
  for (const std::string_view part :
       {call.request().method, call.request().path, call.request().header("idempotency-key").value_or("")}) {
    text += '\n';
    text += part;
  }
  return reply_hash(parts_.vault, text);
}

std::optional<Reply> AccountReplies::recall(const Call& call) {
  const std::string_view given = call.request().header("idempotency-key").value_or("");
  if (given.empty() || given.size() > kMaxKeyBytes) {
    return Reply(invalid_fields({{"Idempotency-Key", "has to be 1 to 255 bytes long"}}));
  }
  const auto key = key_of(call);
  if (!key) return std::nullopt;
  const WallTime now = parts_.clock.now();
  const RememberedReply claim{*key, reply_hash(parts_.vault, call.request().body), "", now};
  const auto claimed = parts_.store.claim_reply(claim, now - kKeepFor, now - kGiveUpAfter);
  if (!claimed) return Reply(claimed.error());
  if (!*claimed) return std::nullopt;
  const RememberedReply& first = **claimed;
  if (first.request != claim.request) {
    return Reply(Problem{422, "idempotency_key_reused",
                         "This Idempotency-Key was used for another request; nothing was changed. Use a new key."});
  }
  if (first.sealed.empty()) {
    return Reply(Problem{
        409, "conflict", "The first request with this Idempotency-Key is still being worked on. Try again.", {}, 1});
  }
  const auto plain = parts_.vault.unseal(first.sealed);
  if (!plain) return Reply(plain.error());
  return unpacked(*plain);
}

void AccountReplies::remember(const Call& call, const http::Response& response) {
  const auto key = key_of(call);
  if (!key) return;
  const Secret plain(std::to_string(response.status) + "\n" + response.body);
  if (const auto done = parts_.store.finish_reply(*key, parts_.vault.seal(plain, parts_.random)); !done) {
    parts_.log.error("reply.not_remembered", {{"message", done.error().message}});
  }
}

void AccountReplies::forget(const Call& call) {
  const auto key = key_of(call);
  if (!key) return;
  if (const auto done = parts_.store.forget_reply(*key); !done) {
    parts_.log.error("reply.not_forgotten", {{"message", done.error().message}});
  }
}

}  // namespace postern
