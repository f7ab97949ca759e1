// The wall clock of a site: UTC to local time and back, with daylight saving time. Pure. Immutable, any thread.
// Source: RFC 8536 (TZif, the files in /usr/share/zoneinfo) and POSIX' TZ variable, which ends such a file.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

// When daylight saving time begins or ends in any year, by the wall clock of just before.
struct YearlyChange {
  enum class Kind { month_week_day, julian, day_of_year };
  Kind kind = Kind::month_week_day;
  int month = 0;  // 1 to 12
  int week = 0;   // 1 to 5; 5 is the last one
  int day = 0;    // Of the week: 0 is Sunday. Of the year: 1 to 365 without February 29, or 0 to 365.
  std::chrono::seconds time{7200};
};

struct YearlyRules {
  std::chrono::seconds standard{0};  // East of Greenwich.
  std::optional<std::chrono::seconds> summer;
  YearlyChange begin;  // Of summer.
  YearlyChange end;
};

class TimeZone {
 public:
  static TimeZone fixed(std::chrono::seconds offset);
  // `bytes` is a file of /usr/share/zoneinfo. Errors: invalid (it is none; what is wrong with it).
  static Result<TimeZone> parse(std::string_view bytes);

  // What is added to UTC then.
  std::chrono::seconds offset_at(WallTime time) const;
  // "2026-11-23 19:36:23", as the tables of plugins have it.
  std::string local_text(WallTime time) const;
  // The moment that this local time means; of one that comes twice, the first. Nothing for what is no time, and for
  // "0000-00-00 00:00:00".
  std::optional<WallTime> from_local(std::string_view text) const;

 private:
  std::vector<std::int64_t> changes_;          // Seconds since 1970, rising; from each on …
  std::vector<std::chrono::seconds> offsets_;  // … this is added.
  std::chrono::seconds before_{0};             // Until the first change.
  std::optional<YearlyRules> rules_;           // From the last change on.
};

// "CET-1CEST,M3.5.0,M10.5.0/3". Nothing if it is none.
std::optional<YearlyRules> parse_posix_rules(std::string_view text);

// WordPress' option gmt_offset: hours, "5.5", "-3.75". Nothing if it is no number between -24 and 24.
std::optional<std::chrono::seconds> parse_gmt_offset(std::string_view text);

// May this text be the name of a file below /usr/share/zoneinfo ("Asia/Kolkata")? It must not lead out of there.
bool is_zone_name(std::string_view text);

// "2026-11-23 14:06:23" as UTC. Nothing for what is no time.
std::optional<WallTime> parse_mysql_time(std::string_view text);

}  // namespace postern::wordpress
