#include "daemon/export/event_query.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <set>
#include <system_error>

namespace blipd {
namespace {

constexpr double kLatest = 7258118400;  // 2200-01-01

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Exactly `digits` digits.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

/// ".25" as nanoseconds; nothing is nothing. Digits after the ninth are dropped.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return std::chrono::nanoseconds(0);
  std::int64_t value = 0;
  std::int64_t scale = 1000000000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    scale /= 10;
    value += (text[digits] - '0') * scale;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return std::chrono::nanoseconds(value);
}

/// "Z" or "+01:00".
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
  const bool west = take(text, '-');
  // In a query a plus that was not written as %2B has become a space.
  if (!west && !take(text, '+') && !take(text, ' ')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !(take(text, 'T') || take(text, 't') || take(text, ' '))) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59 || !take(text, ':')) return std::nullopt;
  const auto seconds = take_number(text, 2);
  if (!seconds || *seconds > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + *fraction - *offset;
}

std::optional<WallTime> parse_unix(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(seconds >= 0 && seconds <= kLatest)) return std::nullopt;
  // To the millisecond, as times are told: a double holds no nanoseconds of today.
  return WallTime(std::chrono::milliseconds(std::llround(seconds * 1000)));
}

}  // namespace

std::optional<WallTime> parse_time(std::string_view text) {
  if (const std::optional<WallTime> time = parse_unix(text)) return time;
  const std::optional<WallTime> time = parse_rfc3339(text);
  if (!time || *time < WallTime{} || *time > WallTime(std::chrono::seconds(static_cast<std::int64_t>(kLatest)))) {
    return std::nullopt;
  }
  return time;
}

Result<EventQuery> parse_event_query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  EventQuery query;
  std::set<std::string> given;
  for (const auto& [name, value] : parameters) {
    if (!given.insert(name).second) return Error{"parameter \"" + name + "\" is given more than once"};
    if (name == "network") {
      query.network = value;
      if (value.empty()) return Error{"parameter \"network\" is empty"};
    } else if (name == "since" || name == "until") {
      const std::optional<WallTime> time = parse_time(value);
      if (!time) return Error{"parameter \"" + name + "\" is neither an RFC 3339 time nor seconds since 1970"};
      (name == "since" ? query.since : query.until) = time;
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), query.limit);
      const bool number = error == std::errc() && end == value.data() + value.size();
      if (!number || query.limit < 1 || query.limit > kMostEvents) {
        return Error{"parameter \"limit\" is no whole number from 1 to " + std::to_string(kMostEvents)};
      }
    } else {
      return Error{"unknown parameter \"" + name + "\"; known: network, since, until, limit"};
    }
  }
  if (query.since && query.until && *query.until < *query.since)
    return Error{"parameter \"until\" is before \"since\""};
  return query;
}

}  // namespace blipd
