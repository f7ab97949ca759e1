#include "http/head_parser.h"

#include <string>

namespace postern::http {
namespace {

struct Parsed {
  HeadParser parser{HeadLimits{}};
  HeadParser::State state = HeadParser::State::needs_more;
  std::string text;

  Request request() {
    Request out;
    parser.describe(text, out, headers);
    out.headers = headers;
    return out;
  }
  std::vector<Header> headers;
};

Parsed parse(std::string text) {
  Parsed out;
  out.text = std::move(text);
  out.state = out.parser.feed(out.text);
  return out;
}

std::string with(const std::string& lines) {
  return "POST /hook?a=1 HTTP/1.1\r\nHost: example.com\r\n" + lines + "\r\n";
}

TEST(HeadParser, ReadsMethodTargetAndFields) {
  Parsed parsed = parse(with("Content-Length: 5\r\nX-Note: \t a b \r\n"));
  ASSERT_EQ(parsed.state, HeadParser::State::complete);
  EXPECT_EQ(parsed.parser.length(), parsed.text.size());
  EXPECT_EQ(parsed.parser.framing(), Framing::length);
  EXPECT_EQ(parsed.parser.content_length(), 5U);
  EXPECT_TRUE(parsed.parser.keep_alive());
  const Request request = parsed.request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/hook");
  EXPECT_EQ(request.query, "a=1");
  EXPECT_EQ(request.header("x-note"), "a b");
}

// A number all the same, so that it is refused as too large and not as malformed. Source: RFC 9110 §8.6.
TEST(HeadParser, ALengthBeyondAllNumbersIsVeryLarge) {
  const Parsed parsed = parse(with("Content-Length: 99999999999999999999\r\n"));
  ASSERT_EQ(parsed.state, HeadParser::State::complete);
  EXPECT_EQ(parsed.parser.content_length(), UINT64_MAX);
}

struct Bad {
  std::string name;
  std::string head;
  int status = 400;
};

class HeadParserRefuses : public testing::TestWithParam<Bad> {};

TEST_P(HeadParserRefuses, WithItsStatus) {
  const Parsed parsed = parse(GetParam().head);
  ASSERT_EQ(parsed.state, HeadParser::State::failed);
  EXPECT_EQ(parsed.parser.error().status, GetParam().status);
  EXPECT_FALSE(parsed.parser.error().message.empty());
}

// However the bytes are cut into packets, the answer is the same.
TEST_P(HeadParserRefuses, AlsoByteByByte) {
  HeadParser parser{HeadLimits{}};
  HeadParser::State state = HeadParser::State::needs_more;
  for (std::size_t n = 1; n <= GetParam().head.size() && state == HeadParser::State::needs_more; ++n) {
    state = parser.feed(std::string_view(GetParam().head).substr(0, n));
  }
  ASSERT_EQ(state, HeadParser::State::failed);
  EXPECT_EQ(parser.error().status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HeadParserRefuses,
    testing::Values(Bad{"TwoHosts", with("Host: b\r\n")}, Bad{"NoHost", "POST / HTTP/1.1\r\n\r\n"},
                    Bad{"LengthAndChunked", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
                    Bad{"TwoLengths", with("Content-Length: 3\r\nContent-Length: 4\r\n")},
                    Bad{"LengthList", with("Content-Length: 3, 4\r\n")},
                    Bad{"SignedLength", with("Content-Length: +3\r\n")},
                    Bad{"HexLength", with("Content-Length: 0x3\r\n")}, Bad{"Folding", with("X-A: b\r\n c\r\n")},
                    Bad{"BlankBeforeColon", with("X-A : b\r\n")},
                    Bad{"BlankBeforeName", "POST / HTTP/1.1\r\n X-A: b\r\nHost: a\r\n\r\n"},
                    Bad{"NoColon", with("X-A\r\n")}, Bad{"EmptyName", with(": b\r\n")},
                    Bad{"BareLineFeed", "POST / HTTP/1.1\nHost: a\r\n\r\n"}, Bad{"BareReturn", with("X-A: b\rc\r\n")},
                    Bad{"NulInValue", with(std::string("X-A: b\0c\r\n", 10))},
                    Bad{"ChunkedNotLast", with("Transfer-Encoding: chunked, gzip\r\n"), 400},
                    Bad{"NotChunked", with("Transfer-Encoding: gzip\r\n"), 400},
                    Bad{"ChunkedAfterAnother", with("Transfer-Encoding: gzip, chunked\r\n"), 501},
                    Bad{"BlankInTarget", "POST /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
                    Bad{"LowerCaseProtocol", "POST / http/1.1\r\nHost: a\r\n\r\n"}),
    [](const auto& each) { return each.param.name; });

TEST(HeadParser, SameResultWhereverThePacketsAreCut) {
  const std::string text = with("Content-Length: 12\r\nExpect: 100-continue\r\nConnection: close\r\n");
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    HeadParser parser{HeadLimits{}};
    if (cut < text.size()) {
      ASSERT_EQ(parser.feed(std::string_view(text).substr(0, cut)), HeadParser::State::needs_more) << cut;
    }
    ASSERT_EQ(parser.feed(text), HeadParser::State::complete) << cut;
    EXPECT_EQ(parser.content_length(), 12U);
    EXPECT_TRUE(parser.expects_continue());
    EXPECT_FALSE(parser.keep_alive());
  }
}

TEST(HeadParser, LimitsBytesAndFields) {
  const Parsed long_head = parse(with("X-A: " + std::string(HeadLimits{}.max_head_bytes, 'a') + "\r\n"));
  ASSERT_EQ(long_head.state, HeadParser::State::failed);
  EXPECT_EQ(long_head.parser.error().status, 431);
  std::string many;
  for (std::size_t i = 0; i < HeadLimits{}.max_headers; ++i) many += "X-A: b\r\n";
  const Parsed fields = parse(with(many));
  ASSERT_EQ(fields.state, HeadParser::State::failed);
  EXPECT_EQ(fields.parser.error().status, 431);
}

TEST(HeadParser, Http10ClosesUnlessAskedToStay) {
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").parser.keep_alive());
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").parser.keep_alive());
}

TEST(HeadParser, IsReadyForTheNextRequestAfterReset) {
  HeadParser parser{HeadLimits{}};
  const std::string first = with("Content-Length: 5\r\nConnection: close\r\n");
  ASSERT_EQ(parser.feed(first), HeadParser::State::complete);
  parser.reset();
  const std::string second = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_EQ(parser.feed(second), HeadParser::State::complete);
  EXPECT_EQ(parser.framing(), Framing::none);
  EXPECT_TRUE(parser.keep_alive());
}

}  // namespace
}  // namespace postern::http
