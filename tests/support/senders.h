// Reads tests/data/senders, and makes requests of what stands there.
#pragma once

#include "source/document.h"
#include "source/preset.h"
#include "source/shipped.h"
#include "support/vectors.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postern {

inline std::string json_text(const boost::json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

inline boost::json::array sender_data(const std::string& name) {
  boost::json::error_code error;
  const auto document =
      boost::json::parse(read_file(std::string(POSTERN_TEST_DATA) + "/senders/" + name + ".json"), error);
  EXPECT_FALSE(error) << name << ": " << error.message();
  return document.as_array();
}

// A request that owns what it is made of.
struct OwnedRequest {
  std::string method = "POST";
  std::string url = "https://members.example.com/hook";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string query;
  std::string body;
  mutable std::vector<http::Header> views;

  SignedRequest view() const {
    views.clear();
    for (const auto& [name, value] : headers) views.push_back({name, value});
    return {method, url, views, query, body};
  }
  void set(const std::string& name, const std::string& value) {
    for (auto& header : headers) {
      if (http::iequals(header.first, name)) header.second = value;
    }
  }
};

inline OwnedRequest request_of(const boost::json::object& from) {
  OwnedRequest out;
  for (const auto& header : from.at("headers").as_object()) {
    out.headers.emplace_back(std::string(header.key().data(), header.key().size()), json_text(header.value()));
  }
  if (const auto* method = from.if_contains("method")) out.method = json_text(*method);
  if (const auto* url = from.if_contains("url")) out.url = json_text(*url);
  if (const auto at = out.url.find('?'); at != std::string::npos) out.query = out.url.substr(at + 1);
  const auto* encoded = from.if_contains("body_b64");
  out.body = encoded == nullptr ? json_text(from.at("body")) : decode_base64(encoded->as_string());
  return out;
}

inline Preset shipped(const std::string& name) {
  const auto found = find_shipped(name);
  EXPECT_TRUE(found) << name;
  Result<Preset> preset = read_preset(found ? found->json : "{}");
  EXPECT_TRUE(preset) << name << ": " << (preset ? "" : preset.error().message);
  return preset ? *std::move(preset) : Preset{};
}

// A secret, a list of them, or null.
inline std::vector<Secret> secrets_of(const boost::json::value& value) {
  std::vector<Secret> out;
  if (value.is_string()) out.emplace_back(json_text(value));
  if (const auto* list = value.if_array()) {
    for (const auto& each : *list) out.emplace_back(json_text(each));
  }
  return out;
}

inline WallTime seconds_since_1970(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

}  // namespace postern
