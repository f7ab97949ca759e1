#include "base/log_stderr.h"
#include "support/fake_clock.h"

namespace postern {
namespace {

std::string line(LogFormat format, std::string_view value) {
  return format_event(FakeClock().now(), format, LogLevel::info, "delivery.failed", {{"name", value}, {"n", 7}});
}

TEST(Log, LogfmtIsBareWhereItCanBe) {
  EXPECT_EQ(line(LogFormat::logfmt, "ada"), "2030-01-01T00:00:00.000Z level=info event=delivery.failed name=ada n=7");
}

TEST(Log, NothingInAValueCanEndTheLineOrForgeAField) {
  EXPECT_EQ(line(LogFormat::logfmt, "x\n2031 level=info msg=\"in\"\x1b[2J\x7f"),
            "2030-01-01T00:00:00.000Z level=info event=delivery.failed "
            "name=\"x\\n2031 level=info msg=\\\"in\\\"\\u001b[2J\\u007f\" n=7");
  EXPECT_EQ(line(LogFormat::logfmt, ""), "2030-01-01T00:00:00.000Z level=info event=delivery.failed name=\"\" n=7");
}

TEST(Log, Json) {
  EXPECT_EQ(line(LogFormat::json, "a\"b\r"),
            "{\"time\":\"2030-01-01T00:00:00.000Z\",\"level\":\"info\",\"event\":\"delivery.failed\","
            "\"name\":\"a\\\"b\\r\",\"n\":\"7\"}");
}

}  // namespace
}  // namespace postern
