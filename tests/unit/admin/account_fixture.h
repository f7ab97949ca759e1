// The parts of accounts on a MemoryStore and a clock that stands still.
#pragma once

#include "admin/account_gate.h"
#include "admin/account_replies.h"
#include "admin/account_routes.h"
#include "admin/session_cookie.h"
#include "base/shared_random.h"
#include "crypto/account_secrets.h"
#include "crypto/password.h"
#include "login/cookies.h"
#include "store/memory/memory_store.h"
#include "support/fake_clock.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>

namespace postern {

class QuietLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, LogFields) override { events.emplace_back(event); }
  std::vector<std::string> events;
};

// A request and its call. Headers are what is given; the body is JSON.
struct TestCall {
  TestCall(std::string_view method, std::string_view path, std::map<std::string, std::string> given = {},
           std::string_view json = "{}", bool tls = false)
      : headers_text(std::move(given)) {
    for (const auto& [name, value] : headers_text) headers.push_back({name, value});
    request.method = method;
    request.path = path;
    request.headers = headers;
    request.body = json;
    request.peer_ip = "192.0.2.1";
    request.tls = tls;
    call.emplace(request, Client{"192.0.2.1", tls, tls});
    call->body = boost::json::parse(json).as_object();
  }
  TestCall(const TestCall&) = delete;
  TestCall& operator=(const TestCall&) = delete;

  std::map<std::string, std::string> headers_text;
  std::vector<http::Header> headers;
  http::Request request;
  std::optional<Call> call;
};

class AccountFixture : public testing::Test {
 protected:
  AdminId add_admin(const std::string& email, AdminRole role = AdminRole::owner) {
    const AdminId id =
        store_.add_admin({.email = email, .name = email, .role = role, .created_at = clock_.now()}, email).value();
    EXPECT_TRUE(store_.set_password(id, "unused"));
    return id;
  }
  // Opens a session and gives the headers of a request within it.
  std::map<std::string, std::string> log_in(AdminId id, bool totp_due = false) {
    TestCall at_login("POST", "/api/v1/session");
    const Sessions::Opened opened = sessions_.open(*at_login.call, id, totp_due).value();
    return {{"Cookie", "postern_session=" + std::string(opened.secret.reveal())}, {"X-CSRF-Token", opened.csrf}};
  }
  static std::array<std::byte, 32> master() {
    std::array<std::byte, 32> out{};
    out.fill(std::byte{7});
    return out;
  }

  FakeClock clock_;
  SystemRandom system_random_;
  SharedRandom random_{system_random_};
  MemoryStore store_;
  QuietLog log_;
  const KeyVault vault_{master()};
  Sessions sessions_{{store_, vault_, random_, clock_},
                     {.idle = std::chrono::hours{12}, .lifetime = std::chrono::hours{24 * 30}}};
  AccountGate gate_{{store_, vault_, clock_, sessions_, "https://postern.example"}};
  AccountAudit audit_{{store_, vault_, clock_, log_}};
  AccountReplies replies_{{store_, vault_, random_, clock_, log_}};
};

}  // namespace postern
