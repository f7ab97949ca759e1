#include "http/chunked.h"

#include <string>

namespace postern::http {
namespace {

using State = ChunkedDecoder::State;

struct Decoded {
  State state = State::needs_more;
  std::string body;
  std::size_t taken = 0;
};

// Feeds `text` in pieces of `step` bytes.
Decoded decode(std::string_view text, std::size_t step, std::size_t limit = 1000) {
  ChunkedDecoder decoder(limit);
  Decoded out;
  while (out.state == State::needs_more && out.taken < text.size()) {
    std::size_t taken = 0;
    out.state = decoder.feed(text.substr(out.taken, step), out.body, taken);
    out.taken += taken;
  }
  return out;
}

TEST(Chunked, JoinsChunksHoweverTheyArrive) {
  const std::string text = "5\r\nhello\r\n00c;note=\"x\"\r\n big worlds!\r\n0\r\nTrailer: yes\r\n\r\nNEXT";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const Decoded out = decode(text, step);
    EXPECT_EQ(out.state, State::complete) << step;
    EXPECT_EQ(out.body, "hello big worlds!") << step;
    EXPECT_EQ(text.substr(out.taken), "NEXT") << step;
  }
}

TEST(Chunked, RefusesWhatIsMalformed) {
  for (const std::string text :
       {"\r\n", "x\r\n", "-1\r\n", "5\nhello\r\n", "5\r\nhelloX", "5\r\nhello\n0\r\n\r\n", "0x5\r\nhello\r\n",
        " 5\r\nhello\r\n", "5 \r\nhello\r\n", "fffffffffffffffff\r\n", "0\r\nno colon\r\n\r\n", "0\r\n\rX"}) {
    for (std::size_t step = 1; step <= text.size(); ++step) {
      const State state = decode(text, step).state;
      EXPECT_TRUE(state == State::malformed || state == State::too_large) << text << " in steps of " << step;
    }
  }
}

TEST(Chunked, StopsAtTheLimitBeforeItIsPassed) {
  EXPECT_EQ(decode("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 3, 10).state, State::complete);
  const Decoded over = decode("5\r\nhello\r\n6\r\nworlds\r\n0\r\n\r\n", 3, 10);
  EXPECT_EQ(over.state, State::too_large);
  EXPECT_LE(over.body.size(), 10U);
}

TEST(Chunked, BoundsExtensionsAndTrailers) {
  EXPECT_NE(decode("5;" + std::string(100'000, 'a'), 4096).state, State::needs_more);
  EXPECT_NE(decode("0\r\nA: " + std::string(100'000, 'a'), 4096).state, State::needs_more);
}

}  // namespace
}  // namespace postern::http
