// The head parser and the chunked coding: no crash, and the same judgement however the bytes are cut.
#include "base/check.h"
#include "http/chunked.h"
#include "http/head_parser.h"

#include <cstdint>
#include <string>
#include <string_view>

using namespace postern::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  HeadParser whole{HeadLimits{}};
  const HeadParser::State expected = whole.feed(text);

  const std::size_t step = size == 0 ? 1 : data[0] % 7U + 1U;
  HeadParser parser{HeadLimits{}};
  HeadParser::State state = HeadParser::State::needs_more;
  for (std::size_t n = 0; n < size && state == HeadParser::State::needs_more;) {
    n = std::min(size, n + step);
    state = parser.feed(text.substr(0, n));
  }
  CHECK(size == 0 || state == expected);  // Else: cutting the bytes changes the judgement.
  if (expected != HeadParser::State::complete) return 0;

  CHECK(parser.length() == whole.length());  // Else: cutting the bytes changes the length.
  Request request;
  std::vector<Header> headers;
  whole.describe(text, request, headers);
  CHECK(request.path == "*" || request.path.starts_with('/'));  // Else: a path begins with a slash.

  const std::string_view rest = text.substr(whole.length());
  constexpr std::size_t kLimit = 4096;
  ChunkedDecoder decoder(kLimit);
  std::string body;
  std::size_t taken = 0;
  decoder.feed(rest, body, taken);
  CHECK(body.size() <= kLimit);  // Else: more than the limit was taken.
  CHECK(taken <= rest.size());   // Else: more was taken than there was.
  return 0;
}
