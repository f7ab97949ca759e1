#include "wordpress/time_zone.h"

#include "base/time_text.h"
#include "wordpress/user_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace postern::wordpress {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::size_t kHeaderBytes = 44;
constexpr std::uint64_t kMaxCount = 100'000;  // Of anything in a file; the largest of today has some hundreds.

Error damaged(const char* what) {
  return {Errc::invalid, "This is no file of a time zone: " + std::string(what) + ".", ""};
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8U | static_cast<unsigned char>(c);
  if (bytes.size() == 4) return static_cast<std::int32_t>(out);
  return static_cast<std::int64_t>(out);
}

struct Header {
  char version = 0;
  std::uint64_t utc_flags = 0;
  std::uint64_t standard_flags = 0;
  std::uint64_t leaps = 0;
  std::uint64_t times = 0;
  std::uint64_t types = 0;
  std::uint64_t characters = 0;

  std::uint64_t data_bytes(std::uint64_t width) const {
    return times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standard_flags + utc_flags;
  }
};

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  Header out;
  out.version = bytes[4];
  std::uint64_t* const counts[] = {&out.utc_flags, &out.standard_flags, &out.leaps,
                                   &out.times,     &out.types,          &out.characters};
  for (std::size_t i = 0; i < 6; ++i) {
    *counts[i] = static_cast<std::uint32_t>(big_endian(bytes.substr(20 + 4 * i, 4)));
    if (*counts[i] > kMaxCount) return std::nullopt;
  }
  return out;
}

// Reads POSIX' TZ from its front.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  std::optional<YearlyRules> read() {
    YearlyRules out;
    std::optional<seconds> offset;
    if (!name() || !(offset = time())) return std::nullopt;
    out.standard = -*offset;
    if (text_.empty()) return out;
    if (!name()) return std::nullopt;
    out.summer = out.standard + seconds(3600);
    if (!text_.empty() && text_.front() != ',') {
      if (!(offset = time())) return std::nullopt;
      out.summer = -*offset;
    }
    const auto begin = change();
    const auto end = change();
    if (!begin || !end || !text_.empty()) return std::nullopt;
    out.begin = *begin;
    out.end = *end;
    return out;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool name() {
    const bool quoted = take('<');
    std::size_t end = 0;
    while (end < text_.size() &&
           (quoted ? text_[end] != '>' : (text_[end] | 0x20) >= 'a' && (text_[end] | 0x20) <= 'z'))
      ++end;
    if (end == 0) return false;
    text_.remove_prefix(end);
    return !quoted || take('>');
  }

  std::optional<int> number(int least, int most) {
    int out = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), out);
    if (error != std::errc() || out < least || out > most) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return out;
  }

  std::optional<seconds> time() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = number(0, 167);
    if (!hours) return std::nullopt;
    seconds out(*hours * 3600);
    for (const int unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = number(0, 59);
      if (!part) return std::nullopt;
      out += seconds(*part * unit);
    }
    return negative ? -out : out;
  }

  std::optional<YearlyChange> change() {
    using Kind = YearlyChange::Kind;
    YearlyChange out;
    if (!take(',')) return std::nullopt;
    std::optional<int> day;
    if (take('M')) {
      const auto month = number(1, 12);
      const auto week = month && take('.') ? number(1, 5) : std::nullopt;
      day = week && take('.') ? number(0, 6) : std::nullopt;
      if (!day) return std::nullopt;
      out.month = *month;
      out.week = *week;
    } else {
      out.kind = take('J') ? Kind::julian : Kind::day_of_year;
      day = number(out.kind == Kind::julian ? 1 : 0, 365);
      if (!day) return std::nullopt;
    }
    out.day = *day;
    if (take('/')) {
      const auto when = time();
      if (!when) return std::nullopt;
      out.time = *when;
    }
    return out;
  }

  std::string_view text_;
};

// By the wall clock of before it.
std::chrono::sys_seconds in_year(const YearlyChange& change, std::chrono::year year) {
  using std::chrono::sys_days;
  sys_days day;
  if (change.kind == YearlyChange::Kind::month_week_day) {
    const std::chrono::year_month month = year / std::chrono::month(static_cast<unsigned>(change.month));
    const std::chrono::weekday wanted(static_cast<unsigned>(change.day));
    const bool last = change.week == 5;
    day = last ? sys_days(month / wanted[std::chrono::last])
               : sys_days(month / wanted[static_cast<unsigned>(change.week)]);
  } else {
    const bool after_february = change.kind == YearlyChange::Kind::julian && change.day >= 60 && year.is_leap();
    const int first = change.kind == YearlyChange::Kind::julian ? 1 : 0;
    day = sys_days(year / 1 / 1) + days(change.day - first + (after_february ? 1 : 0));
  }
  return day + change.time;
}

seconds offset_by(const YearlyRules& rules, std::chrono::sys_seconds time) {
  if (!rules.summer) return rules.standard;
  const std::chrono::year_month_day local(std::chrono::floor<days>(time + rules.standard));
  const auto begin = in_year(rules.begin, local.year()) - rules.standard;
  const auto end = in_year(rules.end, local.year()) - *rules.summer;
  const bool summer = begin < end ? begin <= time && time < end : time < end || begin <= time;
  return summer ? *rules.summer : rules.standard;
}

}  // namespace

TimeZone TimeZone::fixed(seconds offset) {
  TimeZone out;
  out.before_ = offset;
  return out;
}

Result<TimeZone> TimeZone::parse(std::string_view bytes) {
  auto header = read_header(bytes);
  if (!header) return damaged("its head is damaged");
  std::uint64_t width = 4;
  bytes.remove_prefix(kHeaderBytes);
  if (header->version >= '2') {
    if (bytes.size() < header->data_bytes(4)) return damaged("it has been cut off");
    bytes.remove_prefix(header->data_bytes(4));
    header = read_header(bytes);
    if (!header) return damaged("its second head is damaged");
    bytes.remove_prefix(kHeaderBytes);
    width = 8;
  }
  if (bytes.size() < header->data_bytes(width)) return damaged("it has been cut off");
  if (header->types == 0) return damaged("it names no local time");

  TimeZone out;
  const std::string_view types = bytes.substr(header->times * (width + 1), header->types * 6);
  const auto offset_of = [&](std::size_t type) { return seconds(big_endian(types.substr(type * 6, 4))); };
  out.before_ = offset_of(0);
  for (std::size_t i = 0; i < header->times; ++i) {
    const auto type = static_cast<unsigned char>(bytes[header->times * width + i]);
    if (type >= header->types) return damaged("it names a local time that it does not describe");
    out.changes_.push_back(big_endian(bytes.substr(i * width, width)));
    out.offsets_.push_back(offset_of(type));
  }
  if (!std::is_sorted(out.changes_.begin(), out.changes_.end())) return damaged("its times do not rise");
  std::string_view footer = bytes.substr(header->data_bytes(width));
  if (width == 8 && footer.size() > 2 && footer.front() == '\n' && footer.back() == '\n') {
    footer = footer.substr(1, footer.size() - 2);
    out.rules_ = parse_posix_rules(footer);
    if (!out.rules_) return damaged("the rule at its end is none");
  }
  return out;
}

seconds TimeZone::offset_at(WallTime time) const {
  const auto second = std::chrono::floor<seconds>(time);
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), second.time_since_epoch().count());
  if (next == changes_.end() && rules_) return offset_by(*rules_, second);
  if (next == changes_.begin()) return before_;
  return offsets_[static_cast<std::size_t>(next - changes_.begin()) - 1];
}

std::string TimeZone::local_text(WallTime time) const {
  return mysql_time(time + offset_at(time));
}

std::optional<WallTime> TimeZone::from_local(std::string_view text) const {
  const auto local = parse_mysql_time(text);
  if (!local) return std::nullopt;
  // The offset of a day before is that of before a change: it gives the first of two.
  const WallTime first = *local - offset_at(*local - days(1));
  if (first + offset_at(first) == *local) return first;
  return *local - offset_at(first);
}

std::optional<YearlyRules> parse_posix_rules(std::string_view text) {
  return RuleReader(text).read();
}

std::optional<seconds> parse_gmt_offset(std::string_view text) {
  double hours = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hours);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(hours) <= 24)) return std::nullopt;
  return seconds(static_cast<std::int64_t>(hours * 60) * 60);
}

bool is_zone_name(std::string_view text) {
  const auto allowed = [](char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '/';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '/' && std::all_of(text.begin(), text.end(), allowed);
}

std::optional<WallTime> parse_mysql_time(std::string_view text) {
  if (text.size() != 19 || text[10] != ' ') return std::nullopt;
  return parse_time(std::string(text) + "Z");
}

}  // namespace postern::wordpress
