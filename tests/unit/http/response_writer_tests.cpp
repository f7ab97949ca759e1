#include "http/response_writer.h"

namespace postern::http {
namespace {

TEST(ResponseWriter, WritesAWholeResponse) {
  Response response;
  response.body = "{}";
  response.headers.emplace_back("Allow", "POST");
  std::string out;
  write_response(out, response, {.date = "Sun, 06 Nov 1994 08:49:37 GMT"});
  EXPECT_THAT(out, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(out, testing::HasSubstr("\r\nContent-Length: 2\r\n"));
  EXPECT_THAT(out, testing::HasSubstr("\r\nAllow: POST\r\n"));
  EXPECT_THAT(out, testing::HasSubstr("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_THAT(out, testing::HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(out, testing::EndsWith("\r\n\r\n{}"));
}

TEST(ResponseWriter, HeadHasTheLengthButNoBody) {
  Response response;
  response.body = "12345";
  std::string out;
  write_response(out, response, {.head = true});
  EXPECT_THAT(out, testing::HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(out, testing::EndsWith("\r\n\r\n"));
}

TEST(ResponseWriter, ValuesCannotEndTheirLine) {
  Response response;
  response.headers.emplace_back("Retry-After", std::string("1\r\nSet-Cookie: a=b\0c", 21));
  std::string out;
  write_response(out, response, {});
  EXPECT_EQ(out.find("\r\nSet-Cookie"), std::string::npos);
  EXPECT_EQ(out.find('\0'), std::string::npos);
}

TEST(ResponseWriter, SaysWhetherTheConnectionCloses) {
  std::string out;
  write_response(out, {}, {.keep_alive = false});
  EXPECT_THAT(out, testing::HasSubstr("Connection: close\r\n"));
  out.clear();
  write_response(out, {}, {.keep_alive = true, .http10 = true});
  EXPECT_THAT(out, testing::HasSubstr("Connection: keep-alive\r\n"));
}

TEST(HttpDate, IsTheOneOfTheRfc) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(ResponseWriter, AStreamHasNoLength) {
  std::string out;
  write_head(out, {.content_type = "text/event-stream", .body = "ignored"}, {.keep_alive = false}, true);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace postern::http
