#include "base/time_text.h"

namespace postern {
namespace {

using namespace std::chrono_literals;

WallTime at(int y, unsigned m, unsigned d, std::chrono::milliseconds time = 0ms) {
  return WallTime{std::chrono::sys_days{std::chrono::year{y} / std::chrono::month{m} / std::chrono::day{d}}} + time;
}

TEST(TimeText, WritesRfc3339) {
  EXPECT_EQ(to_rfc3339(at(2026, 3, 1, 9h + 30min + 5s + 7ms)), "2026-03-01T09:30:05.007Z");
  EXPECT_EQ(to_rfc3339(at(1969, 12, 31, 23h)), "1969-12-31T23:00:00.000Z");
}

TEST(TimeText, ReadsWhatPeopleWrite) {
  const std::pair<const char*, WallTime> cases[] = {
      {"2026-03-01", at(2026, 3, 1)},
      {"2026-03-01T09:30:05Z", at(2026, 3, 1, 9h + 30min + 5s)},
      {"2026-03-01 09:30:05z", at(2026, 3, 1, 9h + 30min + 5s)},
      {"2026-03-01T09:30:05.1239Z", at(2026, 3, 1, 9h + 30min + 5s + 123ms)},
      {"2026-03-01T09:30:05+05:30", at(2026, 3, 1, 4h + 0min + 5s)},
      {"2026-03-01T00:00:00-01:00", at(2026, 3, 1, 1h)},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(parse_time(text), want) << text;
}

TEST(TimeText, RefusesTheRest) {
  for (const char* bad :
       {"", "2026", "2026-13-01", "2026-02-30", "2026-03-01T", "2026-03-01T24:00:00Z", "2026-03-01T09:30Z",
        "2026-03-01T09:30:05", "2026-03-01T09:30:05.Z", "2026-03-01T09:30:05Zx", "now"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Duration, ReadsOneUnit) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("30d"), 30 * 24h);
  EXPECT_EQ(parse_duration("2w"), 14 * 24h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  for (const char* bad : {"", "h", "1", "1y", "-1h", "1.5h", "1 h", "99999999999999999999s", "5300w "}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

}  // namespace
}  // namespace postern
