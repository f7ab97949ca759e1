#include "support/vectors.h"
#include "wordpress/time_zone.h"

namespace postern::wordpress {
namespace {

using std::chrono::seconds;

std::string file(const std::string& name) {
  return read_file(std::string(POSTERN_TEST_DATA) + "/wordpress/zoneinfo/" + name);
}

TimeZone zone(const std::string& name) {
  auto out = TimeZone::parse(file(name));
  EXPECT_TRUE(out) << name << ": " << (out ? "" : out.error().message);
  return out ? *std::move(out) : TimeZone::fixed(seconds(0));
}

WallTime at(std::int64_t time) {
  return WallTime(seconds(time));
}

TEST(TimeZone, KnowsEveryChange) {
  struct Case {
    const char* zone;
    std::int64_t time;
    std::int64_t offset;
  };
  // By Python's zoneinfo. The last ones of each are beyond the table, where the rule at the end counts.
  constexpr Case kCases[] = {
      {"Europe/Berlin", -2'400'000'000, 3'600},    {"Europe/Berlin", 0, 3'600},
      {"Europe/Berlin", 1'774'745'999, 3'600},     {"Europe/Berlin", 1'774'746'000, 7'200},
      {"Europe/Berlin", 1'792'889'999, 7'200},     {"Europe/Berlin", 1'792'890'000, 3'600},
      {"Europe/Berlin", 4'078'929'600, 7'200},     {"Europe/Berlin", 4'102'444'800, 3'600},
      {"Australia/Sydney", 1'775'318'399, 39'600}, {"Australia/Sydney", 1'775'318'400, 36'000},
      {"Australia/Sydney", 4'102'444'800, 39'600}, {"Australia/Sydney", 4'086'000'000, 36'000},
      {"Europe/Dublin", 1'790'000'000, 3'600},     {"Europe/Dublin", 1'795'423'005, 0},
      {"Europe/Dublin", 4'102'444'800, 0},         {"Europe/Dublin", 4'086'000'000, 3'600},
      {"Asia/Kolkata", 1'795'423'005, 19'800},
  };
  for (const Case& each : kCases) {
    const std::string name = each.zone;
    EXPECT_EQ(zone(name).offset_at(at(each.time)).count(), each.offset) << name << " " << each.time;
  }
}

TEST(TimeZone, WritesAndReadsLocalTime) {
  const TimeZone kolkata = zone("Asia/Kolkata");
  EXPECT_EQ(kolkata.local_text(at(1'795'423'005)), "2026-11-23 14:06:45");
  EXPECT_EQ(kolkata.from_local("2026-11-23 14:06:45"), at(1'795'423'005));
  const TimeZone berlin = zone("Europe/Berlin");
  for (const std::int64_t time : {0L, 1'774'745'999L, 1'774'746'000L, 1'792'880'000L, 1'792'893'600L}) {
    EXPECT_EQ(berlin.from_local(berlin.local_text(at(time))), at(time)) << time;
  }
  EXPECT_EQ(berlin.from_local("2026-10-25 02:30:00"), at(1'792'888'200)) << "the first of two";
  EXPECT_FALSE(berlin.from_local("0000-00-00 00:00:00"));
  EXPECT_FALSE(berlin.from_local("yesterday"));
  EXPECT_EQ(TimeZone::fixed(seconds(-9'000)).local_text(at(0)), "1969-12-31 21:30:00");
}

TEST(TimeZone, RefusesWhatIsNone) {
  const std::string whole = file("Europe/Berlin");
  EXPECT_EQ(TimeZone::parse("").error().code, Errc::invalid);
  EXPECT_EQ(TimeZone::parse("#!/bin/sh").error().code, Errc::invalid);
  for (std::size_t bytes = 0; bytes < whole.rfind('\n', whole.size() - 2); bytes += 7) {
    EXPECT_FALSE(TimeZone::parse(std::string_view(whole).substr(0, bytes))) << bytes;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string broken = whole;
    broken[i] = static_cast<char>(broken[i] ^ 0x55);
    const auto read = TimeZone::parse(broken);
    if (read) read->offset_at(at(1'795'423'005));  // Whatever it says, it is safe to ask.
  }
}

TEST(TimeZone, ReadsPosixRules) {
  const auto kolkata = parse_posix_rules("<+0530>-5:30");
  ASSERT_TRUE(kolkata);
  EXPECT_EQ(kolkata->standard.count(), 19'800);
  EXPECT_FALSE(kolkata->summer);
  const auto julian = parse_posix_rules("AAA3BBB2:30,J60/0,300/-1");
  ASSERT_TRUE(julian);
  EXPECT_EQ(julian->summer->count(), -9'000);
  EXPECT_EQ(julian->begin.kind, YearlyChange::Kind::julian);
  EXPECT_EQ(julian->end.time.count(), -3'600);
  for (const char* bad : {"", "5", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "<+05-5",
                          "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,J0,J1", "CET-999"}) {
    EXPECT_FALSE(parse_posix_rules(bad)) << bad;
  }
}

TEST(TimeZone, ReadsTheOptionsOfASite) {
  EXPECT_EQ(parse_gmt_offset("5.5"), seconds(19'800));
  EXPECT_EQ(parse_gmt_offset("-3.75"), seconds(-13'500));
  EXPECT_EQ(parse_gmt_offset("0"), seconds(0));
  for (const char* bad : {"", "five", "5h", "25", "nan", "inf"}) EXPECT_FALSE(parse_gmt_offset(bad)) << bad;
  for (const char* good : {"UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "Etc/GMT+3"}) {
    EXPECT_TRUE(is_zone_name(good)) << good;
  }
  for (const char* bad : {"", "/etc/passwd", "../../etc/passwd", "Europe/..", "a\nb", "a b"}) {
    EXPECT_FALSE(is_zone_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace postern::wordpress
