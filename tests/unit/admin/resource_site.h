// The resource routes on a store, called without a server.
#pragma once

#include "admin/resource_routes.h"
#include "store/memory/memory_store.h"
#include "store/sqlite/sqlite_store.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postern {

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view, LogFields) override {}
};

struct Answer {
  int status = 0;
  boost::json::value body;
  std::string etag;
  std::vector<AuditEntry> audit;
  // Fields that are wrong, as "name message; …".
  std::string errors() const {
    std::string out;
    for (const auto& each : body.at("errors").as_array()) {
      out += std::string(each.at("field").as_string().c_str()) + " " + each.at("message").as_string().c_str() + "; ";
    }
    return out;
  }
  std::string code() const { return body.at("code").as_string().c_str(); }
};

class ResourceSite {
 public:
  explicit ResourceSite(std::unique_ptr<Store> store, MailTransport* mail = nullptr) : store_(std::move(store)) {
    ResourceParts parts{*store_, vault_,    random_,
                        clock,   effective, presets,
                        tail,    sender,    [] { return std::string("https://gate.example.com"); }};
    parts.mail = mail;
    parts.metrics = &metrics;
    parts.replay.sources = {&presets, &vault_};
    add_resource_routes(routes, std::move(parts));
  }

  // `target` as in a request line, below /api/v1.
  Answer call(std::string_view method, const std::string& target, const std::string& body = {},
              const std::string& if_match = {}, Permission permission = Permission::manage) {
    const std::size_t question = std::min(target.find('?'), target.size());
    std::vector<http::Header> headers;
    if (!if_match.empty()) headers.push_back({"If-Match", if_match});
    http::Request request;
    request.method = method;
    request.path = std::string_view(target).substr(0, question);
    request.query = std::string_view(target).substr(std::min(question + 1, target.size()));
    request.headers = headers;
    Call call(request, {.ip = "192.0.2.9", .secure = true});
    call.principal.permission = permission;
    Routes::Match match = routes.find(method, request.path);
    if (match.route == nullptr) return {404};
    if (!call.principal.may(*match.route->permission)) return {403};
    call.path = std::move(match.values);
    if (!body.empty()) call.body = boost::json::parse(body).as_object();
    const Reply reply = match.route->handle(call);
    Answer answer{reply.response().status};
    if (!reply.response().body.empty()) answer.body = boost::json::parse(reply.response().body);
    for (const auto& [name, value] : reply.response().headers) {
      if (name == "ETag") answer.etag = value;
    }
    answer.audit = call.audit_entries();
    return answer;
  }
  Answer get(const std::string& target, Permission permission = Permission::manage) {
    return call("GET", target, {}, {}, permission);
  }
  Answer post(const std::string& target, const std::string& body) { return call("POST", target, body); }

  // A space 1, a course 2, and a webhook 1 that adds to both.
  void fill() {
    post("/spaces", R"({"title":"VIP Lounge"})");
    post("/courses", R"({"title":"Rust 101"})");
    post("/webhooks", R"({"name":"Shop","add_spaces":[1],"add_courses":[2]})");
  }
  Answer deliver(const std::string& email, bool dry_run = false) {
    boost::json::object body{{"content_type", "application/json"},
                             {"body", boost::json::serialize(boost::json::object{{"email", email}, {"plan", "gold"}})},
                             {"dry_run", dry_run}};
    return post("/webhooks/1/test", boost::json::serialize(body));
  }

  Store& store() { return *store_; }
  std::string unsealed(const std::string& sealed) const { return std::string(vault_.unseal(sealed)->reveal()); }
  FakeClock clock;
  Effective effective;
  PresetLibrary presets{""};
  PipelineMetrics metrics;
  Routes routes;
  NoLog log;

 private:
  std::unique_ptr<Store> store_;
  KeyVault vault_{std::array<std::byte, 32>{}};
  SystemRandom random_;

 public:
  LiveTail tail{{*store_, clock, log}, {.pause = std::chrono::milliseconds{5}}};
  PieceSender sender{clock, log, {}};
};

class ResourceTest : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Store> make_store() {
    if (!GetParam()) return std::make_unique<MemoryStore>();
    SqliteOptions options;
    options.path = folder_.file("postern.db");
    return SqliteStore::open(options).value();
  }
  TempFolder folder_;
  ResourceSite site_{make_store()};
};

}  // namespace postern
