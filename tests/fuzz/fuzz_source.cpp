// Presets, requests and secrets of any kind: no crash, no secret in a reason, and nothing but valid UTF-8 comes out.
// The input is lines of head, then the body:
//   a preset as JSON, or the name of a shipped one; the secret; "Name: value" headers; an empty line; the body.
#include "base/check.h"
#include "base/utf8.h"
#include "source/interpret.h"
#include "source/shipped.h"
#include "source/verify.h"

#include <cstdint>
#include <string_view>

using namespace postern;

namespace {

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

void check_text(const SourceEvent& event) {
  for (const std::string* text : {&event.type, &event.id, &event.email, &event.first_name, &event.last_name,
                                  &event.login, &event.external_id, &event.order_ref}) {
    CHECK(utf8::is_valid(*text) && text->size() <= 20'000);  // Else: text that nobody may store.
  }
  CHECK(event.products.size() <= 200);
  for (const std::string& product : event.products) CHECK(utf8::is_valid(product) && !product.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view first = take_line(text);
  const auto shipped = find_shipped(first);
  const Result<Preset> preset = read_preset(shipped ? shipped->json : first);
  if (!preset) {
    CHECK(!shipped && !preset.error().message.empty());  // Else: a refusal that explains nothing.
    return 0;
  }
  const std::vector<Secret> secrets{Secret(std::string(take_line(text)))};
  std::vector<http::Header> headers;
  for (std::string_view line = take_line(text); !line.empty() && headers.size() < 100; line = take_line(text)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 2, line.size()))});
  }
  const SignedRequest request{"POST", "https://example.com/hook?a=b", headers, "a=b", text};
  const WallTime now{std::chrono::seconds(1'750'000'001)};
  const Verified verified = verify(*preset, request, secrets, now);
  CHECK(verified.accepted() == verified.reason.empty());  // Else: a refusal without a reason.
  CHECK(!verify(*preset, request, std::vector<Secret>(), now).accepted() || verified.verdict == Verdict::unchecked ||
        preset->verify.optional || !preset->verify.public_key.empty());  // Else: no secret opens more than one.
  const Interpretation read = interpret(*preset, request, {});
  CHECK(!read.rejection || read.events.empty());  // Else: refused and read.
  for (const SourceEvent& event : read.events) check_text(event);
  return 0;
}
