// What it costs to verify and to read one request of a sender: sources DELIVERIES.json [SECONDS]
//
// Prints a line per sender, medians of several runs: bytes of the body, microseconds of a plain HMAC-SHA-256 of it, of
// verify() and of interpret(). First a form of the default dialect, which is not verified.
#include "crypto/signature.h"
#include "source/interpret.h"
#include "source/shipped.h"
#include "source/verify.h"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

using namespace postern;

namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

// Microseconds of one call: the median of nine runs that take `seconds` together.
template <class Work>
double measure(double seconds, const Work& work) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRuns = 9;
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    std::size_t calls = 0;
    const auto begin = Clock::now();
    std::chrono::duration<double> took{};
    do {
      work();
      ++calls;
      took = Clock::now() - begin;
    } while (took.count() < seconds / kRuns);
    runs.push_back(took.count() * 1e6 / static_cast<double>(calls));
  }
  std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
  return runs[kRuns / 2];
}

bool run(const json::object& delivery, double seconds) {
  const std::string sender = text_of(delivery.at("sender"));
  const auto shipped = find_shipped(sender);
  if (!shipped) return false;
  Result<Preset> preset = read_preset(shipped->json);
  if (!preset) return false;
  if (const auto* id = delivery.if_contains("webhook_id")) preset->verify.webhook_id = text_of(*id);
  std::vector<std::pair<std::string, std::string>> owned;
  for (const auto& header : delivery.at("headers").as_object()) {
    owned.emplace_back(std::string(header.key().data(), header.key().size()), text_of(header.value()));
  }
  std::vector<http::Header> headers;
  for (const auto& [name, value] : owned) headers.push_back({name, value});
  const std::string body = text_of(delivery.at("body"));
  const std::string url = text_of(delivery.at("url"));
  const SignedRequest request{"POST", url, headers, "", body};
  std::vector<PreparedSecret> own;
  if (delivery.at("secret").is_string()) own.push_back({Secret(text_of(delivery.at("secret"))), {}, {}});
  const PreparedSecrets secrets = prepare_secrets(preset->verify, std::move(own));  // Once, as the server does.
  const WallTime now{std::chrono::seconds(delivery.at("now").as_int64())};
  if (!verify(*preset, request, secrets, now).accepted() || interpret(*preset, request, {}).rejection) {
    std::fprintf(stderr, "%s: the delivery is refused\n", sender.c_str());
    return false;
  }
  std::size_t sink = 0;
  const double plain = measure(seconds, [&] { sink += hmac(Digest::sha256, "secret", body).size(); });
  const double verified = measure(seconds, [&] { sink += verify(*preset, request, secrets, now).reason.size(); });
  const double read = measure(seconds, [&] { sink += interpret(*preset, request, {}).events.size(); });
  std::printf("%-20s %6zu %10.2f %10.2f %10.2f\n", sender.c_str(), body.size(), plain, verified, read);
  return sink > 0;
}

bool run_form(double seconds) {
  const std::string body = "email=user123456%40example.com&first_name=Ada&last_name=Lovelace&plan=gold&source=bench";
  std::size_t sink = 0;
  const double plain = measure(seconds, [&] { sink += hmac(Digest::sha256, "secret", body).size(); });
  const double read = measure(seconds, [&] {
    const DecodedForm form = decode_form("application/x-www-form-urlencoded", "", body, {});
    sink += read_form(form.fields, {}).event.email.size();
  });
  std::printf("%-20s %6zu %10.2f %10.2f %10.2f\n", "form", body.size(), plain, 0.0, read);
  return sink > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  json::error_code error;
  const json::value document = json::parse(text, error);
  if (error || !document.is_array()) return 2;
  const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 0.3;
  std::printf("%-20s %6s %10s %10s %10s   (microseconds per request)\n", "sender", "bytes", "hmac", "verify", "read");
  if (!run_form(seconds)) return 1;
  std::set<std::string> seen;
  for (const json::value& each : document.as_array()) {
    const json::object& delivery = each.as_object();
    if (!seen.insert(text_of(delivery.at("sender"))).second) continue;
    if (!run(delivery, seconds)) return 1;
  }
  return 0;
}
